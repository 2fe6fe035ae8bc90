"""What the Home tab needs beside one's own balance: a team's people, the company in figures, who looks at theirs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, and_, cast, func, literal, or_, select, update

from store.tables import account, membership, person


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a team, with what is available on their wallet."""

    person_id: str
    name: str
    role: str
    available_micros: int
    is_frozen: bool


@dataclass(frozen=True, slots=True)
class Total:
    """All accounts of a kind together."""

    accounts: int
    available_micros: int


def members(conn: Connection, team_id: str, most: int) -> tuple[list[Member], int]:
    """The first so many people of a team who are there, by name, and how many there are in all."""
    here = and_(membership.c.team_id == team_id, person.c.left_at.is_(None))
    inside = membership.join(person, person.c.id == membership.c.person_id)
    count = conn.execute(select(func.count()).select_from(inside).where(here)).scalar_one()
    wallet = inside.join(account, account.c.id == literal("person:").concat(person.c.id))
    listed = (
        select(
            person.c.id,
            person.c.name,
            membership.c.role,
            account.c.posted_micros - account.c.held_micros,
            person.c.frozen_at.is_not(None),
        )
        .select_from(wallet)
        .where(here)
        .order_by(person.c.name, person.c.id)
        .limit(most)
    )
    return [Member(row[0], row[1], row[2], row[3], bool(row[4])) for row in conn.execute(listed)], int(count)


def totals(conn: Connection, workspace_id: str) -> dict[str, Total]:
    """What all wallets, team pools and projects have, by the account's kind."""
    available = cast(func.sum(account.c.posted_micros - account.c.held_micros), BigInteger)
    grouped = (
        select(account.c.kind, func.count(), available)
        .where(account.c.workspace_id == workspace_id, account.c.kind.in_(("person", "team", "project")))
        .group_by(account.c.kind)
    )
    return {kind: Total(int(count), int(micros)) for kind, count, micros in conn.execute(grouped)}


def looked(conn: Connection, person_id: str, at: datetime, unless_after: datetime) -> None:
    """Somebody looks at their Home tab; noted unless that was noted a short while ago."""
    stale = or_(person.c.home_at.is_(None), person.c.home_at < unless_after)
    conn.execute(update(person).where(person.c.id == person_id, stale).values(home_at=at))


def looking(conn: Connection, workspace_id: str, slack_ids: Collection[str], since: datetime) -> list[str]:
    """Those of them who have looked at their Home tab since a moment."""
    query = select(person.c.slack_id).where(
        person.c.workspace_id == workspace_id, person.c.slack_id.in_(sorted(slack_ids)), person.c.home_at >= since
    )
    return list(conn.execute(query).scalars())
