"""Rows of the audit as sentences: who did what to whom, old and new, in names and money. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from budget.money import Face, exact_dollars, show
from budget.policy.audit_sayings import MONEY, NOTHING, OF_THEIR_OWN, ORIGINS, OTHERWISE, SAYS
from store.audit import Entry

BALANCE = re.compile(r"^(-?\d+) micros")
MOVED = re.compile(r"\((?P<amount>\d+) (?:back )?(?:from|to|lent by) (?P<other>[^\s,)]+)[^)]*\)")
KEYED = re.compile(r"\([^\s)]+ from (?P<other>[^\s,)]+)\)")
MICROS = re.compile(r"(-?\d+) micros")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)")
NOISE = (
    re.compile(r" ?\[request [^\]]+\]"),
    re.compile(r"(?<=package) [^\s:,)]+(?=[:,)])"),
    re.compile(r"^[0-9a-z]{8,}: (?=-?\d+ micros)"),
    re.compile(r" \((?:member|manager)\)$"),
)
BARE = re.compile(r"\b(?=[a-z]*\d)[0-9a-z]{8,40}\b")  # an id of ours that stands by itself
LONGEST = 300  # characters of what was noted
WORKSPACE_WORDS = {
    "company": "the company pool", "issued": "new budget", "consumed": "what answers took", "expired": "what expired",
    "workspace": "the whole company",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: of people, teams, projects; the ids of a workspace's own accounts end with its id."""

    workspace_id: str
    people: Mapping[str, str]
    teams: Mapping[str, str]
    projects: Mapping[str, str]
    face: Face
    zone: ZoneInfo

    def of(self, text: str) -> str:
        """A text with every id in it as its name."""
        own = re.escape(self.workspace_id)
        text = re.sub(rf"\broster:{own}:", "", text)
        text = re.sub(rf"(?:\bperson:)?\b{own}:([A-Z0-9]+)\b", self._person, text)
        text = re.sub(r"\bteam:([0-9A-Za-z]+)", lambda m: f"the {self.teams.get(m[1], 'former')} team", text)
        text = re.sub(r"\bproject:([0-9A-Za-z]+)", lambda m: f"the {self.projects.get(m[1], 'former')} project", text)
        for kind, words in WORKSPACE_WORDS.items():
            text = text.replace(f"{kind}:{self.workspace_id}", words)
        text = re.sub(rf"\beveryone {own}\b", "everybody", text)
        text = BARE.sub(lambda m: self.teams.get(m[0]) or self.projects.get(m[0]) or m[0], text)
        return re.sub(r"\b(?:channel:)?([CG](?=[A-Z]*\d)[A-Z0-9]{2,63})\b", r"#\1", text)

    def account(self, account_id: str) -> str:
        """The same of an account: a team's is its pool."""
        return re.sub(r"^the (.+) team$", r"the \1 pool", self.of(account_id))

    def _person(self, found: re.Match[str]) -> str:
        return self.people.get(f"{self.workspace_id}:{found[1]}", "somebody")


def ids_in(entries: Iterable[Entry], workspace_id: str) -> tuple[set[str], set[str], set[str]]:
    """The ids of people, teams and projects that rows name, as far as they look like some."""
    text = " ".join(part for e in entries for part in (e.actor_id, e.target, e.old, e.new) if part)
    own, bare = re.escape(workspace_id), set(BARE.findall(text))
    people = {f"{workspace_id}:{slack_id}" for slack_id in re.findall(rf"\b{own}:([A-Z0-9]+)\b", text)}
    teams, projects = (set(re.findall(rf"\b{kind}:([0-9A-Za-z]+)", text)) for kind in ("team", "project"))
    return people, teams | bare, projects | bare


def sentence(entry: Entry, who: str, names: Names) -> str:
    """One row, as a sentence."""
    is_money = entry.action in MONEY
    moved = _moved(entry)
    parts = {
        "who": who[:1].upper() + who[1:],
        "action": entry.action,
        "to": names.account(entry.target) if is_money else names.of(entry.target),
        "old": plain(entry.old, names, NOTHING.get(entry.action, "nothing")),
        "new": _balance(entry.new) if moved else plain(entry.new, names, NOTHING.get(entry.action, "nothing")),
        "amount": show(moved[0], names.face) if moved else "an amount",
        "other": names.account(moved[1].rstrip(":")) if moved else "there",
    }
    own = moved is not None and moved[1].rstrip(":") == f"person:{entry.actor_id}"
    saying = OF_THEIR_OWN.get(entry.action) if own else None
    words = (saying or SAYS.get(entry.action, OTHERWISE)).format(**parts)
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _moved(entry: Entry) -> tuple[int, str] | None:
    """How much went, and from or to which account; None where a row is not of that kind."""
    new, old = BALANCE.match(entry.new or ""), BALANCE.match(entry.old or "")
    if new is None:
        return None
    if found := MOVED.search(entry.new or ""):
        return int(found["amount"]), found["other"]
    elsewhere = KEYED.search(entry.new or "")
    return (abs(int(new[1]) - int(old[1])), elsewhere["other"]) if elsewhere and old else None


def _balance(noted: str | None) -> str:
    found = BALANCE.match(noted or "")
    return exact_dollars(int(found[1])) if found else "nothing"


def plain(text: str | None, names: Names, nothing: str = "nothing") -> str:
    """What was noted: amounts as money, ids as names, moments as days; `nothing` where nothing was."""
    if not text or not text.strip():
        return nothing
    for noise in NOISE:
        text = noise.sub("", text)
    text = MICROS.sub(lambda found: exact_dollars(int(found[1])), names.of(text))
    text = " ".join(STAMP.sub(lambda found: _moment(found[0], names.zone), text).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _moment(stamp: str, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(stamp).astimezone(zone)
    return f"{at.day} {at:%b %Y}, {at:%H:%M}"


def origin(entry: Entry) -> str:
    """The edge that it came through, in words."""
    return ORIGINS.get(entry.origin, f"by {entry.origin}")
