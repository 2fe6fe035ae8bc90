"""Writing the roster and what follows from it: many rows in few statements."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from store.accounts import account_id
from store.roster import SOURCE, Known, Row
from store.tables import FAR, account, audit, membership, person, roster, team
from store.teams import name_key

CHUNK = 1_000  # rows in a statement's batch

Wrote = Callable[[int], None]  # told how many rows more were written


@dataclass(frozen=True, slots=True)
class Note:
    """A row for the audit of an import."""

    action: str
    target: str
    old: str | None
    new: str | None


def save(conn: Connection, workspace_id: str, rows: Sequence[Row], at: datetime, wrote: Wrote) -> None:
    """Write rows of the roster, in place of what it said of the same e-mails."""
    values = [
        {"workspace_id": workspace_id, "email": row.email, "team_id": row.team_id, "manager_email": row.manager_email,
         "starts_on": row.starts_on, "ends_on": row.ends_on, "person_id": row.person_id, "updated_at": at}
        for row in rows
    ]  # fmt: skip
    many(conn, _upsert(conn.dialect.name), values, wrote)


@cache
def _upsert(dialect: str) -> Any:
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    added = make(roster)
    said = ("team_id", "manager_email", "starts_on", "ends_on", "person_id", "updated_at")
    replaced = {name: added.excluded[name] for name in said}
    return added.on_conflict_do_update(index_elements=["workspace_id", "email"], set_=replaced)


_SET = (
    update(person)
    .where(person.c.id == bindparam("of"))
    .values(manager_id=bindparam("manager"), starts_on=bindparam("starts"), ends_on=bindparam("ends"))
)


def set_people(conn: Connection, people: Sequence[Known], wrote: Wrote) -> None:
    """Write the manager and the days of people who are known."""
    values = [
        {"of": each.id, "manager": each.manager_id, "starts": each.starts_on, "ends": each.ends_on} for each in people
    ]
    many(conn, _SET, sorted(values, key=lambda each: str(each["of"])), wrote)


def join(conn: Connection, pairs: Iterable[tuple[str, str]], at: datetime, wrote: Wrote) -> None:
    """Put people into teams, as members by the roster: (team, person). Who is in one already stays as they are."""
    values = [
        {"team_id": team_id, "person_id": person_id, "role": "member", "created_at": at, "source": SOURCE}
        for team_id, person_id in sorted(pairs)
    ]
    make: Any = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    many(conn, make(membership).on_conflict_do_nothing(), values, wrote)


_LEAVE = delete(membership).where(
    and_(membership.c.team_id == bindparam("of_team"), membership.c.person_id == bindparam("of_person")),
    membership.c.source == SOURCE,
    membership.c.role == "member",
)


def leave(conn: Connection, pairs: Iterable[tuple[str, str]], wrote: Wrote) -> None:
    """Take out whom the roster had put in: (team, person)."""
    many(conn, _LEAVE, [{"of_team": of_team, "of_person": of_person} for of_team, of_person in sorted(pairs)], wrote)


def create_teams(conn: Connection, workspace_id: str, named: Sequence[tuple[str, str]], at: datetime) -> None:
    """New teams with empty pools: (id, name)."""
    if not named:
        return
    made = {"workspace_id": workspace_id, "parent_id": None, "pool_for_members": False, "created_at": at}
    conn.execute(
        insert(team), [{"id": its_id, "name": name, "name_key": name_key(name), **made} for its_id, name in named]
    )
    pool = {"workspace_id": workspace_id, "kind": "team", "next_event_at": FAR}
    conn.execute(
        insert(account), [{"id": account_id("team", its_id), "owner_id": its_id, **pool} for its_id, _ in named]
    )


def note(
    conn: Connection, workspace_id: str, notes: Sequence[Note], at: datetime, *, origin: str, wrote: Wrote
) -> None:
    """Rows for the audit; nobody of the workspace did it."""
    values = [
        {"workspace_id": workspace_id, "at": at, "actor_id": None, "origin": origin, "action": each.action,
         "target": each.target, "old": each.old, "new": each.new}
        for each in notes
    ]  # fmt: skip
    many(conn, insert(audit), values, wrote)


def many(conn: Connection, statement: Any, values: Sequence[dict[str, Any]], wrote: Wrote) -> None:
    """One statement with many rows, in batches, so that one can tell how far it is."""
    for at in range(0, len(values), CHUNK):
        batch = list(values[at : at + CHUNK])
        conn.execute(statement, batch)
        wrote(len(batch))


def tell_nobody(_: int) -> None:
    """For who does not want to know how many were written."""
