"""A worker dies after a stream was started for it, and before it wrote down where: what stands there is mended."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.model.standin import Script, says, usage
from sandbox.seed import ADA, ALAN, GENERAL
from tests.acceptance.stage import Stage, on_stage
from tests.workspace_client import JsonObject

LONG = "So many words that Slack is asked for a stream. " * 10
SHORT = says("Yes.", usage=usage(300, 20))
HANGS = Script(pieces=(LONG, "never"), hang_after=1)


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot()
        await made.stock()
        yield made


async def killed_while_streams_begin(stage: Stage, where: str, *asked: str, thread_ts: str | None = None) -> None:
    """Slack takes its time to start streams; meanwhile the bot is killed. What was asked for is done all the same."""
    await stage.people.fault("chat.startStream", "slow", times=len(asked), delay_s=2.0)
    for text in asked:
        await stage.people.send(ADA, where, text, thread_ts=thread_ts)
    while stage.standin.received < len(asked):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.7)
    await stage.stop_bot(stage.bots[0], signal.SIGKILL)


async def begun(stage: Stage, root: str, where: str, count: int) -> list[JsonObject]:
    """The answers in a thread that have just begun."""

    async def look() -> list[JsonObject] | None:
        found = [each for each in await stage.answers(root, where) if each["streaming"]]
        return found if len(found) == count else None

    return await stage.people.wait_for(look, 10)


@pytest.mark.parametrize("place", ["channel", "direct message"])
async def test_the_beginning_is_found_and_says_what_happened(stage: Stage, place: str) -> None:
    where = GENERAL if place == "channel" else await stage.people.app_dm(ADA)
    root = await stage.people.send(ALAN if place == "channel" else ADA, where, "a thread")
    if place == "direct message":  # that was a question; its answer and receipt are no lost beginnings
        await stage.answered(root, where)
        await stage.people.wait_for_message(ADA, where, lambda m: "Left: $4.99" in m["text"], thread_ts=root)
        stage.standin.received = 0
    stage.standin.script(HANGS)
    await killed_while_streams_begin(stage, where, "@stipend will you survive?", thread_ts=root)
    [there] = await begun(stage, root, where, 1)
    assert "So many words" in there["text"]
    await stage.start_bot()
    ended = await stage.people.wait_for_message(
        ADA, where, lambda m: m["ts"] == there["ts"] and "restarted" in str(m["blocks"]), thread_ts=root
    )
    assert not ended["streaming"]
    assert "So many words" not in str(ended)
    assert not await stage.whispers(root, GENERAL)
    assert stage.standin.received == 1
    await stage.verified()


async def test_where_it_might_be_anothers_it_is_left_as_it_is(stage: Stage) -> None:
    stage.standin.script(HANGS)
    root = await stage.people.send(ALAN, GENERAL, "a thread")
    await killed_while_streams_begin(stage, GENERAL, "@stipend one?", "@stipend two?", thread_ts=root)
    before = await begun(stage, root, GENERAL, 2)
    await stage.start_bot()

    async def told() -> bool:
        return len([each for each in await stage.whispers(root, GENERAL) if "restarted" in each["text"]]) == 2

    await stage.people.wait_for(told, 20)
    assert [each["text"] for each in await stage.answers(root, GENERAL)] == [each["text"] for each in before]
    await stage.verified()
