"""Cost centres: which code somebody or something has, from which day on.

An owner is named by its account ("person:…", "team:…", "project:…"); who is in the roster and not known yet, by
`roster_owner`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from store.many import put_many
from store.tables import cost_centre


@dataclass(frozen=True, slots=True)
class Since:
    """From an ISO day on. `code` None: that of the team above; empty: none at all."""

    from_on: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A code that an owner is to have from a day on."""

    owner_id: str
    from_on: str
    code: str | None


def roster_owner(workspace_id: str, email: str) -> str:
    """The owner of what the roster says of an e-mail that nobody has been seen with yet."""
    return f"roster:{workspace_id}:{email}"


def of_owners(conn: Connection, owner_ids: Collection[str]) -> dict[str, list[Since]]:
    """What is recorded for some owners, earliest first."""
    return _read(conn, cost_centre.c.owner_id.in_(sorted(owner_ids))) if owner_ids else {}


def of_workspace(conn: Connection, workspace_id: str) -> dict[str, list[Since]]:
    """What is recorded for all owners of a workspace, each one's earliest first."""
    return _read(conn, cost_centre.c.workspace_id == workspace_id)


def any_in(conn: Connection, workspace_id: str) -> bool:
    """Whether a workspace has any cost centres at all."""
    mine = cost_centre.c.workspace_id == workspace_id
    return conn.execute(select(cost_centre.c.owner_id).where(mine).limit(1)).first() is not None


def _read(conn: Connection, which: Any) -> dict[str, list[Since]]:
    columns = (cost_centre.c.owner_id, cost_centre.c.from_on, cost_centre.c.code)
    found: defaultdict[str, list[Since]] = defaultdict(list)
    for owner_id, from_on, code in conn.execute(select(*columns).where(which).order_by(cost_centre.c.from_on)):
        found[owner_id].append(Since(from_on, code))
    return dict(found)


def put(conn: Connection, workspace_id: str, entries: Iterable[Entry], at: datetime) -> None:
    """Write codes down, a code from the same day on in place of the one before. Which may be replaced, callers know."""
    rows = {
        (each.owner_id, each.from_on): {
            "workspace_id": workspace_id, "owner_id": each.owner_id, "from_on": each.from_on, "code": each.code,
            "created_at": at,
        }
        for each in entries
    }  # fmt: skip
    put_many(conn, cost_centre, list(rows.values()), ("code", "created_at"))
