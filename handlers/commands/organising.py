"""The grammar of `freeze`, `unfreeze`, `offboard`, `guest`; and of `team group …`, `team sync …`."""

from collections.abc import Sequence

from budget import typed
from budget.money import Face
from budget.org.typed import BindGroup, Freeze, GroupRef, Keep, LetGuest, Offboard, SyncGroups, Unfreeze
from handlers.commands import parts
from handlers.commands.entry import Entry, For, Parser
from handlers.commands.parts import Misread, code, trailing
from handlers.commands.words import Circle, Word, shown

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "freeze",
        ("freeze @person [for REASON]",),
        "freeze @ada for a lost laptop",
        "Refuse somebody's questions, with the reason, until `unfreeze`. They keep what they have and are told whom to "
        "talk to; they can be given tokens, and give none away.",
        For.ADMINS,
    ),
    Entry("unfreeze", ("unfreeze @person",), "unfreeze @ada", "Answer somebody's questions again.", For.ADMINS),
    Entry(
        "offboard",
        ("offboard @person [on YYYY-MM-DD]", "offboard @person cancel"),
        "offboard @ada",
        "Let somebody leave, now or after a last day: you first see what ends and what goes back, and are asked. A "
        "deactivated Slack account, and an end date from HR, do the same by themselves. `cancel` takes a last day "
        "back, and lets somebody be here again; nothing that ended comes back by that.",
        For.ADMINS,
        ("offboard @ada on 2026-12-31", "offboard @ada cancel"),
    ),
    Entry(
        "guest",
        ("guest allow|refuse @person",),
        "guest allow @ada",
        "Whether a guest, or somebody of another organisation, has tokens like a member.",
        For.ADMINS,
        ("guest refuse @ada",),
    ),
)
GROUP_EXAMPLES = {"group": "team group platform @platform-team", "sync": "team sync platform"}


def parse_freeze(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`freeze @person [for REASON]`"""
    person = _first_person(words)
    if isinstance(person, Misread):
        return person
    tail = parts.tail(words[1:], may_end=False)
    return tail if isinstance(tail, Misread) else Freeze(person, tail.reason)


def parse_unfreeze(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`unfreeze @person`"""
    person = _first_person(words)
    if isinstance(person, Misread):
        return person
    return trailing(words[1:]) if len(words) > 1 else Unfreeze(person)


def parse_offboard(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`offboard @person [on YYYY-MM-DD]`, `offboard @person cancel`"""
    person = _first_person(words)
    if isinstance(person, Misread):
        return person
    rest = words[1:]
    if not rest:
        return Offboard(person)
    if parts.is_keyword(rest[0], "cancel"):
        return trailing(rest[1:]) if len(rest) > 1 else Keep(person)
    if not parts.is_keyword(rest[0], "on") or len(rest) > 2:
        return trailing(rest)
    if len(rest) == 1:
        return Misread("After `on` comes the last day, like `2026-12-31`.", "offboard @ada on 2026-12-31")
    day = parts.day(rest[1])
    return day if isinstance(day, Misread) else Offboard(person, day)


def parse_guest(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`guest allow|refuse @person`"""
    if not words or not (parts.is_keyword(words[0], "allow") or parts.is_keyword(words[0], "refuse")):
        return Misread("Say `allow` or `refuse`, then who.")
    person = _first_person(words[1:])
    if isinstance(person, Misread):
        return person
    return trailing(words[2:]) if len(words) > 2 else LetGuest(person, parts.is_keyword(words[0], "allow"))


def parse_group(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`team group NAME @group|none`, after `team group`"""
    if len(words) != 2:
        return Misread("Say which team, and which user group or `none`; a name of several words goes in quotes.")
    team = parts.team(words[0])
    if isinstance(team, Misread):
        return team
    if parts.is_keyword(words[1], "none"):
        return BindGroup(team, None)
    if isinstance(words[1], Circle):
        return BindGroup(team, GroupRef(words[1].id, words[1].label))
    return Misread(f"{code(shown(words[1]))} is not a user group I can see: type `@` and pick it from the list.")


def parse_sync(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`team sync NAME|all`, after `team sync`"""
    if len(words) != 1:
        return Misread("Say which team, or `all`; a name of several words goes in quotes.")
    if parts.is_keyword(words[0], "all"):
        return SyncGroups(None)
    team = parts.team(words[0])
    return team if isinstance(team, Misread) else SyncGroups(team)


def _first_person(words: Sequence[Word]) -> typed.PersonRef | Misread:
    return parts.person(words[0]) if words else Misread("Say who.")


PARSERS: dict[str, Parser] = {
    "freeze": parse_freeze,
    "unfreeze": parse_unfreeze,
    "offboard": parse_offboard,
    "guest": parse_guest,
}
