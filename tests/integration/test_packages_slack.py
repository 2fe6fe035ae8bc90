"""Packages through the workspace: drafted, set, looked at, ended; and what people read of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from budget.packages.vesting import vest_due
from handlers.slack.areas import packages as area
from handlers.slack.views import packages as view
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE
from store import packages as store
from store.audit import Entry, recent
from store.database import Database
from store.people import person_id, wallet_id
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject

TERMS = "package @ada $1200 a year from 2026-10-22 cliff 2 months for 48 months for the senior role"
HOW_MUCH = "$1,200.00 (1.2B tokens) a year from 22 October 2026 for 48 months: $4,800.00 (4.8B tokens) in all"
CLIFF = "Nothing vests before 22 December 2026 (the cliff, 2 months after the start);"


@pytest.fixture
async def acme(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as opened:
        await opened.set_up()
        yield opened
        await opened.office.verified()


@pytest.fixture
async def small(sqlite_database: Database) -> AsyncIterator[Floor]:
    async with floor(sqlite_database) as opened:
        await opened.set_up()
        yield opened


def buttons_of(message: JsonObject) -> dict[str, JsonObject]:
    """The buttons below a message, by their text."""
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return {each["text"]["text"]: each for row in rows for each in row}


async def press(acme: Floor, who: str, message: JsonObject, label: str, then: str) -> str:
    """Click; what stands there afterwards."""
    pressed = buttons_of(message)[label]
    await acme.bench.click(who, pressed["action_id"], channel=GENERAL, ts=message["ts"])

    def is_it(seen: JsonObject) -> bool:
        return seen["ts"] >= message["ts"] and then in seen["text"]

    return str((await acme.bench.wait_for_message(who, GENERAL, is_it))["text"])


async def test_a_package_from_its_draft_to_its_first_part(acme: Floor) -> None:
    draft = await acme.answer(FRANCES, TERMS)
    assert draft["text"].splitlines() == [
        "*A package for Ada Lovelace*, for the senior role",
        f"{HOW_MUCH}.",
        f"{CLIFF} on that day $200.00 (200M tokens) does at once; after that $100.00 vests every month, on the 22nd.",
        "The last part vests on 22 October 2030.",
        "It does not count yet: set it, or leave it.",
    ]
    assert "You have no package" in await acme.say(ADA, "package")
    done = await press(acme, FRANCES, draft, "Set it", "has a package now")
    assert done.endswith("I have told them, with the schedule.")
    letter = await acme.told(ADA, "has given you a package")
    assert letter.startswith("Frances Allen has given you a package of tokens, for the senior role: $1,200.00")
    seen = await acme.say(ADA, "package")
    assert seen.splitlines() == [
        "*Your package*",
        f"{HOW_MUCH}, for the senior role.",
        "• Vested: *$0.00 (0 tokens)*",
        "• Not vested yet: *$4,800.00 (4.8B tokens)*",
        "• Next: *$200.00 (200M tokens)* on 22 December 2026 (the cliff)",
        "• The last part: 22 October 2030",
    ]
    acme.office.at = datetime(2026, 12, 21, 23, 0, tzinfo=UTC)
    await vest_due(acme.office.house)
    assert "waits for the company pool" in await acme.say(ADA, "package")
    assert "Packages of 1 person have vested" in await acme.told(FRANCES, "too little")
    for _ in range(2):
        await acme.say(FRANCES, "fund $99")
    acme.office.pass_time(minutes=6)
    await vest_due(acme.office.house)
    assert (await acme.told(ADA, "has vested")).splitlines() == [
        "*$200.00 (200M tokens)* of your package (the senior role) has vested, and is yours.",
        "You now have $200.00 (200M tokens).",
        "Next: $100.00 (100M tokens) on 22 January 2027.",
    ]


async def test_only_admins_set_and_a_click_is_looked_at_anew(small: Floor) -> None:
    assert "Only an admin can set packages." in await small.say(GRACE, TERMS)
    assert "Only an admin can set packages." in await small.say(GRACE, "package @ada end")
    draft = await small.answer(FRANCES, TERMS)
    forged = {"action_id": view.SET, "value": buttons_of(draft)["Set it"]["value"]}
    reply, _ = await area.outcome(small.desk, {"user": {"id": ADA}}, forged)
    assert reply.text == "Only an admin can set packages."
    for value in ("", "[]", "null", "{}", '["a","b",1,"2026-01-01",0,0]', "x" * 2000):
        reply, in_place = await area.outcome(small.desk, {"user": {"id": FRANCES}}, {**forged, "value": value})
        assert "I cannot read that button any more" in reply.text
        assert in_place, "another click would not help"
    assert "The package of Grace Hopper is for Grace Hopper and admins to see." in await small.say(
        ADA, "package @grace"
    )
    assert await packages_of(small, ADA) == []


async def test_a_button_pressed_twice_sets_once(acme: Floor) -> None:
    value = buttons_of(await acme.answer(FRANCES, TERMS))["Set it"]["value"]
    click = {"action_id": view.SET, "value": value}
    replies = await asyncio.gather(*(area.outcome(acme.desk, {"user": {"id": FRANCES}}, click) for _ in range(4)))
    said = sorted("has a package now" in reply.text for reply, _ in replies)
    assert said == [False, False, False, True]
    assert all("nothing was set twice" in reply.text for reply, _ in replies if "package now" not in reply.text)
    assert len(await packages_of(acme, ADA)) == 1
    made = [entry for entry in await audit_of(acme) if entry.action == "set package"]
    assert len(made) == 1
    assert (made[0].actor_id, made[0].origin) == (person_id(acme.desk.workspace_id, FRANCES), "slack:button")
    assert made[0].target == wallet_id(person_id(acme.desk.workspace_id, ADA))


async def test_a_start_in_the_past_pays_at_once(small: Floor) -> None:
    draft = await small.answer(FRANCES, "package @ada $120 a year from 2026-08-22 for 1 year")
    assert "3 parts of it are due already: $30.00 (30M tokens) is paid at once, of $90.00" in draft["text"]
    done = await press(small, FRANCES, draft, "Set it", "has a package now")
    assert "*$30.00 (30M tokens)* of it was due and is paid." in done
    assert "*$30.00 (30M tokens)* is yours at once; you now have $30.00" in await small.told(ADA, "package of tokens")
    assert "$30.00" in await small.say(ADA, "balance")
    dear = await small.answer(FRANCES, "package @ada $1200 a year from 2026-08-22")
    assert "3 parts of it are due already: $300.00" in dear["text"]
    assert "waits until it has more" in dear["text"]
    assert "waits for the company pool" in await press(small, FRANCES, dear, "Set it", "has a package now:")


async def test_leaving_a_draft_and_ending_a_package(small: Floor) -> None:
    draft = await small.answer(FRANCES, TERMS)
    assert await press(small, FRANCES, draft, "Leave it", view.DROPPED) == view.DROPPED
    assert "no package that could be ended" in await small.say(FRANCES, "package @ada end")
    draft = await small.answer(FRANCES, "package @ada $120 a year from 2026-08-22 for 12 months")
    await press(small, FRANCES, draft, "Set it", "has a package now")
    shown = await small.answer(FRANCES, "package @ada end on 2026-12-21")
    assert shown["text"].splitlines() == [
        "*To end Ada Lovelace's package with 21 December 2026 as the last day that counts*",
        "• $120.00 (120M tokens) a year from 22 August 2026 for 12 months: $120.00 (120M tokens) in all.",
        "   *$40.00 (40M tokens)* vests in all ($30.00 (30M tokens) is paid), and *$80.00 (80M tokens)* is forfeited.",
        "What has been paid stays paid.",
    ]
    ended = await press(small, FRANCES, shown, "End it", "The package of Ada")
    assert ended.splitlines() == [
        "The package of Ada Lovelace ends: 21 December 2026 is the last day that counts.",
        "*$40.00 (40M tokens)* of it vests in all.",
        "*$80.00 (80M tokens)* had not vested, and is forfeited.",
        "I have told them.",
    ]
    letter = await small.told(ADA, "Your package ends")
    assert "Next: $10.00 (10M tokens) on 22 December 2026." in letter
    again = await small.answer(FRANCES, "package @ada end on 2026-12-21")
    assert "ends on 2026-12-21 already" in await press(small, FRANCES, again, "End it", "already")
    now = await small.answer(FRANCES, "package @ada end")
    assert "has ended: 21 November 2026" in await press(small, FRANCES, now, "End it", "has ended")
    assert "• Over since 22 November 2026: nothing more of it comes." in await small.say(ADA, "package")


async def test_a_salary_is_used_once_and_kept_nowhere(small: Floor) -> None:
    draft = await small.answer(FRANCES, "package @ada 2% of $91,234 for the senior role")
    assert "$1,824.68 (1.82B tokens) a year from 22 November 2026 until it is ended." in draft["text"]
    await press(small, FRANCES, draft, "Set it", "has a package now")
    misread = await small.say(FRANCES, "package @ada 2% of $91,234 a yeer")
    assert misread.startswith("I cannot read that, and will not repeat it, because of the salary in it.")
    kept = repr((await audit_of(small), await packages_of(small, ADA), draft, await small.told(ADA, "given you")))
    for written in ("91234", "91,234", "2%"):
        assert written not in kept + misread.replace("2% of $90000", "")


async def test_looking_at_anothers_package_is_written_down(small: Floor) -> None:
    assert "Ada Lovelace has no package." in await small.say(FRANCES, "package @ada")
    (look,) = [entry for entry in await audit_of(small) if entry.action == "look"]
    assert (look.new, look.target) == ("package", wallet_id(person_id(small.desk.workspace_id, ADA)))


async def audit_of(acme: Floor) -> list[Entry]:
    return await acme.office.database.read(lambda conn: recent(conn, acme.desk.workspace_id, 100))


async def packages_of(acme: Floor, who: str) -> list[store.Package]:
    person = person_id(acme.desk.workspace_id, who)
    return await acme.office.database.read(lambda conn: store.of_person(conn, person))
