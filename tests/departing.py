"""What tests of leaving share: letting people go, the clock's tick, who is what afterwards."""

from datetime import date
from typing import Any

from budget.org import coming_back, freezing, leaving
from budget.org.leaving import Left, Planned
from budget.org.people import Profile
from budget.outcome import No
from budget.transfers.lending import lend
from budget.typed import PersonRef
from handlers.slack.views import organising_letters as organising_letters  # which show what is written here
from store import leaving as records
from store.leaving import Departure
from store.ledger.steps import Dispatch, Hold, Settle
from store.people import Person
from tests.allowing import letters as letters
from tests.allowing import policy as policy
from tests.commanding import Office
from tests.offices import COMPANY, known

KEEP = '[leaving]\nvested = "keep"\ngrace_days = 30\n'
STATEMENT = "closing statement"


async def offboard(office: Office, actor: Person, person: Person) -> Left | No:
    """An admin lets somebody go."""
    return await leaving.offboard(office.house, actor.id, PersonRef(person.slack_id), origin="test")


async def offboarded(office: Office, actor: Person, person: Person) -> Left:
    """The same, which must be done; the books add up afterwards."""
    left = await offboard(office, actor, person)
    assert isinstance(left, Left), left
    await office.verified()
    return left


async def end_on(office: Office, actor: Person, person: Person, day: str) -> Planned | No:
    """A last day."""
    ref = PersonRef(person.slack_id)
    return await leaving.end_on(office.house, actor.id, ref, date.fromisoformat(day), origin="test")


async def keep(office: Office, actor: Person, person: Person) -> coming_back.Kept | No:
    """They stay after all."""
    return await coming_back.keep(office.house, actor.id, PersonRef(person.slack_id), origin="test")


async def freeze(office: Office, actor: Person, person: Person, reason: str | None = None) -> freezing.Frozen | No:
    """Their questions are refused."""
    return await freezing.freeze(office.house, actor.id, PersonRef(person.slack_id), reason, origin="test")


async def begin(office: Office, actor: Person, person: Person) -> Left | No:
    """Leaving without the closing: as far as a process comes that is killed in between."""
    ref = PersonRef(person.slack_id)
    return await office.database.write(lambda conn: leaving.begin(conn, office.house, actor.id, ref, origin="test"))


async def tick(office: Office) -> int:
    """The clock comes by; how many people that moved."""
    moved = await leaving.leave_due(office.house)
    await office.verified()
    return moved


async def now(person: Person, office: Office) -> Person:
    """A person as they stand."""
    return await known(office, person.slack_id)


async def departure(office: Office, person: Person) -> Departure:
    """What was written down when somebody left last."""
    found = await office.database.read(lambda conn: records.departure_of(conn, person.id))
    assert found is not None
    return found


async def hold(office: Office, account_id: str, micros: int, key: str = "h1") -> None:
    """A question under way: its cost is held, and the model called."""
    await office.database.post(Hold(key, account_id, micros, micros, office.at, office.at.replace(year=2030)))
    await office.database.post(Dispatch(key, office.at))


async def settle(office: Office, micros: int, key: str = "h1") -> None:
    """It is answered."""
    await office.database.post(Settle(key, micros, office.at))


async def lent(
    office: Office, lender: str, borrower: Person, micros: int, due: str = "2026-12-31", key: str = "loan"
) -> None:
    """A loan, if there is enough."""
    await office.database.write(
        lambda conn: lend(
            conn, office.house, lender_account_id=lender, borrower=borrower, amount_micros=micros,
            due_on=date.fromisoformat(due), reason=None, actor_id=borrower.id, key=key,
            origin="test", at=office.at,
        )
    )  # fmt: skip


def profile(person: Person, **more: Any) -> Profile:
    """Somebody as Slack describes them."""
    values = {"slack_id": person.slack_id, "name": person.name, "email": person.email, "timezone": person.timezone}
    return Profile(**(values | more))


async def on_company(office: Office) -> int:
    """What the company pool has available."""
    return await office.on(COMPANY)
