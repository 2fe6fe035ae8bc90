"""The text of PDFs, through the child process: whole, in part, locked, scanned, broken, hostile."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budget.files import pdf
from budget.files.attachments import Document, Unread
from budget.files.reading import MOST_TEXT_BYTES
from tests.pdfs import locked, pdf_of

LINE = "The quick brown fox jumps over the lazy dog, again and again.\n"


async def read(data: bytes) -> Document | Unread:
    return await pdf.Pdfs().read("a.pdf", data)


async def test_the_text_of_each_page() -> None:
    found = await read(pdf_of(["Hello (you)\nsecond line", "", "Total: 42"]))
    assert found == Document("a.pdf", "[page 1]\nHello (you)\nsecond line\n\n[page 3]\nTotal: 42")


async def test_what_is_locked_broken_or_scanned_is_said() -> None:
    plain = pdf_of(["Hello"])
    assert await read(locked(plain, "secret")) == Unread("a.pdf", pdf.ENCRYPTED)
    assert await read(plain[:200]) == Unread("a.pdf", pdf.BROKEN)
    assert await read(b"%PDF-1.7") == Unread("a.pdf", pdf.BROKEN)
    assert await read(pdf_of([], streams=[b"q Q"])) == Unread("a.pdf", pdf.NO_TEXT)
    assert isinstance(await read(locked(plain, "")), Document)  # locked against changes only


async def test_of_a_long_pdf_the_first_pages_are_read_and_said_to_be() -> None:
    found = await read(pdf_of(["hi"] * (pdf.MOST_PAGES + 100)))
    assert isinstance(found, Document)
    assert found.part == "pages 1 to 400 of 500"
    assert "[page 400]\nhi" in found.text
    found = await read(pdf_of([LINE * 40] * 170))
    assert isinstance(found, Document)
    assert found.part == "pages 1 to 160 of 170"
    assert MOST_TEXT_BYTES - 3_000 < len(found.text) <= MOST_TEXT_BYTES
    assert await read(pdf_of([LINE * 8_000])) == Unread("a.pdf", pdf.TOO_LONG)


async def test_a_page_that_swells_takes_no_memory_of_ours() -> None:
    patient = pdf.Pdfs(time_s=90)  # a loaded machine is no fault
    for swelling in (b" " * 200_000_000, b"BT /F1 9 Tf " + b"(a) Tj " * 3_000_000):
        assert await patient.read("a.pdf", pdf_of([], streams=[swelling])) == Unread("a.pdf", pdf.TOO_LARGE)


async def test_pages_that_take_for_ever_end_with_the_time_and_what_was_read_is_kept() -> None:
    slow = b"BT " + b"() Tj " * 100_000 + b"ET"
    endless = pdf_of([], streams=[b"BT /F1 9 Tf (first) Tj ET", *[slow] * 100])
    found = await pdf.Pdfs(time_s=4).read("a.pdf", endless)
    assert isinstance(found, Document)
    assert found.text == "[page 1]\nfirst"
    assert found.part is not None
    assert re.fullmatch(r"pages 1 to \d\d? of 101", found.part)
    assert await pdf.Pdfs(time_s=0.01).read("a.pdf", pdf_of(["hi"])) == Unread("a.pdf", pdf.TOO_SLOW)


async def test_nothing_runs_on_when_the_reader_is_cancelled() -> None:
    task = asyncio.create_task(read(pdf_of([], streams=[b"BT " + b"() Tj " * 100_000] * 50)))
    await asyncio.sleep(0.6)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == []


def children() -> list[str]:
    """The command lines of our child processes that read PDFs."""
    listed = [each.read_text() for each in Path(f"/proc/{os.getpid()}/task").glob("*/children")]
    places = [Path(f"/proc/{pid}/cmdline") for pid in " ".join(listed).split()]
    lines = [place.read_bytes().decode() for place in places if place.exists()]
    return [line for line in lines if "budget.files.pdf" in line]


async def test_a_few_are_read_at_a_time() -> None:
    pdfs, seen = pdf.Pdfs(2), 0
    work = asyncio.gather(*(pdfs.read("a.pdf", pdf_of([LINE] * 20)) for _ in range(5)))
    while not work.done():
        seen = max(seen, len(children()))
        await asyncio.sleep(0.02)
    assert all(isinstance(found, Document) for found in await work)
    assert 1 <= seen <= 2


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_no_damage_is_a_fault(data: st.DataObject) -> None:
    whole = bytearray(pdf_of(["one", "two"]))
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=30)):
        whole[place] = data.draw(st.integers(0, 255))
    found = await read(bytes(whole))
    assert found.name == "a.pdf"
    assert isinstance(found, Unread) or "[page " in found.text


def test_the_child_knows_no_secret_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    assert "xoxb-secret" not in str(pdf._environ())
    look = (
        "import budget.files.pdf, resource; budget.files.pdf.bound_self();"
        "print([resource.getrlimit(each)[0] for each in "
        "(resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)])"
    )
    root = Path(pdf.__file__).parent.parent
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=root)
    assert said.stdout.strip() == str([pdf.MEMORY_BYTES, int(pdf.TIME_S), 0, 0])
