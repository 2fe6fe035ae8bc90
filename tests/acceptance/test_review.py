"""What a reader with fresh eyes found: each as somebody in the workspace would meet it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.model.standin import Script, says, usage
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE
from tests.acceptance.stage import Stage, footer, on_stage
from tests.workspace_client import JsonObject

SHORT = says("Use `git reset --soft HEAD~1`.", usage=usage(300, 20))


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot()
        await made.stock()
        yield made


async def ask_again(stage: Stage, told: JsonObject, channel: str = GENERAL) -> None:
    [button] = [block["elements"][0] for block in told["blocks"] if block["type"] == "actions"]
    await stage.people.click(ADA, button["action_id"], channel=channel, ts=told["ts"])


async def test_an_answer_without_words_is_called_so_and_can_be_asked_again(stage: Stage) -> None:
    stage.standin.script(Script(pieces=("  ", "\n"), usage=usage(300, 2)))
    ts = await stage.people.send(ADA, GENERAL, "@stipend how?")
    told = await stage.whispered(ts, GENERAL)
    assert "had no words" in told["text"]
    assert "It was charged $0.0003" in told["text"]
    stage.standin.script(SHORT)
    await ask_again(stage, told)
    assert "git reset" in (await stage.answered(ts, GENERAL))["text"]
    await stage.verified()


async def test_the_newest_messages_of_a_long_thread_are_read_and_the_rest_is_counted(stage: Stage) -> None:
    root = await stage.people.send(ADA, GENERAL, "the root")
    for n in range(230):
        await stage.people.send(ADA, GENERAL, f"reply {n}", root)
    await stage.people.send(ADA, GENERAL, "@stipend so?", root)
    answer = await stage.answered(root, GENERAL)
    assert "reply 229" in stage.standin.requests[-1].text
    assert "reply 30\n" in stage.standin.requests[-1].text
    assert "reply 29\n" not in stage.standin.requests[-1].text
    assert "The 31 oldest messages of this thread did not fit and were left out." in str(answer["blocks"])


async def test_the_stop_button_stops_the_answer_and_what_it_costs(stage: Stage) -> None:
    stage.standin.script(Script(pieces=tuple(f"word{n} " for n in range(400)), between_s=0.05, usage=usage(50, 400)))
    ts = await stage.people.send(ADA, GENERAL, "@stipend tell me a lot")
    growing = await stage.people.wait_for_message(ADA, GENERAL, lambda m: bool(m["streaming"]), thread_ts=ts)
    await stage.people.stop(GRACE, GENERAL, growing["ts"])
    answer = await stage.answered(ts, GENERAL)
    assert answer["ts"] == growing["ts"]
    assert "word0 word1" in answer["text"]
    assert "word399" not in answer["text"]
    assert footer(answer).startswith("The answer stops here, stopped by Grace Hopper. It was charged $0.00")
    [moved] = await stage.people.calls("agents.sessions.setStatus")
    assert (moved["args"]["status"], moved["args"]["thread_ts"]) == ("active", ts)
    await stage.verified()
    assert "held" not in await stage.command(ADA, "/tokens balance")
    stage.standin.script(SHORT)
    assert (
        "git reset" in (await stage.answered(await stage.people.send(ADA, GENERAL, "@stipend and?"), GENERAL))["text"]
    )


async def test_stopped_before_the_first_word_the_asker_is_told_and_can_ask_again(stage: Stage) -> None:
    stage.standin.script(Script(pieces=("late",), first_s=4))
    ts = await stage.people.send(ADA, GENERAL, "@stipend slowly")
    await stage.people.wait_for(lambda: received(stage))
    await stage.people.stop(ADA, GENERAL, ts)
    told = await stage.whispered(ts, GENERAL)
    assert "stopped before the model said anything" in told["text"]
    stage.standin.script(SHORT)
    await ask_again(stage, told)
    await stage.answered(ts, GENERAL)
    await stage.verified()


async def test_a_command_under_way_is_answered_before_the_bot_hangs_up(stage: Stage) -> None:
    """It will be in the books when the process is asked to end; whoever typed it must not type it again."""
    await stage.people.fault("conversations.info", "slow", delay_s=0.8)
    answering = asyncio.create_task(stage.command(FRANCES, "/tokens team channel Platform #random", GENERAL))
    await stage.people.wait_for(lambda: in_hand(stage))
    await asyncio.sleep(0.2)
    assert await stage.stop_bot(stage.bots[0]) == 0
    assert "is the channel of" in await answering
    await stage.verified()


async def test_what_comes_while_the_bot_ends_goes_to_another_one(stage: Stage) -> None:
    await stage.people.timing(ack_timeout_s=0.5, retry_delays_s=[0.2, 0.5, 1, 2])
    stage.standin.script(Script(pieces=("half ", "and half"), between_s=1.0, usage=usage(50, 5)))
    slow = await stage.people.send(ADA, GENERAL, "@stipend slowly")
    await stage.people.wait_for(lambda: received(stage))
    stopping = asyncio.create_task(stage.stop_bot(stage.bots[0]))
    late = [await stage.people.send(ADA, GENERAL, f"@stipend and {n}") for n in range(3)]
    await stage.people.wait_for(lambda: no_bot(stage))
    await stage.start_bot()
    for ts in (slow, *late):
        assert "half and half" in (await stage.answered(ts, GENERAL))["text"]
    assert await stopping == 0
    assert stage.standin.received == 4
    await stage.verified()


async def no_bot(stage: Stage) -> bool:
    """Whether every bot has hung up."""
    return bool((await stage.people.sockets())["connections"] == 0)


async def in_hand(stage: Stage) -> bool:
    """Whether the bot has an envelope that it has not acknowledged."""
    return bool((await stage.people.sockets())["unacked"])


async def received(stage: Stage) -> bool:
    """Whether the model was called."""
    return stage.standin.received > 0
