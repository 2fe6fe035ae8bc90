"""The database as an operator's check sees it: the disk, the version, whether it takes writes, and what is overdue.

Nothing is changed: what is tried is undone. A SQLite file that is not there is not made either.
"""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, TextClause, func, select, text
from sqlalchemy.exc import DBAPIError

from store.batches import connect, raise_plainly
from store.engines import make_engine, parse, state_of
from store.schema import expected, version_of
from store.tables import LIVE_ASK, LIVE_HOLD, OPEN_ASK, ask, hold, metadata

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset(  # file systems that other machines share; of the FUSE ones, those that copy to a server
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "vboxsf", "afs", "ceph", "glusterfs", "lustre"}
    | {"gfs2", "ocfs2", "gpfs", "beegfs", "davfs", "fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs"}
    | {"fuse.davfs2", "fuse.gcsfuse", "fuse.ceph-fuse", "fuse.grpcfuse"}
)
OVERDUE = timedelta(minutes=1)  # the clock's jobs run every few seconds
LATE = timedelta(minutes=5)  # a lease, a take-over and Slack's own moods fit into this
FORBIDDEN = "42501"  # PostgreSQL: insufficient privilege


@dataclass(frozen=True, slots=True)
class File:
    """A SQLite file. `filesystem` None: this system does not say."""

    path: Path
    exists: bool
    writable: bool
    filesystem: str | None
    free_bytes: int

    @property
    def on_network(self) -> bool:
        """Shared with other machines, where locks and shared memory cannot be relied on."""
        return self.filesystem in NETWORK


@dataclass(frozen=True, slots=True)
class State:
    """A database that answers. Counts are only made at the expected version.

    `journal` is only there on SQLite, `ahead_s` only on PostgreSQL: our clock against the server's.
    """

    version: str | None
    journal: str | None
    ahead_s: float | None
    forbidden: tuple[str, ...] = ()  # tables that we may not write
    holds_overdue: int = 0
    asks_untold: int = 0
    asks_abandoned: int = 0


def file_of(url: str, mounts: Path = MOUNTS) -> File | None:
    """The file of a SQLite database; None for PostgreSQL. Raises ValueError for an address we cannot use."""
    parsed = parse(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    path = Path(parsed.database or "").absolute()
    folder = next((each for each in path.parents if each.is_dir()), path.parent)
    table = mounts.read_text(encoding="utf-8", errors="replace") if mounts.exists() else ""
    writable = os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
    kind = filesystem_of(path.resolve(), table)
    return File(path, path.exists(), writable, kind, shutil.disk_usage(folder).free)


def filesystem_of(path: Path, table: str) -> str | None:
    """The kind of file system a path is on, by the kernel's table of mounts (proc(5), /proc/pid/mountinfo)."""
    found, depth = None, -1
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if len(fields) < 5 or not kind[0]:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4]))
        if (
            path.is_relative_to(point) and len(point.parts) >= depth
        ):  # of two on one point, the later one hides the other
            found, depth = kind[0], len(point.parts)
    return found


def look_into(url: str, now: Callable[[], datetime]) -> State:
    """Open the database as the bot would, and look. `now`: aware UTC. Raises Unavailable, ValueError."""
    engine = make_engine(parse(url))
    try:
        with connect(engine) as conn:
            try:
                return _state(conn, now)
            finally:
                conn.rollback()
    except DBAPIError as error:
        raise_plainly(error)
    finally:
        engine.dispose()


def _state(conn: Connection, now: Callable[[], datetime]) -> State:
    on_sqlite = conn.dialect.name == "sqlite"
    journal = str(conn.execute(text("PRAGMA journal_mode")).scalar()) if on_sqlite else None
    ahead_s = None if on_sqlite else _ahead_s(conn, now)
    at, version = now(), version_of(conn)
    if version != expected():
        return State(version, journal, ahead_s)
    return State(
        version, journal, ahead_s,
        forbidden=tuple(name for name in metadata.tables if not _may_write(conn, name)),
        holds_overdue=_count(conn, hold, LIVE_HOLD, hold.c.expires_at <= at - OVERDUE),
        asks_untold=_count(conn, ask, f"({OPEN_ASK})", ask.c.told_at.is_(None), ask.c.ended_at <= at - LATE),
        asks_abandoned=_count(conn, ask, f"({OPEN_ASK})", LIVE_ASK, ask.c.lease_until_at <= at - LATE),
    )  # fmt: skip


def _ahead_s(conn: Connection, now: Callable[[], datetime]) -> float:
    """Our clock, in the middle of the question, against the server's."""
    began_at = now()
    theirs: datetime = conn.execute(select(func.clock_timestamp())).scalar_one()
    return (began_at + (now() - began_at) / 2 - theirs).total_seconds()


def _count(conn: Connection, table: Table, *conditions: str | ColumnElement[bool]) -> int:
    """How many rows; a condition in text is one of a partial index, in its very words."""
    said: list[ColumnElement[bool] | TextClause] = [text(c) if isinstance(c, str) else c for c in conditions]
    return int(conn.execute(select(func.count()).select_from(table).where(*said)).scalar_one())


def _may_write(conn: Connection, table: str) -> bool:
    """Whether we may: a statement that would change nothing is refused all the same. Raises what else it meets."""
    savepoint = conn.begin_nested()
    try:
        conn.execute(text(f"INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0"))  # noqa: S608  # our own tables
    except DBAPIError as error:
        if state_of(error) != FORBIDDEN:
            raise
        return False
    finally:
        savepoint.rollback()
    return True
