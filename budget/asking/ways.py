"""What can be done about a refusal: a cheaper model, a team's pool, what comes by itself, who can grant more."""

from dataclasses import replace
from datetime import datetime, time

from budget.allowances.seen import next_for
from budget.asking.admission import OF_MONEY, Refill, Refusal, Ways
from budget.asking.paying import by_click
from budget.asking.planning import Question, offer
from budget.house import House
from budget.packages.seen import see
from budget.policy.current import of_text
from budget.policy.policy import Policy
from budget.requests.approvers import ladder
from budget.requests.org import above
from store import packages, people
from store.database import Connection
from store.payers import Payer, Standing
from store.people import Person

MOST_NAMED = 3
OF_ADMINS = frozenset({"frozen", "left", "guest", "not allowed"})  # nobody else can change these


async def with_ways(house: House, question: Question, refused: Refusal, standing: Standing) -> Refusal:
    """The refusal with what its asker can do about it now."""
    policy = of_text(house, standing.policy)
    cheaper = offer(house, question, refused, standing.instructions)
    if refused.limit not in OF_MONEY | OF_ADMINS:
        return replace(refused, cheaper=cheaper)
    ways = await house.database.look_up(lambda conn: _ways(conn, house, question.person_id, refused, policy))
    pools = _pools(policy, standing, refused)
    return replace(refused, cheaper=cheaper, ways=replace(ways, pools=pools))


def _pools(policy: Policy, standing: Standing, refused: Refusal) -> tuple[Payer, ...]:
    """Pools that have enough, and were not asked: the policy wants a click first."""
    if refused.limit not in OF_MONEY:
        return ()
    asked = {shortage.payer for shortage in refused.shortages}
    others = (payer for payer in by_click(policy, standing) if payer not in asked)
    return tuple(
        payer for payer in others if standing.balances[payer.account_id].available_micros >= refused.needed_micros
    )


def _ways(conn: Connection, house: House, person_id: str, refused: Refusal, policy: Policy) -> Ways:
    person = people.person(conn, person_id)
    assert person is not None, "whoever asks was met before"
    if person.left_at is not None and refused.limit in OF_MONEY:
        return Ways()  # what is theirs still is all that there will be
    admins_only = refused.limit in OF_ADMINS or policy.requests.approver == "admins"
    helpers, by_admins = helpers_of(conn, person, refused.missing_micros, admins_only=admins_only)
    refill = next_refill(conn, house, person) if refused.limit in OF_MONEY else None
    return Ways(refill=refill, helpers=helpers, by_admins=by_admins, is_admin=person.is_admin)


def next_refill(conn: Connection, house: House, person: Person) -> Refill | None:
    """What comes next to somebody's wallet by itself: of an allowance, or of a package."""
    at, zone = house.now(), house.rules.timezone
    allowance = next_for(conn, house, person, at)
    found = [Refill(allowance.at, allowance.amount_micros, "allowance")] if allowance else []
    for package in packages.of_person(conn, person.id, active=True):
        part = see(package, at.astimezone(zone).date())
        if part.next_on and part.next_micros:
            found.append(Refill(datetime.combine(part.next_on, time(), zone), part.next_micros, "package"))
    return min(found, key=lambda refill: refill.at, default=None)


def helpers_of(conn: Connection, person: Person, micros: int, *, admins_only: bool) -> tuple[tuple[str, ...], bool]:
    """The names of those whom somebody would ask for so much, at once; and whether they are admins."""
    found = above(conn, person)
    rungs = ladder(found.org, micros, admins_only=admins_only)
    first = rungs[0] if rungs else ()
    names = sorted(found.people[each].name for each in first)
    return tuple(names[:MOST_NAMED]), bool(first) and set(first) <= found.org.admins
