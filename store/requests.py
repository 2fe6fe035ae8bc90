"""Requests for tokens: made, put to those who may decide, decided once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Select, cast, exists, func, or_, select, text, update

from store.people import COLUMNS as PERSON_COLUMNS
from store.people import Person
from store.rows import insert_missing
from store.tables import WAITING, ask, membership, person, project, request_asked, token_request


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands. `key` is of what made it; `until_on` and `due_on` are ISO days.

    `state`: waiting | approved | lent | refused | lapsed | withdrawn. Of a decision: `decided_by` (None: the policy or
    the clock), `granted_micros` from the account `payer_id`, `due_on` for what was lent, `note` in the decider's words.
    """

    id: str
    workspace_id: str
    key: str
    person_id: str
    amount_micros: int
    reason: str | None
    project_id: str | None
    until_on: str | None
    ask_id: str | None
    state: str
    created_at: datetime
    next_at: datetime
    lapse_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    granted_micros: int | None = None
    payer_id: str | None = None
    due_on: str | None = None
    note: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Nobody has decided on it."""
        return self.state == "waiting"


COLUMNS = tuple(token_request.c[name] for name in Request.__slots__)
WAITS = text(WAITING)  # the very words of the index


def add(conn: Connection, new: Request) -> bool:
    """Write a request down; False when its key is taken."""
    return insert_missing(conn, token_request, {name: getattr(new, name) for name in Request.__slots__})


def get(conn: Connection, request_id: str, *, lock: bool = False) -> Request | None:
    """A request by its id; `lock`: nobody else decides on it until the transaction ends."""
    query = select(*COLUMNS).where(token_request.c.id == request_id)
    return _request(conn.execute(query.with_for_update() if lock else query).one_or_none())


def by_key(conn: Connection, key: str) -> Request | None:
    """The request that was made under a key."""
    return _request(conn.execute(select(*COLUMNS).where(token_request.c.key == key)).one_or_none())


def close(conn: Connection, request_id: str, *, state: str, at: datetime, **outcome: Any) -> bool:
    """Close a request that waits; False when it does not wait any more. `outcome`: columns of the decision."""
    mine = update(token_request).where(token_request.c.id == request_id, WAITS)
    return conn.execute(mine.values(state=state, decided_at=at, **outcome)).rowcount == 1


def remind_later(conn: Connection, request_id: str, next_at: datetime) -> None:
    """When the clock looks at it again."""
    conn.execute(update(token_request).where(token_request.c.id == request_id, WAITS).values(next_at=next_at))


def lock_asker(conn: Connection, person_id: str) -> Person | None:
    """A person, who makes one request at a time from here to the end of the transaction."""
    query = select(*PERSON_COLUMNS).where(person.c.id == person_id)
    row = conn.execute(query.with_for_update(key_share=True)).one_or_none()
    return None if row is None else Person(*row)


def waiting_of(conn: Connection, person_id: str) -> list[Request]:
    """A person's own requests that wait, oldest first."""
    query = select(*COLUMNS).where(token_request.c.person_id == person_id, token_request.c.state == "waiting")
    return _requests(conn, query.order_by(token_request.c.created_at, token_request.c.id))


def granted_at_once(conn: Connection, person_id: str, since: datetime) -> int:
    """What the policy granted somebody by itself since a moment, in micro-dollars."""
    total = cast(func.coalesce(func.sum(token_request.c.granted_micros), 0), BigInteger)
    mine = (token_request.c.person_id == person_id) & (token_request.c.created_at >= since)
    by_policy = (token_request.c.state == "approved") & token_request.c.decided_by.is_(None)
    return int(conn.execute(select(total).where(mine, by_policy)).scalar_one())


def put_to(conn: Connection, request_id: str, person_id: str, at: datetime) -> bool:
    """Note that somebody is asked to decide; False when they were before."""
    values = {"request_id": request_id, "person_id": person_id, "asked_at": at}
    return insert_missing(conn, request_asked, values)


def asked(conn: Connection, request_id: str) -> list[Person]:
    """Those who were asked to decide on a request, the first first."""
    joined = select(*PERSON_COLUMNS).join(request_asked, request_asked.c.person_id == person.c.id)
    found = joined.where(request_asked.c.request_id == request_id).order_by(request_asked.c.asked_at, person.c.name)
    return [Person(*row) for row in conn.execute(found)]


def due(conn: Connection, at: datetime, limit: int) -> list[str]:
    """The ids of requests to be reminded of, to lapse, or of people who have left; those due longest first."""
    gone = exists().where(person.c.id == token_request.c.person_id, person.c.left_at.is_not(None))
    query = select(token_request.c.id).where(WAITS, or_(token_request.c.next_at <= at, gone))
    return list(conn.scalars(query.order_by(token_request.c.next_at, token_request.c.id).limit(limit)))


def waiting_in(
    conn: Connection, workspace_id: str, *, but_of: str, team_ids: Collection[str] | None, limit: int
) -> list[Request]:
    """What waits of people in some teams (None: of everybody), without one person's own; what lapses first first."""
    query = select(*COLUMNS).where(
        WAITS, token_request.c.workspace_id == workspace_id, token_request.c.person_id != but_of
    )
    if team_ids is not None:
        inside = select(membership.c.person_id).where(membership.c.team_id.in_(sorted(team_ids)))
        query = query.where(token_request.c.person_id.in_(inside))
    return _requests(conn, query.order_by(token_request.c.lapse_at, token_request.c.id).limit(limit))


def managers(conn: Connection, team_ids: Collection[str]) -> list[tuple[str, Person]]:
    """Who manages these teams: (the team's id, the person), by name."""
    joined = select(membership.c.team_id, *PERSON_COLUMNS).join(person, membership.c.person_id == person.c.id)
    query = joined.where(membership.c.team_id.in_(sorted(team_ids)), membership.c.role == "manager")
    return [(row[0], Person(*row[1:])) for row in conn.execute(query.order_by(person.c.name, person.c.id))]


def admins(conn: Connection, workspace_id: str) -> list[Person]:
    """The admins who have been here, by name."""
    query = select(*PERSON_COLUMNS).where(person.c.workspace_id == workspace_id, person.c.is_admin)
    return [Person(*row) for row in conn.execute(query.order_by(person.c.name, person.c.id))]


def names(conn: Connection, person_ids: Collection[str]) -> dict[str, str]:
    """What to call people, by their ids."""
    rows = conn.execute(select(person.c.id, person.c.name).where(person.c.id.in_(sorted(person_ids))))
    return {row[0]: row[1] for row in rows}


def project_names(conn: Connection, project_ids: Collection[str]) -> dict[str, str]:
    """What projects are called, by their ids."""
    rows = conn.execute(select(project.c.id, project.c.name).where(project.c.id.in_(sorted(project_ids))))
    return {row[0]: row[1] for row in rows}


def names_asked(conn: Connection, request_ids: Collection[str]) -> dict[str, list[str]]:
    """The names of those who were asked to decide, by request, the first first."""
    joined = select(request_asked.c.request_id, person.c.name).join(person, person.c.id == request_asked.c.person_id)
    query = joined.where(request_asked.c.request_id.in_(sorted(request_ids)))
    found: dict[str, list[str]] = {request_id: [] for request_id in request_ids}
    for request_id, name in conn.execute(query.order_by(request_asked.c.asked_at, person.c.name)):
        found[request_id].append(name)
    return found


def open_projects(conn: Connection, workspace_id: str, limit: int) -> list[tuple[str, str]]:
    """Projects that are not closed, (id, name) by name, the newest where there are more than so many."""
    here = (project.c.workspace_id == workspace_id) & project.c.closed_at.is_(None)
    newest = select(project.c.id, project.c.name, project.c.name_key).where(here)
    rows = conn.execute(newest.order_by(project.c.created_at.desc()).limit(limit))
    return [(row[0], row[1]) for row in sorted(rows, key=lambda row: row[2])]


def project_named(conn: Connection, project_id: str) -> tuple[str, str, bool] | None:
    """A project's workspace, its name, and whether it is open."""
    found = select(project.c.workspace_id, project.c.name, project.c.closed_at).where(project.c.id == project_id)
    row = conn.execute(found).one_or_none()
    return None if row is None else (row[0], row[1], row[2] is None)


def refused_ask(conn: Connection, ask_id: str, person_id: str) -> tuple[str | None, int | None] | None:
    """Of somebody's own ask that was refused: by which limit, and what it would have set aside at least."""
    mine = (ask.c.id == ask_id) & (ask.c.person_id == person_id) & (ask.c.state == "refused")
    row = conn.execute(select(ask.c.outcome, ask.c.bound_micros).where(mine)).one_or_none()
    return None if row is None else (row[0], row[1])


def _request(row: Row[Any] | None) -> Request | None:
    return None if row is None else Request(**row._mapping)


def _requests(conn: Connection, query: Select[*tuple[Any, ...]]) -> list[Request]:
    found: Sequence[Row[Any]] = conn.execute(query).all()
    return [Request(**row._mapping) for row in found]
