"""Statements add up: over any time, whatever went through a wallet, and while more of it does."""

import asyncio
import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from budget.outcome import No
from budget.packages import statement_texts
from budget.packages.statement import Statement, adds_up, days_of, statement_of
from budget.packages.typed import Period
from budget.packages.vesting import vest_due
from budget.typed import PersonRef
from store import sweep
from store.ledger.apply import apply
from store.ledger.steps import Dispatch, Hold, Settle
from store.people import Person
from store.tables import transfer
from tests.commanding import START, Office
from tests.offices import BOB, COMPANY, wallet
from tests.packaging import give, made

YEAR, THIS_MONTH = 2026, Period()


async def of(office: Office, person: Person, period: Period = THIS_MONTH, who: Person | None = None) -> Statement:
    ref = None if who is None else PersonRef(person.slack_id)
    found = await statement_of(office.house, (who or person).id, ref, period, origin="test")
    assert isinstance(found, Statement), found
    assert adds_up(found)
    return found


async def ask(office: Office, person: Person, micros: int) -> None:
    """A question that took so much."""
    key, at = office.new_id(), office.at
    hold = Hold(key, wallet(person), micros, micros, at, at + timedelta(minutes=5))
    for step in (hold, Dispatch(key, at), Settle(key, micros, at)):
        await office.database.post(step)


async def test_a_month_of_everything(office: Office, ada: Person, bob: Person) -> None:
    office.at = datetime(2026, 10, 31, 22, 30, tzinfo=UTC)  # Berlin: half an hour before November
    await office.done(ada, f"grant {BOB} $3 for October")
    office.pass_time(minutes=30)
    await office.done(ada, f"grant {BOB} $2 for the first minute of November until 2026-11-10")
    await give(office, made(bob, "2026-10-01", annual_micros=12_000_000))
    await vest_due(office.house)
    for micros in (100_001, 200_002):
        await ask(office, bob, micros)
    office.at = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
    await office.database.write(lambda conn: sweep.expire_due(conn, office.at))
    await ask(office, bob, 50)
    office.at = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)  # Berlin: December
    await ask(office, bob, 7)

    month = await of(office, bob, Period(YEAR, 11))
    assert (month.opening_micros, month.until_now, month.title) == (3_000_000, False, "November 2026")
    assert [(line.kind, line.amount_micros, line.reason) for line in month.lines] == [
        ("grant", 2_000_000, "the first minute of November"), ("vest", 1_000_000, "month 1 of 48"),
        ("expire", -1_699_997, None),
    ]  # fmt: skip
    assert [(day.on.day, day.count, day.micros) for day in month.days] == [(1, 2, 300_003), (12, 1, 50)]
    assert [(each.kind, each.count, each.came_micros, each.went_micros) for each in month.sums] == [
        ("grant", 1, 2_000_000, 0), ("vest", 1, 1_000_000, 0), ("expire", 1, 0, 1_699_997), ("consume", 3, 0, 300_053),
    ]  # fmt: skip
    assert month.closing_micros == 3_999_950
    december = await of(office, bob)
    assert (december.from_on, december.to_on) == (date(2026, 12, 1), date(2026, 12, 1))
    assert (december.opening_micros, december.closing_micros) == (3_999_950, 3_999_943)
    assert december.closing_micros == (await office.balance(wallet(bob))).posted_micros
    assert [(each.next_on, each.due_micros) for each in december.packages] == [(date(2027, 1, 1), 1_000_000)]
    assert statement_texts.movement_rows(month)[1][1] == "Grant from the company pool by Ada"


async def test_any_time_adds_up_to_the_next(office: Office, ada: Person, bob: Person) -> None:
    dice = random.Random(7)
    await office.done(ada, "fund $500")
    office.at = datetime(2026, 1, 1, tzinfo=UTC)
    await give(office, made(bob, "2025-11-30", annual_micros=11_000_003, cliff_months=3, months=9))
    for _ in range(18):
        office.pass_time(hours=dice.randrange(1, 800))
        await vest_due(office.house)
        until = (office.at + timedelta(days=dice.randrange(1, 40))).date()
        end = f" until {until}" if dice.random() < 0.5 else ""
        await office.run(ada, f"grant {BOB} {dice.randrange(1, 999_999)} for {dice.random()}{end}")
        if dice.random() < 0.3:
            await office.run(ada, f"move {dice.randrange(1, 300_000)} from {BOB} to platform")
        left = await office.on(wallet(bob))
        await ask(office, bob, dice.randrange(1, max(2, left)))
    office.at = datetime(2027, 6, 1, tzinfo=UTC)
    calendar = [(year, month) for year in (2025, 2026, 2027) for month in range(1, 13)]
    months = [await of(office, bob, Period(*each)) for each in calendar if each <= (2027, 6)]
    for before, after in pairwise(months):
        assert before.closing_micros == after.opening_micros
    years = [await of(office, bob, Period(year)) for year in (2025, 2026, 2027)]
    for year, first in zip(years, (0, 12, 24), strict=True):
        parts = months[first : first + 12]
        assert sum(len(part.lines) for part in parts) == len(year.lines)
        assert sum(day.micros for part in parts for day in part.days) == sum(day.micros for day in year.days)
        assert (parts[0].opening_micros, parts[-1].closing_micros) == (year.opening_micros, year.closing_micros)
    assert years[-1].closing_micros == (await office.balance(wallet(bob))).posted_micros
    mine = (transfer.c.debit_account_id == wallet(bob)) | (transfer.c.credit_account_id == wallet(bob))
    rows = await office.database.read(lambda conn: conn.execute(select(transfer.c.id).where(mine)).all())
    assert sum(len(year.lines) + sum(day.count for day in year.days) for year in years) == len(rows)


async def test_while_questions_go_on(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $20")

    async def go_on() -> None:
        for _ in range(40):
            await ask(office, bob, 1_000)

    async def look() -> list[Statement]:
        return [await of(office, bob, who=ada) for _ in range(12)]

    seen, *_ = await asyncio.gather(look(), go_on(), go_on())
    took = [sum(day.micros for day in each.days) for each in seen]
    assert took == sorted(took)
    assert (await of(office, bob)).closing_micros == 20_000_000 - 80_000


async def test_whose_statement_is_whose(office: Office, ada: Person, bob: Person, grace: Person) -> None:
    for who, whom, allowed in ((bob, bob, True), (grace, bob, False), (bob, grace, False), (ada, bob, True)):
        found = await statement_of(office.house, who.id, PersonRef(whom.slack_id), Period(), origin="test")
        assert isinstance(found, Statement) == allowed, (who.name, whom.name)
        assert allowed or isinstance(found, No)
    looks = [(entry.actor_id, entry.target) for entry in await office.audit() if entry.action == "look"]
    assert looks == [(ada.id, wallet(bob))]


@pytest.mark.parametrize(
    ("period", "today", "days"),
    [
        (Period(), "2026-11-22", "2026-11-01 2026-12-01"),
        (Period(back=1), "2026-01-31", "2025-12-01 2026-01-01"),
        (Period(2028, 2), "2028-03-01", "2028-02-01 2028-03-01"),
        (Period(2026, 12), "2027-01-01", "2026-12-01 2027-01-01"),
        (Period(2026), "2026-11-22", "2026-01-01 2027-01-01"),
    ],
)
def test_the_days_of_a_time(period: Period, today: str, days: str) -> None:
    assert " ".join(map(str, days_of(period, date.fromisoformat(today)))) == days


async def test_what_is_held_and_what_the_pool_owes(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $2", f"grant {BOB} $1 until 2026-11-30")
    hold = Hold("h", wallet(bob), 1, 500_000, START, START + timedelta(hours=1))
    await office.database.write(lambda conn: apply(conn, [hold]))
    await give(office, made(bob, "2026-01-22"))
    shown = await of(office, bob)
    assert (shown.held_micros, shown.closing_micros) == (500_000, 3_000_000)
    assert [micros for _, micros in shown.ends] == [1_000_000, 2_000_000]
    assert shown.ends[0][0] == datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    assert shown.packages[0].due_micros == 1_000_000_000
    assert await office.on(COMPANY) == 87_000_000
