"""What the benchmarks of whole bots share: a workspace, a model in a process of its own, bots, and people with money.

The workspace is in this process, so that it can be driven without a wire between; what it measures contains the time in
which this process was busy, and so is an upper bound.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from sqlalchemy import text

from benchmarks.asks import standin
from sandbox.model.standin import ModelStandin
from sandbox.seed import demo_seed
from sandbox.workspace.acts import perform
from sandbox.workspace.server import Workspace, start_workspace
from store import people, schema
from store.accounts import balance
from store.database import Connection, Database
from store.ledger.apply import apply
from store.ledger.steps import Transfer
from store.verify import verify
from tests.acceptance.stage import Stage
from tests.cluster import Cluster, new_cluster, programs, remove
from tests.workspace_client import JsonObject, Workbench

KEY = "bench-key"
WORKSPACE = "T0ACME"
PLENTY_MICROS = 10**12
POLL_S = 0.25
MODELS = """
default = "standin"
[[models]]
name = "standin"
base_url = "{base_url}"
key_variable = "STANDIN_KEY"
price = {{ input = 1, output = 2 }}
context_tokens = 30000
max_output_tokens = {cap}
first_token_s = 60
between_tokens_s = 60
total_s = 300
"""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: what was done on which engine, the figures, the goal, and whether it was reached."""

    what: str
    engine: str
    figures: str
    goal: str
    met: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The books after a run: asks by state, how many were told, what was paid, by how many transfers, and the proof."""

    states: Counter[str]
    told: int
    asks: int
    payments: int
    paid_micros: int
    costs_micros: int
    sound: bool

    @property
    def whole(self) -> bool:
        """Every ask has ended and was told, and what asks cost is what was paid, each once."""
        live = sum(self.states[state] for state in ("received", "held", "streaming"))
        return not live and self.told == self.asks and self.costs_micros == self.paid_micros and self.sound


@dataclass
class Crowd:
    """A stage with people who may ask, and rooms where they do."""

    stage: Stage
    model: "Model"
    database: Database
    people: list[str]
    rooms: list[str]

    async def ask(self, number: int, words: str = "How do I undo the last commit?") -> tuple[str, str, str]:
        """A mention by one of the people in one of the rooms: who, where, and its ts."""
        who, where = self.people[number % len(self.people)], self.rooms[number % len(self.rooms)]
        sent = await perform(
            self.stage.workspace.world, "send", {"as": who, "channel": where, "text": f"@stipend {words}"}
        )
        return who, where, str(sent["ts"])

    async def counts(self) -> tuple[int, int]:
        """How many asks there are, and how many of them were told their end."""
        return await self.database.read(lambda conn: _pair(conn, "SELECT COUNT(*), COUNT(told_at) FROM ask"))

    async def all_told(self, asks: int, timeout_s: float) -> float | None:
        """Seconds until so many asks are there and told their end; None when that took too long."""
        started_s = time.monotonic()
        while time.monotonic() - started_s < timeout_s:
            if await self.counts() == (asks, asks):
                return time.monotonic() - started_s
            await asyncio.sleep(POLL_S)
        return None

    async def ended(self) -> Ended:
        """The books as they are."""
        return await self.database.read(_ended)

    def lasting(self, where: str, ts: str) -> list[str]:
        """The lasting messages of the app in a thread, as texts."""
        replies = self.stage.workspace.world.state.replies(where, ts)
        return [each.text for each in replies if each.is_app and each.ephemeral_for is None]


def _pair(conn: Connection, query: str) -> tuple[int, int]:
    first, second = conn.execute(text(query)).one()
    return int(first), int(second)


def _ended(conn: Connection) -> Ended:
    states = Counter({str(state): int(count) for state, count in conn.execute(text(
        "SELECT state, COUNT(*) FROM ask GROUP BY state"
    ))})  # fmt: skip
    asks, told = _pair(conn, "SELECT COUNT(*), COUNT(told_at) FROM ask")
    payments, paid = _pair(
        conn,
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN kind = 'consume' THEN amount_micros ELSE -amount_micros END), 0) "
        "FROM transfer WHERE kind IN ('consume', 'correct')",
    )
    costs, _ = _pair(conn, "SELECT COALESCE(SUM(cost_micros), 0), 0 FROM ask")
    return Ended(states, told, asks, payments, paid, costs, verify(conn).sound)


@dataclass(frozen=True, slots=True)
class Model:
    """The stand-in for a model, in its own process."""

    base_url: str

    async def control(self, what: str, body: object = None) -> JsonObject:
        """One call of its control endpoint: `script`, `reset`, or `state`."""
        address = f"{self.base_url.removesuffix('/v1')}/_standin/{what}"
        async with aiohttp.ClientSession() as session:
            method = "GET" if what == "state" else "POST"
            async with session.request(method, address, json=body) as answer:
                found: JsonObject = await answer.json()
                return found

    async def received(self) -> int:
        """How often it was called."""
        return int((await self.control("state"))["received"])


@contextmanager
def cluster_or_none() -> Iterator[Cluster | None]:
    """A PostgreSQL server with every sync on, where its programs are there."""
    if programs() is None:
        yield None
        return
    cluster = new_cluster(safe=True)
    try:
        yield cluster
    finally:
        remove(cluster)


@contextmanager
def urls(cluster: Cluster | None) -> Iterator[dict[str, str]]:
    """A fresh database of each engine that is there."""
    with tempfile.TemporaryDirectory() as folder:
        sqlite = f"sqlite:///{Path(folder) / 'bench.db'}"
        schema.upgrade(sqlite)
        yield {"SQLite": sqlite} | ({"PostgreSQL": cluster.database()} if cluster else {})


@asynccontextmanager
async def crowd(
    url: str, *, people: int = 50, rooms: int = 500, each_micros: int = PLENTY_MICROS, cap: int = 1000
) -> AsyncIterator[Crowd]:
    """The stage, set: no bot runs yet. `each_micros`: what each of the people has."""
    async with _model() as model:
        workspace = await start_workspace(demo_seed())
        database = await Database.open(url)
        try:
            with tempfile.TemporaryDirectory() as folder:
                async with Workbench(workspace.url) as client:
                    unused = ModelStandin(port=int(model.base_url.split(":")[2].split("/")[0]), key=KEY)
                    stage = Stage(workspace, unused, client, url, Path(folder), cap=cap)
                    who = await _people(workspace, database, people, each_micros)
                    where = await _rooms(workspace, who, rooms)
                    try:
                        yield Crowd(stage, model, database, who, where)
                    finally:
                        await _end(stage)
        finally:
            await database.close()
            await workspace.close()


async def start_bot(crowd: Crowd, **more: str) -> None:
    """One more bot, with patience for a busy machine."""
    models = crowd.stage.folder / "bench.toml"
    models.write_text(MODELS.format(base_url=crowd.model.base_url, cap=crowd.stage.cap), encoding="utf-8")
    patient = {"STIPEND_LEASE_S": "60", "STIPEND_WAIT_FOR_HOLDS_S": "5", "STIPEND_LOG_LEVEL": "warning"}
    await crowd.stage.start_bot(**(patient | {"STIPEND_MODELS": str(models)} | more))


@asynccontextmanager
async def _model() -> AsyncIterator[Model]:
    async with standin() as base_url:
        yield Model(base_url)


async def _people(workspace: Workspace, database: Database, count: int, each_micros: int) -> list[str]:
    ids = [f"U{number:04d}" for number in range(count)]
    for slack_id in ids:
        person = {"id": slack_id, "name": slack_id.lower(), "real_name": f"Person {slack_id}"}
        await perform(workspace.world, "user", person)

    def stock(conn: Connection) -> None:
        at = datetime.now(UTC)
        people.ensure_workspace(conn, WORKSPACE, "Acme", at)
        for slack_id in ids:
            person, _ = people.ensure_person(
                conn, workspace_id=WORKSPACE, slack_id=slack_id, name=slack_id, email=None, timezone=None,
                is_admin=False, at=at,
            )  # fmt: skip
            wallet = people.wallet_id(person.id)
            apply(conn, [Transfer(f"stock:{slack_id}", "fund", f"issued:{WORKSPACE}", wallet, each_micros, at)])

    await database.write(stock)
    return ids


async def _rooms(workspace: Workspace, who: list[str], count: int) -> list[str]:
    members = [*who, workspace.world.state.app.user_id]
    made = [
        await perform(workspace.world, "channel", {"name": f"room-{number}", "members": members})
        for number in range(count)
    ]
    return [str(each["channel"]["id"]) for each in made]


async def _end(stage: Stage) -> None:
    for bot in stage.bots:
        if bot.returncode is None:
            bot.kill()
            await bot.wait()


async def available_micros(database: Database, slack_id: str) -> int:
    """What somebody has left."""
    account = people.wallet_id(people.person_id(WORKSPACE, slack_id))
    found = await database.read(lambda conn: balance(conn, account))
    return found.available_micros if found else 0
