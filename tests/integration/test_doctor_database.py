"""`stipend doctor` against databases, disks and what is overdue in them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.checks.database import DISK_PROBLEM_BYTES, DISK_WARNING_BYTES, about_file
from bot.doctor import Wishes
from store import schema
from store.engines import make_engine, parse
from store.inspect import MOUNTS, File, file_of, filesystem_of, look_into
from tests.acceptance.stage import on_stage
from tests.cluster import Cluster, name_of
from tests.doctoring import Ward, only, present, wrong
from tests.ledger_help import set_up


@pytest.fixture
async def ward(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ward]:
    async with on_stage(sqlite_url, tmp_path) as stage:
        yield Ward(stage, monkeypatch)


def change(url: str, *statements: str) -> None:
    """Run statements on a database with a workspace and some accounts in it."""
    engine = make_engine(parse(url))
    with engine.begin() as conn:
        set_up(conn)
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize(
    ("version", "level", "says"),
    [(schema.versions()[-1], "warning", "stipend db upgrade"), ("9999", "problem", "Install that version or a later")],
)
async def test_the_schemas_version(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, level: str, says: str
) -> None:
    change(database_url, f"UPDATE alembic_version SET version_num = '{version}'")
    async with on_stage(database_url, tmp_path) as stage:
        found = await Ward(stage, monkeypatch).look(Wishes(verify=True))
    assert wrong(found) == {"database": level}
    assert version in only(found, "database").found
    assert says in only(found, "database").remedy
    assert "ledger" not in found
    assert schema.current(database_url) == version


async def test_a_database_that_is_not_there_is_not_made(ward: Ward, tmp_path: Path) -> None:
    found = await ward.look(DATABASE_URL=f"sqlite:///{tmp_path}/later.db")
    assert wrong(found) == {}
    assert "`stipend run` makes it" in only(found, "database").found
    assert not (tmp_path / "later.db").exists()


async def test_databases_that_cannot_be_used(ward: Ward, tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear reader, this is not a database. " * 100)
    found = await ward.look(DATABASE_URL=f"sqlite:///{tmp_path}/letter.db")
    assert "not an SQLite database" in only(found, "database").found
    found = await ward.look(DATABASE_URL="postgresql://u:p@127.0.0.1:9/books")
    assert wrong(found) == {"database": "problem"}
    assert "cannot be reached" in only(found, "database").found


async def test_rights_on_postgresql(ward: Ward, cluster: Cluster, postgresql_url: str) -> None:
    change(postgresql_url, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")
    cluster.admin("CREATE ROLE reader LOGIN")
    try:
        found = await ward.look(DATABASE_URL=postgresql_url.replace("postgres@", "reader@"))
        assert wrong(found) == {"writing": "problem"}
        assert "transfer" in only(found, "writing").found
        assert "GRANT" in only(found, "writing").remedy
        cluster.admin(f"ALTER DATABASE {name_of(postgresql_url)} SET default_transaction_read_only = on")
        found = await ward.look(DATABASE_URL=postgresql_url)
        assert "read-only" in only(found, "database").found
    finally:
        change_rights_back(cluster, postgresql_url)


def change_rights_back(cluster: Cluster, url: str) -> None:
    """Roles belong to the whole server: this one goes again."""
    cluster.admin(f"ALTER DATABASE {name_of(url)} RESET default_transaction_read_only")
    cluster.admin("DROP ROLE reader")


async def test_looking_changes_nothing(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(database_url)
    before = rows(database_url)
    async with on_stage(database_url, tmp_path) as stage:
        await Ward(stage, monkeypatch).look(Wishes(verify=True, ask_model=True))
    assert rows(database_url) == before


def rows(url: str) -> list[object]:
    """Every row of the tables that could be changed by mistake."""
    engine = make_engine(parse(url))
    with engine.connect() as conn:
        found = [conn.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all() for table in ("workspace", "account")]
    engine.dispose()
    return [found, look_into(url, present).version]


HOLD = (
    "INSERT INTO hold (key, account_id, amount_micros, state, fingerprint, created_at, expires_at) VALUES "
    "('{key}', 'person:T1:U0', 5, 'open', 'f', '{at}', '{at}')"
)
ASK = (
    "INSERT INTO ask (id, workspace_id, event_id, channel_id, message_ts, thread_ts, place, asker_id, state, "
    "lease_until_at, created_at, ended_at) VALUES "
    "('{key}', 'T1', '{key}', 'C1', '{key}', '{key}', 'dm', 'U1', '{state}', '{at}', '{at}', {ended})"
)


def ago(minutes: float) -> str:
    """A time before now, as the tables write it."""
    return (present() - timedelta(minutes=minutes)).isoformat(timespec="microseconds")


async def test_what_should_have_been_done_long_ago(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(
        database_url,
        "UPDATE account SET posted_micros = 50, held_micros = 10 WHERE id = 'person:T1:U0'",
        HOLD.format(key="old", at=ago(2)),
        HOLD.format(key="new", at=ago(0.1)),
        ASK.format(key="untold", state="settled", at=ago(20), ended=f"'{ago(6)}'"),
        ASK.format(key="just told", state="settled", at=ago(20), ended=f"'{ago(1)}'"),
        ASK.format(key="dropped", state="held", at=ago(6), ended="NULL"),
        ASK.format(key="dropped too", state="streaming", at=ago(60), ended="NULL"),
        ASK.format(key="at work", state="received", at=ago(1), ended="NULL"),
    )
    async with on_stage(database_url, tmp_path) as stage:
        found = await Ward(stage, monkeypatch).look(Wishes(verify=True))
    assert only(found, "holds").found == "1 hold is open past the expiry."
    assert [each.found for each in found["asks"]] == [
        "1 ask ended without the asker being told.", "2 asks not ended, with nobody at work on it."
    ]  # fmt: skip
    assert only(found, "ledger").level == "problem"
    assert "does NOT add up" in only(found, "ledger").found
    assert "open ends" not in found


TABLE = """\
24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 24 0:28 / /srv/team\\040files rw shared:9 - nfs4 files:/export rw
32 24 0:29 / /srv/team\\040files/fast rw - xfs /dev/sdb rw
33 24 0:30 / /mnt/one rw - tmpfs tmpfs rw
34 24 0:31 / /mnt/one rw master:1 propagate_from:2 - fuse.sshfs me@there: rw
a line that says nothing
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/stipend.db", "ext4"),
        ("/srv/team files/stipend.db", "nfs4"),
        ("/srv/team files/fast/stipend.db", "xfs"),
        ("/srv/team files of old/stipend.db", "ext4"),
        ("/mnt/one/stipend.db", "fuse.sshfs"),
    ],
)
def test_the_file_system_under_a_path(path: str, kind: str) -> None:
    assert filesystem_of(Path(path), TABLE) == kind
    assert filesystem_of(Path(path), "") is None


def test_a_file_on_a_network_disk(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / {tmp_path.resolve()} rw - cifs b rw\n")
    file = file_of(f"sqlite:///{tmp_path}/stipend.db", table)
    assert file is not None
    [found] = [each for each in about_file(file) if "(cifs)" in each.found]
    assert found.level == "problem"
    assert "PostgreSQL" in found.remedy
    assert file_of("postgresql://u@h/d") is None


@pytest.mark.skipif(not MOUNTS.exists(), reason="this system has no table of mounts")
def test_the_file_system_of_this_machine_is_known(tmp_path: Path) -> None:
    file = file_of(f"sqlite:///{tmp_path}/stipend.db")
    assert file is not None
    assert (file.exists, file.writable, file.on_network) == (False, True, False)
    assert file.filesystem
    assert file.free_bytes > 0


@pytest.mark.parametrize(
    ("free", "level"),
    [(DISK_WARNING_BYTES, "ok"), (DISK_WARNING_BYTES - 1, "warning"), (DISK_PROBLEM_BYTES - 1, "problem")],
)
def test_room_on_the_disk(free: int, level: str) -> None:
    file = File(Path("/srv/stipend.db"), exists=True, writable=True, filesystem="ext4", free_bytes=free)
    [found] = about_file(file)
    assert (found.about, found.level) == ("disk", level)
    assert f"{free / (1 << 20):,.0f} MB" in found.found


def test_a_file_that_may_not_be_written() -> None:
    file = File(Path("/srv/stipend.db"), exists=True, writable=False, filesystem=None, free_bytes=DISK_WARNING_BYTES)
    assert [each.level for each in about_file(file)] == ["ok", "problem"]


async def test_the_journal_is_written_ahead(ward: Ward) -> None:
    found = await ward.look()
    assert "WAL" in only(found, "journal").found
