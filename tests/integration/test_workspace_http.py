"""The same happenings over HTTP: signed, verified, retried, answered in the response."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp

from sandbox.seed import ADA, GENERAL
from sandbox.workspace.limits import Timing
from sandbox.workspace.remote import signature
from tests.integration.workspace_app import Desk, button, desk, listen, new_app, until
from tests.workspace_client import Refused

JsonObject = dict[str, Any]


@asynccontextmanager
async def served(application: web.Application) -> AsyncIterator[str]:
    """The application on a free port; its address for Slack."""
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


def http_app(at: Desk, secret: str | None = None) -> AsyncApp:
    """A Bolt app for HTTP."""
    return new_app(at, signing_secret=secret or at.workspace.signing_secret)


async def test_events_commands_and_clicks_arrive_over_http() -> None:
    async with desk() as at:
        app = http_app(at)
        heard = listen(app, "app_mention")
        actions: list[JsonObject] = []

        @app.command("/tokens")
        async def tokens(ack: Any, command: JsonObject) -> None:
            await ack(f"you said {command['text']}")

        @app.action("go")
        async def go(ack: Any, action: JsonObject) -> None:
            await ack()
            actions.append(action)

        async with served(app.web_app("/slack/events")) as url:
            await at.bench.deliver_to(url)
            assert (await at.bench.state(ADA))["connected"] is True
            await at.bench.send(ADA, GENERAL, "@stipend hi")
            await until(lambda: heard.bodies)
            said = await at.bench.run_command(ADA, GENERAL, "/tokens a & b")
            posted = await at.client.chat_postMessage(channel=GENERAL, text="?", blocks=[button()])
            await at.bench.click(ADA, "go", channel=GENERAL, ts=posted["ts"])
            await until(lambda: actions)
            await at.bench.wait_quiet()
    assert heard.events("app_mention")[0]["text"] == "<@U0STIPEND> hi"
    assert "x-slack-retry-num" not in heard.headers[0]
    assert said["text"] == "you said a &amp; b"
    assert actions[0]["value"] == "v"


async def test_an_app_with_another_secret_is_refused() -> None:
    async with desk() as at, served(http_app(at, "f" * 32).web_app("/slack/events")) as url:
        with pytest.raises(Refused, match="did not answer the challenge"):
            await at.bench.deliver_to(url)
        with pytest.raises(Refused, match="did not answer the challenge"):
            await at.bench.deliver_to(f"{url}/elsewhere")
        assert (await at.bench.state(ADA))["connected"] is False


async def test_an_event_answered_with_an_error_is_retried_with_its_number() -> None:
    async with desk(Timing(ack_timeout_s=1.0, retry_delays_s=(0.0, 0.05))) as at:
        numbers: list[str | None] = []

        async def answer(request: web.Request) -> web.Response:
            body = await request.text()
            timestamp = request.headers["X-Slack-Request-Timestamp"]
            assert request.headers["X-Slack-Signature"] == signature(at.workspace.signing_secret, timestamp, body)
            if "challenge" in body:
                return web.Response(text=(await request.json())["challenge"])
            if "event_callback" in body:
                numbers.append(request.headers.get("X-Slack-Retry-Num"))
            return web.Response(status=500 if len(numbers) in {1, 2} else 200)

        application = web.Application()
        application.router.add_post("/slack/events", answer)
        async with served(application) as url:
            await at.bench.deliver_to(url)
            await at.bench.send(ADA, GENERAL, "@stipend hi")
            await until(lambda: len(numbers) == 3)
            await at.bench.wait_quiet()
    assert numbers == [None, "1", "2"]
