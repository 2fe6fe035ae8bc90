"""Requests as people see them: their own, those they may decide on, and what the form needs to know."""

from dataclasses import dataclass
from datetime import date, datetime

from budget.house import House
from budget.money import MICROS
from budget.org.rights import Action, Relation, Role, Standing
from budget.outcome import No
from budget.requests.approvers import payer
from budget.requests.deciding import case
from budget.requests.making import may_not
from budget.requests.org import available, pool_name
from store import people, requests
from store.database import Connection
from store.people import Person
from store.requests import Request

MOST_SHOWN = 20
MOST_PROJECTS = 100  # Slack shows no more in a menu
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits: whose, how much, what for, who was asked (names), when it lapses."""

    id: str
    person_id: str
    name: str
    amount_micros: int
    reason: str | None
    project: str | None
    until: date | None
    created_at: datetime
    lapse_at: datetime
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToAsk:
    """What the form to ask for more shows. `suggested_micros`: what would do for the question that was refused."""

    waiting: tuple[Waiting, ...]
    projects: tuple[tuple[str, str], ...]
    available_micros: int
    suggested_micros: int | None = None
    ask_id: str | None = None


@dataclass(frozen=True, slots=True)
class ToDecide:
    """What the forms to decide show: the request, whose it is, which pool would pay and what it has."""

    request: Request
    asker: Person
    pool: str
    before_micros: int


def mine(conn: Connection, person_id: str) -> list[Waiting]:
    """A person's own requests that wait, oldest first."""
    return _described(conn, requests.waiting_of(conn, person_id))


def waiting_for(
    conn: Connection, actor: Standing, *, admins_only: bool = False, limit: int = MOST_SHOWN
) -> list[Waiting]:
    """What waits and this person may decide on, what lapses first first. For admins that is everybody's but theirs.

    `admins_only`: the policy leaves decisions to admins (`policy.requests.approver`).
    """
    is_admin, me = actor.role is Role.ADMIN, actor.person
    if not actor.may(Action.DECIDE_REQUEST, Relation.REPORT) or (admins_only and not is_admin):
        return []
    below = None if is_admin else [team_id for team_id in actor.parents if actor.managed_above(team_id)]
    return _described(conn, requests.waiting_in(conn, me.workspace_id, but_of=me.id, team_ids=below, limit=limit))


def _described(conn: Connection, found: list[Request]) -> list[Waiting]:
    if not found:
        return []
    people_named = requests.names(conn, {request.person_id for request in found})
    projects = requests.project_names(conn, {request.project_id for request in found if request.project_id})
    asked = requests.names_asked(conn, {request.id for request in found})
    return [
        Waiting(
            request.id, request.person_id, people_named[request.person_id], request.amount_micros, request.reason,
            projects.get(request.project_id or ""),
            date.fromisoformat(request.until_on) if request.until_on else None, request.created_at, request.lapse_at,
            tuple(asked[request.id]),
        )
        for request in found
    ]  # fmt: skip


async def to_ask(house: House, person: Person, ask_id: str | None = None) -> ToAsk | No:
    """What the form shows, or why this person cannot ask for more. `ask_id`: the refused question it is about."""

    def work(conn: Connection) -> ToAsk | No:
        asker = people.person(conn, person.id)
        assert asker is not None, "whoever asks was met before"
        problem, waits = may_not(conn, asker), tuple(mine(conn, person.id))
        if problem is not None and not waits:
            return problem
        has = available(conn, people.wallet_id(person.id))
        refused = requests.refused_ask(conn, ask_id, asker.id) if ask_id else None
        return ToAsk(
            waits, tuple(requests.open_projects(conn, asker.workspace_id, MOST_PROJECTS)), has,
            suggested(refused[1], has) if refused else None, ask_id if refused else None,
        )  # fmt: skip

    return await house.database.read(work)


def suggested(needed_micros: int | None, available_micros: int) -> int:
    """What to ask for after a refusal: several times what was missing, as a round sum, and a dollar at least."""
    missing = max(0, (needed_micros or 0) - available_micros)
    return round_up(max(MICROS, 3 * missing))


def round_up(micros: int) -> int:
    """The next of $1, $2, $5, $10, $20, $50 …"""
    unit = MICROS
    while True:
        for step in STEPS:
            if step * unit >= micros:
                return step * unit
        unit *= 10


async def to_decide(house: House, actor_id: str, request_id: str) -> ToDecide | No:
    """What a form about a decision shows, or why there is nothing to decide."""
    at = house.now()

    def work(conn: Connection) -> ToDecide | No:
        found = case(conn, house, actor_id, request_id, "", at, lock=False)
        if isinstance(found, No):
            return found
        org = found.around.org
        team_id = payer(org, actor_id, found.request.amount_micros)
        pools = {team.id: team.available_micros for team in org.teams}
        before = org.company_micros if team_id is None else pools[team_id]
        return ToDecide(found.request, found.asker, pool_name(found.around, team_id), before)

    return await house.database.write(work)
