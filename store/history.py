"""What went through an account, and what a person asked: for reading only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from store.tables import account, ask, person, project, team, transfer

SPENDING = ("consume", "overrun")


@dataclass(frozen=True, slots=True)
class Movement:
    """A transfer seen from one account: `amount_micros` is positive when it came in.

    `other_kind` and `other_name` are the other side (a system account or the company has no name of its own: None),
    `actor` is who did it (None: the system), `model` what answered, for an ask.
    """

    at: datetime
    kind: str
    amount_micros: int
    other_kind: str
    other_name: str | None
    reason: str | None
    actor: str | None
    model: str | None
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class AskSeen:
    """An ask that ended: what it cost, who answered, who paid (an account's kind)."""

    at: datetime
    state: str
    outcome: str | None
    model: str | None
    cost_micros: int | None
    input_tokens: int | None
    output_tokens: int | None
    estimated: bool
    payer_kind: str | None


@dataclass(frozen=True, slots=True)
class Spent:
    """Spending since a moment, and when in that time it began."""

    micros: int
    first_at: datetime | None


def movements(conn: Connection, account_id: str, limit: int) -> list[Movement]:
    """The last movements of an account, newest first."""
    return [Movement(*row) for row in conn.execute(_movements(account_id, limit))]


def _movements(account_id: str, limit: int) -> Select[*tuple[Any, ...]]:
    ours = or_(transfer.c.debit_account_id == account_id, transfer.c.credit_account_id == account_id)
    newest_first = (transfer.c.created_at.desc(), transfer.c.id.desc())
    moved = select(transfer).where(ours).order_by(*newest_first).limit(limit).subquery("moved")
    gives = moved.c.debit_account_id == account_id
    other_id = case((gives, moved.c.credit_account_id), else_=moved.c.debit_account_id)
    owner, actor = person.alias("owner"), person.alias("actor")
    # The asker narrows it down by an index; nobody's wallet pays for another person's ask.
    asked = and_(ask.c.person_id == account_id.removeprefix("person:"), ask.c.hold_key == moved.c.hold_key)
    return (
        select(
            moved.c.created_at,
            moved.c.kind,
            case((gives, -moved.c.amount_micros), else_=moved.c.amount_micros),
            account.c.kind,
            func.coalesce(owner.c.name, team.c.name, project.c.name),
            moved.c.reason,
            actor.c.name,
            ask.c.model,
            moved.c.until_at,
        )
        .join(account, account.c.id == other_id)
        .outerjoin(owner, and_(account.c.kind == "person", owner.c.id == account.c.owner_id))
        .outerjoin(team, and_(account.c.kind == "team", team.c.id == account.c.owner_id))
        .outerjoin(project, and_(account.c.kind == "project", project.c.id == account.c.owner_id))
        .outerjoin(actor, actor.c.id == moved.c.actor_id)
        .outerjoin(ask, asked)
        .order_by(moved.c.created_at.desc(), moved.c.id.desc())
    )


def spent(conn: Connection, account_id: str, since: datetime) -> Spent:
    """What answers took from an account since a moment."""
    total = func.coalesce(func.sum(transfer.c.amount_micros), 0)
    row = conn.execute(
        select(total, func.min(transfer.c.created_at)).where(
            transfer.c.debit_account_id == account_id,
            transfer.c.created_at >= since,
            transfer.c.kind.in_(SPENDING),
        )
    ).one()
    return Spent(int(row[0]), row[1])


def asks(conn: Connection, person_id: str, limit: int) -> list[AskSeen]:
    """The person's last asks that ended, newest first. Never what was asked."""
    seen = (
        select(
            ask.c.created_at,
            ask.c.state,
            ask.c.outcome,
            ask.c.model,
            ask.c.cost_micros,
            ask.c.input_tokens,
            ask.c.output_tokens,
            ask.c.estimated,
            account.c.kind,
        )
        .outerjoin(account, account.c.id == ask.c.account_id)
        .where(ask.c.person_id == person_id, ask.c.ended_at.is_not(None))
        .order_by(ask.c.created_at.desc(), ask.c.id.desc())
        .limit(limit)
    )
    return [AskSeen(*row) for row in conn.execute(seen)]
