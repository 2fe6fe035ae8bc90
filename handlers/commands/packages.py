"""The grammar of `package …`, `statement …`, `offer …`."""

import re
from collections.abc import Sequence

from budget import typed
from budget.money import Face
from budget.packages.typed import EndPackage, MakeOffer, Period, SetPackage, ShowPackages, ShowStatement
from handlers.commands import parts
from handlers.commands.entry import Entry, For, Parser
from handlers.commands.package_terms import TERMS, Clauses, annual, clauses
from handlers.commands.parts import Misread, code, is_keyword, trailing
from handlers.commands.words import Mention, Word, shown

SET = "package @ada $1200 a year from 2026-12-01 cliff 12 months for 48 months"
OF_SALARY = "package @ada 2% of $90000 for the senior role"
OFFER_OF_SALARY = "offer 2% of $90000"
MONTH, YEAR = re.compile(r"(\d{4})-(\d{2})", re.ASCII), re.compile(r"\d{4}", re.ASCII)
PERIODS = "Write a period like `2026-11`, `2026`, `last month` or `this month`."
NO_SALARY = "I cannot read that, and will not repeat it, because of the salary in it."

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "package",
        ("package [@person]", f"package @person AMOUNT a year {TERMS} [for REASON]",
         "package @person 2% of $90000 …", "package @person end [on YYYY-MM-DD]"),
        "package",
        "What you were promised as part of your pay: what has vested, what has not, and what comes when. Admins set it "
        "and end it, and see it all before it counts. A salary is used once, for the amount that comes of it, and kept "
        "nowhere.",
        For.EVERYONE,
        ("package @ada", SET, OF_SALARY, "package @ada end on 2026-12-31"),
    ),
    Entry(
        "statement",
        ("statement [@person] [YYYY-MM | YYYY | last month | this month]",),
        "statement last month",
        "What you had, all that came and went with its reason, and what you have then: here, and as a PDF in your "
        "direct messages. Admins see those of others, who can see that they did.",
        For.EVERYONE,
        ("statement", "statement 2026-11", "statement @ada 2026"),
    ),
    Entry(
        "offer",
        ("offer AMOUNT a year [cliff N months] [for N months] [to NAME]", "offer 2% of $90000 …"),
        "offer $1200 a year cliff 12 months for 48 months to Ada Lovelace",
        "How many tokens come with a job: in money, in questions and with the rules that hold now, as a message and as "
        "a letter of one page. It sets nothing.",
        For.ADMINS,
        ("offer $600 a year", OFFER_OF_SALARY),
    ),
)  # fmt: skip


def parse_package(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`package`, `package @person`, or one of the changes."""
    if not words:
        return ShowPackages()
    person = parts.person(words[0])
    if isinstance(person, Misread):
        return discreet(words, person)
    if len(words) == 1:
        return ShowPackages(person)
    if is_keyword(words[1], "end"):
        return _end(person, words[2:])
    read = discreet(words, _set(person, words[1:], face))
    return Misread(read.sentence, read.example or SET) if isinstance(read, Misread) else read


def _end(person: typed.PersonRef, words: Sequence[Word]) -> typed.Command | Misread:
    example = "package @ada end on 2026-12-31"
    if not words:
        return EndPackage(person)
    if not is_keyword(words[0], "on") or len(words) < 2:
        return Misread("After `end` comes nothing, or `on` and the last day that counts.", example)
    last_on = parts.day(words[1])
    if isinstance(last_on, Misread):
        return Misread(last_on.sentence, example)
    return EndPackage(person, last_on) if len(words) == 2 else Misread(trailing(words[2:]).sentence, example)


def _set(person: typed.PersonRef, words: Sequence[Word], face: Face) -> typed.Command | Misread:
    amount = annual(words, face)
    if isinstance(amount, Misread):
        return amount
    micros, rest = amount
    read = clauses(rest, frozenset({"from", "cliff", "for", "until", "reason"}))
    return read if isinstance(read, Misread) else _made(person, micros, read)


def _made(person: typed.PersonRef, micros: int, read: Clauses) -> typed.Command | Misread:
    if read.months is not None and read.until is not None:
        return Misread("Say how long with `for` or with `until`, not with both.")
    return SetPackage(person, micros, read.starts_on, read.cliff_months, read.months, read.until, read.reason)


def parse_offer(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`offer AMOUNT a year [cliff N months] [for N months] [to NAME]`"""
    amount = annual(words, face)
    if isinstance(amount, Misread):
        return discreet(words, amount, OFFER_OF_SALARY)
    micros, rest = amount
    read = clauses(rest, frozenset({"cliff", "for", "to"}))
    if isinstance(read, Misread):
        return discreet(words, read, OFFER_OF_SALARY)
    return MakeOffer(micros, read.cliff_months, read.months, read.to)


def discreet(words: Sequence[Word], read: typed.Command | Misread, example: str = OF_SALARY) -> typed.Command | Misread:
    """The same; where a salary may have been typed, a sentence that repeats nothing of it."""
    has_salary = any("%" in shown(word) for word in words)
    return Misread(NO_SALARY, example) if isinstance(read, Misread) and has_salary else read


def parse_statement(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`statement [@person] [PERIOD]`"""
    of = None
    if words and isinstance(words[0], Mention):
        of, words = typed.PersonRef(words[0].id, words[0].label), words[1:]
    read = period(words)
    return read if isinstance(read, Misread) else ShowStatement(of, read)


def period(words: Sequence[Word]) -> Period | Misread:
    """Of a statement; nothing is this month."""
    typed_words = " ".join(shown(word) for word in words).casefold()
    known = {"": Period(), "this month": Period(), "last month": Period(back=1)}
    if typed_words in known:
        return known[typed_words]
    month = MONTH.fullmatch(typed_words)
    if month and 1 <= int(month[2]) <= 12 and int(month[1]) > 0:
        return Period(int(month[1]), int(month[2]))
    if YEAR.fullmatch(typed_words) and int(typed_words) > 0:
        return Period(int(typed_words))
    return Misread(f"{code(typed_words)} is not a period. {PERIODS}")


PARSERS: dict[str, Parser] = {"package": parse_package, "statement": parse_statement, "offer": parse_offer}
