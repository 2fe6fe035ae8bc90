"""Packages: what people were promised, and how much of it was paid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, select, text, update

from store import people
from store.people import Person
from store.rows import insert_missing
from store.tables import ACTIVE, package, person


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it stands. Days are the workspace's.

    `months` None: it goes on until it is ended; `ends_on`: the last day that counts, where that was said; `next_on`:
    when it is looked at next; `retry_at`: the pool was too small, and it is tried again then; `ended_at`: it is over.
    """

    id: str
    workspace_id: str
    person_id: str
    annual_micros: int
    months: int | None
    cliff_months: int
    starts_on: date
    ends_on: date | None
    vested_months: int
    next_on: date | None
    retry_at: datetime | None
    payer_id: str
    reason: str | None
    created_by: str | None
    created_at: datetime
    ended_at: datetime | None


COLUMNS = (
    package.c.id, package.c.workspace_id, package.c.person_id, package.c.annual_micros, package.c.months,
    package.c.cliff_months, package.c.starts_on, package.c.ends_on, package.c.vested_months, package.c.next_on,
    package.c.retry_at, package.c.payer_id, package.c.reason, package.c.created_by, package.c.created_at,
    package.c.ended_at,
)  # fmt: skip


def add(conn: Connection, new: Package) -> bool:
    """Write a package down; False when there is one with its id."""
    days = {"starts_on": new.starts_on, "ends_on": new.ends_on, "next_on": new.next_on}
    values = {column.name: getattr(new, column.name) for column in COLUMNS}
    return insert_missing(conn, package, values | {name: _iso(day) for name, day in days.items()})


def get(conn: Connection, package_id: str, *, lock: bool = False) -> Package | None:
    """A package by its id."""
    query = select(*COLUMNS).where(package.c.id == package_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _read(row)


def of_person(conn: Connection, person_id: str, *, active: bool = False, lock: bool = False) -> list[Package]:
    """Somebody's packages, in the order of their start; `active`: those that are not over; `lock` for a change."""
    query = select(*COLUMNS).where(package.c.person_id == person_id).order_by(package.c.starts_on, package.c.id)
    found = query.where(text(ACTIVE)) if active else query
    return [_read(row) for row in conn.execute(_locked(found) if lock else found)]


def take_due(
    conn: Connection, workspace_id: str, today: date, at: datetime, limit: int, only: str | None = None
) -> list[Package]:
    """Packages that are due (`only` one), locked, the longest due first; what another works on is passed over."""
    first = _due(workspace_id, today, at).order_by(package.c.next_on, package.c.id).limit(limit)
    first = first if only is None else first.where(package.c.id == only)
    return [_read(row) for row in conn.execute(first.with_for_update(skip_locked=True))]


def due(conn: Connection, workspace_id: str, today: date, at: datetime) -> list[str]:
    """The ids of packages that are due, the longest due first."""
    found = conn.execute(_due(workspace_id, today, at).order_by(package.c.next_on, package.c.id))
    return [row.id for row in found]


def short(conn: Connection, workspace_id: str, today: date) -> list[Package]:
    """Packages that wait because the pool was too small, the longest waiting first."""
    waits = select(*COLUMNS).where(
        text(ACTIVE),
        package.c.workspace_id == workspace_id,
        package.c.next_on <= _iso(today),
        package.c.retry_at.is_not(None),
    )
    return [_read(row) for row in conn.execute(waits.order_by(package.c.next_on, package.c.id))]


def keep(conn: Connection, now: Package) -> None:
    """Note what changes in a package's life: months paid, the next day, another try, the end."""
    values = {
        "ends_on": _iso(now.ends_on), "vested_months": now.vested_months, "next_on": _iso(now.next_on),
        "retry_at": now.retry_at, "ended_at": now.ended_at,
    }  # fmt: skip
    conn.execute(update(package).where(package.c.id == now.id).values(values))


def due_workspaces(conn: Connection, today: date, at: datetime) -> list[str]:
    """The workspaces where a package is due."""
    ready = (package.c.next_on <= _iso(today)) & (package.c.retry_at.is_(None) | (package.c.retry_at <= at))
    return list(conn.scalars(select(package.c.workspace_id).where(text(ACTIVE), ready).distinct()))


def admins(conn: Connection, workspace_id: str) -> Sequence[str]:
    """The Slack ids of the admins who are there."""
    here = select(person.c.slack_id).where(
        person.c.workspace_id == workspace_id, person.c.is_admin, person.c.left_at.is_(None)
    )
    return conn.scalars(here.order_by(person.c.slack_id)).all()


def _due(workspace_id: str, today: date, at: datetime) -> Select[Any]:
    """What is due, but of those who are to leave: whoever lets them go ends it with their last day."""
    ready = package.c.retry_at.is_(None) | (package.c.retry_at <= at)
    leaves = (person.c.id == package.c.person_id) & person.c.left_at.is_(None) & (person.c.ends_on < _iso(today))
    return select(*COLUMNS).where(
        text(f"package.{ACTIVE}"), package.c.workspace_id == workspace_id, package.c.next_on <= _iso(today), ready,
        ~exists().where(leaves),
    )  # fmt: skip


def _locked(query: Select[Any]) -> Select[Any]:
    return query.order_by(None).order_by(package.c.id).with_for_update()


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(iso: str | None) -> date | None:
    return None if iso is None else date.fromisoformat(iso)


def _read(row: Any) -> Package:
    values = dict(row._mapping)
    days = {name: _day(values[name]) for name in ("starts_on", "ends_on", "next_on")}
    return Package(**(values | days))


def owners(conn: Connection, person_ids: Collection[str]) -> dict[str, Person]:
    """People by their ids."""
    found = (people.read(row) for row in conn.execute(select(*people.COLUMNS).where(person.c.id.in_(person_ids))))
    return {each.id: each for each in found if each is not None}
