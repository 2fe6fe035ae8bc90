"""What is paid of allowances: a payout for each period, with a line for each person, in the order of payment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    update,
)

from store.allowances import to_pay
from store.ledger.sql import find, insert_into, run
from store.rows import insert_missing
from store.tables import LIVE_PAYOUT, SCOPES, UNPAID, account, allowance, membership, payout, payout_line, person, team

INSERT_LINE = insert_into("payout_line", ("allowance_id", "period_on", "person_id", "place", "amount_micros", "state"))
PRESENT = "SELECT id, slack_id, left_at IS NOT NULL, ends_on FROM person WHERE id {among} ORDER BY id {locked}"

Key = tuple[str, str]  # the allowance's id, the period's first day


@dataclass(frozen=True, slots=True)
class Payout:
    """One period. `until_at`: when what does not roll over ends; `later_until_at`: what does (None: never)."""

    allowance_id: str
    period_on: str
    workspace_id: str
    state: str
    until_at: datetime
    later_until_at: datetime | None
    missed: bool
    left_out_micros: int
    began_at: datetime
    ended_at: datetime | None = None

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.allowance_id, self.period_on


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be paid. `created_at`: their first contact; `allowed`: a guest whom an admin let in."""

    id: str
    slack_id: str
    name: str
    created_at: datetime
    starts_on: str | None
    ends_on: str | None
    is_guest: bool
    allowed: bool
    available_micros: int


@dataclass(frozen=True, slots=True)
class Line:
    """Who is paid, and how much."""

    person_id: str
    place: int
    amount_micros: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines of a payout there are in a state, and what they come to."""

    count: int
    micros: int


COLUMNS = tuple(payout.c[name] for name in Payout.__dataclass_fields__)


def put(conn: Connection, new: Payout, lines: Sequence[Line]) -> bool:
    """Claim a period, with who is paid; False when somebody has before, and then nothing is written."""
    if not insert_missing(conn, payout, {name: getattr(new, name) for name in Payout.__dataclass_fields__}):
        return False
    run(conn, INSERT_LINE, [(*new.key, line.person_id, line.place, line.amount_micros, "due") for line in lines])
    return True


def get(conn: Connection, key: Key, *, lock: bool = False) -> Payout | None:
    """One payout; `lock`: whoever pays it does so alone until the transaction ends."""
    query = select(*COLUMNS).where(_payout(key))
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Payout(*row)


def live(conn: Connection, workspace_id: str) -> list[Payout]:
    """Those under way, or that left people out and are not over; the oldest period first."""
    mine = select(*COLUMNS).where(payout.c.workspace_id == workspace_id, text(LIVE_PAYOUT))
    return [Payout(*row) for row in conn.execute(mine.order_by(payout.c.period_on, payout.c.began_at))]


def wanted(conn: Connection, at: datetime) -> list[Key]:
    """What there is to do: the oldest period first, of one period a person's own, then teams', then everybody's."""
    narrowest = case({scope: place for place, scope in enumerate(SCOPES)}, value=allowance.c.scope)
    order = (payout.c.period_on, narrowest, allowance.c.created_at, allowance.c.id)
    return [(row[0], row[1]) for row in conn.execute(to_pay(at).order_by(*order))]


def set_state(
    conn: Connection, key: Key, old: str, new: str, *, left_out_micros: int = 0, ended_at: datetime | None = None
) -> bool:
    """Compare and set."""
    values = {"state": new, "left_out_micros": left_out_micros, "ended_at": ended_at}
    return conn.execute(update(payout).where(_payout(key), payout.c.state == old).values(values)).rowcount == 1


def set_ends(conn: Connection, key: Key, until_at: datetime, later_until_at: datetime | None) -> None:
    """When what is paid from now on ends."""
    values = {"until_at": until_at, "later_until_at": later_until_at}
    conn.execute(update(payout).where(_payout(key)).values(values))


def due_lines(conn: Connection, key: Key, limit: int) -> list[Line]:
    """The next lines to be paid."""
    columns = (payout_line.c.person_id, payout_line.c.place, payout_line.c.amount_micros)
    mine = select(*columns).where(_lines(key), text(UNPAID)).order_by(payout_line.c.place).limit(limit)
    return [Line(*row) for row in conn.execute(mine)]


def present(conn: Connection, person_ids: Collection[str], today: str) -> dict[str, str]:
    """Those of them who have not left, with their Slack ids; they stay until the transaction ends."""
    rows = find(conn, PRESENT, person_ids)
    return {row[0]: row[1] for row in rows if not row[2] and (row[3] is None or row[3] >= today)}


def mark(conn: Connection, key: Key, person_ids: Collection[str], state: str) -> None:
    """What became of these people's lines."""
    if person_ids:
        theirs = payout_line.c.person_id.in_(sorted(person_ids))
        conn.execute(update(payout_line).where(_lines(key), theirs).values(state=state))


def turn(conn: Connection, key: Key, old: str, new: str) -> int:
    """What becomes of all lines in a state; how many there were."""
    mine = update(payout_line).where(_lines(key), payout_line.c.state == old)
    return conn.execute(mine.values(state=new)).rowcount


def tally(conn: Connection, key: Key) -> dict[str, Tally]:
    """How many lines there are in each state, and what they come to."""
    total = cast(func.sum(payout_line.c.amount_micros), BigInteger)
    query = select(payout_line.c.state, func.count(), total).where(_lines(key)).group_by(payout_line.c.state)
    return {state: Tally(count, micros) for state, count, micros in conn.execute(query)}


def any_in_state(conn: Connection, key: Key, state: str) -> bool:
    """Whether some line is in a state."""
    mine = select(payout_line.c.place).where(_lines(key), payout_line.c.state == state)
    return conn.execute(mine.limit(1)).first() is not None


def in_state(conn: Connection, key: Key, state: str, limit: int | None = None) -> list[tuple[str, str, str]]:
    """The people whose lines are in a state, in the order of payment: id, Slack id, name."""
    joined = select(person.c.id, person.c.slack_id, person.c.name).join(
        payout_line, payout_line.c.person_id == person.c.id
    )
    mine = joined.where(_lines(key), payout_line.c.state == state).order_by(payout_line.c.place).limit(limit)
    return [(row[0], row[1], row[2]) for row in conn.execute(mine)]


def paid_within(conn: Connection, workspace_id: str, times: Collection[tuple[str, str]], but: str) -> set[str]:
    """Who was paid, or is being paid, by another allowance for one of these (kind, first day)."""
    same = or_(*(and_(allowance.c.period == kind, payout_line.c.period_on == first) for kind, first in sorted(times)))
    joined = select(payout_line.c.person_id).join(allowance, allowance.c.id == payout_line.c.allowance_id)
    others = joined.where(allowance.c.workspace_id == workspace_id, allowance.c.id != but, same)
    return set(conn.scalars(others.where(payout_line.c.state.in_(("due", "paid")))))


def paid_to(conn: Connection, person_id: str, limit: int) -> list[tuple[str, str, str]]:
    """The last lines of somebody, newest first: the allowance's id, the period's first day, what became of it."""
    columns = (payout_line.c.allowance_id, payout_line.c.period_on, payout_line.c.state)
    mine = select(*columns).where(payout_line.c.person_id == person_id)
    return [
        (row[0], row[1], row[2]) for row in conn.execute(mine.order_by(payout_line.c.period_on.desc()).limit(limit))
    ]


def everyone(conn: Connection, workspace_id: str) -> list[Candidate]:
    """Everybody who has not left."""
    return [Candidate(*row) for row in conn.execute(_candidates(workspace_id))]


def one_person(conn: Connection, workspace_id: str, person_id: str) -> list[Candidate]:
    """Somebody, unless they have left."""
    return [Candidate(*row) for row in conn.execute(_candidates(workspace_id).where(person.c.id == person_id))]


def in_teams(conn: Connection, workspace_id: str, team_ids: Collection[str]) -> list[Candidate]:
    """The people of some teams who have not left, each once."""
    inside = select(membership.c.person_id).where(membership.c.team_id.in_(sorted(team_ids)))
    return [Candidate(*row) for row in conn.execute(_candidates(workspace_id).where(person.c.id.in_(inside)))]


def memberships(conn: Connection, workspace_id: str, by: datetime) -> dict[str, list[str]]:
    """The teams of each person, as far as they were in them by a moment."""
    rows = conn.execute(
        select(membership.c.person_id, membership.c.team_id)
        .join(team, team.c.id == membership.c.team_id)
        .where(team.c.workspace_id == workspace_id, membership.c.created_at <= by)
    )
    found: dict[str, list[str]] = {}
    for person_id, team_id in rows:
        found.setdefault(person_id, []).append(team_id)
    return found


def admins(conn: Connection, workspace_id: str) -> list[str]:
    """The Slack ids of the admins."""
    mine = (person.c.workspace_id == workspace_id) & person.c.is_admin & person.c.left_at.is_(None)
    return list(conn.scalars(select(person.c.slack_id).where(mine).order_by(person.c.id)))


def _candidates(workspace_id: str) -> Select[*tuple[Any, ...]]:
    wallet = account.c.id == literal("person:").concat(person.c.id)
    columns = (
        person.c.id, person.c.slack_id, person.c.name, person.c.created_at, person.c.starts_on, person.c.ends_on,
        person.c.is_guest, person.c.allowed_at.is_not(None), account.c.posted_micros - account.c.held_micros,
    )  # fmt: skip
    query = select(*columns).join(account, wallet)
    return query.where(person.c.workspace_id == workspace_id, person.c.left_at.is_(None))


def _payout(key: Key) -> ColumnElement[bool]:
    return and_(payout.c.allowance_id == key[0], payout.c.period_on == key[1])


def _lines(key: Key) -> ColumnElement[bool]:
    return and_(payout_line.c.allowance_id == key[0], payout_line.c.period_on == key[1])
