"""The schema's version: what the code expects, what a database has, and the way from one to the other."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from store.batches import connect, raise_plainly
from store.engines import make_engine, parse, without_limits

LOCK = 7_283_640_115  # one number for this program: whoever upgrades a PostgreSQL database holds it

T = TypeVar("T")


class TooNew(Exception):
    """The database was written by a newer version of the program; one sentence that says so."""


def config() -> Config:
    """Alembic's settings: where the versions are. There is no ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


@cache
def versions() -> tuple[str, ...]:
    """The versions that this code knows, newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())


def expected() -> str:
    """The version that this code works with."""
    return versions()[0]


def version_of(conn: Connection) -> str | None:
    """The version that a database has; None: it is empty."""
    return MigrationContext.configure(conn).get_current_revision()


def on(url: str, work: Callable[[Connection], T]) -> T:
    """Run work in one transaction on a connection of its own, alone among those who upgrade. Raises Unavailable."""
    engine = make_engine(parse(url))
    try:
        with connect(engine) as conn, conn.begin():
            without_limits(conn)
            if conn.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            return work(conn)
    except DBAPIError as error:
        raise_plainly(error)
    finally:
        engine.dispose()


def current(url: str) -> str | None:
    """The version of the database at an address; None: it is empty. Raises ValueError, Unavailable."""
    return on(url, version_of)


def upgrade(url: str) -> bool:
    """Bring a database to the expected version, in one transaction; True if there was something to do.

    Several processes may do so at once. Raises TooNew, ValueError for an address we cannot use, Unavailable.
    """
    return on(url, upgrade_on)


def upgrade_on(conn: Connection) -> bool:
    """The same on an open connection."""
    found = version_of(conn)
    if found == expected():
        return False
    if found is not None and found not in versions():
        raise TooNew(too_new(found))
    settings = config()
    settings.attributes["connection"] = conn
    command.upgrade(settings, "head")
    return True


def too_new(found: str) -> str:
    """What to tell of a database that a newer version has upgraded."""
    return (
        f"The database has the schema of a newer Stipend ({found}; this one knows {expected()}). "
        "Install that version or a later one; nothing was changed."
    )


def draft(url: str, message: str, version: str) -> None:
    """Write a new version's file from what the tables have and the upgraded database at `url` lacks; to be edited."""

    def write(conn: Connection) -> None:
        settings = config()
        settings.attributes["connection"] = conn
        command.revision(settings, message, autogenerate=True, rev_id=version)

    on(url, write)
