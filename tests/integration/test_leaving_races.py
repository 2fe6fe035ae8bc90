"""Leaving while something else happens: grants, questions under way, other admins and replicas, a kill in between."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from budget.org import leaving
from budget.org.leaving import Left
from budget.outcome import No
from budget.transfers.grants import Moved
from store.database import Database
from store.people import Person
from tests import departing as out
from tests.allowing import change
from tests.commanding import Office
from tests.offices import BOB, COMPANY, wallet

USD = 1_000_000


async def test_a_grant_at_the_same_moment_is_refused_or_returned(office: Office, ada: Person, bob: Person) -> None:
    before = await out.on_company(office)
    grants = [office.run(ada, f"grant {BOB} $1") for _ in range(6)]
    *granted, left = await asyncio.gather(*grants[:3], *grants[3:], out.offboard(office, ada, bob))
    assert isinstance(left, Left)
    refused = [answer for answer in granted if isinstance(answer, No)]
    assert all("Ubob has left" in answer.sentence for answer in refused)
    assert len(refused) + sum(isinstance(answer, Moved) for answer in granted) == 6
    await out.tick(office)
    assert await office.on(wallet(bob)) == 0
    assert await out.on_company(office) == before
    assert "has left" in await office.refused(ada, f"grant {BOB} $1")


async def test_a_question_under_way_is_finished_first(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4")
    await out.hold(office, wallet(bob), 2 * USD)
    left = await out.offboarded(office, ada, bob)
    assert left.closing is not None
    assert (left.closing.returned_micros, left.closing.waits_micros) == (2 * USD, 2 * USD)
    assert await out.tick(office) == 0
    assert (await out.now(bob, office)).closed_at is None
    assert await out.letters(office, out.STATEMENT) == []
    await out.settle(office, 1_500_000)
    assert await out.tick(office) == 1
    assert (await office.balance(wallet(bob))).posted_micros == 0
    assert dict(await out.letters(office, out.STATEMENT))["UADA"].splitlines()[2:6] == [
        "On leaving: *$4.00 (4M tokens)* ($2.00 (2M tokens) of it held for answers under way)",
        "Spent on questions since: −$1.50",
        "Returned to the company pool: −$2.50",
        "Left on the account: *$0.00 (0 tokens)*",
    ]


async def test_a_question_that_costs_all_that_was_held_leaves_nothing_to_return(
    office: Office, ada: Person, bob: Person
) -> None:
    await office.done(ada, f"grant {BOB} $2")
    await out.hold(office, wallet(bob), 2 * USD)
    await out.offboarded(office, ada, bob)
    await out.settle(office, 2 * USD)
    assert await out.tick(office) == 1
    assert (await out.now(bob, office)).closed_at is not None


async def test_two_admins_at_once_are_one(office: Office, ada: Person, bob: Person) -> None:
    root = await office.meet("UROOT")
    await office.done(ada, f"grant {BOB} $4")
    both = await asyncio.gather(out.offboard(office, ada, bob), out.offboard(office, root, bob))
    assert all(isinstance(each, Left) for each in both)
    assert sum(isinstance(each, Left) and each.departure is not None for each in both) == 1
    await out.tick(office)
    audit = await office.audit()
    assert [entry.action for entry in audit].count("leave") == 1
    assert [entry.action for entry in audit].count("close") == 1
    assert len(await out.letters(office, out.STATEMENT)) == 2  # to the person, and to whose word it was


async def test_killed_between_leaving_and_closing_another_process_closes(
    office: Office, ada: Person, bob: Person
) -> None:
    await office.done(ada, f"grant {BOB} $4")
    left = await out.begin(office, ada, bob)
    assert isinstance(left, Left)
    assert await office.on(wallet(bob)) == 4 * USD
    heir = Office(office.database)
    assert await out.tick(heir) == 1
    assert await office.on(wallet(bob)) == 0
    assert await out.tick(heir) == 0


async def test_what_arrives_after_the_closing_follows(office: Office, ada: Person, bob: Person) -> None:
    await out.offboarded(office, ada, bob)
    for round_ in (1, 2):
        await office.post("allowance", COMPANY, wallet(bob), round_ * USD)
        assert await out.tick(office) == 1
        assert await office.on(wallet(bob)) == 0
        assert await out.tick(office) == 0
    told = await out.letters(office, "after closing")
    assert [who for who, _ in told] == ["UADA", "UADA"]
    assert "reached Ubob after their account was closed, and went back" in told[0][1]


@pytest.fixture
async def other(office: Office, database_url: str) -> AsyncIterator[Office]:
    """Another replica's view of the same books; of a SQLite file, the same process's."""
    if not office.database.is_shared:
        yield Office(office.database)
        return
    database = await Database.open(database_url)
    yield Office(database)
    await database.close()


async def test_two_replicas_let_each_go_once(office: Office, other: Office, ada: Person) -> None:
    people = [await office.meet(f"UP{number}") for number in range(8)]
    for person in people:
        await office.done(ada, f"grant <@{person.slack_id}> $1")
        await change(office, person, ends_on="2026-11-21")
    before = await out.on_company(office)
    moved = await asyncio.gather(*(leaving.leave_due(each.house) for each in (office, other, office, other)))
    assert sum(moved) == 16  # eight left, eight wallets were closed
    assert await out.on_company(office) == before + 8 * USD
    assert [entry.action for entry in await office.audit()].count("leave") == 8
    assert await out.tick(office) == await out.tick(other) == 0
