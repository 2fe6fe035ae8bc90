"""Ending a package by an admin's word: shown first with what it takes and leaves, done when it is confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from budget.house import House
from budget.org.places import Place
from budget.outcome import No
from budget.packages import terms
from budget.packages.ending import Ended, end, forfeited, in_all, shorter
from budget.packages.paying import terms_of, today
from budget.packages.seen import Seen, see
from budget.packages.setting import allowed
from budget.packages.typed import EndPackage
from budget.typed import PersonRef
from store import packages
from store.database import Connection
from store.packages import Package
from store.people import Person


@dataclass(frozen=True, slots=True)
class Choice:
    """A package that can be ended, and what would come of it: what vests in all, what is forfeited (None: no end)."""

    seen: Seen
    vested_micros: int
    forfeited_micros: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What could be ended. `last_on` None: now."""

    person: Person
    own: bool
    last_on: date | None
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Done:
    """A package with its end."""

    person: Person
    own: bool
    ended: Ended


async def show(house: House, actor_id: str, command: EndPackage) -> Shown | No:
    """What would be ended, if the person may."""
    at = house.now()

    def look(conn: Connection) -> Shown | No:
        target = allowed(conn, actor_id, command.person)
        if isinstance(target, No):
            return target
        person = owner(target)
        active = packages.of_person(conn, person.id, active=True)
        choices = [choice(package, command.last_on, today(house, at)) for package in active if open_until(package)]
        if not choices:
            return No(f"{person.name} has no package that could be ended.")
        return Shown(person, person.id == actor_id, command.last_on, choices)

    return await house.database.read(look)


def owner(target: Place) -> Person:
    """Whose wallet it is."""
    assert target.person is not None, "a person was named"
    return target.person


def open_until(package: Package) -> bool:
    """Something of it may vest still."""
    return package.next_on is not None


def choice(package: Package, last_on: date | None, day: date) -> Choice:
    """What an end would take and leave."""
    cut = shorter(package, last_on or day - terms.DAY, day)
    return Choice(see(package, day), in_all(cut), forfeited(package, cut))


async def confirm(
    house: House, actor_id: str, slack_id: str, package_id: str, last_on: date | None, *, origin: str
) -> Done | No:
    """End it. Whoever says so again, or says a later day, changes nothing."""
    at = house.now()

    def work(conn: Connection) -> Done | No:
        target = allowed(conn, actor_id, PersonRef(slack_id), lock=True)
        if isinstance(target, No):
            return target
        package = packages.get(conn, package_id, lock=True)
        if package is None or package.person_id != owner(target).id:
            return No("There is no such package.")
        problem = why_not(package, last_on, today(house, at))
        return problem or ended(conn, house, owner(target), package, actor_id, last_on, at, origin)

    return await house.database.write(work)


def why_not(package: Package, last_on: date | None, day: date) -> No | None:
    """Why an end would change nothing."""
    if package.ended_at is not None:
        return No("That package is over already.")
    cut = shorter(package, last_on or day - terms.DAY, day)
    if cut.ends_on == package.ends_on:
        return No(f"That package ends on {package.ends_on} already.")
    if terms.last_month(terms_of(cut)) == package.months:
        return No("All of it has vested by that day: there is nothing to end.")
    return None


def ended(
    conn: Connection,
    house: House,
    person: Person,
    package: Package,
    actor_id: str,
    last_on: date | None,
    at: datetime,
    origin: str,
) -> Done:
    """The end of one package."""
    (one,) = end(conn, house, person, [package], at, actor_id=actor_id, origin=origin, last_on=last_on)
    return Done(person, person.id == actor_id, one)
