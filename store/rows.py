"""Inserting what may be there already, the same on both engines."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert


def insert_missing(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one of its unique keys is taken; True when it was inserted."""
    # Not rowcount: after an INSERT SQLAlchemy has it on some drivers only.
    return conn.execute(_statement(conn.dialect.name, table), dict(values)).first() is not None


@cache
def _statement(dialect: str, table: Table) -> ReturningInsert[Any]:
    """Built once: a statement made anew for each row costs more than the row."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
