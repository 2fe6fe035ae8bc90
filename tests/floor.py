"""A floor to act on: a workspace with the bot's commands, forms and Home tab in it, over Socket Mode, and its house."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from budget.house import Rules
from handlers.slack import commands, home, instructions, models
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import register as areas
from handlers.slack.desk import Desk
from handlers.slack.identity import Identity
from handlers.slack.wire.client import make_client
from handlers.slack.wire.limits import Limits
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, demo_seed
from sandbox.workspace.server import start_workspace
from store.database import Database
from tests.commanding import Office
from tests.workspace_client import JsonObject, Workbench

ADMIN_RULES = Rules(ZoneInfo("Europe/Berlin"), admins=frozenset({FRANCES}))


@dataclass
class Floor:
    """A workspace with the bot in it."""

    bench: Workbench
    office: Office
    desk: Desk

    async def say(self, who: str, text: str, channel: str = GENERAL) -> str:
        """Type a command; what this person alone is answered."""
        answer = await self.bench.run_command(who, channel, f"/tokens {text}")
        assert answer["ephemeral"], answer
        others = await self.bench.messages(ALAN if who != ALAN else ADA, channel)
        assert answer["ts"] not in {message["ts"] for message in others}, "an answer is for one person alone"
        return str(answer["text"])

    async def answer(self, who: str, text: str, channel: str = GENERAL) -> JsonObject:
        """The same, as the whole message."""
        return await self.bench.run_command(who, channel, f"/tokens {text}")

    async def told(self, who: str, part: str) -> str:
        """What the app told someone in their direct messages."""

        def wanted(message: JsonObject) -> bool:
            return part in message["text"]

        return str((await self.bench.wait_for_message(who, await self.bench.app_dm(who), wanted))["text"])

    async def set_up(self) -> None:
        """Frances funds the company; Grace manages Platform, where Ada is."""
        for text in ("fund $100 for Q4", "team create Platform", "team manager platform @grace",
                     "team add platform @ada", "grant platform $10"):  # fmt: skip
            await self.say(FRANCES, text)


@asynccontextmanager
async def floor(database: Database, rules: Rules = ADMIN_RULES) -> AsyncIterator[Floor]:
    workspace = await start_workspace(demo_seed())
    office = Office(database, rules)
    client = make_client(workspace.bot_token, workspace.api_url)
    auth = await client.auth_test()
    limits = Limits(monotonic_s=asyncio.get_running_loop().time, sleep=asyncio.sleep)
    identity = Identity(office.house, client, limits, auth["team_id"])
    desk = Desk(office.house, client, limits, identity, auth["team_id"], auth["user_id"], office.new_id)
    app = AsyncApp(client=client, process_before_response=True)
    worker = Worker(desk, "floor")
    late = (
        *(commands.register(app, desk, worker), home.register(app, desk), instructions.register(app, desk)),
        *areas.register(app, desk, worker),
    )
    models.register(app, desk)
    desk.letters.start(desk)
    desk.homes.start(desk, home.home_of)
    socket = AsyncSocketModeHandler(app, workspace.app_token, ping_interval=0.5)
    try:
        await socket.connect_async()
        async with Workbench(workspace.url) as bench:
            await bench.wait_connected()
            yield Floor(bench, office, desk)
    finally:
        await asyncio.gather(*(each.drain(5) for each in late), worker.close(5))
        await asyncio.gather(desk.letters.close(5), desk.homes.close(5))
        await socket.close_async()
        await workspace.close()
