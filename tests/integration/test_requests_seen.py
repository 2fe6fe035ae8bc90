"""Requests as people see them: on Home, in the forms; on both engines."""

from datetime import date

import pytest

from budget.balance import known
from budget.outcome import No
from budget.requests.seen import ToAsk, mine, to_ask, to_decide, waiting_for
from store import tables
from store.people import Person
from tests.commanding import WORKSPACE, Office
from tests.requesting import USD, Asking


@pytest.fixture
def asking(office: Office) -> Asking:
    return Asking(office)


async def test_home_sees_ones_own_and_what_one_may_decide_on(
    asking: Asking, ada: Person, grace: Person, bob: Person, eve: Person
) -> None:
    await asking.asked(bob, until=date(2026, 11, 25))
    await asking.asked(eve, reason=None)
    await asking.asked(grace)
    read = asking.office.database.read

    async def to_decide_by(who: Person) -> list[str]:
        return [each.name for each in await read(lambda conn: waiting_for(conn, known(conn, who.id)))]

    assert await to_decide_by(ada) == ["Ubob", "Ueve", "Ugrace"]
    assert await to_decide_by(grace) == ["Ubob"]
    assert await to_decide_by(bob) == []
    assert await read(lambda conn: waiting_for(conn, known(conn, grace.id), admins_only=True)) == []
    assert len(await read(lambda conn: waiting_for(conn, known(conn, ada.id), limit=1))) == 1
    [own] = await read(lambda conn: mine(conn, bob.id))
    assert (own.amount_micros, own.reason, own.until, own.asked) == (
        4 * USD, "the demo", date(2026, 11, 25), ("Ugrace",)
    )  # fmt: skip
    found = await to_decide(asking.office.house, grace.id, own.id)
    assert not isinstance(found, No)
    assert (found.pool, found.before_micros) == ("the Platform pool", 10 * USD)
    assert isinstance(await to_decide(asking.office.house, eve.id, own.id), No)


async def test_the_form_suggests_what_the_refused_question_lacked_to_its_asker_alone(
    asking: Asking, bob: Person, eve: Person
) -> None:
    values = {
        "id": "ask1", "workspace_id": WORKSPACE, "event_id": "e", "channel_id": "C1", "message_ts": "1",
        "thread_ts": "1", "place": "channel", "asker_id": "UBOB", "person_id": bob.id, "state": "refused",
        "outcome": "spent", "bound_micros": 4 * USD, "lease_until_at": asking.office.at,
        "created_at": asking.office.at,
    }  # fmt: skip
    await asking.office.database.write(lambda conn: conn.execute(tables.ask.insert().values(values)))
    found = await to_ask(asking.office.house, bob, "ask1")
    assert isinstance(found, ToAsk)
    assert (found.suggested_micros, found.ask_id) == (20 * USD, "ask1")
    other = await to_ask(asking.office.house, eve, "ask1")
    assert isinstance(other, ToAsk)
    assert (other.suggested_micros, other.ask_id) == (None, None)
    assert (await asking.asked(bob, ask_id="ask1")).request.ask_id == "ask1"
    assert (await asking.asked(eve, ask_id="ask1")).request.ask_id is None
