"""Sending, lending, giving back, as people in a workspace see it."""

from collections.abc import AsyncIterator

import pytest

from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE
from store.database import Database
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject


@pytest.fixture
async def acme(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as opened:
        await opened.set_up()
        await opened.say(GRACE, "grant @ada $8")
        yield opened
        await opened.office.verified()


@pytest.fixture
async def small(sqlite_database: Database) -> AsyncIterator[Floor]:
    """The same where the engine does not matter."""
    async with floor(sqlite_database) as opened:
        await opened.set_up()
        await opened.say(GRACE, "grant @ada $8")
        yield opened
        await opened.office.verified()


async def test_a_gift_seen_by_both(acme: Floor) -> None:
    done = await acme.say(ADA, "send @alan $3 for lunch & <more>")
    assert done.splitlines() == [
        "*$3.00 (3M tokens)* went from you to Alan Turing, for lunch &amp; &lt;more&gt;.",
        "You now have $5.00 (5M tokens).",
    ], "what the other has is not the giver's to see"
    assert (await acme.told(ALAN, "sent you")).splitlines() == [
        "Ada Lovelace sent you *$3.00 (3M tokens)*, for lunch &amp; &lt;more&gt;.",
        "You now have $3.00 (3M tokens).",
    ]


async def test_giving_back(acme: Floor) -> None:
    done = await acme.say(ADA, "return $2 for a quiet month")
    assert done.splitlines() == [
        "*$2.00 (2M tokens)* went back to the Platform pool, for a quiet month.",
        "You now have $6.00 (6M tokens).",
    ]
    assert "gave *$2.00 (2M tokens)* back to the Platform pool, for a quiet" in await acme.told(GRACE, "gave")
    assert "give back to a team that you are in" in await acme.say(ALAN, "return $2 to platform")
    assert "You have $6.00 (6M tokens) available: $1.00 (1M tokens) less" in await acme.say(ADA, "return $7")


async def test_a_loan_and_its_return(acme: Floor) -> None:
    lent = await acme.say(ADA, "lend @alan $3 until 2026-12-01 for the launch")
    assert lent.splitlines() == [
        "*$3.00 (3M tokens)* is lent to Alan Turing until the end of 1 December 2026, for the launch.",
        "Then what is there of it comes back by itself.",
        "You now have $5.00 (5M tokens).",
    ]
    told = await acme.told(ALAN, "lent you")
    assert told.startswith(
        "Ada Lovelace lent you *$3.00 (3M tokens)* until the end of 1 December 2026, for the launch."
    )
    back = await acme.say(ALAN, "return $1")
    assert back.splitlines()[0] == ("*$1.00 (1M tokens)* went back to Ada Lovelace; $2.00 of that loan is still out.")
    told = await acme.told(ADA, "gave back")
    assert told.splitlines() == [
        "Alan Turing gave back *$1.00 (1M tokens)* to you, of $3.00 (3M tokens) lent to Alan Turing, for the launch.",
        "$2.00 of it is still out; it was lent until 1 December 2026.",
        "You now have $6.00 (6M tokens).",
    ]


async def test_a_manager_lends_from_the_pool(small: Floor) -> None:
    assert "You can lend from a pool to members" in await small.say(ADA, "lend @alan $1 until 2026-12-01 from platform")
    lent = await small.say(GRACE, "lend @ada $1 until 2026-12-01 from platform")
    assert lent.startswith("*$1.00 (1M tokens)* is lent from the Platform pool to Ada Lovelace until the end of 1 Dec")
    assert "Grace Hopper lent you *$1.00 (1M tokens)* from the Platform pool" in await small.told(ADA, "lent you")
    lent = await small.say(FRANCES, "lend @ada $1 until 2026-12-01 from company for a trial")
    assert lent.splitlines()[-1] == "The company pool now has $89.00 (89M tokens)."


def company(opened: Floor) -> str:
    return f"company:{opened.desk.workspace_id}"


def buttons_of(message: JsonObject) -> dict[str, str]:
    """The buttons of a message: what they say, and their action's id."""
    found = [element for block in message["blocks"] for element in block.get("elements", [])]
    found += [block["accessory"] for block in message["blocks"] if "accessory" in block]
    return {button["text"]["text"]: button["action_id"] for button in found if button["type"] == "button"}


async def click(opened: Floor, who: str, message: JsonObject, text: str, channel: str = GENERAL) -> str:
    """Click a button of a message that only `who` sees; what the message becomes."""
    await opened.bench.click(who, buttons_of(message)[text], channel=channel, ts=message["ts"])

    async def replaced() -> str | None:
        now = [each for each in await opened.bench.messages(who, channel) if each["ts"] == message["ts"]]
        return str(now[0]["text"]) if now and now[0]["text"] != message["text"] else None

    return await opened.bench.wait_for(replaced)


async def test_a_large_grant_is_asked_for_first(acme: Floor) -> None:
    await acme.say(FRANCES, "fund $20 for more")
    asked = await acme.answer(FRANCES, "fund $300 for Q1")
    assert asked["text"].splitlines() == [
        "Put in *$300.00 (300M tokens)* of new budget to the company pool, for Q1?",
        "• The company pool: $110.00 → *$410.00 (410M tokens)*",
    ]
    assert list(buttons_of(asked)) == ["Put in $300.00", "Leave it"]
    assert await acme.office.on(company(acme)) == 110_000_000
    done = await click(acme, FRANCES, asked, "Put in $300.00")
    assert done.splitlines()[-1] == "The company pool now has $410.00 (410M tokens)."
    asked = await acme.answer(FRANCES, "grant platform $200")
    assert await click(acme, FRANCES, asked, "Leave it") == "You left it, so nothing was moved."
    assert await acme.office.on(company(acme)) == 410_000_000


async def test_an_amount_that_was_meant_in_dollars(acme: Floor) -> None:
    asked = await acme.answer(FRANCES, "fund 50")
    assert asked["text"].splitlines()[0] == "50 tokens are $0.00005: did you mean $50.00? Nothing was moved yet."
    assert list(buttons_of(asked)) == ["Yes, $50.00", "No, 50 tokens", "Leave it"]
    assert "*$50.00 (50M tokens)* of new budget" in await click(acme, FRANCES, asked, "Yes, $50.00")
    asked = await acme.answer(ADA, "send @alan 1")
    assert asked["text"].splitlines() == [
        "1 token is $0.000001: did you mean $1.00? Nothing was moved yet.",
        "• You: $8.00 → *$7.999999 (7.99M tokens)*",
    ]
    assert "*$0.000001 (1 token)* went from you" in await click(acme, ADA, asked, "No, 1 token")


async def test_taking_back_what_was_sent(acme: Floor) -> None:
    assert "nothing to take back" in await acme.say(ADA, "undo")
    await acme.say(ADA, "send @alan $3 for lunch")
    listed = await acme.answer(ADA, "undo")
    assert listed["text"].splitlines()[1].startswith("*$3.00 (3M tokens)* from you to Alan Turing, for lunch · 22 Nov")
    done = await click(acme, ADA, listed, "Take back")
    assert done.splitlines() == [
        "Taken back: *$3.00 (3M tokens)* from Alan Turing, to you, for lunch.",
        "You now have $8.00 (8M tokens).",
        "There is nothing to take back: what you move can be for 24 hours.",
    ]
    assert (await acme.told(ALAN, "took back")).splitlines() == [
        "Ada Lovelace took back *$3.00 (3M tokens)* that was sent to you, for lunch.",
        "You now have $0.00 (0 tokens).",
    ]


async def test_a_pools_managers_learn_of_what_leaves_it(small: Floor) -> None:
    await small.say(FRANCES, "move $1 from platform to @alan for the demo")
    told = await small.told(GRACE, "from the Platform pool to")
    assert told.splitlines() == [
        "Frances Allen moved *$1.00 (1M tokens)* from the Platform pool to Alan Turing, for the demo.",
        "The Platform pool now has $1.00 (1M tokens).",
    ]
    assert "*−$1.00* · moved" not in await small.say(ALAN, "history")
    await small.say(ADA, "lend @alan $1 until 2026-12-01 for tea")
    assert "sent from Ada Lovelace · lent until 2026-12-01: tea" in await small.say(ALAN, "history")
