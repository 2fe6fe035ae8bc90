"""Read, and lock, the rows that a batch of steps may touch.

PostgreSQL: holds first, in the order of their keys, then accounts, in the order of their ids, so that two batches never
wait for each other. FOR NO KEY UPDATE leaves room for the foreign keys that point at a row. On SQLite the writer is
alone, and the clause renders nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from store.ledger.rows import AccountRow, Book, HoldRow, LotRow, TransferRow
from store.ledger.sql import columns, find
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


HOLDS = f"SELECT {columns(HOLD_COLUMNS)} FROM hold WHERE key {{among}} ORDER BY key {{locked}}"  # noqa: S608  # ours
ACCOUNTS = f"SELECT {columns(ACCOUNT_COLUMNS)} FROM account WHERE id {{among}} ORDER BY id {{locked}}"  # noqa: S608  # ours
TRANSFERS = f"SELECT {columns(TRANSFER_COLUMNS)} FROM transfer WHERE request_key {{among}}"  # noqa: S608  # ours
LOTS = f"""
    SELECT {columns(LOT_COLUMNS)} FROM lot WHERE account_id {{among}} AND remaining_micros > 0 ORDER BY id
"""  # noqa: S608  # our own names
WORKSPACES = "SELECT DISTINCT workspace_id FROM account WHERE id {among}"


def moment(value: str | datetime | None) -> Any:
    """A time as a driver gives it; SQLite's are text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def load(conn: Connection, steps: Sequence[Step]) -> Book:
    """The book of a batch: its holds, transfers and accounts, and the lots of accounts that need folding."""
    book = Book()
    load_holds(conn, book, {step.key for step in steps if not isinstance(step, Transfer)})
    load_accounts(conn, book, account_ids(steps, book) | companies(conn, steps, book))
    # After the accounts: who waited for them sees what was done meanwhile under the same key.
    load_transfers(conn, book, {step.key for step in steps if isinstance(step, Transfer)})
    moved = {name for step in steps if isinstance(step, Transfer) for name in (step.debit_id, step.credit_id)}
    load_lots(conn, book, moved, max(step.at for step in steps))
    return book


def load_holds(conn: Connection, book: Book, keys: Collection[str]) -> None:
    """Read and lock holds."""
    for *values, estimated, fingerprint, rejection, created, expires, dispatched, closed in find(conn, HOLDS, keys):
        rest = (bool(estimated), fingerprint, rejection, *map(moment, (created, expires, dispatched, closed)))
        hold = HoldRow(*(*values, *rest))
        hold.stored_state = hold.state
        book.holds[hold.key] = hold


def load_transfers(conn: Connection, book: Book, keys: Collection[str]) -> None:
    """Read transfers by their request keys."""
    for *values, until, created in find(conn, TRANSFERS, keys):
        transfer = TransferRow(*(*values, moment(until), moment(created)))
        book.transfers[transfer.request_key] = transfer


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
    return {f"company:{workspace_id}" for (workspace_id,) in find(conn, WORKSPACES, payers)}


def load_accounts(conn: Connection, book: Book, ids: Collection[str]) -> None:
    """Read and lock accounts."""
    for *values, next_event in find(conn, ACCOUNTS, ids):
        account = AccountRow(*(*values, moment(next_event)))
        book.accounts[account.id] = account


def load_lots(conn: Connection, book: Book, moved: Collection[str], at: datetime) -> None:
    """Read the lots of accounts that tokens move in or out of, and of those where something is due by `at`."""
    for account in book.accounts.values():
        if not account.system and (account.id in moved or account.next_event_at <= at):
            book.lots[account.id] = []
    for *values, expires, created in find(conn, LOTS, book.lots):
        lot = LotRow(*(*values, moment(expires), moment(created)))
        lot.stored_remaining = lot.remaining
        book.lots[lot.account_id].append(lot)
