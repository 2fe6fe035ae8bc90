"""Large and doubtful changes are shown before and after first. What is agreed to is planned anew at the click.

The command waits in our own books, under the key that it will be carried out with: a button only says which one.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from budget.house import House
from budget.money import LARGEST_MICROS, MICROS
from budget.org.places import Place
from budget.org.rights import Action, Standing
from budget.outcome import No
from budget.policy.current import current
from budget.projects.doing import Doing
from budget.projects.funding import Funded, fund, plan_fund
from budget.projects.typed import FundProject
from budget.transfers.changing import Done, acting, decide, perform
from budget.transfers.lending import DUE
from budget.transfers.plans import Plan, end_of
from budget.transfers.typed import Asked, Lend, Return, from_json, to_json
from store import pending, people
from store.accounts import balance
from store.database import Connection
from store.pending import Pending

LASTS = timedelta(minutes=10)
FEWEST_TOKENS = 1_000  # an amount below is mostly meant as dollars
LEFT = No("You left it, so nothing was moved.")
LAPSED = No("That was more than ten minutes ago, and figures may have changed: nothing was moved. Type it again.")
NOT_YOURS = No("Only who typed it can agree to it.")
OVER = No("That was decided on before; nothing more was done.")


Carried = Done | Funded


@dataclass(frozen=True, slots=True)
class Side:
    """One end of it. `before_micros` None: not for the reader to see."""

    place: Place
    before_micros: int | None
    after_micros: int | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """What has to be agreed to. `dollars_micros`: so much was meant, if dollars were."""

    id: str
    kind: str
    amount_micros: int
    source: Side | None
    target: Side
    reason: str | None
    until_at: datetime | None
    due_on: date | None
    dollars_micros: int | None


async def ask_or_do(house: House, actor_id: str, command: Asked, *, key: str, origin: str) -> Carried | Doubt | No:
    """Carry out a command about money, or ask first. The same key again gives the same answer."""
    at = house.now()

    def work(conn: Connection) -> Carried | Doubt | No:
        return asked_or_done(conn, house, acting(conn, actor_id, command), command, key=key, origin=origin, at=at)

    return await house.database.write(work)


def asked_or_done(
    conn: Connection, house: House, actor: Standing, command: Asked, *, key: str, origin: str, at: datetime
) -> Carried | Doubt | No:
    """The same in the caller's transaction."""
    known = pending.by_key(conn, key)
    if known is not None and known.state == "left":
        return OVER if in_dollars_begun(conn, known) else LEFT
    doubt = None
    if known is None or known.state == "waiting":
        doubt = doubt_of(conn, house, actor, command, key, at)
    return doubt or carried_out(conn, house, actor, command, key=key, origin=origin, at=at)


def doubt_of(
    conn: Connection, house: House, actor: Standing, command: Asked, key: str, at: datetime
) -> Doubt | No | None:
    """What has to be asked first; None: nothing, or it was done before, or it cannot be done as it is."""
    if isinstance(command, Return) or people.has_transfer(conn, key):
        return None
    dollars_micros = meant(house, command)
    above = current(conn, house, actor.person.workspace_id).moves.confirm_above
    if dollars_micros is None and command.amount_micros <= above:
        return None
    plan = planned(conn, house, actor, command, key, at)
    if isinstance(plan, No):
        return plan
    over = end_of(command.until, at, house.rules.timezone, DUE) if isinstance(command, Lend) else None
    if isinstance(over, No):
        return over
    source = side(conn, actor, plan.source, -plan.amount_micros) if plan.source else None
    if plan.source and available(conn, plan.source) < plan.amount_micros:
        return None
    kept = pending.put(
        conn, pending_id=house.new_id(), workspace_id=actor.person.workspace_id, person_id=actor.person.id, key=key,
        command=to_json(command), at=at, lapses_at=at + LASTS,
    )  # fmt: skip
    return shown(conn, actor, kept, plan, command, source, dollars_micros)


def planned(conn: Connection, house: House, actor: Standing, command: Asked, key: str, at: datetime) -> Plan | No:
    """Whether it is allowed, and between which accounts."""
    assert not isinstance(command, Return), "that is one's own, and nothing to be asked about"
    if isinstance(command, FundProject):
        return plan_fund(conn, actor, command)
    return decide(conn, house, actor, command, key, at)


def carried_out(
    conn: Connection, house: House, actor: Standing, command: Asked, *, key: str, origin: str, at: datetime
) -> Carried | No:
    """Do it, as far as rights and balances let it be done now."""
    if isinstance(command, FundProject):
        return fund(conn, Doing(house, actor, key, origin), command)
    return perform(conn, house, actor, command, key=key, origin=origin, at=at)


def shown(
    conn: Connection, actor: Standing, kept: Pending, plan: Plan, command: Asked, source: Side | None,
    dollars_micros: int | None,
) -> Doubt:  # fmt: skip
    """What is asked."""
    due_on = command.until if isinstance(command, Lend) else None
    return Doubt(
        kept.id, plan.kind, plan.amount_micros, source, side(conn, actor, plan.target, plan.amount_micros),
        plan.reason, plan.until_at, due_on, dollars_micros,
    )  # fmt: skip


def meant(house: House, command: Asked) -> int | None:
    """Micro-dollars of what was meant where so few tokens are named that dollars were, probably."""
    tokens = house.face.tokens(command.amount_micros)
    if tokens >= FEWEST_TOKENS:
        return None
    return min(int(tokens * MICROS), LARGEST_MICROS)


def available(conn: Connection, place: Place) -> int:
    """What is there now."""
    found = balance(conn, place.account_id)
    assert found is not None, place
    return found.available_micros


def side(conn: Connection, actor: Standing, place: Place, change_micros: int) -> Side:
    """Before and after, if that is for the one who acts to see."""
    if not actor.may(Action.SEE_PROJECT if place.project else Action.BALANCE, place.relation):
        return Side(place, None, None)
    before = available(conn, place)
    return Side(place, before, before + change_micros)


async def agree(
    house: House, actor_id: str, pending_id: str, *, as_dollars: bool = False, origin: str
) -> Carried | Doubt | No:
    """Carry out what waits, as it would be typed now: rights, balances and limits are looked at anew. Once.

    `as_dollars`: the amount was meant in dollars. That much may have to be agreed to in its turn.
    """
    at = house.now()

    def work(conn: Connection) -> Carried | Doubt | No:
        kept = pending.get(conn, pending_id)
        if kept is None or kept.person_id != actor_id:
            return NOT_YOURS
        return agreed(conn, house, acting(conn, actor_id, from_json(kept.command)), kept, as_dollars, origin, at)

    return await house.database.write(work)


def agreed(
    conn: Connection, house: House, actor: Standing, kept: Pending, as_dollars: bool, origin: str, at: datetime
) -> Carried | Doubt | No:
    """What a click on something that waits, is done, or was left comes to."""
    command, key = from_json(kept.command), kept.key
    if kept.state == "waiting" and at >= kept.lapses_at:
        return LAPSED
    if as_dollars:
        return in_dollars(conn, house, actor, kept, command, origin, at)
    if kept.state == "left":
        return OVER
    done = carried_out(conn, house, actor, command, key=key, origin=origin, at=at)
    if not isinstance(done, No):
        pending.decide(conn, kept, "done")
    return done


def in_dollars(
    conn: Connection, house: House, actor: Standing, kept: Pending, command: Asked, origin: str, at: datetime
) -> Carried | Doubt | No:
    """The same command with as many dollars as it named tokens, under a key of its own."""
    micros = meant(house, command)
    if kept.state == "done" or micros is None or (kept.state == "left" and not in_dollars_begun(conn, kept)):
        return OVER
    instead = replace(command, amount_micros=micros)
    done = asked_or_done(conn, house, actor, instead, key=dollars_key(kept), origin=origin, at=at)
    if not isinstance(done, No):
        pending.decide(conn, kept, "left")  # the other amount stands in its place
    return done


def dollars_key(kept: Pending) -> str:
    """Under which the same is done in dollars."""
    return f"{kept.key}:usd"


def in_dollars_begun(conn: Connection, kept: Pending) -> bool:
    """It was left for the amount in dollars, not for good."""
    return people.has_transfer(conn, dollars_key(kept)) or pending.by_key(conn, dollars_key(kept)) is not None


async def leave(house: House, actor_id: str, pending_id: str) -> No:
    """Not after all; the sentence that says so."""

    def work(conn: Connection) -> No:
        kept = pending.get(conn, pending_id)
        if kept is None or kept.person_id != actor_id:
            return NOT_YOURS
        if kept.state == "done" or in_dollars_begun(conn, kept):
            return OVER
        pending.decide(conn, kept, "left")
        return LEFT

    return await house.database.write(work)
