"""Which change of money someone may make, and between which accounts: rights come before amounts."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from budget.money import exact_dollars
from budget.org.places import Place, of_team, place
from budget.org.rights import Action, Relation, Role, Standing, of_move, shared_managed
from budget.outcome import No
from budget.typed import Company, Fund, Grant, Move
from store import moving, teams
from store.database import Connection

LONGEST_GRANT = timedelta(days=50 * 365)


@dataclass(frozen=True, slots=True)
class Plan:
    """A change that is allowed; whether there is enough is for the ledger to say."""

    kind: str
    source: Place | None
    target: Place
    amount_micros: int
    reason: str | None
    until_at: datetime | None = None


def plan_fund(conn: Connection, actor: Standing, command: Fund) -> Plan | No:
    """New budget, out of nothing."""
    if not actor.may(Action.FUND, Relation.COMPANY):
        return No("Only an admin can put new budget into the company pool.")
    target = place(conn, actor, Company())
    return target if isinstance(target, No) else Plan("fund", None, target, command.amount_micros, command.reason)


def plan_grant(conn: Connection, actor: Standing, command: Grant, at: datetime, zone: ZoneInfo) -> Plan | No:
    """From the company by an admin, from a team's pool by its manager."""
    until_at = None if command.until is None else end_of(command.until, at, zone)
    if isinstance(until_at, No):
        return until_at
    if actor.role is Role.MEMBER:
        return No("Only admins and managers of a team can grant tokens.")
    target = place(conn, actor, command.to)
    if isinstance(target, No):
        return target
    if not actor.may(Action.GRANT, target.relation):
        return No(grant_refusal(target))
    source = gone(conn, target) or payer(conn, actor, target, command.amount_micros)
    if isinstance(source, No):
        return source
    return Plan("grant", source, target, command.amount_micros, command.reason, until_at)


def grant_refusal(target: Place) -> str:
    """Why a manager may not grant that."""
    if target.relation is Relation.SELF:
        return "Nobody but an admin grants tokens to themselves; another manager or an admin can grant them to you."
    if target.relation is Relation.MANAGED_TEAM:
        return f"{start(target.name)} is filled by an admin; you grant from it, to its members."
    return f"You can grant to members of the teams you manage; {target.name} is not one of them."


def payer(conn: Connection, actor: Standing, target: Place, amount_micros: int) -> Place | No:
    """The pool that a grant comes from."""
    if actor.role is Role.ADMIN:
        return place(conn, actor, Company())
    shared = [team_id for team_id in shared_managed(actor, target.teams) if team_id not in own_ids(target)]
    found = [team for team in (teams.by_id(conn, team_id) for team_id in shared) if team is not None]
    if len(found) == 1:
        return of_team(actor, found[0])
    pools = sorted((of_team(actor, team) for team in found), key=lambda pool: pool.name)
    names = " and ".join(pool.name for pool in pools)
    return No(
        f"It could come from {names}: say from which with `move`.",
        f"move {exact_dollars(amount_micros)} from {pools[0].typed} to {target.typed}",
    )


def own_ids(target: Place) -> frozenset[str]:
    """A pool does not pay for itself."""
    return target.teams if target.team is not None else frozenset()


def plan_move(conn: Connection, actor: Standing, command: Move) -> Plan | No:
    """Between any two places by an admin, within one team by its manager."""
    if actor.role is Role.MEMBER:
        return No("Only admins and managers of a team can move tokens.")
    source, target = place(conn, actor, command.source), place(conn, actor, command.target)
    if isinstance(source, No):
        return source
    if isinstance(target, No):
        return target
    if source.account_id == target.account_id:
        return No("That is the same place twice: nothing to move.")
    to_own_wallet = target.relation is Relation.SELF
    relation = of_move(actor, source.teams, target.teams, to_own_wallet=to_own_wallet)
    if not actor.may(Action.MOVE, relation):
        return No(move_refusal(relation))
    left = gone(conn, target)
    return left or Plan("move", source, target, command.amount_micros, command.reason)


def move_refusal(relation: Relation) -> str:
    """Why a manager may not move that."""
    if relation is Relation.TO_OWN_WALLET:
        return "Nobody but an admin moves tokens to themselves; another manager or an admin can do it for you."
    return "You can move tokens between the pool and the members of one team that you manage; an admin can move others."


def gone(conn: Connection, target: Place) -> No | None:
    """Nothing goes to those who have left; who is there stays so until the transaction ends."""
    if target.person is None:
        return None
    now = moving.stays(conn, target.person.id)
    if now is not None and now.left_at is None:
        return None
    return No(f"{target.person.name} has left, so nothing can go to them.")


def end_of(day: date, at: datetime, zone: ZoneInfo, ends: str = "a grant ends") -> datetime | No:
    """The end of a day in a zone, if it lies ahead."""
    shown = f"{day:%Y-%m-%d}"
    if day.year >= 9000 or (day - at.astimezone(zone).date()) > LONGEST_GRANT:
        return No(f"{shown} is more than fifty years ahead; leave the end out instead.")
    end_at = datetime.combine(day + timedelta(days=1), time(), zone)
    return end_at if end_at > at else No(f"{shown} is over already; {ends} on a day to come.")


def start(name: str) -> str:
    """A name at the start of a sentence."""
    return name[:1].upper() + name[1:]
