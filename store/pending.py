"""Changes of money that wait for their author's word."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, update

from store.rows import insert_missing
from store.tables import pending

KEPT = timedelta(days=1)  # after it has lapsed: so long a repeated click is still answered


@dataclass(frozen=True, slots=True)
class Pending:
    """A command as it is kept. `key`: under which it is carried out; `state`: waiting, done or left."""

    id: str
    person_id: str
    key: str
    command: str
    state: str
    lapses_at: datetime


COLUMNS = (
    pending.c.id, pending.c.person_id, pending.c.key, pending.c.command, pending.c.state, pending.c.lapses_at,
)  # fmt: skip


def put(
    conn: Connection, *, pending_id: str, workspace_id: str, person_id: str, key: str, command: str, at: datetime,
    lapses_at: datetime,
) -> Pending:  # fmt: skip
    """Keep a command, once by its key; what is long over is thrown away.

    A form that is sent again with other figures, because its answer was lost, has its last ones kept.
    """
    conn.execute(delete(pending).where(pending.c.person_id == person_id, pending.c.lapses_at < at - KEPT))
    values = {
        "id": pending_id, "workspace_id": workspace_id, "person_id": person_id, "key": key, "command": command,
        "state": "waiting", "created_at": at, "lapses_at": lapses_at,
    }  # fmt: skip
    if not insert_missing(conn, pending, values):
        waits = update(pending).where(pending.c.key == key, pending.c.state == "waiting")
        conn.execute(waits.values(command=command, lapses_at=lapses_at))
    found = by_key(conn, key)
    assert found is not None, "just written in this transaction"
    return found


def by_key(conn: Connection, key: str) -> Pending | None:
    """What waits under a key."""
    return _one(conn, pending.c.key == key, lock=False)


def get(conn: Connection, pending_id: str) -> Pending | None:
    """What a button means; nobody else decides on it until the transaction ends."""
    return _one(conn, pending.c.id == pending_id, lock=True)


def decide(conn: Connection, found: Pending, state: str) -> None:
    """It is done, or left. The row is locked."""
    conn.execute(update(pending).where(pending.c.id == found.id).values(state=state))


def _one(conn: Connection, which: ColumnElement[bool], *, lock: bool) -> Pending | None:
    query = select(*COLUMNS).where(which)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Pending(row[0], row[1], row[2], row[3], row[4], row[5])
