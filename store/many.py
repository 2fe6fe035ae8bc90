"""Writing many rows in few statements, the same on both engines, in batches so that one can tell how far it is.

PostgreSQL gets a batch as one parameter, which is several times cheaper than a message for each row.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, Text, and_, bindparam, cast, column, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB

BATCH = 1_000
Wrote = Callable[[int], None]  # told how many rows more were written
Rows = Sequence[Mapping[str, Any]]


def tell_nobody(_: int) -> None:
    """For who does not want to know how many were written."""


def insert_many(conn: Connection, table: Table, rows: Rows, wrote: Wrote = tell_nobody) -> None:
    """Insert rows that all have the same columns. What is there already stays."""
    if rows:
        _run(conn, _insert(conn.dialect.name, table, tuple(rows[0]), ()), rows, wrote)


def put_many(conn: Connection, table: Table, rows: Rows, replaced: tuple[str, ...], wrote: Wrote = tell_nobody) -> None:
    """Insert rows, each key once; of what is there already, the columns of `replaced` are written anew."""
    if rows:
        _run(conn, _insert(conn.dialect.name, table, tuple(rows[0]), replaced), rows, wrote)


def update_many(conn: Connection, table: Table, rows: Rows, wrote: Wrote = tell_nobody) -> None:
    """Write the columns that rows have beside the primary key."""
    if rows:
        _run(conn, _update(conn.dialect.name, table, tuple(rows[0])), rows, wrote)


def delete_many(conn: Connection, table: Table, rows: Rows, only: Any, wrote: Wrote = tell_nobody) -> None:
    """Delete the rows that are like these in all their columns, and fulfil `only`."""
    if rows:
        _run(conn, _delete(conn.dialect.name, table, tuple(rows[0])).where(only), rows, wrote)


def _run(conn: Connection, statement: Any, rows: Rows, wrote: Wrote) -> None:
    for at in range(0, len(rows), BATCH):
        batch = [dict(row) for row in rows[at : at + BATCH]]
        if conn.dialect.name == "postgresql":
            conn.execute(statement, {"batch": json.dumps(batch, default=str)})
        else:
            conn.execute(statement, [{f"of_{name}": value for name, value in row.items()} for row in batch])
        wrote(len(batch))


@cache
def _source(table: Table, names: tuple[str, ...]) -> Any:
    """A batch as a table."""
    typed = (column(name, table.c[name].type) for name in names)
    batch = cast(bindparam("batch", type_=Text), JSONB)
    return func.jsonb_to_recordset(batch).table_valued(*typed).render_derived(name="batch", with_types=True)


def _values(table: Table, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: bindparam(f"of_{name}", type_=table.c[name].type) for name in names}


@cache
def _insert(dialect: str, table: Table, names: tuple[str, ...], replaced: tuple[str, ...]) -> Any:
    made: Any
    if dialect == "postgresql":
        made = postgresql.insert(table).from_select(names, select(*_source(table, names).c))
    else:
        made = sqlite.insert(table).values(_values(table, names))
    if not replaced:
        return made.on_conflict_do_nothing()
    key = [each.name for each in table.primary_key]
    return made.on_conflict_do_update(index_elements=key, set_={name: made.excluded[name] for name in replaced})


@cache
def _update(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    key = {each.name for each in table.primary_key}
    given = _source(table, names).c if dialect == "postgresql" else _values(table, names)
    same = and_(*(table.c[name] == given[name] for name in names if name in key))
    return update(table).where(same).values({name: given[name] for name in names if name not in key})


@cache
def _delete(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    given = _source(table, names).c if dialect == "postgresql" else _values(table, names)
    return delete(table).where(and_(*(table.c[name] == given[name] for name in names)))
