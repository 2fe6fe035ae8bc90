"""Real bots that keep questions and answers, or do not: in the database, on the command line, on Home, in the logs."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import Text, cast, func, or_, select

from budget.retention import Keys, keys_of, new_key
from sandbox.model.standin import Script, refuses, says, usage
from sandbox.seed import ADA, ALAN, GENERAL
from store import texts
from store.database import Connection, Database
from store.tables import metadata
from store.texts import Kept
from tests.acceptance.stage import Stage, on_stage

ASKED, ANSWERED, QUOTED = "periwinkle", "marigold", "hellebore"
SHORT = says(f"A {ANSWERED} grows there.", usage=usage(300, 20))


async def look(stage: Stage) -> tuple[list[str], list[Kept]]:
    """The columns in which one of the words stands, and what is kept."""

    def query(conn: Connection) -> tuple[list[str], list[Kept]]:
        found = []
        for column in (column for table in metadata.sorted_tables for column in table.columns):
            there = or_(*(func.lower(cast(column, Text)).like(f"%{word}%") for word in (ASKED, ANSWERED, QUOTED)))
            if conn.scalar(select(func.count()).select_from(column.table).where(there)):
                found.append(str(column))
        return found, texts.after(conn, "")

    database = await Database.open(stage.url)
    try:
        return await database.read(query)
    finally:
        await database.close()


async def run(stage: Stage, *typed: str, **more: str) -> tuple[int, str, str]:
    """A command in a process of its own: its exit status, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *typed, env=stage.environ(**more),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def home(stage: Stage, who: str) -> str:
    """Someone's Home tab, opened now."""
    await stage.people.open_tab(who)

    async def published() -> str | None:
        view = await stage.people.home(who)
        return str(view) if view else None

    return await stage.people.wait_for(published, 10)


async def ask_in_every_way(stage: Stage) -> str:
    """Answered in a thread, refused by the model, without tokens, stopped with the process; the first one's ts."""
    root = await stage.people.send(ALAN, GENERAL, f"The {QUOTED} is poisonous.")
    stage.standin.script(SHORT)
    await stage.people.send(ADA, GENERAL, f"@stipend what of the {ASKED}?", thread_ts=root)
    await stage.answered(root, GENERAL)
    stage.standin.script(refuses(401))
    ts = await stage.people.send(ADA, GENERAL, f"@stipend a {ASKED} again?")
    await stage.whispered(ts, GENERAL)
    ts = await stage.people.send(ALAN, GENERAL, f"@stipend and the {ASKED}?")
    await stage.whispered(ts, GENERAL, ALAN)
    stage.standin.script(Script(pieces=(f"Well, the {ANSWERED}",), hang_after=1))
    before = stage.standin.received
    ts = await stage.people.send(ADA, GENERAL, f"@stipend slowly, a {ASKED}")
    while stage.standin.received == before:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    await stage.stop_bot(stage.bots[-1], signal.SIGTERM)
    assert len(await stage.answers(ts, GENERAL)) == 1
    return root


async def test_nothing_is_kept_and_nothing_logged_by_default(database_url: str, tmp_path: Path) -> None:
    async with on_stage(database_url, tmp_path) as stage:
        await stage.start_bot(STIPEND_DRAIN_S="0.5", STIPEND_LOG_LEVEL="debug")
        await stage.stock()
        assert "Questions and answers are not kept." in await home(stage, ADA)
        await ask_in_every_way(stage)
        assert await look(stage) == ([], [])
        for word in (ASKED, ANSWERED, QUOTED):
            assert word not in stage.log
        await stage.verified()


async def test_what_is_kept_is_encrypted_shown_for_a_reason_and_gone_when_switched_off(
    database_url: str, tmp_path: Path
) -> None:
    key = new_key()
    keeping = {"STIPEND_RETENTION_DAYS": "30", "STIPEND_RETENTION_KEY": key}
    async with on_stage(database_url, tmp_path) as stage:
        await stage.start_bot(STIPEND_DRAIN_S="0.5", STIPEND_LOG_LEVEL="debug", **keeping)
        await stage.stock()
        assert "Questions and answers are kept for 30 days, encrypted" in await home(stage, ADA)
        await ask_in_every_way(stage)
        in_the_clear, kept = await look(stage)
        assert in_the_clear == []
        keys = keys_of(key)
        assert isinstance(keys, Keys)
        opened = {each.ask_id: (
            keys.unseal(each.ask_id, "question", each.question), keys.unseal(each.ask_id, "answer", each.answer)
        ) for each in kept}  # fmt: skip
        assert set(opened.values()) == {
            (f"what of the {ASKED}?", f"A {ANSWERED} grows there."),
            (f"slowly, a {ASKED}", f"Well, the {ANSWERED}"),
        }
        status, out, err = await run(stage, "texts", "list", "--person", ADA, **keeping)
        assert (status, err) == (0, "")
        assert [line.split("  ")[1] for line in out.splitlines() if line.endswith("  kept")] == sorted(opened)[::-1]
        status, out, err = await run(stage, "texts", "show", min(opened), "--reason", "a test", **keeping)
        assert (status, err) == (0, "")
        assert f"what of the {ASKED}?" in out
        status, out, err = await run(stage, "texts", "show", min(opened), "--reason", "a test", **keeping
            | {"STIPEND_RETENTION_KEY": new_key()})  # fmt: skip
        assert status == 1
        assert not any(word in out + err for word in (ASKED, ANSWERED, QUOTED))
        await stage.start_bot()  # with retention off
        async with asyncio.timeout(10):
            while (await look(stage))[1]:
                await asyncio.sleep(0.1)
        assert "texts purged" in stage.log
        for word in (ASKED, ANSWERED, QUOTED, key, key[:20]):
            assert word not in stage.log
        await stage.verified()


NO_KEY = "nothing is kept unencrypted, and STIPEND_RETENTION_KEY is not set; make one with `stipend texts new-key`"
BAD_KEY = {"STIPEND_RETENTION_DAYS": "30", "STIPEND_RETENTION_KEY": "correct horse battery staple"}


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"STIPEND_RETENTION_DAYS": "30"}, f"STIPEND_RETENTION_DAYS: {NO_KEY}.\n"),
        (BAD_KEY, "STIPEND_RETENTION_KEY: this is no key; make one with `stipend texts new-key`.\n"),
        ({"STIPEND_RETENTION_DAYS": "-1"}, "STIPEND_RETENTION_DAYS: Input should be greater than or equal to 0.\n"),
    ],
    ids=["no key", "no good key", "no days"],
)
async def test_a_bot_that_could_not_keep_them_safe_does_not_start(
    sqlite_url: str, tmp_path: Path, environ: dict[str, str], says: str
) -> None:
    async with on_stage(sqlite_url, tmp_path) as stage:
        assert await run(stage, "run", **environ) == (2, "", says)
