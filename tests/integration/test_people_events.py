"""What Slack tells of people and groups, end to end: joined, changed, deactivated, in a group; again, out of order."""

from collections.abc import AsyncIterator

import pytest

from handlers.slack.areas.organising_events import catch_up
from handlers.slack.areas.organising_groups import Followers
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE
from store import people
from store.database import Database
from store.people import Person
from tests.floor import Floor, floor


@pytest.fixture
async def room(sqlite_database: Database) -> AsyncIterator[Floor]:
    async with floor(sqlite_database) as made:
        await made.set_up()
        yield made
        await made.office.verified()


async def person(room: Floor, slack_id: str) -> Person | None:
    return await room.office.database.read(lambda conn: people.by_slack_id(conn, room.desk.workspace_id, slack_id))


async def test_who_joins_is_known_at_once(room: Floor) -> None:
    nora = await room.bench.person("nora", "Nora New", email="nora@acme.example")
    await room.bench.person("robot", "Robot", is_bot=True, id="U0ROBOT")
    await room.bench.person("intern", "Ina Intern", role="guest", id="U0INTERN")
    await room.bench.wait_quiet()
    found = await person(room, nora)
    assert found is not None
    assert (found.name, found.email, found.heard_ts is not None) == ("Nora New", "nora@acme.example", True)
    assert await person(room, "U0ROBOT") is None
    assert await person(room, "U0INTERN") is None


async def test_deactivated_again_and_again_then_active(room: Floor) -> None:
    await room.say(FRANCES, "grant @ada $4")
    await room.bench.duplicate_next(3)
    await room.bench.person("ada", "Ada Lovelace", id=ADA, deleted=True)
    told = await room.told(FRANCES, "Closing statement of Ada Lovelace")
    assert "since the Slack account was deactivated" in told
    assert "Returned to the company pool: −$4.00" in told
    await room.bench.wait_quiet()
    deleted = (await room.bench.sent_events("user_change"))[-1]["event_id"]
    dm = await room.bench.app_dm(FRANCES)
    statements = [m for m in await room.bench.messages(FRANCES, dm) if "Closing statement" in m["text"]]
    assert len(statements) == 1
    await room.bench.person("ada", "Ada King", id=ADA, deleted=False)
    await room.bench.wait_quiet()
    await room.bench.redeliver(deleted, times=2, as_retry=True)
    await room.bench.wait_quiet()
    back = await person(room, ADA)
    assert back is not None
    assert (back.name, back.left_at, back.closed_at) == ("Ada King", None, None)
    assert "Members:" not in await room.say(FRANCES, "team platform")
    assert "$0.00" in await room.say(FRANCES, "balance @ada")


async def test_a_missed_word_is_made_up_for_when_they_are_mentioned(room: Floor) -> None:
    await room.bench.subscribe(["app_mention", "message.im"])
    await room.bench.person("alan", "Alan Turing", id=ALAN, deleted=True)
    assert "is deactivated" in await room.say(FRANCES, "grant @alan $1")  # nobody in our books
    await room.bench.person("ada", "Ada Lovelace", id=ADA, deleted=True)
    room.office.pass_time(minutes=2)  # what was known of her a moment ago is old
    assert "Ada Lovelace has left" in await room.say(FRANCES, "grant @ada $1")
    found = await person(room, ADA)
    assert found is not None
    assert found.left_at is not None


async def test_a_team_follows_its_group(room: Floor) -> None:
    said = await room.say(FRANCES, "team group platform @platform-team")
    assert said.splitlines() == [
        "*Platform*: Alan Turing joined.",
        "• 2 people of the group were in the team already, by hand or by HR.",
        "From now on whoever joins the group in Slack joins the team, and who leaves it leaves the team.",
    ]
    nora = await room.bench.person("nora", "Nora New")
    await room.bench.group("platform-team", [ADA, nora])

    async def moved() -> bool:
        seen = await room.say(FRANCES, "team platform")
        return "Members: Ada Lovelace and Nora New." in seen

    await room.bench.wait_for(moved)
    assert "*Platform*: nothing to change." in await room.say(FRANCES, "team sync all")
    unbound = await room.say(FRANCES, "team group platform none")
    assert "follows no user group any more. Everybody in it stays" in unbound
    assert "No team follows a user group yet." in await room.say(FRANCES, "team sync all")
    assert "Only an admin decides which user group a team follows." in await room.say(GRACE, "team sync platform")


async def test_many_whom_nobody_knew_are_read_off_the_list_of_all(room: Floor) -> None:
    await room.bench.subscribe([])
    ids = [await room.bench.person(f"p{number}", f"Person {number}") for number in range(30)]
    robot = await room.bench.person("hal", "Hal", is_bot=True)
    await room.bench.group("crowd", [*ids, robot, GRACE])
    asked = len(await room.bench.calls("users.info"))
    said = await room.say(FRANCES, "team group platform @crowd")
    assert "and 20 people more joined." in said
    assert "• 1 person of the group was in the team already" in said
    assert "• 1 account of the group was not taken in" in said
    assert len(await room.bench.calls("users.info")) - asked <= 1  # of who typed it
    assert len(await room.bench.calls("users.list")) == 1


async def test_slack_lists_nobody(room: Floor) -> None:
    await room.bench.subscribe([])
    ids = [await room.bench.person(f"p{number}", f"Person {number}") for number in range(30)]
    await room.bench.group("crowd", ids)
    await room.bench.fault("users.list", "error", error="internal_error")
    said = await room.say(FRANCES, "team group platform @crowd")
    assert "• 30 people of the group I have not met" in said
    assert "they join the team when they first appear here" in said
    await room.answer(ids[7], "balance", await room.bench.app_dm(ids[7]))
    assert "Person 7" in await room.say(FRANCES, "team platform")


async def test_slack_does_not_say_who_is_in_it(room: Floor) -> None:
    await room.bench.fault("usergroups.users.list", "error", error="no_such_subteam")
    said = await room.say(FRANCES, "team group platform @platform-team", GENERAL)
    assert "*Platform*: Slack knows no such user group any more" in said
    assert "Alan Turing joined" in await room.say(FRANCES, "team sync platform")


@pytest.mark.parametrize(("role", "flags"), [("guest", (True, False)), ("single-channel guest", (True, True)),
                                             ("member", (False, False))])  # fmt: skip
async def test_the_workspace_flags_guests_as_slack_does(room: Floor, role: str, flags: tuple[bool, bool]) -> None:
    made = await room.bench.person("ina", "Ina", role=role)
    user = (await room.desk.client.users_info(user=made))["user"]
    assert (user["is_restricted"], user["is_ultra_restricted"]) == flags


async def test_what_was_missed_is_made_up_for_at_the_start(room: Floor) -> None:
    await room.say(FRANCES, "team group platform @platform-team")
    await room.bench.subscribe([])
    await room.bench.person("ada", "Ada Lovelace", id=ADA, deleted=True)
    await room.bench.person("grace", "Grace Murray Hopper", id=GRACE)
    await room.bench.group("platform-team", [GRACE])
    room.office.pass_time(minutes=2)  # the bot was down
    await catch_up(room.desk, Followers(room.desk))
    ada, grace = await person(room, ADA), await person(room, GRACE)
    assert ada is not None
    assert grace is not None
    assert (ada.left_at is not None, grace.name) == (True, "Grace Murray Hopper")
    assert "Alan" not in await room.say(FRANCES, "team platform")
    await room.bench.person("ada", "Ada Lovelace", id=ADA, deleted=False)
    room.office.pass_time(minutes=2)
    await catch_up(room.desk, Followers(room.desk))
    back = await person(room, ADA)
    assert back is not None
    assert back.left_at is None
