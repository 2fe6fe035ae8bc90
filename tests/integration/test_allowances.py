"""Allowances: set, paid when a period begins, rolled over, replaced, stopped."""

import asyncio

from budget.allowances.setting import Set
from budget.outcome import No
from store import allowances
from store.people import Person
from tests.allowing import MICROS, allow, allowed, letters, lines, payments, set_clock, tick
from tests.commanding import Office
from tests.offices import BOB, COMPANY, wallet


async def test_everybody_is_paid_for_the_present_month_and_then_for_the_next(
    office: Office, ada: Person, bob: Person, eve: Person
) -> None:
    done = await allowed(office, ada, "everyone $5 monthly")
    assert (done.people, done.first.words, done.had) == (4, "November 2026", 0)
    assert await office.on(wallet(bob)) == 0, "setting pays nothing: the clock does"
    assert await tick(office) == 4
    assert await tick(office) == 0
    assert {await office.on(wallet(each)) for each in (ada, bob, eve)} == {5 * MICROS}
    assert await office.on(COMPANY) == (90 - 20) * MICROS
    set_clock(office, "2026-11-30 23:59")
    assert await tick(office) == 0
    set_clock(office, "2026-12-01 00:00")
    assert await tick(office) == 4
    assert await office.on(wallet(bob)) == 5 * MICROS, "November's ended at that very moment"
    ends = [until for _, _, until in await payments(office, bob)]
    assert [f"{until:%Y-%m-%d %H:%M}" for until in ends if until] == ["2026-11-30 23:00", "2026-12-31 23:00"]


async def test_what_may_roll_over_does_and_ends_in_its_time(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, f"{BOB} $10 weekly rollover 40% expires 1 week")
    await tick(office)
    assert [dollars for dollars, _, _ in await payments(office, bob)] == [6, 4]
    await office.post("send", wallet(bob), COMPANY, 3 * MICROS)
    set_clock(office, "2026-11-23 00:00")
    await tick(office)
    assert await office.on(wallet(bob)) == 14 * MICROS, "$4 of the $7 that were left, and $10"
    await office.post("send", wallet(bob), COMPANY, 11 * MICROS)
    set_clock(office, "2026-11-30 00:00")
    await tick(office)
    assert await office.on(wallet(bob)) == 13 * MICROS, "the new week's $4 was last to be used: $3 of it were left"


async def test_ones_own_comes_before_the_teams_and_that_before_everybodys(
    office: Office, ada: Person, grace: Person, bob: Person, eve: Person
) -> None:
    await allowed(office, ada, f"{BOB} $3 monthly", "platform $2 monthly", "everyone $1 monthly")
    await tick(office)
    found = [await office.on(wallet(each)) // MICROS for each in (ada, grace, bob, eve)]
    assert found == [1, 2, 3, 1]
    assert await office.on(await office.team_pool("platform")) == 8 * MICROS


async def test_ones_own_counts_from_its_first_day_though_everybodys_period_began_before(
    office: Office, ada: Person, bob: Person
) -> None:
    await allowed(office, ada, f"{BOB} $3 weekly", "everyone $1 quarterly")
    await tick(office)
    assert await office.on(wallet(bob)) == 3 * MICROS


async def test_a_changed_amount_counts_from_the_next_period(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, f"{BOB} $3 monthly")
    await tick(office)
    done = await allowed(office, ada, f"{BOB} $8 monthly")
    assert (done.first.words, done.before is not None) == ("December 2026", True)
    assert await tick(office) == 0
    set_clock(office, "2026-12-01 00:00")
    await tick(office)
    assert await office.on(wallet(bob)) == 8 * MICROS
    same = await allowed(office, ada, f"{BOB} $8 monthly")
    assert same.same


async def test_another_rhythm_begins_where_the_old_one_ends(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, f"{BOB} $3 weekly")
    await tick(office)
    done = await allowed(office, ada, f"{BOB} $20 monthly")
    assert done.first.words == "December 2026"
    for day in ("2026-11-23", "2026-11-30", "2026-12-01", "2026-12-07"):
        set_clock(office, f"{day} 00:00")
        await tick(office)
    why = [reason for _, reason, _ in await payments(office, bob)]
    assert why == ["the week of 16 November 2026", "the week of 23 November 2026", "December 2026"]


async def test_stopped_is_stopped(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, f"{BOB} $3 weekly rollover all")
    await tick(office)
    assert not isinstance(await allow(office, ada, f"{BOB} stop"), No)
    set_clock(office, "2027-03-01 00:00")
    assert await tick(office) == 0
    assert await office.on(wallet(bob)) == 3 * MICROS
    assert isinstance(await allow(office, ada, f"{BOB} stop"), No)
    told = [text for who, text in await letters(office, "allowance_stop") if who == "UBOB"]
    assert told == ["Your allowance, $3.00 (3M tokens) a week, was stopped by Ada. What was paid stays yours."]


async def test_the_same_command_twice_is_one_allowance(office: Office, ada: Person) -> None:
    first = await allow(office, ada, "everyone $5 monthly", key="k")
    again = await allow(office, ada, "everyone $5 monthly", key="k")
    assert isinstance(first, Set)
    assert isinstance(again, Set)
    assert first.allowance == again.allowance
    assert await tick(office) == 4


async def test_only_an_admin_decides(office: Office, grace: Person, bob: Person) -> None:
    before = await office.audit()
    own = f"{BOB} $5 weekly"
    for text in ("everyone $5 monthly", own, "platform $5 monthly", "pay", f"{BOB} stop", "everyone stop"):
        for person in (grace, bob):
            answer = await allow(office, person, text)
            assert isinstance(answer, No)
            assert answer.sentence == "Only an admin decides on allowances."
    assert await office.audit() == before


async def test_two_admins_at_once_make_one_allowance(office: Office, ada: Person) -> None:
    both = await asyncio.gather(*(allow(office, ada, f"everyone ${each} monthly") for each in (5, 6)))
    await tick(office)
    found = await office.database.read(lambda conn: allowances.of_scope(conn, "T1", "everyone", "T1"))
    assert len([one for one in found if one.until_on is None]) == 1
    assert any(isinstance(each, Set) for each in both)
    assert len(await payments(office, ada)) == 1


async def test_nobody_is_paid_twice_for_the_same_time(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, "everyone $5 monthly")
    await tick(office)
    done = await allowed(office, ada, f"{BOB} $2 weekly")
    assert (done.people, done.had) == (1, 1)
    for day in ("2026-11-22", "2026-11-23", "2026-11-30", "2026-12-07"):
        set_clock(office, f"{day} 12:00")
        await tick(office)
    assert [dollars for dollars, _, _ in await payments(office, bob)] == [5, 2, 2], "its weeks begin after November"
    assert await lines(office, "2026-11-23") == []
