"""Who is paid an allowance: those it is for, at the moment when it is decided."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from budget.allowances.cover import Cover, Moment, below, cover_of, entitled, including, ordered
from budget.allowances.periods import Period, day_of
from budget.policy.policy import Policy
from store import allowances, payouts, teams
from store.allowances import Allowance
from store.database import Connection
from store.payouts import Candidate


def moment_of(period: Period, at: datetime, zone: ZoneInfo) -> Moment:
    """When it is decided who is paid for a period: now; for one that is over, its end."""
    today, ends_at = day_of(at, zone), period.ends_at(zone)
    last = period.end - timedelta(days=1)
    return Moment(today, min(today, last), min(at, ends_at))


def recipients(conn: Connection, one: Allowance, period: Period, moment: Moment, policy: Policy) -> list[Candidate]:
    """Who is paid for a period, in the order of payment.

    Not who has another allowance instead, nor who was paid by another for a time that includes all of the period.
    """
    had = payouts.paid_within(conn, one.workspace_id, including(period), but=one.id)
    found = [each for each in meant(conn, one, moment, policy) if each.id not in had]
    return ordered(found, policy.allowances.order)


def meant(conn: Connection, one: Allowance, moment: Moment, policy: Policy) -> list[Candidate]:
    """Whom an allowance is for, whether or not they had theirs."""
    found = candidates(conn, one)
    if one.scope != "person":
        cover = cover_at(conn, one.workspace_id, moment)
        found = [each for each in found if is_meant(cover, one, each.id)]
    return [each for each in found if entitled(each, moment, guests=policy.guests.allowed)]


def is_meant(cover: Cover, one: Allowance, person_id: str) -> bool:
    """Whether this allowance, of those that count, is somebody's."""
    theirs = cover.of(person_id)
    return theirs is not None and theirs.id == one.id


def candidates(conn: Connection, one: Allowance) -> Sequence[Candidate]:
    """Everybody in the scope of an allowance."""
    if one.scope == "person":
        return payouts.one_person(conn, one.workspace_id, one.scope_id)
    if one.scope == "everyone":
        return payouts.everyone(conn, one.workspace_id)
    return payouts.in_teams(conn, one.workspace_id, below(parents_of(conn, one.workspace_id), one.scope_id))


def cover_at(conn: Connection, workspace_id: str, moment: Moment) -> Cover:
    """Which allowances count at a moment, with the teams as they are."""
    counting = allowances.counting(conn, workspace_id, moment.day)
    return cover_of(counting, parents_of(conn, workspace_id), payouts.memberships(conn, workspace_id, moment.by))


def parents_of(conn: Connection, workspace_id: str) -> dict[str, str | None]:
    """Of each team the one above."""
    return {team.id: team.parent_id for team in teams.all_teams(conn, workspace_id)}
