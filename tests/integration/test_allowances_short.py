"""A pool too small: nobody is paid in part, the order is the declared one, and those left out are paid later, once."""

from datetime import UTC, datetime

import pytest

from budget.allowances import payout
from budget.allowances.claiming import claim
from budget.allowances.paying import PaidNow
from budget.allowances.payout import pay_due
from store.ledger.apply import apply
from store.ledger.steps import Transfer
from store.people import Person
from tests.allowing import MICROS, allow, allowed, change, letters, lines, payments, policy, set_clock, tick
from tests.commanding import Office
from tests.offices import COMPANY, wallet

NOVEMBER = "2026-11-01"


SHORT = (
    (
        "The company pool had too little for the allowance of everybody for November 2026: 2 people were paid, "
        "2 people were left out. *$8.00 (8M tokens)* is missing."
    ),
    "Nobody is paid in part, and who has been there longest comes first. Left out: Ueve, Ugrace.",
    (
        "As soon as there is enough for all of them I pay them, until the period is over. "
        "`/tokens allowance pay` pays as many as there is enough for now."
    ),
)
LEFT_OUT = (
    "Your allowance of $5.00 (5M tokens) for November 2026 was not paid: the company pool has too little just now. "
    "The admins know, and you get it as soon as there is enough."
)


async def drain(office: Office, left: int) -> None:
    """Leave so many dollars in the company's pool."""
    await office.post("move", COMPANY, await office.team_pool("platform"), await office.on(COMPANY) - left * MICROS)


@pytest.mark.parametrize(
    ("order", "paid"),
    [("joined", ["Bob", "Ada"]), ("name", ["Ada", "Bob"]), ("poorest", ["Ugrace", "Eve"])],
)
async def test_who_comes_first_is_paid_in_full_and_others_not_at_all(
    office: Office, ada: Person, grace: Person, bob: Person, eve: Person, order: str, paid: list[str]
) -> None:
    for person, name, starts_on in ((bob, "Bob", "2020-01-01"), (ada, "Ada", "2021-01-01"), (eve, "Eve", "2025-01-01")):
        await change(office, person, name=name, starts_on=starts_on)
    for person, micros in ((ada, 3 * MICROS), (bob, 2 * MICROS), (eve, 1)):
        await office.post("grant", COMPANY, wallet(person), micros)
    await policy(office, f'[allowances]\norder = "{order}"')
    await drain(office, 12)
    await allowed(office, ada, "everyone $5 monthly")
    assert await tick(office) == 2
    found = await lines(office, NOVEMBER)
    assert [name for name, state in found if state == "paid"] == paid
    assert [state for _, state in found] == ["paid", "paid", "left out", "left out"]
    assert await office.on(COMPANY) == 2 * MICROS
    assert await tick(office) == 0


async def test_the_admins_and_those_left_out_are_told_once_a_period(office: Office, ada: Person, eve: Person) -> None:
    await drain(office, 12)
    await allowed(office, ada, "everyone $5 monthly")
    for _ in range(3):
        await tick(office)
        office.pass_time(hours=1)
    ((to, told),) = await letters(office, "allowance_short")
    assert to == "UADA"
    assert told == "\n".join(SHORT)
    assert dict(await letters(office, "allowance_left_out")) == dict.fromkeys(("UEVE", "UGRACE"), LEFT_OUT)
    await office.done(ada, "fund $8")
    assert await tick(office) == 2
    assert [text for _, text in await letters(office, "allowance_left_out")] == [
        "Your allowance of $5.00 (5M tokens) for November 2026 was late, and has been paid."
    ] * 2
    ((_, told),) = await letters(office, "allowance_short")
    assert told == "The allowance of everybody for November 2026: nobody is left out any more."
    assert len(await payments(office, eve)) == 1


async def test_an_admin_pays_as_many_as_there_is_enough_for(office: Office, ada: Person, bob: Person) -> None:
    await drain(office, 5)
    await allowed(office, ada, "everyone $5 monthly")
    assert await tick(office) == 1
    await office.done(ada, "fund $11")
    assert await tick(office) == 0, "by itself only when there is enough for all"
    done = await allow(office, ada, "pay")
    assert done == PaidNow(2, 1, 5 * MICROS)
    assert await allow(office, ada, "pay") == PaidNow(0, 1, 5 * MICROS)
    actions = [entry.action for entry in await office.audit() if entry.actor_id == ada.id]
    assert actions.count("pay allowances") == 2
    assert len(await payments(office, bob)) == 1


async def test_what_was_left_out_ends_with_its_period(office: Office, ada: Person, eve: Person) -> None:
    await drain(office, 0)
    await allowed(office, ada, "everyone $5 monthly")
    await tick(office)
    await office.done(ada, "fund $25")
    set_clock(office, "2026-12-01 00:00")
    await tick(office)
    assert [reason for _, reason, _ in await payments(office, eve)] == ["December 2026"]
    assert await office.on(COMPANY) == 5 * MICROS
    await tick(office)
    assert [entry.action for entry in await office.audit()].count("end allowance") == 1


async def test_who_was_left_out_and_stopped_is_not_paid(office: Office, ada: Person) -> None:
    await drain(office, 0)
    await allowed(office, ada, "everyone $5 monthly")
    await tick(office)
    await allow(office, ada, "everyone stop")
    await office.done(ada, "fund $25")
    assert await tick(office) == 0
    assert await allow(office, ada, "pay") == PaidNow(0, 0, 0)


async def test_stopped_while_it_is_paid_it_is_over_with_those_who_can_be(office: Office, ada: Person) -> None:
    await drain(office, 10)
    one = (await allowed(office, ada, "everyone $5 monthly")).allowance
    await office.database.write(lambda conn: claim(conn, office.house, one.id, office.at))
    await allow(office, ada, "everyone stop")
    assert await tick(office) == 2
    assert await letters(office, "allowance_left_out") == [], "it would say that more comes"
    assert await letters(office, "allowance_short") == []
    await office.done(ada, "fund $25")
    assert await tick(office) == 0
    assert await allow(office, ada, "pay") == PaidNow(0, 0, 0)


async def test_who_has_left_since_is_passed_over(office: Office, ada: Person, eve: Person) -> None:
    await drain(office, 10)
    await allowed(office, ada, "everyone $5 monthly")
    await tick(office)
    await change(office, eve, left_at=office.at)
    await office.done(ada, "fund $50")
    assert await pay_due(office.house) == 1
    assert dict(await lines(office, NOVEMBER))["Ueve"] == "gone"
    assert await office.on(wallet(eve)) == 0


async def test_one_pool_for_several_is_spent_narrowest_first(office: Office, ada: Person, bob: Person) -> None:
    await drain(office, 9)
    await allowed(office, ada, "everyone $2 monthly", "platform $3 monthly by company", "<@UBOB|bob> $4 monthly")
    await tick(office)
    assert [len(await payments(office, each)) for each in (ada, bob)] == [1, 1]
    assert dict(await lines(office, NOVEMBER)) == {"Ada": "paid", "Ueve": "left out", "Ubob": "paid", "Ugrace": "paid"}


async def test_what_the_pool_has_may_end_at_the_very_instant(office: Office, ada: Person, eve: Person) -> None:
    await drain(office, 0)
    await allowed(office, ada, "everyone $5 monthly from 2026-12-01")
    at = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    step = Transfer("ends", "fund", "issued:T1", COMPANY, 18 * MICROS, office.at, until_at=at)
    await office.database.write(lambda conn: apply(conn, [step]))
    await office.done(ada, "fund $6")
    set_clock(office, "2026-12-01 00:00")
    assert await pay_due(office.house) == 1
    assert await office.on(COMPANY) == 1 * MICROS
    assert await office.on(wallet(eve)) == 0


async def test_nobody_is_paid_before_one_who_was_left_out(
    office: Office, ada: Person, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payout, "AT_ONCE", 1)
    await drain(office, 5)
    done = await allowed(office, ada, "everyone $5 monthly")
    await office.database.write(lambda conn: claim(conn, office.house, done.allowance.id, office.at))
    key, paid = (done.allowance.id, NOVEMBER), list[int | None]()
    for turn in range(5):
        if turn == 2:
            await office.done(ada, "fund $11")
        paid.append(await office.database.write(lambda conn: payout.pay_some(conn, office.house, key, office.at)))
    assert paid == [1, 0, 0, 0, None]
    assert await allow(office, ada, "pay") == PaidNow(2, 1, 5 * MICROS)
    assert [state for _, state in await lines(office, NOVEMBER)] == ["paid", "paid", "paid", "left out"]


async def test_who_was_paid_otherwise_meanwhile_is_not_paid_again(office: Office, ada: Person, eve: Person) -> None:
    await drain(office, 15)
    await allowed(office, ada, "everyone $5 monthly")
    assert await tick(office) == 3
    assert dict(await lines(office, NOVEMBER))["Ugrace"] == "left out"
    await allowed(office, ada, "<@UGRACE|grace> $1 monthly by platform")
    assert await tick(office) == 1
    await office.done(ada, "fund $50")
    assert await tick(office) == 0
    assert await allow(office, ada, "pay") == PaidNow(0, 0, 0)
    assert len(await payments(office, eve)) == 1
