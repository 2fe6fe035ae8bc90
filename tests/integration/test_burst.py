"""Many questions in the same moment: each is answered without waiting for what is only nice to have."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.model.script import says, usage
from sandbox.seed import ADA, ALAN, FRANCES, GRACE
from tests.acceptance.stage import Stage, on_stage

ASKED = 30


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(says("Use `git reset --soft HEAD~1`.", usage=usage(300, 20)))
        yield made


async def ask_all(stage: Stage, askers: list[str]) -> list[tuple[str, str]]:
    """A question by each, in a room of its own, at once: room and ts."""
    app = stage.workspace.world.state.app.user_id
    rooms = [await stage.people.channel(f"room-{n}", [who, app]) for n, who in enumerate(askers)]
    asked = [stage.people.send(who, room, "@stipend how?") for who, room in zip(askers, rooms, strict=True)]
    return list(zip(rooms, await asyncio.gather(*asked), strict=True))


async def test_slack_is_asked_once_who_somebody_is(stage: Stage) -> None:
    await stage.start_bot()
    await stage.people.fault("users.info", "slow", times=3, delay_s=1)
    askers = [ADA, ALAN, GRACE] * (ASKED // 3)
    for (room, ts), who in zip(await ask_all(stage, askers), askers, strict=True):
        assert "is missing" in (await stage.whispered(ts, room, who))["text"]
    asked = Counter(call["args"]["user"] for call in await stage.people.calls("users.info"))
    del asked[FRANCES]  # an admin, who is looked up when the bot starts
    assert asked == {ADA: 1, ALAN: 1, GRACE: 1}


async def test_a_receipt_that_waits_for_slack_keeps_no_question_waiting(stage: Stage) -> None:
    await stage.start_bot(STIPEND_ASKS_AT_ONCE="2")
    await stage.stock()
    await stage.people.fault("chat.postEphemeral", "slow", times=ASKED, delay_s=10)
    async with asyncio.timeout(10):
        for room, ts in await ask_all(stage, [ADA] * ASKED):
            await stage.answered(ts, room)


async def test_so_many_asks_are_worked_on_at_once(stage: Stage) -> None:
    """The others wait, and come to their turn."""
    await stage.start_bot(STIPEND_ASKS_AT_ONCE="2")
    await stage.stock()
    stage.standin.script(says("So.", usage=usage(300, 20), first_s=0.5))
    asked = await ask_all(stage, [ADA] * 4)
    await stage.people.wait_for(lambda: _received(stage, 2))
    await asyncio.sleep(0.2)
    assert stage.standin.received == 2
    for room, ts in asked:
        await stage.answered(ts, room)
    assert stage.standin.received == 4


async def _received(stage: Stage, calls: int) -> bool:
    return stage.standin.received >= calls
