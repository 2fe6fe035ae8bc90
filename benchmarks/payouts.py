"""An allowance for 10,000 people: all paid, two lots each, against the same rows written by hand.

Run with `python -m benchmarks.payouts`. Meanwhile somebody else's money moves as for asks, one hold and release after
another: the longest that one of them waits is measured as well.
"""

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import payouts_raw as raw
from benchmarks.stage import Result, cluster_or_none
from budget.allowances.payout import pay_due
from store import allowances, schema
from store.accounts import open_account
from store.allowances import Allowance
from store.database import Connection, Database
from store.ledger.steps import Hold, HoldState, Release, Transfer
from store.verify import verify
from tests.commanding import Office
from tests.crowds import WORKSPACE, crowd

PEOPLE, TURNS = 10_000, 3
EACH, ROLLS = 2_000_000, 1_000_000
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TIMES_RAW, LONGEST_MS = 4.0, 1_000.0
ASKER = "project:bench"


def begin(conn: Connection) -> None:
    """People, an allowance for all of them that is due, and an account on which asks go on."""
    crowd(conn, PEOPLE, AT, 10 * PEOPLE * EACH)
    open_account(conn, WORKSPACE, "project", "bench")
    one = Allowance(
        id="a", workspace_id=WORKSPACE, scope="everyone", scope_id=WORKSPACE, amount_micros=EACH, period="month",
        rollover_micros=ROLLS, rollover_periods=1, payer_id=f"company:{WORKSPACE}", from_on="2026-11-01",
        next_on="2026-11-01", until_on=None, created_by=None, created_at=AT,
    )  # fmt: skip
    allowances.put(conn, one)


async def ours(url: str, *, asking: bool) -> tuple[float, float]:
    """How long a payout takes, and the longest that a hold waits meanwhile, in seconds."""
    database = await Database.open(url)
    await database.write(begin)
    await database.post(Transfer("ask", "fund", f"issued:{WORKSPACE}", ASKER, 10**9, AT))
    house, waits = Office(database, at=AT).house, [0.0]
    asker = asyncio.create_task(ask(database, waits)) if asking else None
    started = time.monotonic()
    paid = await pay_due(house)
    took = time.monotonic() - started
    if asker is not None:
        asker.cancel()
    await asyncio.gather(*([asker] if asker else []), return_exceptions=True)
    assert paid == PEOPLE, paid
    assert (await database.read(verify)).sound
    await database.close()
    return took, max(waits)


async def ask(database: Database, waits: list[float]) -> None:
    """One hold after another, and how long each took."""
    number = 0
    while True:
        at, started = datetime.now(UTC), time.monotonic()
        answer = await database.post(Hold(f"h{number}", ASKER, 1, 1, at, at.replace(year=at.year + 1)))
        assert isinstance(answer, HoldState)
        waits.append(time.monotonic() - started)
        await database.post(Release(f"h{number}", at))
        number += 1
        await asyncio.sleep(0.002)


async def theirs(url: str) -> float:
    """The same rows by hand, in seconds."""
    database = await Database.open(url)
    await database.write(begin)
    await database.close()
    return await asyncio.to_thread(raw.pay, url, EACH, ROLLS)


def result(engine: str, pairs: list[tuple[float, float]], longest_s: float) -> Result:
    """The medians, the ratio, and the wait."""
    took, hand = (sorted(each)[len(pairs) // 2] for each in zip(*pairs, strict=True))
    ratio = sorted(mine / other for mine, other in pairs)[len(pairs) // 2]
    figures = (
        f"{took:.1f} s, {PEOPLE / took:,.0f} people/s; by hand {hand:.1f} s, ratio {ratio:.1f}; "
        f"a hold meanwhile waits at most {1000 * longest_s:.0f} ms"
    )
    met = ratio <= TIMES_RAW and 1000 * longest_s <= LONGEST_MS
    return Result(f"payout to {PEOPLE:,} people", engine, figures, f"ratio ≤ {TIMES_RAW:.0f}, ≤ 1 s", met)


async def on_sqlite() -> Result:
    """Each turn in files of its own."""
    with tempfile.TemporaryDirectory(prefix="stipend-bench-") as folder:
        urls = [f"sqlite:///{Path(folder) / f'{number}.db'}" for number in range(2 * TURNS + 1)]
        for url in urls:
            await asyncio.to_thread(schema.upgrade, url)
        pairs = [
            ((await ours(urls[2 * turn], asking=False))[0], await theirs(urls[2 * turn + 1])) for turn in range(TURNS)
        ]
        _, longest_s = await ours(urls[-1], asking=True)
    return result("SQLite", pairs, longest_s)


async def run_async() -> list[Result]:
    """On SQLite, and on PostgreSQL where it is installed."""
    found = [await on_sqlite()]
    with cluster_or_none() as cluster:
        if cluster is None:
            return found
        pairs = [
            ((await ours(cluster.database(), asking=False))[0], await theirs(cluster.database())) for _ in range(TURNS)
        ]
        _, longest_s = await ours(cluster.database(), asking=True)
    return [*found, result("PostgreSQL", pairs, longest_s)]


def run() -> list[Result]:
    """Measure."""
    return asyncio.run(run_async())


if __name__ == "__main__":
    for row in run():
        print(f"{row.engine}, {row.what}: {row.figures}; met: {row.met}")
