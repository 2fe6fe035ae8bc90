"""What moving tokens by hand looks up and locks, beside the ledger's own steps."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, case, cast, func, literal, select, text

from store.ledger.flush import flush
from store.ledger.load import load_accounts, load_lots
from store.ledger.lots import fold, ripen
from store.ledger.rows import Book
from store.ledger.steps import Balance
from store.people import COLUMNS, Person
from store.tables import BY_HAND, FAR, account, loan, lot, person, project, team, transfer

UNDO = "undo:"  # before the key of the transfer that is taken back
LONGEST_KEY = 170  # with UNDO before it a key is still one

AT_ONCE = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an account is. `closed`: a person who has left, a project that was closed; nothing is to go there.

    `keeper_id`: who looks after it, of a project.
    """

    account_id: str
    kind: str
    owner_id: str
    name: str | None
    closed: bool
    keeper_id: str | None = None

    @property
    def spoken(self) -> str:
        """How people are told of it."""
        if self.kind == "person":
            return self.name or "someone"
        return "the company pool" if self.kind == "company" else f"the {self.name or self.kind} pool"


def holder(conn: Connection, account_id: str) -> Holder | None:
    """Whose an account is, None when there is none."""
    theirs = {"person": person, "team": team, "project": project}
    query = select(
        account.c.id, account.c.kind, account.c.owner_id, func.coalesce(person.c.name, team.c.name, project.c.name),
        case((person.c.left_at.is_not(None), True), (project.c.closed_at.is_not(None), True), else_=False),
        project.c.owner_id,
    )  # fmt: skip
    joined = query.select_from(account)
    for kind, table in theirs.items():
        joined = joined.outerjoin(table, and_(account.c.kind == kind, table.c.id == account.c.owner_id))
    row = conn.execute(joined.where(account.c.id == account_id)).one_or_none()
    return None if row is None else Holder(row[0], row[1], row[2], row[3], bool(row[4]), row[5])


def stays(conn: Connection, person_id: str) -> Person | None:
    """A person as they are, and will be until the transaction ends: nobody leaves meanwhile."""
    query = select(*COLUMNS).where(person.c.id == person_id).with_for_update(read=True)
    row = conn.execute(query).one_or_none()
    return None if row is None else Person(*row)


def staying(conn: Connection, person_ids: Collection[str]) -> set[str]:
    """The same of many, as ids: those of them who are here, and stay so until the transaction ends."""
    here: set[str] = set()
    ids = sorted(person_ids)
    for some in (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)):
        query = select(person.c.id, person.c.left_at).where(person.c.id.in_(some)).order_by(person.c.id)
        here |= {row[0] for row in conn.execute(query.with_for_update(read=True)) if row[1] is None}
    return here


def locked(conn: Connection, account_ids: Collection[str], at: datetime) -> dict[str, Balance]:
    """Balances that nobody else changes until the transaction ends; what is past its end by `at` is burnt first."""
    book = Book()
    load_accounts(conn, book, account_ids)
    load_lots(conn, book, (), at)
    for row in book.accounts.values():
        ripen(book, row, at)
    flush(conn, book)
    return {row.id: row.balance() for row in book.accounts.values()}


@dataclass(frozen=True, slots=True)
class Made:
    """A transfer that somebody made by hand."""

    id: int
    key: str
    kind: str
    amount_micros: int
    debit_id: str
    credit_id: str
    actor_id: str | None
    reason: str | None
    until_at: datetime | None
    created_at: datetime


MADE = (
    transfer.c.id, transfer.c.request_key, transfer.c.kind, transfer.c.amount_micros, transfer.c.debit_account_id,
    transfer.c.credit_account_id, transfer.c.actor_id, transfer.c.reason, transfer.c.until_at, transfer.c.created_at,
)  # fmt: skip


def by_keys(conn: Connection, keys: Collection[str]) -> list[Made]:
    """Transfers by their keys, in the order in which they were made."""
    query = select(*MADE).where(transfer.c.request_key.in_(keys)).order_by(transfer.c.id)
    return [_made(row) for row in conn.execute(query)]


def _made(row: Any) -> Made:
    return Made(*row)


def by_hand(conn: Connection, actor_id: str, kinds: Collection[str], since: datetime, limit: int) -> list[Made]:
    """What somebody moved since then and did not take back, newest first."""
    undone = transfer.alias("undone")
    query = (
        select(*MADE)
        .outerjoin(undone, undone.c.request_key == literal(UNDO) + transfer.c.request_key)
        .where(
            transfer.c.actor_id == actor_id, text(f"transfer.{BY_HAND}"), transfer.c.created_at >= since,
            transfer.c.kind.in_(kinds), undone.c.id.is_(None), func.length(transfer.c.request_key) <= LONGEST_KEY,
        )
        .order_by(transfer.c.created_at.desc(), transfer.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [_made(row) for row in conn.execute(query)]


def by_id(conn: Connection, transfer_id: int) -> Made | None:
    """A transfer by its number."""
    row = conn.execute(select(*MADE).where(transfer.c.id == transfer_id)).one_or_none()
    return None if row is None else _made(row)


def unspent(conn: Connection, made: Made, at: datetime) -> int:
    """What is still there of what a transfer brought: not spent, not moved on, not past its end, not held.

    Both accounts are locked, and their lots are brought up to date.
    """
    ids, book = {made.debit_id, made.credit_id}, Book()
    load_accounts(conn, book, ids)
    load_lots(conn, book, ids, at)
    for row in book.accounts.values():
        if not row.system:
            fold(book, row, at)
    flush(conn, book)
    left = sum(each.remaining for each in book.lots[made.credit_id] if each.request_key == made.key)
    return min(left, book.accounts[made.credit_id].available)


def first_end(conn: Connection, account_id: str, key: str) -> datetime | None:
    """When the first of what a transfer brought ends; None: it does not."""
    ends = select(func.min(lot.c.expires_at)).where(lot.c.account_id == account_id, lot.c.request_key == key)
    found: datetime | None = conn.execute(ends).scalar_one()
    return found if found is not None and found < FAR else None


def given_since(conn: Connection, account_id: str, since: datetime) -> int:
    """What was sent or lent from a wallet since a moment, less what came back of it."""
    undone = transfer.alias("undone")
    came_back = func.coalesce(loan.c.returned_micros, undone.c.amount_micros, 0)
    total = func.coalesce(func.sum(transfer.c.amount_micros - came_back), 0)
    query = (
        select(cast(total, BigInteger))
        .select_from(transfer)
        .outerjoin(loan, loan.c.id == transfer.c.request_key)
        .outerjoin(undone, undone.c.request_key == literal(UNDO) + transfer.c.request_key)
        .where(
            transfer.c.debit_account_id == account_id, transfer.c.created_at >= since, transfer.c.kind == "send"
        )
    )  # fmt: skip
    return int(conn.execute(query).scalar_one())
