"""Asking for more, and deciding on it, on both engines: money, letters, audit, rights."""

from datetime import date, datetime
from typing import Any

import pytest

from budget.outcome import No
from budget.requests.deciding import Approve, Lend, Refuse
from budget.requests.withdrawing import withdraw
from store import tables
from store.people import Person
from tests.commanding import START, WORKSPACE, Office
from tests.offices import COMPANY, wallet
from tests.requesting import USD, Asking


@pytest.fixture
def asking(office: Office) -> Asking:
    return Asking(office)


async def test_a_card_tells_how_long_it_lasts_by_a_model_that_the_policy_lets_them_have(
    asking: Asking, bob: Person
) -> None:
    await asking.policy('[models]\nallowed = ["big"]')
    await asking.asked(bob)
    [card] = await asking.to("UGRACE", "request_card")
    assert card["balance"]["model"] == "big"


async def test_a_manager_is_asked_and_approves_from_the_teams_pool(asking: Asking, bob: Person, grace: Person) -> None:
    office = asking.office
    made = await asking.asked(bob)
    assert (made.asked, made.request.state) == (("Ugrace",), "waiting")
    [card] = await asking.to("UGRACE", "request_card")
    assert (card["who"], card["amount"], card["reason"]) == ("Ubob", 4 * USD, "the demo")
    assert (card["pool"], card["before"]) == ("the Platform pool", 10 * USD)
    assert card["balance"]["available"] == 0
    done = await asking.decided(grace, made, Approve())
    assert (done.pool, done.left_micros) == ("the Platform pool", 6 * USD)
    assert await office.on(wallet(bob)) == 4 * USD
    [told] = await asking.to("UBOB", "request_outcome")
    assert (told["by"], told["granted"], told["available"]) == ("Ugrace", 4 * USD, 4 * USD)
    [card] = await asking.to("UGRACE", "request_card")
    assert (card["state"], card["mine"], card["left"]) == ("approved", True, 6 * USD)
    assert await asking.actions() == ["request", "request approved"]
    entry = next(entry for entry in await office.audit() if entry.action == "request approved")
    assert (entry.actor_id, entry.target, entry.old) == (grace.id, wallet(bob), "0 micros")
    assert entry.new is not None
    assert entry.new.startswith(f"{4 * USD} micros ({4 * USD} from team:")
    looks = [entry for entry in await office.audit() if entry.action == "look"]
    assert [(look.actor_id, look.target) for look in looks] == [(grace.id, wallet(bob))]


async def test_another_amount_with_a_word_and_an_end(asking: Asking, bob: Person, grace: Person) -> None:
    made = await asking.asked(bob, until=date(2026, 11, 30))
    await asking.decided(grace, made, Approve(2 * USD, "half for now"))
    assert await asking.office.on(wallet(bob)) == 2 * USD
    [told] = await asking.to("UBOB", "request_outcome")
    assert (told["granted"], told["note"], told["until"]) == (2 * USD, "half for now", "2026-11-30")
    query = tables.transfer.select().where(tables.transfer.c.request_key == f"request:{made.request.id}")
    [row] = await asking.office.database.read(lambda conn: conn.execute(query).all())
    assert (row.kind, row.reason, row.actor_id) == ("grant", "the demo", grace.id)
    assert row.until_at == datetime.fromisoformat("2026-12-01T00:00:00+01:00")


async def test_lent_until_a_day_and_told_in_one_letter(asking: Asking, bob: Person, grace: Person) -> None:
    made = await asking.asked(bob)
    await asking.decided(grace, made, Lend(date(2026, 12, 24), 3 * USD, "for the fair"))
    request = await asking.request(made)
    assert (request.state, request.due_on, request.granted_micros) == ("lent", "2026-12-24", 3 * USD)
    assert await asking.office.on(wallet(bob)) == 3 * USD
    [loan] = await asking.office.database.read(lambda conn: conn.execute(tables.loan.select()).all())
    assert (loan.amount_micros, loan.borrower_id) == (3 * USD, wallet(bob))
    [(kind, told)] = [(kind, told) for to, kind, told in await asking.letters() if to == "UBOB"]
    assert (kind, told["state"], told["due"], told["note"]) == (
        "request_outcome", "lent", "2026-12-24", "for the fair"
    )  # fmt: skip
    assert "is over already" in await asking.refused(grace, await asking.asked(bob), Lend(date(2026, 1, 1)))


async def test_refused_with_a_reason_nothing_moves(asking: Asking, bob: Person, grace: Person) -> None:
    made = await asking.asked(bob)
    before = await asking.office.verified()
    await asking.decided(grace, made, Refuse("not this month"))
    assert await asking.office.verified() == before
    [told] = await asking.to("UBOB", "request_outcome")
    assert (told["state"], told["note"]) == ("refused", "not this month")
    assert "refused this already" in await asking.refused(grace, made, Approve())


async def test_only_who_may_decides_and_never_oneself(
    asking: Asking, ada: Person, grace: Person, bob: Person, eve: Person
) -> None:
    made = await asking.asked(bob)
    assert "own request" in await asking.refused(bob, made, Approve())
    assert "you are neither" in await asking.refused(eve, made, Approve())
    own = await asking.asked(grace)
    assert own.asked == ("Ada",)
    assert "own request" in await asking.refused(grace, own, Approve())
    done = await asking.decided(ada, own, Approve())
    assert done.pool == "the company pool"
    await asking.policy('[requests]\napprover = "admins"')
    assert "admins decide" in await asking.refused(grace, made, Approve())
    assert (await asking.asked(bob)).asked == ("Ada",)
    await asking.decided(ada, made, Approve())


async def test_an_only_admin_and_a_person_without_anybody_are_told_so(asking: Asking, ada: Person) -> None:
    no = await asking.ask(ada)
    assert isinstance(no, No)
    assert "nobody decides on their own request" in no.sentence
    await asking.change(ada, is_admin=False)
    no = await asking.ask(ada)
    assert isinstance(no, No)
    assert "There is nobody who could decide" in no.sentence


async def test_the_decision_looks_again(asking: Asking, ada: Person, grace: Person, bob: Person) -> None:
    made = await asking.asked(bob)
    pool = await asking.office.team_pool("platform")
    await asking.office.post("move", pool, COMPANY, 7 * USD)
    sentence = await asking.refused(grace, made, Approve())
    assert "The Platform pool has $3.00 (3M tokens) available: $1.00 (1M tokens) less" in sentence
    await asking.decided(grace, made, Approve(3 * USD))
    made = await asking.asked(bob)
    assert made.asked == ("Ada",), "the pool of their manager is empty"
    await asking.change(bob, frozen_at=asking.office.at)
    assert "is frozen" in await asking.refused(ada, made, Approve())
    await asking.change(bob, frozen_at=None, left_at=asking.office.at)
    assert "has left" in await asking.refused(ada, made, Lend(date(2026, 12, 1)))
    await asking.change(ada, frozen_at=asking.office.at)
    assert "you cannot decide" in await asking.refused(ada, made, Refuse("no"))
    await asking.change(ada, frozen_at=None)
    await asking.decided(ada, made, Refuse("gone"))


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"frozen_at": START, "frozen_reason": "lost laptop"}, USD, "frozen (lost laptop)"),
    ({"frozen_at": None, "left_at": START}, USD, "You have left"),
    ({"left_at": None}, 9_999, "The least to ask for is $0.01"),
    ({"left_at": None}, 10**13, "speak with an admin"),
]


async def test_who_cannot_ask_for_what(asking: Asking, bob: Person) -> None:
    for changed, micros, part in REFUSED:
        await asking.change(bob, **changed)
        no = await asking.ask(bob, micros)
        assert isinstance(no, No)
        assert part in no.sentence
    assert await asking.letters() == []


async def test_days_and_projects_are_looked_at(asking: Asking, bob: Person, grace: Person) -> None:
    no = await asking.ask(bob, until=date(2026, 11, 1))
    assert isinstance(no, No)
    assert "2026-11-01 is over" in no.sentence
    no = await asking.ask(bob, project_id="nothing")
    assert isinstance(no, No)
    assert "That project is closed" in no.sentence
    values = {
        "id": "atlas", "workspace_id": WORKSPACE, "name": "Atlas", "name_key": "atlas", "owner_id": grace.id,
        "created_at": asking.office.at,
    }  # fmt: skip
    await asking.office.database.write(lambda conn: conn.execute(tables.project.insert().values(values)))
    await asking.asked(bob, project_id="atlas")
    [card] = await asking.to("UGRACE", "request_card")
    assert card["project"] == "Atlas"


async def test_the_same_key_asks_once_and_three_wait_at_most(asking: Asking, bob: Person, eve: Person) -> None:
    first = await asking.asked(bob, key="k")
    again = await asking.asked(bob, key="k")
    assert (again.replayed, again.request, again.asked) == (True, first.request, first.asked)
    assert isinstance(await asking.ask(eve, key="k"), No)
    await asking.asked(bob)
    await asking.asked(bob)
    no = await asking.ask(bob)
    assert isinstance(no, No)
    assert "3 requests of yours are waiting" in no.sentence
    assert len(await asking.to("UGRACE", "request_card")) == 3
    taken = await withdraw(asking.office.house, bob.id, None, origin="test")
    assert not isinstance(taken, No)
    await asking.asked(bob)


async def test_taken_back_by_whoever_asked_alone(asking: Asking, bob: Person, grace: Person) -> None:
    house, made = asking.office.house, await asking.asked(bob)
    no = await withdraw(house, grace.id, made.request.id, origin="test")
    assert isinstance(no, No)
    assert not isinstance(await withdraw(house, bob.id, made.request.id, origin="test"), No)
    [card] = await asking.to("UGRACE", "request_card")
    assert (card["state"], card["by"]) == ("withdrawn", "Ubob")
    assert "taken back already" in await asking.refused(grace, made, Approve())
    no = await withdraw(house, bob.id, made.request.id, origin="test")
    assert isinstance(no, No)
    assert await asking.to("UBOB", "request_outcome") == []
    none = await withdraw(house, bob.id, None, origin="test")
    assert isinstance(none, No)
    assert "nothing to take back" in none.sentence
