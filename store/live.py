"""What is held at this moment: one statement over the index of holds that are not closed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, text

from store.database import Connection
from store.tables import LIVE_HOLD, hold


@dataclass(frozen=True, slots=True)
class LiveHolds:
    """How many holds are open or dispatched, how much they set aside, and how many should have been closed by now."""

    count: int
    held_micros: int
    overdue: int = 0


_LIVE = select(
    func.count(),
    func.coalesce(func.sum(hold.c.amount_micros), 0),
    func.count().filter(hold.c.expires_at <= bindparam("at")),
).where(text(LIVE_HOLD))


def live_holds(conn: Connection, at: datetime) -> LiveHolds:
    """The holds of all workspaces. `at`: aware UTC."""
    count, held_micros, overdue = conn.execute(_LIVE, {"at": at}).one()
    return LiveHolds(int(count), int(held_micros), int(overdue))
