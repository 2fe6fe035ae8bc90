"""Inserting what may be there already, the same on both engines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from json import dumps
from typing import Any

from sqlalchemy import Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to be inserted unless one of its unique keys is taken. Rows of one table have the same columns."""

    table: Table
    values: Mapping[str, Any]

    @property
    def key(self) -> tuple[Any, ...]:
        """Its table and primary key."""
        return self.table, *(self.values[column.name] for column in self.table.primary_key)


def insert_rows(conn: Connection, rows: Sequence[NewRow]) -> list[bool]:
    """Insert rows, those of a table in one statement; for each whether it was inserted, and by this very row."""
    inserted: set[tuple[Any, ...]] = set()
    for table in {row.table: row for row in rows}:
        many = [dict(row.values) for row in rows if row.table is table]
        inserted |= {(table, *key) for key in _insert(conn, table, many)}
    answers = []
    for row in rows:
        answers.append(row.key in inserted)
        inserted.discard(row.key)
    return answers


def _insert(conn: Connection, table: Table, many: Sequence[dict[str, Any]]) -> Iterable[Row[Any]]:
    """The keys of those that were inserted. For PostgreSQL all rows are one parameter: one text, prepared once."""
    if conn.dialect.name != "postgresql":
        return conn.execute(_statement(conn.dialect.name, table), many)
    return conn.exec_driver_sql(_from_json(table, tuple(many[0])), (dumps(many, default=str),))


@cache
def _from_json(table: Table, names: tuple[str, ...]) -> str:
    columns, key = ", ".join(names), ", ".join(table.primary_key.columns.keys())
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} "  # noqa: S608  # our own names
        f"FROM jsonb_populate_recordset(NULL::{table.name}, CAST(%s AS jsonb)) ON CONFLICT DO NOTHING RETURNING {key}"
    )


def insert_missing(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one of its unique keys is taken; True when it was inserted."""
    # Not rowcount: after an INSERT SQLAlchemy has it on some drivers only.
    return conn.execute(_statement(conn.dialect.name, table), dict(values)).first() is not None


@cache
def _statement(dialect: str, table: Table) -> ReturningInsert[Any]:
    """Built once: a statement made anew for each row costs more than the row."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
