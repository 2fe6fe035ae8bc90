"""The Home tab in a large company: 10,000 people and a million questions in the books, opened by each role.

The books are made by SQL of our own, as they would stand after a year. The time is from the opening of the tab, over
the bot, to the view that the workspace has. Run with `python -m benchmarks.home_tab`.
"""

import asyncio
import statistics
import time
from datetime import UTC, datetime

from sqlalchemy import text

from benchmarks.stage import Crowd, Result, cluster_or_none, crowd, start_bot, urls
from sandbox.seed import FRANCES
from store.database import Connection
from store.engines import without_limits
from store.tables import FAR
from store.tables.base import Utc

PEOPLE, ASKS = 10_000, 1_000_000
OPENS = 15
GOAL_S = 0.3
TIMEOUT_S = 20.0
MEMBER, MANAGER = "U0000", "U0001"  # two of whom the stage has made

NUMBERS = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :most - 1) SELECT i FROM n)",
    "postgresql": "(SELECT i FROM generate_series(0, CAST(:most AS int) - 1) AS n(i))",
}
# A question every half minute, the last one just now.
MOMENT = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%f000+00:00', :now, '-' || ((:most - i) * 30) || ' seconds')",
    "postgresql": "CAST(:now AS timestamptz) - (CAST(:most AS int) - i) * interval '30 seconds'",
}
PERSON = {
    "sqlite": "'T0ACME:U' || substr('0000' || (i % 10000), -4)",
    "postgresql": "'T0ACME:U' || lpad((i % 10000)::text, 4, '0')",
}
PEOPLE_SQL = (
    """
    INSERT INTO person (id, workspace_id, slack_id, name, is_admin, created_at)
    SELECT {person}, 'T0ACME', substr({person}, 8), 'Person ' || i, false, :now FROM {numbers} AS n WHERE i > 49
    """,
    """
    INSERT INTO account (id, workspace_id, kind, owner_id, posted_micros, next_event_at)
    SELECT 'person:' || {person}, 'T0ACME', 'person', {person}, 5000000, :far FROM {numbers} AS n WHERE i > 49
    """,
    """
    INSERT INTO team (id, workspace_id, name, name_key, pool_for_members, created_at)
    SELECT 'team' || i, 'T0ACME', 'Team ' || i, 'team ' || i, true, :now FROM {numbers} AS n WHERE i < 100
    """,
    """
    INSERT INTO account (id, workspace_id, kind, owner_id, posted_micros, next_event_at)
    SELECT 'team:team' || i, 'T0ACME', 'team', 'team' || i, 900000000, :far FROM {numbers} AS n WHERE i < 100
    """,
    """
    INSERT INTO membership (team_id, person_id, role, created_at)
    SELECT 'team' || (i % 100), {person}, CASE WHEN i < 100 THEN 'manager' ELSE 'member' END, :now
    FROM {numbers} AS n
    """,
)
ASKS_SQL = (
    """
    INSERT INTO ask (id, workspace_id, event_id, channel_id, message_ts, thread_ts, place, asker_id, person_id, state,
        lease_until_at, account_id, hold_key, model, cost_micros, input_tokens, output_tokens, told_at, created_at,
        ended_at)
    SELECT 'seed' || i, 'T0ACME', 'seed' || i, 'C0GENERAL', 'seed' || i, 'seed' || i, 'channel', substr({person}, 8),
        {person}, 'settled', {moment}, 'person:' || {person}, 'seed' || i, 'standin', 900, 500, 200, {moment},
        {moment}, {moment}
    FROM {numbers} AS n
    """,
    """
    INSERT INTO transfer (workspace_id, request_key, fingerprint, kind, amount_micros, debit_account_id,
        credit_account_id, hold_key, created_at)
    SELECT 'T0ACME', 'settle:seed' || i, 'seed', 'consume', 900, 'person:' || {person}, 'consumed:T0ACME',
        'seed' || i, {moment}
    FROM {numbers} AS n
    """,
)


def fill(conn: Connection) -> None:
    """Make the books as large as they are to be."""
    dialect, now = conn.dialect, datetime.now(UTC)
    without_limits(conn)
    if dialect.name == "postgresql":
        conn.execute(text("SET LOCAL session_replication_role = replica"))  # a million look-ups of foreign keys less
    known = {"now": Utc().process_bind_param(now, dialect), "far": Utc().process_bind_param(FAR, dialect)}
    parts = {"person": PERSON[dialect.name], "numbers": NUMBERS[dialect.name], "moment": MOMENT[dialect.name]}
    for statements, most in ((PEOPLE_SQL, PEOPLE), (ASKS_SQL, ASKS)):
        for statement in statements:
            sql = statement.format(**parts)
            values = {**known, "most": most}
            conn.execute(text(sql), {name: value for name, value in values.items() if f":{name}" in sql})
    conn.execute(text("ANALYZE"))


async def open_once(at: Crowd, who: str) -> float:
    """Seconds from opening the tab to its view."""
    people = at.stage.people
    known = len(await people.calls("views.publish"))
    began_s = time.monotonic()
    await people.open_tab(who, "home")
    while len(await people.calls("views.publish")) <= known:
        if time.monotonic() - began_s > TIMEOUT_S:
            raise AssertionError(at.stage.log[-3000:])
        await asyncio.sleep(0.002)
    return time.monotonic() - began_s


async def measure(engine: str, url: str) -> list[Result]:
    """Each role's tab on one engine."""
    async with crowd(url, rooms=0) as at:
        await at.database.write(fill)
        await start_bot(at)
        return [await role(engine, at, name, who) for name, who in
                (("member", MEMBER), ("manager", MANAGER), ("admin", FRANCES))]  # fmt: skip


async def role(engine: str, at: Crowd, name: str, who: str) -> Result:
    """The median and the worst of some openings, after one that is not counted."""
    await open_once(at, who)
    times_s = []
    for _ in range(OPENS):
        await asyncio.sleep(0.2)
        times_s.append(await open_once(at, who))
    median_s, worst_s = statistics.median(times_s), max(times_s)
    figures = f"median {median_s * 1e3:.0f} ms, worst of {OPENS} {worst_s * 1e3:.0f} ms"
    what = f"Home tab, {name}, {PEOPLE:,} people, {ASKS // 10**6}M questions"
    return Result(what, engine, figures, "median under 300 ms", median_s < GOAL_S)


async def run_async() -> list[Result]:
    """Both engines, where both are there."""
    with cluster_or_none() as cluster, urls(cluster) as found:
        return [each for engine, url in found.items() for each in await measure(engine, url)]


def run() -> list[Result]:
    """Measure."""
    return asyncio.run(run_async())


if __name__ == "__main__":
    for row in run():
        print(f"{row.engine}, {row.what}: {row.figures}; met: {row.met}")
