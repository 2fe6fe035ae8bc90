"""HTTP mode over the wire: signed requests alone are taken, the same handlers answer, and the end is graceful."""

import asyncio
import io
import json
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from handlers.slack.wire.http import LARGEST_BODY_BYTES, is_ssl_check
from sandbox.model.script import says
from sandbox.seed import ADA, GENERAL
from sandbox.workspace.remote import signature
from tests.acceptance.stage import START_S, Stage, footer, on_stage
from tests.bot_nursery import Bot, nursery
from tests.cluster import INSTALL, new_cluster, programs, remove
from tests.conftest import lacking

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass
class Served:
    """A bot in HTTP mode."""

    stage: Stage
    bot: Bot
    address: str

    @property
    def events(self) -> str:
        """The request URL."""
        return f"{self.address}/slack/events"

    async def post(self, body: bytes | str, kind: str = JSON, **headers: str) -> tuple[int, str]:
        """A request as it stands: status and body."""
        raw = body.encode() if isinstance(body, str) else body
        async with self.stage.people.session.post(
            self.events,
            data=io.BytesIO(raw),
            headers={"Content-Type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}},
        ) as answer:
            return answer.status, await answer.text()

    async def signed(self, body: str, kind: str = JSON, *, secret: str = "", age_s: float = 0) -> tuple[int, str]:
        """A signed request, right unless told otherwise."""
        at = str(int(time.time() - age_s))
        given = signature(secret or self.stage.workspace.signing_secret, at, body)
        return await self.post(body, kind, X_Slack_Request_Timestamp=at, X_Slack_Signature=given)

    async def page(self, path: str) -> tuple[int, str]:
        """A page of health."""
        async with self.stage.people.session.get(self.address + path) as answer:
            return answer.status, await answer.text()


async def serve(stage: Stage, **more: str) -> Served:
    """Start a bot that listens, and wait until it is ready."""
    port = free_port()
    keys = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": stage.workspace.signing_secret}
    bot = nursery().bot(stage.environ(**(keys | {"STIPEND_HTTP_PORT": str(port)} | more)), stage.folder / "bot.log")
    stage.bots.append(bot)
    served = Served(stage, bot, f"http://127.0.0.1:{port}")
    async with asyncio.timeout(START_S):
        while not await is_ready(served):
            assert bot.returncode is None, stage.log
            await asyncio.sleep(0.05)
    return served


async def is_ready(served: Served) -> bool:
    """Whether the bot says so."""
    try:
        return (await served.page("/readyz")) == (200, "ready\n")
    except aiohttp.ClientError:
        return False


@pytest.fixture
async def served(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with on_stage(sqlite_url, tmp_path) as stage:
        yield await serve(stage)


def mention(event_id: str = "Ev1") -> str:
    """An event as Slack sends it."""
    event = {"type": "app_mention", "user": ADA, "text": "<@U0STIPEND> hi", "channel": GENERAL, "ts": "1.1"}
    return json.dumps({"type": "event_callback", "team_id": "T0ACME", "event_id": event_id, "event": event})


async def test_what_is_not_signed_by_slack_and_now_is_refused_and_changes_nothing(served: Served) -> None:
    now, secret = str(int(time.time())), served.stage.workspace.signing_secret
    good = signature(secret, now, mention())
    assert await served.signed(mention(), secret="f" * 32) == (401, "Unauthorized")
    assert await served.signed(mention(), age_s=301) == (401, "Unauthorized")
    assert await served.signed(mention(), age_s=-330) == (401, "Unauthorized")
    assert await served.post(mention()) == (401, "Unauthorized")
    assert await served.post(mention(), X_Slack_Signature=good) == (401, "Unauthorized")
    assert await served.post(mention(), X_Slack_Request_Timestamp=now) == (401, "Unauthorized")
    for timestamp, given in ((now, "v0=ä"), (now, ""), ("soon", good), ("9" * 5000, good), (now, good[:-1])):
        status, _ = await served.post(mention(), X_Slack_Request_Timestamp=timestamp, X_Slack_Signature=given)
        assert status == 401
    status, _ = await served.post(mention("Ev2"), X_Slack_Request_Timestamp=now, X_Slack_Signature=good)
    assert status == 401  # of another body
    await served.stage.people.wait_quiet()
    assert served.stage.standin.received == 0
    assert "Traceback" not in served.stage.log
    assert secret not in served.stage.log


async def test_size_method_path_and_form(served: Served) -> None:
    assert (await served.signed("x" * (LARGEST_BODY_BYTES + 1)))[0] == 413
    assert (await served.page("/slack/events"))[0] == 405
    assert (await served.page("/slack/other"))[0] == 404
    assert (await served.post(b"\xff\xfe", X_Slack_Request_Timestamp="1", X_Slack_Signature="v0=1"))[0] == 401
    assert await served.post(urlencode({"ssl_check": "1", "token": "t"}), FORM) == (200, "")
    assert (await served.post(urlencode({"ssl_check": "0", "token": "t"}), FORM))[0] == 401
    challenge = json.dumps({"type": "url_verification", "token": "t", "challenge": "abc"})
    status, said = await served.signed(challenge)
    assert (status, json.loads(said)) == (200, {"challenge": "abc"})
    assert (await served.post(challenge))[0] == 401
    assert await served.page("/healthz") == (200, "alive\n")
    assert served.bot.returncode is None


def test_an_ssl_check_is_a_short_form_that_says_so() -> None:
    assert is_ssl_check(b"token=a&ssl_check=1")
    assert not is_ssl_check(b"token=a&ssl_check=1&" + b"x" * 1000)
    assert not is_ssl_check(b"command=/tokens&text=ssl_check")
    assert not is_ssl_check(b"\xff")


async def test_a_mention_that_comes_three_times_is_answered_once_and_commands_are(served: Served) -> None:
    stage = served.stage
    await stage.people.deliver_to(served.events)
    await stage.stock()
    assert "$5.00" in await stage.command(ADA, "/tokens")
    stage.standin.script(says("Over HTTP."))
    await stage.people.duplicate_next(3)
    ts = await stage.people.send(ADA, GENERAL, "@stipend hello?")
    answer = await stage.answered(ts, GENERAL)
    await stage.people.redeliver(times=1, as_retry=True)
    await stage.people.wait_quiet()
    assert "Over HTTP." in answer["text"]
    assert len(await stage.answers(ts, GENERAL)) == 1
    assert footer(answer).startswith("standin")
    assert stage.standin.received == 1
    await stage.verified()


async def test_the_answer_in_flight_is_finished_while_nothing_new_is_taken(served: Served) -> None:
    stage = served.stage
    await stage.people.deliver_to(served.events)
    await stage.stock()
    stage.standin.script(says("Slowly, but wholly. " * 4, between_s=0.5))
    ts = await stage.people.send(ADA, GENERAL, "@stipend take your time")
    async with asyncio.timeout(10):
        while not stage.standin.received:
            await asyncio.sleep(0.02)
    served.bot.send_signal(signal.SIGTERM)
    async with asyncio.timeout(5):
        while (await served.page("/readyz")) != (503, "stopping\n"):
            await asyncio.sleep(0.02)
    assert (await served.signed(mention()))[0] == 503
    assert (await served.page("/healthz"))[0] == 200
    assert await served.bot.wait() == 0
    [answer] = await stage.answers(ts, GENERAL)
    assert answer["text"].count("Slowly, but wholly.") == 4
    await stage.verified()


async def test_with_an_app_token_it_is_socket_mode_and_the_port_serves_health_alone(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with on_stage(sqlite_url, tmp_path) as stage:
        served = await serve(stage, SLACK_APP_TOKEN=stage.workspace.app_token)
        assert (await stage.people.sockets())["connections"] == 1
        assert (await served.signed(mention()))[0] == 404
        assert (await served.page("/healthz"))[0] == 200


async def test_a_port_that_is_taken_is_told(served: Served) -> None:
    stage, port = served.stage, served.address.rpartition(":")[2]
    keys = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": stage.workspace.signing_secret}
    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"), stderr=asyncio.subprocess.PIPE,
        env=stage.environ(**keys, STIPEND_HTTP_PORT=port),
    )  # fmt: skip
    _, err = await second.communicate()
    assert second.returncode == 2
    assert f"nothing can listen at 127.0.0.1:{port}" in err.decode()


async def test_without_its_database_it_is_alive_and_not_ready(tmp_path: Path) -> None:
    if programs() is None:
        lacking(INSTALL)
    cluster = new_cluster()
    try:
        async with on_stage(cluster.database(), tmp_path) as stage:
            served = await serve(stage)
            cluster.stop("immediate")
            async with asyncio.timeout(10):
                while (await served.page("/readyz")) != (503, "the database does not answer\n"):
                    await asyncio.sleep(0.05)
            assert (await served.page("/healthz"))[0] == 200
            assert "stipend_holds_open NaN" in (await served.page("/metrics"))[1]
            assert (await served.signed(mention()))[0] == 500  # so that Slack brings it again
            cluster.start()
            async with asyncio.timeout(10):
                while not await is_ready(served):
                    await asyncio.sleep(0.05)
    finally:
        remove(cluster)
