"""Policies: the one that counts, and every one before it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from store.tables import policy_version, workspace


@dataclass(frozen=True, slots=True)
class Version:
    """A policy as it was set. `actor_id` None: by the command line."""

    number: int
    toml: str
    actor_id: str | None
    origin: str
    at: datetime


def toml_of(conn: Connection, workspace_id: str, *, lock: bool = False) -> str | None:
    """The policy's TOML; None: none was ever set. `lock`: it stays so until the transaction ends."""
    query = select(workspace.c.policy).where(workspace.c.id == workspace_id)
    locked = query.with_for_update(key_share=True)  # rows that point at the workspace may be written meanwhile
    found: str | None = conn.execute(locked if lock else query).scalar_one_or_none()
    return found


def add(conn: Connection, workspace_id: str, toml: str, *, actor_id: str | None, origin: str, at: datetime) -> int:
    """Set the policy; the number of this version. The workspace's row is to be locked before (`toml_of`)."""
    last = select(func.coalesce(func.max(policy_version.c.number), 0)).where(
        policy_version.c.workspace_id == workspace_id
    )
    number = int(conn.execute(last).scalar_one()) + 1
    values = {"number": number, "toml": toml, "actor_id": actor_id, "origin": origin, "at": at}
    conn.execute(insert(policy_version).values(workspace_id=workspace_id, **values))
    conn.execute(update(workspace).where(workspace.c.id == workspace_id).values(policy=toml))
    return number


COLUMNS = (
    policy_version.c.number, policy_version.c.toml, policy_version.c.actor_id, policy_version.c.origin,
    policy_version.c.at,
)  # fmt: skip


def versions(conn: Connection, workspace_id: str, limit: int) -> list[Version]:
    """The last versions, newest first."""
    ours = select(*COLUMNS).where(policy_version.c.workspace_id == workspace_id)
    return [Version(*row) for row in conn.execute(ours.order_by(policy_version.c.number.desc()).limit(limit))]


def version(conn: Connection, workspace_id: str, number: int) -> Version | None:
    """One version; None when there is none of that number."""
    same = (policy_version.c.workspace_id == workspace_id) & (policy_version.c.number == number)
    row = conn.execute(select(*COLUMNS).where(same)).one_or_none()
    return None if row is None else Version(*row)
