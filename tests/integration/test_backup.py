"""A backup is taken while others write, is sound, is nobody else's to read, and can be restored."""

import asyncio
import shutil
import stat
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.cli import main
from store import schema
from store.backup import Done, NotDone, backup, without_password
from store.database import Database, Unavailable
from store.engines import make_engine, parse
from store.verify import Report, verify
from tests.cluster import Cluster, name_of, programs
from tests.ledger_help import COMPANY, fund, set_up

ENOUGH = 20  # transfers by the time the backup begins


async def report_of(url: str) -> Report:
    """The books at an address."""
    database = await Database.open(url)
    try:
        return await database.read(verify)
    finally:
        await database.close()


def files_in(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(each.name for each in folder.iterdir())


async def while_written(url: str, path: Path) -> tuple[Done | NotDone, int, int]:
    """A backup taken while transfers are posted: what became of it, and the transfers before it and in the end."""
    database = await Database.open(url)
    posted = 0
    stop = asyncio.Event()

    async def write() -> None:
        nonlocal posted
        for number in count():
            await database.post(fund(f"f{number}", COMPANY, 5, number))
            posted += 1
            if stop.is_set():
                return

    await database.write(set_up)
    writing = asyncio.create_task(write())
    try:
        while posted < ENOUGH:
            await asyncio.sleep(0.01)
        before = posted
        done = await asyncio.to_thread(backup, url, path)
        stop.set()
        await writing
    finally:
        writing.cancel()
        await database.close()
    return done, before, posted


async def test_sqlite_while_a_writer_works_and_back(sqlite_url: str, tmp_path: Path) -> None:
    copy, restored = tmp_path / "copy.db", tmp_path / "restored.db"
    done, before, after = await while_written(sqlite_url, copy)
    assert isinstance(done, Done)
    assert done.report is not None
    assert done.report.sound
    assert before <= done.report.counts["transfer"] <= after
    assert before < after
    assert done.bytes == copy.stat().st_size > 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert files_in(tmp_path) == ["copy.db", "stipend.db"]
    shutil.copy(copy, restored)
    report = await report_of(f"sqlite:///{restored}")
    assert (report.sound, report.counts) == (True, done.report.counts)
    await keeps_books(f"sqlite:///{restored}", report)


async def keeps_books(url: str, before: Report) -> None:
    """A restored database is written on."""
    assert schema.upgrade(url) is False
    database = await Database.open(url)
    await database.post(fund("after the restore", COMPANY, 7, 1_000_000))
    after = await database.read(verify)
    await database.close()
    assert after.sound
    assert after.counts["transfer"] == before.counts["transfer"] + 1


async def test_postgresql_while_a_writer_works_and_back(cluster: Cluster, postgresql_url: str, tmp_path: Path) -> None:
    dump = tmp_path / "stipend.dump"
    done, before, after = await while_written(postgresql_url, dump)
    assert isinstance(done, Done), done
    assert "restoring" in done.why
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    assert files_in(tmp_path) == ["stipend.dump"]
    target = cluster.database(template="template0")
    restore(dump, target)
    report = await report_of(target)
    assert report.sound
    assert before <= report.counts["transfer"] <= after
    assert before < after
    await keeps_books(target, report)
    cluster.drop(target)


def restore(dump: Path, url: str) -> None:
    """As docs/operating.md says."""
    folder = programs()
    assert folder is not None
    command = [str(folder / "pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={url}", str(dump)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_a_killed_bot_left_in_the_log_is_in_the_copy(sqlite_url: str, tmp_path: Path) -> None:
    """The file and its write-ahead log as they lie there after a crash."""
    source = Path(sqlite_url.removeprefix("sqlite:///"))
    engine = make_engine(parse(sqlite_url))
    with engine.connect() as conn:
        set_up(conn)
        conn.commit()
        (crashed := tmp_path / "crashed").mkdir()
        for each in (source, source.with_name(f"{source.name}-wal")):
            shutil.copy(each, crashed)
    engine.dispose()
    done = backup(f"sqlite:///{crashed / source.name}", tmp_path / "copy.db")
    assert isinstance(done, Done)
    assert done.report is not None
    assert done.report.counts["account"] == 7


@pytest.mark.parametrize("name", ["copy.db", "copy.db.part"])
def test_nothing_is_written_over(sqlite_url: str, tmp_path: Path, name: str) -> None:
    taken = tmp_path / name
    taken.write_text("precious")
    done = backup(sqlite_url, tmp_path / "copy.db")
    assert isinstance(done, NotDone)
    assert f"{taken} is there already" in done.sentence
    assert taken.read_text() == "precious"
    assert files_in(tmp_path) == sorted([name, "stipend.db"])


def test_a_link_that_leads_nowhere_is_not_followed(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "copy.db").symlink_to(tmp_path / "elsewhere.db")
    assert isinstance(backup(sqlite_url, tmp_path / "copy.db"), NotDone)
    assert not (tmp_path / "elsewhere.db").exists()


def test_no_database_and_no_folder(sqlite_url: str, tmp_path: Path) -> None:
    missing = backup(f"sqlite:///{tmp_path}/none.db", tmp_path / "copy.db")
    assert isinstance(missing, NotDone)
    assert "There is no database file" in missing.sentence
    assert not (tmp_path / "none.db").exists()
    nowhere = backup(sqlite_url, tmp_path / "no" / "such" / "copy.db")
    assert isinstance(nowhere, NotDone)
    assert "No such file or directory" in nowhere.sentence


def test_a_damaged_file_gives_no_backup(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear reader, this is not a database. " * 100)
    with pytest.raises(Unavailable, match="not an SQLite database"):
        backup(f"sqlite:///{tmp_path}/letter.db", tmp_path / "copy.db")
    assert files_in(tmp_path) == ["letter.db"]


def test_a_full_disk_leaves_nothing_behind(sqlite_url: str, tmp_path: Path) -> None:
    code = (
        "import resource, sys; from bot.cli import main; resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)); "
        f"sys.exit(main(['db', 'backup', {str(tmp_path / 'copy.db')!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"DATABASE_URL": sqlite_url}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "disk" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("copy.db*"))


def test_a_file_without_books_gives_no_backup(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    done = backup(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path / "copy.db")
    assert done == NotDone(f"There are no books in {tmp_path / 'empty.db'}; check DATABASE_URL.")
    assert files_in(tmp_path) == ["empty.db"]


def test_an_older_schema_is_copied_and_not_verified(sqlite_url: str, tmp_path: Path) -> None:
    engine = make_engine(parse(sqlite_url))
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    done = backup(sqlite_url, tmp_path / "copy.db")
    assert isinstance(done, Done)
    assert done.report is None
    assert "0000" in done.why


def script(folder: Path, text: str) -> str:
    """A program that stands in for pg_dump: it keeps what it was given."""
    program = folder / "dumper"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o700)
    return str(program)


def test_a_password_stays_off_the_command_line(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = script(tmp_path, f'echo "$@" > {seen}; echo "$PGPASSWORD" > {seen}.password')
    for number, url in enumerate(
        (
            "postgresql://u:hid%40den@db.example:5433/books",
            "postgresql://u@db.example:5433/books?password=hid%40den",
        )
    ):
        assert isinstance(backup(url, tmp_path / f"{number}.dump", program), Done)
        assert "postgresql://u@db.example:5433/books" in seen.read_text()
        assert "hid" not in seen.read_text()
        assert (tmp_path / "seen.password").read_text() == "hid@den\n"


def test_other_options_of_the_address_stay() -> None:
    address, password = without_password(parse("postgresql://u:p@/books?host=/run/pg&sslmode=require"))
    assert password == "p"
    assert address in (
        "postgresql://u@/books?host=%2Frun%2Fpg&sslmode=require", "postgresql://u@/books?host=/run/pg&sslmode=require"
    )  # fmt: skip


def test_a_dump_that_fails_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    program = script(tmp_path, "echo 'dumper: error: server version mismatch' >&2; exit 1")
    done = backup("postgresql://u:hidden@db.example/books", tmp_path / "x.dump", program)
    assert isinstance(done, NotDone)
    assert "server version mismatch" in done.sentence
    assert not list(tmp_path.glob("x.dump*"))


def test_without_pg_dump_the_command_is_told(tmp_path: Path) -> None:
    done = backup("postgresql://u:hidden@db.example/books", tmp_path / "x.dump", "no-such-program")
    assert isinstance(done, NotDone)
    assert f"pg_dump --format=custom --file={tmp_path}/x.dump 'postgresql://u@db.example/books'" in done.sentence
    assert "hidden" not in done.sentence
    assert not list(tmp_path.glob("x.dump*"))


def test_the_command(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    path = str(tmp_path / "copy.db")
    assert main(["db", "backup", path]) == 0
    assert "The ledger adds up" in capsys.readouterr().out
    assert main(["db", "backup", path]) == 2
    assert "is there already" in capsys.readouterr().err
    engine = make_engine(parse(sqlite_url))
    with engine.begin() as conn:
        set_up(conn)
        conn.execute(text("UPDATE account SET posted_micros = 5 WHERE id = 'company:T1'"))
    engine.dispose()
    assert main(["db", "backup", str(tmp_path / "wrong.db")]) == 1
    assert "does NOT add up" in capsys.readouterr().out
    assert (tmp_path / "wrong.db").exists()


def test_names_of_databases_are_kept(postgresql_url: str) -> None:
    address, password = without_password(parse(postgresql_url))
    assert (name_of(address), password) == (name_of(postgresql_url), None)
