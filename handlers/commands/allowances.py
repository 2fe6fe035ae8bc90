"""The grammar of `allowance …`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal, InvalidOperation

from budget import typed
from budget.allowances.periods import Kind
from budget.allowances.typed import (
    Everyone,
    OpenAllowanceForm,
    PayAllowances,
    Scope,
    SetAllowance,
    ShowAllowance,
    ShowAllowances,
    StopAllowance,
)
from budget.money import Face
from handlers.commands import parts
from handlers.commands.entry import Entry, For, Parser
from handlers.commands.parts import Misread, code
from handlers.commands.words import Word, shown

SET = "allowance @ada $20 monthly"
ROLLED = "allowance everyone $20 monthly rollover 50% expires 2 months"
FORM = (
    "allowance @person|TEAM|everyone AMOUNT weekly|monthly|quarterly [rollover 50%|AMOUNT|all|none] "
    "[expires N periods|never] [from YYYY-MM-DD] [by TEAM|company]"
)
HOW_OFTEN: dict[str, Kind] = {"weekly": "week", "monthly": "month", "quarterly": "quarter"}
MOST_PERIODS = 120
UNITS = ("period", "week", "month", "quarter")
OPTIONS = ("rollover", "expires", "from", "by")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "allowance",
        (
            "allowance",
            "allowance @person|TEAM|everyone",
            FORM,
            "allowance @person|TEAM|everyone stop",
            "allowance set",
            "allowance pay",
        ),
        "allowance",
        "What you get by itself, when next, and what rolls over. Admins set it for a person, a team's people or "
        "everybody: `rollover` says how much of an amount may outlive its period, `expires` by how many periods, `by` "
        "which pool pays; `set` opens a form for it. A person's own allowance comes before their team's, and a team's "
        "before everybody's. `pay` pays those whom a pool that was too small left out, as far as it lasts.",
        For.EVERYONE,
        (SET, ROLLED, "allowance platform 40M quarterly rollover all by company", "allowance @ada stop"),
    ),
)


def parse_allowance(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`allowance`, `allowance pay`, or something about somebody, a team or everybody."""
    if not words:
        return ShowAllowances()
    if len(words) == 1 and parts.is_keyword(words[0], "pay"):
        return PayAllowances()
    if len(words) == 1 and parts.is_keyword(words[0], "set"):
        return OpenAllowanceForm()
    if len(words) == 2 and parts.is_keyword(words[0], "stop"):
        words = [words[1], words[0]]
    scope = _scope(words[0], face)
    if isinstance(scope, Misread):
        return scope
    if len(words) == 1:
        return ShowAllowance(scope)
    if parts.is_keyword(words[1], "stop"):
        return parts.trailing(words[2:]) if len(words) > 2 else StopAllowance(scope)
    return _set(scope, words[1:], face)


def _scope(word: Word, face: Face) -> Scope | Misread:
    if parts.is_keyword(word, "everyone") or parts.is_keyword(word, "everybody"):
        return Everyone()
    if not isinstance(parts.amount(word, face), Misread):
        return Misread("First whose it is, then the amount.", SET)
    party = parts.party(word)
    if isinstance(party, typed.Company):
        return Misread("The company's pool gets new budget by `fund`; an allowance is for people.", ROLLED)
    return party


def _set(scope: Scope, words: Sequence[Word], face: Face) -> typed.Command | Misread:
    amount = parts.amount(words[0], face)
    if isinstance(amount, Misread):
        return replace(amount, example=SET)
    period = HOW_OFTEN.get(shown(words[1]).casefold()) if len(words) > 1 else None
    if period is None:
        return Misread("After the amount comes `weekly`, `monthly` or `quarterly`.", SET)
    command: SetAllowance | Misread = SetAllowance(scope, amount, period)
    rest, seen = list(words[2:]), set[str]()
    while rest and isinstance(command, SetAllowance):
        name = next((each for each in OPTIONS if parts.is_keyword(rest[0], each)), None)
        if name is None:
            return replace(parts.trailing(rest), example=ROLLED)
        if name in seen or len(rest) == 1:
            return Misread(f"Say once what comes after `{name}`.", ROLLED)
        seen.add(name)
        unit = _unit(name, rest)
        if unit not in ("", "period", period):
            return Misread(f"What rolls over ends after whole {period}s, as that is how often it is paid.", ROLLED)
        command, rest = READ[name](command, rest[1], face), rest[3:] if unit else rest[2:]
    if isinstance(command, SetAllowance) and "expires" in seen and not command.rollover_micros:
        return Misread("`expires` is about what rolls over: say how much does.", ROLLED)
    return command


def _unit(name: str, rest: Sequence[Word]) -> str:
    """`month` of `expires 2 months`; empty where none is said."""
    unit = shown(rest[2]).casefold().rstrip("s") if name == "expires" and len(rest) > 2 else ""
    return unit if unit in UNITS else ""


def _rollover(command: SetAllowance, word: Word, face: Face) -> SetAllowance | Misread:
    text = shown(word).casefold()
    if text in ("all", "none"):
        return replace(command, rollover_micros=command.amount_micros if text == "all" else 0)
    if text.endswith("%"):
        return _percent(command, text)
    if text in ("0", "$0"):
        return replace(command, rollover_micros=0)
    most = parts.amount(word, face)
    if isinstance(most, Misread):
        return Misread(f"{code(shown(word))} cannot roll over: write `50%`, an amount, `all` or `none`.", ROLLED)
    if most > command.amount_micros:
        return Misread("No more can roll over than the amount itself: write `all` for that.", ROLLED)
    return replace(command, rollover_micros=most)


def _percent(command: SetAllowance, text: str) -> SetAllowance | Misread:
    try:
        percent = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        percent = Decimal(-1)
    if not percent.is_finite() or not 0 <= percent <= 100:
        return Misread(f"{code(text)} is not a share: write `0%` to `100%`.", ROLLED)
    micros = (command.amount_micros * percent / 100).to_integral_value(ROUND_FLOOR)
    return replace(command, rollover_micros=int(micros))


def _expires(command: SetAllowance, word: Word, face: Face) -> SetAllowance | Misread:  # noqa: ARG001  # one shape
    text = shown(word).casefold()
    if text == "never":
        return replace(command, expires=None)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:4]) <= MOST_PERIODS:
        wrong = f"{code(shown(word))} is no number of periods: write `1` to `{MOST_PERIODS}`, or `never`."
        return Misread(wrong, ROLLED)
    return replace(command, expires=int(text))


def _from(command: SetAllowance, word: Word, face: Face) -> SetAllowance | Misread:  # noqa: ARG001  # one shape
    day = parts.day(word)
    return day if isinstance(day, Misread) else replace(command, from_on=day)


def _by(command: SetAllowance, word: Word, face: Face) -> SetAllowance | Misread:  # noqa: ARG001  # one shape
    party = parts.party(word)
    if isinstance(party, typed.PersonRef):
        return Misread("A team's pool or the company's pays, no person's wallet.", f"{SET} by company")
    return party if isinstance(party, Misread) else replace(command, by=party)


READ: dict[str, Callable[[SetAllowance, Word, Face], SetAllowance | Misread]] = {
    "rollover": _rollover,
    "expires": _expires,
    "from": _from,
    "by": _by,
}
PARSERS: dict[str, Parser] = {"allowance": parse_allowance}
