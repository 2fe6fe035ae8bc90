"""A post office for tests of letters: a workspace, the bot's desk in it, and a clock that waiting does not take."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from handlers.slack import letters
from handlers.slack.desk import Desk
from handlers.slack.identity import Identity
from handlers.slack.views.pieces import Reader, Reply, said
from handlers.slack.wire.client import make_client
from handlers.slack.wire.limits import Limits
from sandbox.seed import ADA, demo_seed
from sandbox.workspace.server import Workspace, start_workspace
from store import outbox, people, tables
from store.database import Connection, Database
from tests.commanding import Office
from tests.workspace_client import Workbench

KIND = "letter of a test"


@letters.view(KIND)
def plain_letter(payload: Mapping[str, Any], reader: Reader) -> Reply:  # one shape for all letters
    """What it says; nothing can be made of one without words."""
    return said([payload["text"]])


@dataclass
class Clock:
    """Seconds that pass while somebody waits, and not otherwise."""

    at_s: float = 0.0
    waited: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.at_s += seconds
        await asyncio.sleep(0)


@dataclass
class Post:
    """A workspace with one or more replicas of the bot at work in it."""

    workspace: Workspace
    bench: Workbench
    office: Office
    desks: list[Desk]

    @property
    def desk(self) -> Desk:
        return self.desks[0]

    async def put(self, key: str, text: str, to: str = ADA) -> bool:
        """Write a letter."""
        workspace_id, at, payload = self.desk.workspace_id, self.office.at, {"text": text}

        def work(conn: Connection) -> bool:
            return outbox.put(
                conn, key=key, workspace_id=workspace_id, slack_id=to, kind=KIND, payload=payload, at=at
            )  # fmt: skip

        return await self.office.database.write(work)

    async def revise(self, key: str, text: str) -> bool:
        """Change what a letter says."""
        return await self.office.database.write(
            lambda conn: outbox.revise(conn, key, {"text": text}, self.office.at)
        )  # fmt: skip

    async def deliver(self, desk: Desk | None = None) -> None:
        """Send what is due, as long as something is."""
        while await letters.deliver(desk or self.desk):
            pass

    async def texts(self, who: str = ADA) -> list[str]:
        """What somebody has got, in order."""
        return [message["text"] for message in await self.bench.messages(who, await self.bench.app_dm(who))]

    async def row(self, key: str) -> Any:
        """A letter as it stands."""
        query = tables.outbox.select().where(tables.outbox.c.key == key)
        return await self.office.database.read(lambda conn: conn.execute(query).one())

    async def state(self, key: str) -> str:
        """Of a letter: waiting, sent, failed."""
        return str((await self.row(key)).state)


@asynccontextmanager
async def post_office(*databases: Database) -> AsyncIterator[Post]:
    """One desk for each database connection that is given, in one workspace."""
    workspace = await start_workspace(demo_seed())
    offices = [Office(database) for database in databases]
    try:
        desks = [await sit_down(workspace, office) for office in offices]
        await databases[0].write(
            lambda conn: people.ensure_workspace(conn, desks[0].workspace_id, "T", offices[0].at)
        )  # fmt: skip
        async with Workbench(workspace.url) as bench:
            yield Post(workspace, bench, offices[0], desks)
    finally:
        await workspace.close()


async def sit_down(workspace: Workspace, office: Office) -> Desk:
    """A replica's desk, with limits of its own."""
    client, clock = make_client(workspace.bot_token, workspace.api_url), Clock()
    auth = await client.auth_test()
    limits = Limits(monotonic_s=lambda: clock.at_s, sleep=clock.sleep)
    identity = Identity(office.house, client, limits, auth["team_id"])
    return Desk(office.house, client, limits, identity, auth["team_id"], auth["user_id"], office.new_id)
