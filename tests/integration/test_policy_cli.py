"""`stipend policy`: shown, checked and applied from a file, with the exit status that scripts rely on."""

import asyncio
import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from bot.cli import main
from bot.texts import operator
from store import audit, people, policies
from store.database import Connection, Database
from tests.commanding import WORKSPACE

NOW = datetime.now(UTC)
T = TypeVar("T")


class Terminal:
    """The command line on a database, in this process."""

    def __init__(self, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        self.url, self.folder, self.monkeypatch, self.capsys = url, folder, monkeypatch, capsys
        for name in [name for name in os.environ if name.startswith(("SLACK_", "STIPEND_", "OPENAI_"))]:
            monkeypatch.delenv(name)
        for name, value in (("DATABASE_URL", url), ("OPENAI_API_KEY", "sk-x"), ("STIPEND_MODEL", "gpt-5-mini")):
            monkeypatch.setenv(name, value)

    async def run(self, *typed: str) -> tuple[int, str, str]:
        """The exit status, what was printed, and what was complained of."""
        self.capsys.readouterr()
        status = await asyncio.to_thread(main, ["policy", *typed])
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def file(self, text: str | bytes) -> str:
        path = self.folder / "policy.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    async def on(self, work: Callable[[Connection], T]) -> T:
        database = await Database.open(self.url)
        try:
            return await database.write(work)
        finally:
            await database.close()

    async def number(self) -> int:
        return len(await self.on(lambda conn: policies.versions(conn, WORKSPACE, 9)))


@pytest.fixture
async def terminal(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    made = Terminal(sqlite_url, tmp_path, monkeypatch, capsys)
    await made.on(lambda conn: people.ensure_workspace(conn, WORKSPACE, "Acme", NOW))
    return made


async def test_shown_checked_applied_and_shown_again(terminal: Terminal) -> None:
    status, out, err = await terminal.run("show")
    assert (status, err) == (0, "")
    assert out.splitlines()[:2] == ["Money", "  Nobody gets anything just for coming."]
    assert out.splitlines()[-1] == "Nobody has changed a rule yet: these are the ones that come with Stipend."
    path = terminal.file('[starter]\ngrant = "$5"\n')
    changes = (
        "This changes:\nStarter grant: from nothing to $5.00 (5M tokens). It counts for newcomers.\n"
    )  # fmt: skip
    assert await terminal.run("check", path) == (0, changes, "")
    assert await terminal.number() == 0
    assert await terminal.run("apply", path, "--yes") == (0, f"{changes}Version 1 counts from now on.\n", "")
    assert "Nothing would change" in (await terminal.run("apply", path, "--yes"))[1]
    assert await terminal.number() == 1
    out = (await terminal.run("show", "--workspace", "acme"))[1]
    assert "  Whoever comes for the first time gets $5.00 (5M tokens) from the company pool. (changed)" in out
    assert f"Version 1, set by {operator().removeprefix('os:')} at the command line, " in out
    assert (await terminal.run("show", "--toml"))[1] == '[starter]\ngrant = "$5"\n'
    (entry,) = await terminal.on(lambda conn: audit.recent(conn, WORKSPACE, 9))
    assert (entry.actor_id, entry.origin, entry.action) == (operator(), "cli", "policy")


async def test_every_mistake_is_told_and_nothing_is_applied(terminal: Terminal) -> None:
    path = terminal.file('[send]\nwho = "all"\n[models]\nallowed = ["gpt-5-mimi"]\n')
    for command in (("check", path), ("apply", path, "--yes")):
        status, out, err = await terminal.run(*command)
        assert (status, out) == (1, "")
        assert err.splitlines() == [
            'Line 2, send.who: write "anyone", "team" or "nobody", not "all".',
            "Line 4, models.allowed: there is no model called “gpt-5-mimi”; the nearest is “gpt-5-mini”.",
        ]
    assert await terminal.number() == 0


@pytest.mark.parametrize(("typed", "applied"), [("y\n", 1), ("yes\n", 1), ("n\n", 0), ("\n", 0), ("", 0)])
async def test_asked_at_a_terminal(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str,
    applied: int,
) -> None:  # fmt: skip
    terminal = Terminal(sqlite_url, tmp_path, monkeypatch, capsys)
    await terminal.on(lambda conn: people.ensure_workspace(conn, WORKSPACE, "Acme", NOW))
    answers = io.StringIO(typed)
    monkeypatch.setattr(answers, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", answers)
    status, out, err = await terminal.run("apply", terminal.file("[moves]\nundo_hours = 2\n"))
    assert "Apply it? [y/N]" in out
    assert (status, await terminal.number()) == (1 - applied, applied)
    assert err == ("" if applied else "Nothing was applied.\n")


async def test_not_asked_where_nobody_can_answer(terminal: Terminal) -> None:
    terminal.monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    status, _, err = await terminal.run("apply", terminal.file("[moves]\nundo_hours = 2\n"))
    assert (status, await terminal.number()) == (1, 0)
    assert "say --yes" in err


async def test_what_cannot_begin_is_a_2(terminal: Terminal) -> None:
    assert (await terminal.run("check", str(terminal.folder / "none.toml")))[0] == 2
    assert "not a text in UTF-8" in (await terminal.run("check", terminal.file(b"\xff\xfe")))[2]
    assert "too long" in (await terminal.run("check", terminal.file("#" * 100_000)))[2]
    assert (await terminal.run("show", "--workspace", "other"))[0] == 2
    await terminal.on(lambda conn: people.ensure_workspace(conn, "T2", "Other", NOW))
    status, _, err = await terminal.run("show")
    assert status == 2
    assert "--workspace" in err


async def test_books_without_a_workspace(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = await Terminal(sqlite_url, tmp_path, monkeypatch, capsys).run("show")
    assert (status, err) == (
        2,
        "There is no workspace in these books yet: start the bot once, and set its policy then.\n",
    )
