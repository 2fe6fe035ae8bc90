"""Transfers that belong together, from one account to many: all of a group or none of it, in order."""

from collections.abc import Sequence

from sqlalchemy import Connection

from store.ledger.apply import note_freed
from store.ledger.checks import check
from store.ledger.decide import decide
from store.ledger.flush import flush
from store.ledger.load import load
from store.ledger.lots import ripen
from store.ledger.rows import Book
from store.ledger.steps import Transfer, Transferred

Group = Sequence[Transfer]


def apply_groups(conn: Connection, groups: Sequence[Group]) -> list[bool]:
    """Take groups of transfers that one account pays, in order; for each whether it was, now or at an earlier time.

    A group that the account cannot pay in full is left out, and changes nothing. Raises what `apply` raises.
    """
    steps = [step for group in groups for step in group]
    if not steps:
        return []
    for step in steps:
        check(step)
    book = load(conn, steps)
    done = [take(book, group) for group in groups]
    flush(conn, book)
    note_freed(conn, book)
    return done


def take(book: Book, group: Group) -> bool:
    """Take a group if there is enough for all of it, once what is due on the account was burnt."""
    payer = book.accounts[group[0].debit_id]
    ripen(book, payer, group[0].at)
    needed = sum(step.amount_micros for step in group if step.key not in book.transfers)
    if payer.available < needed:
        return False
    for step in group:
        answer = decide(step, book)
        if step.debit_id != payer.id or step.then or not isinstance(answer, Transferred):
            raise RuntimeError(f"a transfer of a group: {step!r} was answered with {answer!r}")
    return True
