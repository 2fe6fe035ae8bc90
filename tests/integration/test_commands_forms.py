"""Models by menu, channels and instructions, as people in a workspace see them: commands, menus, buttons and a form."""

import asyncio
import json
from collections.abc import AsyncIterator, Set
from zoneinfo import ZoneInfo

import pytest

from budget.house import Rules
from budget.org.instructions import LONGEST
from handlers.slack import commands, instructions, models
from handlers.slack.views import instructions as view
from handlers.slack.views import models as models_view
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE, PLATFORM, STRANGER
from store import audit, channels
from store.audit import Entry
from store.channels import ChannelSettings
from store.database import Database
from tests.cluster import Cluster
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject

TEXT = "Be *kind* & <brief>.\nSay `why`.\n<!channel>"


@pytest.fixture
async def acme(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as opened:
        await opened.set_up()
        await opened.say(FRANCES, "team channel platform #platform")
        yield opened
        await opened.office.verified()


@pytest.fixture
async def small(sqlite_database: Database) -> AsyncIterator[Floor]:
    """The same where the engine does not matter."""
    async with floor(sqlite_database) as opened:
        await opened.set_up()
        await opened.say(FRANCES, "team channel platform #platform")
        yield opened


async def settings(at: Floor, channel_id: str = PLATFORM) -> ChannelSettings:
    return await at.office.database.read(lambda conn: channels.get(conn, at.desk.workspace_id, channel_id))


async def company(at: Floor) -> str | None:
    return await at.office.database.read(lambda conn: channels.company_instructions(conn, at.desk.workspace_id))


async def form(at: Floor, who: str, channel: str = GENERAL, text: str = "prompt edit") -> JsonObject:
    """Type the command and wait for the form, filled in or closed."""
    before = {shown["id"] for shown in await at.bench.views(who)}
    await at.bench.command(who, channel, f"/tokens {text}")
    return await filled(at, who, before)


async def filled(at: Floor, who: str, before: Set[str] = frozenset()) -> JsonObject:
    """The form on somebody's screen, once it is no longer waiting; none of those that were there `before`."""

    async def look() -> JsonObject | None:
        views = [shown for shown in await at.bench.views(who) if shown["id"] not in before]
        return views[-1] if views and "One moment" not in words(views[-1]) else None

    return await at.bench.wait_for(look)


async def audit_of(at: Floor) -> list[Entry]:
    """What was written down, newest first."""
    return await at.office.database.read(lambda conn: audit.recent(conn, at.desk.workspace_id, 1_000))


def words(shown: JsonObject) -> str:
    return json.dumps(shown["blocks"], ensure_ascii=False)


async def send(at: Floor, who: str, shown: JsonObject, text: str | None) -> JsonObject:
    return await at.bench.submit(who, shown["id"], {view.INPUT: {view.INPUT: text}})


async def test_a_model_from_the_menu(acme: Floor) -> None:
    shown = await acme.answer(ADA, "models")
    assert "• *mini* · $0.002 for a typical question · the company's default · answers you" in shown["text"]
    (menu,) = [block["elements"][0] for block in shown["blocks"] if block["type"] == "actions"]
    assert [option["text"]["text"] for option in menu["options"]] == [
        "Company's default: mini · $0.002 a typical question", "mini · $0.002 a typical question",
        "big · $0.02 a typical question",
    ]  # fmt: skip
    assert menu["initial_option"]["value"] == models_view.DEFAULT
    for value, told in (
        ("big", "*big* answers you from now on: $0.02 for a typical question instead of $0.002 with *mini*."),
        (models_view.DEFAULT, "You are back to the company's default, *mini*: $0.002 for a typical question instead"),
    ):
        await acme.bench.click(ADA, models_view.CHOOSE, channel=GENERAL, ts=shown["ts"], selected_option=value)
        now = await acme.bench.wait_for_message(ADA, GENERAL, lambda m, told=told: told in m["text"])  # type: ignore[misc]  # a default
        assert now["ts"] == shown["ts"], "the list is renewed where it stands"
        (menu,) = [block["elements"][0] for block in now["blocks"] if block["type"] == "actions"]
        assert menu["initial_option"]["value"] == value
    assert "answers you" in (await acme.answer(ADA, "model"))["text"]


async def test_a_menu_from_yesterday(small: Floor) -> None:
    gone = await models.chosen(small.desk, ADA, "withdrawn", GENERAL)
    assert gone.text.startswith("There is no model called “withdrawn”")
    assert "*mini* · $0.002" in gone.text, "the list as it is now comes with it"
    assert "another organisation" in (await models.chosen(small.desk, STRANGER, "big", PLATFORM)).text
    assert "*mini* · $0.002 for a typical question · the company's default · answers you" in gone.text


HERE = f"<#{PLATFORM}>"
STEPS = (
    (GRACE, "model big in channel", PLATFORM, f"In {HERE} *big* answers everybody from now on"),
    (GRACE, "model mini in #platform", GENERAL, "$0.002 for a typical question instead of $0.02 with *big*."),
    (GRACE, "model mini in channel", PLATFORM, f"In {HERE} *mini* answers everybody from now on, as before"),
    (ADA, "model big in channel", PLATFORM, "Only Grace Hopper or an admin can set that for this channel."),
    (GRACE, "model big in channel", GENERAL, "Only an admin can set that for this channel."),
    (ADA, "model big", PLATFORM, "In this channel *mini* answers everybody, whatever they choose."),
    (ADA, "models", PLATFORM, "In this channel *mini* answers everybody."),
    (GRACE, "model bigg in channel", PLATFORM, "For example: `/tokens model big in channel`"),
    (FRANCES, "model default in #platform", GENERAL, "again, instead of *mini* at $0.002 for a typical question."),
    (FRANCES, "model default in #platform", GENERAL, f"In {HERE} everybody's own choice of model answers, as before."),
)


async def test_a_channels_model_by_its_manager(acme: Floor) -> None:
    for who, text, channel, told in STEPS:
        assert told in (await acme.answer(who, text, channel))["text"], text


async def test_a_channel_may_be_named_from_a_direct_message(small: Floor) -> None:
    told = await small.answer(GRACE, "model big in #platform", await small.bench.app_dm(GRACE))
    assert told["text"].startswith(f"In {HERE} *big* answers everybody from now on")


async def test_a_form_without_what_opens_it(small: Floor) -> None:
    answer = await commands.answer(small.desk, {"user_id": FRANCES, "text": "prompt edit"})
    assert answer.text == "Slack did not open the form: try again."


async def test_a_channels_settings(acme: Floor) -> None:
    seen = (await acme.answer(ADA, "channel", PLATFORM))["text"].splitlines()
    assert seen == [
        f"*<#{PLATFORM}>*", "• Team: *Platform*", "• Questions are paid by: whoever asks",
        "• Model: each asker's own",
        "• Replies in threads: answered when I am mentioned, not otherwise", "• Instructions of its own: none",
        "The model and the replies are for Grace Hopper or an admin to change; instructions are for admins.",
    ]  # fmt: skip
    followed = await acme.answer(GRACE, "channel follow on", PLATFORM)
    assert "from now on: replies in threads are answered without a mention" in followed["text"]
    assert (await settings(acme)).follow_threads
    assert ", as before:" in (await acme.answer(GRACE, "channel follow on", PLATFORM))["text"]
    await acme.answer(GRACE, "model big in channel", PLATFORM)
    seen = (await acme.answer(GRACE, "channel", PLATFORM))["text"]
    assert "• Model: *big* for everybody, $0.02 for a typical question" in seen
    assert "• Replies in threads: answered without a mention" in seen
    assert "Only Grace Hopper or an admin" in (await acme.answer(ADA, "channel follow off", PLATFORM))["text"]
    assert "replies in threads are answered when I am" in (
        await acme.answer(GRACE, "channel follow off", PLATFORM)
    )["text"]  # fmt: skip
    assert not (await settings(acme)).follow_threads
    lonely = (await acme.answer(ADA, "channel"))["text"]
    assert "• Team: none" in lonely
    assert "for an admin to change" in lonely


@pytest.mark.parametrize(
    "text",
    ["channel", "channel follow on", "model big in channel", "model default in channel", "prompt edit channel",
     "prompt clear channel"],
)  # fmt: skip
async def test_what_needs_a_channel_says_so_in_a_direct_message(small: Floor, text: str) -> None:
    dm = await small.bench.app_dm(FRANCES)
    told = (await small.answer(FRANCES, text, dm))["text"]
    assert told == "That is about one channel, and this is a direct message: type it in the channel that it is for."
    assert await small.bench.views(FRANCES) == []


async def test_a_channel_that_the_bot_is_not_in(small: Floor) -> None:
    elsewhere = await small.bench.channel("elsewhere", [FRANCES])
    for text, where in (
        ("model big in #elsewhere", GENERAL), ("model big in channel", elsewhere), ("channel follow on", elsewhere),
    ):  # fmt: skip
        assert "invite me with `/invite`" in (await small.answer(FRANCES, text, where))["text"]
    assert await settings(small, elsewhere) == ChannelSettings(small.desk.workspace_id, elsewhere)


async def test_instructions_from_the_form(acme: Floor) -> None:
    shown = await form(acme, FRANCES)
    assert "For the whole company" in words(shown)
    assert "initial_value" not in words(shown)
    assert (await send(acme, FRANCES, shown, TEXT))["closed"] is False
    done = await filled(acme, FRANCES)
    assert "Set: the company's instructions." in words(done)
    assert await company(acme) == TEXT
    told = await acme.answer(ADA, "prompt")
    assert "Built in" in told["text"]
    assert "*By the company* · by Frances Allen, " in told["text"]
    plain = [block["text"] for block in told["blocks"] if block["type"] == "section"]
    assert {"type": "plain_text", "text": TEXT, "emoji": False} in plain, "as it is, without mark-up or mentions"
    assert f"*For <#{GENERAL}>* · none" in told["text"]
    assert "<!channel>" not in told["text"].replace("\u200b", "")
    assert not [block for block in told["blocks"] if block["type"] == "actions"], "only admins may edit"
    assert (await form(acme, FRANCES))["blocks"][1]["element"]["initial_value"] == TEXT


async def test_a_channels_instructions_with_the_button(acme: Floor) -> None:
    told = await acme.answer(FRANCES, "prompt")
    await acme.bench.click(FRANCES, view.EDIT[True], channel=GENERAL, ts=told["ts"])
    shown = await filled(acme, FRANCES)
    assert "For this channel" in words(shown)
    await send(acme, FRANCES, shown, "In English, please.")
    assert (await settings(acme, GENERAL)).instructions == "In English, please."
    assert await company(acme) is None
    assert "yes; `/tokens prompt` shows them" in (await acme.answer(ADA, "channel"))["text"]
    told = await acme.answer(FRANCES, "prompt clear channel")
    assert told["text"] == f"Taken back: the instructions for <#{GENERAL}>. The next question is asked without them."
    assert "none; taken back by Frances Allen, " in (await acme.answer(ADA, "prompt"))["text"]
    assert "Nothing changed" in (await acme.answer(FRANCES, "prompt clear channel"))["text"]
    assert "Only an admin" in (await acme.answer(GRACE, "prompt clear"))["text"]


async def test_in_a_direct_message_there_are_the_companys_alone(small: Floor) -> None:
    dm = await small.bench.app_dm(FRANCES)
    told = await small.answer(FRANCES, "prompt", dm)
    assert "By the company" in told["text"]
    assert "For <#" not in told["text"]
    (buttons,) = [block["elements"] for block in told["blocks"] if block["type"] == "actions"]
    assert [button["action_id"] for button in buttons] == [view.EDIT[False]]
    await small.bench.command(FRANCES, dm, "/tokens prompt edit")
    await send(small, FRANCES, await filled(small, FRANCES), "Hello.")
    assert await company(small) == "Hello."


@pytest.mark.parametrize("who", [ADA, GRACE, STRANGER])
async def test_the_form_is_for_admins(small: Floor, who: str) -> None:
    shown = await form(small, who, PLATFORM if who == STRANGER else GENERAL)
    assert "submit" not in shown or not shown["submit"]
    assert ("another organisation" if who == STRANGER else "Only an admin can write") in words(shown)


async def test_who_is_no_admin_any_more_cannot_send_the_form(sqlite_database: Database) -> None:
    rules = Rules(ZoneInfo("UTC"), admins=frozenset({FRANCES}))
    async with floor(sqlite_database, rules) as opened:
        shown = await form(opened, FRANCES)
        object.__setattr__(rules, "admins", frozenset())  # as after a restart with other settings
        opened.office.pass_time(minutes=5)
        answer = await send(opened, FRANCES, shown, "Mine.")
        assert answer["errors"] == {view.INPUT: "Only an admin can write what the model is told."}
        assert await company(opened) is None


async def test_what_is_too_long_is_told_at_the_field(small: Floor) -> None:
    shown = await form(small, FRANCES)
    body = {
        "user": {"id": FRANCES},
        "view": {
            "private_metadata": shown["private_metadata"],
            "state": {"values": {view.INPUT: {view.INPUT: {"value": "x" * (LONGEST + 1)}}}},
        },
    }
    answer = await instructions.submitted(small.desk, body)
    assert answer["errors"][view.INPUT] == "Instructions have at most 3,000 characters; these have 3,001."
    assert (await send(small, FRANCES, shown, "x" * (LONGEST + 1)))["errors"]
    assert (await send(small, FRANCES, shown, "x" * LONGEST))["closed"] is False
    assert await company(small) == "x" * LONGEST
    assert "initial_value" in words(await form(small, FRANCES))
    assert "x" * 100 in (await small.answer(ADA, "prompt"))["text"]


async def test_somebody_else_was_faster(small: Floor) -> None:
    shown = await form(small, FRANCES)
    theirs = {**shown, "state": {"values": {view.INPUT: {view.INPUT: {"value": "Theirs."}}}}}
    await instructions.submitted(small.desk, {"user": {"id": FRANCES}, "view": theirs})
    assert (await send(small, FRANCES, shown, "Mine."))["closed"] is False
    again = await filled(small, FRANCES)
    assert "This was changed while you were writing" in words(again)
    assert "Theirs." in words(again)
    assert again["state"]["values"][view.INPUT][view.INPUT]["value"] == "Mine."
    assert await company(small) == "Theirs."
    await send(small, FRANCES, again, "Mine.")
    assert await company(small) == "Mine."


async def test_sending_nothing_takes_it_back_and_sending_twice_changes_once(small: Floor) -> None:
    shown = await form(small, FRANCES)
    body = {
        "user": {"id": FRANCES},
        "view": {**shown, "state": {"values": {view.INPUT: {view.INPUT: {"value": "A."}}}}},
    }
    answers = [await instructions.submitted(small.desk, body) for _ in range(2)]
    assert [answer["response_action"] for answer in answers] == ["update", "update"]
    assert "Set: the company's" in str(answers[0])
    assert "Nothing changed" in str(answers[1])
    await send(small, FRANCES, await form(small, FRANCES), "   ")
    assert await company(small) is None
    changes = [entry for entry in await audit_of(small) if entry.action == "instructions"]
    assert [(entry.old, entry.new, entry.origin) for entry in changes] == [
        ("A.", None, "slack:form"), (None, "A.", "slack:form"),
    ]  # fmt: skip


async def test_the_form_is_open_before_slack_says_who_it_is(small: Floor) -> None:
    small.office.pass_time(minutes=5)
    await small.bench.fault("users.info", "slow", times=1, delay_s=3.5)
    await small.bench.command(FRANCES, GENERAL, "/tokens prompt edit")

    async def waiting() -> bool:
        return "One moment" in json.dumps(await small.bench.views(FRANCES))

    await small.bench.wait_for(waiting)
    assert "For the whole company" in words(await filled(small, FRANCES))
    assert (await small.bench.sockets())["unacked"] == 0


async def test_a_form_that_slack_does_not_open(small: Floor) -> None:
    await small.bench.fault("views.open", "error", times=1, error="expired_trigger_id")
    assert (await small.answer(FRANCES, "prompt edit"))["text"] == "Slack did not open the form: try again."


async def test_a_form_that_is_closed_before_it_is_filled_in(small: Floor) -> None:
    await small.bench.fault("views.update", "error", times=1, error="not_found")
    await small.bench.command(FRANCES, GENERAL, "/tokens prompt edit")
    await small.bench.wait_quiet()
    assert "There are no" not in (await small.answer(FRANCES, "prompt"))["text"]


async def test_metadata_that_is_not_ours_changes_nothing(small: Floor) -> None:
    values = {"values": {view.INPUT: {view.INPUT: {"value": "Mine."}}}}
    for metadata in ("", "{}", "[]", '{"channel": null}', "null"):
        sent = {"private_metadata": metadata, "state": values}
        answer = await instructions.submitted(small.desk, {"user": {"id": FRANCES}, "view": sent})
        assert "Something went wrong on our side, and nothing was changed." in answer["errors"][view.INPUT]
    assert await company(small) is None


async def test_books_that_are_away(cluster: Cluster, postgresql_url: str) -> None:
    database = await Database.open(postgresql_url)
    async with floor(database) as opened:
        await opened.set_up()
        shown = await form(opened, FRANCES)
        cluster.stop()
        try:
            answer = await send(opened, FRANCES, shown, "Mine.")
            told = await opened.answer(FRANCES, "prompt")
            closed = await form(opened, FRANCES)
            menu = await models.chosen(opened.desk, FRANCES, "big", GENERAL)
        finally:
            cluster.start()
        assert "cannot be reached" in answer["errors"][view.INPUT]
        assert "cannot be reached" in told["text"]
        assert "cannot be reached" in words(closed)
        assert "cannot be reached" in menu.text
        assert await company(opened) is None
    await database.close()


async def test_help_tells_all_of_it(small: Floor) -> None:
    told = (await small.answer(ADA, "help"))["text"]
    for command in ("`/tokens models`", "`/tokens model …`", "`/tokens channel", "`/tokens prompt …`"):
        assert command in told
    assert "`/tokens model default in #platform`" in (await small.answer(ADA, "help model"))["text"]
    assert "--model NAME" in (await small.answer(ADA, "help model"))["text"]
    assert "/tokens channel follow on|off" in (await small.answer(ADA, "help channel"))["text"]
    assert "/tokens prompt edit [channel]" in (await small.answer(ADA, "help prompt"))["text"]


async def test_the_same_menu_and_command_at_once(small: Floor) -> None:
    body = {"user_id": GRACE, "text": "model big in channel", "trigger_id": "1.1", "channel_id": PLATFORM}
    answers = await asyncio.gather(*(commands.answer(small.desk, body) for _ in range(4)))
    assert ["*big* answers everybody" in answer.text for answer in answers] == [True] * 4, answers
    changes = [entry for entry in await audit_of(small) if entry.action == "channel model"]
    assert [(entry.old, entry.new) for entry in changes] == [(None, "big")]
