"""Take a batch of steps inside somebody's transaction: read and lock, decide, write."""

from collections.abc import Sequence

from sqlalchemy import Connection

from store.ledger.checks import check
from store.ledger.decide import decide
from store.ledger.flush import flush, together
from store.ledger.load import load
from store.ledger.rows import Book
from store.ledger.steps import Answer, HoldState, Step, Transferred

FREED = "freed"  # where a connection notes accounts that have more available, for `Database.freed`


def apply(conn: Connection, steps: Sequence[Step]) -> list[Answer]:
    """Take steps in order, all in the transaction that `conn` is in; one answer for each.

    Raises ValueError for a step no caller should make, `Clash` or SQLAlchemy's IntegrityError when another process got
    in between: then nothing of the transaction may be committed, and it can be run again (`Database.write` does).
    """
    if not steps:
        return []
    for step in steps:
        check(step)
    book = load(conn, steps)
    answers = [decide(step, book) for step in steps]
    flush(conn, book)
    together(conn, [write for step, answer in zip(steps, answers, strict=True) if first(answer) for write in step.then])
    note_freed(conn, book)
    return answers


def first(answer: Answer) -> bool:
    """The step did its work, and for the first time."""
    return isinstance(answer, HoldState | Transferred) and not answer.replayed


def note_freed(conn: Connection, book: Book) -> None:
    """Leave word on the connection of accounts that have more available; harmless if nothing comes of it."""
    if book.freed:
        conn.info.setdefault(FREED, set()).update(book.freed)
