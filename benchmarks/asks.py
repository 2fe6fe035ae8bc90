"""What an ask adds to calling the model: record, hold, dispatch, stream and settle, against the openai SDK alone.

Run with `python -m benchmarks.asks`. The model is the stand-in, in a process of its own, with an answer after 50 ms.
"""

import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import openai

from budget.ask import Question, ask
from budget.asking.recovery import record
from budget.house import House, Rules
from budget.llm import Llm
from budget.money import Face
from budget.offer.model import Model, Models
from budget.offer.pricing import Price, own_price
from store import people, schema
from store.asks import NewAsk
from store.database import Connection, Database
from store.ledger.apply import apply
from store.ledger.steps import Transfer
from tests.cluster import new_cluster, programs, remove

ANSWER_MS, PIECES = 50, 12
TURNS = 3
ROUNDS = {1: 60, 50: 1_500}  # calls in a turn, by how many are in flight
GOALS = {1: "under 8 ms added", 50: "at least 400 asks/s"}
KEY = "bench-key"

Call = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds per call, the median of an ask and of a bare call, and asks per second."""

    engine: str
    at_once: int
    ask_ms: float
    bare_ms: float
    asks_per_s: float
    bare_per_s: float
    goal: str

    @property
    def added_ms(self) -> float:
        """What an ask adds."""
        return self.ask_ms - self.bare_ms

    @property
    def met(self) -> bool:
        """Whether the goal was reached."""
        return self.added_ms < 8 if self.at_once == 1 else self.asks_per_s >= 400


@asynccontextmanager
async def standin() -> AsyncIterator[str]:
    """The address of a stand-in in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.model.standin", "--port", "0", "--key", KEY, "--answer-ms", str(ANSWER_MS),
        "--pieces", str(PIECES), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


def house_on(database: Database, base_url: str) -> House:
    """A house with the stand-in as its model."""
    price = own_price("bench", input_usd=Decimal(1), output_usd=Decimal(2))
    assert isinstance(price, Price)
    model = Model("standin", "standin", None, base_url, KEY, price, 30_000, 1_000)
    ids = itertools.count()
    llm = Llm(random=lambda: 0.5)
    rules = Rules(ZoneInfo("UTC"))
    return House(
        database,
        Models("standin", (model,)),
        llm,
        lambda: datetime.now(UTC),
        lambda: f"{next(ids):012d}",
        Face(),
        rules,
    )


def set_up(conn: Connection) -> None:
    """A workspace with people who have plenty."""
    at = datetime.now(UTC)
    people.ensure_workspace(conn, "T1", "Bench", at)
    for number in range(50):
        slack_id = f"U{number}"
        people.ensure_person(
            conn, workspace_id="T1", slack_id=slack_id, name=slack_id, email=None, timezone=None, is_admin=False, at=at
        )
        apply(conn, [Transfer(f"fund{number}", "fund", "issued:T1", f"person:T1:{slack_id}", 10**12, at)])


async def one_ask(house: House, number: int) -> None:
    """A question recorded, answered and settled."""
    ask_id, user = house.new_id(), f"U{number % 50}"
    text = "How do I undo the last commit but keep my changes?"
    new = NewAsk(ask_id, "T1", ask_id, "C1", ask_id, ask_id, None, "channel", user, text)
    assert await record(house, new, "bench")
    async with ask(house, Question(ask_id, 0, "T1", f"T1:{user}", "C1", text)) as answer:
        async for _ in answer.pieces():
            pass
    assert answer.result is not None, answer.refusal
    assert answer.result.outcome == "answered", answer.result


async def one_call(client: openai.AsyncOpenAI) -> None:
    """The same question straight to the model."""
    stream = await client.chat.completions.create(
        model="standin", stream=True, stream_options={"include_usage": True}, max_tokens=1_000,
        messages=[{"role": "user", "content": "How do I undo the last commit but keep my changes?"}],
    )  # fmt: skip
    async for _ in stream:
        pass


async def measure(call: Call, at_once: int) -> tuple[float, float]:
    """The median seconds of a call, and calls per second, with so many in flight."""
    numbers, took = iter(range(ROUNDS[at_once])), list[float]()

    async def caller() -> None:
        for number in numbers:
            started = time.perf_counter()
            await call(number)
            took.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return statistics.median(took), len(took) / (time.perf_counter() - started)


async def compare(engine: str, url: str, base_url: str) -> list[Row]:
    """One engine, at 1 and at 50: turns of asks and bare calls, one after the other."""
    database = await Database.open(url)
    await database.write(set_up)
    house = house_on(database, base_url)
    client = openai.AsyncOpenAI(base_url=base_url, api_key=KEY, max_retries=0)
    rows = []
    for at_once in ROUNDS:
        asks, bares = [], []
        for turn in range(TURNS + 1):
            found = await measure(lambda number: one_ask(house, number), at_once)
            bare = await measure(lambda _: one_call(client), at_once)
            if turn:  # the first warms up
                asks.append(found)
                bares.append(bare)
        middle = [statistics.median(side) for pairs in (asks, bares) for side in zip(*pairs, strict=True)]
        rows.append(Row(engine, at_once, middle[0] * 1e3, middle[2] * 1e3, middle[1], middle[3], GOALS[at_once]))
    await client.close()
    await house.llm.close()
    await database.close()
    return rows


async def run_async() -> list[Row]:
    """Both engines, where both are there."""
    async with standin() as base_url:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'bench.db'}"
            await asyncio.to_thread(schema.upgrade, url)
            rows = await compare("SQLite", url, base_url)
        if programs():
            cluster = new_cluster(safe=True)
            try:
                rows += await compare("PostgreSQL", cluster.database(), base_url)
            finally:
                remove(cluster)
    return rows


def run() -> list[Row]:
    """Measure."""
    return asyncio.run(run_async())


def main() -> None:
    """Print the rows."""
    for row in run():
        took = f"ask {row.ask_ms:.1f} ms, bare {row.bare_ms:.1f} ms, added {row.added_ms:.1f} ms"
        print(f"{row.engine}, {row.at_once} at once: {took}; {row.asks_per_s:.0f} asks/s; met: {row.met}")


if __name__ == "__main__":
    main()
