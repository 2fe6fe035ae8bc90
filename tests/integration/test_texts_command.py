"""`stipend texts`: a key, a list, one text with a reason, purging, another key; and every look is in the audit."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from bot.checks.finding import Finding
from bot.checks.texts import look_at_texts
from bot.cli import main
from bot.settings import Settings, load
from bot.texts import harmless, operator
from budget.retention import Keys, keys_of, new_key
from store import asks, audit, people, texts
from store.asks import NewAsk
from store.database import Connection, Database
from store.rows import insert_rows
from store.tables import ask, kept_text
from store.texts import Kept

KEY, NOW = new_key(), datetime.now(UTC)
ADA = "T1:U1"
QUESTION, ANSWER = "Where is the \x1b[31mperiwinkle?", "In the\tgarden.\nMarigold \x9b2J\u202e."


def keys(*listed: str) -> Keys:
    found = keys_of(",".join(listed or (KEY,)))
    assert isinstance(found, Keys)
    return found


def asked(conn: Connection, ask_id: str, *, days_ago: float, kept_days: int | None, slack_id: str = "U1") -> None:
    """An ask that was answered so long ago."""
    at = NOW - timedelta(days=days_ago)
    new = NewAsk(ask_id, "T1", f"Ev{ask_id}", "C1", ask_id, ask_id, None, "channel", slack_id, "gone")
    insert_rows(conn, [asks.new_row(new, at=at, lease_owner="w", lease_until_at=at)])
    ended = dict(state="settled", outcome="answered", question=None, model="standin", cost_micros=340, person_id=ADA)
    conn.execute(update(ask).where(ask.c.id == ask_id).values(**ended, ended_at=at, told_at=at))
    if kept_days is not None:
        sealed = keys().seal(ask_id, "question", QUESTION, at), keys().seal(ask_id, "answer", ANSWER, at)
        texts.keep(conn, Kept(ask_id, *sealed), at + timedelta(days=kept_days))


def set_up(conn: Connection) -> None:
    people.ensure_workspace(conn, "T1", "Acme", NOW)
    for slack_id, mail in (("U1", "Ada@Acme.example"), ("U2", None)):
        people.ensure_person(
            conn, workspace_id="T1", slack_id=slack_id, name="Ada", email=mail, timezone=None, is_admin=False, at=NOW
        )
    asked(conn, "a-kept", days_ago=1, kept_days=30)
    asked(conn, "b-bare", days_ago=2, kept_days=None)
    asked(conn, "c-old", days_ago=20, kept_days=30)
    asked(conn, "d-other", days_ago=1, kept_days=30, slack_id="U2")


class Terminal:
    """The command line on a database, in this process."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self.monkeypatch, self.capsys = url, monkeypatch, capsys
        for name in [name for name in os.environ if name.startswith(("SLACK_", "STIPEND_", "OPENAI_"))]:
            monkeypatch.delenv(name)
        self.set(DATABASE_URL=url, STIPEND_RETENTION_KEY=KEY, STIPEND_RETENTION_DAYS="30")

    def set(self, **environ: str) -> None:
        for name, value in environ.items():
            self.monkeypatch.setenv(name, value)

    async def run(self, *typed: str) -> tuple[int, str, str]:
        """The exit status, what was printed, and what was complained of."""
        self.capsys.readouterr()
        try:
            status = await asyncio.to_thread(main, ["texts", *typed])
        except SystemExit as left:
            status = int(str(left.code))
        said = self.capsys.readouterr()
        return status, said.out, said.err

    async def on(self, work: Callable[[Connection], object]) -> object:
        database = await Database.open(self.url)
        try:
            return await database.write(work)
        finally:
            await database.close()

    async def noted(self) -> list[tuple[str, str, str | None]]:
        """The audit: action, target and reason, oldest first."""
        found = await self.on(lambda conn: audit.recent(conn, "T1", 50))
        assert isinstance(found, list)
        assert {(each.actor_id, each.origin) for each in found} <= {(operator(), "cli")}
        return [(each.action, each.target, each.new) for each in reversed(found)]

    async def kept(self) -> list[str]:
        found = await self.on(lambda conn: [each.ask_id for each in texts.after(conn, "")])
        assert isinstance(found, list)
        return found


@pytest.fixture
async def terminal(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    made = Terminal(database_url, monkeypatch, capsys)
    await made.on(set_up)
    return made


async def test_a_new_key_is_printed_alone_and_is_good(terminal: Terminal) -> None:
    status, out, err = await terminal.run("new-key")
    assert (status, err) == (0, "")
    assert len(keys(out.strip())) == 1
    assert out != (await terminal.run("new-key"))[1]


async def test_a_text_is_shown_for_a_reason_which_is_written_down_first(terminal: Terminal) -> None:
    terminal.set(STIPEND_TIMEZONE="Europe/Berlin")
    status, out, err = await terminal.run("show", "a-kept", "--reason", " a  complaint ")
    assert (status, err) == (0, "")
    assert "a-kept, " in out
    assert "Ada, standin, settled, kept until " in out
    assert "(Europe/Berlin)" in out
    assert "Question\nWhere is the \\x1b[31mperiwinkle?" in out
    assert "Answer\nIn the\tgarden.\nMarigold \\x9b2J\\u202e." in out
    assert await terminal.noted() == [("read texts", "a-kept", "a complaint")]


@pytest.mark.parametrize("typed", [(), ("--reason", " "), ("--reason", "x" * 501)])
async def test_without_a_reason_nothing_is_shown(terminal: Terminal, typed: tuple[str, ...]) -> None:
    status, out, err = await terminal.run("show", "a-kept", *typed)
    assert (status, out) == (2, "")
    assert "reason" in err
    assert await terminal.noted() == []


@pytest.mark.parametrize(
    ("ask_id", "says"),
    [("b-bare", "The texts of b-bare are not kept, or not any more."), ("nowhere", "There is no ask nowhere;")],
)
async def test_what_is_not_there_is_told(terminal: Terminal, ask_id: str, says: str) -> None:
    status, out, err = await terminal.run("show", ask_id, "--reason", "why not")
    assert (status, out) == (2, "")
    assert err.startswith(says)
    assert await terminal.noted() == []


async def test_without_the_key_nothing_is_decrypted(terminal: Terminal) -> None:
    terminal.set(STIPEND_RETENTION_KEY=new_key())
    status, out, _ = await terminal.run("show", "a-kept", "--reason", "why not")
    assert status == 1
    assert out.count("It cannot be decrypted") == 2
    assert "periwinkle" not in out
    assert await terminal.noted() == [("read texts", "a-kept", "why not")]
    terminal.set(STIPEND_RETENTION_KEY="", STIPEND_RETENTION_DAYS="0")
    status, _, err = await terminal.run("show", "a-kept", "--reason", "why not")
    assert status == 2
    assert "STIPEND_RETENTION_KEY is not set" in err


async def test_a_row_that_was_swapped_or_bent_is_told_and_the_rest_is_shown(terminal: Terminal) -> None:
    def bend(conn: Connection) -> None:
        rows = {each.ask_id: each for each in texts.after(conn, "")}
        mine, other = rows["a-kept"], rows["c-old"]
        texts.exchange(conn, mine, Kept("a-kept", mine.question, other.answer))

    await terminal.on(bend)
    status, out, _ = await terminal.run("show", "a-kept", "--reason", "why not")
    assert status == 1
    assert "periwinkle" in out
    assert "Answer\nIt is the text of another ask" in out


@pytest.mark.parametrize("who", ["U1", "ada@acme.EXAMPLE"])
async def test_somebodys_asks_are_listed_without_words(terminal: Terminal, who: str) -> None:
    status, out, err = await terminal.run("list", "--person", who)
    assert (status, err) == (0, "")
    first, second = out.splitlines()
    assert first.split("  ")[1:] == ["a-kept", "standin", "$0.00034", "settled (answered)", "kept"]
    assert second.split("  ")[1:] == ["b-bare", "standin", "$0.00034", "settled (answered)", "not kept"]
    _, out, _ = await terminal.run("list", "--person", who, "--days", "21", "--reason", "a bill")
    assert [line.split("  ")[1] for line in out.splitlines()] == ["a-kept", "b-bare", "c-old"]
    assert await terminal.noted() == [("list asks", ADA, None), ("list asks", ADA, "a bill")]


async def test_nobody_and_nothing(terminal: Terminal) -> None:
    status, out, err = await terminal.run("list", "--person", "ada@elsewhere.example")
    assert (status, out) == (2, "")
    assert err.startswith("Nobody called ada@elsewhere.example")
    await terminal.on(lambda conn: conn.execute(text("UPDATE ask SET asker_id = 'U9'")))
    assert await terminal.run("list", "--person", "U1") == (0, "Nothing was asked in 7 days.\n", "")


@pytest.mark.parametrize("days", ["0", "-1", "3.5", "many", "99999"])
async def test_days_are_whole(terminal: Terminal, days: str) -> None:
    assert (await terminal.run("list", "--person", "U1", "--days", days))[0] == 2


async def test_purging_by_the_rule_of_now_and_altogether(terminal: Terminal) -> None:
    assert await terminal.run("purge") == (0, "Deleted: the texts of 0 asks.\n", "")
    terminal.set(STIPEND_RETENTION_DAYS="7")
    assert await terminal.run("purge") == (0, "Deleted: the texts of 1 ask.\n", "")
    assert await terminal.kept() == ["a-kept", "d-other"]
    assert await terminal.noted() == []
    assert await terminal.run("purge", "--all") == (0, "Deleted: the texts of 2 asks.\n", "")
    assert await terminal.kept() == []
    assert await terminal.noted() == [("purge texts", "T1", None)]


async def test_switched_off_purging_takes_all(terminal: Terminal) -> None:
    terminal.set(STIPEND_RETENTION_DAYS="0", STIPEND_RETENTION_KEY="")
    assert await terminal.run("purge") == (0, "Deleted: the texts of 3 asks.\n", "")


async def test_the_key_is_exchanged(terminal: Terminal) -> None:
    newer = new_key()
    terminal.set(STIPEND_RETENTION_KEY=f"{newer},{KEY}")
    assert await terminal.run("rotate") == (0, "Encrypted anew: 3. With the first key already: 0.\n", "")
    assert await terminal.run("rotate") == (0, "Encrypted anew: 0. With the first key already: 3.\n", "")
    terminal.set(STIPEND_RETENTION_KEY=newer)
    assert "periwinkle" in (await terminal.run("show", "a-kept", "--reason", "why not"))[1]
    terminal.set(STIPEND_RETENTION_KEY=KEY)
    status, _, err = await terminal.run("rotate")
    assert (status, err) == (1, "No key decrypts 3: was one taken away too early?\n")
    terminal.set(STIPEND_RETENTION_KEY="", STIPEND_RETENTION_DAYS="0")
    assert (await terminal.run("rotate"))[0] == 2


async def test_a_bad_setting_is_told_and_a_database_that_is_not_ours_is_left_alone(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.set(STIPEND_RETENTION_KEY="hunter2")
    status, _, err = await terminal.run("purge")
    assert status == 2
    assert err == "STIPEND_RETENTION_KEY: this is no key; make one with `stipend texts new-key`.\n"
    terminal.set(STIPEND_RETENTION_KEY=KEY, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    status, _, err = await terminal.run("purge", "--all")
    assert status == 2
    assert "stipend db upgrade" in err


def test_an_operator_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert operator().startswith("os:")

    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nameless)
    assert operator() == f"os:{os.getuid()}"


def test_words_do_nothing_to_a_terminal() -> None:
    assert harmless("a\n\tb é 日本 🙂") == "a\n\tb é 日本 🙂"
    assert harmless("\x1b]0;x\x07\r\x00\x7f\ud83d") == "\\x1b]0;x\\x07\\r\\x00\\x7f\\ud83d"


# --- the doctor ------------------------------------------------------------------------------------------------------


async def looked(terminal: Terminal, **environ: str) -> list[Finding]:
    terminal.set(**environ)
    settings = load(needs_slack=False)
    assert isinstance(settings, Settings)
    return await look_at_texts(settings, frozenset(), lambda: NOW)


async def test_the_doctor_says_what_is_kept(terminal: Terminal, tmp_path: Path) -> None:
    [rule] = await looked(terminal)
    assert rule.level == "ok"
    assert rule.found.startswith("Questions and answers are kept for 30 days, encrypted")
    _, late = await looked(terminal, STIPEND_RETENTION_DAYS="7")
    assert (late.level, late.found) == ("warning", "the texts of 1 ask or more are kept past their time.")
    _, sealed = await looked(terminal, STIPEND_RETENTION_DAYS="30", STIPEND_RETENTION_KEY=new_key())
    assert sealed.level == "problem"
    off, late, sealed = await looked(terminal, STIPEND_RETENTION_DAYS="0", STIPEND_RETENTION_KEY="")
    assert off.found == "Questions and answers are not kept."
    assert (late.level, sealed.level) == ("warning", "problem")
    await terminal.run("purge", "--all")
    assert [each.level for each in await looked(terminal)] == ["ok"]
    nowhere = tmp_path / "nowhere.db"
    assert [each.level for each in await looked(terminal, DATABASE_URL=f"sqlite:///{nowhere}")] == ["ok"]
    assert not nowhere.exists()


async def test_the_doctor_says_nothing_of_a_rule_that_may_be_another(terminal: Terminal) -> None:
    settings = load(needs_slack=False)
    assert isinstance(settings, Settings)
    assert await look_at_texts(settings, frozenset({"STIPEND_RETENTION_KEY"}), lambda: NOW) == []


async def test_a_row_cannot_be_without_its_ask(terminal: Terminal) -> None:
    lost = insert(kept_text).values(ask_id="nowhere", question="x", answer="x", purge_at=NOW)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await terminal.on(lambda conn: conn.execute(lost))
