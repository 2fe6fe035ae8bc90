"""The stage of acceptance tests: a workspace, a scripted model, and bots as child processes on a real database."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.model.standin import ModelStandin
from sandbox.seed import ADA, FRANCES, GRACE, demo_seed
from sandbox.workspace.server import Workspace, start_workspace
from store.database import Database
from store.verify import Report, verify
from tests.bot_nursery import WARNINGS, Bot, nursery
from tests.workspace_client import JsonObject, Workbench

START_S = 30.0
MODELS = """
default = "standin"
[[models]]
name = "standin"
base_url = "{base_url}"
key_variable = "STANDIN_KEY"
price = {{ input = 1, output = 2 }}
context_tokens = 30000
max_output_tokens = {cap}
first_token_s = 5
between_tokens_s = 3
total_s = {total_s}
"""


@dataclass
class Stage:
    """What a test has at hand. Bots are started by the test, as many as it wants."""

    workspace: Workspace
    standin: ModelStandin
    people: Workbench
    url: str
    folder: Path
    bots: list[Bot] = field(default_factory=list)
    cap: int = 1000
    total_s: int = 30

    def environ(self, **more: str) -> dict[str, str]:
        """A bot's environment: nothing of ours but what it needs."""
        models = self.folder / "models.toml"
        text = MODELS.format(base_url=self.standin.base_url, cap=self.cap, total_s=self.total_s)
        models.write_text(text, encoding="utf-8")
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "PYTHONWARNINGS": WARNINGS,
            "SLACK_API_URL": self.workspace.api_url,
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_APP_TOKEN": self.workspace.app_token,
            "DATABASE_URL": self.url,
            "STIPEND_MODELS": str(models),
            "STANDIN_KEY": self.standin.key,
            "STIPEND_ADMINS": FRANCES,
            "STIPEND_LEASE_S": "2",
            "STIPEND_WAIT_FOR_HOLDS_S": "1",
            **more,
        }

    @property
    def log(self) -> str:
        """What all bots have logged."""
        path = self.folder / "bot.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    async def start_bot(self, **more: str) -> Bot:
        """A bot that is connected."""
        before = (await self.people.get("sockets"))["connections"]
        bot = nursery().bot(self.environ(**more), self.folder / "bot.log")
        self.bots.append(bot)
        async with asyncio.timeout(START_S):
            while (await self.people.get("sockets"))["connections"] <= before:
                assert bot.returncode is None, self.log
                await asyncio.sleep(0.05)
        return bot

    async def stop_bot(self, bot: Bot, how: signal.Signals = signal.SIGTERM) -> int:
        """End a bot; its exit status."""
        bot.send_signal(how)
        async with asyncio.timeout(START_S):
            return await bot.wait()

    async def command(self, who: str, text: str, channel: str | None = None) -> str:
        """Type a command and read the answer, which is not a letter that comes meanwhile."""
        where = channel or await self.people.app_dm(who)
        before = {m["ts"] for m in await self.people.messages(who, where)}
        await self.people.command(who, where, text)
        answer = await self.people.wait_for_message(
            who, where, lambda m: m["ephemeral"] and m["ts"] not in before, timeout_s=15
        )
        return str(answer["text"])

    async def stock(self) -> None:
        """A funded company, a team with its manager and one member who has $5."""
        for who, text in (
            *[(FRANCES, "/tokens fund $100")] * 5,  # more at once would have to be confirmed
            (FRANCES, "/tokens team create Platform"),
            (FRANCES, "/tokens team manager Platform @Grace Hopper"),
            (FRANCES, "/tokens team add Platform @Ada Lovelace @Alan Turing"),
            (FRANCES, "/tokens grant Platform $100"),
            (GRACE, "/tokens grant @Ada Lovelace $5 for a start"),
        ):
            await self.command(who, text)

    async def thread(self, ts: str, channel: str, who: str = ADA) -> list[JsonObject]:
        """A thread as somebody sees it, without its root."""
        messages = await self.people.messages(who, channel, ts)
        return [message for message in messages if message["ts"] != ts]

    async def answers(self, ts: str, channel: str, who: str = ADA) -> list[JsonObject]:
        """The app's messages in a thread that everybody sees."""
        return [m for m in await self.thread(ts, channel, who) if not m["ephemeral"] and m["user"].endswith("STIPEND")]

    async def answered(self, ts: str, channel: str, who: str = ADA, timeout_s: float = 20) -> JsonObject:
        """The first answer in a thread that has its footer."""
        return await self.people.wait_for_message(
            who, channel, lambda m: "bot_id" in m and not m["ephemeral"] and bool(footer(m)), thread_ts=ts,
            timeout_s=timeout_s,
        )  # fmt: skip

    async def whispers(self, ts: str, channel: str, who: str = ADA) -> list[JsonObject]:
        """What only this person sees since a message: in its thread, or in the channel where the thread is empty."""
        roots = [m for m in await self.people.messages(who, channel) if float(m["ts"]) > float(ts)]
        return [m for m in (*await self.thread(ts, channel, who), *roots) if m["ephemeral"]]

    async def whispered(self, ts: str, channel: str, who: str = ADA, timeout_s: float = 20) -> JsonObject:
        """The first of what only this person sees since a message."""

        async def look() -> JsonObject | None:
            return next(iter(await self.whispers(ts, channel, who)), None)

        return await self.people.wait_for(look, timeout_s)

    async def verified(self) -> Report:
        """The books, which must add up."""
        database = await Database.open(self.url)
        try:
            report = await database.read(verify)
        finally:
            await database.close()
        assert report.sound, report
        return report


def footer(message: JsonObject) -> str:
    """The context line under an answer; empty while there is none."""
    contexts = [block for block in message["blocks"] if block["type"] == "context"]
    return str(contexts[-1]["elements"][0]["text"]) if contexts else ""


@asynccontextmanager
async def on_stage(url: str, folder: Path, *, cap: int = 1000, total_s: int = 30) -> AsyncIterator[Stage]:
    """Set the stage, and clear it: bots that still run are killed."""
    workspace = await start_workspace(demo_seed())
    try:
        async with ModelStandin() as standin, Workbench(workspace.url) as people:
            stage = Stage(workspace, standin, people, url, folder, cap=cap, total_s=total_s)
            try:
                yield stage
            finally:
                for bot in stage.bots:
                    if bot.returncode is None:
                        bot.kill()
                        await bot.wait()
    finally:
        await workspace.close()
