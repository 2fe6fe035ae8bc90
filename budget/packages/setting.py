"""Setting a package: shown first with its schedule, and counting once it is confirmed.

The draft travels with a button; what comes back is looked at anew, as if it had been typed at that moment.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from budget.house import House
from budget.org.places import Place, place
from budget.org.rights import Action, standing
from budget.outcome import No
from budget.packages import letters, terms
from budget.packages.paying import Paid, pay, terms_of, today
from budget.packages.terms import Terms
from budget.packages.typed import SetPackage
from budget.typed import PersonRef
from store import audit, packages, people
from store.accounts import balance
from store.database import Connection
from store.moving import stays
from store.packages import Package
from store.people import Person

LEAST_MICROS = 1_000_000  # a year: below that a month is hardly a question
MOST_MONTHS = 600
EARLIEST, LATEST = timedelta(days=10 * 366), timedelta(days=2 * 366)  # of the start, from today
ONLY_ADMINS = "Only an admin can set packages."


@dataclass(frozen=True, slots=True)
class Draft:
    """A package that is not one yet. `id` names it, so that it is set once."""

    id: str
    slack_id: str
    agreed: Terms
    reason: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft as it would count now: what of it has vested already, and what the pool has."""

    draft: Draft
    person: Person
    own: bool
    now_micros: int
    now_months: int
    pool_micros: int


@dataclass(frozen=True, slots=True)
class Done:
    """A package that counts; `again`: it did before."""

    paid: Paid
    person: Person
    own: bool
    again: bool


async def show(house: House, actor_id: str, command: SetPackage) -> Shown | No:
    """What would be set, if the person may."""
    at, new_id = house.now(), house.new_id()
    day = today(house, at)

    def look(conn: Connection) -> Shown | No:
        target = new_owner(conn, actor_id, command.person)
        if isinstance(target, No):
            return target
        agreed = agree(command, day)
        if isinstance(agreed, No):
            return agreed
        return shown(conn, Draft(new_id, command.person.id, agreed, command.reason), target, actor_id, day)

    return await house.database.read(look)


def allowed(conn: Connection, actor_id: str, whose: PersonRef, *, lock: bool = False) -> Place | No:
    """The wallet of whom a package is for, if whoever acts may set it."""
    person = people.person(conn, actor_id)
    assert person is not None, "whoever acts was met before"
    actor = standing(conn, person, lock=lock)
    target = place(conn, actor, whose)
    if isinstance(target, No):
        return target
    return target if actor.may(Action.SET_PACKAGE, target.relation) else No(ONLY_ADMINS)


def new_owner(conn: Connection, actor_id: str, whose: PersonRef, *, lock: bool = False) -> Place | No:
    """The same, of somebody who is still there."""
    target = allowed(conn, actor_id, whose, lock=lock)
    if isinstance(target, No) or target.person is None:
        return target
    there = stays(conn, target.person.id) if lock else target.person
    if there is not None and there.left_at is None:
        return target
    return No(f"{target.person.name} has left, so there is nobody to promise it to.")


def agree(command: SetPackage, day: date) -> Terms | No:
    """The terms of a command, with the days filled in."""
    starts_on = command.starts_on or day
    length = command.months
    if command.until is not None:
        length = terms.months_until(starts_on, command.until) if command.until >= starts_on else 0
        if not length:
            return No(f"By {command.until} no month would be full, so nothing would vest.")
    return checked(Terms(command.annual_micros, starts_on, length, command.cliff_months), day)


def checked(agreed: Terms, day: date) -> Terms | No:
    """The terms, unless they make no sense."""
    if agreed.annual_micros < LEAST_MICROS:
        return No("A package is at least $1.00 a year; for less, `grant` it.")
    if not -EARLIEST <= agreed.starts_on - day <= LATEST:
        return No(f"A package starts at most ten years ago, or two years ahead, not on {agreed.starts_on}.")
    if agreed.months is not None and agreed.months > MOST_MONTHS:
        return No(f"A package vests over {MOST_MONTHS} months at most; leave the end out instead.")
    if agreed.cliff_months > (MOST_MONTHS if agreed.months is None else agreed.months):
        return No("The cliff is longer than the package: nothing would ever vest.")
    return agreed


def shown(conn: Connection, draft: Draft, target: Place, actor_id: str, day: date) -> Shown:
    """The draft, with what it would do at once."""
    assert target.person is not None, "a person was named"
    pool = balance(conn, people.company_id(target.person.workspace_id))
    due = terms.due(draft.agreed, 0, day)
    micros = sum(terms.part(draft.agreed, month) for month in due)
    available = pool.available_micros if pool else 0
    return Shown(draft, target.person, target.person.id == actor_id, micros, len(due), available)


async def confirm(house: House, actor_id: str, draft: Draft, *, origin: str) -> Done | No:
    """Set it: write it down, pay what has vested of it, tell its owner. The same draft again changes nothing."""
    at = house.now()
    day = today(house, at)

    def work(conn: Connection) -> Done | No:
        target = new_owner(conn, actor_id, PersonRef(draft.slack_id), lock=True)
        agreed = checked(draft.agreed, day)
        if isinstance(target, No):
            return target
        if isinstance(agreed, No):
            return agreed
        assert target.person is not None, "a person was named"
        return set_down(conn, replace(draft, agreed=agreed), target.person, actor_id, at, day, origin)

    return await house.database.write(work)


def set_down(
    conn: Connection, draft: Draft, person: Person, actor_id: str, at: datetime, day: date, origin: str
) -> Done | No:
    """The package's row, with all that goes along with it."""
    own, package = person.id == actor_id, made(draft, person, actor_id, at, day)
    if not packages.add(conn, package):
        before = packages.get(conn, draft.id)
        assert before is not None, "its id is taken"
        same = before.person_id == person.id and before.created_by == actor_id
        return Done(Paid(before), person, own, again=True) if same else No("That package was set before, otherwise.")
    note(conn, package, at, origin)
    (paid,) = pay(conn, [package], day, at, origin)
    actor = people.person(conn, actor_id)
    assert actor is not None, "whoever acts was met before"
    letters.put_set(conn, person, paid, actor, at)
    return Done(paid, person, own, again=False)


def made(draft: Draft, person: Person, actor_id: str, at: datetime, day: date) -> Package:
    """The row of a package that nothing was paid of yet."""
    agreed = draft.agreed
    return Package(
        id=draft.id, workspace_id=person.workspace_id, person_id=person.id, annual_micros=agreed.annual_micros,
        months=agreed.months, cliff_months=agreed.cliff_months, starts_on=agreed.starts_on, ends_on=None,
        vested_months=0, next_on=terms.next_day(agreed, 0) or day, retry_at=None,
        payer_id=people.company_id(person.workspace_id), reason=draft.reason, created_by=actor_id, created_at=at,
        ended_at=None,
    )  # fmt: skip


def note(conn: Connection, package: Package, at: datetime, origin: str) -> None:
    """The audit row. Of a salary nothing is known here."""
    agreed = terms_of(package)
    length = "until ended" if agreed.months is None else f"{agreed.months} months"
    audit.record(
        conn,
        workspace_id=package.workspace_id,
        at=at,
        actor_id=package.created_by,
        origin=origin,
        action="set package",
        target=people.wallet_id(package.person_id),
        old=None,
        new=f"package {package.id}: {agreed.annual_micros} micros a year from {agreed.starts_on}, {length}, "
        f"cliff {agreed.cliff_months} months",
    )
