"""The house around it: the command line as an operator types it, and what gets into logs."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.log import mask
from sandbox.model.standin import Script, refuses, says, usage
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL
from store import schema
from store.engines import make_engine, parse
from tests.acceptance.stage import Stage, footer, on_stage

SECRETS = ("xoxb-very-secret", "xapp-very-secret", "sk-very-secret", "hunter2")
RUN = {"SLACK_BOT_TOKEN": SECRETS[0], "SLACK_APP_TOKEN": SECRETS[1], "OPENAI_API_KEY": SECRETS[2]}
TIMEOUT_S = 60


def stipend(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with this environment and nothing else of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "-m", "bot", *arguments]
    paths = {"PYTHONPATH": str(Path(schema.__file__).parent.parent)}
    done = subprocess.run(
        command, env=kept | paths | environ, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    assert not [secret for secret in SECRETS if secret in said], said
    return done


def change(url: str, *statements: str) -> None:
    """Change a database behind everybody's back."""
    engine = make_engine(parse(url))
    with engine.begin() as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


# -- settings ---------------------------------------------------------------------------------------------------------


def test_run_lists_all_that_is_wrong_at_once(tmp_path: Path) -> None:
    models = tmp_path / "models.toml"
    models.write_text('[[models]]\nname = "a b"\n[[models]]\nname = "c"\nprice = { input = 0, output = 1 }\n')
    done = stipend(
        tmp_path, "run", SLACK_BOT_TOKEN=SECRETS[1], DATABASE_URL="oracle://me:hunter2@db/x", STIPEND_LEASE_S="x",
        STIPEND_STARTER_GRANT="many", STIPEND_MODELS=str(models), OPENAI_API_KEY=SECRETS[2],
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    for name in (
        "SLACK_BOT_TOKEN: ", "SLACK_APP_TOKEN is not set", "DATABASE_URL: ", "STIPEND_LEASE_S: ",
        "STIPEND_STARTER_GRANT: ", "model a b: name", "model c: ",
    ):  # fmt: skip
        assert name in done.stderr
    assert list(tmp_path.iterdir()) == [models], "nothing is made before everything is right"


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (None, "cannot be read"),
        ("[[models", "not valid TOML"),
        ("", "there is no model"),
        ('[[models]]\nname = "x"\nbase_url = "https://me:hunter2@host/v1"', "base_url must look like"),
        ('[[models]]\nname = "x"\nkey_variable = "NOT_SET"', "set NOT_SET"),
        ('[[models]]\nname = "surely-unpriced"', "surely-unpriced"),
    ],
)
def test_run_tells_what_is_wrong_with_the_models(tmp_path: Path, toml: str | None, says: str) -> None:
    path = tmp_path / "models.toml"
    if toml is not None:
        path.write_text(toml)
    done = stipend(tmp_path, "run", **RUN, STIPEND_MODELS=str(path))
    assert done.returncode == 2
    assert says in done.stderr


# -- Slack ------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(sqlite_url, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"SLACK_BOT_TOKEN": SECRETS[0]}, "Slack does not know SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": SECRETS[1]}, "Slack refused SLACK_APP_TOKEN"),
    ],
    ids=["bot", "app"],
)
async def test_refused_tokens_are_told_in_words(stage: Stage, wrong: dict[str, str], says: str) -> None:
    done = await asyncio.to_thread(stipend, stage.folder, "run", **stage.environ(**wrong))
    assert done.returncode == 2
    assert says in done.stderr


async def test_an_unreachable_slack_is_told_in_words(stage: Stage) -> None:
    environ = stage.environ(SLACK_API_URL=f"http://127.0.0.1:{closed_port()}/api/")
    done = await asyncio.to_thread(stipend, stage.folder, "run", **environ)
    assert done.returncode == 2
    assert "Slack cannot be reached" in done.stderr


async def test_told_to_stop_it_ends_with_status_0(stage: Stage) -> None:
    for how in (signal.SIGTERM, signal.SIGINT):
        assert await stage.stop_bot(await stage.start_bot(), how) == 0
    assert "Traceback" not in stage.log


# -- database ---------------------------------------------------------------------------------------------------------

COMMANDS = (("run",), ("db", "upgrade"), ("ledger", "verify"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_unreachable_database_is_told_without_its_password(tmp_path: Path, command: tuple[str, ...]) -> None:
    url = f"postgresql://stipend:hunter2@127.0.0.1:{closed_port()}/books"
    done = stipend(tmp_path, *command, **RUN, DATABASE_URL=url)
    assert done.returncode == 2
    assert done.stderr == "The database cannot be reached.\n"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("place", ["no/such/folder/x.db", "text.db"])
def test_a_file_that_is_no_database_is_told(tmp_path: Path, command: tuple[str, ...], place: str) -> None:
    (tmp_path / "text.db").write_text("this is a letter, not a database\n" * 100)
    done = stipend(tmp_path, *command, **RUN, DATABASE_URL=f"sqlite:///{place}")
    assert done.returncode == 2
    assert done.stderr.startswith("The database file")
    assert (tmp_path / "text.db").read_text().startswith("this is a letter")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_newer_than_the_code_is_left_alone(
    tmp_path: Path, database_url: str, command: tuple[str, ...]
) -> None:
    change(database_url, "UPDATE alembic_version SET version_num = '9999'")
    done = stipend(tmp_path, *command, **RUN, DATABASE_URL=database_url)
    assert done.returncode == 2
    assert "newer Stipend (9999" in done.stderr
    assert schema.current(database_url) == "9999"


def test_db_upgrade_twice(tmp_path: Path) -> None:
    for _ in range(2):
        done = stipend(tmp_path, "db", "upgrade", DATABASE_URL="sqlite:///new.db")
        assert (done.returncode, done.stdout, done.stderr) == (0, "The database is up to date.\n", "")
    assert schema.current(f"sqlite:///{tmp_path}/new.db") == schema.expected()


def test_verify_wants_an_upgraded_database(tmp_path: Path) -> None:
    done = stipend(tmp_path, "ledger", "verify", DATABASE_URL="sqlite:///new.db")
    assert done.returncode == 2
    assert "stipend db upgrade" in done.stderr


async def test_verify_proves_sound_books_and_finds_tampering(database_url: str, tmp_path: Path) -> None:
    async with on_stage(database_url, tmp_path) as stage:
        await stage.start_bot()
        await stage.stock()
        ts = await stage.people.send(ADA, GENERAL, "@stipend hello")
        await stage.answered(ts, GENERAL)
        await stage.stop_bot(stage.bots[0])
    done = await asyncio.to_thread(stipend, tmp_path, "ledger", "verify", DATABASE_URL=database_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"adds up: .*accounts.*transfers.*1 hold.*no differences", done.stdout)
    tampering = (
        f"UPDATE account SET posted_micros = posted_micros + 1 WHERE owner_id LIKE '%{ADA}'",
        "UPDATE hold SET charged_micros = charged_micros + 1, actual_micros = actual_micros + 1",
        "UPDATE transfer SET amount_micros = amount_micros + 5 WHERE kind = 'grant'",
    )
    for n, statement in enumerate(tampering, 1):
        change(database_url, statement)
        done = await asyncio.to_thread(stipend, tmp_path, "ledger", "verify", DATABASE_URL=database_url)
        assert done.returncode == 1, statement
        assert "does NOT add up" in done.stdout
        assert len(done.stdout.splitlines()) > n


# -- help -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [(), ("ledger", "verify")], ids=" ".join)
def test_help(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = stipend(tmp_path, *command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: stipend")


@pytest.mark.parametrize("command", [("fly",), ("db",)], ids=" ".join)
def test_a_mistyped_command_shows_the_usage(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = stipend(tmp_path, *command)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: stipend")


# -- logs -------------------------------------------------------------------------------------------------------------

PRIVATE = ("kumquat", "persimmon", "rambutan", "durian")


@pytest.mark.parametrize("style", ["json", "console"])
async def test_no_text_and_no_secret_gets_into_the_log(sqlite_url: str, tmp_path: Path, style: str) -> None:
    question, answer, command, thread = PRIVATE
    async with on_stage(sqlite_url, tmp_path) as stage:
        await stage.start_bot(STIPEND_LOG_FORMAT=style, STIPEND_LOG_LEVEL="debug")
        await stage.stock()
        dm, scripts = await stage.people.app_dm(ADA), {
            "answered": says(f"an {answer}", usage=usage(3, 3)),
            "refused key": refuses(401, {"error": {"message": f"bad key for {question}", "code": "invalid_api_key"}}),
            "too long": refuses(400, {"error": {"message": answer, "code": "context_length_exceeded"}}),
            "server fault": refuses(500, f"<html>{answer}</html>"),
            "cut": Script(pieces=(answer, answer), cut_after=1),
            "nonsense": Script(pieces=(answer,), raw_after=0, raw=f"data: {{{answer}\n\n".encode()),
        }  # fmt: skip
        for name, script in scripts.items():
            stage.standin.script(script)
            ts = await stage.people.send(ADA, dm, f"{name}: a {question}?")
            await stage.people.wait_for_message(ADA, dm, lambda m: not m["text"].endswith("?"), thread_ts=ts)
        stage.standin.script(scripts["answered"])
        root = await stage.people.send(ALAN, GENERAL, thread)
        await stage.people.fault("conversations.replies", "error", error="internal_error", times=9)
        await stage.people.fault("chat.postMessage", "error", error="invalid_blocks", times=1)
        await stage.people.send(ADA, GENERAL, f"@stipend a {question}?", thread_ts=root)
        await stage.people.wait_for_message(ADA, GENERAL, lambda m: bool(footer(m)), thread_ts=root, timeout_s=30)
        await stage.command(ADA, f"/tokens grant @Alan Turing $1 for a {command}")
        await stage.command(FRANCES, f"/tokens fund $1 for a {command}")
        await stage.command(ADA, f"/tokens {command}")
        await stage.people.post("sockets", {"action": "drop"})
        await stage.people.wait_connected()
        await stage.stop_bot(stage.bots[0])
        log = stage.log
        for private in (*PRIVATE, stage.standin.key, stage.workspace.bot_token, stage.workspace.app_token):
            assert private not in log, [line for line in log.splitlines() if private in line]
        assert "ready" in log
        assert "Traceback" not in log
        if style == "json":
            assert {"event", "level", "timestamp"} <= json.loads(log.splitlines()[0]).keys()
            assert all(json.loads(line)["event"] for line in log.splitlines())


def test_the_text_of_a_database_error_has_no_parameters(database_url: str) -> None:
    engine = make_engine(parse(database_url))

    def fail(conn: Connection) -> None:
        conn.execute(text("INSERT INTO ask (id) VALUES (:id)"), {"id": PRIVATE[0]})

    with engine.connect() as conn, pytest.raises(DBAPIError) as caught:
        fail(conn)
    engine.dispose()
    assert PRIVATE[0] not in str(caught.value).split("DETAIL")[0]


@pytest.mark.parametrize(
    "secret",
    ["xoxb-1-2-abcDEF", "xapp-1-A-2-abc", "xoxp-12-ab.cd", "sk-proj-abc_DEF-123", "postgresql://me:hunter2@db/x"],
)
def test_secrets_are_masked(secret: str) -> None:
    masked = mask(f"It failed with {secret} in it.")
    assert secret not in masked
    assert "hunter2" not in masked
    assert masked.endswith("in it.")
