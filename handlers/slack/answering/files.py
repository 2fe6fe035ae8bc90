"""The files of a question, fetched and read. Whatever goes wrong with one is a reason why it was not read, no more."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from budget.files.attachments import Attachment, Document, Image, Unread
from budget.files.magic import IMAGES, is_pdf
from budget.files.pdf import Pdfs
from budget.files.reading import MOST_IMAGE_BYTES, read
from handlers.slack.answering.attached import LOOK_UP, MOST_FILES, Attached, File, file_of
from handlers.slack.answering.download import AWAY, ELSEWHERE, GONE, NO_ACCESS, Fetched, Missed, download, too_large
from handlers.slack.answering.memory import Room
from handlers.slack.wire.faults import No
from handlers.slack.wire.limits import Limits
from handlers.slack.wire.line import call

log = structlog.get_logger(__name__)

MOST_FILE_BYTES = 10_000_000
MOST_ASK_BYTES = 20_000_000  # all files of one question, as downloaded
MOST_ASK_TEXT = 1_000_000  # characters of all its documents: no model on offer anywhere reads more at once
MOST_IMAGES = 5
ALL_S = 60.0  # after that no further file is begun
ROOM_BYTES = 100_000_000  # files of all questions that are being answered in this process
SHOWN_AS_THEY_ARE = frozenset({"image/webp", *(kind for _, kind in IMAGES)})

SMALLER = "a smaller copy that Slack has made of it"
FAULT = "something went wrong on our side while reading it"
NO_TIME = "the files before it took too long; ask about it alone"
NO_ROOM = "there is no room for it beside the other files; ask about it alone"
MORE_IMAGES = f"I look at {MOST_IMAGES} images at a time; ask about it alone"
MORE_FILES = f"I read {MOST_FILES} files at a time"
# Slack's words for files that are none, or none any more.
MODES = {
    "tombstone": "it was deleted",
    "hidden_by_limit": "Slack hides it, because the workspace has reached its limit",
    "external": ELSEWHERE,
}
INFO_REASONS = {"file_not_found": GONE, "file_deleted": MODES["tombstone"]}
CANVAS_TYPE, CANVAS = "application/vnd.slack-docs", "it is a canvas; copy what you mean into your question"


class Files:
    """Reads files for the asks of one process, and bounds what they take of its memory and its processors."""

    def __init__(self) -> None:
        self._room, self._pdfs = Room(ROOM_BYTES), Pdfs()

    @asynccontextmanager
    async def of(self, client: AsyncWebClient, limits: Limits, attached: Attached) -> AsyncIterator[list[Attachment]]:
        """What is attached, read: kept for as long as the block lasts, and at most ROOM_BYTES for all together."""
        if not attached.files:  # most questions: they wait for nobody
            yield []
            return
        sizes = (MOST_FILE_BYTES if file.size_bytes is None else file.size_bytes for file in attached.files)
        async with self._room.of(min(sum(sizes), MOST_ASK_BYTES)):
            yield await self._read_all(client, limits, attached)

    async def _read_all(self, client: AsyncWebClient, limits: Limits, attached: Attached) -> list[Attachment]:
        read_so_far: list[Attachment] = []
        left_bytes, until_s = MOST_ASK_BYTES, limits.monotonic_s() + ALL_S
        for file in attached.files:
            found, size_bytes = (
                await self._read(client, limits, file, min(left_bytes, MOST_FILE_BYTES))
                if limits.monotonic_s() < until_s
                else (Unread(file.name, NO_TIME), 0)
            )
            left_bytes -= size_bytes
            read_so_far.append(beside(read_so_far, found))
        if attached.more:
            read_so_far.append(Unread(f"{attached.more} more", MORE_FILES))
        for each in read_so_far:
            if isinstance(each, Unread):
                log.info("file not read", reason=each.reason)
        return read_so_far

    async def _read(
        self, client: AsyncWebClient, limits: Limits, file: File, most_bytes: int
    ) -> tuple[Attachment, int]:
        """One file, and how many bytes came for it."""
        try:
            known = await look_up(client, limits, file)
            if isinstance(known, Unread):
                return known, 0
            return await self._fetch(client, known, most_bytes)
        except Exception:
            log.exception("file not read")
            return Unread(file.name, FAULT), 0

    async def _fetch(self, client: AsyncWebClient, file: File, most_bytes: int) -> tuple[Attachment, int]:
        """The file itself; for an image that cannot be shown as it is, the smaller one that Slack has made of it."""
        first: Attachment | None = None
        came_bytes = 0
        for url in addresses(file):
            is_preview = url == file.preview_url
            found, size_bytes = await self._get(client, file, url, most_bytes - came_bytes, is_preview=is_preview)
            came_bytes += size_bytes
            if not isinstance(found, Unread):
                is_smaller = is_preview and isinstance(found, Image)
                return (replace(found, part=SMALLER) if is_smaller else found), came_bytes
            first = first or found
        return first or Unread(file.name, MODES.get(file.mode, GONE)), came_bytes

    async def _get(
        self, client: AsyncWebClient, file: File, url: str, most_bytes: int, *, is_preview: bool
    ) -> tuple[Attachment, int]:
        if not is_preview and (file.size_bytes or 0) > most_bytes:
            return Unread(file.name, too_large(file.size_bytes or 0, most_bytes)), 0
        got = await download(client, url, most_bytes=most_bytes)
        if isinstance(got, Fetched) and is_sign_in(file, got):
            got = Missed(NO_ACCESS)
        if isinstance(got, Missed):
            return Unread(file.name, got.reason), 0
        return await self._made(file, got.data), len(got.data)

    async def _made(self, file: File, data: bytes) -> Attachment:
        if is_pdf(data):
            return await self._pdfs.read(file.name, data)
        return await asyncio.to_thread(read, file.name, file.media_type, data)


async def look_up(client: AsyncWebClient, limits: Limits, file: File) -> File | Unread:
    """The file as Slack knows it: in channels shared with other companies a message has no more than its id."""
    if file.access == LOOK_UP:
        told = await call(limits, "files.info", lambda: client.files_info(file=file.id))
        if isinstance(told, No):
            log.warning("file not looked up", error=told.error)
            return Unread(file.name, INFO_REASONS.get(told.error, AWAY if told.is_passing else NO_ACCESS))
        file = file_of(told.get("file") or {})
    if file.media_type == CANVAS_TYPE:
        return Unread(file.name, CANVAS)
    return Unread(file.name, MODES[file.mode]) if file.mode in MODES else file


def addresses(file: File) -> list[str]:
    """Where to fetch it, in order."""
    if not file.media_type.startswith("image/") or not file.preview_url:
        return [file.url] if file.url else []
    is_shown = file.media_type in SHOWN_AS_THEY_ARE and (file.size_bytes or 0) <= MOST_IMAGE_BYTES
    return [file.url, file.preview_url] if file.url and is_shown else [file.preview_url]


def is_sign_in(file: File, got: Fetched) -> bool:
    """Whether Slack's sign-in page came in the place of a file: a page, and none as the file is."""
    begin = got.data[:200].lstrip().lower()
    is_page = got.content_type == "text/html" or (
        not got.content_type and begin.startswith((b"<!doctype html", b"<html"))
    )
    is_it = file.media_type == "text/html" and file.size_bytes in (None, len(got.data))
    return is_page and not is_it


def beside(others: Sequence[Attachment], found: Attachment) -> Attachment:
    """The same, or why it is too much beside the others."""
    if isinstance(found, Image) and sum(isinstance(each, Image) for each in others) >= MOST_IMAGES:
        return Unread(found.name, MORE_IMAGES)
    texts = sum(len(each.text) for each in others if isinstance(each, Document))
    if isinstance(found, Document) and texts + len(found.text) > MOST_ASK_TEXT:
        return Unread(found.name, NO_ROOM)
    return found
