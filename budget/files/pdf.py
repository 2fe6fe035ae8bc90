"""The text of a PDF, read in a child process: a file that somebody made to loop or to swell ends that process alone.

The child is this module as a program: the PDF on its standard input, a JSON object a line on its standard output, the
number of pages first. It knows no secret, opens no file and no connection, and its time and memory are bounded twice:
by itself where the system has such limits, and by the parent, which ends it. What it has read by then is not lost.
"""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from budget.files.attachments import Document, Unread
from budget.files.reading import MOST_TEXT_BYTES

MOST_PAGES = 400
TIME_S = 20.0  # for one PDF; pages take milliseconds each
MOST_AT_ONCE = 4  # children, fewer on a smaller machine: each may take MEMORY_BYTES
MEMORY_BYTES = 256 * 1024 * 1024  # of address space; Python and the library alone take 80 MB of it
MOST_OUTPUT_BYTES = 8 * MOST_TEXT_BYTES  # as JSON a byte of text takes up to six
HEAD = "[page {}]\n"  # before the text of each page
ROOT = Path(__file__).resolve().parent.parent  # where the package was found, for the child to find it as well

ENCRYPTED = "it is locked with a password; save a copy without one"
BROKEN = "it is damaged, or not a PDF after all"
NO_TEXT = "it has no text in it, so its pages may be scans; send the pages you mean as images"
TOO_LARGE = "it takes more memory than I may use for it; send the pages you mean"
TOO_LONG = "one of its pages has more text than I read of a whole file"
TOO_SLOW = "it takes too long to read; send the pages you mean"


@dataclass(frozen=True, slots=True)
class Found:
    """What a child said: the text of pages by their number, None for one that cannot be read. `no`: why it ended."""

    count: int
    pages: dict[int, str | None]
    no: str | None


class Pdfs:
    """Reads at most `at_once` PDFs at a time; the others wait their turn. One for each event loop."""

    def __init__(self, at_once: int | None = None, *, time_s: float = TIME_S) -> None:
        self._turns = asyncio.Semaphore(at_once or min(os.cpu_count() or 1, MOST_AT_ONCE))
        self._time_s = time_s

    async def read(self, name: str, data: bytes) -> Document | Unread:
        """The text of a PDF, page by page, or of its first pages. Never raises for what is in it."""
        async with self._turns:
            said, in_time = await _ask_child(data, self._time_s)
        return _told(name, _found(said, in_time=in_time))


async def _ask_child(data: bytes, time_s: float) -> tuple[bytes, bool]:
    """All that a child said, and whether it came to its end in time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-B", "-m", "budget.files.pdf", stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
        env=_environ(), start_new_session=True,
    )  # fmt: skip
    said = bytearray()
    try:
        async with asyncio.timeout(time_s):
            await _talk(process, data, said)
            await process.wait()
        return bytes(said), True
    except TimeoutError:
        return bytes(said), False
    finally:
        await _end(process)


def _environ() -> dict[str, str]:
    """What Python needs to start, and nothing that is secret."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT)}


async def _end(process: Process) -> None:
    """Gone, with its pipes closed, however far it got."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.communicate()


async def _talk(process: Process, data: bytes, said: bytearray) -> None:
    """The child says nothing before it has heard everything, so neither waits for the other."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has ended already
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()
    while piece := await process.stdout.read(65_536):
        said += piece
        if len(said) > MOST_OUTPUT_BYTES:
            process.kill()


def _found(said: bytes, *, in_time: bool) -> Found:
    """Whole lines count; the last one is cut off where the child was ended in the middle of it."""
    lines = [json.loads(line) for line in said.split(b"\n")[:-1]]
    merged: dict[str, Any] = {key: value for line in lines for key, value in line.items() if key != "page"}
    pages = {line["page"]: line["text"] for line in lines if "page" in line}
    ended = merged.get("end", "broken" if in_time else "slow")
    return Found(merged.get("count", 0), pages, None if ended == "whole" else ended)


def _told(name: str, found: Found) -> Document | Unread:
    words = {"encrypted": ENCRYPTED, "memory": TOO_LARGE, "slow": TOO_SLOW, "long": TOO_LONG}
    texts = [HEAD.format(number) + text.strip() for number, text in found.pages.items() if text and text.strip()]
    if texts:
        return Document(name, "\n\n".join(texts), _part(found))
    if found.no or not found.pages or None in found.pages.values():
        return Unread(name, words.get(found.no or "", BROKEN))
    return Unread(name, NO_TEXT)


def _part(found: Found) -> str | None:
    """`pages 1 to 40 of 200, without pages 3, 7`; None for all of it."""
    lost = [number for number, text in found.pages.items() if text is None]
    last = max(found.pages)
    if last == found.count and not lost:
        return None
    without = f", without {'page' if len(lost) == 1 else 'pages'} {', '.join(map(str, lost))}" if lost else ""
    return f"pages 1 to {last} of {found.count}{without}"


# -- the child --------------------------------------------------------------------------------------------------------


def main() -> None:
    """Read a PDF from standard input and say what is in it."""
    data = sys.stdin.buffer.read()
    import pypdf  # the parent does without it

    bound_self()
    try:
        for line in _lines(pypdf, BytesIO(data)):
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    except MemoryError:
        sys.stdout.write('{"end": "memory"}\n')


def bound_self() -> None:
    """Limits of this process, where the system has them: memory, time, no file written, no further process.

    And when the machine runs short, it is the first to go, not the bot.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with contextlib.suppress(ImportError):
        import resource  # not on every system

        seconds = int(TIME_S)
        for what, limit in (
            (resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NPROC, 0),
        ):  # fmt: skip
            with contextlib.suppress(ValueError, OSError):  # a stricter one is in force, or this one is not known
                resource.setrlimit(what, (limit, limit))


def _lines(pypdf: Any, file: IO[bytes]) -> Iterator[dict[str, object]]:
    """The count, page after page while there is room, and how it ended."""
    try:
        reader = pypdf.PdfReader(file)
        if reader.is_encrypted and not reader.decrypt(""):
            yield {"end": "encrypted"}
            return
        count = len(reader.pages)
    except (MemoryError, pypdf.errors.LimitReachedError):
        raise MemoryError from None
    except Exception:  # noqa: BLE001  # a library that reads what anybody may have made
        yield {"end": "broken"}
        return
    yield {"count": count}
    room = MOST_TEXT_BYTES
    for number in range(1, min(count, MOST_PAGES) + 1):
        text = _text_of(pypdf, reader, number)
        room -= len((text or "").encode()) + len(HEAD.format(number))
        if room < 0:
            yield {"end": "long"}
            return
        yield {"page": number, "text": text}
    yield {"end": "whole"}


def _text_of(pypdf: Any, reader: Any, number: int) -> str | None:
    try:
        text: str = reader.pages[number - 1].extract_text()
        return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    except (MemoryError, pypdf.errors.LimitReachedError):
        raise MemoryError from None
    except Exception:  # noqa: BLE001  # one page that cannot be read; the others may well
        return None


if __name__ == "__main__":
    main()
