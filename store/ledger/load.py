"""Read, and lock, the rows that a batch of steps may touch.

PostgreSQL: holds first, in the order of their keys, then accounts, in the order of their ids, so that two batches never
wait for each other. FOR NO KEY UPDATE leaves room for the foreign keys that point at a row. On SQLite the writer is
alone, and the clause renders nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Connection, Select, String, Table, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from store import tables
from store.ledger.rows import AccountRow, Book, HoldRow, LotRow, TransferRow
from store.ledger.steps import Hold, Settle, Step, Transfer

HOLD_COLUMNS = (
    *("key", "account_id", "amount_micros", "state", "actual_micros", "charged_micros", "overrun_micros"),
    *("estimated", "fingerprint", "rejection", "created_at", "expires_at", "dispatched_at", "closed_at"),
)
TRANSFER_COLUMNS = (
    *("workspace_id", "request_key", "fingerprint", "kind", "amount_micros", "debit_account_id"),
    *("credit_account_id", "hold_key", "actor_id", "reason", "until_at", "created_at"),
)
ACCOUNT_COLUMNS = ("id", "workspace_id", "kind", "posted_micros", "held_micros", "unattributed_micros", "next_event_at")
LOT_COLUMNS = ("id", "account_id", "request_key", "granted_micros", "remaining_micros", "expires_at", "created_at")


def among(column: ColumnElement[str], dialect: str) -> ColumnElement[bool]:
    """`column` is one of `:keys`: an array on PostgreSQL, so that the text, and its plan, stay the same."""
    if dialect == "postgresql":
        return column == any_(bindparam("keys", type_=ARRAY(String)))
    return column.in_(bindparam("keys", expanding=True))


def named(table: Table, columns: Sequence[str]) -> Select[tuple[object, ...]]:
    """SELECT of these columns."""
    return select(*(table.c[column] for column in columns))


@cache
def holds_query(dialect: str) -> Select[tuple[object, ...]]:
    """Holds by key, locked."""
    query = named(tables.hold, HOLD_COLUMNS).where(among(tables.hold.c.key, dialect))
    return query.order_by(tables.hold.c.key).with_for_update(key_share=True)


@cache
def accounts_query(dialect: str) -> Select[tuple[object, ...]]:
    """Accounts by id, locked."""
    query = named(tables.account, ACCOUNT_COLUMNS).where(among(tables.account.c.id, dialect))
    return query.order_by(tables.account.c.id).with_for_update(key_share=True)


@cache
def transfers_query(dialect: str) -> Select[tuple[object, ...]]:
    """Transfers by request key; they never change, so they need no lock."""
    return named(tables.transfer, TRANSFER_COLUMNS).where(among(tables.transfer.c.request_key, dialect))


@cache
def lots_query(dialect: str) -> Select[tuple[object, ...]]:
    """What is left of the lots of accounts; the lock on the account covers them."""
    query = named(tables.lot, LOT_COLUMNS).where(among(tables.lot.c.account_id, dialect))
    return query.where(tables.lot.c.remaining_micros > 0).order_by(tables.lot.c.id)


def rows(conn: Connection, query: Select[tuple[object, ...]], keys: Collection[str]) -> Sequence[Sequence[object]]:
    """The rows of a query by `:keys`; none without keys."""
    return conn.execute(query, {"keys": sorted(keys)}).all() if keys else []


def load(conn: Connection, steps: Sequence[Step]) -> Book:
    """The book of a batch: its holds, transfers and accounts, and the lots of accounts that need folding."""
    book, dialect = Book(), conn.dialect.name
    hold_keys = {step.key for step in steps if not isinstance(step, Transfer)}
    for values in rows(conn, holds_query(dialect), hold_keys):
        hold = HoldRow(*values)  # type: ignore[arg-type]  # columns in the order of the fields
        hold.stored_state = hold.state
        book.holds[hold.key] = hold
    transfer_keys = {step.key for step in steps if isinstance(step, Transfer)}
    for values in rows(conn, transfers_query(dialect), transfer_keys):
        transfer = TransferRow(*values)  # type: ignore[arg-type]  # columns in the order of the fields
        book.transfers[transfer.request_key] = transfer
    load_accounts(conn, book, account_ids(steps, book) | companies(conn, steps, book))
    moved = {name for step in steps if isinstance(step, Transfer) for name in (step.debit_id, step.credit_id)}
    load_lots(conn, book, moved, max(step.at for step in steps))
    return book


def account_ids(steps: Sequence[Step], book: Book) -> set[str]:
    """The accounts that steps name, by themselves or through their holds."""
    ids = {hold.account_id for hold in book.holds.values()}
    for step in steps:
        if isinstance(step, Hold):
            ids.add(step.account_id)
        elif isinstance(step, Transfer):
            ids |= {step.debit_id, step.credit_id}
    return ids


def companies(conn: Connection, steps: Sequence[Step], book: Book) -> set[str]:
    """The company pools that may have to pay for calls that cost more than was held."""
    payers = set()
    for step in steps:
        hold = book.holds.get(step.key)
        if isinstance(step, Settle) and hold is not None and step.actual_micros > hold.amount:
            payers.add(hold.account_id)
    if not payers:
        return set()
    query = select(tables.account.c.workspace_id).where(among(tables.account.c.id, conn.dialect.name)).distinct()
    return {f"company:{workspace_id}" for workspace_id in conn.scalars(query, {"keys": sorted(payers)})}


def load_accounts(conn: Connection, book: Book, ids: Collection[str]) -> None:
    """Read and lock accounts."""
    for values in rows(conn, accounts_query(conn.dialect.name), ids):
        account = AccountRow(*values)  # type: ignore[arg-type]  # columns in the order of the fields
        book.accounts[account.id] = account


def load_lots(conn: Connection, book: Book, moved: Collection[str], at: datetime) -> None:
    """Read the lots of accounts that tokens move in or out of, and of those where something is due by `at`."""
    for account in book.accounts.values():
        if not account.system and (account.id in moved or account.next_event_at <= at):
            book.lots[account.id] = []
    for values in rows(conn, lots_query(conn.dialect.name), book.lots):
        lot = LotRow(*values)  # type: ignore[arg-type]  # columns in the order of the fields
        lot.stored_remaining = lot.remaining
        book.lots[lot.account_id].append(lot)
