"""Fixtures that every test may use: real databases of both engines."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from store import schema
from store.database import Database
from tests.cluster import INSTALL, Cluster, new_cluster, programs, remove

ENGINES = ("sqlite", "postgresql")


def lacking(what: str) -> None:
    """Skip a test for what this machine lacks; where nothing may be skipped, fail."""
    if os.environ.get("STIPEND_TEST_NO_SKIP") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for the whole run."""
    if programs() is None:
        lacking(INSTALL)
    running = new_cluster()
    yield running
    remove(running)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An upgraded SQLite database of the test's own."""
    path = tmp_path / "stipend.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(cluster: Cluster) -> Iterator[str]:
    """An upgraded PostgreSQL database of the test's own."""
    url = cluster.database()
    yield url
    cluster.drop(url)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """An upgraded database; the test runs once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, open."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """An open SQLite database, for tests to which the engine does not matter."""
    opened = await Database.open(sqlite_url)
    yield opened
    await opened.close()
