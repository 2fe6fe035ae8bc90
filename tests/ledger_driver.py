"""The real ledger, driven without an event loop: one connection, one step or one batch at a time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from store import tables
from store.accounts import balance
from store.engines import make_engine, parse
from store.ledger.apply import apply
from store.ledger.flush import flush
from store.ledger.load import load_accounts, load_lots
from store.ledger.lots import fold
from store.ledger.plain import plain
from store.ledger.rows import Book
from store.ledger.steps import Answer, Closed, Conflict, HoldState, Missing, Short, Step
from store.sweep import expire_due, sweep
from store.verify import lines, verify
from tests.ledger_help import set_up
from tests.ledger_model import Said

LotSaid = tuple[str, datetime, int]


def said(answer: Answer) -> Said:
    """An answer in the words of the model."""
    match answer:
        case HoldState():
            figures = (answer.amount_micros, answer.actual_micros or 0, answer.charged_micros or 0)
            return ("hold", answer.state, *figures, answer.estimated, answer.replayed)
        case Short():
            return ("short", answer.replayed)
        case Conflict():
            return ("conflict",)
        case Missing():
            return ("missing",)
        case Closed():
            return ("closed", answer.hold.state)
    return ("moved", answer.replayed)


class Driver:
    """A database, emptied and set up again for each walk. `alone`: PostgreSQL's single statement comes first."""

    def __init__(self, url: str, accounts: tuple[str, ...]) -> None:
        self.engine = make_engine(parse(url))
        self.accounts = accounts
        self.alone = self.engine.dialect.name == "postgresql"
        self.autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with self.engine.begin() as conn:
            for table in reversed(tables.metadata.sorted_tables):
                conn.execute(table.delete())
            set_up(conn, wallets=len(accounts) - 1)

    def take(self, step: Step) -> Answer:
        """One step, as `Database.post` takes it."""
        if self.alone:
            try:
                with self.autocommit.connect() as conn:
                    answer = plain(conn, step)
            except IntegrityError:
                answer = None
            if answer is not None:
                return answer
        return self.take_all([step])[0]

    def take_all(self, steps: Sequence[Step]) -> list[Answer]:
        """A batch."""
        with self.engine.begin() as conn:
            return apply(conn, steps)

    def settle_up(self, now: datetime) -> None:
        """Burn what is due everywhere, as the clock does."""
        for _ in range(len(self.accounts)):
            with self.engine.begin() as conn:
                if not expire_due(conn, now):
                    return
        raise AssertionError("it burns and burns, and finds more each time")

    def sweep(self, now: datetime) -> list[HoldState]:
        """Close what is past its expiry, as the clock does."""
        with self.engine.begin() as conn:
            return sweep(conn, now)

    def figures(self) -> dict[str, tuple[int, int]]:
        """Every account's posted and held."""
        with self.engine.begin() as conn:
            found = {name: balance(conn, name) for name in self.accounts}
        return {name: (one.posted_micros, one.held_micros) for name, one in found.items() if one is not None}

    def posted(self, account: str) -> int:
        """One account's balance, a system account's too."""
        with self.engine.begin() as conn:
            found = balance(conn, account)
        assert found is not None
        return found.posted_micros

    def lots(self, now: datetime) -> dict[str, list[LotSaid]]:
        """What is left of every account's lots, once they are folded."""
        with self.engine.begin() as conn:
            fold_all(conn, self.accounts, now)
            lot = tables.lot.c
            live = select(lot.account_id, lot.request_key, lot.expires_at, lot.remaining_micros)
            found: dict[str, list[LotSaid]] = {name: [] for name in self.accounts}
            for account, key, expires_at, left in conn.execute(live.where(lot.remaining_micros > 0)):
                found[account].append((key, expires_at, left))
        return {name: sorted(rows) for name, rows in found.items()}

    def prove(self) -> None:
        """The ledger adds up."""
        with self.engine.begin() as conn:
            report = verify(conn)
        assert report.sound, lines(report)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def fold_all(conn: Connection, accounts: Sequence[str], now: datetime) -> None:
    """Fold every account, due or not."""
    book = Book()
    load_accounts(conn, book, accounts)
    load_lots(conn, book, accounts, now)
    for name in accounts:
        fold(book, book.accounts[name], now)
    flush(conn, book)
