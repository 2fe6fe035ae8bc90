"""Projects: pools for a purpose, the channels whose asks they pay, and where what they have came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from store.accounts import account_id, open_account
from store.channels import ensure
from store.rows import insert_missing
from store.tables import account, channel, project, team, transfer
from store.teams import name_key


@dataclass(frozen=True, slots=True)
class Project:
    """`owner_id`: the person who looks after it. `closed_at`: it pays for nothing since."""

    id: str
    workspace_id: str
    name: str
    owner_id: str
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Giver:
    """An account that put tokens into a project, with what it gave and what went back to it."""

    account_id: str
    kind: str
    name: str
    given_micros: int
    returned_micros: int


COLUMNS = (
    project.c.id, project.c.workspace_id, project.c.name, project.c.owner_id, project.c.created_at, project.c.closed_at,
)  # fmt: skip


def pool_id(project_id: str) -> str:
    """The account of a project's pool."""
    return account_id("project", project_id)


def create(
    conn: Connection, *, project_id: str, workspace_id: str, name: str, owner_id: str, at: datetime
) -> Project | None:
    """A new project with an empty pool; None when the name is taken. The same id and name again: the same project."""
    values = {
        "id": project_id, "workspace_id": workspace_id, "name": name, "name_key": name_key(name), "owner_id": owner_id,
        "created_at": at, "closed_at": None,
    }  # fmt: skip
    if insert_missing(conn, project, values):
        open_account(conn, workspace_id, "project", project_id)
    found = by_name(conn, workspace_id, name)
    return found if found is not None and found.id == project_id else None


def by_name(conn: Connection, workspace_id: str, name: str, *, lock: bool = False) -> Project | None:
    """A project by its name, in any case; `lock`: it stays as it is until the transaction ends."""
    return _one(conn, and_(project.c.workspace_id == workspace_id, project.c.name_key == name_key(name)), lock=lock)


def by_id(conn: Connection, project_id: str, *, lock: bool = False) -> Project | None:
    """A project by id."""
    return _one(conn, project.c.id == project_id, lock=lock)


def of_channel(conn: Connection, workspace_id: str, channel_id: str) -> Project | None:
    """The open project that pays for asks in a channel."""
    bound = select(channel.c.account_id).where(
        channel.c.workspace_id == workspace_id, channel.c.channel_id == channel_id
    )
    pool = conn.execute(bound).scalar_one_or_none()
    found = by_id(conn, pool.removeprefix("project:")) if pool else None
    return found if found and found.closed_at is None else None


def all_projects(conn: Connection, workspace_id: str) -> list[Project]:
    """Every project of the workspace: the open ones by name, then those that were closed, the last first."""
    found = select(*COLUMNS).where(project.c.workspace_id == workspace_id)
    rows = conn.execute(
        found.order_by(project.c.closed_at.is_not(None), project.c.closed_at.desc(), project.c.name_key)
    )
    return [Project(*row) for row in rows]


def set_owner(conn: Connection, project_id: str, owner_id: str) -> None:
    """Somebody else looks after it."""
    conn.execute(update(project).where(project.c.id == project_id).values(owner_id=owner_id))


def close(conn: Connection, project_id: str, at: datetime) -> bool:
    """It pays for nothing more; False when it was closed before."""
    is_open = and_(project.c.id == project_id, project.c.closed_at.is_(None))
    return conn.execute(update(project).where(is_open).values(closed_at=at)).rowcount == 1


def bind(conn: Connection, workspace_id: str, channel_id: str, project_id: str) -> None:
    """Asks in the channel are paid by the project, and by no other."""
    ensure(conn, workspace_id, channel_id)
    here = and_(channel.c.workspace_id == workspace_id, channel.c.channel_id == channel_id)
    conn.execute(update(channel).where(here).values(account_id=pool_id(project_id)))


def unbind(conn: Connection, project_id: str, channel_id: str | None = None) -> list[str]:
    """Not any more: in one channel, or (None) in all of its channels; those in which it was so."""
    which = channel.c.account_id == pool_id(project_id)
    if channel_id is not None:
        which = and_(which, channel.c.channel_id == channel_id)
    freed = update(channel).where(which).values(account_id=None).returning(channel.c.channel_id)
    return sorted(conn.execute(freed).scalars())


def channels_of(conn: Connection, project_id: str) -> list[str]:
    """The channels whose asks it pays."""
    bound = select(channel.c.channel_id).where(channel.c.account_id == pool_id(project_id))
    return sorted(conn.execute(bound).scalars())


def givers(conn: Connection, project_id: str) -> list[Giver]:
    """Whose tokens it was given, who gave last coming first. What answers cost less than charged is nobody's gift."""
    pool = pool_id(project_id)
    of_giver = (account.c.id, account.c.kind, func.coalesce(team.c.name, ""))
    gave = (
        select(*of_giver, func.sum(transfer.c.amount_micros))
        .join(transfer, transfer.c.debit_account_id == account.c.id)
        .outerjoin(team, and_(account.c.kind == "team", team.c.id == account.c.owner_id))
        .where(transfer.c.credit_account_id == pool, account.c.kind.in_(("company", "team", "person")))
        .group_by(*of_giver)
        .order_by(func.max(transfer.c.id).desc())
    )
    back = (
        select(transfer.c.credit_account_id, func.sum(transfer.c.amount_micros))
        .where(transfer.c.debit_account_id == pool)
        .group_by(transfer.c.credit_account_id)
    )
    returned = {row[0]: int(row[1]) for row in conn.execute(back)}
    return [Giver(*row[:3], int(row[3]), returned.get(row[0], 0)) for row in conn.execute(gave)]


def spent_micros(conn: Connection, project_id: str) -> int:
    """What answers took from it, corrections taken off."""
    pool = pool_id(project_id)
    took = and_(transfer.c.debit_account_id == pool, transfer.c.kind == "consume")
    gave = and_(transfer.c.credit_account_id == pool, transfer.c.kind == "correct")
    return _sum(conn, took) - _sum(conn, gave)


def with_something_left(conn: Connection) -> Sequence[Project]:
    """Closed projects that have tokens which nothing holds any more."""
    left = (
        select(*COLUMNS)
        .join(account, account.c.owner_id == project.c.id)
        .where(
            account.c.kind == "project",
            project.c.closed_at.is_not(None),
            account.c.posted_micros > account.c.held_micros,
        )
    )
    return [Project(*row) for row in conn.execute(left.order_by(project.c.id))]


def _sum(conn: Connection, which: ColumnElement[bool]) -> int:
    total = select(func.coalesce(func.sum(transfer.c.amount_micros), 0)).where(which)
    return int(conn.execute(total).scalar_one())


def _one(conn: Connection, which: ColumnElement[bool], *, lock: bool) -> Project | None:
    query = select(*COLUMNS).where(which)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Project(*row)
