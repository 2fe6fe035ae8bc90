"""Bots that start at once: forks of a process that has imported all of the product already.

Each is a process of its own, with an environment, output and exit status of its own, and can be killed; only the two
seconds of imports are shared. `python -m tests.bot_nursery FOLDER` reads a line of JSON for each bot and answers with
its process id; how a bot ended is written to a file in the folder.
"""

import asyncio
import atexit
import contextlib
import gc
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

WARNINGS = "error::ResourceWarning"  # heeded when an interpreter starts, so the nursery's are its children's


@dataclass
class Bot:
    """A bot as `asyncio.subprocess.Process` has them."""

    pid: int
    _end: Path

    @property
    def returncode(self) -> int | None:
        """Its exit status, -N when signal N ended it; None while it runs."""
        try:
            return int(self._end.read_text())
        except FileNotFoundError:
            return None

    async def wait(self) -> int:
        """Its exit status, once it has ended."""
        while (status := self.returncode) is None:
            await asyncio.sleep(0.02)
        return status

    def send_signal(self, how: int) -> None:
        """Send it a signal; nothing once it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, how)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The process that forks them, and who asks it to."""

    def __init__(self) -> None:
        self._folder, self._count = Path(mkdtemp(prefix="nursery-")), 0
        self._running = subprocess.Popen(
            [sys.executable, "-m", "tests.bot_nursery", str(self._folder)], cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONWARNINGS": WARNINGS},
        )  # fmt: skip

    def bot(self, environ: Mapping[str, str], log: Path) -> Bot:
        """Start `stipend run` with this environment alone, its output added to a file."""
        self._count += 1
        assert environ["PYTHONWARNINGS"] == WARNINGS
        wish = {"number": self._count, "environ": dict(environ), "log": str(log), "folder": str(Path.cwd())}
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.write(json.dumps(wish) + "\n")
        self._running.stdin.flush()
        return Bot(int(self._running.stdout.readline()), self._folder / str(self._count))

    def close(self) -> None:
        """Kill the bots that are left."""
        with self._running:
            assert self._running.stdin is not None
            self._running.stdin.close()
        shutil.rmtree(self._folder)


@cache
def nursery() -> Nursery:
    """The one of this process, which ends with it."""
    made = Nursery()
    atexit.register(made.close)
    return made


def serve(folder: Path) -> None:
    """Fork on demand, until nobody asks any more; then kill those that are left."""
    import bot.cli
    import handlers.slack.wire.http  # noqa: F401  # what a bot imports while it starts

    gc.freeze()
    heard, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    numbers: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([0, heard], [], [])
        if heard in ready:
            os.read(heard, 1_000)
            _bury(folder, numbers)
        if 0 in ready:
            line = _line()
            if not line:
                break
            wish = json.loads(line)
            if (pid := os.fork()) == 0:
                _live(wish, bot.cli.main, heard, woken)
            numbers[pid] = wish["number"]
            os.write(1, f"{pid}\n".encode())
    for pid in numbers:
        os.kill(pid, signal.SIGKILL)


def _line() -> bytes:
    """One line, read without a buffer that a fork would copy."""
    line = b""
    while not line.endswith(b"\n") and (letter := os.read(0, 1)):
        line += letter
    return line


def _bury(folder: Path, numbers: dict[int, int]) -> None:
    while numbers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        name = folder / str(numbers.pop(pid))
        half = name.with_suffix(".half")
        half.write_text(str(os.waitstatus_to_exitcode(status)))
        half.rename(name)


def _live(wish: dict[str, Any], main: Any, *mine: int) -> None:
    """Be the bot, and never come back."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log, nothing = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), os.open(os.devnull, os.O_RDONLY)
        for new, old in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(new, old)
        for each in (log, nothing, *mine):
            os.close(each)
        os.environ.clear()
        os.environ.update(wish["environ"])
        os.chdir(wish["folder"])
        sys.argv = ["stipend", "run"]
        status = main(["run"])
    except BaseException:  # noqa: BLE001  # the stack above is another process's
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
