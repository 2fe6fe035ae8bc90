"""Allowances and the clock: missed periods, several replicas, ends at the very instant, who is there by then."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from budget.allowances.claiming import claim
from budget.allowances.payout import pay_due
from store.database import Database
from store.ledger.apply import apply
from store.ledger.steps import Dispatch, Hold, Settle, Transfer
from store.people import Person
from store.sweep import expire_due
from tests.allowing import MICROS, allowed, change, in_zone, letters, lines, payments, policy, set_clock, tick
from tests.commanding import START, Office
from tests.offices import BOB, COMPANY, wallet

NEST = text(
    "UPDATE team SET parent_id = (SELECT id FROM team WHERE name_key = 'platform') WHERE name_key <> 'platform'"
)


async def test_missed_periods_are_caught_up(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, f"{BOB} $2 weekly rollover 50% expires 1 week")
    set_clock(office, "2026-12-09 15:00")
    assert await tick(office) == 4
    assert await tick(office) == 0
    assert await office.on(wallet(bob)) == 8 * MICROS, "nobody could use them before: all of it is there"
    set_clock(office, "2026-12-14 00:00")
    await tick(office)
    assert await office.on(wallet(bob)) == 3 * MICROS, "$1 of the last week, and the new one"
    ((to, told),) = await letters(office, "allowance_missed")
    assert to == "UADA"
    assert told == (
        "I was not running when the allowance of Ubob ($2.00 (2M tokens) each) was due for 3 periods (the week of 16 "
        "November 2026 to the week of 30 November 2026).\nThe policy says to pay such periods, so they are paid now; "
        "what would have ended with them can be used until the end of the present period."
    )
    said = [entry.new or "" for entry in await office.audit() if entry.action == "begin allowance"]
    assert ["caught up" in each for each in reversed(said)] == [True, True, True, False, False]


async def test_missed_periods_are_skipped_where_the_policy_says_so(office: Office, ada: Person, bob: Person) -> None:
    await policy(office, '[allowances]\nmissed = "skip"')
    await allowed(office, ada, f"{BOB} $2 weekly")
    set_clock(office, "2026-12-09 15:00")
    assert await tick(office) == 1
    assert [reason for _, reason, _ in await payments(office, bob)] == ["the week of 7 December 2026"]
    assert [entry.action for entry in await office.audit()].count("skip allowance") == 3
    ((_, told),) = await letters(office, "allowance_missed")
    assert told.endswith("The policy says to skip such periods, so they are not paid.")


async def test_very_many_periods_are_caught_up_some_at_a_time(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, f"{BOB} $0.01 weekly rollover all")
    office.pass_time(weeks=25)
    assert await tick(office) == 26
    assert len(await payments(office, bob)) == 26


async def test_a_payout_cut_short_until_its_period_is_over_is_worth_something_still(
    office: Office, ada: Person, bob: Person
) -> None:
    done = await allowed(office, ada, f"{BOB} $2 weekly rollover 50% expires 1 week")
    await office.database.write(lambda conn: claim(conn, office.house, done.allowance.id, office.at))
    set_clock(office, "2026-11-25 12:00")
    assert await tick(office) == 2
    assert await office.on(wallet(bob)) == 4 * MICROS
    set_clock(office, "2026-11-30 00:00")
    await tick(office)
    assert await office.on(wallet(bob)) == 3 * MICROS


async def test_who_came_after_a_missed_period_is_not_paid_for_it(office: Office, ada: Person) -> None:
    await allowed(office, ada, "everyone $1 monthly")
    set_clock(office, "2026-12-10 12:00")
    late = await office.meet("ULATE")
    hired = await office.meet("UHIRED")
    await change(office, hired, created_at=START, starts_on="2026-12-01")
    await tick(office)
    assert len(await lines(office, "2026-11-01")) == 4
    assert [len(await payments(office, each)) for each in (late, hired, ada)] == [1, 1, 2]


async def test_who_is_paid(office: Office, ada: Person, grace: Person, bob: Person, eve: Person) -> None:
    guest, let_in = await office.meet("UGUEST"), await office.meet("ULETIN")
    await change(office, guest, is_guest=True)
    await change(office, let_in, is_guest=True, allowed_at=START)
    await change(office, grace, starts_on="2026-11-23")
    await change(office, bob, ends_on="2026-11-21")
    await change(office, eve, frozen_at=START, frozen_reason="on leave")
    gone = await office.meet("UGONE")
    await change(office, gone, left_at=START)
    await allowed(office, ada, "everyone $1 monthly")
    await tick(office)
    assert {name for name, _ in await lines(office, "2026-11-01")} == {"Ada", "Ueve", "Uletin"}
    assert await office.on(wallet(eve)) == MICROS, "whoever is frozen keeps getting theirs"
    await policy(office, "[guests]\nallowed = true")
    set_clock(office, "2026-12-01 00:00")
    await tick(office)
    assert {name for name, _ in await lines(office, "2026-12-01")} == {"Ada", "Ueve", "Uletin", "Uguest", "Ugrace"}


async def test_who_comes_in_the_middle_of_a_period_gets_the_next(office: Office, ada: Person, eve: Person) -> None:
    await allowed(office, ada, "platform $1 weekly")
    await tick(office)
    await office.done(ada, "team add platform <@UEVE|eve>")
    assert await tick(office) == 0
    set_clock(office, "2026-11-23 00:00")
    await tick(office)
    assert len(await payments(office, eve)) == 1


async def test_teams_below_are_meant_unless_they_have_their_own(
    office: Office, ada: Person, bob: Person, eve: Person
) -> None:
    await office.done(ada, "team create Storage", "team create Search", "grant storage $10",
                      f"team add storage {BOB}", "team add search <@UEVE|eve>")  # fmt: skip
    nest = text(
        "UPDATE team SET parent_id = (SELECT id FROM team WHERE name_key = 'platform') WHERE name_key <> 'platform'"
    )
    await office.database.write(lambda conn: conn.execute(nest))
    await allowed(office, ada, "platform $2 monthly", "storage $1 monthly")
    await tick(office)
    assert await office.on(wallet(eve)) == 2 * MICROS, "Search has none: Platform's reaches down"
    assert await office.on(wallet(bob)) == 2 * MICROS, "Storage has its own, but Bob is in Platform too: the larger"


@pytest.mark.parametrize("first", ["burn", "pay"])
async def test_paid_at_the_very_instant_at_which_the_old_ends(
    office: Office, ada: Person, bob: Person, first: str
) -> None:
    await allowed(office, ada, f"{BOB} $4 monthly rollover 25% expires never")
    await tick(office)
    set_clock(office, "2026-12-01 00:00")
    if first == "burn":
        await office.database.write(lambda conn: expire_due(conn, office.at))
        assert await office.on(wallet(bob)) == 1 * MICROS
    assert await pay_due(office.house) == 1
    assert await office.on(wallet(bob)) == 5 * MICROS
    await tick(office)
    assert await office.on(wallet(bob)) == 5 * MICROS


async def test_a_question_under_way_at_midnight_is_paid_by_the_new_period(
    office: Office, ada: Person, bob: Person
) -> None:
    await allowed(office, ada, f"{BOB} $4 monthly")
    await tick(office)
    held = Hold("h", wallet(bob), 3 * MICROS, 3 * MICROS, office.at, office.at + timedelta(days=30))
    await office.database.post(held)
    await office.database.post(Dispatch("h", office.at))
    set_clock(office, "2026-12-01 00:00")
    await tick(office)
    now = await office.balance(wallet(bob))
    assert (now.available_micros, now.held_micros) == (1 * MICROS, 3 * MICROS)
    await office.database.post(Settle("h", MICROS, office.at))
    await tick(office)
    assert await office.on(wallet(bob)) == 3 * MICROS


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu", "America/Sao_Paulo"])
async def test_the_workspaces_midnight_counts(sqlite_database: Database, zone: str) -> None:
    office = in_zone(Office(sqlite_database), ZoneInfo(zone))
    ada = await office.meet("UADA", "Ada")
    await office.done(ada, "fund $100")
    await allowed(office, ada, "everyone $1 monthly")
    await tick(office)
    set_clock(office, "2026-11-30 23:59")
    office.pass_time(seconds=59)
    assert await tick(office) == 0
    office.pass_time(seconds=1)
    assert await tick(office) == 1
    assert await office.on(wallet(ada)) == MICROS


@pytest.fixture
async def replicas(office: Office, database_url: str) -> AsyncIterator[list[Office]]:
    """Three more processes' worth of databases."""
    opened = [await Database.open(database_url) for _ in range(3)]
    yield [Office(each, at=office.at) for each in opened]
    await asyncio.gather(*(each.close() for each in opened))


async def test_several_replicas_pay_once(office: Office, ada: Person, replicas: list[Office]) -> None:
    for number in range(40):
        await office.meet(f"UX{number}")
    await office.done(ada, "fund $1000")
    await allowed(office, ada, "everyone $2 monthly rollover $1", "platform $1 monthly")

    async def spend(number: int) -> None:
        step = Transfer(f"s{number}", "grant", COMPANY, wallet(ada), 1, office.at)
        await office.database.write(lambda conn: apply(conn, [step]))

    ticks = [pay_due(each.house) for each in replicas for _ in range(2)]
    paid = await asyncio.gather(*ticks, *(spend(number) for number in range(5)))
    assert sum(each for each in paid if each) == 44
    for person in (ada, await office.meet("UX7")):
        assert sum(dollars for dollars, _, _ in await payments(office, person)) == 2
    await tick(office)
    assert {state for _, state in await lines(office, "2026-11-01")} == {"paid"}
