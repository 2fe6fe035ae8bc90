"""How an allowance is spoken of: whose it is, how much, how often, what rolls over."""

from dataclasses import dataclass
from typing import Any

from budget.allowances.periods import BY_NAME, Kind, Period
from store import people, teams
from store.allowances import Allowance
from store.database import Connection

EVERY = {"week": "a week", "month": "a month", "quarter": "a quarter"}


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom an allowance is for. `name`: of the person or the team; empty for everybody."""

    scope: str
    name: str = ""

    def as_json(self) -> dict[str, str]:
        """For a letter."""
        return {"scope": self.scope, "name": self.name}


def whose(conn: Connection, one: Allowance) -> Whose:
    """Whom an allowance is for."""
    if one.scope == "person":
        person = people.person(conn, one.scope_id)
        return Whose("person", person.name if person else one.scope_id)
    if one.scope == "team":
        team = teams.by_id(conn, one.scope_id)
        return Whose("team", team.name if team else one.scope_id)
    return Whose("everyone")


def pool_name(conn: Connection, one: Allowance) -> str:
    """Who pays, as in a sentence: `the company pool`, `the Platform pool`."""
    kind, _, owner_id = one.payer_id.partition(":")
    team = teams.by_id(conn, owner_id) if kind == "team" else None
    return f"the {team.name} pool" if team else "the company pool"


def kind_of(one: Allowance) -> Kind:
    """How often it is paid."""
    return BY_NAME[one.period]


def target(one: Allowance) -> str:
    """What the audit says it is about: somebody's wallet, a team, the company."""
    if one.scope == "person":
        return people.wallet_id(one.scope_id)
    return f"team:{one.scope_id}" if one.scope == "team" else people.company_id(one.workspace_id)


def terms(one: Allowance) -> str:
    """Everything about it, for the audit."""
    kept = "for good" if one.rollover_periods is None else f"for {one.rollover_periods} more"
    return (
        f"{one.scope} {one.scope_id}: {one.amount_micros} micros each {one.period} from {one.payer_id}, "
        f"{one.rollover_micros} micros roll over {kept}, from {one.from_on}"
    )


def about(conn: Connection, one: Allowance, period: Period) -> dict[str, Any]:
    """What letters say of a payout."""
    return {
        "whose": whose(conn, one).as_json(),
        "period": period.words,
        "each_micros": one.amount_micros,
        "pool": pool_name(conn, one),
    }
