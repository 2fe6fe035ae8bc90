"""Connections to SQLite and PostgreSQL, and what their refusals mean."""

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

BUSY_TIMEOUT_S = 10
READERS, LOOKERS, WRITERS = 4, 2, 6  # connections; at most twelve of a process on PostgreSQL
CONNECT_TIMEOUT_S = 10
# A replica that hangs with a row locked must not stop the others, nor keep one that is told to end from ending.
LOCK_TIMEOUT_S, STATEMENT_TIMEOUT_S, IDLE_TIMEOUT_S = 5, 30, 30
SESSION = (
    f"-c timezone=UTC -c lock_timeout={LOCK_TIMEOUT_S}s -c statement_timeout={STATEMENT_TIMEOUT_S}s "
    f"-c idle_in_transaction_session_timeout={IDLE_TIMEOUT_S}s"
)
# Who writes looks rows up by their keys. A plan made while the tables were new would read all of them, and be kept
# until they are next analysed; plans made anew for each execution cost more than most statements.
BY_KEY = " -c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan"
ALIVE = {  # a server that is gone without a word is noticed within half a minute
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds
}
FORMS = "Write it like sqlite:///stipend.db or postgresql://user:password@host:5432/name."


class Unavailable(Exception):
    """The database is gone, locked for too long, read-only or its disk is full. One plain sentence; may be retried."""


class Locked(Unavailable):
    """Somebody else keeps a row, or the file, locked for too long."""


def parse(url: str) -> URL:
    """A database's address. ValueError with a sentence, and without the password, when it is none we can use."""
    try:
        parsed = make_url(url.strip())
        scheme = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise ValueError(f"The database address cannot be read. {FORMS}") from None
    if scheme in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if scheme != "sqlite":
        raise ValueError(f"The database {scheme!r} is not supported. {FORMS}")
    if parsed.database in {None, "", ":memory:"}:
        raise ValueError(f"A database in memory would forget its money; name a file. {FORMS}")
    return parsed.set(drivername="sqlite+pysqlite")


def file_of(url: str) -> Path | None:
    """The file that a SQLite database is in, there or not; None for a server's. Raises ValueError as `parse` does."""
    parsed = parse(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def make_engine(url: URL, *, reading: bool = False, single: bool = False, pool_size: int = WRITERS) -> Engine:
    """An engine for one kind of work. It connects when first used; `dispose()` closes its connections.

    `reading`: it cannot write, and a transaction sees one moment. `single`: each statement is a transaction, which
    spares PostgreSQL two messages out of three.
    """
    if url.get_backend_name() == "sqlite":
        return sqlite_engine(url, reading, pool_size)
    options = SESSION + (" -c default_transaction_read_only=on" if reading else BY_KEY)
    connect = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "stipend", "options": options} | ALIVE
    level: Any = "AUTOCOMMIT" if single else "REPEATABLE READ" if reading else None
    # hide_parameters: an error's text goes to the log, and a parameter may be a question
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=0, connect_args=connect, hide_parameters=True, isolation_level=level
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: psycopg.Connection, _: Any) -> None:
        connection.adapters.register_dumper(int, Int8Dumper)  # one size, so that a statement is prepared once

    return engine


# secure_delete: what is cleared or deleted is overwritten in the file (questions, texts past their time).
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")


def sqlite_engine(url: URL, reading: bool, pool_size: int) -> Engine:
    """SQLite in WAL with full syncs. A writer takes the lock at BEGIN: to read first and lock later fails at once."""
    connect = {"timeout": BUSY_TIMEOUT_S, "isolation_level": None}
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, connect_args=connect, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in (*PRAGMAS, f"query_only={int(reading)}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


SQLITE_SENTENCES = {
    sqlite3.SQLITE_BUSY: "The database file is locked by another program.",
    sqlite3.SQLITE_LOCKED: "The database file is locked by another program.",
    sqlite3.SQLITE_READONLY: "The database file is read-only.",
    sqlite3.SQLITE_FULL: "The disk with the database is full.",
    sqlite3.SQLITE_IOERR: "The disk with the database reports an error.",
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened.",
    sqlite3.SQLITE_CORRUPT: "The database file is damaged.",
    sqlite3.SQLITE_NOTADB: "The database file is not an SQLite database.",
}
POSTGRESQL_SENTENCES = {
    "25P03": "The connection to the database was lost.",  # it ended our transaction for being idle
    "57014": "The database took too long.",
    "08": "The connection to the database was lost.",
    "25006": "The database is read-only.",
    "28": "The database refuses the name or the password.",
    "3D": "There is no database of that name.",
    "53100": "The disk with the database is full.",
    "53": "The database has no room for this now.",
    "55P03": "The database is locked for too long.",
    "57": "The database is going down or starting.",
    "58": "The database reports a system error.",
}
RUN_AGAIN = {"40001", "40P01", "23505"}  # serialization failure, deadlock, unique violation


def without_limits(conn: Connection) -> None:
    """Let this transaction take its time: it reads or changes whole tables."""
    if conn.dialect.name == "postgresql":
        for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            conn.exec_driver_sql(f"SET LOCAL {limit} = 0")
        conn.exec_driver_sql("SET LOCAL enable_seqscan = on")


def wait_no_longer(conn: Connection) -> None:
    """Let this transaction give up at once when a row is locked: all of them have waited already."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")


def state_of(error: DBAPIError) -> str:
    """PostgreSQL's five-letter code; empty when there is none."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def unavailable(error: DBAPIError) -> Unavailable | None:
    """The error as Unavailable, if that is what it means."""
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # the low byte is the class
        sentence = SQLITE_SENTENCES.get(code)
    else:
        state = state_of(error)
        found = (POSTGRESQL_SENTENCES.get(state[:length]) for length in (5, 2))
        sentence = next((text for text in found if text), None)
        if sentence is None and (error.connection_invalidated or (not state and lost(error))):
            sentence = "The database cannot be reached."
    if sentence is None:
        return None
    return Locked(sentence) if "locked" in sentence else Unavailable(sentence)


def lost(error: DBAPIError) -> bool:
    """Raised by the driver without an answer from the server: no connection, or none any more."""
    return type(error.orig).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout"}


def may_run_again(error: DBAPIError) -> bool:
    """Another transaction got in between: a deadlock, or a key that appeared since it was looked for."""
    if isinstance(error.orig, sqlite3.Error):
        return False
    return state_of(error) in RUN_AGAIN
