"""What a statement is made of: an account's balance at a moment, what went through it, what on it ends when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, func, or_, select

from store.accounts import moved
from store.history import SPENDING
from store.tables import FAR, account, lot, person, project, team, transfer


@dataclass(frozen=True, slots=True)
class Line:
    """A movement that is no question: `amount_micros` is positive when it came in.

    The other side is a kind of account, and its owner's name where it has one; `actor` None: the system.
    """

    at: datetime
    kind: str
    amount_micros: int
    other_kind: str
    other_name: str | None
    actor: str | None
    reason: str | None


def balance_before(conn: Connection, account_id: str, at: datetime) -> int:
    """What was on an account at a moment: the sum of its transfers until then, that moment left out."""
    earlier = transfer.c.created_at < at
    return _sum(conn, transfer.c.credit_account_id == account_id, earlier) - _sum(
        conn, transfer.c.debit_account_id == account_id, earlier
    )


def balance_now(conn: Connection, account_id: str) -> int:
    """The sum of all transfers of an account."""
    return moved(conn, "credit_account_id", account_id) - moved(conn, "debit_account_id", account_id)


def lines(conn: Connection, account_id: str, from_at: datetime, to_at: datetime | None) -> list[Line]:
    """What went through an account from one moment to another (None: until now), questions left out, oldest first."""
    gives = transfer.c.debit_account_id == account_id
    ours = and_(_in(account_id, from_at, to_at), ~_is_question(account_id))
    other_id = case((gives, transfer.c.credit_account_id), else_=transfer.c.debit_account_id)
    owner, actor = person.alias("owner"), person.alias("actor")
    query = (
        select(
            transfer.c.created_at,
            transfer.c.kind,
            case((gives, -transfer.c.amount_micros), else_=transfer.c.amount_micros),
            account.c.kind,
            func.coalesce(owner.c.name, team.c.name, project.c.name),
            actor.c.name,
            transfer.c.reason,
        )
        .join(account, account.c.id == other_id)
        .outerjoin(owner, and_(account.c.kind == "person", owner.c.id == account.c.owner_id))
        .outerjoin(team, and_(account.c.kind == "team", team.c.id == account.c.owner_id))
        .outerjoin(project, and_(account.c.kind == "project", project.c.id == account.c.owner_id))
        .outerjoin(actor, actor.c.id == transfer.c.actor_id)
        .where(ours)
        .order_by(transfer.c.created_at, transfer.c.id)
    )
    return [Line(*row) for row in conn.execute(query)]


def questions(
    conn: Connection, account_id: str, from_at: datetime, to_at: datetime | None
) -> list[tuple[datetime, int]]:
    """What questions took from an account: when, and how much, oldest first."""
    ours = and_(_in(account_id, from_at, to_at), _is_question(account_id))
    query = select(transfer.c.created_at, transfer.c.amount_micros).where(ours).order_by(transfer.c.created_at)
    return [(at, micros) for at, micros in conn.execute(query)]


def ends(conn: Connection, account_id: str) -> list[tuple[datetime | None, int]]:
    """Of what is on an account now, how much ends when, the earliest first; None: no end.

    What was spent since the lots were last looked at is taken from those that end first, as it will be.
    """
    spent = conn.execute(select(account.c.unattributed_micros).where(account.c.id == account_id)).scalar_one()
    total = cast(func.sum(lot.c.remaining_micros), BigInteger)
    live = and_(lot.c.account_id == account_id, lot.c.remaining_micros > 0)
    query = select(lot.c.expires_at, total).where(live).group_by(lot.c.expires_at).order_by(lot.c.expires_at)
    left = []
    for expires_at, micros in conn.execute(query):
        taken = min(spent, micros)
        spent -= taken
        if micros > taken:
            left.append((None if expires_at >= FAR else expires_at, micros - taken))
    return left


def _in(account_id: str, from_at: datetime, to_at: datetime | None) -> ColumnElement[bool]:
    ours = or_(transfer.c.debit_account_id == account_id, transfer.c.credit_account_id == account_id)
    until = [] if to_at is None else [transfer.c.created_at < to_at]
    return and_(ours, transfer.c.created_at >= from_at, *until)


def _is_question(account_id: str) -> ColumnElement[bool]:
    return and_(transfer.c.debit_account_id == account_id, transfer.c.kind.in_(SPENDING))


def _sum(conn: Connection, *conditions: ColumnElement[bool]) -> int:
    total = cast(func.coalesce(func.sum(transfer.c.amount_micros), 0), BigInteger)
    return int(conn.execute(select(total).where(*conditions)).scalar_one())
