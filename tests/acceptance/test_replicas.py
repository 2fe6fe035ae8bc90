"""Two bots on one PostgreSQL, in Socket Mode and called over HTTP: whoever dies, every question comes to one end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from sandbox.model.script import Script, says
from sandbox.seed import ADA, GENERAL, GRACE
from tests.acceptance.stage import Stage, footer, on_stage
from tests.acceptance.test_faults import rows
from tests.bot_nursery import Bot
from tests.integration.test_http_mode import Served, serve

SHORT = says("All is well.")
SLOW = Script(pieces=("one ", "two ", "three ", *("more ",) * 60), between_s=0.4)

Send = Callable[[int], Awaitable[None]]


class Pair:
    """Two bots. `hears` makes the next events go to the first (0) or second (1), where that can be chosen."""

    def __init__(self, stage: Stage, mode: str) -> None:
        self.stage, self.mode = stage, mode
        self.bots: list[Bot] = []
        self._served: list[Served] = []

    async def start(self) -> None:
        """Bring both up."""
        for _ in range(2):
            if self.mode == "http":
                served = await serve(self.stage)
                self._served.append(served)
                self.bots.append(served.bot)
            else:
                self.bots.append(await self.stage.start_bot())
        await self.hears(0)

    async def hears(self, which: int) -> None:
        """Over HTTP this is the balancer's choice. With sockets Slack takes turns, so there it is nobody's."""
        if self.mode == "http":
            await self.stage.people.deliver_to(self._served[which].events)

    async def ask_both(self, count: int, thread_ts: str | None = None) -> list[str]:
        """Ada's questions; with sockets half for each bot: a command in between gives the other one its turn."""
        asked = []
        for number in range(count):
            if number == count // 2:
                await self.stage.command(ADA, "/tokens")
            asked.append(await self.stage.people.send(ADA, GENERAL, f"@stipend question {number}", thread_ts))
            await _recorded(self.stage, number + 1)
        return asked

    async def kill(self, which: int) -> None:
        """As if the machine were gone; over HTTP the balancer notices."""
        assert await self.stage.stop_bot(self.bots[which], signal.SIGKILL) != 0
        await self.hears(1 - which)


@pytest.fixture(params=["socket", "http"])
async def pair(request: pytest.FixtureRequest, postgresql_url: str, tmp_path: Path) -> AsyncIterator[Pair]:
    async with on_stage(postgresql_url, tmp_path) as stage:
        made = Pair(stage, request.param)
        await made.start()
        await stage.stock()
        yield made


async def test_a_replica_killed_mid_answer_leaves_its_asks_to_the_other(pair: Pair) -> None:
    """What the model was called for is charged and told, once; what it was not called for is answered, once."""
    stage = pair.stage
    stage.standin.script(*(Script(pieces=("abc",), hang_after=1) for _ in range(4)))
    asked = await pair.ask_both(4)
    await _until(lambda: stage.standin.received == 4)
    await asyncio.sleep(0.3)
    called = stage.standin.received
    stage.standin.script(SHORT)
    await pair.kill(0)
    killed = await _whispered_of(stage, asked)
    assert killed  # the first bot had at least one of them
    if pair.mode == "http":
        assert len(killed) == 4
    later = await stage.people.send(ADA, GENERAL, "@stipend are you there?")
    assert "All is well." in (await stage.answered(later, GENERAL))["text"]
    assert stage.standin.received == called + 1
    await _nothing_held(stage)


async def _whispered_of(stage: Stage, asked: list[str]) -> list[str]:
    """Which of the questions were told to have been interrupted."""

    async def told(ts: str) -> bool:
        return any(
            "restarted" in m["text"] for m in (*await stage.thread(ts, GENERAL), *await stage.whispers(ts, GENERAL))
        )

    async with asyncio.timeout(20):
        while not (found := [ts for ts in asked if await told(ts)]):
            await asyncio.sleep(0.1)
    await asyncio.sleep(3)  # all leases of the dead have lapsed by now, and have been looked at
    return [ts for ts in asked if await told(ts)] or found


async def test_killed_before_the_model_is_called_the_other_answers(pair: Pair) -> None:
    stage = pair.stage
    stage.standin.script(SHORT)
    root = await stage.people.send(ADA, GENERAL, "a thread")
    await stage.people.fault("conversations.replies", "slow", times=50, delay_s=8)
    await pair.ask_both(2, root)
    await _recorded(stage, 2)
    await pair.kill(0)
    await stage.people.clear_faults()
    async with asyncio.timeout(30):
        while len([m for m in await stage.answers(root, GENERAL) if footer(m)]) < 2:
            await asyncio.sleep(0.1)
    assert stage.standin.received == 2
    await _nothing_held(stage)


async def test_a_stop_that_the_other_replica_hears_of_stops_the_answer(pair: Pair) -> None:
    """With sockets it is Slack who chooses whom it tells of the stop: at the latest the second time, the other one."""
    stage = pair.stage
    for _ in range(4):
        await pair.hears(0)
        await _stopped_while_it_grows(pair)
        if "told to another process" in stage.log:
            break
    assert "told to another process" in stage.log
    assert "answers=0" in stage.log
    await _nothing_held(stage)


async def _stopped_while_it_grows(pair: Pair) -> None:
    stage = pair.stage
    stage.standin.script(SLOW)
    ts = await stage.people.send(ADA, GENERAL, "@stipend count to a hundred")
    growing = await stage.people.wait_for_message(
        ADA, GENERAL, lambda m: "bot_id" in m and "one" in m["text"], thread_ts=ts
    )
    await pair.hears(1)
    await stage.people.stop(GRACE, GENERAL, growing["ts"])
    answer = await stage.answered(ts, GENERAL)
    assert footer(answer).startswith("The answer stops here, stopped by Grace Hopper. It was charged $0.00")


async def test_a_stop_stands_for_whoever_takes_the_ask_over(pair: Pair) -> None:
    """Stopped where nobody works on it any more: the next worker must not answer."""
    stage = pair.stage
    stage.standin.script(SHORT)
    root = await stage.people.send(ADA, GENERAL, "a thread")
    await stage.people.fault("conversations.replies", "slow", times=50, delay_s=20)
    await stage.people.send(ADA, GENERAL, "@stipend never mind", root)
    await _recorded(stage, 1)
    await pair.kill(0)
    await pair.hears(1)
    await stage.people.stop(ADA, GENERAL, root)
    told = await stage.whispered(root, GENERAL)
    assert "stopped before the model said anything" in told["text"]
    await stage.people.clear_faults()
    await asyncio.sleep(1)
    assert stage.standin.received == 0
    assert await stage.answers(root, GENERAL) == []


async def _recorded(stage: Stage, count: int) -> None:
    """Until so many questions are written down."""
    async with asyncio.timeout(10):
        while len(await rows(stage)) < count:
            await asyncio.sleep(0.05)


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.02)


async def _nothing_held(stage: Stage) -> None:
    async with asyncio.timeout(20):
        while "held" in await stage.command(ADA, "/tokens balance"):
            await asyncio.sleep(0.2)
    await stage.verified()
