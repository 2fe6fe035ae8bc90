"""How many people and things a rule of the policy is about: counted, never named."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, literal, select

from store.tables import account, allowance, ask, channel, loan, membership, person, team, token_request, transfer

BY_HAND = ("grant", "move")


def starters(conn: Connection, workspace_id: str) -> tuple[int, int]:
    """How many people got a starter grant, and how many who are here did not."""
    made = select(transfer.c.id).where(transfer.c.request_key == literal("starter:").concat(person.c.id)).exists()
    got = func.coalesce(func.sum(case((made, 1), else_=0)), 0)
    without = func.coalesce(func.sum(case((~made & person.c.left_at.is_(None), 1), else_=0)), 0)
    row = conn.execute(select(got, without).where(person.c.workspace_id == workspace_id)).one()
    return int(row[0]), int(row[1])


def senders(conn: Connection, workspace_id: str, since: datetime, above_micros: int = 0) -> int:
    """How many people have given of their own since then, more than so much in all. What was lent is not given."""
    lent = select(loan.c.id).where(loan.c.id == transfer.c.request_key).exists()
    sent = and_(transfer.c.kind == "send", transfer.c.actor_id.is_not(None), ~lent, transfer.c.created_at >= since)
    by_person = select(transfer.c.actor_id).where(transfer.c.workspace_id == workspace_id, sent)
    many = by_person.group_by(transfer.c.actor_id).having(func.sum(transfer.c.amount_micros) > above_micros)
    return _count(conn, select(func.count()).select_from(many.subquery()))


def moved(conn: Connection, workspace_id: str, since: datetime, above_micros: int = 0) -> int:
    """How many grants and moves people have made since then, of more than so much."""
    made = and_(transfer.c.kind.in_(BY_HAND), transfer.c.actor_id.is_not(None), transfer.c.created_at >= since)
    above = transfer.c.amount_micros > above_micros
    return _count(conn, select(func.count(transfer.c.id)).where(transfer.c.workspace_id == workspace_id, made, above))


def waiting_requests(conn: Connection, workspace_id: str) -> int:
    """How many requests wait for somebody."""
    waiting = and_(token_request.c.workspace_id == workspace_id, token_request.c.state == "waiting")
    return _count(conn, select(func.count(token_request.c.id)).where(waiting))


def requests(conn: Connection, workspace_id: str, since: datetime, most_micros: int) -> tuple[int, int]:
    """How many requests were made since then, and how many of them for so much at most."""
    small = func.coalesce(func.sum(case((token_request.c.amount_micros <= most_micros, 1), else_=0)), 0)
    made = and_(token_request.c.workspace_id == workspace_id, token_request.c.created_at >= since)
    row = conn.execute(select(func.count(token_request.c.id), small).where(made)).one()
    return int(row[0]), int(row[1])


def poor(conn: Connection, workspace_id: str, micros: int) -> int:
    """How many people who are here have less than that."""
    theirs = and_(account.c.kind == "person", account.c.owner_id == person.c.id)
    here = and_(person.c.workspace_id == workspace_id, person.c.left_at.is_(None))
    less = account.c.posted_micros < micros
    return _count(conn, select(func.count(person.c.id)).join_from(person, account, theirs).where(here, less))


def dear_asks(conn: Connection, workspace_id: str, since: datetime, micros: int) -> tuple[int, int]:
    """How many questions since then cost more than that, and of how many people."""
    dear = and_(ask.c.workspace_id == workspace_id, ask.c.created_at >= since, ask.c.cost_micros > micros)
    row = conn.execute(select(func.count(ask.c.id), func.count(ask.c.person_id.distinct())).where(dear)).one()
    return int(row[0]), int(row[1])


def choices(conn: Connection, workspace_id: str) -> list[tuple[str, Sequence[str]]]:
    """The model that each person who is here has chosen, with the names of their teams."""
    joined = (
        select(person.c.id, person.c.model, team.c.name)
        .outerjoin(membership, membership.c.person_id == person.c.id)
        .outerjoin(team, team.c.id == membership.c.team_id)
        .where(person.c.workspace_id == workspace_id, person.c.model.is_not(None), person.c.left_at.is_(None))
    )
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for person_id, model, name in conn.execute(joined):
        names[person_id, model] += [name] if name else []
    return [(model, teams) for (_, model), teams in names.items()]


def channel_models(conn: Connection, workspace_id: str) -> Sequence[str]:
    """The models that answer in channels where one is set."""
    chosen = and_(channel.c.workspace_id == workspace_id, channel.c.model.is_not(None))
    return conn.scalars(select(channel.c.model).where(chosen)).all()


def open_pools(conn: Connection, workspace_id: str) -> tuple[int, int]:
    """How many teams have their pool pay for members, and how many people are in these."""
    opened = and_(team.c.workspace_id == workspace_id, team.c.pool_for_members)
    counted = func.count(team.c.id.distinct()), func.count(membership.c.person_id.distinct())
    joined = select(*counted).outerjoin_from(team, membership, membership.c.team_id == team.c.id)
    row = conn.execute(joined.where(opened)).one()
    return int(row[0]), int(row[1])


def leaving(conn: Connection, workspace_id: str) -> int:
    """How many people have left, and what they have has not gone back yet."""
    gone = and_(person.c.workspace_id == workspace_id, person.c.left_at.is_not(None), person.c.closed_at.is_(None))
    return _count(conn, select(func.count(person.c.id)).where(gone))


def guests(conn: Connection, workspace_id: str) -> tuple[int, int]:
    """How many guests an admin has let in, and how many others are known."""
    let_in = func.coalesce(func.sum(case((person.c.allowed_at.is_not(None), 1), else_=0)), 0)
    here = and_(person.c.workspace_id == workspace_id, person.c.is_guest, person.c.left_at.is_(None))
    row = conn.execute(select(let_in, func.count(person.c.id)).where(here)).one()
    return int(row[0]), int(row[1]) - int(row[0])


def allowances(conn: Connection, workspace_id: str) -> int:
    """How many allowances are running."""
    running = and_(allowance.c.workspace_id == workspace_id, allowance.c.ended_at.is_(None))
    return _count(conn, select(func.count(allowance.c.id)).where(running))


def small_teams(conn: Connection, workspace_id: str, fewer_than: int) -> int:
    """How many teams have fewer people than that, and at least one."""
    sized = select(membership.c.team_id).join(team, team.c.id == membership.c.team_id)
    small = sized.where(team.c.workspace_id == workspace_id).group_by(membership.c.team_id)
    few = small.having(func.count(membership.c.person_id) < fewer_than)
    return _count(conn, select(func.count()).select_from(few.subquery()))


def _count(conn: Connection, query: object) -> int:
    return int(conn.scalar(query) or 0)  # type: ignore[call-overload]  # one number, however it is counted
