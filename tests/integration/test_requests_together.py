"""One decision on each request, whoever decides at once: two approvers, double clicks, replicas, people who leave."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from itertools import count
from typing import Any

import pytest

from budget.org.freezing import freeze, unfreeze
from budget.org.leaving import offboard
from budget.outcome import No
from budget.requests import lapsing
from budget.requests.deciding import Approve, Decided, Lend, Refuse, Verdict, decide
from budget.requests.lapsing import remind_and_lapse
from budget.requests.making import Made, make
from budget.requests.typed import MakeRequest
from budget.requests.withdrawing import withdraw
from budget.typed import PersonRef
from store.database import Connection, Database
from store.people import Person
from store.requests import Request
from tests.commanding import Office
from tests.offices import BOB, COMPANY, GRACE, wallet
from tests.requesting import USD, Asking

ROUNDS = 8


@pytest.fixture
def asking(office: Office) -> Asking:
    return Asking(office)


@pytest.fixture
async def twin(database_url: str, asking: Asking) -> AsyncIterator[Office]:
    """Another replica on the same PostgreSQL; on SQLite, which has one process, the same one."""
    if database_url.startswith("sqlite"):
        yield asking.office
        return
    database = await Database.open(database_url)
    yield Office(database, asking.office.rules, asking.office.at, count(1000))  # ids of its own, as in life
    await database.close()


VERDICTS: list[Verdict] = [Approve(), Approve(USD // 2, "less"), Refuse("no"), Lend(date(2026, 12, 24), USD)]


async def test_one_decision_of_many_at_once(
    asking: Asking, twin: Office, ada: Person, grace: Person, bob: Person
) -> None:
    houses = (asking.office.house, twin.house)
    for number in range(ROUNDS):
        made = await asking.asked(bob, USD)
        before = await asking.office.on(wallet(bob))
        answers = await asyncio.gather(
            *(
                decide(houses[turn % 2], who.id, made.request.id, VERDICTS[(number + turn) % 4], origin="test")
                for turn, who in enumerate((ada, grace, ada, grace, grace))
            )
        )
        [done] = [answer for answer in answers if isinstance(answer, Decided)]
        assert all("already" in answer.sentence for answer in answers if isinstance(answer, No))
        request = await asking.request(made)
        assert request == done.request
        got = await asking.office.on(wallet(bob)) - before
        assert got == (request.granted_micros or 0)
        if got:
            payer = COMPANY if done.pool == "the company pool" else await asking.office.team_pool("platform")
            await asking.office.post("move", wallet(bob), payer, got)
    assert len(await asking.to("UBOB", "request_outcome")) == ROUNDS
    assert [told["state"] for told in await asking.to("UGRACE", "request_card")].count("waiting") == 0
    assert len([action for action in await asking.actions() if action != "request"]) == ROUNDS


async def test_deciding_taking_back_and_lapsing_at_once(
    asking: Asking, twin: Office, grace: Person, bob: Person
) -> None:
    for _ in range(ROUNDS):
        made = await asking.asked(bob, USD // 10)
        twin.at = asking.office.at = made.request.lapse_at
        decided, taken, _, _ = await asyncio.gather(
            decide(twin.house, grace.id, made.request.id, Approve(), origin="test"),
            withdraw(asking.office.house, bob.id, made.request.id, origin="test"),
            remind_and_lapse(asking.office.house),
            remind_and_lapse(twin.house),
        )
        state = (await asking.request(made)).state
        won = {
            "approved": isinstance(decided, Decided), "withdrawn": not isinstance(taken, No),
            "lapsed": isinstance(decided, No) and isinstance(taken, No),
        }  # fmt: skip
        assert [name for name, did in won.items() if did] == [state]
    granted = (await asking.actions()).count("request approved")
    assert await asking.office.on(wallet(bob)) == granted * USD // 10


async def test_a_pool_is_given_once_though_many_decide_at_once(
    asking: Asking, grace: Person, bob: Person, ada: Person
) -> None:
    people = [await asking.office.meet(f"UMEMBER{number}") for number in range(4)]
    mentions = " ".join(f"<@{person.slack_id}>" for person in people)
    await asking.office.done(ada, f"team add platform {mentions}")
    made = [await asking.asked(person) for person in (*people, bob)]
    answers = await asyncio.gather(*(asking.decide(grace, each, Approve()) for each in made))
    assert sum(isinstance(answer, Decided) for answer in answers) == 2
    assert await asking.office.on(await asking.office.team_pool("platform")) == 2 * USD
    waiting = [each for each in made if (await asking.request(each)).is_waiting]
    assert len(waiting) == 3
    await asking.decided(ada, waiting[0], Approve())


async def test_small_ones_at_once_never_exceed_the_month(asking: Asking, twin: Office, bob: Person) -> None:
    await asking.policy('[requests]\nsmall = "$1"\nsmall_a_month = "$3.50"')
    houses = (asking.office.house, twin.house)
    made = await asyncio.gather(
        *(
            make(houses[turn % 2], bob.id, MakeRequest(USD), key=f"small {turn % 6}", origin="test")
            for turn in range(12)
        )
    )
    assert await asking.office.on(wallet(bob)) == 3 * USD
    states = {each.request.id: each.request.state for each in made if isinstance(each, Made)}
    assert sorted(states.values()) == ["approved"] * 3 + ["waiting"] * 3
    assert len(await asking.to("UGRACE", "request_report")) == 3
    assert len(await asking.to("UGRACE", "request_card")) == 3


@pytest.mark.parametrize("who_leaves", ["asker", "approver"])
async def test_deciding_against_leaving(
    asking: Asking, twin: Office, ada: Person, grace: Person, bob: Person, who_leaves: str
) -> None:
    office, leaver = asking.office, bob if who_leaves == "asker" else grace
    for _ in range(3):
        made, before = await asking.asked(bob, USD), await office.on(wallet(bob))
        answer, left = await asyncio.gather(
            decide(twin.house, grace.id, made.request.id, Approve(), origin="test"),
            offboard(office.house, ada.id, PersonRef(leaver.slack_id), origin="test"),
        )
        assert not isinstance(left, No)
        request = await asking.request(made)
        assert (request.state == "approved") == isinstance(answer, Decided)
        assert not (request.is_waiting and who_leaves == "asker")
        kept = before + (request.granted_micros or 0) if leaver is grace else 0
        assert await office.on(wallet(bob)) == kept
        if request.is_waiting:
            assert not isinstance(await withdraw(office.house, bob.id, None, origin="test"), No)
        await asking.change(leaver, left_at=None, closes_at=None, closed_at=None)
        await office.done(ada, f"team add platform {BOB}", f"team manager platform {GRACE}")


async def test_deciding_against_freezing(asking: Asking, twin: Office, ada: Person, grace: Person, bob: Person) -> None:
    for _ in range(3):
        made = await asking.asked(bob, USD)
        before = await asking.office.on(wallet(bob))
        answer, _ = await asyncio.gather(
            decide(twin.house, grace.id, made.request.id, Approve(), origin="test"),
            freeze(asking.office.house, ada.id, PersonRef("UBOB"), None, origin="test"),
        )
        request = await asking.request(made)
        assert request.is_waiting == isinstance(answer, No)
        assert await asking.office.on(wallet(bob)) - before == (request.granted_micros or 0)
        await unfreeze(asking.office.house, ada.id, PersonRef("UBOB"), origin="test")


async def test_a_kill_before_the_commit_leaves_nothing_and_after_it_everything(
    asking: Asking, grace: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await asking.asked(bob)
    before = await asking.office.verified(), await asking.letters(), await asking.office.audit()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("budget.requests.deciding.note", killed)  # the last thing that is written
        with pytest.raises(KeyboardInterrupt):
            await asking.decide(grace, made, Approve())
    assert before == (await asking.office.verified(), await asking.letters(), await asking.office.audit())
    await asking.decided(grace, made, Approve())
    assert len(await asking.to("UBOB", "request_outcome")) == 1


async def test_a_reminder_comes_once_from_many_clocks(asking: Asking, twin: Office, bob: Person) -> None:
    made = [await asking.asked(bob, USD) for _ in range(3)]
    twin.at = asking.office.at = made[0].request.next_at
    for _ in range(3):
        await asyncio.gather(*(remind_and_lapse(house) for house in (asking.office.house, twin.house) * 2))
    reminded = await asking.to("UGRACE", "request_card")
    assert len([card for card in reminded if card.get("reminder")]) == 3
    assert len(await asking.to("UADA", "request_card")) == 3
    assert (await asking.actions()).count("request reminded") == 3


async def test_one_that_cannot_lapse_keeps_no_other_from_it(
    asking: Asking, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await asking.asked(bob, USD) for _ in range(3)]
    asking.office.at = made[0].request.lapse_at
    real = lapsing.end

    def ends(conn: Connection, request: Request, *rest: Any) -> Request:
        if request.id == made[1].request.id:
            raise ZeroDivisionError
        return real(conn, request, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(lapsing, "end", ends)
        with pytest.raises(ExceptionGroup):
            await remind_and_lapse(asking.office.house)
    assert [(await asking.request(each)).state for each in made] == ["lapsed", "waiting", "lapsed"]
    assert await remind_and_lapse(asking.office.house) == 1
