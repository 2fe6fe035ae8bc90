"""Teams, who is in them, and the channels where their posts go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from store.accounts import account_id, open_account
from store.people import COLUMNS, Person
from store.rows import insert_missing
from store.tables import channel as channel_table
from store.tables import membership, person, team


@dataclass(frozen=True, slots=True)
class Team:
    """A team with a pool. `pool_for_members`: the pool pays when a member's wallet is empty."""

    id: str
    workspace_id: str
    name: str
    parent_id: str | None
    pool_for_members: bool
    usergroup_id: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """What a channel is bound to: a team's posts, or a pool that pays for asks made there."""

    workspace_id: str
    channel_id: str
    team_id: str | None
    account_id: str | None


TEAM_COLUMNS = (
    team.c.id,
    team.c.workspace_id,
    team.c.name,
    team.c.parent_id,
    team.c.pool_for_members,
    team.c.usergroup_id,
)


def name_key(name: str) -> str:
    """What makes two names the same team: case and runs of spaces do not count."""
    return " ".join(name.split()).casefold()


def pool_id(team_id: str) -> str:
    """The account of a team's pool."""
    return account_id("team", team_id)


def create(conn: Connection, *, team_id: str, workspace_id: str, name: str, at: datetime) -> Team | None:
    """A new team with an empty pool, or None when the name is taken. The same id and name again: the same team."""
    values = {
        "id": team_id,
        "workspace_id": workspace_id,
        "name": name,
        "name_key": name_key(name),
        "parent_id": None,
        "pool_for_members": False,
        "created_at": at,
    }
    if insert_missing(conn, team, values):
        open_account(conn, workspace_id, "team", team_id)
    found = by_name(conn, workspace_id, name)
    return found if found is not None and found.id == team_id else None


def by_name(conn: Connection, workspace_id: str, name: str) -> Team | None:
    """A team by its name, in any case."""
    same_name = (team.c.workspace_id == workspace_id) & (team.c.name_key == name_key(name))
    return _team(conn.execute(select(*TEAM_COLUMNS).where(same_name)).one_or_none())


def by_id(conn: Connection, team_id: str) -> Team | None:
    """A team by id."""
    return _team(conn.execute(select(*TEAM_COLUMNS).where(team.c.id == team_id)).one_or_none())


def all_teams(conn: Connection, workspace_id: str) -> list[Team]:
    """Every team of the workspace, by name."""
    return _teams(conn, select(*TEAM_COLUMNS).where(team.c.workspace_id == workspace_id).order_by(team.c.name_key))


def memberships(conn: Connection, person_id: str, *, lock: bool = False) -> list[tuple[Team, str]]:
    """The person's teams with the role there ("member" or "manager"), by name.

    `lock`: they stay so until the transaction ends (SQLite has one writer anyway).
    """
    joined = select(*TEAM_COLUMNS, membership.c.role).join_from(membership, team, membership.c.team_id == team.c.id)
    found = joined.where(membership.c.person_id == person_id).order_by(team.c.name_key)
    rows = conn.execute(found.with_for_update(read=True, of=membership) if lock else found)
    return [(Team(*row[:-1]), row[-1]) for row in rows]


def members(conn: Connection, team_id: str) -> list[tuple[Person, str]]:
    """The team's people with their roles, managers first, then by name."""
    joined = select(*COLUMNS, membership.c.role).join_from(membership, person, membership.c.person_id == person.c.id)
    by_role_and_name = (membership.c.role, person.c.name)  # "manager" sorts before "member"
    rows = conn.execute(joined.where(membership.c.team_id == team_id).order_by(*by_role_and_name))
    return [(Person(*row[:-1]), row[-1]) for row in rows]


def join(conn: Connection, team_id: str, person_id: str, role: str, at: datetime) -> str | None:
    """Put a person into a team with a role; the role they had before, None when they were not in it."""
    theirs = (membership.c.team_id == team_id) & (membership.c.person_id == person_id)
    old = conn.execute(select(membership.c.role).where(theirs)).scalar_one_or_none()
    if old is None:
        insert_missing(conn, membership, {"team_id": team_id, "person_id": person_id, "role": role, "created_at": at})
    conn.execute(update(membership).where(theirs).values(role=role))
    return old


def leave(conn: Connection, team_id: str, person_id: str) -> bool:
    """Take a person out of a team; False when they were not in it."""
    theirs = (membership.c.team_id == team_id) & (membership.c.person_id == person_id)
    return conn.execute(delete(membership).where(theirs)).rowcount == 1


def set_pool_for_members(conn: Connection, team_id: str, on: bool) -> None:
    """Whether the pool pays when a member's wallet is empty."""
    conn.execute(update(team).where(team.c.id == team_id).values(pool_for_members=on))


def set_parent(conn: Connection, team_id: str, parent_id: str | None) -> None:
    """The team above; None: none. That it makes no circle, the caller knows."""
    conn.execute(update(team).where(team.c.id == team_id).values(parent_id=parent_id))


def bind_channel(conn: Connection, workspace_id: str, channel_id: str, team_id: str) -> None:
    """The channel where the team's posts go; one team per channel, one channel per team."""
    others = (channel_table.c.team_id == team_id) & (channel_table.c.channel_id != channel_id)
    conn.execute(update(channel_table).where(others).values(team_id=None))
    insert_missing(conn, channel_table, {"workspace_id": workspace_id, "channel_id": channel_id, "team_id": team_id})
    conn.execute(update(channel_table).where(_is_channel(workspace_id, channel_id)).values(team_id=team_id))


def channel(conn: Connection, workspace_id: str, channel_id: str) -> Channel | None:
    """What a channel is bound to, None when to nothing."""
    columns = (channel_table.c.workspace_id, channel_table.c.channel_id, channel_table.c.team_id)
    found = conn.execute(
        select(*columns, channel_table.c.account_id).where(_is_channel(workspace_id, channel_id))
    ).one_or_none()
    return None if found is None else Channel(*found)


def channel_of(conn: Connection, team_id: str) -> str | None:
    """The channel where the team's posts go."""
    bound = select(channel_table.c.channel_id).where(channel_table.c.team_id == team_id)
    return conn.execute(bound).scalars().first()


def _is_channel(workspace_id: str, channel_id: str) -> Any:
    return (channel_table.c.workspace_id == workspace_id) & (channel_table.c.channel_id == channel_id)


def _teams(conn: Connection, query: Select[*tuple[Any, ...]]) -> list[Team]:
    return [Team(*row) for row in conn.execute(query)]


def _team(row: Row[*tuple[Any, ...]] | None) -> Team | None:
    return None if row is None else Team(*row)
