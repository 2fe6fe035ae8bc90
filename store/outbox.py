"""Direct messages to be sent: written with the change that they tell of, sent afterwards by whichever replica is there.

A letter is known by its key. Written again it is left as it is; revised, the message that was sent is updated.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, select, text, update

from store.rows import insert_missing
from store.tables import WAITING, outbox

MOST_TRIES = 12
CLAIMED = timedelta(seconds=120)  # so long nobody else takes up what somebody is sending


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to somebody. `kind` says which view is made of the payload; with a `message_ts` it is an update."""

    key: str
    workspace_id: str
    slack_id: str
    kind: str
    payload: Mapping[str, Any]
    revision: int
    attempts: int
    channel_id: str | None
    message_ts: str | None


COLUMNS = (
    outbox.c.key, outbox.c.workspace_id, outbox.c.slack_id, outbox.c.kind, outbox.c.payload, outbox.c.revision,
    outbox.c.attempts, outbox.c.channel_id, outbox.c.message_ts,
)  # fmt: skip


def put(
    conn: Connection, *, key: str, workspace_id: str, slack_id: str, kind: str, payload: Mapping[str, Any], at: datetime
) -> bool:
    """Write a letter into the transaction of what it tells; False when it was written before."""
    values = {
        "key": key, "workspace_id": workspace_id, "slack_id": slack_id, "kind": kind, "payload": json.dumps(payload),
        "revision": 0, "state": "waiting", "attempts": 0, "next_at": at, "created_at": at,
    }  # fmt: skip
    return insert_missing(conn, outbox, values)


def revise(conn: Connection, key: str, payload: Mapping[str, Any], at: datetime) -> bool:
    """Change what a letter says, sent or not; False when there is none.

    What somebody is sending at this moment, or may have sent without noting it, is left to them and to the next try:
    a second sender would not find the first one's message yet.
    """
    tried = outbox.c.attempts > 0
    changed = update(outbox).where(outbox.c.key == key).values(
        payload=json.dumps(payload),
        revision=outbox.c.revision + 1,
        state="waiting",
        attempts=case((and_(tried, outbox.c.message_ts.is_(None)), 1), (in_hand(), 1), else_=0),
        next_at=case((in_hand(), outbox.c.next_at), else_=at),
    )  # fmt: skip
    return conn.execute(changed).rowcount == 1


def in_hand() -> ColumnElement[bool]:
    """Tried and not done: being sent, or waiting to be tried again."""
    return and_(outbox.c.state == "waiting", outbox.c.attempts > 0)


def find(conn: Connection, key: str, *, lock: bool = False) -> Letter | None:
    """A letter by its key."""
    query = select(*COLUMNS).where(outbox.c.key == key)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _letter(row)


def due(conn: Connection, workspace_id: str, at: datetime) -> bool:
    """Whether some letter is due: cheaper to ask than to take."""
    waiting = select(outbox.c.key).where(text(WAITING), outbox.c.next_at <= at, outbox.c.workspace_id == workspace_id)
    return conn.execute(waiting.limit(1)).first() is not None


def take(conn: Connection, workspace_id: str, at: datetime, limit: int) -> list[Letter]:
    """Letters that are due, for this process alone for a minute, oldest first."""
    due = (
        select(*COLUMNS)
        .where(text(WAITING), outbox.c.next_at <= at, outbox.c.workspace_id == workspace_id)
        .order_by(outbox.c.next_at, outbox.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [_letter(row) for row in conn.execute(due)]
    for letter in found:
        mine = update(outbox).where(outbox.c.key == letter.key)
        conn.execute(mine.values(next_at=at + CLAIMED, attempts=outbox.c.attempts + 1))
    return found


def sent(conn: Connection, letter: Letter, channel_id: str, message_ts: str, at: datetime) -> None:
    """It was sent. What was revised meanwhile waits on, to update the message."""
    mine = update(outbox).where(outbox.c.key == letter.key)
    conn.execute(mine.values(channel_id=channel_id, message_ts=message_ts, sent_at=at))
    conn.execute(mine.where(outbox.c.revision == letter.revision).values(state="sent"))
    conn.execute(mine.where(outbox.c.revision != letter.revision).values(state="waiting", next_at=at))


def not_sent(conn: Connection, letter: Letter, again_at: datetime | None, at: datetime) -> None:
    """It was not; `again_at` None: it is given up, unless it says something else by now."""
    mine = update(outbox).where(outbox.c.key == letter.key)
    same, other = mine.where(outbox.c.revision == letter.revision), mine.where(outbox.c.revision != letter.revision)
    conn.execute(same.values(state="failed") if again_at is None else same.values(next_at=again_at))
    conn.execute(other.values(next_at=again_at or at))


def _letter(row: Any) -> Letter:
    key, workspace_id, slack_id, kind, payload, *rest = row
    return Letter(key, workspace_id, slack_id, kind, json.loads(payload), *rest)
