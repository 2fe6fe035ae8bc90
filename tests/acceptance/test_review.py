"""What a reader with fresh eyes found: each as somebody in the workspace would meet it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.model.standin import Script, says, usage
from sandbox.seed import ADA, GENERAL
from tests.acceptance.stage import Stage, on_stage
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
