"""/tokens, the Home tab and direct messages, as people in a workspace see them: a real Bolt app over Socket Mode."""

import json
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest

from budget.house import Rules
from handlers.slack import commands
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, PLATFORM, STRANGER
from store.database import Database
from tests.cluster import Cluster
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject


@pytest.fixture
async def acme(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as opened:
        yield opened
        await opened.office.verified()


@pytest.fixture
async def small(sqlite_database: Database) -> AsyncIterator[Floor]:
    """The same where the engine does not matter."""
    async with floor(sqlite_database) as opened:
        yield opened


async def test_a_grant_seen_by_both(acme: Floor) -> None:
    await acme.set_up()
    done = await acme.say(GRACE, "grant @ada $4 for on-call & <more>")
    assert done.splitlines() == [
        "*$4.00 (4M tokens)* went from the Platform pool to Ada Lovelace, for on-call &amp; &lt;more&gt;.",
        "Ada Lovelace now has $4.00 (4M tokens).",
        "The Platform pool now has $6.00 (6M tokens).",
    ]
    told = await acme.told(ADA, "granted you")
    assert told.splitlines() == [
        "Grace Hopper granted you *$4.00 (4M tokens)*, for on-call &amp; &lt;more&gt;.",
        "You now have $4.00 (4M tokens).",
    ]
    assert (await acme.say(ADA, "")).startswith("You have *$4.00 (4M tokens)*.")
    assert "grant from the Platform pool by Grace Hopper" in await acme.say(ADA, "history")
    assert "Frances Allen granted the Platform pool *$10.00" in await acme.told(GRACE, "the Platform pool")


async def test_everything_one_can_look_at(small: Floor) -> None:
    await small.set_up()
    assert "• *mini* · $0.002 for a typical question" in await small.say(ADA, "models")
    assert (await small.say(ADA, "model big")).startswith("*big* answers you from now on")
    assert "answers you" in await small.say(ADA, "models")
    assert "company's default" in await small.say(ADA, "model default")
    assert "`/tokens history" in await small.say(ADA, "help")
    assert "`/tokens grant @ada 250k for the on-call week`" in await small.say(ADA, "help grant")
    assert "*Platform* · $10.00 (10M tokens) in its pool" in await small.say(ADA, "team")
    assert "Managed by Grace Hopper." in await small.say(ADA, "team PLATFORM")
    assert "*$10.00 (10M tokens)*" in await small.say(ADA, "balance platform")
    assert "is for admins to see" in await small.say(ADA, "balance company")
    assert "*$90.00 (90M tokens)*" in await small.say(FRANCES, "balance company")
    assert "Nothing has come in" in await small.say(ADA, "history")
    bound = await small.say(FRANCES, "team channel platform #platform")
    assert "<#C0PLATFORM> is the channel of *Platform* from now on.\nIts managers decide which model answers" in bound


async def test_a_channel_without_the_bot_is_refused(small: Floor) -> None:
    await small.set_up()
    await small.bench.channel("elsewhere", [FRANCES])
    assert "invite me" in await small.say(FRANCES, "team channel platform #elsewhere")
    assert "Its channel is" not in await small.say(FRANCES, "team platform")


async def test_mistakes_are_answered_with_an_example_and_change_nothing(small: Floor) -> None:
    await small.set_up()
    before = await small.office.verified()
    for text, part in [
        ("blance", "the nearest is `balance`"),
        ("grant @ada", "For example: `/tokens grant @ada 250k"),
        ("grant @nobody 5k", "is not a person I can see"),
        ("grant nowhere 5k", "no team called “nowhere”"),
        ("move 5k from platform", "`from` whom and `to` whom"),
        ("team channel platform #nowhere", "is not a channel I can see"),
        ("grant @stipend 5k", "Tokens are for people, and Stipend is an app."),
        ("grant @visitor 5k", "Hedy Lamarr belongs to another organisation"),
    ]:
        assert part in await small.say(FRANCES, text), text
    assert await small.office.verified() == before


async def test_an_id_that_slack_does_not_know(small: Floor) -> None:
    await small.set_up()
    before = await small.office.verified()
    for text in ("grant <@U0NOBODY> 5k", "grant <@USLACKBOT> 5k", "team channel platform <#C0NOWHERE|x>"):
        answer = await commands.answer(small.desk, {"user_id": FRANCES, "text": text, "trigger_id": text})
        assert "Slack knows nobody" in answer.text or "is an app" in answer.text or "I am not in" in answer.text
    nobody = await commands.answer(small.desk, {"user_id": "U0NOBODY", "text": "", "trigger_id": "1"})
    assert "Slack does not know you" in nobody.text
    assert await small.office.verified() == before


async def test_strangers_and_deactivated_people_are_refused(small: Floor) -> None:
    assert "You belong to another organisation" in await small.say(STRANGER, "balance", PLATFORM)
    gone = await small.bench.person("gone", "Gone Person", role="member")
    never = await small.bench.person("never", "Never Met", role="member", deleted=True)
    await small.bench.post("user", {"id": gone, "name": "gone", "real_name": "Gone Person", "deleted": True})
    await small.bench.wait_quiet()
    assert "Gone Person has left" in await small.say(FRANCES, "grant @gone 5k")
    assert never
    assert "is deactivated" in await small.say(FRANCES, "grant @never 5k")


async def test_the_same_command_twice_moves_money_once_and_tells_once(acme: Floor) -> None:
    await acme.set_up()
    body = {"user_id": GRACE, "text": f"grant <@{ADA}|ada> $1", "trigger_id": "1.2.3"}
    answers = [await commands.answer(acme.desk, body) for _ in range(3)]
    assert answers[0].text.startswith("*$1.00 (1M tokens)* went from")
    assert answers == [answers[0]] * 3
    assert (await acme.say(ADA, "balance")).startswith("You have *$1.00 (1M tokens)*.")
    dms = await acme.bench.messages(ADA, await acme.bench.app_dm(ADA))
    assert sum("granted you" in message["text"] for message in dms) == 1


async def test_a_command_whose_acknowledgement_is_lost_is_done_once(small: Floor) -> None:
    await small.set_up()
    await small.bench.drop_before_ack()
    await small.bench.command(GRACE, GENERAL, "/tokens grant @ada $1")
    await small.told(ADA, "granted you")
    await small.bench.wait_connected()
    assert await small.office.on(f"person:{small.desk.workspace_id}:{ADA}") == 1_000_000


async def test_a_message_that_cannot_be_sent_undoes_nothing(small: Floor) -> None:
    await small.set_up()
    await small.bench.fault("conversations.open", "error", times=1, error="user_disabled")
    assert "went from the Platform pool to Ada Lovelace" in await small.say(GRACE, "grant @ada $1")
    assert (await small.say(ADA, "balance")).startswith("You have *$1.00 (1M tokens)*.")
    small.office.pass_time(seconds=10)
    assert "Grace Hopper granted you" in await small.told(ADA, "granted you")


async def test_an_answer_that_takes_long_follows_the_acknowledgement(small: Floor) -> None:
    await small.set_up()
    small.office.pass_time(minutes=5)
    await small.bench.fault("users.info", "slow", times=1, delay_s=commands.ACK_S + 0.5)
    done = await small.say(GRACE, "grant @ada $1")
    assert "went from the Platform pool to Ada Lovelace" in done
    await small.bench.wait_quiet()  # the letter that tells Ada is an event too


async def test_when_slack_does_not_say_who_it_is(small: Floor) -> None:
    await small.bench.fault("users.info", "error", times=1, error="fatal_error")
    assert "Slack did not tell me who that is" in await small.say(ADA, "balance")
    assert (await small.say(ADA, "balance")).startswith("You have *$0.00")
    small.office.pass_time(minutes=5)
    await small.bench.fault("users.info", "error", times=1, error="fatal_error")
    assert (await small.say(ADA, "balance")).startswith("You have *$0.00"), "an older card will do"


async def test_books_that_go_away_and_come_back(cluster: Cluster, postgresql_url: str) -> None:
    database = await Database.open(postgresql_url)
    async with floor(database) as opened:
        await opened.set_up()
        cluster.stop()
        try:
            away = [await opened.say(FRANCES, text) for text in ("fund $5", "balance")]
            view = await view_of(opened, FRANCES)
        finally:
            cluster.start()
        assert all(answer.startswith("The books cannot be reached just now.") for answer in away), away
        assert "cannot be reached" in view
        assert "*$5.00 (5M tokens)* of new budget" in await opened.say(FRANCES, "fund $5")
        assert await opened.office.on(f"company:{opened.desk.workspace_id}") == 95_000_000
    await database.close()


async def test_a_fault_of_ours_is_a_sentence_and_a_reference(small: Floor) -> None:
    answer = await commands.answer(small.desk, {"user_id": FRANCES, "text": "fund $5"})  # no trigger_id
    assert answer.text.startswith("Something went wrong on our side.")
    assert "trigger_id" not in answer.text


async def view_of(acme: Floor, who: str) -> str:
    await acme.bench.open_tab(who)

    async def look() -> JsonObject | None:
        return await acme.bench.home(who)

    return json.dumps(await acme.bench.wait_for(look), ensure_ascii=False)


async def test_home_for_each_role(acme: Floor) -> None:
    await acme.set_up()
    member, manager, admin = [await view_of(acme, who) for who in (ADA, GRACE, FRANCES)]
    assert "Your tokens" in member
    assert "Grace Hopper can grant you more." in member
    assert "*Platform* · $10.00 (10M tokens) available" in manager
    assert "• Ada Lovelace · $0.00 (0 tokens)" in manager
    assert "*The company pool:* $90.00 (90M tokens) available" in admin
    assert "• 1 team pool: $10.00 (10M tokens)" in admin
    assert "company pool" not in member + manager
    assert "You belong to another organisation" in await view_of(acme, STRANGER)


async def test_an_open_home_tab_follows_what_changes(small: Floor) -> None:
    await small.set_up()
    assert "You have *$0.00 (0 tokens)*" in await view_of(small, ADA)
    await small.say(GRACE, "grant @ada $3")

    async def renewed() -> bool:
        return "You have *$3.00 (3M tokens)*" in json.dumps(await small.bench.home(ADA))

    await small.bench.wait_for(renewed)
    assert await small.bench.home(ALAN) is None, "who never opened theirs has none made"


async def test_the_messages_tab_offers_prompts(small: Floor) -> None:
    await small.bench.open_tab(ADA, "messages")

    async def look() -> list[JsonObject] | None:
        return await small.bench.calls("assistant.threads.setSuggestedPrompts")

    (call,) = await small.bench.wait_for(look)
    assert call["ok"], call
    state = await small.bench.state(ADA)
    assert len(state["prompts"]) == 4


async def test_the_starter_grant_comes_with_the_first_command(sqlite_database: Database) -> None:
    rules = Rules(ZoneInfo("UTC"), starter_grant_micros=2_000_000, admins=frozenset({"frances@acme.example"}))
    async with floor(sqlite_database, rules) as opened:
        await opened.say(FRANCES, "fund $100")
        assert (await opened.say(ADA, "balance")).startswith("You have *$2.00 (2M tokens)*.")
        assert "starter grant" in await opened.say(ADA, "history")
