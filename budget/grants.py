"""Granting, moving and funding: rights, money and audit in one transaction, repeatable by its key."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from budget.house import House
from budget.money import Face, show
from budget.outcome import No
from budget.places import Place, of_team, place
from budget.rights import Action, Relation, Role, Standing, of_move, shared_managed, standing
from budget.typed import Company, Fund, Grant, MoneyChange, Move
from store import audit, people, teams
from store.accounts import account_id
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Balance, Conflict, Short, Transfer, Transferred
from store.people import Person

LONGEST_GRANT = timedelta(days=50 * 365)


@dataclass(frozen=True, slots=True)
class Notice:
    """Who else learns of it: the person, and the place of theirs (wallet or pool) that it came to or went from."""

    person: Person
    place: Place
    balance: Balance
    came: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done. `source` None: newly issued. `until_at`: usable until then."""

    key: str
    actor: Person
    kind: str
    amount_micros: int
    source: Place | None
    target: Place
    source_balance: Balance
    target_balance: Balance
    reason: str | None
    until_at: datetime | None
    notices: tuple[Notice, ...]
    replayed: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A change that is allowed; whether there is enough is for the ledger to say."""

    kind: str
    source: Place | None
    target: Place
    amount_micros: int
    reason: str | None
    until_at: datetime | None = None


async def change(house: House, actor_id: str, command: MoneyChange, *, key: str, origin: str) -> Moved | No:
    """Carry out a command about money. The same key again changes nothing and gives the same answer."""
    at = house.now()

    def work(conn: Connection) -> Moved | No:
        person = people.person(conn, actor_id)
        assert person is not None, "whoever acts was met before"
        actor = standing(conn, person)
        plan = decide(conn, actor, command, at, house.rules.timezone)
        return plan if isinstance(plan, No) else carry_out(conn, actor, plan, key, origin, at, house.face)

    return await house.database.write(work)


def decide(conn: Connection, actor: Standing, command: MoneyChange, at: datetime, zone: ZoneInfo) -> Plan | No:
    """Whether it is allowed, and which accounts it is about."""
    match command:
        case Grant():
            return plan_grant(conn, actor, command, at, zone)
        case Move():
            return plan_move(conn, actor, command)
        case Fund():
            return plan_fund(conn, actor, command)


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
    source = payer(conn, actor, target, command.amount_micros)
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
        f"move {typed_dollars(amount_micros)} from {pools[0].typed} to {target.typed}",
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
    return Plan("move", source, target, command.amount_micros, command.reason)


def move_refusal(relation: Relation) -> str:
    """Why a manager may not move that."""
    if relation is Relation.TO_OWN_WALLET:
        return "Nobody but an admin moves tokens to themselves; another manager or an admin can do it for you."
    return "You can move tokens between the pool and the members of one team that you manage; an admin can move others."


def end_of(day: date, at: datetime, zone: ZoneInfo) -> datetime | No:
    """The end of a day in a zone, if it lies ahead."""
    shown = f"{day:%Y-%m-%d}"
    if day.year >= 9000 or (day - at.astimezone(zone).date()) > LONGEST_GRANT:
        return No(f"{shown} is more than fifty years ahead; leave the end out instead.")
    end_at = datetime.combine(day + timedelta(days=1), time(), zone)
    return end_at if end_at > at else No(f"{shown} is over already; a grant ends on a day to come.")


def carry_out(
    conn: Connection, actor: Standing, plan: Plan, key: str, origin: str, at: datetime, face: Face
) -> Moved | No:
    """Post the transfer; for the first time, write it down in the audit as well."""
    workspace_id = actor.person.workspace_id
    debit_id = plan.source.account_id if plan.source else account_id("issued", workspace_id)
    step = Transfer(
        key=key,
        kind=plan.kind,
        debit_id=debit_id,
        credit_id=plan.target.account_id,
        amount_micros=plan.amount_micros,
        at=at,
        actor_id=actor.person.id,
        reason=plan.reason,
        until_at=plan.until_at,
    )
    (answer,) = apply(conn, [step])
    match answer:
        case Short():
            return No(*short(plan, answer, face))
        case Conflict():
            return No("That command was carried out before, otherwise; nothing more was done.")
        case Transferred():
            if not answer.replayed:
                note(conn, actor, plan, answer, origin, at)
            return moved(conn, actor, plan, answer)
        case _:
            raise RuntimeError(f"the ledger answered a transfer with {answer!r}")


def note(conn: Connection, actor: Standing, plan: Plan, answer: Transferred, origin: str, at: datetime) -> None:
    """The audit row: the receiving account's balance, old and new, and where it came from."""
    new = answer.credit.posted_micros
    came_from = plan.source.account_id if plan.source else "issued"
    audit.record(
        conn,
        workspace_id=actor.person.workspace_id,
        at=at,
        actor_id=actor.person.id,
        origin=origin,
        action=f"{plan.kind} to self" if plan.target.relation is Relation.SELF else plan.kind,
        target=plan.target.account_id,
        old=f"{new - answer.amount_micros} micros",
        new=f"{new} micros ({answer.amount_micros} from {came_from}, {answer.key})",
    )


def moved(conn: Connection, actor: Standing, plan: Plan, answer: Transferred) -> Moved:
    """What was done, for those who read it."""
    came = notices(conn, actor, plan.target, answer.credit, came=True)
    went = notices(conn, actor, plan.source, answer.debit, came=False) if plan.source and plan.kind == "move" else []
    told = {notice.person.id: notice for notice in (*went, *came)}
    return Moved(
        key=answer.key,
        actor=actor.person,
        kind=plan.kind,
        amount_micros=answer.amount_micros,
        source=plan.source,
        target=plan.target,
        source_balance=answer.debit,
        target_balance=answer.credit,
        reason=plan.reason,
        until_at=plan.until_at,
        notices=tuple(told.values()),
        replayed=answer.replayed,
    )


def notices(conn: Connection, actor: Standing, end: Place, balance: Balance, *, came: bool) -> list[Notice]:
    """A wallet's owner, or a pool's managers; never whoever did it."""
    if end.person is not None:
        whom = [end.person]
    elif end.team is not None and came:
        whom = [person for person, role in teams.members(conn, end.team.id) if role == "manager"]
    else:
        whom = []
    return [Notice(person, end, balance, came) for person in whom if person.id != actor.person.id]


def short(plan: Plan, answer: Short, face: Face) -> tuple[str, str]:
    """Which place is short, by how much, and what to do about it, with an example."""
    assert plan.source is not None, "what is newly issued is never short"
    missing = answer.needed_micros - answer.balance.available_micros
    held = f", and {show(answer.balance.held_micros, face)} held for answers under way" if answer.held else ""
    sentence = (
        f"{start(plan.source.name)} has {show(answer.balance.available_micros, face)} available{held}: "
        f"{show(missing, face)} less than this takes. Nothing was moved."
    )
    if answer.held:
        return f"{sentence} Once those answers are done there may be enough.", ""
    if plan.source.relation is Relation.COMPANY:
        return f"{sentence} An admin can put new budget into it:", f"fund {typed_dollars(missing)}"
    if plan.source.team is not None:
        return f"{sentence} An admin can fill it up:", f"grant {plan.source.typed} {typed_dollars(missing)}"
    return sentence, ""


def typed_dollars(micros: int) -> str:
    """An amount that can be typed as it is, exactly."""
    return f"${Decimal(micros).scaleb(-6).normalize():f}"


def start(name: str) -> str:
    """A name at the start of a sentence."""
    return name[:1].upper() + name[1:]
