"""Ending packages: what is due until the last day is paid, and the rest is forfeited."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from budget.house import House
from budget.packages import letters, terms
from budget.packages.paying import pay, terms_of, today
from store import audit, packages, people
from store.database import Connection
from store.packages import Package
from store.people import Person


@dataclass(frozen=True, slots=True)
class Ended:
    """A package that was ended.

    `last_on`: the last day that counts. `vested_micros`: everything it ever vested, `paid_micros` of it now.
    `unpaid_micros`: due, but the pool had too little: it is paid once the pool has enough, unless its owner's account
    is closed before. `forfeited_micros`: what would have vested still; None: it had no end.
    """

    package: Package
    last_on: date
    vested_micros: int
    paid_micros: int
    unpaid_micros: int
    forfeited_micros: int | None


def end_packages(
    conn: Connection,
    house: House,
    person: Person,
    at: datetime,
    *,
    actor_id: str | None,
    origin: str,
    last_on: date | None = None,
    tell: bool = True,
) -> list[Ended]:
    """End all packages of somebody within a transaction: pay what is due, forfeit the rest; with audit rows.

    `last_on`: the last day that counts, as a whole; left out: what has vested at this moment. `tell`: by a letter for
    each. Call it before the transaction moves anything on the person's wallet or the pool: it locks the packages, then
    these accounts. Again it finds nothing to end.
    """
    active = packages.of_person(conn, person.id, active=True, lock=True)
    return end(conn, house, person, active, at, actor_id=actor_id, origin=origin, last_on=last_on, tell=tell)


def end(
    conn: Connection,
    house: House,
    person: Person,
    active: Sequence[Package],
    at: datetime,
    *,
    actor_id: str | None,
    origin: str,
    last_on: date | None,
    tell: bool = True,
) -> list[Ended]:
    """End these packages, which are locked and not over. A last day to come: they vest until then."""
    day = today(house, at)
    last = last_on or day - terms.DAY  # a day that has begun is no full day yet
    cut = [shorter(package, last, day) for package in active]
    ended = [
        Ended(
            each.package,
            last,
            in_all(each.package),
            each.paid_micros,
            each.unpaid_micros,
            forfeited(before, each.package),
        )
        for before, each in zip(active, pay(conn, cut, day, at, origin), strict=True)
    ]
    for before, each in zip(active, ended, strict=True):
        note(conn, before, each, at, actor_id, origin)
        if tell:
            letters.put_ended(conn, person, each, at)
    return ended


def shorter(package: Package, last_on: date, day: date) -> Package:
    """The package with its end; an earlier one that was said before stays."""
    ends_on = last_on if package.ends_on is None else min(package.ends_on, last_on)
    cut = replace(package, ends_on=ends_on, retry_at=None)
    return replace(cut, next_on=terms.next_day(terms_of(cut), cut.vested_months) or day)


def in_all(package: Package) -> int:
    """Everything that has vested when an ended package is over. What was paid stays paid, whatever the last day is."""
    agreed = terms_of(package)
    return max(terms.total(agreed) or 0, terms.accrued(agreed, package.vested_months))


def forfeited(before: Package, after: Package) -> int | None:
    """What would have vested still without this end."""
    promised = terms.total(terms_of(before))
    return None if promised is None else promised - in_all(after)


def note(conn: Connection, before: Package, ended: Ended, at: datetime, actor_id: str | None, origin: str) -> None:
    """The audit row."""
    forfeited = "the rest" if ended.forfeited_micros is None else f"{ended.forfeited_micros} micros"
    audit.record(
        conn,
        workspace_id=before.workspace_id,
        at=at,
        actor_id=actor_id,
        origin=origin,
        action="end package",
        target=people.wallet_id(before.person_id),
        old=f"package {before.id}: {before.vested_months} months paid",
        new=f"ends {ended.package.ends_on}: {ended.vested_micros} micros vested, {ended.unpaid_micros} of them unpaid, "
        f"{forfeited} forfeited",
    )
