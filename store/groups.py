"""User groups of a chat platform that teams follow: who is in a team, and by whose word; who is expected there."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from store.people import COLUMNS, Person
from store.rows import NewRow, insert_rows
from store.tables import audit, expected, membership, person, team
from store.teams import TEAM_COLUMNS, Team

AT_ONCE = 500  # ids in one statement
GROUP, HAND = "group", "hand"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a team. `source`: who put them there (hand, group, roster)."""

    person: Person
    role: str
    source: str


def locked(conn: Connection, team_id: str) -> Team | None:
    """A team that nobody else brings in line with its group until the transaction ends."""
    row = conn.execute(select(*TEAM_COLUMNS).where(team.c.id == team_id).with_for_update(key_share=True)).one_or_none()
    return None if row is None else Team(*row)


def following(conn: Connection, workspace_id: str, group_id: str | None = None) -> list[Team]:
    """The teams that follow a group, or any group."""
    theirs = team.c.usergroup_id.is_not(None) if group_id is None else team.c.usergroup_id == group_id
    found = select(*TEAM_COLUMNS).where(team.c.workspace_id == workspace_id, theirs).order_by(team.c.name_key)
    return [Team(*row) for row in conn.execute(found)]


def follow(conn: Connection, team_id: str, group_id: str | None) -> None:
    """Which group a team follows from now on; with none, those whom one put there are in it by hand."""
    conn.execute(update(team).where(team.c.id == team_id).values(usergroup_id=group_id))
    if group_id is None:
        theirs = (membership.c.team_id == team_id) & (membership.c.source == GROUP)
        conn.execute(update(membership).where(theirs).values(source=HAND))
        conn.execute(delete(expected).where(expected.c.team_id == team_id))


def members(conn: Connection, team_id: str) -> list[Member]:
    """Everybody in a team, with who put them there."""
    joined = select(membership.c.role, membership.c.source, *COLUMNS).join(
        person, membership.c.person_id == person.c.id
    )
    rows = conn.execute(joined.where(membership.c.team_id == team_id))
    return [Member(Person(*row[2:]), row[0], row[1]) for row in rows]


def known(conn: Connection, workspace_id: str, slack_ids: Collection[str]) -> dict[str, Person]:
    """Those of some ids whom we have met, by their ids."""
    found: dict[str, Person] = {}
    for some in chunks(sorted(slack_ids)):
        theirs = (person.c.workspace_id == workspace_id) & person.c.slack_id.in_(some)
        found |= {row.slack_id: Person(*row) for row in conn.execute(select(*COLUMNS).where(theirs))}
    return found


def slack_ids(conn: Connection, workspace_id: str) -> list[str]:
    """The ids of everybody whom we have met."""
    return list(conn.scalars(select(person.c.slack_id).where(person.c.workspace_id == workspace_id)))


def join(conn: Connection, team_id: str, person_ids: Sequence[str], at: datetime) -> list[str]:
    """Put people into a team by its group's word; those who were not in it."""
    rows = [
        {"team_id": team_id, "person_id": each, "role": "member", "created_at": at, "source": GROUP}
        for each in person_ids
    ]
    new = insert_rows(conn, [NewRow(membership, row) for row in rows]) if rows else []
    return [each for each, is_new in zip(person_ids, new, strict=True) if is_new]


def leave(conn: Connection, team_id: str, person_ids: Sequence[str]) -> None:
    """Take people out of a team whom its group put there."""
    for some in chunks(person_ids):
        theirs = (membership.c.team_id == team_id) & (membership.c.source == GROUP) & membership.c.person_id.in_(some)
        conn.execute(delete(membership).where(theirs))


def expect(conn: Connection, team_id: str, slack_ids: Collection[str]) -> None:
    """Whom of its group a team expects: those whom we have not met."""
    conn.execute(delete(expected).where(expected.c.team_id == team_id))
    if slack_ids:
        conn.execute(insert(expected), [{"team_id": team_id, "slack_id": each} for each in sorted(slack_ids)])


def take_expected(conn: Connection, workspace_id: str, slack_id: str) -> list[str]:
    """The teams that expect somebody who appears now, which ends with that; their ids."""
    joined = select(team.c.id).join(expected, expected.c.team_id == team.c.id)
    mine = joined.where(expected.c.slack_id == slack_id, team.c.workspace_id == workspace_id)
    found = list(conn.scalars(mine.order_by(team.c.id)))
    if found:
        conn.execute(delete(expected).where(expected.c.slack_id == slack_id, expected.c.team_id.in_(found)))
    return found


def chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many ids at a time as go into one statement."""
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def note_all(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Audit rows of many changes that are one."""
    if rows:
        conn.execute(insert(audit), list(rows))
