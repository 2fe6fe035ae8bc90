"""A copy of the books while they are being written, and the proof that it is one."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import URL, create_engine

from store.engines import BUSY_TIMEOUT_S, SQLITE_SENTENCES, Unavailable, parse
from store.schema import expected, version_of
from store.verify import Report, verify

PROGRAM = "pg_dump"
OWNER_ONLY = 0o600  # names, e-mails and who earns what


@dataclass(frozen=True, slots=True)
class Done:
    """A backup at `path`. `report` None: not verified here, `why` says why."""

    path: Path
    bytes: int
    report: Report | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class NotDone:
    """There is no backup, and no file: a sentence on why, and what to do."""

    sentence: str


def backup(url: str, path: Path, program: str = PROGRAM) -> Done | NotDone:
    """Copy the database at `url` into a new file, as of one moment, while others read and write.

    SQLite: a database in one file, whose ledger is verified. PostgreSQL: pg_dump's custom format, for pg_restore.
    The file appears under its name when it is complete and on the disk; until then it is called `….part`.
    Raises Unavailable, ValueError for an address we cannot use.
    """
    parsed = parse(url)
    if path.exists() or path.is_symlink():
        return NotDone(f"{path} is there already; name a new file.")
    if parsed.get_backend_name() != "sqlite":
        return _whole(path, partial(_dump, parsed, path, program))
    source = Path(parsed.database or "")
    if not source.is_file():
        return NotDone(f"There is no database file {source}; check DATABASE_URL.")
    return _whole(path, partial(_copy_sqlite, source))


def _whole(path: Path, copy: Callable[[Path], Done | NotDone]) -> Done | NotDone:
    """Fill a file beside the wanted one, and give it its name at the end; nothing is left of one that failed."""
    part = path.with_name(f"{path.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
    except FileExistsError:
        return NotDone(f"{part} is there already: another backup runs, or one was killed; remove it then.")
    except OSError as error:
        return NotDone(f"{path} cannot be written: {error.strerror}.")
    try:
        done = copy(part)
        if isinstance(done, NotDone):
            return done
        _sync(part)
        _name(part, path)
        _sync(path.parent)
        return Done(path, path.stat().st_size, done.report, done.why)
    except FileExistsError:
        return NotDone(f"{path} is there by now; name a new file.")
    except OSError as error:
        return NotDone(f"{path} cannot be written: {error.strerror}.")
    finally:
        part.unlink(missing_ok=True)


def _name(part: Path, path: Path) -> None:
    """Give the file its name, unless somebody else has taken it. Raises OSError."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError from None
        part.rename(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- SQLite ---------------------------------------------------------------------------------------------------------


def _copy_sqlite(source: Path, part: Path) -> Done | NotDone:
    """All pages in one step: a reader's view of one moment, which in WAL mode keeps no writer waiting."""
    try:
        with closing(_open(source, "ro")) as old, closing(_open(part, "rw")) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # so that it is one file; the bot sets WAL when it opens it
    except sqlite3.Error as error:
        raise _unavailable(error) from error
    return _verified(source, part)


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_TIMEOUT_S)


def _unavailable(error: sqlite3.Error) -> Unavailable:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the class
    return Unavailable(SQLITE_SENTENCES.get(code, "The database could not be copied."))


def _verified(source: Path, part: Path) -> Done | NotDone:
    engine = create_engine("sqlite+pysqlite://", creator=lambda: _open(part, "ro"))
    try:
        with engine.connect() as conn:
            found = version_of(conn)
            if found is None:
                return NotDone(f"There are no books in {source}; check DATABASE_URL.")
            if found != expected():
                return Done(part, 0, None, f"its schema is {found}, and this version verifies {expected()}")
            return Done(part, 0, verify(conn))
    finally:
        engine.dispose()


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def _dump(url: URL, path: Path, program: str, part: Path) -> Done | NotDone:
    """By pg_dump, which takes its picture of one moment by itself; the password travels in the environment."""
    address, password = without_password(url)
    found = shutil.which(program)
    if found is None:
        command = f"pg_dump --format=custom --file={path} '{address}'"
        return NotDone(
            f"{PROGRAM} is not on this machine: install PostgreSQL's client programs of the server's version or newer, "
            f"or run, where they are, with the password in PGPASSWORD: {command}"
        )
    environ = os.environ | ({"PGPASSWORD": password} if password else {})
    command_line = [found, "--format=custom", "--no-password", f"--file={part}", f"--dbname={address}"]
    ran = subprocess.run(command_line, env=environ, capture_output=True, text=True, check=False)  # noqa: S603  # no shell
    if ran.returncode != 0:
        return NotDone(f"{PROGRAM} failed: {_last_words(ran.stderr)}")
    return Done(part, 0, None, "a dump is verified by restoring it")


def without_password(url: URL) -> tuple[str, str | None]:
    """An address that may be shown and stand on a command line, and the password that was in it."""
    listed = url.query.get("password")
    asked = listed if isinstance(listed, str) or listed is None else listed[-1]
    bare = url.set(drivername="postgresql").difference_update_query(["password"])
    plain = URL.create(bare.drivername, bare.username, None, bare.host, bare.port, bare.database, bare.query)
    return plain.render_as_string(hide_password=False), asked or url.password


def _last_words(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[0] if lines else "it gave no reason."
