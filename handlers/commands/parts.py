"""The parts of commands: amounts, people, teams, reasons, dates. What cannot be read is answered with a sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from budget.money import BadAmount, Face, parse_amount
from budget.typed import ChannelRef, Company, Party, PersonRef, TeamRef
from handlers.commands.words import DASHES, Circle, Mention, Place, Text, Unclosed, Word, shown

LONGEST_REASON = 200
LONGEST_NAME = 60
MOST_PEOPLE = 30  # in one command: each of them is looked up
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WITH_AN_END = "grant @ada 250k for the on-call week until 2026-12-31"
RESERVED = frozenset(
    {"company", "from", "to", "for", "until", "on", "off", "me", "everyone"}
    | {"create", "add", "remove", "manager", "channel", "pool", "team", "default"}
    | {"group", "sync", "none", "all", "cancel", "under", "cost"}
)


@dataclass(frozen=True, slots=True)
class Misread:
    """What was typed does not fit; nothing was done. `example` is a command line that would, without `/tokens`."""

    sentence: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Tail:
    """What may follow an amount."""

    reason: str | None = None
    until: date | None = None


def code(text: str) -> str:
    """Typed text set apart, shortened, so that it cannot break out."""
    plain = text.replace("`", "'")
    return f"`{plain if len(plain) <= 40 else plain[:39] + '…'}`"


def is_keyword(word: Word, keyword: str) -> bool:
    """An unquoted word, in any case."""
    return isinstance(word, Text) and not word.quoted and word.text.casefold() == keyword


def amount(word: Word, face: Face) -> int | Misread:
    """Micro-dollars of an amount."""
    parsed = parse_amount(shown(word), face)
    return Misread(parsed.sentence) if isinstance(parsed, BadAmount) else parsed


def person(word: Word) -> PersonRef | Misread:
    """A mentioned person."""
    if isinstance(word, Mention):
        return PersonRef(word.id, word.label)
    return Misread(f"{code(shown(word))} is not a person I can see: type `@` and pick the name from the list.")


def people(words: Sequence[Word]) -> tuple[PersonRef, ...] | Misread:
    """Several mentioned people, each once."""
    if len(words) > MOST_PEOPLE:
        return Misread(f"That is more than {MOST_PEOPLE} people at once: use several commands.")
    found: dict[str, PersonRef] = {}
    for word in words:
        one = person(word)
        if isinstance(one, Misread):
            return one
        found.setdefault(one.id, one)
    return tuple(found.values())


def channel(word: Word) -> ChannelRef | Misread:
    """A mentioned channel."""
    if isinstance(word, Place):
        return ChannelRef(word.id, word.label)
    return Misread(f"{code(shown(word))} is not a channel I can see: type `#` and pick the channel from the list.")


def team(word: Word) -> TeamRef | Misread:
    """A team by its name."""
    named = party(word)
    if isinstance(named, TeamRef | Misread):
        return named
    return Misread(f"{code(shown(word))} is not the name of a team.")


def party(word: Word) -> Party | Misread:
    """A person, a team or the company."""
    match word:
        case Mention():
            return PersonRef(word.id, word.label)
        case Place():
            return Misread(f"A channel has no balance: name a person or a team instead of {code(shown(word))}.")
        case Circle():
            return Misread(f"{code(shown(word))} is a user group: name a person or a team instead.")
        case Unclosed():
            return Misread(f"A quote is opened before {code(word.text)} and never closed.")
        case Text(quoted=False) if word.text.casefold() == "company":
            return Company()
        case Text(text="", quoted=True):
            return Misread("The name between the quotes is empty.")
        case Text() if word.text.startswith(("@", "<")) and not word.quoted:
            checked = person(word)
            assert isinstance(checked, Misread), "text is no mention"
            return checked
        case _:
            return TeamRef(word.text)


def new_name(words: Sequence[Word], face: Face) -> str | Misread:
    """A name for a new team: one word, or several in quotes."""
    if len(words) > 1:
        return Misread("Put a name of several words in quotes.")
    (word,) = words
    if not isinstance(word, Text):
        named = team(word)
        return named if isinstance(named, Misread) else named.name
    name = word.text
    problem = name_problem(name, face)
    return Misread(problem) if problem else name


def name_problem(name: str, face: Face, of: str = "team") -> str | None:
    """Why a team (or what `of` says) cannot be called that, as a sentence; None when it can."""
    if not any(letter.isalnum() for letter in name):
        return f"A {of}'s name needs at least one letter."
    if len(name) > LONGEST_NAME:
        return f"A {of}'s name has at most {LONGEST_NAME} characters; this one has {len(name)}."
    if name.casefold() in RESERVED:
        return f"{code(name)} has a meaning of its own in commands, so no {of} can be called that."
    if name.startswith(("@", "#", "/", "$", "<")) or not isinstance(parse_amount(name, face), BadAmount):
        return f"{code(name)} looks like a person, a channel or an amount; a {of} needs another name."
    if not name.isprintable() or any(mark in name for mark in '"`*~|<>'):
        return f"A {of}'s name is made of letters, digits, spaces and plain punctuation."
    return None


def reason(words: Sequence[Word]) -> str | Misread:
    """The words after `for`, as one text; quotes around all of it are left out."""
    open_quote = next((word for word in words if isinstance(word, Unclosed)), None)
    if open_quote is not None:
        return Misread(f"A quote is opened before {code(open_quote.text)} and never closed.")
    text = shown(words[0]).strip('"') if len(words) == 1 else " ".join(map(shown, words))
    if not text.strip():
        return Misread("After `for` comes a reason.")
    if len(text) > LONGEST_REASON:
        return Misread(f"A reason has at most {LONGEST_REASON} characters; this one has {len(text)}.")
    return text


def day(word: Word) -> date | Misread:
    """A date as YYYY-MM-DD."""
    text = shown(word).translate(DASHES)
    wrong = Misread(f"{code(text)} is not a date. Write it like `2026-12-31`.")
    if not ISO_DATE.fullmatch(text):
        return wrong
    try:
        return date.fromisoformat(text)
    except ValueError:
        return wrong


def tail(words: Sequence[Word], *, may_end: bool) -> Tail | Misread:
    """`[for REASON] [until DATE]`, in either order; `may_end`: whether an end makes sense here."""
    at = next((index for index, word in enumerate(words) if is_keyword(word, "until")), None)
    if at is None or (not may_end and not _is_date(words[at + 1 : at + 2])):
        return _only_reason(words)
    if not may_end:
        return Misread("Only a grant can have an end date.")
    if at + 1 == len(words):
        return Misread("After `until` comes a date like `2026-12-31`.", WITH_AN_END)
    until = day(words[at + 1])
    if isinstance(until, Misread):
        return Misread(
            f'{until.sentence} If it belongs to the reason, put the reason in quotes: `for "…"`.', WITH_AN_END
        )
    rest = _only_reason([*words[:at], *words[at + 2 :]])
    return rest if isinstance(rest, Misread) else Tail(rest.reason, until)


def _is_date(words: Sequence[Word]) -> bool:
    return bool(words) and not isinstance(day(words[0]), Misread)


def _only_reason(words: Sequence[Word]) -> Tail | Misread:
    if not words:
        return Tail()
    if not is_keyword(words[0], "for"):
        return Misread(f"I understand all but {code(' '.join(map(shown, words)))}.")
    if len(words) == 1:
        return Misread("After `for` comes a reason.")
    text = reason(words[1:])
    return text if isinstance(text, Misread) else Tail(text)


def trailing(words: Sequence[Word]) -> Misread:
    """Something is left that means nothing here."""
    return Misread(f"I understand all but {code(' '.join(map(shown, words)))}.")


def several_words(words: Sequence[Word]) -> Misread:
    """Perhaps a name of several words."""
    name = " ".join(map(shown, words))
    return Misread(f"I can read one name, not {code(name)}: put a name of several words in quotes.")
