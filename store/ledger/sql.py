"""SQL as the drivers take it, for the hot path: positional text, tuples in, tuples out.

SQLAlchemy's expressions cost more than the statements themselves when many rows go through them; its connections,
transactions and errors stay in use. Statements are written with `?`; lists of keys are one parameter, so that each
statement has one text, prepared once.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from json import dumps
from typing import Any

from sqlalchemy import Connection

Values = tuple[Any, ...]
Stamp = Callable[[datetime | None], Any]  # a time as the driver takes it
AMONG = {"sqlite": "IN (SELECT value FROM json_each(?))", "postgresql": "= ANY(%s)"}
LOCKED = {"sqlite": "", "postgresql": "FOR NO KEY UPDATE"}  # SQLite's writer is alone


@cache
def spelled(sql: str, dialect: str) -> str:
    """A statement in a driver's spelling. `{among}`: is one of a list; `{locked}`: until the transaction ends."""
    spelt = sql.replace("{locked}", LOCKED[dialect]).replace("{among}", AMONG[dialect])
    return spelt.replace("?", "%s") if dialect == "postgresql" else spelt


def as_text(value: datetime | None) -> str | None:
    """A time as SQLite keeps it: sortable text."""
    return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")


def as_time(value: datetime | None) -> datetime | None:
    """A time as PostgreSQL's driver takes it."""
    return value


STAMPS: dict[str, Stamp] = {"sqlite": as_text, "postgresql": as_time}


def find(conn: Connection, sql: str, keys: Collection[str]) -> Sequence[Values]:
    """The rows of a query by `{among}` a list of keys; none without keys."""
    if not keys:
        return []
    dialect = conn.dialect.name
    wanted = sorted(keys)
    parameter = dumps(wanted) if dialect == "sqlite" else wanted
    return conn.exec_driver_sql(spelled(sql, dialect), (parameter,)).all()


def run(conn: Connection, sql: str, rows: Sequence[Values]) -> int:
    """Run a statement for each row of values, times as `STAMPS` makes them: how many rows of the table it hit."""
    return conn.exec_driver_sql(spelled(sql, conn.dialect.name), list(rows)).rowcount if rows else 0


def columns(names: Sequence[str]) -> str:
    """`a, b, c`."""
    return ", ".join(names)


def insert_into(table: str, names: Sequence[str]) -> str:
    """INSERT of these columns."""
    return f"INSERT INTO {table} ({columns(names)}) VALUES ({columns('?' * len(names))})"  # noqa: S608  # our own names
