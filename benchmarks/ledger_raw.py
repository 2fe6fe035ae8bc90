"""The same work as hand-written SQL: what the ledger is measured against. No checks beyond the guards in the SQL."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

AMOUNT, ACTUAL = 300, 120
LIFE = timedelta(minutes=5)

PG_ASK = """
    INSERT INTO ask (id, workspace_id, event_id, channel_id, message_ts, thread_ts, place, asker_id, question, state,
        lease_owner, lease_until_at, created_at)
    VALUES (%(key)s, 'T1', %(key)s, 'C1', %(key)s, %(key)s, 'channel', 'U0', 'How?', 'received', 'w', %(expires_at)s,
        %(at)s)
    ON CONFLICT DO NOTHING
"""
PG_HOLD = """
    WITH a AS (
        UPDATE account SET held_micros = held_micros + %(amount)s
        WHERE id = %(account)s AND posted_micros - held_micros >= %(amount)s AND next_event_at > %(at)s
        RETURNING posted_micros, held_micros
    ), h AS (
        INSERT INTO hold (key, account_id, amount_micros, state, fingerprint, created_at, expires_at)
        SELECT %(key)s, %(account)s, %(amount)s, 'open', 'f', %(at)s, %(expires_at)s FROM a
    ), n AS (
        UPDATE ask SET state = 'held', account_id = %(account)s, hold_key = %(key)s, model = 'm', price = '{}',
            price_book = 'own', bound_micros = %(amount)s
        FROM a WHERE ask.id = %(key)s AND state = 'received'
    ) SELECT * FROM a
"""
PG_DISPATCH = """
    WITH n AS (
        UPDATE ask SET state = 'streaming', bound_micros = 300, cap_tokens = 100 WHERE id = %(key)s AND state = 'held'
    )
    UPDATE hold SET state = 'dispatched', dispatched_at = %(at)s WHERE key = %(key)s AND state = 'open'
"""
PG_SETTLE = """
    WITH h AS (
        UPDATE hold SET state = 'settled', actual_micros = %(actual)s, charged_micros = %(actual)s, closed_at = %(at)s
        WHERE key = %(key)s AND state = 'dispatched' RETURNING account_id, amount_micros
    ), a AS (
        UPDATE account SET posted_micros = posted_micros - %(actual)s, held_micros = held_micros - h.amount_micros,
            unattributed_micros = unattributed_micros + %(actual)s
        FROM h WHERE id = h.account_id RETURNING id, posted_micros, held_micros
    ), t AS (
        INSERT INTO transfer (workspace_id, request_key, fingerprint, kind, amount_micros, debit_account_id,
            credit_account_id, hold_key, created_at)
        SELECT 'T1', 'settle:' || %(key)s, 'f', 'consume', %(actual)s, id, 'consumed:T1', %(key)s, %(at)s FROM a
    ), n AS (
        UPDATE ask SET state = 'settled', outcome = 'answered', question = NULL, input_tokens = 50,
            output_tokens = 35, cost_micros = %(actual)s, ended_at = %(at)s
        FROM a WHERE ask.id = %(key)s AND state = 'streaming'
    ) SELECT * FROM a
"""


async def postgresql(url: str, accounts: list[str], at_once: int, duration_s: float, tag: str) -> tuple[int, float]:
    """Rounds done by so many connections, each on its own, and the seconds they took."""
    connections = [await psycopg.AsyncConnection.connect(url, autocommit=True) for _ in range(at_once)]
    end, started = time.monotonic() + duration_s, time.monotonic()

    async def worker(number: int, conn: psycopg.AsyncConnection) -> int:
        done, cursor = 0, conn.cursor()
        while time.monotonic() < end:
            at, key = datetime.now(UTC), f"{tag}-{number}-{done}"
            account = accounts[(number + done) % len(accounts)]
            values = {"account": account, "amount": AMOUNT, "at": at, "key": key, "expires_at": at + LIFE}
            await cursor.execute(PG_ASK, {"key": key, "at": at, "expires_at": at + LIFE}, prepare=True)
            await cursor.execute(PG_HOLD, values, prepare=True)
            await cursor.execute(PG_DISPATCH, {"key": key, "at": at}, prepare=True)
            await cursor.execute(PG_SETTLE, {"key": key, "actual": ACTUAL, "at": at}, prepare=True)
            done += 1
        return done

    counts = await asyncio.gather(*(worker(number, conn) for number, conn in enumerate(connections)))
    took = time.monotonic() - started
    for conn in connections:
        await conn.close()
    return sum(counts), took


def question(cursor: sqlite3.Cursor, key: str, at: str, expires_at: str) -> None:
    """The one statement that writes a question down."""
    cursor.execute(
        "INSERT INTO ask (id, workspace_id, event_id, channel_id, message_ts, thread_ts, place, asker_id, question, "
        "state, lease_owner, lease_until_at, created_at) "
        "VALUES (?, 'T1', ?, 'C1', ?, ?, 'channel', 'U0', 'How?', 'received', 'w', ?, ?) ON CONFLICT DO NOTHING",
        (key, key, key, key, expires_at, at),
    )


def hold(cursor: sqlite3.Cursor, key: str, account: str, at: str, expires_at: str) -> None:
    """The statements of a hold, and its note on the ask."""
    cursor.execute(
        "UPDATE account SET held_micros = held_micros + ? "
        "WHERE id = ? AND posted_micros - held_micros >= ? AND next_event_at > ?",
        (AMOUNT, account, AMOUNT, at),
    )
    assert cursor.rowcount == 1
    cursor.execute(
        "INSERT INTO hold (key, account_id, amount_micros, state, fingerprint, created_at, expires_at) "
        "VALUES (?, ?, ?, 'open', 'f', ?, ?)",
        (key, account, AMOUNT, at, expires_at),
    )
    cursor.execute(
        "UPDATE ask SET state = 'held', account_id = ?, hold_key = ?, model = 'm', price = '{}', price_book = 'own', "
        "bound_micros = ? WHERE id = ? AND state = 'received'",
        (account, key, AMOUNT, key),
    )


def dispatch(cursor: sqlite3.Cursor, key: str, at: str) -> None:
    """The statement of a dispatch, and its note."""
    cursor.execute(
        "UPDATE hold SET state = 'dispatched', dispatched_at = ? WHERE key = ? AND state = 'open'", (at, key)
    )
    assert cursor.rowcount == 1
    cursor.execute(
        "UPDATE ask SET state = 'streaming', bound_micros = ?, cap_tokens = 100 WHERE id = ? AND state = 'held'",
        (AMOUNT, key),
    )


def settle(cursor: sqlite3.Cursor, key: str, account: str, at: str) -> None:
    """The three statements of a settlement, and its note."""
    cursor.execute(
        "UPDATE hold SET state = 'settled', actual_micros = ?, charged_micros = ?, closed_at = ? "
        "WHERE key = ? AND state = 'dispatched'",
        (ACTUAL, ACTUAL, at, key),
    )
    assert cursor.rowcount == 1
    cursor.execute(
        "UPDATE account SET posted_micros = posted_micros - ?, held_micros = held_micros - ?, "
        "unattributed_micros = unattributed_micros + ? WHERE id = ?",
        (ACTUAL, AMOUNT, ACTUAL, account),
    )
    cursor.execute(
        "INSERT INTO transfer (workspace_id, request_key, fingerprint, kind, amount_micros, debit_account_id, "
        "credit_account_id, hold_key, created_at) VALUES ('T1', ?, 'f', 'consume', ?, ?, 'consumed:T1', ?, ?)",
        (f"settle:{key}", ACTUAL, account, key, at),
    )
    cursor.execute(
        "UPDATE ask SET state = 'settled', outcome = 'answered', question = NULL, input_tokens = 50, "
        "output_tokens = 35, cost_micros = ?, ended_at = ? WHERE id = ? AND state = 'streaming'",
        (ACTUAL, at, key),
    )


def sqlite(path: Path, accounts: list[str], group: int, duration_s: float, tag: str) -> tuple[int, float]:
    """Rounds done by one connection that commits after so many steps, and the seconds they took."""
    conn = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        conn.execute(f"PRAGMA {pragma}")
    cursor, done, started = conn.cursor(), 0, time.monotonic()
    while time.monotonic() - started < duration_s:
        at = datetime.now(UTC)
        now, later = at.isoformat(timespec="microseconds"), (at + LIFE).isoformat(timespec="microseconds")
        group_of = [(f"{tag}-{done + i}", accounts[(done + i) % len(accounts)]) for i in range(group)]
        for _ in grouped(cursor):
            for key, _account in group_of:
                question(cursor, key, now, later)
        for _ in grouped(cursor):
            for key, account in group_of:
                hold(cursor, key, account, now, later)
        for _ in grouped(cursor):
            for key, _account in group_of:
                dispatch(cursor, key, now)
        for _ in grouped(cursor):
            for key, account in group_of:
                settle(cursor, key, account, now)
        done += group
    took = time.monotonic() - started
    conn.close()
    return done, took


def grouped(cursor: sqlite3.Cursor) -> Iterator[None]:
    """One transaction."""
    cursor.execute("BEGIN IMMEDIATE")
    yield
    cursor.execute("COMMIT")
