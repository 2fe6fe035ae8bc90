"""The grammar of `policy …` and `audit …`."""

import difflib
import re
from collections.abc import Sequence
from typing import get_args

from budget import typed
from budget.money import Face
from budget.policy.typed import EditPolicy, ShowAudit, ShowLooks, ShowPolicy, ShowPolicyHistory, Topic
from handlers.commands import parts
from handlers.commands.entry import Entry, For, Parser
from handlers.commands.parts import Misread, code, trailing
from handlers.commands.words import DASHES, Text, Word, shown

MONTH = re.compile(r"2\d{3}-(0[1-9]|1[0-2])", re.ASCII)
LIKE_A_MONTH = re.compile(r"\d+-\d+(-\d+)?|\d{4}/\d{1,2}", re.ASCII)
TOPICS: tuple[Topic, ...] = get_args(Topic)
POLICY_EXAMPLES = {"edit": "policy edit", "history": "policy history"}

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "policy",
        ("policy", "policy history", "policy edit"),
        "policy",
        "The rules of this workspace in plain words: what may be sent, asked, granted at once and kept. Admins see its "
        "history, and change it in a form that says first what will change for how many people.",
        For.EVERYONE,
        ("policy history", "policy edit"),
    ),
    Entry(
        "audit",
        ("audit me", "audit [@person | TEAM | policy | money | rights | looks] [YYYY-MM]"),
        "audit me",
        "`audit me` says who looked at your account, when, and at what. Admins see every change of money, rights and "
        "policy and every look at somebody's account, newest first.",
        For.EVERYONE,
        ("audit", "audit money 2026-11", "audit @ada", "audit platform 2026-11"),
    ),
)


def parse_policy(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`policy`, `policy history`, `policy edit`"""
    if not words:
        return ShowPolicy()
    verb = shown(words[0]).casefold()
    if verb not in POLICY_EXAMPLES:
        near = next(iter(difflib.get_close_matches(verb, POLICY_EXAMPLES, n=1, cutoff=0.3)), "edit")
        return Misread(f"There is no command {code(f'policy {verb}')}; the nearest is `policy {near}`.",
                       POLICY_EXAMPLES[near])  # fmt: skip
    if len(words) > 1:
        return trailing(words[1:])
    return EditPolicy() if verb == "edit" else ShowPolicyHistory()


def parse_audit(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`audit me`, `audit [@person | TEAM | policy | money | rights | looks] [YYYY-MM]`"""
    if words and parts.is_keyword(words[0], "me"):
        return trailing(words[1:]) if len(words) > 1 else ShowLooks()
    month = _month(words[-1]) if words else None
    if isinstance(month, Misread):
        return month
    rest = words[:-1] if month else words
    if len(rest) > 1:
        return parts.several_words(rest)
    of = _about(rest[0]) if rest else None
    return of if isinstance(of, Misread) else ShowAudit(of, month)


def _month(word: Word) -> str | Misread | None:
    """A month; None when it is not even like one."""
    text = shown(word).translate(DASHES)
    if MONTH.fullmatch(text):
        return text
    if isinstance(word, Text) and not word.quoted and LIKE_A_MONTH.fullmatch(text):
        return Misread(f"{code(text)} is not a month. Write it like `2026-11`.", "audit 2026-11")
    return None


def _about(word: Word) -> typed.PersonRef | typed.TeamRef | Topic | Misread:
    topic = next((topic for topic in TOPICS if parts.is_keyword(word, topic)), None)
    if topic:
        return topic
    party = parts.party(word)
    if isinstance(party, typed.Company):
        return Misread("The company's is all there is: leave the name out.", "audit")
    return party


PARSERS: dict[str, Parser] = {"policy": parse_policy, "audit": parse_audit}
