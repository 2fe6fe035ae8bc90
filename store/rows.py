"""Inserting what may be there already, the same on both engines."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_missing(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one of its unique keys is taken; True when it was inserted."""
    make = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    return conn.execute(make(table).values(**values).on_conflict_do_nothing()).rowcount == 1
