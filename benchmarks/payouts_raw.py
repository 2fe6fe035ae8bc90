"""A payout as hand-written SQL: lines, transfers, lots and balances, 250 people a commit, without a check or a lock."""

import json
import sqlite3
import time
from collections.abc import Iterator
from itertools import islice

import psycopg

BATCH = 250
AT, NOW_ENDS, LATER_ENDS = "2026-11-22T12:00:00+00:00", "2026-11-30T23:00:00+00:00", "2026-12-31T23:00:00+00:00"
PEOPLE = "SELECT id FROM person WHERE workspace_id = 'T1' ORDER BY created_at, id"
PAYOUT = (
    "INSERT INTO payout (allowance_id, period_on, workspace_id, state, until_at, later_until_at, missed, began_at) "
    f"VALUES ('a', '2026-11-01', 'T1', 'paying', '{NOW_ENDS}', '{LATER_ENDS}', false, '{AT}')"  # ours
)

Row = tuple[object, ...]


def pay(url: str, each: int, rolls: int) -> float:
    """Write it all; the seconds that it took."""
    started = time.monotonic()
    if url.startswith("sqlite"):
        on_sqlite(url.removeprefix("sqlite:///"), each, rolls)
    else:
        on_postgresql(url, each, rolls)
    return time.monotonic() - started


def batches(people: list[str]) -> Iterator[list[str]]:
    """So many at a time."""
    following = iter(people)
    while some := list(islice(following, BATCH)):
        yield some


def rows_of(some: list[str], each: int, rolls: int) -> tuple[list[Row], list[Row]]:
    """The transfers and the lots of some people."""
    parts = [("now", each - rolls, NOW_ENDS), ("later", rolls, LATER_ENDS)]
    named = [(f"allowance:a:2026-11-01:{who}:{name}", who, part, end) for who in some for name, part, end in parts]
    transfers: list[Row] = [
        ("T1", key, "f", "allowance", part, "company:T1", f"person:{who}", "November 2026", end, AT)
        for key, who, part, end in named
    ]
    return transfers, [(f"person:{who}", key, part, part, end, AT) for key, who, part, end in named]


def on_sqlite(path: str, each: int, rolls: int) -> None:
    """With the driver's own way of many rows."""
    conn = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        conn.execute(f"PRAGMA {pragma}")
    people = [row[0] for row in conn.execute(PEOPLE)]
    conn.execute("BEGIN IMMEDIATE")
    conn.execute(PAYOUT)
    conn.executemany(
        "INSERT INTO payout_line (allowance_id, period_on, person_id, place, amount_micros, state) "
        "VALUES ('a', '2026-11-01', ?, ?, ?, 'due')",
        [(who, place, each) for place, who in enumerate(people)],
    )
    conn.execute("COMMIT")
    for some in batches(people):
        transfers, lots = rows_of(some, each, rolls)
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany(
            "INSERT INTO transfer (workspace_id, request_key, fingerprint, kind, amount_micros, debit_account_id, "
            "credit_account_id, reason, until_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            transfers,
        )
        conn.executemany(
            "INSERT INTO lot (account_id, request_key, granted_micros, remaining_micros, expires_at, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            lots,
        )
        conn.executemany(
            "UPDATE account SET posted_micros = posted_micros + ?, next_event_at = ? WHERE id = ?",
            [(each, NOW_ENDS, f"person:{who}") for who in some],
        )
        total = each * len(some)
        conn.execute("UPDATE account SET posted_micros = posted_micros - ? WHERE id = 'company:T1'", (total,))
        conn.execute("UPDATE lot SET remaining_micros = remaining_micros - ? WHERE account_id = 'company:T1'", (total,))
        conn.execute(
            "UPDATE payout_line SET state = 'paid' WHERE allowance_id = 'a' AND period_on = '2026-11-01' "
            "AND person_id IN (SELECT value FROM json_each(?))",
            (json.dumps(some),),
        )
        conn.execute("COMMIT")
    conn.close()


def on_postgresql(url: str, each: int, rolls: int) -> None:
    """With one array statement for each kind of row."""
    with psycopg.connect(url) as conn:
        people = [row[0] for row in conn.execute(PEOPLE)]
        conn.execute(PAYOUT)
        conn.execute(
            "INSERT INTO payout_line (allowance_id, period_on, person_id, place, amount_micros, state) "
            "SELECT 'a', '2026-11-01', who, place, %s, 'due' FROM unnest(%s::text[]) WITH ORDINALITY AS p(who, place)",
            (each, people),
        )
        conn.commit()
        for some in batches(people):
            transfers, lots = rows_of(some, each, rolls)
            conn.execute(
                "INSERT INTO transfer (workspace_id, request_key, fingerprint, kind, amount_micros, debit_account_id, "
                "credit_account_id, reason, until_at, created_at) SELECT * FROM unnest(%s::text[], %s::text[], "
                "%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], "
                "%s::timestamptz[])",
                [list(column) for column in zip(*transfers, strict=True)],
            )
            conn.execute(
                "INSERT INTO lot (account_id, request_key, granted_micros, remaining_micros, expires_at, created_at) "
                "SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], "
                "%s::timestamptz[])",
                [list(column) for column in zip(*lots, strict=True)],
            )
            wallets, total = [f"person:{who}" for who in some], each * len(some)
            conn.execute(
                "UPDATE account SET posted_micros = posted_micros + %s, next_event_at = %s WHERE id = ANY(%s)",
                (each, NOW_ENDS, wallets),
            )
            conn.execute("UPDATE account SET posted_micros = posted_micros - %s WHERE id = 'company:T1'", (total,))
            conn.execute(
                "UPDATE lot SET remaining_micros = remaining_micros - %s WHERE account_id = 'company:T1'", (total,)
            )
            conn.execute(
                "UPDATE payout_line SET state = 'paid' WHERE allowance_id = 'a' AND period_on = '2026-11-01' "
                "AND person_id = ANY(%s)",
                (some,),
            )
            conn.commit()
