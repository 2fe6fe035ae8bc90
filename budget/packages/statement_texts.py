"""The words and rows of statements: plain text, the same in messages and on paper."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from budget.money import Face, exact_dollars
from budget.packages import texts
from budget.packages.seen import Seen
from budget.packages.statement import Day, Statement
from budget.packages.terms import DAY
from store.statements import Line

HOW_SUMMED = (
    "Questions are summed by the day. Days begin at midnight in the workspace's time zone. The amounts are exact, to "
    "the millionth of a dollar."
)
SINGULAR = {
    "fund": "New budget",
    "grant": "Grant",
    "allowance": "Allowance",
    "vest": "Package, vested",
    "move": "Moved",
    "send": "Sent",
    "return": "Given back",
    "expire": "Expired unused",
    "correct": "Correction",
}
POOLS = {"company": "the company pool", "team": "the {} pool", "project": "the {} project", "person": "{}"}
Entry = tuple[date, str, str, int]  # of a day: what, why, and micro-dollars with their sign


def signed(micros: int) -> str:
    """`+$4.00`, `−$0.016`, to the last digit."""
    return f"{'+' if micros >= 0 else '−'}{exact_dollars(abs(micros))}"


def short_day(on: date) -> str:
    """`22 Nov 2026`"""
    return f"{on.day} {on:%b %Y}"


def whom(line: Line) -> str:
    """The other side of a movement; empty where it is nobody's."""
    return POOLS.get(line.other_kind, "").format(line.other_name or "someone")


def what(line: Line, owner: str) -> str:
    """`Grant from the company pool by Grace Hopper`: whose it is need not be told who they are."""
    other = whom(line)
    side = f" {'from' if line.amount_micros > 0 else 'to'} {other}" if other and line.kind != "vest" else ""
    by = f" by {line.actor}" if line.actor and line.actor not in (other, owner) else ""
    return f"{SINGULAR.get(line.kind, line.kind)}{side}{by}"


def entries(made: Statement) -> list[Entry]:
    """Every movement, day by day: those with a reason as they came, then the day's questions."""
    owner = made.person.name
    found = [
        (line.at.astimezone(made.zone).date(), 0, what(line, owner), line.reason or "", line.amount_micros)
        for line in made.lines
    ]
    found += [(day.on, 1, of_day(day), "", -day.micros) for day in made.days]
    return [(on, text, why, micros) for on, _, text, why, micros in sorted(found, key=lambda each: each[:2])]


def of_day(day: Day) -> str:
    """`14 questions`"""
    return texts.number(day.count, "question")


def movement_rows(made: Statement) -> list[tuple[str, str, str, str, str]]:
    """Every movement with the balance after it; the opening balance first, the closing one last."""
    balance, rows = made.opening_micros, []
    rows.append((short_day(made.from_on), "Opening balance", "", "", exact_dollars(balance)))
    for on, text, why, micros in entries(made):
        balance += micros
        rows.append((short_day(on), text, why, signed(micros), exact_dollars(balance)))
    assert balance == made.closing_micros, "the rows of a statement do not add up"
    return [*rows, (short_day(made.to_on), closing_name(made), "", "", exact_dollars(balance))]


def closing_name(made: Statement) -> str:
    """What the end is called: a time that is not over has a balance, no closing one."""
    return "Balance now" if made.until_now else "Closing balance"


def came_and_went(made: Statement) -> tuple[int, int]:
    """All that came in, all that went out."""
    return sum(each.came_micros for each in made.sums), sum(each.went_micros for each in made.sums)


def figures(made: Statement, face: Face) -> list[tuple[str, str, str]]:
    """Where it began, what came, what went, where it ends: a word, money, tokens each."""
    came, went = came_and_went(made)
    closing = (closing_name(made), made.closing_micros)
    named = (("Opening balance", made.opening_micros), ("Came in", came), ("Went out", went), closing)
    return [(name, exact_dollars(micros), texts.tokens(micros, face)) for name, micros in named]


def sum_rows(made: Statement) -> list[tuple[str, str, str, str]]:
    """What came and went, by kind, with their sum."""
    came, went = came_and_went(made)
    rows = [
        (texts.MOVEMENTS[each.kind], f"{each.count:,}", amount(each.came_micros), amount(each.went_micros))
        for each in made.sums
    ]
    count = sum(each.count for each in made.sums)
    return [*rows, ("In all", f"{count:,}", exact_dollars(came), exact_dollars(went))]


def amount(micros: int) -> str:
    """Money, and nothing where there is none."""
    return exact_dollars(micros) if micros else ""


def what_is_left(made: Statement, face: Face) -> list[str]:
    """Of what is there now, what has no end and what ends when."""
    if not made.now_micros:
        return ["There is nothing on the balance now."]
    sentences = []
    for until_at, micros in made.ends:
        if until_at is None:
            sentences.append(f"{texts.money(micros, face)} has no end date: it rolls over until it is used.")
        else:
            end = texts.day(last_day(until_at, made.zone))
            sentences.append(f"{texts.money(micros, face)} can be used until the end of {end}, and expires then.")
    if made.held_micros:
        sentences.append(f"{texts.money(made.held_micros, face)} of it is held for answers under way.")
    if made.until_now:
        return sentences
    return [f"As of {texts.day(made.at.astimezone(made.zone).date())}, when this was made:", *sentences]


def last_day(until_at: datetime, zone: ZoneInfo) -> date:
    """The last day before an end, or the day of an end in the middle of it."""
    local = until_at.astimezone(zone)
    return local.date() - DAY if (local.hour, local.minute, local.second) == (0, 0, 0) else local.date()


def package_words(seen: Seen, face: Face) -> list[str]:
    """A package in a statement: what was promised, what has vested, what comes next."""
    why = f", for {seen.package.reason}" if seen.package.reason else ""
    unvested = "" if seen.unvested_micros is None else f"; {texts.money(seen.unvested_micros, face)} has not yet"
    sentences = [
        f"{texts.how_much(seen.agreed, face)}{why}.",
        f"{texts.money(seen.vested_micros, face)} of it has vested{unvested}.",
    ]
    if seen.due_micros:
        sentences.append(f"{texts.money(seen.due_micros, face)} more is {texts.WAITING}.")
    if seen.next_on and seen.next_micros:
        sentences.append(f"Next: {texts.money(seen.next_micros, face)} on {texts.day(seen.next_on)}.")
    if seen.package.ends_on:
        sentences.append(f"It ends: {texts.day(seen.package.ends_on)} is the last day that counts.")
    return sentences


def words(rows: Sequence[Sequence[str]]) -> str:
    """All that stands in rows."""
    return " ".join(text for row in rows for text in row)
