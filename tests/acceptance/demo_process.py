"""`stipend demo` as a child process in a folder of the test's own: started, watched with its tree, cleared away."""

import asyncio
import os
import re
import signal
import socket
import sys
import sysconfig
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import lacking

ROOT = Path(__file__).parents[2]
READY_S, END_S = 60.0, 10.0
READY = re.compile(r"Stipend is ready: +(http://\S+)")


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
