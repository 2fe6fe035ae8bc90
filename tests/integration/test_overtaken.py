"""A transaction that waited for another one decides by what is there then, not by what was there when it began."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Event
from typing import Any

import pytest

from budget.allowances import setting as allowances_set
from budget.allowances.setting import Set, Stopped
from budget.allowances.typed import SetAllowance
from budget.money import Face
from budget.org import leaving
from budget.outcome import No
from budget.packages import setting as packages_set
from budget.packages.typed import SetPackage
from budget.transfers.changing import acting, perform
from budget.transfers.grants import Moved
from budget.transfers.returning import Returned
from budget.typed import PersonRef
from handlers.commands.grammar import parse
from handlers.slack.wire.markup import read
from store import allowances, packages
from store.database import Connection
from store.leaving import locked
from store.ledger.apply import apply
from store.ledger.steps import Transfer, Transferred
from store.people import Person
from tests.allowing import allow, allowed
from tests.commanding import WORKSPACE, Office
from tests.offices import BOB, COMPANY, wallet
from tests.transferring import command, do

USD = 1_000_000


async def overtaken(office: Office, first: Callable[[Connection], Any], second: Callable[[], Awaitable[Any]]) -> Any:
    """The second begins while the first has done its work and not committed yet; what the second comes to."""
    done, commit = Event(), Event()

    def work(conn: Connection) -> None:
        first(conn)
        done.set()
        assert commit.wait(20)

    one = asyncio.create_task(office.database.write(work))
    await asyncio.to_thread(done.wait, 20)
    two = asyncio.ensure_future(second())
    await asyncio.sleep(0.3)
    commit.set()
    await one
    return await two


@pytest.mark.parametrize("text", ["everyone stop", "everyone $6 monthly from 2027-01-04"])
async def test_an_allowance_that_was_just_replaced(office: Office, ada: Person, text: str) -> None:
    await allowed(office, ada, "everyone $3 monthly")
    meant = parse(read("allowance everyone $5 monthly"), Face())
    assert isinstance(meant, SetAllowance)

    def replace(conn: Connection) -> None:
        by = allowances_set.doing(conn, office.house, ada.id, "first", "test", office.at)
        assert isinstance(allowances_set.put(conn, by, meant), Set)

    answer = await overtaken(office, replace, lambda: allow(office, ada, text))
    left = await office.database.read(lambda conn: allowances.of_scope(conn, WORKSPACE, "everyone", WORKSPACE))
    if text == "everyone stop":
        assert isinstance(answer, Stopped)
        assert left == []
    else:
        assert isinstance(answer, Set)
        assert [(one.amount_micros // USD, one.from_on, one.until_on) for one in left] == [
            (3, "2026-11-01", "2027-02-01"), (6, "2027-02-01", None),
        ]  # fmt: skip


async def test_the_same_transfer_is_answered_alike(office: Office, bob: Person) -> None:
    await office.post("grant", COMPANY, wallet(bob), 5 * USD)
    step = Transfer("same", "send", wallet(bob), COMPANY, 4 * USD, office.at)
    again = await overtaken(
        office, lambda conn: apply(conn, [step]), lambda: office.database.write(lambda conn: apply(conn, [step])[0])
    )
    assert isinstance(again, Transferred), "more was not there, but it was done before"
    assert again.replayed


async def test_the_same_return_is_answered_alike(office: Office, bob: Person) -> None:
    await office.post("grant", COMPANY, wallet(bob), 5 * USD)

    def give_back(conn: Connection) -> None:
        actor, meant = acting(conn, bob.id), command("return $4")
        done = perform(conn, office.house, actor, meant, key="R", origin="test", at=office.at)
        assert isinstance(done, Returned)

    again = await overtaken(office, give_back, lambda: do(office, bob, "return $4", key="R"))
    assert isinstance(again, Returned), again
    assert (again.replayed, again.amount_micros) == (True, 4 * USD)
    assert await office.on(wallet(bob)) == USD


async def test_nothing_recurs_for_who_is_leaving(office: Office, ada: Person, bob: Person) -> None:
    ref = PersonRef(bob.slack_id)
    shown = await packages_set.show(office.house, ada.id, SetPackage(ref, 1200 * USD))
    assert not isinstance(shown, No)

    async def both() -> list[Any]:
        package = packages_set.confirm(office.house, ada.id, shown.draft, origin="test")
        return list(await asyncio.gather(package, allow(office, ada, f"{BOB} $5 monthly")))

    for answer in await overtaken(
        office, lambda conn: leaving.begin(conn, office.house, ada.id, ref, origin="test"), both
    ):
        assert isinstance(answer, No), answer
        assert "has left" in answer.sentence
    assert await office.database.read(lambda conn: packages.of_person(conn, bob.id)) == []
    assert await office.database.read(lambda conn: allowances.active(conn, WORKSPACE)) == []


async def test_whoever_sends_and_whoever_pays_many_do_not_wait_for_each_other(
    office: Office, bob: Person, eve: Person
) -> None:
    await office.post("grant", COMPANY, wallet(eve), 5 * USD)
    runs, one_holds, two_waits = {"one": 0, "two": 0}, Event(), Event()

    def one(conn: Connection) -> None:
        runs["one"] += 1
        locked(conn, bob.id)
        one_holds.set()
        two_waits.wait(2)
        locked(conn, eve.id)

    def two(conn: Connection) -> None:
        runs["two"] += 1
        meant = command(f"send {BOB} $1")
        done = perform(conn, office.house, acting(conn, eve.id, meant), meant, key="S", origin="test", at=office.at)
        assert isinstance(done, Moved)

    first = asyncio.create_task(office.database.write(one))
    await asyncio.to_thread(one_holds.wait, 20)
    second = asyncio.create_task(office.database.write(two))
    await asyncio.sleep(0.3)
    two_waits.set()
    await asyncio.gather(first, second)
    assert runs == {"one": 1, "two": 1}, "people are locked in the order of their ids"
