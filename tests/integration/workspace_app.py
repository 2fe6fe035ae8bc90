"""A workspace and a real Bolt app on it, for the tests of the workspace."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.seed import demo_seed
from sandbox.workspace.limits import Timing
from sandbox.workspace.seeds import BOT_EVENTS, BOT_SCOPES
from sandbox.workspace.server import Workspace, start_workspace
from tests.workspace_client import Workbench

JsonObject = dict[str, Any]


@dataclass
class Desk:
    """One running workspace, its control client and a plain Web API client with the bot's token."""

    workspace: Workspace
    bench: Workbench
    client: AsyncWebClient


# An app of these tests' own: in channels it hears of mentions alone, until a test asks for more.
HEARD = tuple(event for event in BOT_EVENTS if event not in {"message.channels", "message.groups", "message.mpim"})


@asynccontextmanager
async def desk(timing: Timing | None = None) -> AsyncIterator[Desk]:
    """A fresh workspace with the demo's people."""
    seed = demo_seed()
    app = replace(seed.app, bot_events=HEARD, scopes=(*BOT_SCOPES, "reactions:read"))
    workspace = await start_workspace(replace(seed, app=app), timing=timing)
    try:
        async with Workbench(workspace.url) as bench:
            client = AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)
            client.retry_handlers.clear()
            yield Desk(workspace, bench, client)
    finally:
        await workspace.close()


def new_app(at: Desk, **options: Any) -> AsyncApp:
    """A Bolt app that talks to the workspace."""
    return AsyncApp(client=AsyncWebClient(at.workspace.bot_token, base_url=at.workspace.api_url), **options)


@asynccontextmanager
async def connected(at: Desk, app: AsyncApp, sockets: int = 1) -> AsyncIterator[list[AsyncSocketModeHandler]]:
    """The app on that many sockets."""
    handlers = [AsyncSocketModeHandler(app, at.workspace.app_token, ping_interval=0.5) for _ in range(sockets)]
    try:
        for handler in handlers:
            await handler.connect_async()
        await at.bench.wait_connected(sockets)
        yield handlers
    finally:
        for handler in handlers:
            await handler.close_async()
            await asyncio.sleep(0)


@dataclass
class Heard:
    """What a listening app got: bodies and headers, in order."""

    bodies: list[JsonObject] = field(default_factory=list)
    headers: list[JsonObject] = field(default_factory=list)

    def events(self, kind: str) -> list[JsonObject]:
        """The inner events of one type."""
        return [b["event"] for b in self.bodies if b["event"]["type"] == kind]


def listen(app: AsyncApp, *kinds: str) -> Heard:
    """Write down every event of these types."""
    heard = Heard()

    async def note(body: JsonObject, request: Any) -> None:
        heard.bodies.append(body)
        heard.headers.append(request.headers)

    for kind in kinds:
        app.event(kind)(note)
    return heard


async def until(ready: Callable[[], object], timeout_s: float = 5.0) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(timeout_s):
        while not ready():
            await asyncio.sleep(0.01)


def plain(text: str) -> JsonObject:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def button(action_id: str = "go", value: str = "v") -> JsonObject:
    """An actions block of one button."""
    return {
        "type": "actions",
        "block_id": "b",
        "elements": [{"type": "button", "action_id": action_id, "text": plain("Go"), "value": value}],
    }
