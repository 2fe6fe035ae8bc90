"""What tests of replies share: a workspace over real HTTP, one question in it, and what people then see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack.answering.reply import Reply, Target, Undeliverable
from handlers.slack.wire.client import make_client
from handlers.slack.wire.limits import Limits
from sandbox.workspace.limits import Timing
from sandbox.workspace.seeds import AppSpec, Person, Room, Seed
from sandbox.workspace.server import Workspace, start_workspace

SEED = Seed(
    name="Acme",
    app=AppSpec("Stipend", "Token budgets"),
    people=(Person("U0ADA", "ada", "Ada Lovelace"), Person("U0BOB", "bob", "Bob Noyce")),
    rooms=(Room("C0GEN", "general", members=("U0ADA", "U0BOB")), Room("C0OUT", "outside", with_app=False)),
)
FOOTER = {"type": "context", "elements": [{"type": "mrkdwn", "text": "small-model · $0.016"}]}
SPEED = 50  # the replies' clock runs so much faster than ours
SENTENCE = "An answer has many words, and people read them one after the other. "


@dataclass
class Clock:
    """Runs fast, and can be put forward."""

    ahead_s: float = 0.0

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time() * SPEED + self.ahead_s


@dataclass
class World:
    """A workspace, the bot's client, and one question in #general."""

    workspace: Workspace
    http: aiohttp.ClientSession
    client: AsyncWebClient
    limits: Limits
    target: Target
    clock: Clock

    def reply(self, **how: Any) -> Reply:
        return Reply(self.client, self.limits, self.target, key="ask_1", **how)

    async def control(self, name: str, **body: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.workspace.url}/control/{name}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert answer["ok"], answer
            return answer

    async def fault(self, method: str, kind: str, times: int = 1, **more: Any) -> None:
        await self.control("faults", method=method, kind=kind, times=times, **more)

    async def answers(self, user: str = "U0ADA") -> list[dict[str, Any]]:
        """What that person sees of the bot in the thread."""
        wanted = {"as": user, "channel": self.target.channel_id, "thread_ts": self.target.thread_ts or ""}
        async with self.http.get(f"{self.workspace.url}/control/messages", params=wanted) as response:
            messages: list[dict[str, Any]] = (await response.json())["messages"]
        return [message for message in messages if message["user"] == "U0STIPEND"]

    async def calls(self, *methods: str) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.workspace.url}/control/calls") as response:
            calls: list[dict[str, Any]] = (await response.json())["calls"]
        return [call for call in calls if not methods or call["method"] in methods]

    async def methods(self) -> list[str]:
        return [call["method"] for call in await self.calls()]


@asynccontextmanager
async def new_world() -> AsyncIterator[World]:
    """A workspace where somebody has just asked something."""
    workspace = await start_workspace(SEED, timing=Timing(stream_life_s=300))
    clock = Clock()
    limits = Limits(monotonic_s=clock.monotonic_s, sleep=lambda seconds: asyncio.sleep(seconds / SPEED))
    client = make_client(workspace.bot_token, workspace.api_url, on_429=limits.pause)
    async with aiohttp.ClientSession() as http:
        made = World(workspace, http, client, limits, Target("C0GEN", None, "U0ADA", "T0ACME", private=False), clock)
        asked = await made.control("send", **{"as": "U0ADA", "channel": "C0GEN", "text": "@stipend hi"})
        made.target = replace(made.target, thread_ts=asked["ts"], message_ts=asked["ts"])
        yield made
    await workspace.close()


async def shown(reply: Reply, text: str, step: int = 300) -> str | Undeliverable:
    for start in range(0, len(text), step):
        await reply.show(text[start : start + step])
    return await reply.finish([], [FOOTER])


def words(message: dict[str, Any]) -> str:
    return "".join(block["text"] for block in message["blocks"] if block["type"] == "markdown")


def has_footer(message: dict[str, Any]) -> bool:
    return any(block["type"] == "context" and "small-model" in str(block) for block in message["blocks"])
