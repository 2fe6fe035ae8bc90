"""Writing the roster and what follows from it: many rows in few statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, insert

from store.accounts import account_id
from store.many import Wrote, delete_many, insert_many, put_many, update_many
from store.roster import SOURCE, Known, Row
from store.tables import FAR, account, audit, membership, person, roster, team
from store.teams import name_key

BY_ROSTER = and_(membership.c.source == SOURCE, membership.c.role == "member")


@dataclass(frozen=True, slots=True)
class Note:
    """A row for the audit of an import."""

    action: str
    target: str
    old: str | None
    new: str | None


def save(conn: Connection, workspace_id: str, rows: Sequence[Row], at: datetime, wrote: Wrote) -> None:
    """Write rows of the roster, in place of what it said of the same e-mails; of several for one, the last."""
    values = {
        row.email: {
            "workspace_id": workspace_id, "email": row.email, "team_id": row.team_id,
            "manager_email": row.manager_email, "starts_on": row.starts_on, "ends_on": row.ends_on,
            "person_id": row.person_id, "updated_at": at,
        }
        for row in rows
    }  # fmt: skip
    said = ("team_id", "manager_email", "starts_on", "ends_on", "person_id", "updated_at")
    put_many(conn, roster, list(values.values()), said, wrote)


def set_people(conn: Connection, people: Sequence[Known], wrote: Wrote) -> None:
    """Write the manager and the days of people who are known."""
    values = [
        {"id": each.id, "manager_id": each.manager_id, "starts_on": each.starts_on, "ends_on": each.ends_on}
        for each in sorted(people, key=lambda each: each.id)
    ]
    update_many(conn, person, values, wrote)


def join(conn: Connection, pairs: Iterable[tuple[str, str]], at: datetime, wrote: Wrote) -> None:
    """Put people into teams, as members by the roster: (team, person). Who is in one already stays as they are."""
    values = [
        {"team_id": team_id, "person_id": person_id, "role": "member", "created_at": at, "source": SOURCE}
        for team_id, person_id in sorted(pairs)
    ]
    insert_many(conn, membership, values, wrote)


def leave(conn: Connection, pairs: Iterable[tuple[str, str]], wrote: Wrote) -> None:
    """Take out whom the roster had put in: (team, person)."""
    values = [{"team_id": team_id, "person_id": person_id} for team_id, person_id in sorted(pairs)]
    delete_many(conn, membership, values, BY_ROSTER, wrote)


def create_teams(conn: Connection, workspace_id: str, named: Sequence[tuple[str, str]], at: datetime) -> None:
    """New teams with empty pools: (id, name). Had somebody else just made one of that name, this fails and is done
    again, and finds it.
    """
    if not named:
        return
    made = {"workspace_id": workspace_id, "parent_id": None, "pool_for_members": False, "created_at": at}
    rows = [{"id": its_id, "name": name, "name_key": name_key(name), **made} for its_id, name in named]
    pool = {"workspace_id": workspace_id, "kind": "team", "next_event_at": FAR}
    conn.execute(insert(team), rows)
    insert_many(conn, account, [{"id": account_id("team", its_id), "owner_id": its_id, **pool} for its_id, _ in named])


def note(
    conn: Connection, workspace_id: str, notes: Sequence[Note], at: datetime, *, origin: str, wrote: Wrote
) -> None:
    """Rows for the audit; nobody of the workspace did it."""
    values = [
        {"workspace_id": workspace_id, "at": at, "actor_id": None, "origin": origin, "action": each.action,
         "target": each.target, "old": each.old, "new": each.new}
        for each in notes
    ]  # fmt: skip
    insert_many(conn, audit, values, wrote)
