"""Paying what has vested: each month of a package is one transfer out of the pool, whole or not at all.

What has not vested yet is a promise. It is on no account and held nowhere: it is not yet anybody's money, the pool may
be spent in the meantime, and whoever leaves before has lost no balance. A month becomes money by its transfer, whose
key names package and month: whoever pays it, however late or often, it is paid once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from budget.house import House
from budget.packages import terms
from budget.packages.terms import Terms
from store import audit, packages, people
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Short, Transfer, Transferred
from store.packages import Package

RETRY = timedelta(minutes=5)  # where the pool is too small


@dataclass(frozen=True, slots=True)
class Paid:
    """A package after what was due of it was paid, as far as the pool had it.

    `paid_micros`: paid now, over `months` of them; `balance_micros`: what its owner has available then (None: nothing
    was paid); `unpaid_micros`: due, and waiting for the pool.
    """

    package: Package
    paid_micros: int = 0
    months: int = 0
    balance_micros: int | None = None
    unpaid_micros: int = 0


def terms_of(package: Package) -> Terms:
    """What was agreed."""
    return Terms(package.annual_micros, package.starts_on, package.months, package.cliff_months, package.ends_on)


def today(house: House, at: datetime) -> date:
    """Which day it is in the workspace."""
    return at.astimezone(house.rules.timezone).date()


def pay(conn: Connection, due: Sequence[Package], day: date, at: datetime, origin: str) -> list[Paid]:
    """Pay what has vested of locked packages when a day begins, and note what comes next in each.

    In rounds of one month of each package, so that no month is paid before the one before it.
    """
    waiting = {package.id: list(terms.due(terms_of(package), package.vested_months, day)) for package in due}
    paid = {package.id: Paid(package) for package in due}
    while steps := [step(paid[name].package, months[0], at) for name, months in waiting.items() if months]:
        owners = [name for name, months in waiting.items() if months]
        for name, answer in zip(owners, apply(conn, steps), strict=True):
            if isinstance(answer, Short):
                paid[name] = replace(paid[name], unpaid_micros=unpaid(paid[name].package, waiting[name]))
                waiting[name] = []
            else:
                assert isinstance(answer, Transferred), f"the ledger answered a part of a package with {answer!r}"
                paid[name] = further(paid[name], waiting[name].pop(0), answer)
    done = [replace(each, package=ahead(each, day, at)) for each in paid.values()]
    for each in done:
        packages.keep(conn, each.package)
        if each.paid_micros:
            note(conn, each, at, origin)
    return done


def step(package: Package, month: int, at: datetime) -> Transfer:
    """The transfer of one month; the same whenever and by whomever it is made."""
    return Transfer(
        key=f"vest:{package.id}:{month}",
        kind="vest",
        debit_id=package.payer_id,
        credit_id=people.wallet_id(package.person_id),
        amount_micros=terms.part(terms_of(package), month),
        at=at,
        reason=reason_of(package, month),
    )


def reason_of(package: Package, month: int) -> str:
    """`month 13 of 48 (welcome grant)`"""
    of = f" of {package.months}" if package.months else ""
    return f"month {month}{of}{f' ({package.reason})' if package.reason else ''}"


def further(paid: Paid, month: int, answer: Transferred) -> Paid:
    """One month more."""
    return Paid(
        replace(paid.package, vested_months=month),
        paid.paid_micros + answer.amount_micros,
        paid.months + 1,
        answer.credit.available_micros,
    )


def unpaid(package: Package, months: Sequence[int]) -> int:
    """What so many months come to, in micro-dollars."""
    return sum(terms.part(terms_of(package), month) for month in months)


def ahead(paid: Paid, day: date, at: datetime) -> Package:
    """What comes next: another try, the next month, or nothing any more."""
    package = paid.package
    if paid.unpaid_micros:
        return replace(package, retry_at=at + RETRY)
    next_on = terms.next_day(terms_of(package), package.vested_months)
    is_over = next_on is None or (next_on <= day and terms.next_month(terms_of(package), package.vested_months) is None)
    return replace(package, next_on=None if is_over else next_on, retry_at=None, ended_at=at if is_over else None)


def note(conn: Connection, paid: Paid, at: datetime, origin: str) -> None:
    """The audit row: the wallet's balance, old and new, and which months it is for."""
    package, new = paid.package, paid.balance_micros or 0
    first = package.vested_months - paid.months + 1
    which = f"month {first}" if paid.months == 1 else f"months {first} to {package.vested_months}"
    audit.record(
        conn,
        workspace_id=package.workspace_id,
        at=at,
        actor_id=None,
        origin=origin,
        action="vest",
        target=people.wallet_id(package.person_id),
        old=f"{new - paid.paid_micros} micros",
        new=f"{new} micros ({paid.paid_micros} from {package.payer_id}, package {package.id}, {which})",
    )
