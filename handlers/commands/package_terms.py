"""The terms of a package as they are typed: so much a year, from when, after which cliff, for how long."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from budget.money import Face, parse_amount
from handlers.commands import parts
from handlers.commands.parts import Misread, is_keyword, trailing
from handlers.commands.words import Word, shown

TERMS = "[from YYYY-MM-DD] [cliff N months] [for N months | until YYYY-MM-DD]"
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)%", re.ASCII)
NUMBER = re.compile(r"\d{1,4}", re.ASCII)
UNITS = {"month": 1, "months": 1, "year": 12, "years": 12}
MOST_MONTHS = 600
YEARLY = "Say how much `a year`."
OF_SALARY = "Write a share of a salary like `2% of $90000`, in dollars a year; the salary is kept nowhere."


@dataclass(frozen=True, slots=True)
class Clauses:
    """What may follow the amount."""

    starts_on: date | None = None
    cliff_months: int = 0
    months: int | None = None
    until: date | None = None
    reason: str | None = None
    to: str | None = None


Rest = Sequence[Word]
Read = tuple[Clauses, Rest] | Misread


def annual(words: Rest, face: Face) -> tuple[int, Rest] | Misread:
    """Micro-dollars a year, and the words after them: `$1200 a year`, `2% of $90000`."""
    if not words:
        return Misread("Say how much a year.")
    if PERCENT.fullmatch(shown(words[0])):
        return of_salary(words)
    amount = parts.amount(words[0], face)
    if isinstance(amount, Misread):
        return amount
    rest = yearly(words[1:])
    return Misread(YEARLY) if rest is None else (amount, rest)


def of_salary(words: Rest) -> tuple[int, Rest] | Misread:
    """A share of a salary: only what comes of it is handed on."""
    percent = PERCENT.fullmatch(shown(words[0]))
    if percent is None or len(words) < 3 or not is_keyword(words[1], "of") or not shown(words[2]).startswith("$"):
        return Misread(OF_SALARY)
    salary, share = parse_amount(shown(words[2]), Face()), Decimal(percent[1])
    if not isinstance(salary, int) or not 0 < share <= 100:
        return Misread(OF_SALARY)
    rest = yearly(words[3:])
    return int(salary * share / 100), words[3:] if rest is None else rest


def yearly(words: Rest) -> Rest | None:
    """What follows `a year`; None where that is not said."""
    first, second = ([shown(word).casefold() for word in words[:2]] + ["", ""])[:2]
    if first in ("a", "per", "each", "every") and second == "year":
        return words[2:]
    return words[1:] if first in ("/year", "yearly", "annually") else None


def clauses(words: Rest, known: frozenset[str]) -> Clauses | Misread:
    """The clauses in any order, the reason last; `known`: which of them there are."""
    found, seen = Clauses(), set()
    while words:
        name = clause_of(words)
        if name not in known:
            return trailing(words)
        if name in seen:
            return Misread(f"`{shown(words[0])}` is there twice.")
        seen.add(name)
        read = READERS[name](found, words)
        if isinstance(read, Misread):
            return read
        found, words = read
    return found


def clause_of(words: Rest) -> str:
    """Which clause begins here; `for` tells how long where a number follows, else why."""
    name = shown(words[0]).casefold()
    if name != "for":
        return name if name in READERS and name != "reason" and is_keyword(words[0], name) else ""
    return "for" if duration(words[1:]) is not None else "reason"


def duration(words: Rest) -> int | None:
    """Months of `12 months`, `4 years`."""
    if len(words) < 2 or not NUMBER.fullmatch(shown(words[0])):
        return None
    unit = UNITS.get(shown(words[1]).casefold())
    return None if unit is None else int(shown(words[0])) * unit


def from_day(found: Clauses, words: Rest) -> Read:
    """`from YYYY-MM-DD`"""
    day = parts.day(words[1]) if len(words) > 1 else Misread("After `from` comes a date like `2026-12-01`.")
    return day if isinstance(day, Misread) else (replace(found, starts_on=day), words[2:])


def until_day(found: Clauses, words: Rest) -> Read:
    """`until YYYY-MM-DD`"""
    day = parts.day(words[1]) if len(words) > 1 else Misread("After `until` comes a date like `2030-11-30`.")
    return day if isinstance(day, Misread) else (replace(found, until=day), words[2:])


def cliff(found: Clauses, words: Rest) -> Read:
    """`cliff N months`"""
    months = duration(words[1:])
    if months is None or months > MOST_MONTHS:
        return Misread("After `cliff` comes how long, like `12 months` or `1 year`.")
    return replace(found, cliff_months=months), words[3:]


def how_long(found: Clauses, words: Rest) -> Read:
    """`for N months`"""
    months = duration(words[1:]) or 0
    if not 0 < months <= MOST_MONTHS:
        return Misread(f"A package vests over 1 to {MOST_MONTHS} months, or until it is ended.")
    return replace(found, months=months), words[3:]


def why(found: Clauses, words: Rest) -> Read:
    """`for REASON`, to the end; a date or a cliff in it was meant as one, most likely."""
    inside = [at for at in range(2, len(words)) if begins_clause(words[at:])]
    if inside:
        return Misread("Put the reason last, or in quotes, so that I do not take a date for a part of it.")
    text = parts.reason(words[1:]) if len(words) > 1 else Misread("After `for` comes a reason.")
    return text if isinstance(text, Misread) else (replace(found, reason=text), ())


def begins_clause(words: Rest) -> bool:
    """Whether a clause that counts seems to begin here."""
    name = clause_of(words)
    dated = len(words) > 1 and not isinstance(parts.day(words[1]), Misread)
    return name in ("for", "cliff") or (name in ("from", "until") and dated)


def to_whom(found: Clauses, words: Rest) -> Read:
    """`to NAME`, to the end."""
    name = parts.reason(words[1:]) if len(words) > 1 else Misread("After `to` comes a name.")
    if isinstance(name, Misread):
        return Misread(name.sentence.replace("`for`", "`to`").replace("a reason", "a name"))
    too_long = len(name) > parts.LONGEST_NAME
    return (
        Misread(f"A name has at most {parts.LONGEST_NAME} characters.") if too_long else (replace(found, to=name), ())
    )


READERS = {
    "from": from_day, "until": until_day, "cliff": cliff, "for": how_long, "reason": why, "to": to_whom,
}  # fmt: skip
