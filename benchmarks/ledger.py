"""Money per second: rounds of question, hold, dispatch and settle, against the same rounds as hand-written SQL.

Each step writes its note on the ask in its own transaction, as an ask does.

Run with `python -m benchmarks.ledger`. Every figure is measured several times in turns with its counterpart, in one
run, on real disks with every sync on; the ratio is what counts, not the machine.
"""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import ledger_raw as raw
from store import asks, people, schema
from store.asks import NewAsk
from store.database import Connection, Database
from store.ledger.steps import Dispatch, Hold, HoldState, Settle, Writes
from store.rows import NewRow
from tests.cluster import new_cluster, programs, remove
from tests.ledger_help import fund, set_up, wallet

TURNS, DURATION_S, WALLETS = 3, 1.5, 64
SPREAD, HOT = [wallet(number) for number in range(WALLETS)], [wallet(0)]
CASES = (("spread", SPREAD, 1), ("spread", SPREAD, 16), ("hot", HOT, 16))

Case = tuple[str, list[str], int]
Measure = Callable[[str], Awaitable[tuple[int, float]]]  # by a tag for keys: rounds, seconds


@dataclass(frozen=True, slots=True)
class Row:
    """Rounds per second, the ledger's and its counterpart's; `ratio` above 1: the ledger is faster."""

    engine: str
    accounts: str
    at_once: int
    against: str
    ledger_per_s: float
    raw_per_s: float
    ratio: float
    goal: float | None

    @property
    def round_ms(self) -> float:
        """What one round takes the one who waits for it."""
        return 1000 * self.at_once / self.ledger_per_s


def question(key: str, at: datetime) -> NewRow:
    """An ask to be written down."""
    new = NewAsk(key, "T1", key, "C1", key, key, None, "channel", "U0", "How?")
    return asks.new_row(new, at=at, lease_owner="w", lease_until_at=at + raw.LIFE)


def held(key: str, account: str) -> Writes:
    """The note of a hold."""
    note = asks.mark_held(
        key, 0, person_id="T1:U0", account_id=account, hold_key=key, model="m", price="{}", price_book="own",
        bound_micros=raw.AMOUNT,
    )  # fmt: skip
    return (note,)


def streaming(key: str) -> Writes:
    """The note of a dispatch."""
    return (asks.mark_streaming(key, 0, bound_micros=raw.AMOUNT, cap_tokens=100),)


def ended(key: str, at: datetime) -> Writes:
    """The note of a settlement."""
    cost, used = raw.ACTUAL, {"input_tokens": 50, "output_tokens": 35}
    note = asks.mark_ended(key, state="settled", outcome="answered", cost_micros=cost, estimated=False, at=at, **used)
    return (note,)


async def ledger(database: Database, accounts: list[str], at_once: int, tag: str) -> tuple[int, float]:
    """Rounds done by so many tasks through the ledger, and the seconds they took."""
    end, started = time.monotonic() + DURATION_S, time.monotonic()

    async def worker(number: int) -> int:
        done = 0
        while time.monotonic() < end:
            at, key = datetime.now(UTC), f"{tag}-{number}-{done}"
            account = accounts[(number + done) % len(accounts)]
            await database.insert(question(key, at))
            await database.post(Hold(key, account, raw.AMOUNT, raw.AMOUNT, at, at + raw.LIFE, then=held(key, account)))
            await database.post(Dispatch(key, at, then=streaming(key)))
            answer = await database.post(Settle(key, raw.ACTUAL, at, then=ended(key, at)))
            assert isinstance(answer, HoldState), answer
            done += 1
        return done

    counts = await asyncio.gather(*(worker(number) for number in range(at_once)))
    return sum(counts), time.monotonic() - started


def begin(conn: Connection) -> None:
    """A workspace, wallets, and somebody who asks."""
    set_up(conn, WALLETS)
    at = datetime.now(UTC)
    people.ensure_person(
        conn, workspace_id="T1", slack_id="U0", name="U0", email=None, timezone=None, is_admin=False, at=at
    )


async def prepared(url: str) -> Database:
    """An open database with wallets that last."""
    database = await Database.open(url)
    await database.write(begin)
    for account in SPREAD:
        await database.post(fund(f"fund-{account}", account, 10**12))
    return database


async def turns(measures: list[Measure], name: str) -> list[list[float]]:
    """Rounds per second of each measure, in turns; the first turn warms up."""
    found: list[list[float]] = [[] for _ in measures]
    for turn in range(TURNS + 1):
        for number, measure in enumerate(measures):
            rounds, seconds = await measure(f"{name}-{turn}-{number}")
            if turn:
                found[number].append(rounds / seconds)
    return found


def row(
    case: tuple[str, list[str], int], engine: str, against: str, pair: list[list[float]], goal: float | None
) -> Row:
    """The medians of both, and of the ratios of each turn."""
    ours, theirs = pair
    ratio = statistics.median(our / their for our, their in zip(ours, theirs, strict=True))
    return Row(engine, case[0], case[2], against, statistics.median(ours), statistics.median(theirs), ratio, goal)


async def on_postgresql(url: str) -> list[Row]:
    """Against one connection for each task, each step one statement that commits by itself."""
    database, rows = await prepared(url), []
    for case in CASES:
        name, accounts, at_once = case

        async def ours(tag: str, accounts: list[str] = accounts, at_once: int = at_once) -> tuple[int, float]:
            return await ledger(database, accounts, at_once, tag)

        async def theirs(tag: str, accounts: list[str] = accounts, at_once: int = at_once) -> tuple[int, float]:
            return await raw.postgresql(url, accounts, at_once, DURATION_S, tag)

        pair = await turns([ours, theirs], f"{name}{at_once}")
        rows.append(row(case, "PostgreSQL", "one statement a step", pair, 1 / 1.5 if at_once > 1 else None))
    await database.close()
    return rows


async def on_sqlite(path: Path) -> list[Row]:
    """Against one connection that commits each step, and one that commits sixteen steps at once."""
    database, rows = await prepared(f"sqlite:///{path}"), []
    for case in CASES:
        name, accounts, at_once = case

        async def ours(tag: str, accounts: list[str] = accounts, at_once: int = at_once) -> tuple[int, float]:
            return await ledger(database, accounts, at_once, tag)

        async def each(tag: str, accounts: list[str] = accounts) -> tuple[int, float]:
            return await asyncio.to_thread(raw.sqlite, path, accounts, 1, DURATION_S, tag)

        async def grouped(tag: str, accounts: list[str] = accounts) -> tuple[int, float]:
            return await asyncio.to_thread(raw.sqlite, path, accounts, 16, DURATION_S, tag)

        found = await turns([ours, each, grouped], f"{name}{at_once}")
        rows.append(row(case, "SQLite", "a commit a step", found[:2], 2.0 if at_once > 1 else None))
        if at_once > 1:
            rows.append(row(case, "SQLite", "16 steps a commit", [found[0], found[2]], 1 / 3))
    await database.close()
    return rows


def run() -> list[Row]:
    """All figures; PostgreSQL's only where its server programs are installed."""
    folder = Path(tempfile.mkdtemp(prefix="stipend-bench-"))
    try:
        schema.upgrade(f"sqlite:///{folder / 'bench.db'}")
        rows = asyncio.run(on_sqlite(folder / "bench.db"))
    finally:
        shutil.rmtree(folder)
    if programs() is None:
        return rows
    cluster = new_cluster(safe=True)
    try:
        return rows + asyncio.run(on_postgresql(cluster.database()))
    finally:
        remove(cluster)


def table(rows: list[Row]) -> list[str]:
    """The rows as a Markdown table."""
    head = ["| engine | accounts | at once | against | ledger/s | raw/s | ratio | goal | a round |", "|---" * 9 + "|"]
    return head + [
        f"| {r.engine} | {r.accounts} | {r.at_once} | {r.against} | {r.ledger_per_s:,.0f} | {r.raw_per_s:,.0f} "
        f"| {r.ratio:.2f} | {'' if r.goal is None else f'≥ {r.goal:.2f}'} | {r.round_ms:.2f} ms |"
        for r in rows
    ]


if __name__ == "__main__":
    print("\n".join(table(run())))
