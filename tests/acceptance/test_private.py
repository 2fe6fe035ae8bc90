"""Private asks and sharing: a real bot process, the asker's direct messages, and what others see of it, once."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.model.standin import Script, refuses, says, usage
from sandbox.seed import ADA, ALAN, GENERAL, GRACE, PLATFORM
from tests.acceptance.stage import Stage, footer, on_stage
from tests.workspace_client import JsonObject

SHORT = says("Use `git reset --soft HEAD~1`. Tell @channel nothing.", usage=usage(300, 20))
SHARE = "answer_share"


def without_a_fault(log: str) -> None:
    """Nothing of ours failed; a connection that was cut is none of ours."""
    for fault in ("listener failed", "command failed", "ask failed", "left for a later try", "form failed"):
        assert fault not in log, log


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


async def root_of(stage: Stage, question: str, who: str = ADA) -> JsonObject:
    """The post in somebody's direct messages that has their question."""
    dm = await stage.people.app_dm(who)
    return await stage.people.wait_for_message(who, dm, lambda m: question in json.dumps(m["blocks"]))


async def private_answer(stage: Stage, question: str, who: str = ADA) -> tuple[JsonObject, JsonObject]:
    """That post, and the last message of the answer below it."""
    root = await root_of(stage, question, who)
    return root, await stage.answered(root["ts"], root["channel"], who)


async def press(stage: Stage, answer: JsonObject, who: str = ADA) -> None:
    await stage.people.click(who, SHARE, channel=answer["channel"], ts=answer["ts"])


def buttons(message: JsonObject) -> list[JsonObject]:
    return [each for block in message["blocks"] if block["type"] == "actions" for each in block["elements"]]


async def shared_in(stage: Stage, channel: str, who: str = ALAN) -> JsonObject:
    """What was shared in a channel, as somebody else sees it."""
    return await stage.people.wait_for_message(who, channel, lambda m: m["text"].startswith("Asked by"))


async def settled(stage: Stage) -> None:
    await stage.people.wait_quiet()
    await asyncio.sleep(0.7)


async def test_asked_privately_answered_in_direct_messages_and_shared_once(stage: Stage) -> None:
    told = await stage.people.run_command(ADA, PLATFORM, "/tokens ask how do I *undo* <the> & “last” commit?", 15)
    assert told["ephemeral"]
    assert told["text"].startswith("I answer you in <http")
    question = "how do I *undo* <the> & “last” commit?"
    root, answer = await private_answer(stage, "how do I *undo*")
    assert root["text"].startswith(f"You asked privately in <#{PLATFORM}>: ")
    assert f"p{root['ts'].replace('.', '')}" in told["text"]
    assert stage.standin.requests[-1].text.endswith(question)
    assert footer(answer) == "standin · 300 in · 20 out · $0.00034"
    await stage.people.wait_for_message(
        ADA, root["channel"], lambda m: "Left: $4.99" in m["text"], thread_ts=root["ts"]
    )
    assert list(await stage.people.messages(ALAN, PLATFORM)) == []

    [button] = buttons(answer)
    assert button["text"]["text"] == "Share to #platform"
    assert "everyone in #platform" in button["confirm"]["text"]["text"]
    await stage.start_bot()
    await asyncio.gather(*(press(stage, answer) for _ in range(4)))
    head = await shared_in(stage, PLATFORM)
    below = await stage.answered(head["ts"], PLATFORM, ALAN)
    assert "git reset --soft" in below["text"]
    assert "@\u200bchannel" in below["text"]
    assert footer(below) == "standin · 300 in · 20 out · $0.00034"
    assert buttons(below) == []
    changed = await stage.people.wait_for_message(
        ADA, root["channel"], lambda m: "Shared to" in json.dumps(m["blocks"]), thread_ts=root["ts"]
    )
    assert buttons(changed) == []
    assert "see it there" in footer(changed)
    assert "git reset --soft" in changed["text"]
    await settled(stage)
    assert len(await stage.people.messages(ALAN, PLATFORM)) == 1
    assert len(await stage.answers(head["ts"], PLATFORM, ALAN)) == 1
    assert stage.standin.received == 1


async def test_the_same_command_twice_and_on_two_replicas_is_one_question(stage: Stage) -> None:
    await stage.start_bot()
    await stage.people.drop_before_ack()
    await stage.people.command(ADA, PLATFORM, "/tokens ask once, please")
    root, _ = await private_answer(stage, "once, please")
    await settled(stage)
    roots = [m for m in await stage.people.messages(ADA, root["channel"]) if "once, please" in m["text"]]
    assert len(roots) == 1
    assert stage.standin.received == 1


async def test_killed_right_after_the_question_was_posted_another_bot_finds_it(stage: Stage) -> None:
    """The answer to the post is lost, and the bot dies before it can look."""
    await stage.people.fault("chat.postMessage", "drop_after", times=1)
    await stage.people.command(ADA, PLATFORM, "/tokens ask will you survive?")
    await root_of(stage, "will you survive?")
    await stage.stop_bot(stage.bots[0], signal.SIGKILL)
    await stage.start_bot()
    root, _ = await private_answer(stage, "will you survive?")
    await settled(stage)
    roots = [m for m in await stage.people.messages(ADA, root["channel"]) if "will you survive" in m["text"]]
    assert len(roots) == 1
    assert stage.standin.received == 1


async def test_killed_before_the_question_is_posted_another_bot_posts_it(small: Stage) -> None:
    await small.people.fault("conversations.open", "slow", times=1, delay_s=5)
    await small.people.command(ADA, PLATFORM, "/tokens ask will you survive?")
    await asyncio.sleep(0.7)
    await small.stop_bot(small.bots[0], signal.SIGKILL)
    await small.start_bot()
    await private_answer(small, "will you survive?")
    assert small.standin.received == 1


async def test_a_failed_private_ask_is_asked_again_from_our_own_post(small: Stage) -> None:
    small.standin.script(refuses(500), refuses(500), refuses(500), refuses(500), SHORT)
    await small.people.command(ADA, PLATFORM, "/tokens ask line one\nwith `a < b && c`")
    root = await root_of(small, "line one")
    failed = await small.people.wait_for_message(ADA, root["channel"], lambda m: bool(buttons(m)), thread_ts=root["ts"])
    [button] = buttons(failed)
    small.standin.script(SHORT)
    before = small.standin.received
    for _ in range(2):
        await small.people.click(ADA, button["action_id"], channel=root["channel"], ts=failed["ts"])
    await small.people.wait_for_message(
        ADA, root["channel"], lambda m: [each["action_id"] for each in buttons(m)] == [SHARE], thread_ts=root["ts"]
    )
    assert small.standin.requests[-1].text.endswith("line one\nwith `a < b && c`")
    await settled(small)
    assert small.standin.received == before + 1


async def test_a_follow_up_below_a_private_question_knows_what_it_was(small: Stage) -> None:
    await small.people.command(ADA, PLATFORM, "/tokens ask what is a monad?")
    root, _ = await private_answer(small, "what is a monad?")
    await small.people.send(ADA, root["channel"], "and a functor?", thread_ts=root["ts"])

    async def asked() -> bool:
        return small.standin.received == 2

    await small.people.wait_for(asked)
    assert "> Ada Lovelace: what is a monad?" in small.standin.requests[-1].text


async def test_a_command_in_a_direct_message_has_nothing_to_share(small: Stage) -> None:
    dm = await small.people.app_dm(ADA)
    await small.people.command(ADA, dm, "/tokens ask  --model standin  here?")
    root, answer = await private_answer(small, "here?")
    assert root["text"] == "You asked privately: here?"
    assert buttons(answer) == []
    assert "Write your question after" in await small.command(ADA, "/tokens ask")
    assert "at most 9,000 characters" in await small.command(ADA, f"/tokens ask {'x' * 9_001}")
    assert small.standin.received == 1


async def test_only_the_asker_shares_and_only_where_both_are(small: Stage) -> None:
    await small.people.command(ADA, PLATFORM, "/tokens ask may I?")
    _, answer = await private_answer(small, "may I?")
    world = small.workspace.world.state
    members = world.channels[PLATFORM].members
    dm = answer["channel"]

    members.remove(ADA)
    await press(small, answer)
    await small.people.wait_for_message(ADA, dm, lambda m: "You are not in" in m["text"])
    members.append(ADA)
    members.remove(world.app.user_id)
    await press(small, answer)
    await small.people.wait_for_message(ADA, dm, lambda m: "I am not in" in m["text"])
    members.append(world.app.user_id)

    payload: dict[str, Any] = await forged_click(small, ALAN, answer)
    await small.workspace.world.hub.ask("interactive", payload)
    await settled(small)
    assert await small.people.messages(GRACE, PLATFORM) == []
    await press(small, answer)
    await shared_in(small, PLATFORM)


async def forged_click(stage: Stage, who: str, answer: JsonObject) -> dict[str, Any]:
    """A click on the button with the right value, by somebody else."""
    [button] = buttons(answer)
    return {
        "type": "block_actions", "team": {"id": stage.workspace.world.state.team_id}, "user": {"id": who},
        "container": {"type": "message"}, "channel": {"id": answer["channel"]}, "trigger_id": "1.1.1",
        "actions": [{"type": "button", "action_id": SHARE, "block_id": "b", "value": button["value"]}],
    }  # fmt: skip


async def test_an_answer_of_several_messages_is_shared_whole_even_when_slack_stumbles(small: Stage) -> None:
    words = tuple(f"word{n:04} " + ("\n\n" if n % 40 == 39 else "") for n in range(2_600))
    small.standin.script(Script(pieces=words, usage=usage(50, 900)))
    await small.people.command(ADA, GENERAL, "/tokens ask tell me a lot")
    root, _ = await private_answer(small, "tell me a lot")
    parts = await small.answers(root["ts"], root["channel"])
    answer = next(m for m in parts if buttons(m))
    await small.people.fault("chat.postMessage", "error", times=2, error="restricted_action")
    await press(small, answer)
    await small.people.wait_for_message(ADA, root["channel"], lambda m: "does not let me post" in m["text"])
    await small.people.clear_faults()
    await small.people.fault("chat.postMessage", "drop_after", times=3)
    await press(small, answer)
    head = await shared_in(small, GENERAL)
    await small.answered(head["ts"], GENERAL, ALAN)
    await settled(small)
    text = "".join(m["text"] + str(m["blocks"]) for m in await small.answers(head["ts"], GENERAL, ALAN))
    assert all(word.strip() in text for word in words)
    assert len([m for m in await small.people.messages(ALAN, GENERAL) if m["text"].startswith("Asked by")]) == 1


async def test_a_thread_that_cannot_be_read_just_now_is_shared_later(small: Stage) -> None:
    await small.people.command(ADA, GENERAL, "/tokens ask what is lost?")
    root, answer = await private_answer(small, "what is lost?")
    await small.people.fault("conversations.replies", "error", times=1, error="internal_error")
    await press(small, answer)
    await small.people.wait_for_message(
        ADA, root["channel"], lambda m: m["text"].startswith("Slack did not let me share this just now")
    )
    await press(small, answer)
    head = await shared_in(small, GENERAL)
    await small.answered(head["ts"], GENERAL, ALAN)


async def test_an_answer_in_a_file_is_shared_with_its_file(small: Stage) -> None:
    paragraph = "word " * 200 + "\n\n"
    small.standin.script(Script(pieces=(paragraph,) * 90, usage=usage(50, 900)))
    await small.people.command(ADA, GENERAL, "/tokens ask tell me everything")
    root, _ = await private_answer(small, "tell me everything")
    parts = await small.answers(root["ts"], root["channel"])
    answer = next(m for m in parts if buttons(m))
    for _ in range(2):
        await press(small, answer)
    head = await shared_in(small, GENERAL)

    async def with_file() -> list[JsonObject]:
        return [m for m in await small.thread(head["ts"], GENERAL, ALAN) if m.get("files")]

    [message] = await small.people.wait_for(with_file)
    assert message["files"][0]["name"] == "answer.md"
    assert message["files"][0]["size"] >= len((paragraph * 90).rstrip())
    await settled(small)
    assert len(await with_file()) == 1


async def test_stopped_in_the_direct_message_it_is_charged_so_far_and_says_so(small: Stage) -> None:
    pieces = tuple(f"word{n} " for n in range(400))
    small.standin.script(Script(pieces=pieces, between_s=0.02, usage=usage(50, 400)))
    await small.people.command(ADA, GENERAL, "/tokens ask slowly")
    root = await root_of(small, "slowly")
    growing = await small.people.wait_for_message(ADA, root["channel"], lambda m: m["streaming"], thread_ts=root["ts"])
    await small.people.stop(ADA, root["channel"], growing["ts"])
    stopped = await small.answered(root["ts"], root["channel"])
    assert footer(stopped).startswith("The answer stops here, stopped by Ada Lovelace. It was charged $0.0")
    assert not stopped["streaming"]
