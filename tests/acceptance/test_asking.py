"""Asking in the workspace: a real bot process, judged by what people see and by the books."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.model.standin import Script, refuses, says, usage
from sandbox.seed import ADA, ALAN, GENERAL, PLATFORM, STRANGER
from tests.acceptance.stage import Stage, footer, on_stage

SHORT = says("Use `git reset --soft HEAD~1`.", usage=usage(300, 20))


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(database_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot()
        await made.stock()
        yield made


@pytest.fixture
async def small_stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """For what does not depend on the engine."""
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot()
        await made.stock()
        yield made


async def test_a_mention_is_answered_in_its_thread_with_the_cost_and_the_balance_goes_to_the_asker(
    stage: Stage,
) -> None:
    ts = await stage.people.send(ADA, GENERAL, "@stipend how do I undo the last commit?")
    answer = await stage.answered(ts, GENERAL)
    assert "git reset --soft" in answer["text"]
    assert footer(answer) == "standin · 300 in · 20 out · $0.00034"
    receipt = await stage.whispered(ts, GENERAL)
    assert "from your wallet" in receipt["text"]
    assert "Left: $4.99" in receipt["text"]
    assert not [m for m in await stage.thread(ts, GENERAL, ALAN) if m["ephemeral"]]
    statuses = [c["args"].get("status") for c in await stage.people.calls("assistant.threads.setStatus")]
    assert statuses[0]
    assert statuses[-1] == ""
    assert len(await stage.people.calls("chat.startStream")) == 0
    assert await stage.command(ADA, "/tokens history")
    await stage.verified()


async def test_the_same_mention_five_times_gives_one_answer_and_one_charge(stage: Stage) -> None:
    await stage.start_bot()  # a second process, with a connection of its own
    await stage.people.post("redeliver", {"duplicate_next": 5})
    ts = await stage.people.send(ADA, GENERAL, "@stipend once, please")
    await stage.answered(ts, GENERAL)
    await stage.people.post("redeliver", {"last": True, "times": 3, "as_retry": True, "spread": True})
    await asyncio.sleep(1)
    assert len(await stage.answers(ts, GENERAL)) == 1
    assert stage.standin.received == 1
    await stage.verified()


async def test_thread_dm_and_follow_up(small_stage: Stage) -> None:
    stage = small_stage
    root = await stage.people.send(ALAN, PLATFORM, "The deploy fails with error 42.")
    ts = await stage.people.send(ADA, PLATFORM, "@stipend what does he mean?", thread_ts=root)
    await stage.people.wait_for_message(ADA, PLATFORM, lambda m: bool(footer(m)), thread_ts=root)
    assert "> Alan Turing: The deploy fails with error 42." in stage.standin.requests[-1].text
    assert ts
    dm = await stage.people.app_dm(ADA)
    ts = await stage.people.send(ADA, dm, "and here?")
    await stage.answered(ts, dm)
    await stage.people.wait_for_message(ADA, dm, lambda m: "Left: $4.99" in m["text"], thread_ts=ts)


async def test_a_long_answer_streams_and_arrives_whole(small_stage: Stage) -> None:
    stage = small_stage
    words = [f"word{n} " for n in range(1000)]
    stage.standin.script(Script(pieces=tuple(words), between_s=0.001, usage=usage(50, 1000)))
    ts = await stage.people.send(ADA, GENERAL, "@stipend tell me a lot")
    answer = await stage.answered(ts, GENERAL)
    assert len(await stage.people.calls("chat.startStream")) == 1
    assert answer["text"].split() == "".join(words).split()


async def test_an_empty_mention_gets_a_hint_and_costs_nothing(small_stage: Stage) -> None:
    ts = await small_stage.people.send(ADA, GENERAL, "@stipend")
    assert "without a question" in (await small_stage.whispered(ts, GENERAL))["text"]
    assert small_stage.standin.received == 0


async def test_someone_without_tokens_is_refused_with_the_limit_and_what_to_do(small_stage: Stage) -> None:
    ts = await small_stage.people.send(ALAN, GENERAL, "@stipend may I?")
    refusal = await small_stage.whispered(ts, GENERAL, ALAN)
    assert "your wallet has $0.00" in refusal["text"]
    assert "You were not charged" in refusal["text"]
    assert await small_stage.answers(ts, GENERAL) == []
    assert small_stage.standin.received == 0
    await small_stage.command("U0GRACE", "/tokens grant @Alan Turing $1")
    offered = [each for block in refusal["blocks"] if block["type"] == "actions" for each in block["elements"]]
    [button] = [each for each in offered if each["text"]["text"] == "Ask again"]
    for _ in range(2):  # a double click
        await small_stage.people.click(ALAN, button["action_id"], channel=GENERAL, ts=refusal["ts"])
    await small_stage.answered(ts, GENERAL, ALAN)
    await asyncio.sleep(0.5)
    assert small_stage.standin.received == 1


async def test_a_stranger_is_turned_away(small_stage: Stage) -> None:
    ts = await small_stage.people.send(STRANGER, PLATFORM, "@stipend hello")
    told = await small_stage.whispered(ts, PLATFORM, STRANGER)
    assert "another organisation" in told["text"]
    assert small_stage.standin.received == 0


async def test_a_failing_model_is_told_in_words_and_not_charged(small_stage: Stage) -> None:
    small_stage.standin.script(refuses(401))
    ts = await small_stage.people.send(ADA, GENERAL, "@stipend hello?")
    told = (await small_stage.whispered(ts, GENERAL))["text"]
    assert "refused our key" in told
    assert "You were not charged" in told
    assert "$5.00" in await small_stage.command(ADA, "/tokens balance")


async def test_killed_before_the_model_is_called_another_bot_answers(stage: Stage) -> None:
    """The first bot still reads the thread when it dies: nothing was dispatched."""
    first = stage.bots[0]
    ts = await stage.people.send(ADA, GENERAL, "a thread")
    await stage.people.fault("conversations.replies", "slow", times=50, delay_s=5)
    await stage.people.send(ADA, GENERAL, "@stipend will you survive?", thread_ts=ts)
    await stage.people.wait_quiet()
    await stage.stop_bot(first, signal.SIGKILL)
    await stage.people.clear_faults()
    await stage.start_bot()
    await stage.answered(ts, GENERAL)
    assert stage.standin.received == 1
    await stage.verified()


async def test_killed_while_the_model_talks_it_is_charged_at_the_estimate_and_told(stage: Stage) -> None:
    stage.standin.script(Script(pieces=("abc", "def"), hang_after=1))
    ts = await stage.people.send(ADA, GENERAL, "@stipend will you survive?")
    while stage.standin.received == 0:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    await stage.stop_bot(stage.bots[0], signal.SIGKILL)
    stage.standin.script(SHORT)
    await stage.start_bot()
    told = await stage.whispered(ts, GENERAL)
    assert "restarted" in told["text"]
    assert "upper estimate" in told["text"]
    assert stage.standin.received == 1
    await stage.verified()
    assert "held" not in await stage.command(ADA, "/tokens balance")
    [button] = [block["elements"][0] for block in told["blocks"] if block["type"] == "actions"]
    await stage.people.click(ADA, button["action_id"], channel=GENERAL, ts=told["ts"])
    await stage.answered(ts, GENERAL)
    assert stage.standin.received == 2


async def test_asked_to_stop_it_finishes_what_is_in_flight(stage: Stage) -> None:
    stage.standin.script(Script(pieces=("half ", "and half"), between_s=1.0, usage=usage(50, 5)))
    ts = await stage.people.send(ADA, GENERAL, "@stipend slowly")
    while stage.standin.received == 0:
        await asyncio.sleep(0.02)
    assert await stage.stop_bot(stage.bots[0]) == 0
    assert "half and half" in (await stage.answered(ts, GENERAL, timeout_s=1))["text"]
    await stage.verified()


async def test_asked_to_stop_without_patience_it_settles_and_says_so(small_stage: Stage) -> None:
    stage = small_stage
    await stage.stop_bot(stage.bots[0])
    bot = await stage.start_bot(STIPEND_DRAIN_S="0.5")
    stage.standin.script(Script(pieces=("The beginning",), hang_after=1))
    ts = await stage.people.send(ADA, GENERAL, "@stipend slowly")
    while stage.standin.received == 0:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    assert await stage.stop_bot(bot) == 0
    print(stage.log)
    [answer] = await stage.answers(ts, GENERAL)
    assert "The beginning" in answer["text"]
    assert "because the bot is shutting down" in str(answer["blocks"])
    await stage.verified()


async def test_ten_delivered_answers_are_ten_recorded_ones_even_after_a_kill(sqlite_url: str, tmp_path: Path) -> None:
    async with on_stage(sqlite_url, tmp_path) as stage:
        stage.standin.script(SHORT)
        await stage.start_bot()
        await stage.stock()
        asked = [await stage.people.send(ADA, GENERAL, f"@stipend question {n}") for n in range(10)]
        for ts in asked:
            await stage.answered(ts, GENERAL)
        await stage.stop_bot(stage.bots[0], signal.SIGKILL)
        await stage.verified()
        await stage.start_bot()
        history = await stage.command(ADA, "/tokens history")
        assert history.count("question to standin") >= 9
        assert "$4.99" in await stage.command(ADA, "/tokens balance")
