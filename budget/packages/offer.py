"""How many tokens come with a job: in money, in questions, with the rules that hold now. It sets nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from budget.house import House
from budget.offer.allowed import allowed
from budget.org.rights import Action, Relation, standing
from budget.outcome import No
from budget.packages import texts
from budget.packages.paying import today
from budget.packages.setting import checked
from budget.packages.terms import MONTHS_OF_A_YEAR, Terms, total
from budget.packages.typed import MakeOffer
from budget.policy.current import current
from store import people
from store.database import Connection

MOST_MODELS = 8


@dataclass(frozen=True, slots=True)
class Questions:
    """About how many typical questions a month a model answers for it; `each_micros`: what one costs."""

    model: str
    each_micros: int
    a_month: int


@dataclass(frozen=True, slots=True)
class Offer:
    """The answer. `total_micros` None: it has no end. `rules`: headings, each with what holds in plain words."""

    to: str | None
    made_at: datetime
    made_on: date
    agreed: Terms
    total_micros: int | None
    monthly_micros: int
    questions: Sequence[Questions]
    more_models: int
    rules: Sequence[tuple[str, str]]


async def offer_of(house: House, person_id: str, command: MakeOffer) -> Offer | No:
    """The answer to what was asked, by the policy in force."""
    at = house.now()
    day = today(house, at)
    agreed = checked(Terms(command.annual_micros, day, command.months, command.cliff_months), day)

    def look(conn: Connection) -> Offer | No:
        person = people.person(conn, person_id)
        assert person is not None, "whoever asks was met before"
        # What is offered to newcomers is what may be set for them.
        if not standing(conn, person).may(Action.SET_PACKAGE, Relation.OTHER):
            return No("Only an admin can make an offer.")
        if isinstance(agreed, No):
            return agreed
        policy = current(conn, house, person.workspace_id)
        offered = allowed(house.models, policy.models, ()) or house.models
        by_cost = sorted(offered.all, key=lambda model: model.price.typical_micros())
        monthly = agreed.annual_micros // MONTHS_OF_A_YEAR
        counted = [questions(model.name, model.price.typical_micros(), monthly) for model in by_cost]
        return Offer(
            to=command.to,
            made_at=at,
            made_on=day,
            agreed=agreed,
            total_micros=total(agreed),
            monthly_micros=monthly,
            questions=counted[:MOST_MODELS],
            more_models=len(counted[MOST_MODELS:]),
            rules=texts.rules(policy, house.face, agreed),
        )

    return await house.database.read(look)


def questions(model: str, each_micros: int, monthly_micros: int) -> Questions:
    """How many questions a month; two digits of it are enough to know."""
    return Questions(model, each_micros, rounded(monthly_micros // max(1, each_micros)))


def rounded(count: int) -> int:
    """Down to two digits that count: 41,666 is about 41,000."""
    scale = int("1".ljust(len(str(count)) - 1, "0"))
    return count // scale * scale
