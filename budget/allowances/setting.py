"""Setting and stopping allowances: an admin's decision, with its audit row, and told to those whom it is about."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from budget.allowances.named import Whose, kind_of, pool_name, target, terms, whose
from budget.allowances.periods import Kind, Period, day_of, from_day, of_day
from budget.allowances.told import tell_of_setting, tell_of_stop
from budget.allowances.typed import Everyone, Scope, SetAllowance, StopAllowance
from budget.allowances.who import meant, moment_of, recipients
from budget.balance import known, on
from budget.house import House
from budget.org.places import Place, place
from budget.org.rights import Action, Relation, Standing, standing
from budget.outcome import No
from budget.policy.current import current
from budget.typed import Company
from store import allowances, audit, payouts, people, teams
from store.allowances import Allowance
from store.database import Connection
from store.ledger.steps import Balance
from store.moving import stays

LONGEST = timedelta(days=5 * 366)
ADMINS_ONLY = "Only an admin decides on allowances."


@dataclass(frozen=True, slots=True)
class Set:
    """What was set. `people`: how many it is for, `had` of them had this time paid already; `before`: what it follows.

    `same`: it was so before, and nothing was changed.
    """

    allowance: Allowance
    whose: Whose
    pool: str
    pool_balance: Balance
    first: Period
    people: int
    had: int = 0
    before: Allowance | None = None
    same: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """What was stopped: nothing of it is paid from now on."""

    allowance: Allowance
    whose: Whose


@dataclass(frozen=True, slots=True)
class Doing:
    """What a change needs to know."""

    house: House
    actor: Standing
    key: str
    origin: str
    at: datetime

    @property
    def today(self) -> date:
        """In the workspace's zone."""
        return day_of(self.at, self.house.rules.timezone)


def doing(conn: Connection, house: House, person_id: str, key: str, origin: str, at: datetime) -> Doing:
    """Whoever acts, with rights that stay until the transaction ends."""
    person = people.person(conn, person_id)
    assert person is not None, "whoever acts was met before"
    return Doing(house, standing(conn, person, lock=True), key, origin, at)


async def set_allowance(house: House, person_id: str, command: SetAllowance, *, key: str, origin: str) -> Set | No:
    """Set an allowance; one that was there before goes on until its present period is over. Repeatable by its key."""
    at = house.now()
    return await house.database.write(lambda conn: put(conn, doing(conn, house, person_id, key, origin, at), command))


def put(conn: Connection, by: Doing, command: SetAllowance) -> Set | No:
    """`set_allowance` within a transaction."""
    scope = scope_of(conn, by.actor, command.scope)
    if isinstance(scope, No):
        return scope
    payer = payer_of(conn, by.actor, command, scope)
    if isinstance(payer, No):
        return payer
    wrong = day_problem(command.from_on, by.today)
    if wrong:
        return wrong
    made_id = hashlib.blake2b(f"{by.actor.person.workspace_id} {by.key}".encode(), digest_size=10).hexdigest()
    olds = allowances.of_scope(conn, by.actor.person.workspace_id, *scope, lock=True)
    known = allowances.by_id(conn, made_id)
    if known is not None:
        return seen(conn, by, known)
    first = first_period(command.period, command.from_on, olds, by.today)
    new = Allowance(
        made_id, by.actor.person.workspace_id, *scope, command.amount_micros, command.period, command.rollover_micros,
        command.expires if command.rollover_micros else None, payer.account_id, first.first.isoformat(),
        first.first.isoformat(), None, by.actor.person.id, by.at,
    )  # fmt: skip
    last = next((one for one in olds if one.until_on is None), None)
    if last is not None and command.from_on is None and alike(last, new):
        return seen(conn, by, last, same=True)
    return replace_by(conn, by, olds, last, new)


def replace_by(conn: Connection, by: Doing, olds: list[Allowance], last: Allowance | None, new: Allowance) -> Set | No:
    """Let the present one run out, drop what has not begun, and write the new one down."""
    for old in olds:
        if old.from_on > by.today.isoformat():
            allowances.end(conn, old.id, by.at)
        else:
            allowances.run_out(conn, old.id, new.from_on)
    if not allowances.put(conn, new):
        return No("Somebody set that allowance at the same moment: look at it first.", "allowance")
    note(conn, by, new, "set allowance", None if last is None else terms(last), terms(new))
    running = next((old for old in olds if old.from_on <= by.today.isoformat()), None)
    done = seen(conn, by, new, before=running)
    tell_of_setting(conn, by.actor.person, new, done.whose, by.at)
    return done


def alike(one: Allowance, other: Allowance) -> bool:
    """Whether two say the same."""
    terms_of = [(a.amount_micros, a.period, a.rollover_micros, a.rollover_periods, a.payer_id) for a in (one, other)]
    return terms_of[0] == terms_of[1]


def first_period(kind: Kind, from_on: date | None, olds: list[Allowance], today: date) -> Period:
    """The present one, or the first that begins on a day or later; never within a period of what is replaced."""
    running = [of_day(kind_of(old), today).end for old in olds if old.from_on <= today.isoformat()]
    earliest = [*running, *([from_on] if from_on else [])]
    return from_day(kind, max(earliest)) if earliest else of_day(kind, today)


def day_problem(from_on: date | None, today: date) -> No | None:
    """Why it cannot begin that day."""
    if from_on is None:
        return None
    if from_on < today:
        return No(f"{from_on:%Y-%m-%d} is over already; leave `from` out to begin with the present period.")
    if from_on - today > LONGEST:
        return No(f"{from_on:%Y-%m-%d} is more than five years ahead.")
    return None


def scope_of(conn: Connection, actor: Standing, scope: Scope) -> tuple[str, str] | No:
    """Scope and id, if the one who acts may decide on it."""
    if not actor.may(Action.SET_ALLOWANCE, Relation.COMPANY):
        return No(ADMINS_ONLY)
    if isinstance(scope, Everyone):
        return "everyone", actor.person.workspace_id
    found = place(conn, actor, scope)
    if isinstance(found, No):
        return found
    if not actor.may(Action.SET_ALLOWANCE, found.relation):
        return No(ADMINS_ONLY)
    if found.person is not None:
        there = stays(conn, found.person.id)
        here = there is not None and there.left_at is None
        return ("person", found.person.id) if here else No(f"{found.person.name} has left.")
    assert found.team is not None, "a person, a team or everybody was named"
    return "team", found.team.id


def payer_of(conn: Connection, actor: Standing, command: SetAllowance, scope: tuple[str, str]) -> Place | No:
    """Who pays: as named, else a team for itself, and the company for all others."""
    if command.by is not None:
        return place(conn, actor, command.by)
    if scope[0] == "team" and not isinstance(command.scope, Everyone):
        return place(conn, actor, command.scope)
    return place(conn, actor, Company())


def seen(conn: Connection, by: Doing, one: Allowance, *, before: Allowance | None = None, same: bool = False) -> Set:
    """An allowance with how many it is for, and what the paying pool has."""
    house, policy = by.house, current(conn, by.house, one.workspace_id)
    first = from_day(kind_of(one), date.fromisoformat(one.from_on))
    if first.first < by.today:
        first = of_day(kind_of(one), by.today)
    moment = moment_of(first, max(by.at, first.begins_at(house.rules.timezone)), house.rules.timezone)
    found = {each.id for each in meant(conn, one, moment, policy)}
    had = 0 if same else len(found - {each.id for each in recipients(conn, one, first, moment, policy)})
    paid_by = pool_name(conn, one)
    return Set(one, whose(conn, one), paid_by, on(conn, one.payer_id), first, len(found), had, before, same)


async def stop_allowance(
    house: House, person_id: str, command: StopAllowance, *, key: str, origin: str
) -> Stopped | No:
    """Let no further period be paid. What was paid stays; what was left out is not paid any more."""
    at = house.now()

    def work(conn: Connection) -> Stopped | No:
        by = doing(conn, house, person_id, key, origin, at)
        scope = scope_of(conn, by.actor, command.scope)
        return scope if isinstance(scope, No) else stop(conn, by, scope)

    return await house.database.write(work)


def stop(conn: Connection, by: Doing, scope: tuple[str, str]) -> Stopped | No:
    """`stop_allowance` within a transaction."""
    found = allowances.of_scope(conn, by.actor.person.workspace_id, *scope, lock=True)
    if not found:
        return No("There is no such allowance to stop.", "allowance")
    for one in found:
        allowances.end(conn, one.id, by.at)
        note(conn, by, one, "stop allowance", terms(one), None)
    for payout in payouts.live(conn, by.actor.person.workspace_id):
        if payout.allowance_id in {one.id for one in found}:
            payouts.set_state(conn, payout.key, "short", "done", ended_at=by.at)
    stopped = Stopped(found[0], whose(conn, found[0]))
    tell_of_stop(conn, by.actor.person, found[0], stopped.whose, by.at)
    return stopped


def note(conn: Connection, by: Doing, one: Allowance, action: str, old: str | None, new: str | None) -> None:
    """The audit row of a change."""
    audit.record(
        conn, workspace_id=one.workspace_id, at=by.at, actor_id=by.actor.person.id, origin=by.origin, action=action,
        target=target(one), old=old, new=new,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form offers: the names of the teams."""

    teams: tuple[str, ...]


async def choices(house: House, person_id: str) -> Choices | No:
    """What there is to choose from, for whoever may decide on allowances."""

    def work(conn: Connection) -> Choices | No:
        actor = known(conn, person_id)
        if not actor.may(Action.SET_ALLOWANCE, Relation.COMPANY):
            return No(ADMINS_ONLY)
        return Choices(tuple(team.name for team in teams.all_teams(conn, actor.person.workspace_id)))

    return await house.database.read(work)
