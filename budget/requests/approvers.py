"""Who decides on a request, and which pool pays: pure functions over a picture of the organisation.

Nearest first: the asker's own manager, the managers of their teams, of the teams above, in the end the admins. Whoever
is away, or whose pool has too little, is passed over upwards. Nobody decides on their own request.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COMPANY = None  # where a team's id may stand: the company's pool


@dataclass(frozen=True, slots=True)
class TeamAt:
    """A team that the asker belongs to, `steps` above one of their own (0: their own), and who manages it."""

    id: str
    steps: int
    managers: frozenset[str]
    available_micros: int


@dataclass(frozen=True, slots=True)
class Org:
    """What matters for one person's requests. People are ids; `there`: neither gone nor frozen.

    `manager` is who the roster says the asker reports to, if anybody.
    """

    asker: str
    manager: str | None
    teams: tuple[TeamAt, ...]
    admins: frozenset[str]
    there: frozenset[str]
    company_micros: int

    def may_decide(self, who: str) -> bool:
        """Somebody else, and there."""
        return who != self.asker and who in self.there

    def deciders(self, *, admins_only: bool = False) -> frozenset[str]:
        """Everybody who may decide now, whatever their pools have."""
        managers = {who for team in self.teams for who in team.managers if not admins_only}
        return frozenset(who for who in managers | self.admins if self.may_decide(who))


def line(parents: Mapping[str, str | None], own: Iterable[str]) -> dict[str, int]:
    """The teams that somebody belongs to, theirs and all above, with how many steps above they are; a ring ends."""
    steps: dict[str, int] = {}
    now = sorted(set(own))
    for step in range(len(parents) + 1):
        now = [team for team in now if team not in steps]
        steps |= dict.fromkeys(now, step)
        now = sorted({above for team in now if (above := parents.get(team)) is not None})
    return steps


def ladder(org: Org, amount_micros: int, *, admins_only: bool = False) -> tuple[tuple[str, ...], ...]:
    """Who is to be asked, rung by rung: those of the first at once, those of the next when nobody has decided.

    Each rung names people whom no earlier one names; none is empty. No rung at all: there is nobody.
    """
    able = [] if admins_only else [team for team in org.teams if team.available_micros >= amount_micros]
    by_roster = {who for team in able for who in team.managers if who == org.manager}
    by_step = [{who for team in able if team.steps == step for who in team.managers} for step in _steps(able)]
    rungs: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for people in (by_roster, *by_step, org.admins):
        rung = sorted(who for who in people if who not in seen and org.may_decide(who))
        seen.update(rung)
        rungs += [tuple(rung)] if rung else []
    return tuple(rungs)


def _steps(teams: Iterable[TeamAt]) -> list[int]:
    return sorted({team.steps for team in teams})


def payer(org: Org, decider: str, amount_micros: int) -> str | None:
    """The team whose pool pays for what somebody decides, or COMPANY.

    A manager gives from the nearest of their teams that has enough, an admin who manages none of them from the
    company's pool, or else from the nearest team that has enough. Where nothing has enough, it is the first of these.
    """
    managed = [team for team in _nearest(org.teams) if decider in team.managers]
    enough = [team.id for team in managed if team.available_micros >= amount_micros]
    if enough or (managed and decider not in org.admins):
        return (enough or [managed[0].id])[0]
    if org.company_micros >= amount_micros:
        return COMPANY
    others = [team.id for team in _nearest(org.teams) if team.available_micros >= amount_micros]
    return others[0] if others else COMPANY


def payer_at_once(org: Org, amount_micros: int) -> tuple[bool, str | None]:
    """Whether something can pay for what the policy grants by itself, and what: the asker's own team, or COMPANY."""
    own = [team for team in _nearest(org.teams) if team.steps == 0 and team.available_micros >= amount_micros]
    if own:
        return True, own[0].id
    return org.company_micros >= amount_micros, COMPANY


def _nearest(teams: Iterable[TeamAt]) -> list[TeamAt]:
    """The nearest first, of those the one with the most."""
    return sorted(teams, key=lambda team: (team.steps, -team.available_micros, team.id))
