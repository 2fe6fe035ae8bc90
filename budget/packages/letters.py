"""Letters about packages: what is in them. How they read is for the edge to say."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from budget.packages import terms
from budget.packages.terms import Terms
from store import outbox, packages
from store.database import Connection
from store.packages import Package
from store.people import Person

if TYPE_CHECKING:
    from budget.packages.ending import Ended
    from budget.packages.paying import Paid

SET, VESTED, ENDED, SHORT = "package set", "package vested", "package ended", "package pool short"


def put(conn: Connection, person: Person, key: str, kind: str, payload: dict[str, Any], at: datetime) -> None:
    """A letter to whom a package belongs."""
    outbox.put(
        conn, key=key, workspace_id=person.workspace_id, slack_id=person.slack_id, kind=kind, payload=payload, at=at
    )


def put_set(conn: Connection, person: Person, paid: "Paid", actor: Person, at: datetime) -> None:
    """Somebody has a package now; what has vested of it already is in it."""
    now = {"paid_micros": paid.paid_micros, "balance_micros": paid.balance_micros, "unpaid_micros": paid.unpaid_micros}
    by = None if actor.id == person.id else actor.name
    payload = plain(paid.package) | now | {"by": by}
    put(conn, person, f"package set:{paid.package.id}", SET, payload, at)


def put_vested(conn: Connection, person: Person, paid: "Paid", at: datetime) -> None:
    """A part, or several after a pause, is the person's."""
    package = paid.package
    now = {"paid_micros": paid.paid_micros, "paid_months": paid.months, "balance_micros": paid.balance_micros}
    key = f"package vested:{package.id}:{package.vested_months}"
    put(conn, person, key, VESTED, plain(package) | now | ahead(package), at)


def put_ended(conn: Connection, person: Person, ended: "Ended", at: datetime) -> None:
    """A package has an end now."""
    now = {
        "last_on": ended.last_on.isoformat(), "vested_total_micros": ended.vested_micros,
        "paid_micros": ended.paid_micros, "unpaid_micros": ended.unpaid_micros,
        "forfeited_micros": ended.forfeited_micros,
    }  # fmt: skip
    key = f"package ended:{ended.package.id}:{ended.package.ends_on}"
    put(conn, person, key, ENDED, plain(ended.package) | now | ahead(ended.package), at)


def put_short(conn: Connection, waiting: Sequence[Package], unpaid_micros: int, at: datetime) -> None:
    """The pool is too small: to every admin, once for the time that it stays so."""
    first, people = waiting[0], len({package.person_id for package in waiting})
    payload = {"people": people, "unpaid_micros": unpaid_micros, "since_on": str(first.next_on)}
    for slack_id in packages.admins(conn, first.workspace_id):
        key = f"package short:{first.id}:{first.next_on}:{slack_id}"
        outbox.put(
            conn, key=key, workspace_id=first.workspace_id, slack_id=slack_id, kind=SHORT, payload=payload, at=at
        )


def plain(package: Package) -> dict[str, Any]:
    """A package's terms as JSON."""
    return {
        "annual_micros": package.annual_micros, "months": package.months, "cliff_months": package.cliff_months,
        "starts_on": package.starts_on.isoformat(), "ends_on": _iso(package.ends_on), "reason": package.reason,
        "vested_months": package.vested_months,
    }  # fmt: skip


def terms_in(payload: Any) -> Terms:
    """The terms in a letter."""
    ends_on = payload["ends_on"]
    return Terms(
        payload["annual_micros"],
        date.fromisoformat(payload["starts_on"]),
        payload["months"],
        payload["cliff_months"],
        date.fromisoformat(ends_on) if ends_on else None,
    )


def ahead(package: Package) -> dict[str, Any]:
    """What vests next, and when; null: nothing any more."""
    agreed = Terms(package.annual_micros, package.starts_on, package.months, package.cliff_months, package.ends_on)
    month = terms.next_month(agreed, package.vested_months) if package.ended_at is None else None
    if month is None:
        return {"next_on": None, "next_micros": None}
    return {"next_on": terms.month_day(package.starts_on, month).isoformat(), "next_micros": terms.part(agreed, month)}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
