"""What a form offers: one's own balance, and the pools that one may choose from. What may be done is decided later."""

from collections.abc import Sequence
from dataclasses import dataclass

from budget.balance import known, on
from budget.house import House
from budget.org.places import Place, of_person, of_team, place
from budget.org.rights import Action, Relation, Role, Standing
from budget.outcome import No
from budget.policy.current import current
from budget.typed import Company
from store import loans, teams
from store.database import Connection
from store.loans import Named

FORMS = ("send", "return", "lend", "grant", "move")


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool with what is there; None: not for the reader to see."""

    place: Place
    available_micros: int | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody may choose in a form. `borrowed`: what they owe, the earliest due first.

    `payers`: the pools that a grant comes from: one of them, by whom it goes to.
    """

    form: str
    available_micros: int
    pools: Sequence[Pool]
    borrowed: Sequence[Named]
    payers: Sequence[Pool] = ()


async def choices(house: House, person_id: str, form: str) -> Choices | No:
    """What a form offers to somebody, or why it is not for them."""

    def work(conn: Connection) -> Choices | No:
        actor = known(conn, person_id)
        refused = refusal(conn, house, actor, form)
        if refused is not None:
            return refused
        own = of_person(conn, actor, actor.person)
        borrowed = loans.named(conn, own.account_id, lent=False) if form == "return" else []
        pools = [pool_seen(conn, actor, each) for each in pools_of(conn, actor, form)]
        payers = [pool_seen(conn, actor, each) for each in payers_of(conn, actor)] if form == "grant" else []
        return Choices(form, on(conn, own.account_id).available_micros, pools, borrowed, payers)

    return await house.database.read(work)


def refusal(conn: Connection, house: House, actor: Standing, form: str) -> No | None:
    """Why a form is not for somebody."""
    if form in ("grant", "move") and actor.role is Role.MEMBER:
        return No(f"Only admins and managers of a team can {form} tokens.")
    gives = form == "send" or (form == "lend" and actor.role is Role.MEMBER)
    send = current(conn, house, actor.person.workspace_id).send
    if gives and (send.who == "nobody" or not send.most_a_month):
        done = "sent" if form == "send" else "lent"
        return No(f"In this company tokens are not {done} from person to person.")
    return None


def pools_of(conn: Connection, actor: Standing, form: str) -> list[Place]:
    """The pools that make sense in a form, by name; the company's first, where it does."""
    if form == "send":
        return []
    found = [of_team(actor, team) for team in teams.all_teams(conn, actor.person.workspace_id)]
    company = place(conn, actor, Company())
    assert isinstance(company, Place), company
    with_company = form == "return" or (form in ("lend", "move") and actor.may(Action.FUND, Relation.COMPANY))
    return [*([company] if with_company else []), *(pool for pool in found if makes_sense(actor, form, pool))]


def payers_of(conn: Connection, actor: Standing) -> list[Place]:
    """What one grants from: the company's pool, or those of the teams that one manages by name."""
    company = place(conn, actor, Company())
    assert isinstance(company, Place), company
    if actor.may(Action.GRANT, Relation.COMPANY):
        return [company]
    managed = [teams.by_id(conn, team_id) for team_id, role in actor.roles.items() if role == "manager"]
    return [of_team(actor, team) for team in managed if team is not None]


def makes_sense(actor: Standing, form: str, pool: Place) -> bool:
    """Whether a team's pool is offered: to give back to, to grant to, or as one that they look after."""
    if form == "return":
        return actor.may(Action.RETURN, pool.relation) and bool(pool.teams & actor.roles.keys())
    return actor.may(Action.GRANT if form == "grant" else Action.SET_POOL, pool.relation)


def pool_seen(conn: Connection, actor: Standing, pool: Place) -> Pool:
    """A pool, with its balance where that is for them to see."""
    may = actor.may(Action.BALANCE, pool.relation)
    return Pool(pool, on(conn, pool.account_id).available_micros if may else None)
