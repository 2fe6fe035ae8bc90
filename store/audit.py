"""Who changed money, rights or policy, from where, and from what to what."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select

from store.tables import ask, audit


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: each condition that is given holds.

    `targets` or `actor_id`: what it was done to, or who did it, either of them. `asked_by`: whose asks count as targets
    too. `month`: from a moment on, and before another.
    """

    targets: tuple[str, ...] = ()
    actor_id: str | None = None
    asked_by: str | None = None
    actions: frozenset[str] | None = None
    but_not: frozenset[str] = frozenset()
    month: tuple[datetime, datetime] | None = None


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


COLUMNS = (audit.c.at, audit.c.actor_id, audit.c.origin, audit.c.action, audit.c.target, audit.c.old, audit.c.new)


def recent(conn: Connection, workspace_id: str, limit: int) -> list[Entry]:
    """The last changes, newest first."""
    newest = select(*COLUMNS).where(audit.c.workspace_id == workspace_id).order_by(audit.c.id.desc()).limit(limit)
    return [Entry(*row) for row in conn.execute(newest)]


def last(conn: Connection, workspace_id: str, action: str, target: str) -> Entry | None:
    """The last change of that kind to something; None when there was none."""
    same = (audit.c.workspace_id == workspace_id) & (audit.c.action == action) & (audit.c.target == target)
    row = conn.execute(select(*COLUMNS).where(same).order_by(audit.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Entry(*row)


def has(conn: Connection, target: str, action: str, *, actor_id: str, new: str, since: datetime) -> bool:
    """Whether somebody did the same to something after a moment."""
    same = (audit.c.target == target) & (audit.c.action == action) & (audit.c.actor_id == actor_id)
    rows = select(audit.c.id).where(same, audit.c.new == new, audit.c.at > since).limit(1)
    return conn.execute(rows).first() is not None


def page(
    conn: Connection, workspace_id: str, wanted: Wanted, before: int | None, limit: int
) -> list[tuple[int, Entry]]:
    """Rows with their numbers, newest first; `before`: older than that number."""
    older = [audit.c.id < before] if before is not None else []
    query = select(audit.c.id, *COLUMNS).where(audit.c.workspace_id == workspace_id, *older, *_conditions(wanted))
    return [(row[0], Entry(*row[1:])) for row in conn.execute(query.order_by(audit.c.id.desc()).limit(limit))]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    about: list[ColumnElement[bool]] = [audit.c.target.in_(wanted.targets)] if wanted.targets else []
    if wanted.actor_id:
        about.append(audit.c.actor_id == wanted.actor_id)
    if wanted.asked_by:
        about.append(audit.c.target.in_(select(ask.c.id).where(ask.c.person_id == wanted.asked_by)))
    found: list[ColumnElement[bool]] = [or_(*about)] if about else []
    if wanted.actions is not None:
        found.append(audit.c.action.in_(sorted(wanted.actions)))
    if wanted.but_not:
        found.append(audit.c.action.not_in(sorted(wanted.but_not)))
    if wanted.month:
        found.append(and_(audit.c.at >= wanted.month[0], audit.c.at < wanted.month[1]))
    return found
