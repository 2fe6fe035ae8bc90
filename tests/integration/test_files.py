"""Attached files on their way from Slack, over real HTTP: from the workspace, and from servers up to no good."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from budget.files import magic, pdf
from budget.files.attachments import Attachment, Document, Image, Unread
from handlers.slack.answering import download, files
from handlers.slack.answering.attached import Attached, File, file_of, recall, record
from handlers.slack.answering.download import AWAY, ELSEWHERE, GONE, NO_ACCESS, file_origin, may_see_token
from handlers.slack.answering.files import SMALLER, Files
from handlers.slack.answering.memory import Room
from handlers.slack.wire.client import make_client
from handlers.slack.wire.limits import Limits
from sandbox.seed import ADA, GENERAL
from tests.integration.workspace_app import desk
from tests.pdfs import pdf_of
from tests.unit.test_reading import JPEG, PNG

TOKEN = "xoxb-1"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Server:
    """Answers as told, by path, and remembers who came with which token."""

    url: str = ""
    handlers: dict[str, Handler] = field(default_factory=dict)
    seen: list[tuple[str, str | None]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.path, request.headers.get("Authorization")))
        return await self.handlers[request.path](request)

    def gives(self, path: str, body: bytes, content_type: str = "application/octet-stream", status: int = 200) -> str:
        async def handler(_: web.Request) -> web.Response:
            return web.Response(body=body, status=status, headers={"Content-Type": content_type})

        self.handlers[path] = handler
        return self.url + path

    def sends_to(self, path: str, location: str) -> str:
        async def handler(_: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": location})

        self.handlers[path] = handler
        return self.url + path


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


@pytest.fixture
async def slack() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE_S", 0.01)


def limits() -> Limits:
    return Limits(monotonic_s=asyncio.get_running_loop().time, sleep=asyncio.sleep)


async def read_all(client: AsyncWebClient, attached: Attached) -> list[Attachment]:
    async with Files().of(client, limits(), attached) as read:
        return read


async def read_at(slack: Server, *given: File) -> list[Attachment]:
    return await read_all(make_client(TOKEN, f"{slack.url}/api/"), Attached(given))


def file(url: str | None, name: str = "a.txt", media_type: str = "text/plain", **more: object) -> File:
    plain = File("F1", name, media_type, None, url, None, "hosted", "visible")
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


async def reason(slack: Server, given: File) -> str:
    [found] = await read_at(slack, given)
    assert isinstance(found, Unread), found
    assert found.name == given.name
    return found.reason


async def test_the_files_of_a_message_are_read_from_the_workspace() -> None:
    attached: dict[str, str | bytes] = {
        "a.py": "print(1)\n",
        "b.pdf": pdf_of(["Total: 42"]),
        "c.png": PNG,
        "d.zip": b"PK\x03\x04" + bytes(9),
    }
    async with desk() as at:
        await at.bench.join("U0STIPEND", GENERAL)
        ts = await at.bench.send_files(ADA, GENERAL, "look", attached)
        found = await at.client.conversations_history(channel=GENERAL)
        [message] = [each for each in found["messages"] if each["ts"] == ts]
        client = make_client(at.workspace.bot_token, at.workspace.api_url)
        read = await read_all(client, recall(record(message)))
        stranger = await read_all(make_client("xoxb-other", at.workspace.api_url), recall(record(message)))
        elsewhere = json.dumps(
            {"files": [{"id": message["files"][0]["id"], "file_access": "check_file_info"}], "more": 2}
        )
        looked_up = await read_all(client, recall(elsewhere))
        gone = await read_all(client, Attached((file(None, access="check_file_info", id="F0NONE"),)))
    assert read == [
        Document("a.py", "print(1)\n"),
        Document("b.pdf", "[page 1]\nTotal: 42"),
        Image("c.png", "image/png", PNG),
        Unread("d.zip", magic.ARCHIVE),
    ]
    assert [each.reason for each in stranger if isinstance(each, Unread)] == [NO_ACCESS] * 4
    assert looked_up == [read[0], Unread("2 more", files.MORE_FILES)]
    assert gone == [Unread("a.txt", GONE)]


@pytest.mark.parametrize(
    ("api_url", "address", "may"),
    [
        ("https://slack.com/api/", "https://files.slack.com/files-pri/T1-F1/a.txt", True),
        ("https://slack.com/api/", "https://FILES.slack.com:443/a", True),
        ("https://www.slack.com/api/", "https://files.slack.com/a", True),
        ("https://slack-gov.com/api/", "https://files.slack-gov.com/a", True),
        ("https://slack.com/api/", "http://files.slack.com/a", False),
        ("https://slack.com/api/", "https://slack.com/a", False),
        ("https://slack.com/api/", "https://files.slack.com.evil.example/a", False),
        ("https://slack.com/api/", "https://files.slack.com:444/a", False),
        ("https://slack.com/api/", "https://files.slack.com@evil.example/a", False),
        ("https://slack.com/api/", "https://me@files.slack.com/a", False),
        ("https://slack.com/api/", "https://evil.example/files.slack.com", False),
        ("https://slack.com/api/", "https://evil.example\\@files.slack.com/a", False),
        ("https://slack.com/api/", "//files.slack.com/a", False),
        ("https://slack.com/api/", "files.slack.com/a", False),
        ("https://slack.com/api/", "", False),
        ("http://127.0.0.1:9000/api/", "http://127.0.0.1:9000/files/a", True),
        ("http://127.0.0.1:9000/api/", "http://127.0.0.1:9001/files/a", False),
        ("http://127.0.0.1:9000/api/", "https://files.slack.com/a", False),
        ("https://notslack.com/api/", "https://files.slack.com/a", False),
    ],
)
def test_the_token_is_for_the_host_of_files_alone(api_url: str, address: str, may: bool) -> None:
    try:
        url = URL(address)
    except ValueError:
        assert not may
    else:
        assert may_see_token(url, api_url) is may
    assert file_origin(api_url).scheme in ("http", "https")


async def test_no_other_server_hears_of_a_file_or_the_token(slack: Server) -> None:
    async with serving() as evil:
        assert await reason(slack, file(evil.gives("/a", b"hello"))) == ELSEWHERE
        assert await reason(slack, file(slack.sends_to("/away", f"{evil.url}/a"))) == NO_ACCESS
        assert await reason(slack, file("not an address")) == ELSEWHERE
        assert await reason(slack, file("http://[/")) == ELSEWHERE
        assert await reason(slack, file("ftp://files.slack.com/a")) == ELSEWHERE
        assert evil.seen == []
    assert slack.seen == [("/away", f"Bearer {TOKEN}")]


async def test_redirects_within_the_host_are_followed_a_few_times(slack: Server) -> None:
    slack.gives("/b", b"hello")
    assert await read_at(slack, file(slack.sends_to("/a", "/b"))) == [Document("a.txt", "hello")]
    assert await reason(slack, file(slack.sends_to("/round", "/round"))) == AWAY
    assert len(slack.seen) == 2 + download.HOPS
    assert {token for _, token in slack.seen} == {f"Bearer {TOKEN}"}


async def test_a_sign_in_page_is_no_file(slack: Server) -> None:
    page = b"<!DOCTYPE html><html><title>Sign in</title>"
    url = slack.gives("/a", page, "text/html; charset=utf-8")
    assert await reason(slack, file(url)) == NO_ACCESS
    assert await reason(slack, file(url, "a.html", "text/html", size_bytes=1_000)) == NO_ACCESS
    assert await reason(slack, file(slack.gives("/untyped", page, ""), "a.png", "image/png")) == NO_ACCESS
    its_own = file(url, "a.html", "text/html", size_bytes=len(page))
    assert await read_at(slack, its_own) == [Document("a.html", page.decode())]
    as_text = file(slack.gives("/text", page, "text/plain"), "page.txt")
    assert await read_at(slack, as_text) == [Document("page.txt", page.decode())]


@pytest.mark.parametrize(
    ("status", "why", "tries"),
    [(404, GONE, 1), (403, NO_ACCESS, 1), (401, NO_ACCESS, 1), (500, AWAY, 2), (429, AWAY, 2)],
)
async def test_a_refusal_is_a_reason(slack: Server, status: int, why: str, tries: int) -> None:
    assert await reason(slack, file(slack.gives("/a", b"no", status=status))) == why
    assert len(slack.seen) == tries


async def test_a_broken_connection_is_tried_again_once(slack: Server) -> None:
    async def breaks_first(request: web.Request) -> web.Response:
        if len(slack.seen) == 1 and request.transport:
            request.transport.abort()
        return web.Response(body=b"hello")

    slack.handlers["/a"] = breaks_first
    assert await read_at(slack, file(f"{slack.url}/a")) == [Document("a.txt", "hello")]
    assert len(slack.seen) == 2
    assert await reason(slack, file(slack.url.replace("127.0.0.1", "127.0.0.2") + "/a")) == ELSEWHERE


async def test_a_slow_server_is_not_waited_for(slack: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    monkeypatch.setattr(download, "DOWNLOAD_S", 0.2)
    slack.handlers["/a"] = slow
    assert await reason(slack, file(f"{slack.url}/a")) == AWAY
    monkeypatch.setattr(files, "ALL_S", 0.1)
    read = await read_at(slack, file(f"{slack.url}/a"), file(f"{slack.url}/a", "b.txt"))
    assert read == [Unread("a.txt", AWAY), Unread("b.txt", files.NO_TIME)]


async def test_what_is_too_large_is_not_fetched_or_not_to_its_end(slack: Server) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 100_000_000:
            await response.write(b"x" * 1_000_000)
            sent += 1_000_000
        return response

    slack.handlers["/endless"] = endless
    assert (await reason(slack, file(f"{slack.url}/endless"))).endswith("there is room for 10 MB")
    assert sent < 50_000_000
    told = file(f"{slack.url}/never", size_bytes=10_000_001)
    assert await reason(slack, told) == "it has 10.1 MB, and there is room for 10 MB"
    honest = file(slack.gives("/large", b"x" * 10_000_001))
    assert await reason(slack, honest) == "it has 10.1 MB, and there is room for 10 MB"
    assert ("/never", f"Bearer {TOKEN}") not in slack.seen


async def test_all_files_together_have_a_bound(slack: Server) -> None:
    table = file(slack.gives("/a.csv", b"a,b\n" * 2_000_000), "a.csv", "text/csv")
    read = await read_at(slack, table, table, table, replace(table, name="d.csv"))
    assert [type(each) for each in read] == [Document, Document, Unread, Unread]
    assert isinstance(read[2], Unread)
    assert read[2].reason == "it has 8 MB, and there is room for 4 MB"
    text = file(slack.gives("/a.txt", b"x" * 400_000))
    assert (await read_at(slack, text, text, text))[2:] == [Unread("a.txt", files.NO_ROOM)]
    image = file(slack.gives("/a.png", PNG), "a.png", "image/png")
    assert (await read_at(slack, *[image] * 6))[4:] == [
        Image("a.png", "image/png", PNG), Unread("a.png", files.MORE_IMAGES),
    ]  # fmt: skip


async def test_slacks_smaller_copy_stands_in_for_an_image_that_cannot_be_shown(slack: Server) -> None:
    small = slack.gives("/small", JPEG)
    shown = Image("a.png", "image/jpeg", JPEG, SMALLER)
    large = file(f"{slack.url}/large", "a.png", "image/png", size_bytes=9_000_000, preview_url=small)
    assert await read_at(slack, large) == [shown]
    wide = PNG.replace((640).to_bytes(4), (9_000).to_bytes(4))
    too_wide = file(slack.gives("/wide", wide), "a.png", "image/png", size_bytes=len(wide), preview_url=small)
    assert await read_at(slack, too_wide) == [shown]
    photo = file(f"{slack.url}/photo", "a.heic", "image/heic", preview_url=small)
    assert await read_at(slack, photo) == [replace(shown, name="a.heic")]
    fine = file(slack.gives("/fine", PNG), "a.png", "image/png", size_bytes=len(PNG), preview_url=small)
    assert await read_at(slack, fine) == [Image("a.png", "image/png", PNG)]
    lost = replace(large, preview_url=slack.gives("/lost", b"", status=404))
    assert await reason(slack, lost) == GONE
    assert {path for path, _ in slack.seen} == {"/small", "/wide", "/fine", "/lost"}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ({"mode": "tombstone"}, files.MODES["tombstone"]),
        ({"mode": "hidden_by_limit"}, files.MODES["hidden_by_limit"]),
        ({"mode": "external", "url_private": "https://docs.example/d/1"}, ELSEWHERE),
        ({"mimetype": "application/vnd.slack-docs", "mode": "quip"}, files.CANVAS),
        ({"mode": "hosted"}, GONE),
        ({"file_access": "check_file_info"}, NO_ACCESS),
    ],
)
async def test_what_is_no_file_is_said(slack: Server, raw: dict[str, str], why: str) -> None:
    slack.gives("/api/files.info", b'{"ok": false, "error": "access_denied"}', "application/json")
    assert await reason(slack, file_of({"name": "a", **raw})) == why


async def test_a_fault_of_ours_is_a_reason_too(slack: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(pdf.Pdfs, "read", broken)
    slack.gives("/b", b"hello")
    read = await read_at(slack, file(slack.gives("/a", b"%PDF-1.7"), "a.pdf"), file(f"{slack.url}/b"))
    assert read == [Unread("a.pdf", files.FAULT), Document("a.txt", "hello")]


async def test_questions_share_what_there_is_of_memory_and_those_without_files_wait_for_nobody(slack: Server) -> None:
    client, shared, turns = make_client(TOKEN, f"{slack.url}/api/"), Files(), []
    large = Attached(tuple(file(f"{slack.url}/a", size_bytes=10_000_000) for _ in range(2)))
    slack.gives("/a", b"hello")

    async def ask(name: str, attached: Attached, go_on: asyncio.Event) -> None:
        async with shared.of(client, limits(), attached) as read:
            turns.append((name, len(read)))
            await go_on.wait()

    held, free = asyncio.Event(), asyncio.Event()
    free.set()
    first = [asyncio.create_task(ask("large", large, held)) for _ in range(files.ROOM_BYTES // files.MOST_ASK_BYTES)]
    while len(turns) < len(first):
        await asyncio.sleep(0.01)
    waiting = asyncio.create_task(ask("waiting", large, free))
    await ask("without", Attached(), free)
    assert turns == [("large", 2)] * 5 + [("without", 0)]
    held.set()
    await asyncio.gather(waiting, *first)
    assert turns[-1] == ("waiting", 2)


async def test_who_waits_for_room_comes_in_turn_and_nothing_is_lost() -> None:
    room, done = Room(10), []

    async def work(name: str, size_bytes: int) -> None:
        async with room.of(size_bytes):
            done.append(name)
            await asyncio.sleep(0.02)

    tasks = {name: asyncio.create_task(work(name, size)) for name, size in {"a": 8, "b": 50, "c": 1, "d": 2}.items()}
    await asyncio.sleep(0.01)
    assert done == ["a"]
    assert room.free_bytes == 2
    tasks["b"].cancel()
    tasks["c"].cancel()  # in the same moment in which its turn comes
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert done == ["a", "d"]
    assert room.free_bytes == 10
    await work("all of it", 99)
    assert room.free_bytes == 10
