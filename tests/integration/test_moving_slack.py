"""Sending, lending, giving back, as people in a workspace see it."""

from collections.abc import AsyncIterator

import pytest

from sandbox.seed import ADA, ALAN, FRANCES, GRACE
from store.database import Database
from tests.floor import Floor, floor


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
    assert back.splitlines()[0] == (
        "*$1.00 (1M tokens)* went back to Ada Lovelace; $2.00 (2M tokens) of that loan is still out."
    )
    told = await acme.told(ADA, "gave back")
    assert told.splitlines() == [
        "Alan Turing gave back *$1.00 (1M tokens)* to you, of $3.00 (3M tokens) lent to Alan Turing, for the launch.",
        "$2.00 (2M tokens) of it is still out; it was lent until 1 December 2026.",
        "You now have $6.00 (6M tokens).",
    ]


async def test_a_manager_lends_from_the_pool(small: Floor) -> None:
    assert "You can lend from a pool to members" in await small.say(ADA, "lend @alan $1 until 2026-12-01 from platform")
    lent = await small.say(GRACE, "lend @ada $1 until 2026-12-01 from platform")
    assert lent.startswith("*$1.00 (1M tokens)* is lent from the Platform pool to Ada Lovelace until the end of 1 Dec")
    assert "Grace Hopper lent you *$1.00 (1M tokens)* from the Platform pool" in await small.told(ADA, "lent you")
    lent = await small.say(FRANCES, "lend @ada $1 until 2026-12-01 from company for a trial")
    assert lent.splitlines()[-1] == "The company pool now has $89.00 (89M tokens)."
