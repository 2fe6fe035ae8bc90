"""What falls due without anybody asking: holds past their expiry, and lots past theirs. For the clock.

Both are idempotent and may run on several replicas at once: PostgreSQL passes over rows that another one works on.
"""

from datetime import datetime

from sqlalchemy import Connection, select, text

from store.ledger.apply import apply, note_freed
from store.ledger.flush import flush
from store.ledger.load import load_accounts, load_lots
from store.ledger.lots import fold
from store.ledger.rows import Book
from store.ledger.steps import Expire, HoldState
from store.tables import DUE_ACCOUNT, LIVE_HOLD, account, hold

AT_ONCE = 200


def sweep(conn: Connection, at: datetime) -> list[HoldState]:
    """Close holds past their expiry, up to 200: the ones that were closed. Call again while it returns any."""
    due = select(hold.c.key).where(text(LIVE_HOLD), hold.c.expires_at <= at).order_by(hold.c.expires_at).limit(AT_ONCE)
    keys = conn.scalars(due.with_for_update(skip_locked=True, key_share=True)).all()
    answers = apply(conn, [Expire(key, at) for key in sorted(keys)])
    return [answer for answer in answers if isinstance(answer, HoldState) and not answer.replayed]


def expire_due(conn: Connection, at: datetime) -> list[str]:
    """Burn what is past its expiry on up to 200 accounts: their ids. Call again while it returns any.

    What open holds keep from being burnt is left for the step that closes them.
    """
    due = select(account.c.id).where(text(DUE_ACCOUNT), account.c.next_event_at <= at)
    burnable = due.where(account.c.posted_micros > account.c.held_micros)
    locked = burnable.order_by(account.c.next_event_at).limit(AT_ONCE).with_for_update(skip_locked=True, key_share=True)
    ids = conn.scalars(locked).all()
    book = Book()
    load_accounts(conn, book, ids)
    load_lots(conn, book, (), at)
    for name in sorted(book.lots):
        fold(book, book.accounts[name], at)
    flush(conn, book)
    note_freed(conn, book)
    return list(ids)
