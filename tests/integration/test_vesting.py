"""Packages vest: to the day, once, out of the pool, as far as the pool has it; and end."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from budget.org.leaving import leave_due
from budget.packages import letters as kinds
from budget.packages.ending import Ended, end_packages
from budget.packages.vesting import vest_due
from store.people import Person
from store.tables import person
from tests.commanding import START, Office
from tests.offices import COMPANY, wallet
from tests.packaging import YEAR, give, letters, made, of

MONTH = YEAR // 12


@pytest.fixture
async def rich(office: Office, ada: Person) -> Office:
    """The company has $10,090."""
    await office.done(ada, "fund $10000")
    return office


async def test_a_month_vests_at_local_midnight(rich: Office, bob: Person) -> None:
    await give(rich, made(bob, "2026-10-23"))
    rich.at = datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC)  # Berlin: a second before the 23rd
    assert await vest_due(rich.house) == 0
    assert await rich.on(wallet(bob)) == 0
    rich.pass_time(seconds=1)
    assert await vest_due(rich.house) == 1
    assert await rich.on(wallet(bob)) == MONTH
    assert await vest_due(rich.house) == 0
    (package,) = await of(rich, bob)
    assert (package.vested_months, package.next_on, package.ended_at) == (1, date(2026, 12, 23), None)
    (letter,) = await letters(rich.database, kinds.VESTED)
    assert (letter.slack_id, letter.payload["paid_micros"], letter.payload["balance_micros"]) == ("UBOB", MONTH, MONTH)
    assert (letter.payload["next_on"], letter.payload["next_micros"]) == ("2026-12-23", MONTH)
    vest = (await rich.audit())[0]
    assert (vest.action, vest.actor_id, vest.origin, vest.target) == ("vest", None, "clock", wallet(bob))
    assert (vest.old, vest.new) == ("0 micros", f"{MONTH} micros ({MONTH} from {COMPANY}, package p1, month 1)")


async def test_a_cliff_comes_all_at_once_and_what_was_missed_is_caught_up(rich: Office, bob: Person) -> None:
    await give(rich, made(bob, "2025-10-31", cliff_months=12, months=24))
    rich.at = datetime(2026, 10, 30, 22, 0, tzinfo=UTC)
    assert await vest_due(rich.house) == 0
    rich.at = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
    assert await vest_due(rich.house) == 2
    assert await rich.on(wallet(bob)) == 13 * MONTH
    rich.at = datetime(2029, 1, 1, tzinfo=UTC)
    assert await vest_due(rich.house) == 11
    assert await rich.on(wallet(bob)) == 2 * YEAR
    (package,) = await of(rich, bob)
    assert (package.vested_months, package.next_on, package.ended_at) == (24, None, rich.at)


async def test_a_pool_that_is_too_small_pays_no_part_and_is_tried_again(
    office: Office, ada: Person, bob: Person
) -> None:
    await give(office, made(bob, "2026-10-22"))
    assert await office.on(COMPANY) == 90_000_000
    assert await vest_due(office.house) == 0
    office.pass_time(minutes=1)
    assert await vest_due(office.house) == 0
    assert (await office.on(COMPANY), await office.on(wallet(bob))) == (90_000_000, 0)
    (letter,) = await letters(office.database, kinds.SHORT)
    assert (letter.slack_id, letter.payload["people"], letter.payload["unpaid_micros"]) == ("UADA", 1, MONTH)
    await office.done(ada, "fund $10")
    assert await vest_due(office.house) == 0, "not before it is its turn again"
    office.pass_time(minutes=4)
    assert await vest_due(office.house) == 1
    assert (await office.on(COMPANY), await office.on(wallet(bob))) == (0, MONTH)
    assert (await of(office, bob))[0].retry_at is None
    assert len(await letters(office.database, kinds.SHORT)) == 1


async def test_a_pool_for_some_of_it_pays_whole_months_in_order(rich: Office, bob: Person) -> None:
    await give(rich, made(bob, "2010-01-22", cliff_months=12, months=120))
    assert await vest_due(rich.house) == 89, "$10,090: the year at the cliff, and 88 months more"
    assert await rich.on(wallet(bob)) == 100 * MONTH
    (package,) = await of(rich, bob)
    assert package.vested_months == 100
    (letter,) = await letters(rich.database, kinds.SHORT)
    assert letter.payload["unpaid_micros"] == 20 * MONTH


async def test_many_at_once_by_several_at_once(rich: Office, bob: Person, eve: Person) -> None:
    for number in range(60):
        await give(rich, made((bob, eve)[number % 2], "2026-10-22", id=f"p{number:02}", annual_micros=12_000_007))
    assert sum(await asyncio.gather(*(vest_due(rich.house) for _ in range(4)))) == 60
    assert [await rich.on(wallet(each)) for each in (bob, eve)] == [30 * 1_000_000] * 2
    assert len(await letters(rich.database, kinds.VESTED)) == 60


async def test_ending_pays_what_is_due_and_forfeits_the_rest(rich: Office, ada: Person, bob: Person) -> None:
    await give(rich, made(bob, "2026-09-22", months=12))
    await give(rich, made(bob, "2026-01-01", id="p2", months=None, cliff_months=12))

    async def end() -> list[tuple[str, int, int, int, int | None]]:
        ended = await rich.database.write(
            lambda conn: end_packages(conn, rich.house, bob, rich.at, actor_id=ada.id, origin="test")
        )
        return [
            (each.package.id, each.vested_micros, each.paid_micros, each.unpaid_micros, each.forfeited_micros)
            for each in ended
        ]

    assert await end() == [("p1", 2 * MONTH, 2 * MONTH, 0, 10 * MONTH), ("p2", 0, 0, 0, None)]
    assert await end() == []
    assert await rich.on(wallet(bob)) == 2 * MONTH
    assert {each.ended_at for each in await of(rich, bob)} == {START}
    rich.pass_time(days=400)
    assert await vest_due(rich.house) == 0
    ends = [entry for entry in await rich.audit() if entry.action == "end package"]
    assert [(entry.actor_id, entry.origin, entry.target) for entry in ends] == [(ada.id, "test", wallet(bob))] * 2
    assert ends[1].new == f"ends 2026-11-21: {2 * MONTH} micros vested, 0 of them unpaid, {10 * MONTH} micros forfeited"
    assert len(await letters(rich.database, kinds.ENDED)) == 2


@pytest.mark.parametrize(("last_on", "months"), [("2026-12-20", 2), ("2026-12-21", 3), ("2027-01-20", 3)])
async def test_a_last_day_counts_as_a_whole(rich: Office, bob: Person, last_on: str, months: int) -> None:
    await give(rich, made(bob, "2026-09-22", months=12))
    day = date.fromisoformat(last_on)
    (ended,) = await rich.database.write(
        lambda conn: end_packages(conn, rich.house, bob, rich.at, actor_id=None, origin="test", last_on=day)
    )
    assert (ended.paid_micros, ended.vested_micros) == (2 * MONTH, months * MONTH)
    rich.pass_time(days=90)
    assert await vest_due(rich.house) == months - 2
    (package,) = await of(rich, bob)
    assert (package.ended_at, package.next_on) == (rich.at, None)
    assert await rich.on(wallet(bob)) == months * MONTH


async def test_ending_where_the_pool_is_too_small_owes_the_rest(office: Office, ada: Person, bob: Person) -> None:
    await give(office, made(bob, "2026-10-22", months=12))
    (ended,) = await office.database.write(
        lambda conn: end_packages(conn, office.house, bob, office.at, actor_id=None, origin="test", tell=False)
    )
    assert (ended.paid_micros, ended.unpaid_micros, ended.package.ended_at) == (0, MONTH, None)
    await office.done(ada, "fund $500")
    office.pass_time(minutes=5)
    assert await vest_due(office.house) == 1
    assert await office.on(wallet(bob)) == MONTH
    assert (await of(office, bob))[0].ended_at == office.at
    assert await letters(office.database, kinds.ENDED) == []


async def test_an_account_that_is_closed_gets_nothing_more(rich: Office, bob: Person) -> None:
    await give(rich, made(bob, "2026-10-22"))
    closed = update(person).where(person.c.id == bob.id).values(closed_at=START)
    await rich.database.write(lambda conn: conn.execute(closed))
    assert await vest_due(rich.house) == 0
    assert await rich.on(wallet(bob)) == 0
    assert (await of(rich, bob))[0].ended_at == START


async def test_nothing_vests_past_a_last_day_though_nobody_has_come_by_to_end_it(rich: Office, bob: Person) -> None:
    await give(rich, made(bob, "2026-10-23"))
    last = update(person).where(person.c.id == bob.id).values(ends_on="2026-11-20")
    await rich.database.write(lambda conn: conn.execute(last))
    rich.at = datetime(2026, 12, 5, tzinfo=UTC)  # nothing ran since
    assert await vest_due(rich.house) == 0
    assert await leave_due(rich.house) == 2  # left, and closed
    (package,) = await of(rich, bob)
    assert (package.vested_months, package.ended_at) == (0, rich.at)


async def test_vesting_against_ending_at_the_same_moment(rich: Office, bob: Person) -> None:
    for number in range(12):
        await give(rich, made(bob, "2026-10-22", id=f"p{number:02}", months=12))
    ends = [
        rich.database.write(
            lambda conn: end_packages(conn, rich.house, bob, rich.at, actor_id=None, origin="test", tell=False)
        )
        for _ in range(2)
    ]
    await asyncio.gather(vest_due(rich.house), *ends, vest_due(rich.house))
    assert await rich.on(wallet(bob)) == 12 * MONTH
    assert all(each.ended_at and each.vested_months == 1 for each in await of(rich, bob))
    rich.pass_time(days=60)
    assert await vest_due(rich.house) == 0
    assert timedelta(days=60) + START == rich.at


async def test_what_waits_is_not_overtaken_by_what_comes_after_it(office: Office, ada: Person, bob: Person) -> None:
    await give(office, made(bob, "2025-09-22", annual_micros=120_000_000, cliff_months=12))
    assert await vest_due(office.house) == 0, "$90 are too little for the cliff, and enough for what is after it"
    assert await office.on(wallet(bob)) == 0
    await office.done(ada, "fund $50")
    office.pass_time(minutes=5)
    assert await vest_due(office.house) == 3
    assert await office.on(wallet(bob)) == 140_000_000


async def ended_on(office: Office, person: Person, last_on: str) -> list[Ended]:
    """All packages of somebody ended with a last day."""
    day, at = date.fromisoformat(last_on), office.at
    return await office.database.write(
        lambda conn: end_packages(conn, office.house, person, at, actor_id=None, origin="test", last_on=day)
    )


async def test_what_was_paid_stays_paid_and_an_earlier_end_stands(rich: Office, bob: Person) -> None:
    await give(rich, made(bob, "2026-09-22", months=12))
    assert await vest_due(rich.house) == 2
    ends = [each for last_on in ("2027-03-21", "2026-10-01") for each in await ended_on(rich, bob, last_on)]
    later = await ended_on(rich, bob, "2026-11-21")
    assert [(each.vested_micros, each.forfeited_micros) for each in ends] == [
        (6 * MONTH, 6 * MONTH), (2 * MONTH, 4 * MONTH)
    ]  # fmt: skip
    assert later == []
    assert await rich.on(wallet(bob)) == 2 * MONTH


async def test_a_later_end_does_not_take_an_earlier_ones_place(rich: Office, bob: Person) -> None:
    await give(rich, made(bob, "2026-09-22", months=12))
    for last_on in ("2026-12-21", "2027-06-21"):
        (ended,) = await ended_on(rich, bob, last_on)
        assert (ended.package.ends_on, ended.vested_micros) == (date(2026, 12, 21), 3 * MONTH)
