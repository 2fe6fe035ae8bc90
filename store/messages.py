"""Asks by the messages they stand in: found by them, placed in one, changed with one, shared from one."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select, text, update

from store.asks import Ask, get
from store.database import Connection
from store.tables import LIVE_ASK, OPEN_ASK, ask


def last_round(conn: Connection, workspace_id: str, channel_id: str, message_ts: str) -> Ask | None:
    """The ask of a message, as it was asked last."""
    here = and_(ask.c.workspace_id == workspace_id, ask.c.channel_id == channel_id, ask.c.message_ts == message_ts)
    return _one(conn, here)


def by_event(conn: Connection, workspace_id: str, event_id: str) -> Ask | None:
    """The ask that an event became."""
    return _one(conn, and_(ask.c.workspace_id == workspace_id, ask.c.event_id == event_id))


def _one(conn: Connection, which: ColumnElement[bool]) -> Ask | None:
    found = conn.execute(select(ask.c.id).where(which).order_by(ask.c.round.desc()).limit(1)).scalar_one_or_none()
    return None if found is None else get(conn, found)


def has_asked(
    conn: Connection, workspace_id: str, channel_id: str, thread_ts: str, asker_id: str, *, but_ts: str
) -> bool:
    """Whether someone has asked in a thread, and was not refused, by another message than `but_ts`."""
    there = (ask.c.workspace_id == workspace_id, ask.c.channel_id == channel_id, ask.c.thread_ts == thread_ts)
    theirs = (ask.c.asker_id == asker_id, ask.c.message_ts != but_ts, ask.c.state != "refused")
    return bool(conn.execute(select(exists().where(*there, *theirs))).scalar())


def is_alone(conn: Connection, ask_id: str) -> bool:
    """Whether no other ask in the same thread is under way, or still to be told."""
    thread = (ask.c.workspace_id, ask.c.channel_id, ask.c.thread_ts)
    here = conn.execute(select(*thread).where(ask.c.id == ask_id)).one()
    same = [column == value for column, value in zip(thread, here, strict=True)]
    others = select(ask.c.id).where(*same, ask.c.id != ask_id, text(f"({OPEN_ASK})"))
    return conn.execute(others.limit(1)).first() is None


def place(conn: Connection, ask_id: str, attempt: int, *, channel_id: str, message_ts: str, thread_ts: str) -> bool:
    """The message that a question without one got; False when the ask is in other hands or over."""
    mine = update(ask).where(ask.c.id == ask_id, ask.c.attempts == attempt, text(LIVE_ASK))
    placed = mine.values(channel_id=channel_id, message_ts=message_ts, thread_ts=thread_ts)
    return conn.execute(placed).rowcount == 1


def note_edit(conn: Connection, ask_id: str, edited_ts: str) -> bool:
    """Note that an edit is taken account of; False when it was before, or a later one. Times compare as Slack's do."""
    earlier = or_(ask.c.edited_ts.is_(None), ask.c.edited_ts < edited_ts)
    return conn.execute(update(ask).where(ask.c.id == ask_id, earlier).values(edited_ts=edited_ts)).rowcount == 1


SHARER = "share:"  # begins the name of whoever has an ended ask; the worker's own lease outlasts its work


def take_ended(conn: Connection, ask_id: str, sharer: str, *, at: datetime, until_at: datetime) -> bool:
    """Lease an ask that has ended and was told, for work on its answer; False while another has it."""
    over = (ask.c.id == ask_id, ask.c.told_at.is_not(None), text(f"NOT ({LIVE_ASK})"))
    free = or_(ask.c.lease_until_at <= at, ask.c.lease_owner.not_like(f"{SHARER}%"))
    taken = update(ask).where(*over, free).values(lease_owner=f"{SHARER}{sharer}", lease_until_at=until_at)
    return conn.execute(taken).rowcount == 1


def let_go(conn: Connection, ask_id: str, sharer: str, at: datetime) -> None:
    """End such a lease."""
    mine = update(ask).where(ask.c.id == ask_id, ask.c.lease_owner == f"{SHARER}{sharer}")
    conn.execute(mine.values(lease_until_at=at))
