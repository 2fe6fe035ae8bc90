"""Loans: what was lent, how much of it came back, when the rest is due. The tokens themselves move in the ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, text, update

from store.rows import insert_missing
from store.tables import OPEN_LOAN, account, loan, person, team


@dataclass(frozen=True, slots=True)
class Loan:
    """What one account lent to another. `id` is the key of the transfer that lent it.

    `next_at`: when it is tried next to take back what is still out. Closed with something out: it was written off.
    """

    id: str
    workspace_id: str
    lender_id: str
    borrower_id: str
    amount_micros: int
    returned_micros: int
    due_at: datetime
    next_at: datetime
    reason: str | None
    created_by: str | None
    created_at: datetime
    closed_at: datetime | None

    @property
    def out_micros(self) -> int:
        """What has not come back."""
        return self.amount_micros - self.returned_micros


@dataclass(frozen=True, slots=True)
class Named:
    """A loan with who is on the other side: an account's kind, and the name of the person or team."""

    loan: Loan
    other_kind: str
    other_name: str | None

    @property
    def other(self) -> str:
        """How people are told of the other side."""
        if self.other_kind == "person":
            return self.other_name or "someone"
        return "the company pool" if self.other_kind == "company" else f"the {self.other_name or self.other_kind} pool"


COLUMNS = (
    loan.c.id, loan.c.workspace_id, loan.c.lender_id, loan.c.borrower_id, loan.c.amount_micros, loan.c.returned_micros,
    loan.c.due_at, loan.c.next_at, loan.c.reason, loan.c.created_by, loan.c.created_at, loan.c.closed_at,
)  # fmt: skip  # in the order of Loan's fields


def add(
    conn: Connection, *, key: str, workspace_id: str, lender_id: str, borrower_id: str, amount_micros: int,
    due_at: datetime, reason: str | None, created_by: str | None, at: datetime,
) -> bool:  # fmt: skip
    """Write down a loan with the transfer that it is; False when it was written down before."""
    values = {
        "id": key, "workspace_id": workspace_id, "lender_id": lender_id, "borrower_id": borrower_id,
        "amount_micros": amount_micros, "returned_micros": 0, "due_at": due_at, "next_at": due_at, "reason": reason,
        "created_by": created_by, "created_at": at,
    }  # fmt: skip
    return insert_missing(conn, loan, values)


def get(conn: Connection, loan_id: str, *, lock: bool = False) -> Loan | None:
    """A loan; `lock`: nobody else changes it until the transaction ends."""
    query = select(*COLUMNS).where(loan.c.id == loan_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _loan(row)


def borrowed(conn: Connection, account_id: str, *, lock: bool = False) -> list[Loan]:
    """What an account has borrowed and not given back, the earliest due first; locked in the order of their ids."""
    query = select(*COLUMNS).where(loan.c.borrower_id == account_id, text(OPEN_LOAN)).order_by(loan.c.id)
    found = [_loan(row) for row in conn.execute(query.with_for_update() if lock else query)]
    return sorted(found, key=lambda each: (each.due_at, each.id))


def any_due(conn: Connection, at: datetime) -> bool:
    """Whether something is to be taken back: one look into a small index."""
    return conn.execute(_due(at).limit(1)).first() is not None


def due(conn: Connection, at: datetime, limit: int) -> list[str]:
    """The ids of loans that are to be taken back now, the longest due first."""
    return list(conn.scalars(_due(at).order_by(loan.c.next_at, loan.c.id).limit(limit)))


def _due(at: datetime) -> Select[tuple[str]]:
    return select(loan.c.id).where(text(OPEN_LOAN), loan.c.next_at <= at)


def came_back(conn: Connection, found: Loan, micros: int, at: datetime) -> None:
    """So much more of a locked loan is back, which closes it with the last of it."""
    now = found.returned_micros + micros
    closed = {"closed_at": at} if now == found.amount_micros else {}
    conn.execute(update(loan).where(loan.c.id == found.id).values(returned_micros=now, **closed))


def try_again(conn: Connection, loan_id: str, next_at: datetime) -> None:
    """Not all of it was there: it is looked at again then."""
    conn.execute(update(loan).where(loan.c.id == loan_id, text(OPEN_LOAN)).values(next_at=next_at))


def write_off(conn: Connection, loan_id: str, at: datetime) -> None:
    """Nothing more will come back of it."""
    conn.execute(update(loan).where(loan.c.id == loan_id, text(OPEN_LOAN)).values(closed_at=at))


def named(conn: Connection, account_id: str, *, lent: bool) -> list[Named]:
    """The open loans of an account with the names of the other sides: what it `lent`, or else what it borrowed."""
    mine, other = (loan.c.lender_id, loan.c.borrower_id) if lent else (loan.c.borrower_id, loan.c.lender_id)
    query = (
        select(account.c.kind, person.c.name, team.c.name, *COLUMNS)
        .join(account, account.c.id == other)
        .outerjoin(person, (account.c.kind == "person") & (person.c.id == account.c.owner_id))
        .outerjoin(team, (account.c.kind == "team") & (team.c.id == account.c.owner_id))
        .where(mine == account_id, text(f"loan.{OPEN_LOAN}"))
        .order_by(loan.c.due_at, loan.c.id)
    )
    return [_named(*row) for row in conn.execute(query)]


def _named(kind: str, person_name: str | None, team_name: str | None, *row: Any) -> Named:
    return Named(_loan(row), kind, person_name or team_name)


def _loan(row: Any) -> Loan:
    return Loan(*row)
