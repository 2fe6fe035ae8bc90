"""Write what `decide` made of a book: one statement for each kind of change, over exactly what was read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, insert, update

from store import tables
from store.ledger.load import HOLD_COLUMNS, LOT_COLUMNS, TRANSFER_COLUMNS
from store.ledger.rows import AccountRow, Book, HoldRow, LotRow, TransferRow
from store.ledger.steps import Write

Values = dict[str, Any]


class Clash(Exception):
    """A row was not as it was read: somebody else changed it. Nothing may be committed; the batch can be run again."""


MOVING = ("state", "actual_micros", "charged_micros", "overrun_micros", "estimated", "dispatched_at", "closed_at")
INSERT_HOLD = insert(tables.hold)
INSERT_TRANSFER = insert(tables.transfer)
INSERT_LOT = insert(tables.lot)
UPDATE_HOLD = (
    update(tables.hold)
    .where(tables.hold.c.key == bindparam("was_key"), tables.hold.c.state == bindparam("was_state"))
    .values({name: bindparam(f"new_{name}") for name in MOVING})
)
UPDATE_ACCOUNT = (
    update(tables.account)
    .where(
        tables.account.c.id == bindparam("was_id"),
        tables.account.c.posted_micros == bindparam("was_posted"),
        tables.account.c.held_micros == bindparam("was_held"),
        tables.account.c.unattributed_micros == bindparam("was_unattributed"),
    )
    .values(
        posted_micros=bindparam("new_posted"),
        held_micros=bindparam("new_held"),
        unattributed_micros=bindparam("new_unattributed"),
        next_event_at=bindparam("new_next_event_at"),
    )
)
UPDATE_LOT = (
    update(tables.lot)
    .where(tables.lot.c.id == bindparam("was_id"), tables.lot.c.remaining_micros == bindparam("was_remaining"))
    .values(remaining_micros=bindparam("new_remaining"))
)


def flush(conn: Connection, book: Book) -> None:
    """Write the changes of a book. Raises Clash, or the database's own refusal, with nothing fit to be committed."""
    changed(conn, UPDATE_HOLD, [hold_update(row) for row in book.holds.values() if moved_on(row)])
    accounts = [row for row in book.accounts.values() if row.figures != row.stored]
    changed(conn, UPDATE_ACCOUNT, [account_update(row) for row in accounts])
    inserted(conn, INSERT_HOLD, [hold_values(row) for row in book.holds.values() if row.stored_state is None])
    inserted(conn, INSERT_TRANSFER, [transfer_values(row) for row in book.made])
    lots = [lot for lots in book.lots.values() for lot in lots]
    changed(conn, UPDATE_LOT, [lot_update(lot) for lot in lots if lot.stored_remaining not in {None, lot.remaining}])
    inserted(conn, INSERT_LOT, [lot_values(lot) for lot in lots if lot.stored_remaining is None])


def moved_on(row: HoldRow) -> bool:
    """A stored hold whose state changed."""
    return row.stored_state is not None and row.stored_state != row.state


def changed(conn: Connection, statement: Executable, rows: Sequence[Values]) -> None:
    """Run an update for each row; each must hit exactly one."""
    if rows and conn.execute(statement, list(rows)).rowcount != len(rows):
        raise Clash(f"{len(rows)} rows were to change, and some were not as they had been read")


def inserted(conn: Connection, statement: Executable, rows: Sequence[Values]) -> None:
    """Run an insert for each row."""
    if rows:
        conn.execute(statement, list(rows))


def hold_values(row: HoldRow) -> Values:
    """A hold as the table has it."""
    return dict(
        zip(
            HOLD_COLUMNS,
            (
                row.key, row.account_id, row.amount, row.state, row.actual, row.charged, row.overrun, row.estimated,
                row.fingerprint, row.rejection, row.created_at, row.expires_at, row.dispatched_at, row.closed_at,
            ),
            strict=True,
        )
    )  # fmt: skip


def hold_update(row: HoldRow) -> Values:
    """How a stored hold moves on."""
    return {
        "was_key": row.key,
        "was_state": row.stored_state,
        "new_state": row.state,
        "new_actual_micros": row.actual,
        "new_charged_micros": row.charged,
        "new_overrun_micros": row.overrun,
        "new_estimated": row.estimated,
        "new_dispatched_at": row.dispatched_at,
        "new_closed_at": row.closed_at,
    }


def account_update(row: AccountRow) -> Values:
    """An account's new figures; they are asserted here once more, next to the table's own CHECKs."""
    assert not row.system, row
    assert 0 <= row.held <= row.posted, row
    posted, held, unattributed, _ = row.stored
    return {
        "was_id": row.id,
        "was_posted": posted,
        "was_held": held,
        "was_unattributed": unattributed,
        "new_posted": row.posted,
        "new_held": row.held,
        "new_unattributed": row.unattributed,
        "new_next_event_at": row.next_event_at,
    }


def transfer_values(row: TransferRow) -> Values:
    """A transfer as the table has it."""
    return dict(
        zip(
            TRANSFER_COLUMNS,
            (
                row.workspace_id, row.request_key, row.fingerprint, row.kind, row.amount, row.debit_id, row.credit_id,
                row.hold_key, row.actor_id, row.reason, row.until_at, row.created_at,
            ),
            strict=True,
        )
    )  # fmt: skip


def lot_update(lot: LotRow) -> Values:
    """What is left of a stored lot."""
    return {"was_id": lot.order, "was_remaining": lot.stored_remaining, "new_remaining": lot.remaining}


def lot_values(lot: LotRow) -> Values:
    """A new lot as the table has it; its id is the database's."""
    values = (lot.account_id, lot.request_key, lot.granted, lot.remaining, lot.expires_at, lot.created_at)
    return dict(zip(LOT_COLUMNS[1:], values, strict=True))


def together(conn: Connection, writes: Iterable[Write]) -> None:
    """Run callers' own statements, those with the same statement at once."""
    grouped: dict[Executable, list[Mapping[str, Any]]] = {}
    for write in writes:
        grouped.setdefault(write.statement, []).append(write.values)
    for statement, many in grouped.items():
        conn.execute(statement, many)
