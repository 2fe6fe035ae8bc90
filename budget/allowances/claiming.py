"""Deciding on a period: whoever takes it on first writes down who is paid, in which order; nobody does so again."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from budget.allowances.letters import tell_of_missed
from budget.allowances.named import kind_of, target
from budget.allowances.periods import Period, day_of, missed_and_present
from budget.allowances.who import moment_of, recipients
from budget.house import House
from budget.policy.current import current
from budget.policy.policy import Policy
from store import allowances, audit, payouts
from store.allowances import Allowance
from store.database import Connection
from store.payouts import Line, Payout

MOST_AT_ONCE = 12  # periods that are caught up in one transaction


@dataclass(frozen=True, slots=True)
class Now:
    """When something is decided on, in which zone, by which policy; `present` ends when caught-up tokens end."""

    at: datetime
    zone: ZoneInfo
    policy: Policy
    present: Period


def claim(conn: Connection, house: House, allowance_id: str, at: datetime) -> int:
    """Decide on the periods of an allowance that have begun, oldest first; how many there were."""
    zone, one = house.rules.timezone, allowances.by_id(conn, allowance_id, lock=True)
    today = day_of(at, zone)
    if one is None or one.ended_at is not None or one.next_on > today.isoformat():
        return 0
    if one.until_on is not None and one.next_on >= one.until_on:
        allowances.end(conn, one.id, at)
        return 0
    found = missed_and_present(kind_of(one), date.fromisoformat(one.next_on), at, zone)
    wanted = [period for period in found if one.until_on is None or period.end.isoformat() <= one.until_on]
    now = Now(at, zone, current(conn, house, one.workspace_id), found[-1])
    taken = wanted[:MOST_AT_ONCE]
    for period in taken:
        decide(conn, one, period, now)
    tell_of_missed(conn, one, [each for each in taken if each.ends_at(zone) <= at], now.policy.allowances.missed, at)
    gives_way = len(taken) < min(len(found), MOST_AT_ONCE) and one.until_on is not None
    allowances.move_on(conn, one.id, str(one.until_on) if gives_way else taken[-1].end.isoformat())
    return len(taken)


def decide(conn: Connection, one: Allowance, period: Period, now: Now) -> None:
    """Write a period down with who is paid, or as skipped."""
    missed = period.ends_at(now.zone) <= now.at
    if missed and now.policy.allowances.missed == "skip":
        payouts.put(conn, payout_of(one, period, "skipped", now), [])
        return note(conn, one, period, now.at, "skip allowance", "missed while nothing ran; by policy not paid")
    found = recipients(conn, one, period, moment_of(period, now.at, now.zone), now.policy)
    lines = [Line(each.id, place, one.amount_micros) for place, each in enumerate(found)]
    if payouts.put(conn, payout_of(one, period, "paying" if lines else "done", now), lines):
        late = "caught up: " if missed else ""
        said = f"{late}{len(lines)} people, {one.amount_micros} micros each, order: {now.policy.allowances.order}"
        note(conn, one, period, now.at, "begin allowance", said)
    return None


def payout_of(one: Allowance, period: Period, state: str, now: Now) -> Payout:
    """The row of a period.

    What was missed could not be used in its own period: it can be until the end of the present one, at least.
    """
    until_at = max(period.ends_at(now.zone), now.present.ends_at(now.zone))
    later_until_at = None
    if one.rollover_periods is not None:
        later_until_at = max(until_at, period.shift(one.rollover_periods).ends_at(now.zone))
    return Payout(
        allowance_id=one.id,
        period_on=period.first.isoformat(),
        workspace_id=one.workspace_id,
        state=state,
        until_at=until_at,
        later_until_at=later_until_at,
        missed=period.ends_at(now.zone) <= now.at,
        left_out_micros=0,
        began_at=now.at,
        ended_at=None if state == "paying" else now.at,
    )


def note(conn: Connection, one: Allowance, period: Period, at: datetime, action: str, new: str) -> None:
    """The audit row of what the clock did about a period."""
    audit.record(
        conn, workspace_id=one.workspace_id, at=at, actor_id=None, origin="clock", action=action, target=target(one),
        old=None, new=f"{period.first}: {new}",
    )  # fmt: skip
