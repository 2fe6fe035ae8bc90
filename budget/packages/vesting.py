"""Vesting: a month of a package becomes its owner's, at local midnight or as soon after it as something runs.

Any replica may do it: rows that another one works on are passed over, and what a month is paid by has one key. Killed
in the middle, a batch is as if it had not begun.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from budget.house import House
from budget.packages import letters, terms
from budget.packages.paying import Paid, pay, terms_of, today, unpaid
from budget.turns import Turns
from store import packages
from store.database import Connection
from store.packages import Package

AT_ONCE = 50
ORIGIN = "clock"


async def vest_due(house: House) -> int:
    """Pay out what has vested; how many months were paid. One look when nothing is due."""
    at = house.now()
    day = today(house, at)
    due_in = await house.database.look_up(lambda conn: packages.due_workspaces(conn, day, at))
    turns = Turns()
    months = await turns.each(due_in, lambda each: vest_all(house, each, day, at, turns))
    turns.end("packages not vested")
    return months


async def vest_all(house: House, workspace_id: str, day: date, at: datetime, turns: Turns) -> int:
    """All that is due in a workspace, batch by batch; the admins learn of a pool that is too small.

    Where a batch cannot be paid, each of what is due is by itself: its fault is left with `turns`.
    """
    batches = Turns()
    months = await batches.each([None], lambda _: vest_batches(house, workspace_id, day, at))
    if batches.faults:
        turns.faults += batches.faults
        ids = await house.database.look_up(lambda conn: packages.due(conn, workspace_id, day, at))
        months += await turns.each(ids, lambda each: vest_batches(house, workspace_id, day, at, only=each))
    await house.database.write(lambda conn: tell_short(conn, workspace_id, day, at))
    return months


async def vest_batches(house: House, workspace_id: str, day: date, at: datetime, only: str | None = None) -> int:
    """Batch by batch, or `only` one package; how many months were paid."""
    months = 0
    while done := await house.database.write(lambda conn: vest_some(conn, workspace_id, day, at, only)):
        months += sum(each.months for each in done)
    return months


def vest_some(conn: Connection, workspace_id: str, day: date, at: datetime, only: str | None = None) -> list[Paid]:
    """A batch of what is due, with a letter to everybody who gets something; empty when nothing is due any more."""
    due = packages.take_due(conn, workspace_id, day, at, AT_ONCE, only)
    owners = packages.owners(conn, {package.person_id for package in due})
    closed = [package for package in due if owners[package.person_id].closed_at]
    open_ = [package for package in due if package not in closed]
    for package in closed:
        packages.keep(conn, replace(package, next_on=None, retry_at=None, ended_at=at))
    done = pay(conn, open_, day, at, ORIGIN)
    for each in done:
        if each.paid_micros:
            letters.put_vested(conn, owners[each.package.person_id], each, at)
    return [*done, *(Paid(package) for package in closed)]


def tell_short(conn: Connection, workspace_id: str, day: date, at: datetime) -> None:
    """Tell the admins what waits for the pool, if anything still does."""
    if waiting := packages.short(conn, workspace_id, day):
        letters.put_short(conn, waiting, total_due(waiting, day), at)


def total_due(waiting: Sequence[Package], day: date) -> int:
    """What has vested and is not paid, in micro-dollars."""
    return sum(unpaid(package, terms.due(terms_of(package), package.vested_months, day)) for package in waiting)
