"""Who wants an answer stopped, for whichever process works on it: Slack tells any one of them."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, text, update

from store.database import Connection
from store.tables import LIVE_ASK, ask


def want_stopped(conn: Connection, workspace_id: str, channel_id: str, thread_ts: str, by: str) -> int:
    """Write down who stops the asks of a thread that have not ended; how many these were. The first one stands."""
    there = (ask.c.workspace_id == workspace_id, ask.c.channel_id == channel_id, ask.c.thread_ts == thread_ts)
    wanted = update(ask).where(*there, text(LIVE_ASK), ask.c.stopped_by.is_(None))
    return conn.execute(wanted.values(stopped_by=by)).rowcount


def wanted_stopped(conn: Connection, ask_ids: Sequence[str]) -> Mapping[str, str]:
    """Of these asks, those that somebody wants stopped: who."""
    found = select(ask.c.id, ask.c.stopped_by).where(ask.c.id.in_(ask_ids), ask.c.stopped_by.is_not(None))
    return {row.id: row.stopped_by for row in conn.execute(found)}
