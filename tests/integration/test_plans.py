"""What the clock runs every few seconds reads what is due and not whole tables, on both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert

from store import asks
from store.engines import make_engine, parse
from store.ledger.load import HOLDS
from store.ledger.sql import spelled
from store.sweep import expire_due, sweep
from store.tables import FAR, account, ask, hold, workspace

NOW = datetime(2026, 3, 2, tzinfo=UTC)
OVER = NOW - timedelta(days=1)
ROWS = 4_000  # of each kind that is over and done
Statement = tuple[str, Any]


def account_row(number: int) -> dict[str, object]:
    """A wallet; the first has a hold, the second something that is past its expiry."""
    return {
        "id": f"person:{number}", "workspace_id": "T1", "kind": "person", "owner_id": str(number),
        "posted_micros": 10, "held_micros": 5 if number == 0 else 0, "next_event_at": OVER if number == 1 else FAR,
    }  # fmt: skip


def hold_row(number: int) -> dict[str, object]:
    """A closed hold; the first is open and past its expiry."""
    state, closed_at = ("open", None) if number == 0 else ("settled", OVER)
    return {
        "key": f"h{number}", "account_id": f"person:{number}", "amount_micros": 5, "state": state, "fingerprint": "f",
        "created_at": OVER, "expires_at": OVER, "closed_at": closed_at,
    }  # fmt: skip


def ask_row(number: int) -> dict[str, object]:
    """An ask whose end was told; the first is live, and its lease has lapsed."""
    state, told_at = ("received", None) if number == 0 else ("settled", OVER)
    return {
        "id": f"a{number}", "workspace_id": "T1", "event_id": str(number), "channel_id": "C", "thread_ts": "1",
        "message_ts": str(number), "place": "dm", "asker_id": "U", "state": state, "lease_until_at": OVER,
        "told_at": told_at, "created_at": OVER,
    }  # fmt: skip


@pytest.fixture
def full(database_url: str) -> Iterator[Engine]:
    """A database with a past."""
    engine = make_engine(parse(database_url))
    with engine.begin() as conn:
        conn.execute(insert(workspace), {"id": "T1", "name": "T", "created_at": OVER})
        for table, row in ((account, account_row), (hold, hold_row), (ask, ask_row)):
            conn.execute(insert(table), [row(number) for number in range(ROWS)])
        conn.exec_driver_sql("ANALYZE")
    yield engine
    engine.dispose()


def clock_work(conn: Connection) -> list[str]:
    """What is found due by each of the clock's jobs."""
    taken = asks.claim_lapsed(conn, at=NOW, lease_owner="w", lease_until_at=NOW + timedelta(minutes=1), limit=20)
    return [one.id for one in taken] + [one.key for one in sweep(conn, NOW)] + list(expire_due(conn, NOW))


def plan(conn: Connection, statement: Statement) -> str:
    """How the database would run a statement."""
    explain = "EXPLAIN QUERY PLAN" if conn.dialect.name == "sqlite" else "EXPLAIN"
    if conn.dialect.name == "postgresql":  # without it a missing index shows less: another one would be read in full
        conn.exec_driver_sql("SET LOCAL enable_seqscan = on")
    return "\n".join(str(row) for row in conn.exec_driver_sql(f"{explain} {statement[0]}", statement[1]))


def test_the_clock_reads_no_whole_table(full: Engine) -> None:
    ran: list[Statement] = []

    def note(conn: Connection, cursor: object, sql: str, values: object, context: object, many: bool) -> None:
        if sql.lstrip().startswith(("SELECT", "UPDATE")):
            one = values[0] if many and isinstance(values, list) else values
            ran.append((sql, one))

    with full.connect() as conn:
        event.listen(full, "before_cursor_execute", note)
        found = clock_work(conn)
        event.remove(full, "before_cursor_execute", note)
        assert found == ["a0", "h0", "person:1"]
        conn.rollback()
        assert len(ran) >= 6
        for statement in ran:
            found_plan = plan(conn, statement)
            for table in ("ask", "hold", "account"):
                assert f"Seq Scan on {table}" not in found_plan, (statement[0], found_plan)
                assert f"SCAN {table}'" not in found_plan, (statement[0], found_plan)
                assert f"SCAN {table} USING INDEX sqlite" not in found_plan, (statement[0], found_plan)


def test_a_plan_made_while_tables_are_new_goes_by_keys(postgresql_url: str) -> None:
    engine = make_engine(parse(postgresql_url))
    with engine.connect() as conn:
        conn.exec_driver_sql(f"PREPARE found (text[]) AS {spelled(HOLDS, 'postgresql').replace('%s', '$1')}")
        found = "\n".join(str(row) for row in conn.exec_driver_sql("EXPLAIN EXECUTE found ('{a,b,c}')"))
    engine.dispose()
    assert "pk_hold" in found, found
    assert "Seq Scan" not in found, found
