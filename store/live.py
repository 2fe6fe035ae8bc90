"""What is held at this moment: one statement over the index of holds that are not closed."""

from dataclasses import dataclass

from sqlalchemy import func, select, text

from store.database import Connection
from store.tables import LIVE_HOLD, hold


@dataclass(frozen=True, slots=True)
class LiveHolds:
    """How many holds are open or dispatched, and how much they set aside."""

    count: int
    held_micros: int


_LIVE = select(func.count(), func.coalesce(func.sum(hold.c.amount_micros), 0)).where(text(LIVE_HOLD))


def live_holds(conn: Connection) -> LiveHolds:
    """The holds of all workspaces."""
    count, held_micros = conn.execute(_LIVE).one()
    return LiveHolds(int(count), int(held_micros))
