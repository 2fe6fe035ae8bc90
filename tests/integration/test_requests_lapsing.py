"""Reminders, the next one up, lapsing; small requests. What depends on the engine is tested in the races."""

from datetime import UTC, date, datetime, timedelta

import pytest

from budget.requests.deciding import Approve, Refuse
from budget.requests.lapsing import remind_and_lapse
from store.database import Database
from store.people import Person
from tests.commanding import Office
from tests.offices import COMPANY, GRACE, wallet
from tests.requesting import USD, Asking


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """The office's."""
    return sqlite_database


@pytest.fixture
def asking(office: Office) -> Asking:
    return Asking(office)


async def tick(asking: Asking) -> int:
    return await remind_and_lapse(asking.office.house)


async def test_a_reminder_two_days_before_and_then_it_lapses(asking: Asking, bob: Person, grace: Person) -> None:
    made = await asking.asked(bob)
    assert made.request.lapse_at - asking.office.at == timedelta(days=7)
    assert await tick(asking) == 0
    asking.office.pass_time(days=5, seconds=-1)
    assert await tick(asking) == 0
    asking.office.pass_time(seconds=1)
    assert (await tick(asking), await tick(asking)) == (1, 0)
    first, reminder = await asking.to("UGRACE", "request_card")
    assert ("reminder" in first, reminder["reminder"]) == (False, True)
    [upward] = await asking.to("UADA", "request_card")
    assert (upward["undecided"], upward["also"], upward["pool"]) == (["Ugrace"], [], "the company pool")
    asking.office.pass_time(days=2)
    assert (await tick(asking), await tick(asking)) == (1, 0)
    assert (await asking.request(made)).state == "lapsed"
    [told] = await asking.to("UBOB", "request_outcome")
    assert (told["state"], told["asked"]) == ("lapsed", ["Ugrace", "Ada"])
    cards = [*await asking.to("UGRACE", "request_card"), *await asking.to("UADA", "request_card")]
    assert [card["state"] for card in cards] == ["lapsed"] * 3
    assert await asking.actions() == ["request", "request reminded", "request lapsed"]
    assert "lapsed already" in await asking.refused(grace, made, Approve())


async def test_who_was_asked_second_may_decide_and_all_cards_say_so(asking: Asking, bob: Person, ada: Person) -> None:
    made = await asking.asked(bob)
    asking.office.at = made.request.next_at
    await tick(asking)
    await asking.decided(ada, made, Refuse("no"))
    told = [*await asking.to("UGRACE", "request_card"), *await asking.to("UADA", "request_card")]
    assert [(card["state"], card["by"], card["mine"]) for card in told] == [
        ("refused", "Ada", False), ("refused", "Ada", False), ("refused", "Ada", True)
    ]  # fmt: skip
    asking.office.pass_time(days=9)
    assert await tick(asking) == 0


async def test_who_may_not_decide_any_more_is_not_reminded(asking: Asking, bob: Person, ada: Person) -> None:
    made = await asking.asked(bob)
    await asking.office.done(ada, f"team remove platform {GRACE}")
    asking.office.at = made.request.next_at
    await tick(asking)
    assert [card.get("reminder") for card in await asking.to("UGRACE", "request_card")] == [None]
    assert len(await asking.to("UADA", "request_card")) == 1
    made = await asking.asked(bob)
    await asking.policy('[requests]\napprover = "admins"')
    asking.office.at = made.request.next_at
    await tick(asking)
    assert [card.get("reminder") for card in await asking.to("UADA", "request_card")] == [None, None, True]


async def test_the_teams_above_are_asked_before_the_admins(asking: Asking, bob: Person, ada: Person) -> None:
    office = asking.office
    mia = await office.meet("UMIA", "Mia")
    await office.done(ada, "team create Engineering", "team manager engineering <@UMIA>", "grant engineering $3")
    await asking.nest("platform", "engineering")
    made = await asking.asked(bob, 2 * USD)
    assert made.asked == ("Ugrace",)
    office.at = made.request.next_at
    await tick(asking)
    [card] = await asking.to("UMIA", "request_card")
    assert card["pool"] == "the Engineering pool"
    assert await asking.to("UADA", "request_card") == []
    await asking.decided(mia, made, Approve())
    assert await office.on(await office.team_pool("engineering")) == USD
    assert (await asking.asked(bob, 11 * USD)).asked == ("Ada",)


async def test_the_policy_sets_the_times_and_an_end_shortens_them(asking: Asking, bob: Person) -> None:
    at = asking.office.at
    await asking.policy("[requests]\nlapse_days = 1\nremind_days = 2")
    half = (await asking.asked(bob)).request
    assert (half.next_at, half.lapse_at) == (at + timedelta(hours=12), at + timedelta(days=1))
    await asking.policy("[requests]\nlapse_days = 10\nremind_days = 0")
    never = (await asking.asked(bob)).request
    assert never.next_at == never.lapse_at == at + timedelta(days=10)
    ends = (await asking.asked(bob, until=date(2026, 11, 24))).request
    assert ends.lapse_at == datetime(2026, 11, 24, 23, tzinfo=UTC)


async def test_whoever_has_left_asks_for_nothing_any_more(asking: Asking, bob: Person) -> None:
    made = await asking.asked(bob)
    assert await tick(asking) == 0
    await asking.change(bob, left_at=asking.office.at)
    assert (await tick(asking), await tick(asking)) == (1, 0)
    assert (await asking.request(made)).state == "withdrawn"
    [card] = await asking.to("UGRACE", "request_card")
    assert (card["state"], card["by"]) == ("withdrawn", None)


async def test_small_ones_are_granted_at_once_and_reported(asking: Asking, bob: Person) -> None:
    office = asking.office
    await asking.policy('[requests]\nsmall = "$2"\nsmall_a_month = "$3"')
    made = await asking.asked(bob, 2 * USD)
    assert (made.pool, made.available_micros, made.request.decided_by) == ("the Platform pool", 2 * USD, None)
    assert await office.on(wallet(bob)) == 2 * USD
    [told] = await asking.to("UGRACE", "request_report")
    assert (told["granted"], told["this_month"], told["small_a_month"]) == (2 * USD, 2 * USD, 3 * USD)
    assert await asking.to("UBOB", "request_outcome") == [], "the answer to the command says it"
    assert (await asking.asked(bob, 2 * USD)).request.is_waiting, "that would be $4 this month"
    assert (await asking.asked(bob, 2 * USD + 1)).request.is_waiting, "that is not small"
    office.at = datetime(2026, 11, 30, 22, 59, tzinfo=UTC)
    assert not (await asking.asked(bob, USD)).request.is_waiting
    office.at = datetime(2026, 11, 30, 23, 1, tzinfo=UTC)  # December in Berlin
    assert not (await asking.asked(bob, 2 * USD)).request.is_waiting
    pool = await office.team_pool("platform")
    await office.post("move", pool, COMPANY, await office.on(pool))
    assert (await asking.asked(bob, USD)).pool == "the company pool"
    entries = [entry for entry in await office.audit() if entry.action == "request approved"]
    assert {entry.actor_id for entry in entries} == {None}


async def test_where_nothing_is_small_or_nothing_could_pay_somebody_decides(asking: Asking, bob: Person) -> None:
    assert (await asking.asked(bob, 10_000)).request.is_waiting
    await asking.policy('[requests]\nsmall = "$200"\nsmall_a_month = "$200"')
    assert (await asking.asked(bob, 150 * USD)).asked == ("Ada",)
