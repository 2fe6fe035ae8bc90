"""Allowances: what recurs, and for whom. What is paid of them is in `store.payouts`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, or_, select, text, update

from store.rows import insert_missing
from store.tables import ACTIVE, LASTING, LIVE_PAYOUT, SCOPES, account, allowance, payout


@dataclass(frozen=True, slots=True)
class Allowance:
    """So much for each of `scope` (person, team, everyone), each `period`; days are ISO texts of the workspace's zone.

    `rollover_micros` of each amount outlive the period, by `rollover_periods` more (None: for good). `from_on`: the
    first day of the first period; `next_on`: of the next to be decided on; `until_on`: from then another row counts.
    """

    id: str
    workspace_id: str
    scope: str
    scope_id: str
    amount_micros: int
    period: str
    rollover_micros: int
    rollover_periods: int | None
    payer_id: str
    from_on: str
    next_on: str
    until_on: str | None
    created_by: str | None
    created_at: datetime
    ended_at: datetime | None = None


COLUMNS = tuple(allowance.c[name] for name in Allowance.__dataclass_fields__)


def put(conn: Connection, new: Allowance) -> bool:
    """Write a new one down; False when it was before, or when its scope has another without an end."""
    return insert_missing(conn, allowance, {name: getattr(new, name) for name in Allowance.__dataclass_fields__})


def by_id(conn: Connection, allowance_id: str, *, lock: bool = False) -> Allowance | None:
    """One by its id."""
    query = select(*COLUMNS).where(allowance.c.id == allowance_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Allowance(*row)


def of_scope(conn: Connection, workspace_id: str, scope: str, scope_id: str, *, lock: bool = False) -> list[Allowance]:
    """Those of somebody, a team or everybody that have not ended: at most one is running out, and one lasts."""
    mine = (
        (allowance.c.workspace_id == workspace_id) & (allowance.c.scope == scope) & (allowance.c.scope_id == scope_id)
    )
    query = select(*COLUMNS).where(mine, text(ACTIVE)).order_by(allowance.c.from_on, allowance.c.id)
    if lock:
        conn.execute(query.with_for_update())  # while this waits, another may be put in their place: look only then
        query = query.with_for_update()
    return _many(conn, query)


def active(conn: Connection, workspace_id: str, scope_ids: Collection[str] | None = None) -> list[Allowance]:
    """Those that have not ended, narrowest scope first; `scope_ids`: of these people, teams and workspace alone."""
    query = select(*COLUMNS).where(allowance.c.workspace_id == workspace_id, text(ACTIVE))
    if scope_ids is not None:
        query = query.where(allowance.c.scope_id.in_(sorted(scope_ids)))
    return in_order(_many(conn, query))


def counting(
    conn: Connection, workspace_id: str, day: date, scope_ids: Collection[str] | None = None
) -> list[Allowance]:
    """Those that count on a day: begun by then, and no other in their place yet."""
    shown = day.isoformat()
    return [
        one
        for one in active(conn, workspace_id, scope_ids)
        if one.from_on <= shown and (one.until_on is None or shown < one.until_on)
    ]


def in_order(found: Collection[Allowance]) -> list[Allowance]:
    """Whose turn it is where several are due: a person's own, then teams', then everybody's; the oldest first."""
    return sorted(found, key=lambda one: (SCOPES.index(one.scope), one.created_at, one.id))


def run_out(conn: Connection, allowance_id: str, until_on: str) -> None:
    """Another takes its place from that day on."""
    conn.execute(update(allowance).where(allowance.c.id == allowance_id).values(until_on=until_on))


def end(conn: Connection, allowance_id: str, at: datetime) -> bool:
    """No further period of it is decided on; False when that was so before."""
    mine = (allowance.c.id == allowance_id) & text(ACTIVE)
    return conn.execute(update(allowance).where(mine).values(ended_at=at)).rowcount == 1


def move_on(conn: Connection, allowance_id: str, next_on: str) -> None:
    """All periods before that day are decided on."""
    conn.execute(update(allowance).where(allowance.c.id == allowance_id).values(next_on=next_on))


def lasting(conn: Connection, workspace_id: str, scope: str, scope_id: str) -> Allowance | None:
    """The one that has no end."""
    mine = (
        (allowance.c.workspace_id == workspace_id) & (allowance.c.scope == scope) & (allowance.c.scope_id == scope_id)
    )
    row = conn.execute(select(*COLUMNS).where(mine, text(LASTING))).one_or_none()
    return None if row is None else Allowance(*row)


def due(conn: Connection, today: date) -> list[Allowance]:
    """Those of which a period has begun that is not decided on, in the order in which they are paid."""
    return in_order(_many(conn, select(*COLUMNS).where(text(ACTIVE), allowance.c.next_on <= today.isoformat())))


def anything_due(conn: Connection, today: date, at: datetime) -> bool:
    """Whether there is anything to do for the clock: in one statement, over partial indexes."""
    begun = select(allowance.c.id).where(text(ACTIVE), allowance.c.next_on <= today.isoformat())
    return bool(conn.execute(select(or_(exists(begun), exists(to_pay(at))))).scalar_one())


def to_pay(at: datetime) -> Select[*tuple[Any, ...]]:
    """Payouts under way; those that left people out, once their pool has enough for all of them or they are over."""
    pool = payout.join(allowance, allowance.c.id == payout.c.allowance_id).join(
        account, account.c.id == allowance.c.payer_id
    )
    enough = account.c.posted_micros - account.c.held_micros >= payout.c.left_out_micros
    wanted = or_(payout.c.state == "paying", enough, payout.c.until_at <= at)
    return select(payout.c.allowance_id, payout.c.period_on).select_from(pool).where(text(LIVE_PAYOUT), wanted)


def _many(conn: Connection, query: Select[*tuple[Any, ...]]) -> list[Allowance]:
    return [Allowance(*row) for row in conn.execute(query)]
