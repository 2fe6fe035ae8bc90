"""HTTP mode over the wire: who floods is refused before a body is read, and Slack is let in all the same."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers.slack.wire.gate import BAD_BY_ADDRESS, READING_BY_ADDRESS
from sandbox.workspace.remote import signature
from tests.acceptance.stage import on_stage
from tests.integration.test_http_mode import JSON, Served, mention, serve


@pytest.fixture
async def served(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with on_stage(sqlite_url, tmp_path) as stage:
        yield await serve(stage)


async def turned_away(served: Served) -> dict[str, float]:
    """How many were not let in, by why."""
    _, text = await served.page("/metrics")
    lines = [line for line in text.splitlines() if line.startswith("stipend_requests_turned_away_total{")]
    return {line.split('"')[1]: float(line.rsplit(" ", 1)[1]) for line in lines}


async def test_who_floods_is_refused_before_a_byte_is_read_and_slack_is_not(sqlite_url: str, tmp_path: Path) -> None:
    async with on_stage(sqlite_url, tmp_path) as stage:
        served = await serve(stage, STIPEND_HTTP_PROXIES="1")
        secret, body = stage.workspace.signing_secret, "x" * 900_000

        async def come(from_: str, key: str, text: str) -> int:
            now = str(int(time.time()))
            signed = {"X_Slack_Request_Timestamp": now, "X_Slack_Signature": signature(key, now, text)}
            return (await served.post(text, **signed, X_Forwarded_For=f"6.6.6.6, {from_}"))[0]

        wrong = [await come("203.0.113.9", "f" * 32, "{}") for _ in range(BAD_BY_ADDRESS)]
        assert set(wrong) == {401}
        assert await come("203.0.113.9", "f" * 32, body) == 429
        assert await come("203.0.113.9", secret, mention()) == 429
        challenge = json.dumps({"type": "url_verification", "token": "t", "challenge": "abc"})
        assert await come("198.51.100.1", secret, challenge) == 200
        counts = await turned_away(served)
        assert counts == {"unsigned": BAD_BY_ADDRESS, "too many bad": 2}
        assert stage.log.count("a request was turned away") == 2  # a flood must not fill the disk


async def test_behind_a_proxy_that_is_not_named_slack_is_let_in_among_the_flood(served: Served) -> None:
    challenge = json.dumps({"type": "url_verification", "token": "t", "challenge": "abc"})
    assert (await served.signed(challenge))[0] == 200
    for _ in range(3 * BAD_BY_ADDRESS):
        assert (await served.signed(challenge, secret="f" * 32))[0] == 401
    assert (await served.signed(challenge))[0] == 200


async def test_headers_that_cannot_be_slacks_are_refused_before_the_body_has_come(served: Served) -> None:
    host, _, port = served.address.removeprefix("http://").partition(":")
    now, old = str(int(time.time())), str(int(time.time()) - 400)
    for at, given in ((now, "v0=short"), (old, "v0=" + "0" * 64), ("9" * 5000, "v0=" + "0" * 64)):
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: 100000\r\n"
        signed = f"X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: {given}\r\n\r\n"
        writer.write((head + signed).encode())
        async with asyncio.timeout(2):
            assert b" 401 " in await reader.readline()
        writer.close()


async def test_so_many_bodies_at_once_that_do_not_come(served: Served) -> None:
    """They are waited for three seconds at most, and so many from one address at most; the pages answer meanwhile."""
    host, _, port = served.address.removeprefix("http://").partition(":")
    now = str(int(time.time()))
    head = f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: 100000\r\n"
    signed = f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={'0' * 64}\r\n\r\nhalf"
    lines = [await asyncio.open_connection(host, int(port)) for _ in range(READING_BY_ADDRESS)]
    for _, writer in lines:
        writer.write((head + signed).encode())
    async with asyncio.timeout(3):
        while (await served.signed(mention(), secret="f" * 32))[0] != 503:
            await asyncio.sleep(0.05)
    assert (await served.page("/healthz"))[0] == 200
    async with asyncio.timeout(6):
        answers = [await reader.readline() for reader, _ in lines]
    assert all(b" 408 " in answer for answer in answers)
    for _, writer in lines:
        writer.close()
    assert (await turned_away(served))["slow"] == READING_BY_ADDRESS


async def test_a_burst_of_slacks_is_let_in_from_an_address_that_is_not_known_yet(served: Served) -> None:
    """As after a restart, through one proxy: nobody has signed well there before."""
    challenges = [json.dumps({"type": "url_verification", "token": "t", "challenge": str(n)}) for n in range(300)]
    answers = await asyncio.gather(*(served.signed(challenge) for challenge in challenges))
    assert [status for status, _ in answers] == [200] * len(challenges)
    assert await turned_away(served) == {}


async def raw(served: Served, *lines: str) -> bytes:
    """The first line that a request of these lines is answered with."""
    host, _, port = served.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write("\r\n".join(["POST /slack/events HTTP/1.1", "Host: x", *lines, "", ""]).encode())
    async with asyncio.timeout(2):
        first = await reader.readline()
    writer.close()
    return first


async def test_a_proxy_that_adds_a_line_of_its_own_is_believed_and_the_caller_is_not(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with on_stage(sqlite_url, tmp_path) as stage:
        served = await serve(stage, STIPEND_HTTP_PROXIES="1")
        written = "X-Forwarded-For: 203.0.113.9"
        for number in range(BAD_BY_ADDRESS):
            assert b" 401 " in await raw(served, "Content-Length: 0", f"X-Forwarded-For: 6.6.6.{number}", written)
        assert b" 429 " in await raw(served, "Content-Length: 0", "X-Forwarded-For: 6.6.6.255", written)
        assert b" 401 " in await raw(served, "Content-Length: 0", "X-Forwarded-For: 198.51.100.1")


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 100000\r\n\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhalf",
    ],
)
async def test_a_body_that_breaks_off_is_counted_and_fills_no_log(served: Served, body: bytes) -> None:
    await send(served, f"{HEAD}{signed()}".encode() + body)
    async with asyncio.timeout(6):
        while (await turned_away(served)).get("broken off", 0) < BAD_BY_ADDRESS:
            await asyncio.sleep(0.1)
    assert "Traceback" not in served.stage.log
    assert (await served.signed(mention()))[0] == 429


@pytest.mark.parametrize(
    "body",
    [
        "Transfer-Encoding: chunked\r\n\r\nno number\r\n",
        "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",
    ],
)
async def test_what_is_no_http_fills_no_log(served: Served, body: str) -> None:
    await send(served, f"{HEAD}{signed()}{body}".encode())
    assert (await served.page("/healthz"))[0] == 200
    assert served.stage.log.count("[error") == 1


HEAD = f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n"


def signed() -> str:
    """Headers that might be Slack's."""
    return f"X-Slack-Request-Timestamp: {int(time.time())}\r\nX-Slack-Signature: v0={'0' * 64}\r\n"


async def send(served: Served, request: bytes) -> None:
    """As often as an address may be wrong, hanging up each time."""
    host, _, port = served.address.removeprefix("http://").partition(":")
    for _ in range(BAD_BY_ADDRESS):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.close()
        await writer.wait_closed()
