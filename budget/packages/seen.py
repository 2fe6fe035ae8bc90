"""Looking at packages: what has vested, what has not, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from budget.audits import looked
from budget.house import House
from budget.org.places import of_person, place
from budget.org.rights import Action, Relation, standing
from budget.outcome import No
from budget.packages import terms
from budget.packages.paying import terms_of, today, unpaid
from budget.packages.terms import Terms
from budget.typed import PersonRef
from store import packages, people
from store.database import Connection
from store.packages import Package
from store.people import Person


@dataclass(frozen=True, slots=True)
class Seen:
    """A package as it stands on a day.

    `vested_micros`: what was paid out; `due_micros`: what has vested too, but waits for the pool; `unvested_micros`:
    what will vest still (None: it has no end); `next_on`, `next_micros`: the next part that is not due yet; `last_on`:
    the day of the last part.
    """

    package: Package
    agreed: Terms
    vested_micros: int
    due_micros: int
    unvested_micros: int | None
    next_on: date | None
    next_micros: int | None
    last_on: date | None

    @property
    def is_over(self) -> bool:
        """Nothing of it comes any more."""
        return self.package.ended_at is not None


@dataclass(frozen=True, slots=True)
class Packages:
    """Somebody's packages. `may_set`: whoever looks may change them."""

    person: Person
    own: bool
    may_set: bool
    seen: Sequence[Seen]


def see(package: Package, day: date) -> Seen:
    """A package on a day of the workspace."""
    agreed = terms_of(package)
    due = terms.due(agreed, package.vested_months, day)
    over = package.ended_at is not None
    month = None if over else terms.next_month(agreed, due[-1] if due else package.vested_months)
    vested = terms.accrued(agreed, package.vested_months)
    due_micros = 0 if over else unpaid(package, due)
    promised, last = terms.total(agreed), terms.last_month(agreed)
    return Seen(
        package=package,
        agreed=agreed,
        vested_micros=vested,
        due_micros=due_micros,
        unvested_micros=0 if over else None if promised is None else max(0, promised - vested - due_micros),
        next_on=None if month is None else terms.month_day(agreed.starts_on, month),
        next_micros=None if month is None else terms.part(agreed, month),
        last_on=None if last is None else terms.month_day(agreed.starts_on, last),
    )


async def packages_of(house: House, person_id: str, of: PersonRef | None, *, origin: str) -> Packages | No:
    """Somebody's packages, one's own where nobody is named; a look at another's is written down."""
    at = house.now()

    def look(conn: Connection) -> Packages | No:
        person = people.person(conn, person_id)
        assert person is not None, "whoever looks was met before"
        actor = standing(conn, person)
        found = of_person(conn, actor, person) if of is None else place(conn, actor, of)
        if isinstance(found, No):
            return found
        assert found.person is not None, "a person was named"
        if not actor.may(Action.SEE_PACKAGE, found.relation):
            return No(f"The package of {found.person.name} is for {found.person.name} and admins to see.")
        looked(conn, actor, found.account_id, "package", at, origin)
        seen = [see(package, today(house, at)) for package in packages.of_person(conn, found.person.id)]
        own, may_set = found.relation is Relation.SELF, actor.may(Action.SET_PACKAGE, found.relation)
        return Packages(found.person, own, may_set, seen)

    is_own = of is None
    return await (house.database.read(look) if is_own else house.database.write(look))
