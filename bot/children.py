"""The demo's child processes: started apart, ended in order, and never left behind.

A child runs as `python -m bot.children PARENT MODULE ARGUMENTS`: MODULE as its main program, and beside it a thread
that asks it to end when PARENT is gone, because a parent that was killed cannot.
"""

import asyncio
import os
import runpy
import signal
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STOP_S = 15.0
LOOK_S = 1.0
LAST_WORDS = 12  # lines


@dataclass(frozen=True, slots=True)
class Part:
    """A running child process and the file that its messages go to."""

    name: str
    process: Process
    log: Path

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_WORDS:])


@asynccontextmanager
async def child(
    name: str, command: Sequence[str], environ: Mapping[str, str], folder: Path, *, answers: bool = False
) -> AsyncIterator[Part]:
    """`python -m COMMAND` in a process group of its own (Ctrl-C is ours to pass on, in order); ended on leaving."""
    path = folder / f"{name}.log"
    with path.open("wb") as log:
        process = await _spawn(command, environ, log, answers=answers)
    try:
        yield Part(name, process, path)
    finally:
        await _end(process)


async def _spawn(command: Sequence[str], environ: Mapping[str, str], log: IO[bytes], *, answers: bool) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.children", str(os.getpid()), *command, env=dict(environ), stdin=DEVNULL,
        stdout=PIPE if answers else log, stderr=log, start_new_session=True,
    )  # fmt: skip


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def follow(parent: int) -> None:
    """Wait until the parent is gone, then end this process: politely, and if that is not enough, at once."""
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_S)
    os._exit(1)


def main(parent: str, module: str, *arguments: str) -> None:
    """Run a module as the main program for as long as the parent lives."""
    threading.Thread(target=follow, args=(int(parent),), daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
