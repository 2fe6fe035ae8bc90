"""Write what `decide` made of a book: one statement for each kind of change, over exactly what was read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable

from store.ledger.load import HOLD_COLUMNS, LOT_COLUMNS, TRANSFER_COLUMNS
from store.ledger.rows import AccountRow, Book, HoldRow, LotRow, TransferRow
from store.ledger.sql import STAMPS, Stamp, Values, insert_into, run
from store.ledger.steps import Overtaken, Write


class Clash(Exception):
    """A row was not as it was read: somebody else changed it. Nothing may be committed; the batch can be run again."""


INSERT_HOLD = insert_into("hold", HOLD_COLUMNS)
INSERT_TRANSFER = insert_into("transfer", TRANSFER_COLUMNS)
INSERT_LOT = insert_into("lot", LOT_COLUMNS[1:])  # the id is the database's
UPDATE_HOLD = """
    UPDATE hold SET state = ?, actual_micros = ?, charged_micros = ?, overrun_micros = ?, estimated = ?,
        dispatched_at = ?, closed_at = ?
    WHERE key = ? AND state = ?
"""
UPDATE_ACCOUNT = """
    UPDATE account SET posted_micros = ?, held_micros = ?, unattributed_micros = ?, next_event_at = ?
    WHERE id = ? AND posted_micros = ? AND held_micros = ? AND unattributed_micros = ?
"""
UPDATE_LOT = "UPDATE lot SET remaining_micros = ? WHERE id = ? AND remaining_micros = ?"


def flush(conn: Connection, book: Book) -> None:
    """Write the changes of a book. Raises Clash, or the database's own refusal, with nothing fit to be committed."""
    stamp = STAMPS[conn.dialect.name]
    changed(conn, UPDATE_HOLD, [hold_update(row, stamp) for row in book.holds.values() if moved_on(row)])
    accounts = [row for row in book.accounts.values() if row.figures != row.stored]
    changed(conn, UPDATE_ACCOUNT, [account_update(row, stamp) for row in accounts])
    run(conn, INSERT_HOLD, [hold_values(row, stamp) for row in book.holds.values() if row.stored_state is None])
    run(conn, INSERT_TRANSFER, [transfer_values(row, stamp) for row in book.made])
    lots = [lot for lots in book.lots.values() for lot in lots]
    changed(conn, UPDATE_LOT, [lot_update(lot) for lot in lots if lot.stored_remaining not in {None, lot.remaining}])
    run(conn, INSERT_LOT, [lot_values(lot, stamp) for lot in lots if lot.stored_remaining is None])


def moved_on(row: HoldRow) -> bool:
    """A stored hold whose state changed."""
    return row.stored_state is not None and row.stored_state != row.state


def changed(conn: Connection, sql: str, rows: Sequence[Values]) -> None:
    """Run an update for each row; each must hit exactly one."""
    if run(conn, sql, rows) != len(rows):
        raise Clash(f"{len(rows)} rows were to change, and some were not as they had been read")


def hold_values(row: HoldRow, stamp: Stamp) -> Values:
    """A hold as the table has it."""
    return (
        *(row.key, row.account_id, row.amount, row.state, row.actual, row.charged, row.overrun, row.estimated),
        *(row.fingerprint, row.rejection, stamp(row.created_at), stamp(row.expires_at)),
        *(stamp(row.dispatched_at), stamp(row.closed_at)),
    )


def hold_update(row: HoldRow, stamp: Stamp) -> Values:
    """How a stored hold moves on."""
    times = stamp(row.dispatched_at), stamp(row.closed_at)
    return row.state, row.actual, row.charged, row.overrun, row.estimated, *times, row.key, row.stored_state


def account_update(row: AccountRow, stamp: Stamp) -> Values:
    """An account's new figures; they are asserted here once more, next to the table's own CHECKs."""
    assert not row.system, row
    assert 0 <= row.held <= row.posted, row
    posted, held, unattributed, _ = row.stored
    now = (row.posted, row.held, row.unattributed, stamp(row.next_event_at))
    return *now, row.id, posted, held, unattributed


def transfer_values(row: TransferRow, stamp: Stamp) -> Values:
    """A transfer as the table has it."""
    return (
        *(row.workspace_id, row.request_key, row.fingerprint, row.kind, row.amount, row.debit_id, row.credit_id),
        *(row.hold_key, row.actor_id, row.reason, stamp(row.until_at), stamp(row.created_at)),
    )


def lot_update(lot: LotRow) -> Values:
    """What is left of a stored lot."""
    return lot.remaining, lot.order, lot.stored_remaining


def lot_values(lot: LotRow, stamp: Stamp) -> Values:
    """A new lot as the table has it."""
    return lot.account_id, lot.request_key, lot.granted, lot.remaining, stamp(lot.expires_at), stamp(lot.created_at)


def together(conn: Connection, writes: Iterable[Write]) -> None:
    """Run callers' own statements, those with the same statement at once. Raises Overtaken, without saying whose."""
    grouped: dict[tuple[Executable, bool], list[Mapping[str, Any]]] = {}
    for write in writes:
        grouped.setdefault((write.statement, write.required), []).append(write.values)
    for (statement, required), many in grouped.items():
        changed = conn.execute(statement, many).rowcount
        if required and changed != len(many):
            raise Overtaken
