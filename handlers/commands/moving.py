"""The grammar of `send`, `return`, `lend`, `undo`. A command without anything behind it opens a form."""

from collections.abc import Sequence
from dataclasses import dataclass

from budget import typed
from budget.money import Face
from budget.transfers.typed import Lend, OpenForm, Return, Send, Undo
from budget.typed import Company, PersonRef, TeamRef
from handlers.commands import parts
from handlers.commands.entry import Entry, For, Parser
from handlers.commands.parts import Misread
from handlers.commands.words import Word

LENT = "lend @grace $5 until 2026-12-31 for the launch"

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "send",
        ("send", "send @person AMOUNT [for REASON]"),
        "send @grace $2 for the pairing",
        "Give of your own to somebody else, who is told from whom and why. Alone, `send` opens a form.",
        For.EVERYONE,
    ),
    Entry(
        "return",
        ("return", "return AMOUNT [to @person | TEAM | company] [for REASON]"),
        "return $5",
        "Give back what you do not need: first what you have borrowed, then to your team's pool, or to the company's "
        "where you are in no team. Say `to` whom to choose it yourself.",
        For.EVERYONE,
        ("return $5 to platform for a quiet month", "return 250k to company"),
    ),
    Entry(
        "lend",
        ("lend", "lend @person AMOUNT until YYYY-MM-DD [for REASON] [from TEAM | from company]"),
        LENT,
        "Lend of your own until the end of a day: then what is there of it goes back by itself. Managers lend `from` "
        "a pool of theirs, admins `from company`.",
        For.EVERYONE,
        ("lend @grace $5 until 2026-12-31 from platform",),
    ),
    Entry(
        "undo",
        ("undo",),
        "undo",
        "What you have granted, moved, sent or lent lately, with buttons that take it back as far as it is unspent.",
        For.EVERYONE,
    ),
)


@dataclass(frozen=True, slots=True)
class Given:
    """`@person AMOUNT`, and the words behind it."""

    to: PersonRef
    amount_micros: int
    rest: Sequence[Word]


def parse_given(words: Sequence[Word], face: Face) -> Given | Misread:
    """Who gets it, and how much."""
    if len(words) < 2:
        return Misread("Say who gets it, and how much.")
    if not isinstance(parts.amount(words[0], face), Misread):
        return Misread("First who gets it, then the amount.")
    to = parts.person(words[0])
    if isinstance(to, Misread):
        return to
    amount = parts.amount(words[1], face)
    return amount if isinstance(amount, Misread) else Given(to, amount, words[2:])


def parse_send(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`send @person AMOUNT [for REASON]`"""
    if not words:
        return OpenForm("send")
    given = parse_given(words, face)
    if isinstance(given, Misread):
        return given
    tail = parts.tail(given.rest, may_end=False)
    return tail if isinstance(tail, Misread) else Send(given.to, given.amount_micros, tail.reason)


def parse_return(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`return AMOUNT [to @person | TEAM | company] [for REASON]`"""
    if not words:
        return OpenForm("return")
    amount = parts.amount(words[0], face)
    if isinstance(amount, Misread):
        return amount
    rest, to = words[1:], None
    if rest and parts.is_keyword(rest[0], "to"):
        if len(rest) == 1:
            return Misread("After `to` comes who gets it.", "return $5 to platform")
        named = parts.party(rest[1])
        if isinstance(named, Misread):
            return named
        rest, to = rest[2:], named
    tail = parts.tail(rest, may_end=False)
    return tail if isinstance(tail, Misread) else Return(amount, to, tail.reason)


def parse_lend(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`lend @person AMOUNT until YYYY-MM-DD [for REASON] [from TEAM | from company]`"""
    if not words:
        return OpenForm("lend")
    given = parse_given(words, face)
    if isinstance(given, Misread):
        return given
    rest, source = taken_from(given.rest)
    if isinstance(source, Misread):
        return source
    tail = parts.tail(rest, may_end=True)
    if isinstance(tail, Misread):
        return Misread(tail.sentence, LENT)
    if tail.until is None:
        return Misread("Say until when: a loan ends on a day.", LENT)
    return Lend(given.to, given.amount_micros, tail.until, tail.reason, source)


def taken_from(words: Sequence[Word]) -> tuple[Sequence[Word], TeamRef | Company | Misread | None]:
    """The words without `from POOL`, which stands before the reason or at the very end; and the pool."""
    before = next((at for at, word in enumerate(words) if parts.is_keyword(word, "for")), len(words))
    froms = [at for at, word in enumerate(words) if parts.is_keyword(word, "from")]
    at = next((at for at in froms if at < before or at == len(words) - 2), None)
    if at is None:
        return words, None
    if at + 1 == len(words):
        return words, Misread("After `from` comes a team's name, or `company`.", f"{LENT} from platform")
    pool = parts.party(words[at + 1])
    if isinstance(pool, PersonRef):
        pool = Misread("Only from a pool can be lent for others: name a team after `from`, or `company`.")
    return [*words[:at], *words[at + 2 :]], pool


def parse_undo(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`undo`"""
    return parts.trailing(words) if words else Undo()


PARSERS: dict[str, Parser] = {"send": parse_send, "return": parse_return, "lend": parse_lend, "undo": parse_undo}
