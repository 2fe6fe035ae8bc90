"""Looking: what someone has, what it lasts for, what went through it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from budget import audits
from budget.house import House
from budget.money import dollars
from budget.offer.mine import answering
from budget.offer.model import Model
from budget.org.places import Place, of_person, of_team, place
from budget.org.rights import Action, Relation, Role, Standing, standing
from budget.outcome import No
from budget.policy.current import current
from budget.typed import Company, Party, PersonRef
from store import history, lots_seen, people, teams
from store.accounts import balance
from store.database import Connection
from store.history import AskSeen, Movement
from store.ledger.steps import Balance
from store.people import Person

PACE = timedelta(days=7)
SHORTEST_PACE = timedelta(days=2)  # one afternoon of trying things out says nothing about next month
DAY = timedelta(days=1)
FARTHEST = timedelta(days=365)
MOVEMENTS = 10
ASKS = 5


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long a balance lasts: at the pace of the last week if there is one, else in typical questions.

    `empty_at` None with a pace: not within a year.
    """

    day_micros: int | None
    empty_at: datetime | None
    questions: int
    model: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A place with what is on it."""

    place: Place
    balance: Balance
    lasts: Lasts | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Someone's own view: their wallet, the pools that pay when it is empty, the pools they manage, the company's.

    `managers`: the names of those who can grant them more. `ending`: what of the wallet ends when (until, micros).
    """

    person: Person
    role: Role
    wallet: Seen
    model: Model
    backing: Sequence[Seen]
    managed: Sequence[Seen]
    company: Seen | None
    asks: Sequence[AskSeen]
    managers: Sequence[str]
    ending: Sequence[tuple[datetime, int]] = ()


@dataclass(frozen=True, slots=True)
class History:
    """The last movements of someone's wallet, newest first."""

    person: Person
    own: bool
    movements: Sequence[Movement]
    balance: Balance


async def overview(house: House, person_id: str) -> Overview:
    """Everything about someone that they see at a glance."""
    at = house.now()
    return await house.database.read(lambda conn: read_overview(conn, house, person_id, at))


def read_overview(conn: Connection, house: House, person_id: str, at: datetime) -> Overview:
    """`overview` within a transaction."""
    person = people.person(conn, person_id)
    assert person is not None, "whoever looks was met before"
    actor, model = standing(conn, person), answering(conn, house, person)
    joined = [(of_team(actor, team), team, role) for team, role in teams.memberships(conn, person.id)]
    company = place(conn, actor, Company()) if actor.role is Role.ADMIN else None
    unasked = current(conn, house, person.workspace_id).pools.fallback == "always"
    return Overview(
        person=person,
        role=actor.role,
        wallet=look(conn, of_person(conn, actor, person), model, at),
        model=model,
        backing=[look(conn, pool, model, at) for pool, team, _ in joined if unasked and team.pool_for_members],
        managed=[look(conn, pool, model, at) for pool, _, role in joined if role == "manager"],
        company=look(conn, company, model, at) if isinstance(company, Place) else None,
        asks=history.asks(conn, person.id, ASKS),
        managers=managers_of(conn, person, [team.id for _, team, _ in joined]),
        ending=lots_seen.ending(conn, people.wallet_id(person.id), at),
    )


def managers_of(conn: Connection, person: Person, team_ids: Sequence[str]) -> list[str]:
    """The names of those who manage someone's teams, the person left out."""
    inside = [member for team_id in team_ids for member in teams.members(conn, team_id)]
    return sorted({other.name for other, role in inside if role == "manager" and other.id != person.id})


async def lasts(house: House, person: Person) -> str | None:
    """What a person's balance lasts for, as a sentence; None when it is empty."""
    at = house.now()

    def work(conn: Connection) -> Lasts | None:
        wallet = people.wallet_id(person.id)
        now, spent = on(conn, wallet), history.spent(conn, wallet, at - PACE)
        model = answering(conn, house, person)
        return estimate(now.available_micros, spent, model, at) if now.available_micros else None

    found = await house.database.read(work)
    return None if found is None else lasts_sentence(found, zone_of(person, house.rules.timezone), at)


def zone_of(person: Person, otherwise: ZoneInfo) -> ZoneInfo:
    """The person's time zone where it is known, else the workspace's."""
    try:
        return ZoneInfo(person.timezone) if person.timezone else otherwise
    except (ZoneInfoNotFoundError, ValueError):
        return otherwise


def lasts_sentence(found: Lasts, zone: ZoneInfo, at: datetime) -> str:
    """`At your pace of $0.55 a day it lasts until about 29 November.`, or in questions where there is no pace."""
    if found.day_micros is None and not found.questions:
        return f"That is less than a typical question to {found.model} costs."
    if found.day_micros is None:
        return f"That is about {found.questions:,} typical {plural('question', found.questions)} to {found.model}."
    pace = f"At the pace of the last week ({dollars(found.day_micros)} a day)"
    if found.empty_at is None:
        return f"{pace} it lasts for more than a year."
    if found.empty_at - at < DAY:
        hours = max(1, round((found.empty_at - at) / timedelta(hours=1)))
        return f"{pace} it lasts for about {hours} more {plural('hour', hours)}."
    day = found.empty_at.astimezone(zone)
    return f"{pace} it lasts until about {day.day} {day:%B %Y}."


def plural(noun: str, count: int) -> str:
    """`question`, `questions`."""
    return noun if count == 1 else f"{noun}s"


async def balance_of(house: House, person_id: str, of: Party, *, origin: str = "command") -> Seen | No:
    """What someone, a team or the company has, if the person may see it. A look at another person's is written down."""
    at = house.now()

    def work(conn: Connection) -> Seen | No:
        actor = known(conn, person_id)
        found = place(conn, actor, of)
        if isinstance(found, No):
            return found
        if not actor.may(Action.BALANCE, found.relation):
            return No(balance_refusal(found))
        model = answering(conn, house, found.person) if found.person else house.models.default_model()
        return look(conn, found, model, at)

    seen = await house.database.read(work)
    if isinstance(seen, Seen):
        await note_look(house, person_id, seen.place.account_id, "balance", origin)
    return seen


async def note_look(house: House, person_id: str, account_id: str, what: str, origin: str) -> None:
    """Write a look at another person's wallet down, before anything of it is shown."""
    if account_id == people.wallet_id(person_id) or not account_id.startswith("person:"):
        return
    at = house.now()
    await house.database.write(lambda conn: audits.looked(conn, known(conn, person_id), account_id, what, at, origin))


def balance_refusal(found: Place) -> str:
    """Why it stays hidden."""
    if found.person is not None:
        return f"What {found.name} has is for {found.name}, the managers of their teams and admins to see."
    if found.relation is Relation.COMPANY:
        return "What the company pool has is for admins to see."
    return f"What {found.name} has is for the team's people and admins to see."


async def history_of(house: House, person_id: str, of: PersonRef | None, *, origin: str = "command") -> History | No:
    """The last movements of one's own wallet, or of another's if the person may see it: that is written down."""

    def work(conn: Connection) -> History | No:
        actor = known(conn, person_id)
        found = of_person(conn, actor, actor.person) if of is None else place(conn, actor, of)
        if isinstance(found, No):
            return found
        assert found.person is not None, "a person was named"
        if not actor.may(Action.HISTORY, found.relation):
            return No(f"The history of {found.name} is for {found.name} and admins to see.")
        own = found.relation is Relation.SELF
        moves = history.movements(conn, found.account_id, MOVEMENTS)
        return History(found.person, own, moves, on(conn, found.account_id))

    seen = await house.database.read(work)
    if isinstance(seen, History):
        await note_look(house, person_id, people.wallet_id(seen.person.id), "history", origin)
    return seen


def known(conn: Connection, person_id: str) -> Standing:
    """The standing of someone who was met before."""
    person = people.person(conn, person_id)
    assert person is not None, "whoever acts was met before"
    return standing(conn, person)


def on(conn: Connection, account_id: str) -> Balance:
    """What is on an account that is there."""
    found = balance(conn, account_id)
    assert found is not None, f"{account_id} was opened with its owner"
    return found


def look(conn: Connection, found: Place, model: Model, at: datetime) -> Seen:
    """A place with what is on it."""
    now = on(conn, found.account_id)
    spent = history.spent(conn, found.account_id, at - PACE)
    return Seen(found, now, estimate(now.available_micros, spent, model, at))


def estimate(available_micros: int, spent: history.Spent, model: Model, at: datetime) -> Lasts:
    """How long so much lasts: at the pace since the week's first spending, once that is long enough ago."""
    questions = available_micros // max(1, model.price.typical_micros())
    if spent.micros == 0 or spent.first_at is None or at - spent.first_at < SHORTEST_PACE:
        return Lasts(None, None, questions, model.name)
    over_s = (at - spent.first_at) // timedelta(seconds=1)
    left = timedelta(seconds=min(available_micros * over_s // spent.micros, FARTHEST // timedelta(seconds=1) + 1))
    day_micros = spent.micros * (DAY // timedelta(seconds=1)) // over_s
    return Lasts(day_micros, at + left if left <= FARTHEST else None, questions, model.name)
