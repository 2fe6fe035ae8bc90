"""Leaving, freezing and guests as people read them: shown first, done by a click, told in letters."""

from collections.abc import AsyncIterator

import pytest

from handlers.slack.areas.organising_leaving import agreed
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE, PLATFORM, STRANGER
from store import people
from store.database import Database
from store.people import Person
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject


@pytest.fixture
async def room(sqlite_database: Database) -> AsyncIterator[Floor]:
    async with floor(sqlite_database) as made:
        await made.set_up()
        yield made
        await made.office.verified()


async def person(room: Floor, slack_id: str) -> Person:
    found = await room.office.database.read(lambda conn: people.by_slack_id(conn, room.desk.workspace_id, slack_id))
    assert found is not None
    return found


async def click(room: Floor, who: str, shown: JsonObject, action: str) -> str:
    """Click below what was shown; what stands in its place afterwards."""
    await room.bench.click(who, action, channel=GENERAL, ts=shown["ts"], block_id="offboarding")

    async def look() -> str | None:
        seen = next(m["text"] for m in await room.bench.messages(who, GENERAL) if m["ts"] == shown["ts"])
        return str(seen) if seen != shown["text"] else None

    return await room.bench.wait_for(look)


async def test_shown_then_done_then_told(room: Floor) -> None:
    await room.say(FRANCES, "grant @ada $4.12 for a start")
    shown = await room.answer(FRANCES, "offboard @ada")
    assert shown["text"].splitlines() == [
        "*Ada Lovelace leaves now?*",
        "• They have *$4.12 (4.12M tokens)*.",
        "• What is left of it goes back to the company pool at once.",
        "• No longer in Platform.",
    ]
    assert (await person(room, ADA)).left_at is None
    done = await click(room, FRANCES, shown, "offboard_agree")
    assert "*Ada Lovelace has left.*\n*$4.12 (4.12M tokens)* went back to the company pool." in done
    assert "Returned to the company pool: −$4.12" in await room.told(FRANCES, "Closing statement of Ada Lovelace")
    assert "Left on the account: *$0.00" in await room.told(ADA, "Your closing statement")
    assert "Ada Lovelace has left" in await room.say(FRANCES, "grant @ada $1")
    assert "has left already" in await room.say(FRANCES, "offboard @ada")
    assert "$0.00" in await room.say(FRANCES, "balance @ada")


async def test_left_alone_and_not_by_others(room: Floor) -> None:
    shown = await room.answer(FRANCES, "offboard @ada")
    assert await click(room, FRANCES, shown, "offboard_leave") == "Nothing was changed."
    again = await room.answer(FRANCES, "offboard @ada on 2026-12-31")
    assert "Ada Lovelace leaves when 31 December 2026 is over?" in again["text"]
    assert "31 December 2026 is over. You get the closing statement then." in await click(
        room, FRANCES, again, "offboard_agree"
    )
    assert (await person(room, ADA)).ends_on == "2026-12-31"
    assert "stays: the last day 31 December 2026 is taken back" in await room.say(FRANCES, "offboard @ada cancel")
    assert "is over; without a date" in await room.say(FRANCES, "offboard @ada on 2026-11-01")
    assert "Only an admin can let somebody leave." in await room.say(GRACE, "offboard @ada")


@pytest.mark.parametrize("value", [ADA, f"{ADA} 2026-12-31", GRACE])
async def test_a_click_is_no_authority(room: Floor, value: str) -> None:
    for who in (GRACE, ADA):
        assert (await agreed(room.desk, value, who)).text == "Only an admin can let somebody leave."
    found = await person(room, ADA)
    assert (found.left_at, found.ends_on) == (None, None)


async def test_frozen_and_told(room: Floor) -> None:
    said = await room.say(FRANCES, "freeze @ada for a lost laptop")
    assert "Ada Lovelace is frozen, for a lost laptop: their questions are refused" in said
    assert "Frances Allen froze your tokens, for a lost laptop" in await room.told(ADA, "froze your tokens")
    assert "is frozen already" in await room.say(FRANCES, "freeze @ada")
    assert "no longer frozen" in await room.say(FRANCES, "unfreeze @ada")
    assert "Frances Allen ended the freeze" in await room.told(ADA, "ended the freeze")


async def test_guests(room: Floor) -> None:
    assert "guests have tokens only where an admin allows it: Frances Allen." in await room.say(
        STRANGER, "balance", PLATFORM
    )
    said = await room.say(FRANCES, "grant @visitor $1")
    assert "Hedy Lamarr belongs to another organisation" in said
    assert "guest allow @Hedy Lamarr" in said
    assert "Only an admin decides" in await room.say(GRACE, "guest allow @visitor")
    assert "has tokens like a member from now on" in await room.say(FRANCES, "guest allow @visitor")
    await room.say(FRANCES, "grant @visitor $1")
    assert "You have *$1.00" in await room.say(STRANGER, "balance", PLATFORM)
    assert "stays on their account" in await room.say(FRANCES, "guest refuse @visitor")
    assert "You belong to another organisation" in await room.say(STRANGER, "balance", PLATFORM)
    await room.bench.person("intern", "Ina Intern", role="guest", id="U0INTERN")
    intern = await room.answer("U0INTERN", "balance", await room.bench.app_dm("U0INTERN"))
    assert "You are a guest here, and guests have tokens only where an admin allows it: Frances" in intern["text"]
    assert "is no guest but a member" in await room.say(FRANCES, "guest allow @alan")
