"""What tests of packages share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from budget.packages import terms
from budget.packages.paying import terms_of
from store import outbox, packages, people
from store.database import Database
from store.outbox import Letter
from store.packages import Package
from store.people import Person
from store.tables import outbox as outbox_table
from tests.commanding import START, WORKSPACE, Office

YEAR = 1_200_000_000  # $1,200 a year: $100 a month


def made(person: Person, starts_on: str, **more: Any) -> Package:
    """A package that was never paid."""
    new = Package(
        id=more.pop("id", "p1"), workspace_id=WORKSPACE, person_id=person.id, annual_micros=YEAR, months=48,
        cliff_months=0, starts_on=date.fromisoformat(starts_on), ends_on=None, vested_months=0, next_on=None,
        retry_at=None, payer_id=people.company_id(WORKSPACE), reason=None, created_by=None, created_at=START,
        ended_at=None,
    )  # fmt: skip
    values = {name: getattr(new, name) for name in Package.__slots__} | more
    package = Package(**values)
    return Package(**(values | {"next_on": terms.next_day(terms_of(package), package.vested_months)}))


async def give(office: Office, package: Package) -> Package:
    """Write a package down as it is."""
    assert await office.database.write(lambda conn: packages.add(conn, package))
    return package


async def of(office: Office, person: Person) -> list[Package]:
    """Somebody's packages."""
    return await office.database.read(lambda conn: packages.of_person(conn, person.id))


async def letters(database: Database, kind: str) -> list[Letter]:
    """What was written to somebody, of a kind."""

    def look(conn: Any) -> list[Letter]:
        keys = conn.scalars(select(outbox_table.c.key).where(outbox_table.c.kind == kind).order_by(outbox_table.c.key))
        found = [outbox.find(conn, key) for key in keys.all()]
        return [letter for letter in found if letter is not None]

    return await database.read(look)


def amounts(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a letter."""
    return {name: value for name, value in payload.items() if name.endswith("_micros")}
