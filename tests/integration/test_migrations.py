"""The schema: versions match the tables, upgrades are safe, and the database refuses wrong money by itself."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from store import schema
from store.database import Unavailable
from store.engines import make_engine, parse
from store.tables import metadata
from tests.cluster import Cluster
from tests.conftest import ENGINES
from tests.ledger_help import set_up

WRONG = (
    "UPDATE account SET held_micros = posted_micros + 1",
    "UPDATE account SET posted_micros = -1",
    "UPDATE account SET posted_micros = 5, held_micros = -1",
    "UPDATE account SET unattributed_micros = -1",
    "UPDATE account SET kind = 'other'",
)


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.database(template="template0")


def checks(conn: Connection) -> set[str]:
    """The names of all CHECK constraints."""
    look = inspect(conn)
    return {str(check["name"]) for table in metadata.tables for check in look.get_check_constraints(table)}


def test_versions_make_the_tables(database_url: str) -> None:
    engine = make_engine(parse(database_url))
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        declared = {
            str(check.name)
            for table in metadata.tables.values()
            for check in table.constraints
            if str(check.name).startswith("ck_")
        }
        assert checks(conn) == declared
    engine.dispose()


def test_upgrade_twice(empty_url: str) -> None:
    assert schema.current(empty_url) is None
    assert schema.upgrade(empty_url) is True
    assert schema.upgrade(empty_url) is False
    assert schema.current(empty_url) == schema.expected()


def test_several_processes_upgrade_at_once(empty_url: str) -> None:
    code = f"from store import schema; print(schema.upgrade({empty_url!r}))"
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outcomes = [process.communicate(timeout=60) for process in running]
    assert sorted(out.strip() for out, _ in outcomes) == ["False", "False", "True"], outcomes


def test_newer_database_is_refused(database_url: str) -> None:
    engine = make_engine(parse(database_url))
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(schema.TooNew, match=r"newer Stipend \(9999"):
        schema.upgrade(database_url)
    assert schema.current(database_url) == "9999"


@pytest.mark.parametrize("statement", WRONG)
def test_database_refuses_wrong_money(database_url: str, statement: str) -> None:
    engine = make_engine(parse(database_url))
    with engine.begin() as conn:
        set_up(conn)
    with pytest.raises(IntegrityError, match=r"(?i)check"), engine.begin() as conn:
        conn.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://u:secret@h/d", "not supported"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("postgresql://u:secret@h:port/d", "cannot be read"),
    ],
)
def test_bad_addresses(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        schema.upgrade(url)
    assert "secret" not in str(caught.value)


def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        schema.upgrade(f"postgresql://u:secret@/d?host={tmp_path}")
    with pytest.raises(Unavailable, match="cannot be opened"):
        schema.upgrade(f"sqlite:///{tmp_path}/no/such/folder/x.db")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is not a database. " * 100)
    with pytest.raises(Unavailable, match="not an SQLite database"):
        schema.upgrade(f"sqlite:///{path}")
