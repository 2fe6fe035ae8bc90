"""`stipend import`: what is printed, which exit status, which workspace; and what is not a file of people."""

import asyncio
import io
import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from bot import importing
from bot.cli import main
from store import audit, people
from store.database import Connection, Database
from tests.importing import file_of

T1 = "T1"


class Terminal:
    """The command line on a database, in this process; files in a folder of their own."""

    def __init__(
        self, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder, self.capsys, self.monkeypatch = folder, capsys, monkeypatch
        for name in [name for name in os.environ if name.startswith(("SLACK_", "STIPEND_", "OPENAI_"))]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("STIPEND_TIMEZONE", "Europe/Berlin")

    async def run(self, text: str | bytes | None, *options: str) -> tuple[int, list[str], list[str]]:
        """Import a file; the exit status, the lines that were printed, and those of complaints."""
        path = self.folder / "people.csv"
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.capsys.readouterr()
        status = await asyncio.to_thread(main, ["import", str(path), *options])
        said = self.capsys.readouterr()
        return status, said.out.splitlines(), said.err.splitlines()


async def set_up(url: str, *workspaces: tuple[str, str]) -> None:
    database = await Database.open(url)
    at = datetime.now(UTC)

    def work(conn: Connection) -> None:
        for its_id, name in workspaces:
            people.ensure_workspace(conn, its_id, name, at)
            people.ensure_person(
                conn, workspace_id=its_id, slack_id="UADA", name="Ada", email="ada@acme.example", timezone=None,
                is_admin=False, at=at,
            )  # fmt: skip

    await database.write(work)
    await database.close()


@pytest.fixture
async def terminal(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """On books with one workspace, where Ada is known."""
    await set_up(sqlite_url, (T1, "Acme"))
    return Terminal(sqlite_url, tmp_path, monkeypatch, capsys)


TWO = file_of("ada@acme.example,Platform,,CC-1,2026-01-01,2024-02-29", "zoe@acme.example,Platform,ada@acme.example")


async def test_a_dry_run_then_the_same_for_good(terminal: Terminal) -> None:
    status, out, err = await terminal.run(TWO, "--create-teams")
    assert out == [
        "people.csv: 2 people, for Acme (T1).",
        "line  e-mail            team      manager           cost centre           start       is",
        "----  ----------------  --------  ----------------  --------------------  ----------  -----------------",
        "2     ada@acme.example  Platform                    CC-1 from 2026-01-01  2024-02-29  new",
        "3     zoe@acme.example  Platform  ada@acme.example                                    new, not here yet",
        "",
        "2 people differ: 2 new, 2 team, 1 manager, 1 cost centre, 1 start.",
        "To be made: the team Platform (2 people).",
        "1 person is not here yet: for them it counts from the moment they appear in Slack.",
        "Nothing was changed. The same with --apply does it.",
    ]
    assert (status, err) == (0, [])
    status, done, err = await terminal.run(TWO, "--create-teams", "--apply")
    assert (status, err) == (0, [])
    assert done[:6] == out[:6]
    assert done[-3:] == ["New team: Platform (2 people).", out[-2], importing.DONE]
    status, again, err = await terminal.run(TWO)
    assert (status, err) == (0, [])
    assert again == [out[0], "No difference: the books say the same as the file."]
    assert (await terminal.run(TWO, "--apply"))[1] == again


async def test_a_team_that_is_not_there(terminal: Terminal) -> None:
    for option in ([], ["--apply"]):
        status, out, err = await terminal.run(TWO, *option)
        assert status == 1
        assert err == [importing.NOT_DONE]
        assert "There is no team Platform (2 people). Check the spelling; with --create-teams it is made." in out
    assert (await terminal.run(TWO))[1][1].startswith("line  e-mail")


async def test_bad_lines_and_nothing_is_done(terminal: Terminal) -> None:
    text = TWO + "bob@acme.example,Platform,nobody@acme.example,,,,\nbad,,,,,,2026-13-01\n"
    wrong = [
        "Line 4: The manager nobody@acme.example is neither in the file nor known.",
        "Line 5: “bad” is no e-mail address.",
        "Line 5: “2026-13-01” is a day that does not exist.",
        "2 lines cannot be used, so nothing of the file is imported.",
    ]
    status, out, err = await terminal.run(text, "--create-teams")
    assert (status, err) == (1, wrong)
    assert "bob@acme.example" in "\n".join(out), "the good ones are shown"
    status, out, err = await terminal.run(text, "--create-teams", "--apply")
    assert (status, err, len(out)) == (1, wrong, 1)
    assert "2 new" in "\n".join((await terminal.run(TWO, "--create-teams"))[1]), "nothing was done before"


async def test_what_a_file_says_goes_to_the_terminal_harmlessly(terminal: Terminal) -> None:
    _, out, err = await terminal.run("email,team,\x1b[2J\n\x1b[31m@x.example,a\x9b2J\n".encode())
    assert not [line for line in out + err if not line.isprintable()]


CANNOT = {
    "not there": (None, [], "cannot be read: No such file or directory."),
    "no such workspace": (TWO, ["--workspace", "T9"], "No workspace is called 'T9'. In these books: T1 (Acme)."),
}


@pytest.mark.parametrize(("text", "options", "part"), CANNOT.values(), ids=CANNOT.keys())
async def test_it_cannot_begin(terminal: Terminal, text: str | None, options: list[str], part: str) -> None:
    status, out, err = await terminal.run(text, *options)
    assert (status, out) == (2, [])
    assert part in err[0]


async def test_books_without_a_workspace(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = await Terminal(sqlite_url, tmp_path, monkeypatch, capsys).run(TWO)
    assert status == 2
    assert err[0].startswith("There is no workspace in these books yet")


async def test_several_workspaces(terminal: Terminal, sqlite_url: str) -> None:
    await set_up(sqlite_url, ("T2", "Beta"))
    status, _, err = await terminal.run(TWO)
    assert status == 2
    assert err == ["There are several workspaces in these books, T1 (Acme), T2 (Beta): say which with --workspace."]
    status, out, _ = await terminal.run(TWO, "--workspace", "beta", "--create-teams", "--apply")
    assert (status, out[0]) == (0, "people.csv: 2 people, for Beta (T2).")
    database = await Database.open(sqlite_url)
    found = [await database.read(partial(audit.recent, workspace_id=its_id, limit=100)) for its_id in ("T1", "T2")]
    await database.close()
    assert [len(notes) for notes in found] == [0, 5]


async def test_many_people_are_not_all_shown_and_progress_is(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LONG", 1_500)
    text = file_of(*(f"p{number}@acme.example,Platform" for number in range(1_500)))
    status, out, err = await terminal.run(text, "--create-teams")
    assert (status, err) == (0, [])
    assert len(out) < 115
    assert "… and 1,400 people more; --all shows everybody." in out
    assert len((await terminal.run(text, "--create-teams", "--all"))[1]) > 1_500
    status, out, err = await terminal.run(text, "--create-teams", "--apply")
    assert (status, out[-1]) == (0, importing.DONE)
    assert err[0] == "Written 0 of 3,002 rows."
    assert err[-1] == "Written 3,002 of 3,002 rows."
    assert len(err) <= 11


async def test_from_standard_input(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    class Piped:
        buffer = io.BytesIO(TWO.encode())

    monkeypatch.setattr("sys.stdin", Piped())
    assert await asyncio.to_thread(main, ["import", "-", "--create-teams"]) == 0
    assert "standard input: 2 people" in terminal.capsys.readouterr().out


async def test_columns_are_spoken_of(terminal: Terminal) -> None:
    _, out, _ = await terminal.run("email,end,phone\nada@acme.example,2020-01-01,1\n")
    assert out[1:3] == [
        "Columns that mean nothing here: phone.",
        "No column for: team, manager, cost centre, start. What the books say there stays.",
    ]
    assert "1 person leaves, as the last day has come: ada@acme.example (2020-01-01)." in out
