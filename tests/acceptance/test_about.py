"""“Ask about this” in a message's menu: the form, the question in the thread or for its asker alone, once."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.model.standin import refuses, says, usage
from sandbox.seed import ADA, ALAN, PLATFORM, STRANGER
from tests.acceptance.stage import Stage, footer, on_stage
from tests.acceptance.test_private import SHARE, buttons, press, private_answer, settled, without_a_fault
from tests.workspace_client import JsonObject

SHORT = says("It means that the disk is full.", usage=usage(300, 20))


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(database_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot()
        await made.stock()
        yield made
        without_a_fault(made.log)
        await made.verified()


@pytest.fixture
async def small(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """For what does not depend on the engine."""
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot()
        await made.stock()
        yield made
        without_a_fault(made.log)
        await made.verified()


async def form(stage: Stage, channel: str, ts: str, who: str = ADA) -> JsonObject:
    """The form that opens."""
    await stage.people.shortcut(who, channel, ts, "ask_about")

    async def opened() -> JsonObject | None:
        return next(iter(await stage.people.views(who)), None)

    return await stage.people.wait_for(opened)


def chosen(view: JsonObject) -> str | None:
    """Where the answer goes unless told otherwise; None: that is no question."""
    found = [block["element"] for block in view["blocks"] if block["block_id"] == "where"]
    return str(found[0]["initial_option"]["value"]) if found else None


async def question_post(stage: Stage, channel: str, ts: str, who: str = ALAN) -> JsonObject:
    return await stage.people.wait_for_message(who, channel, lambda m: " asks: " in m["text"], thread_ts=ts)


async def test_asked_in_the_thread_for_all_to_see(stage: Stage) -> None:
    ts = await stage.people.send(ALAN, PLATFORM, "The deploy fails with *error 42*. <script>")
    view = await form(stage, PLATFORM, ts)
    assert "*Alan Turing* wrote:\\n> The deploy fails with *error 42*. &lt;script&gt;" in json.dumps(view["blocks"])
    assert chosen(view) == "thread"
    done = await stage.people.submit(ADA, view["id"], {"question": {"question": "What does <@U0ALAN> @here mean?"}})
    assert done["closed"]
    post = await question_post(stage, PLATFORM, ts)
    assert post["text"] == f"<@{ADA}> asks: What does &lt;@U0ALAN&gt; @\u200bhere mean?"
    answer = await stage.answered(ts, PLATFORM, ALAN)
    assert "the disk is full" in answer["text"]
    asked = stage.standin.requests[-1].text
    assert "> Alan Turing: The deploy fails with *error 42*. <script>" in asked
    assert asked.endswith("What does <@U0ALAN> @here mean?")
    assert "from your wallet" in (await stage.whispered(ts, PLATFORM))["text"]
    assert buttons(answer) == []

    await stage.people.send(ALAN, PLATFORM, "@stipend and then?", thread_ts=ts)
    await stage.whispered(ts, PLATFORM, ALAN)  # Alan has no tokens; what matters is whose words these were
    await settled(stage)
    assert len([m for m in await stage.answers(ts, PLATFORM) if " asks: " in m["text"]]) == 1
    assert stage.standin.received == 1


async def test_the_same_form_sent_twice_to_two_replicas_is_one_question(stage: Stage) -> None:
    await stage.start_bot()
    ts = await stage.people.send(ALAN, PLATFORM, "The deploy fails.")
    view = await form(stage, PLATFORM, ts)
    filled = view["state"] | {"values": view["state"]["values"] | {"question": {"question": {"value": "Why?"}}}}
    payload = {
        "type": "view_submission", "team": {"id": stage.workspace.world.state.team_id}, "user": {"id": ADA},
        "trigger_id": "1.1.1", "view": view | {"state": filled}, "response_urls": [],
    }  # fmt: skip
    await asyncio.gather(*(stage.workspace.world.hub.ask("interactive", payload) for _ in range(4)))
    await stage.answered(ts, PLATFORM, ALAN)
    await settled(stage)
    assert len([m for m in await stage.answers(ts, PLATFORM) if " asks: " in m["text"]]) == 1
    assert stage.standin.received == 1


async def test_asked_about_a_reply_the_model_is_told_which(small: Stage) -> None:
    root = await small.people.send(ALAN, PLATFORM, "The deploy fails.")
    await small.people.send(ALAN, PLATFORM, "The log says ENOSPC.", thread_ts=root)
    third = await small.people.send(ALAN, PLATFORM, "I restart it now.", thread_ts=root)
    replies = await small.people.messages(ADA, PLATFORM, root)
    view = await form(small, PLATFORM, replies[1]["ts"])
    await small.people.submit(ADA, view["id"], {"question": {"question": "What is that?"}})
    post = await question_post(small, PLATFORM, root)
    await small.answered(root, PLATFORM)
    asked = small.standin.requests[-1].text
    assert "> Alan Turing: I restart it now." in asked
    assert asked.endswith("What is that?\n\nThis is about the following message:\n> Alan Turing: The log says ENOSPC.")
    assert "> Alan Turing: The log says ENOSPC." in json.dumps(post["blocks"])
    assert third


async def test_only_for_me_and_shared_into_the_thread(stage: Stage) -> None:
    ts = await stage.people.send(ALAN, PLATFORM, "The deploy fails.")
    view = await form(stage, PLATFORM, ts)
    await stage.people.submit(
        ADA, view["id"], {"question": {"question": "Why?"}, "where": {"where": "alone"}, "model": {"model": "standin"}}
    )
    root, answer = await private_answer(stage, "Why?")
    assert root["text"] == f"You asked privately in <#{PLATFORM}>, about this message: Why?"
    assert "> Alan Turing: The deploy fails." in json.dumps(root["blocks"])
    assert stage.standin.requests[-1].text.endswith(
        "Why?\n\nThis is about the following message:\n> Alan Turing: The deploy fails."
    )
    assert await stage.answers(ts, PLATFORM, ALAN) == []
    for _ in range(3):
        await press(stage, answer)
    shared = await stage.people.wait_for_message(
        ALAN, PLATFORM, lambda m: "bot_id" in m and bool(footer(m)), thread_ts=ts
    )
    assert "the disk is full" in shared["text"]
    await settled(stage)
    head, below = await stage.answers(ts, PLATFORM, ALAN)
    assert head["text"].startswith(f"Asked by <@{ADA}>: Why?")
    assert below["ts"] == shared["ts"]
    assert stage.standin.received == 1


async def test_where_the_bot_is_not_it_answers_alone(small: Stage) -> None:
    there = await small.people.channel("elsewhere", [ADA, ALAN])
    ts = await small.people.send(ALAN, there, "The deploy fails.")
    view = await form(small, there, ts)
    assert chosen(view) == "alone"
    said = await small.people.submit(ADA, view["id"], {"question": {"question": "Why?"}, "where": {"where": "thread"}})
    assert not said["closed"]
    assert "I am not in this channel" in said["errors"]["where"]
    assert "Only for me" in said["errors"]["where"]
    assert (await small.people.submit(ADA, view["id"], {"where": {"where": "alone"}}))["closed"]
    _, answer = await private_answer(small, "Why?")
    assert small.standin.requests[-1].text.endswith("> Alan Turing: The deploy fails.")
    await press(small, answer)
    dm = await small.people.app_dm(ADA)
    await small.people.wait_for_message(ADA, dm, lambda m: "I am not in" in m["text"])


async def test_in_a_direct_message_of_two_people_there_is_no_choice(small: Stage) -> None:
    ts = await small.people.send(ALAN, ADA, "Between us: the deploy fails.")
    dm = next(c["id"] for c in (await small.people.state(ADA))["channels"] if c["kind"] == "im")
    view = await form(small, dm, ts)
    assert chosen(view) is None
    assert "my direct messages" not in json.dumps(view["blocks"])
    await small.people.submit(ADA, view["id"], {"question": {"question": "Why?"}})
    root, answer = await private_answer(small, "Why?")
    assert root["text"] == "You asked privately, about this message: Why?"
    assert buttons(answer) == []


async def test_a_question_of_blanks_is_a_field_error_and_a_long_one_is_taken_whole(small: Stage) -> None:
    ts = await small.people.send(ALAN, PLATFORM, "line\n" * 900)
    view = await form(small, PLATFORM, ts)
    said = await small.people.submit(ADA, view["id"], {"question": {"question": " \u200b "}})
    assert said["errors"] == {"question": "Write what you want to know."}
    question = "a<b&c> " * 428 + "end"
    done = await small.people.submit(ADA, view["id"], {"question": {"question": question}, "where": {"where": "alone"}})
    assert done["closed"]
    await private_answer(small, "b&amp;c")
    asked = small.standin.requests[-1].text
    assert question in asked
    assert asked.count("> line") + asked.count("> Alan Turing: line") == 900, "read again from Slack, where we may"


async def test_asked_again_after_a_failure_the_question_is_read_from_our_post(small: Stage) -> None:
    ts = await small.people.send(ALAN, PLATFORM, "The deploy fails.")
    small.standin.script(refuses(400))
    view = await form(small, PLATFORM, ts)
    await small.people.submit(ADA, view["id"], {"question": {"question": "Why, @channel?"}})
    told = await small.whispered(ts, PLATFORM)
    small.standin.script(SHORT)
    [button] = [each for each in buttons(told) if each["action_id"] != SHARE]
    for _ in range(2):
        await small.people.click(ADA, button["action_id"], channel=PLATFORM, ts=told["ts"])
    await small.answered(ts, PLATFORM)
    asked = small.standin.requests[-1].text
    assert asked.endswith("Why, @channel?")
    await settled(small)
    assert small.standin.received == 2
    assert len([m for m in await small.answers(ts, PLATFORM) if " asks: " in m["text"]]) == 1


async def test_where_slack_refuses_the_post_the_asker_is_told(small: Stage) -> None:
    ts = await small.people.send(ALAN, PLATFORM, "The deploy fails.")
    view = await form(small, PLATFORM, ts)
    await small.people.fault("chat.postMessage", "error", times=1, error="restricted_action")
    await small.people.submit(ADA, view["id"], {"question": {"question": "Why?"}})
    told = await small.whispered(ts, PLATFORM)
    assert "I could not post your question there" in told["text"]
    assert "You were not charged" in told["text"]
    assert small.standin.received == 0


async def test_a_stranger_posts_nothing_through_the_form(small: Stage) -> None:
    ts = await small.people.send(ALAN, PLATFORM, "The deploy fails.")
    view = await form(small, PLATFORM, ts, STRANGER)
    said = await small.people.submit(STRANGER, view["id"], {"question": {"question": "Why?"}})
    assert "another organisation" in said["errors"]["question"]
    assert await small.answers(ts, PLATFORM) == []


async def test_a_file_of_the_message_is_read(small: Stage) -> None:
    ts = await small.people.send_files(ALAN, PLATFORM, "see this", {"log.txt": "ENOSPC at line 7"})
    view = await form(small, PLATFORM, ts)
    await small.people.submit(ADA, view["id"], {"question": {"question": "Which line?"}, "where": {"where": "alone"}})
    await private_answer(small, "Which line?")
    assert "ENOSPC at line 7" in small.standin.requests[-1].text


async def test_in_a_group_message_there_is_no_choice_either(small: Stage) -> None:
    there = await small.people.channel("mpdm-ada--alan--grace-1", [ADA, ALAN])
    ts = await small.people.send(ALAN, there, "Among us: the deploy fails.")
    view = await form(small, there, ts)
    assert chosen(view) is None
    await small.people.submit(ADA, view["id"], {"question": {"question": "Why?"}})
    _, answer = await private_answer(small, "Why?")
    assert buttons(answer) == []
