"""Looking at projects: the ones there are, and one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from budget.balance import PACE, Lasts, estimate, known, on
from budget.house import House
from budget.org import cost_centres
from budget.org.rights import Action, Relation, to_project
from budget.outcome import No
from budget.projects.doing import owner_of, unknown
from budget.typed import ProjectRef
from store import history, projects
from store.database import Connection
from store.ledger.steps import Balance
from store.people import Person
from store.projects import Project


@dataclass(frozen=True, slots=True)
class Listed:
    """A project in a list."""

    project: Project
    owner: Person
    balance: Balance


@dataclass(frozen=True, slots=True)
class Listing:
    """The projects that someone may see, open ones first. `all`: they see every one; `may_create`: they may add one."""

    projects: Sequence[Listed]
    all: bool
    may_create: bool


@dataclass(frozen=True, slots=True)
class ProjectSeen:
    """A project as its owner and admins see it. `may_fund`, `may_set`, `may_cost`: what the reader may change."""

    project: Project
    owner: Person
    balance: Balance
    lasts: Lasts
    spent_micros: int
    channels: Sequence[str]
    cost_centre: str | None
    may_set: bool
    may_fund: bool
    may_cost: bool


async def list_projects(house: House, person_id: str) -> Listing:
    """The projects someone may see."""

    def work(conn: Connection) -> Listing:
        actor = known(conn, person_id)
        seen = [
            Listed(each, owner_of(conn, each), on(conn, projects.pool_id(each.id)))
            for each in projects.all_projects(conn, actor.person.workspace_id)
            if actor.may(Action.SEE_PROJECT, to_project(actor, each.owner_id))
        ]
        everything = actor.may(Action.SEE_PROJECT, Relation.OTHER_PROJECT)
        return Listing(seen, everything, actor.may(Action.CREATE_PROJECT, Relation.COMPANY))

    return await house.database.read(work)


async def see_project(house: House, person_id: str, ref: ProjectRef) -> ProjectSeen | No:
    """One project, if someone may see it."""
    at = house.now()

    def work(conn: Connection) -> ProjectSeen | No:
        actor = known(conn, person_id)
        found = projects.by_name(conn, actor.person.workspace_id, ref.name)
        if found is None or not actor.may(Action.SEE_PROJECT, to_project(actor, found.owner_id)):
            return unknown(actor, ref)
        relation, pool = to_project(actor, found.owner_id), projects.pool_id(found.id)
        now = on(conn, pool)
        return ProjectSeen(
            found, owner_of(conn, found), now,
            estimate(now.available_micros, history.spent(conn, pool, at - PACE), house.models.default_model(), at),
            projects.spent_micros(conn, found.id), projects.channels_of(conn, found.id),
            cost_centres.of(conn, pool, cost_centres.today_in(house)),
            may_set=actor.may(Action.SET_PROJECT, relation), may_fund=actor.may(Action.FUND_PROJECT, relation),
            may_cost=actor.may(Action.SET_COST_CENTRE, Relation.COMPANY),
        )  # fmt: skip

    return await house.database.read(work)
