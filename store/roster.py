"""The roster: what HR says of people, by e-mail; and what a comparison with the books needs, in few statements.

Whoever changes the roster as a whole holds `lock`; whoever meets one person holds `hold_still`: so nobody is met while
an import, which has not seen them, is under way. Neither keeps anybody from asking.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from store.engines import without_limits
from store.tables import membership, person, roster, team, workspace

SOURCE = "roster"


@dataclass(frozen=True, slots=True)
class Row:
    """What the roster says of an e-mail (in lower case). Days are ISO. `person_id` None: nobody was seen with it."""

    email: str
    team_id: str | None = None
    manager_email: str | None = None
    starts_on: str | None = None
    ends_on: str | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Someone of the workspace, as far as the roster has to do with them. `email` in lower case."""

    id: str
    email: str | None
    manager_id: str | None
    starts_on: str | None
    ends_on: str | None
    has_left: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A membership. `by_roster`: the roster made it, and nobody has made more of it since."""

    team_id: str
    person_id: str
    by_roster: bool


COLUMNS = (
    roster.c.email, roster.c.team_id, roster.c.manager_email, roster.c.starts_on, roster.c.ends_on, roster.c.person_id,
)  # fmt: skip
KNOWN = (
    person.c.id, person.c.email, person.c.manager_id, person.c.starts_on, person.c.ends_on, person.c.left_at,
    person.c.created_at,
)  # fmt: skip


def email_key(email: str) -> str:
    """What makes two e-mails the same person's."""
    return email.strip().lower()


# --- One at a time ----------------------------------------------------------------------------------------------------


def lock(conn: Connection, workspace_id: str) -> None:
    """Nobody else changes the roster or the tree of teams, and nobody is met, until the transaction ends."""
    conn.execute(select(workspace.c.id).where(workspace.c.id == workspace_id).with_for_update(key_share=True))


def lock_for_all(conn: Connection, workspace_id: str) -> None:
    """The same for an import, which may take its time."""
    without_limits(conn)
    lock(conn, workspace_id)


def hold_still(conn: Connection, workspace_id: str) -> None:
    """No import is under way until the transaction ends; others who are met do not wait for one another."""
    conn.execute(select(workspace.c.id).where(workspace.c.id == workspace_id).with_for_update(read=True))


# --- Reading ----------------------------------------------------------------------------------------------------------


def workspaces(conn: Connection) -> list[tuple[str, str]]:
    """Every workspace in these books: id and name."""
    return [(row[0], row[1]) for row in conn.execute(select(workspace.c.id, workspace.c.name).order_by(workspace.c.id))]


def rows(conn: Connection, workspace_id: str) -> dict[str, Row]:
    """The whole roster, by e-mail."""
    found = conn.execute(select(*COLUMNS).where(roster.c.workspace_id == workspace_id))
    return {row[0]: Row(*row) for row in found}


def row(conn: Connection, workspace_id: str, email: str) -> Row | None:
    """What the roster says of one e-mail."""
    same = (roster.c.workspace_id == workspace_id) & (roster.c.email == email)
    found = conn.execute(select(*COLUMNS).where(same)).one_or_none()
    return None if found is None else Row(*found)


def bound_to(conn: Connection, person_id: str) -> list[Row]:
    """What the roster says of a person."""
    return [Row(*found) for found in conn.execute(select(*COLUMNS).where(roster.c.person_id == person_id))]


def reports_of(conn: Connection, workspace_id: str, email: str) -> list[str]:
    """The ids of the known people whose manager has this e-mail."""
    theirs = (roster.c.workspace_id == workspace_id) & (roster.c.manager_email == email)
    return list(conn.execute(select(roster.c.person_id).where(theirs, roster.c.person_id.is_not(None))).scalars())


def people(conn: Connection, workspace_id: str) -> list[Known]:
    """Everybody who is known, the longest known first."""
    found = select(*KNOWN).where(person.c.workspace_id == workspace_id).order_by(person.c.created_at, person.c.id)
    return [_known(each) for each in conn.execute(found)]


def one(conn: Connection, person_id: str) -> Known | None:
    """One of them."""
    found = conn.execute(select(*KNOWN).where(person.c.id == person_id)).one_or_none()
    return None if found is None else _known(found)


def _known(found: Any) -> Known:
    email = email_key(found.email) if found.email else None
    left = found.left_at is not None
    return Known(found.id, email, found.manager_id, found.starts_on, found.ends_on, left, found.created_at)


def with_email(conn: Connection, workspace_id: str, email: str) -> list[Known]:
    """Everybody with an e-mail, the longest known first."""
    same = (person.c.workspace_id == workspace_id) & (func.lower(person.c.email) == email)
    return [
        _known(each) for each in conn.execute(select(*KNOWN).where(same).order_by(person.c.created_at, person.c.id))
    ]


def members(conn: Connection, workspace_id: str) -> list[Member]:
    """Every membership in the workspace's teams."""
    columns = (membership.c.team_id, membership.c.person_id, membership.c.source, membership.c.role)
    joined = select(*columns).join_from(membership, team, membership.c.team_id == team.c.id)
    found = conn.execute(joined.where(team.c.workspace_id == workspace_id))
    return [_member(*each) for each in found]


def memberships(conn: Connection, person_id: str) -> list[Member]:
    """One person's."""
    columns = (membership.c.team_id, membership.c.person_id, membership.c.source, membership.c.role)
    return [_member(*each) for each in conn.execute(select(*columns).where(membership.c.person_id == person_id))]


def _member(team_id: str, person_id: str, source: str, role: str) -> Member:
    """Who was made a manager was so by hand, whoever had put them in."""
    return Member(team_id, person_id, source == SOURCE and role == "member")


_FIRST = case((membership.c.source == SOURCE, 0), else_=1)


def homes_of(conn: Connection, person_id: str) -> list[str]:
    """The ids of a person's teams: the roster's first, the others by name."""
    joined = select(membership.c.team_id).join_from(membership, team, membership.c.team_id == team.c.id)
    mine = joined.where(membership.c.person_id == person_id)
    return list(conn.execute(mine.order_by(_FIRST, team.c.name_key)).scalars())


def homes(conn: Connection, workspace_id: str) -> dict[str, list[str]]:
    """The same for everybody, by person."""
    joined = select(membership.c.person_id, membership.c.team_id).join_from(
        membership, team, membership.c.team_id == team.c.id
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for person_id, team_id in conn.execute(
        joined.where(team.c.workspace_id == workspace_id).order_by(_FIRST, team.c.name_key)
    ):
        found[person_id].append(team_id)
    return dict(found)
