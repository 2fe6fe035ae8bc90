"""Which allowance is whose: a person's own before their team's, the team's before everybody's. Pure rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from budget.allowances.periods import KINDS, Period, of_day
from store.allowances import Allowance
from store.payouts import Candidate

A_YEAR = {"week": 52, "month": 12, "quarter": 4}
ORDERS = {
    "joined": "who has been there longest comes first",
    "name": "it goes by name",
    "poorest": "who has least comes first",
}


@dataclass(frozen=True, slots=True)
class Cover:
    """The allowances that count on a day, and who is in which team. `parents`: of each team the one above."""

    own: Mapping[str, Allowance] = field(default_factory=dict)
    teams: Mapping[str, Allowance] = field(default_factory=dict)
    everyone: Allowance | None = None
    parents: Mapping[str, str | None] = field(default_factory=dict)
    memberships: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, person_id: str) -> Allowance | None:
        """The one that is somebody's; None when there is none."""
        if person_id in self.own:
            return self.own[person_id]
        theirs = [self.of_team(team_id) for team_id in self.memberships.get(person_id, ())]
        return largest([one for one in theirs if one is not None]) or self.everyone

    def of_team(self, team_id: str) -> Allowance | None:
        """A team's own, or that of the nearest team above that has one."""
        above, seen = team_id, {team_id}
        while above not in self.teams:
            following = self.parents.get(above)
            if following is None or following in seen:
                return None
            above = following
            seen.add(above)
        return self.teams[above]


def cover_of(
    counting: Collection[Allowance], parents: Mapping[str, str | None], memberships: Mapping[str, Sequence[str]]
) -> Cover:
    """Sort the allowances that count by whose they are."""
    return Cover(
        own={one.scope_id: one for one in counting if one.scope == "person"},
        teams={one.scope_id: one for one in counting if one.scope == "team"},
        everyone=next((one for one in counting if one.scope == "everyone"), None),
        parents=parents,
        memberships=memberships,
    )


def largest(found: Sequence[Allowance]) -> Allowance | None:
    """The one that is most in a year; of equal ones the older."""
    return min(found, key=lambda one: (-one.amount_micros * A_YEAR[one.period], one.created_at, one.id), default=None)


def below(parents: Mapping[str, str | None], team_id: str) -> set[str]:
    """A team and all teams below it."""
    found = {team_id}
    while more := {team for team, above in parents.items() if above in found and team not in found}:
        found |= more
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is decided who is paid. `day`: the last one on which somebody may have begun to work here; `by`: when
    they must have been known. For a period that was missed both lie in it; else they are now.
    """

    today: date
    day: date
    by: datetime


def entitled(one: Candidate, moment: Moment, *, guests: bool) -> bool:
    """Whether somebody who has not left is paid; `guests`: those too whom no admin let in."""
    begun = one.starts_on is None or one.starts_on <= moment.day.isoformat()
    employed = begun and (one.ends_on is None or one.ends_on >= moment.today.isoformat())
    return employed and one.created_at <= moment.by and (guests or one.allowed or not one.is_guest)


def ordered(found: Collection[Candidate], order: str) -> list[Candidate]:
    """In the order of payment that the policy declares."""
    if order == "name":
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))
    if order == "poorest":
        return sorted(found, key=lambda one: (one.available_micros, joined(one)))
    return sorted(found, key=joined)


def joined(one: Candidate) -> tuple[str, datetime, str]:
    """Since when somebody is there: the first day of work where it is known, else the first contact."""
    return one.starts_on or one.created_at.date().isoformat(), one.created_at, one.id


def including(period: Period) -> set[tuple[str, str]]:
    """The (kind, first day) of every period that all of this one lies in, itself among them."""
    around = [of_day(kind, period.first) for kind in KINDS]
    return {(one.kind, one.first.isoformat()) for one in around if one.covers(period)}
