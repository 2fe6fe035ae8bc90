"""Leaving and freezing in the tables: whom a date ends for, what somebody had, what went back since."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, case, cast, func, or_, select, text, update

from store.people import COLUMNS, Person, wallet_id
from store.rows import insert_missing
from store.tables import (
    ACTIVE,
    CLOSED,
    ENDING,
    LEAVING,
    account,
    allowance,
    departure,
    expected,
    membership,
    person,
    project,
    team,
    transfer,
)


@dataclass(frozen=True, slots=True)
class Departure:
    """What somebody had when they left. `why`: slack, date or admin; `actor_id` None: nobody of the company.

    `had_micros` was on the wallet, `held_micros` of it held; `last_id` is of the last transfer up to then. `ended`:
    plain values on what else ended, for the closing statement. `returns`: how many times something went back.
    """

    person_id: str
    left_at: datetime
    workspace_id: str
    why: str
    actor_id: str | None
    closes_at: datetime
    had_micros: int
    held_micros: int
    last_id: int
    ended: Mapping[str, Any]
    returns: int
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Flow:
    """The sum of what went over a wallet with one kind of transfer. `other_kind`: of the account on the other side."""

    kind: str
    came: bool
    other_kind: str
    micros: int


DEPARTURE = (
    departure.c.person_id, departure.c.left_at, departure.c.workspace_id, departure.c.why, departure.c.actor_id,
    departure.c.closes_at, departure.c.had_micros, departure.c.held_micros, departure.c.last_id, departure.c.ended,
    departure.c.returns, departure.c.closed_at,
)  # fmt: skip


def locked(conn: Connection, person_id: str) -> Person | None:
    """A person whom nobody else changes, and to whom nobody gives anything, until the transaction ends."""
    row = conn.execute(select(*COLUMNS).where(person.c.id == person_id).with_for_update(key_share=True)).one_or_none()
    return None if row is None else Person(*row)


def change(conn: Connection, person_id: str, **values: Any) -> None:
    """Columns of a person who is locked."""
    conn.execute(update(person).where(person.c.id == person_id).values(**values))


def ending(conn: Connection, before: str, limit: int) -> list[str]:
    """The ids of people whose last day (ISO) lies before a day, and who are still here."""
    due = select(person.c.id).where(text(ENDING), person.c.ends_on < before)
    return list(conn.scalars(due.order_by(person.c.ends_on, person.c.id).limit(limit)))


def closing(conn: Connection, at: datetime, limit: int, after: str = "") -> list[str]:
    """The ids of people who have left and whose wallet is to be closed by now, in order, beginning after one."""
    due = select(person.c.id).where(text(LEAVING), person.c.closes_at <= at, person.c.id > after)
    return list(conn.scalars(due.order_by(person.c.id).limit(limit)))


def stray(conn: Connection, since: datetime, limit: int) -> list[str]:
    """The ids of people whose wallet was closed since a moment and has something all the same."""
    wallets = account.c.id == literal_wallet()
    found = select(person.c.id).join(account, wallets).where(
        text(f"person.{CLOSED}"), person.c.closed_at >= since, account.c.posted_micros > account.c.held_micros
    )  # fmt: skip
    return list(conn.scalars(found.order_by(person.c.id).limit(limit)))


def literal_wallet() -> Any:
    """The id of a person's wallet, in SQL."""
    return text("'person:' || person.id")


def any_due(conn: Connection, before: str, at: datetime, since: datetime) -> bool:
    """Whether somebody's last day is over, a wallet is to be closed, or has something after its closing: one look."""
    ends = select(person.c.id).where(text(ENDING), person.c.ends_on < before)
    closes = select(person.c.id).where(text(LEAVING), person.c.closes_at <= at)
    late = select(person.c.id).join(account, account.c.id == literal_wallet()).where(
        text(f"person.{CLOSED}"), person.c.closed_at >= since, account.c.posted_micros > account.c.held_micros
    )  # fmt: skip
    found = conn.execute(select(or_(ends.exists(), closes.exists(), late.exists())))
    return bool(found.scalar_one())


def end_memberships(conn: Connection, person_id: str) -> list[tuple[str, str, str]]:
    """Take somebody out of all teams, and forget that any expects them: (team's id, its name, their role there)."""
    theirs = membership.c.person_id == person_id
    joined = select(team.c.id, team.c.name, membership.c.role).join(membership, membership.c.team_id == team.c.id)
    rows = conn.execute(joined.where(theirs).order_by(team.c.name_key)).all()
    conn.execute(membership.delete().where(theirs))
    slack_id = select(person.c.slack_id).where(person.c.id == person_id).scalar_subquery()
    conn.execute(expected.delete().where(expected.c.slack_id == slack_id))
    return [(row[0], row[1], row[2]) for row in rows]


def end_allowances(conn: Connection, person_id: str, at: datetime) -> list[tuple[str, int, str]]:
    """End the allowances that are somebody's own: (id, amount, period)."""
    theirs = (allowance.c.scope == "person") & (allowance.c.scope_id == person_id) & text(ACTIVE)
    rows = conn.execute(select(allowance.c.id, allowance.c.amount_micros, allowance.c.period).where(theirs)).all()
    conn.execute(update(allowance).where(theirs).values(ended_at=at))
    return [(row[0], row[1], row[2]) for row in rows]


def projects_of(conn: Connection, person_id: str) -> list[str]:
    """The names of the open projects that somebody looks after."""
    theirs = (project.c.owner_id == person_id) & project.c.closed_at.is_(None)
    return list(conn.scalars(select(project.c.name).where(theirs).order_by(project.c.name_key)))


def last_transfer_id(conn: Connection, account_id: str) -> int:
    """Of the last transfer from or to a locked account; 0 when there is none."""
    sides = (transfer.c.debit_account_id, transfer.c.credit_account_id)
    found = [conn.execute(select(func.max(transfer.c.id)).where(side == account_id)).scalar_one() for side in sides]
    return max(each or 0 for each in found)


def add_departure(conn: Connection, new: Departure) -> bool:
    """Write down that somebody left, and what they had."""
    values = {name: getattr(new, name) for name in Departure.__slots__} | {"ended": json.dumps(dict(new.ended))}
    return insert_missing(conn, departure, values)


def departure_of(conn: Connection, person_id: str) -> Departure | None:
    """The last time that somebody left."""
    newest = select(*DEPARTURE).where(departure.c.person_id == person_id).order_by(departure.c.left_at.desc()).limit(1)
    row = conn.execute(newest).one_or_none()
    return None if row is None else read(row)


def read(row: Any) -> Departure:
    """A row of DEPARTURE."""
    values = dict(zip(Departure.__slots__, row, strict=True))
    return Departure(**values | {"ended": json.loads(values["ended"])})


def went_back(conn: Connection, found: Departure, *, more: int, closed_at: datetime | None) -> None:
    """Something went back to the company (`more` times), and perhaps that was all of it."""
    mine = (departure.c.person_id == found.person_id) & (departure.c.left_at == found.left_at)
    values = {"returns": departure.c.returns + more} | ({"closed_at": closed_at} if closed_at else {})
    conn.execute(update(departure).where(mine).values(values))


def flows(conn: Connection, person_id: str, after_id: int) -> list[Flow]:
    """What went over somebody's wallet since a transfer, summed up by kind and side."""
    wallet = wallet_id(person_id)
    came = transfer.c.credit_account_id == wallet
    other = case((came, transfer.c.debit_account_id), else_=transfer.c.credit_account_id)
    total = cast(func.sum(transfer.c.amount_micros), BigInteger)
    joined = select(transfer.c.kind, came, account.c.kind, total).join(account, account.c.id == other)
    mine = or_(came, transfer.c.debit_account_id == wallet)
    grouped = joined.where(mine, transfer.c.id > after_id).group_by(transfer.c.kind, came, account.c.kind)
    return [Flow(kind, bool(side), kind_of, int(micros)) for kind, side, kind_of, micros in conn.execute(grouped)]


def admins(conn: Connection, workspace_id: str) -> list[Person]:
    """The admins who are here and whom we know, by name."""
    theirs = (person.c.workspace_id == workspace_id) & person.c.is_admin & person.c.left_at.is_(None)
    return [Person(*row) for row in conn.execute(select(*COLUMNS).where(theirs).order_by(person.c.name))]
