"""Who changed money, rights or policy, from where, and from what to what."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from store.tables import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `origin` is the edge it came through: slack:command, slack:home, cli, clock."""

    at: datetime
    actor_id: str | None
    origin: str
    action: str
    target: str
    old: str | None
    new: str | None


def record(
    conn: Connection,
    *,
    workspace_id: str,
    at: datetime,
    actor_id: str | None,
    origin: str,
    action: str,
    target: str,
    old: str | None,
    new: str | None,
) -> None:
    """Write a change down, in the transaction that makes it. `actor_id` None: the system did it by itself."""
    conn.execute(
        insert(audit).values(
            workspace_id=workspace_id,
            at=at,
            actor_id=actor_id,
            origin=origin,
            action=action,
            target=target,
            old=old,
            new=new,
        )
    )


def recent(conn: Connection, workspace_id: str, limit: int) -> list[Entry]:
    """The last changes, newest first."""
    columns = (audit.c.at, audit.c.actor_id, audit.c.origin, audit.c.action, audit.c.target, audit.c.old, audit.c.new)
    newest = select(*columns).where(audit.c.workspace_id == workspace_id).order_by(audit.c.id.desc()).limit(limit)
    return [Entry(*row) for row in conn.execute(newest)]


def last(conn: Connection, workspace_id: str, action: str, target: str) -> Entry | None:
    """The last change of that kind to something; None when there was none."""
    columns = (audit.c.at, audit.c.actor_id, audit.c.origin, audit.c.action, audit.c.target, audit.c.old, audit.c.new)
    same = (audit.c.workspace_id == workspace_id) & (audit.c.action == action) & (audit.c.target == target)
    row = conn.execute(select(*columns).where(same).order_by(audit.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Entry(*row)


def has(conn: Connection, target: str, action: str, *, actor_id: str, new: str, since: datetime) -> bool:
    """Whether somebody did the same to something after a moment."""
    same = (audit.c.target == target) & (audit.c.action == action) & (audit.c.actor_id == actor_id)
    rows = select(audit.c.id).where(same, audit.c.new == new, audit.c.at > since).limit(1)
    return conn.execute(rows).first() is not None
