"""No secret is seen, whatever breaks: logs at their loudest, refusals at the start, the doctor, the pages."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from sandbox.model.script import Script, refuses, says
from sandbox.seed import ADA, FRANCES, GENERAL
from tests.acceptance.stage import Stage, on_stage
from tests.cluster import INSTALL, Cluster, new_cluster, programs, remove
from tests.conftest import lacking
from tests.integration.test_http_mode import Served, serve

PASSWORD, HEADER, ODD_KEY = "dbpass-4711", "collector-0815", "a key with blanks 31337"
WRONG = {
    "SLACK_BOT_TOKEN": "xoxb-wrong-90210-abc", "SLACK_APP_TOKEN": "xapp-1-wrong-90210-def",
    "SLACK_SIGNING_SECRET": "9e1f0b7c90210aa", "OPENAI_API_KEY": "sk-wrong-90210", "STANDIN_KEY": ODD_KEY,
}  # fmt: skip
LOUD = {"STIPEND_LOG_LEVEL": "debug", "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://me:{HEADER}@127.0.0.1:9"}
LOUD |= {"OTEL_EXPORTER_OTLP_HEADERS": f"x-key={HEADER}", "OTEL_BSP_SCHEDULE_DELAY": "200"}


@pytest.fixture
async def shaky(tmp_path: Path) -> AsyncIterator[tuple[Stage, Cluster]]:
    """A stage on a PostgreSQL of its own, which can be crashed, with a password in its address."""
    if programs() is None:
        lacking(INSTALL)
    cluster = new_cluster()
    try:
        url = make_url(cluster.database()).set(password=PASSWORD).render_as_string(hide_password=False)
        async with on_stage(url, tmp_path) as stage:
            yield stage, cluster
    finally:
        remove(cluster)


def secrets_of(stage: Stage) -> list[str]:
    """All that there are on this stage."""
    workspace = stage.workspace
    own = [workspace.bot_token, workspace.app_token, workspace.signing_secret, stage.standin.key]
    return [*own, *WRONG.values(), PASSWORD, HEADER]


def seen(stage: Stage, text: str) -> list[str]:
    """The secrets that stand in a text."""
    assert text
    return [secret for secret in secrets_of(stage) if secret in text]


async def run(environ: Mapping[str, str], *arguments: str) -> tuple[int | None, str]:
    """One of our commands to its end: its status, and all that it said."""
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, env=dict(environ), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(done.communicate(), 60)
    return done.returncode, said.decode()


async def test_at_work_with_everything_breaking(shaky: tuple[Stage, Cluster]) -> None:
    stage, cluster = shaky
    served = await serve(stage, SLACK_APP_TOKEN=stage.workspace.app_token, **LOUD)
    await stage.stock()
    quoted = {"error": {"message": f"Incorrect API key provided: {stage.standin.key}", "code": stage.standin.key}}
    stage.standin.script(
        refuses(401), Script(status=500, body=quoted), Script(status=400, body=f"<html>{stage.standin.key}</html>"),
        Script(error_after=1, body=quoted), Script(cut_after=1), says("Fine."),
    )  # fmt: skip
    for _ in range(5):
        ts = await stage.people.send(ADA, GENERAL, "@stipend what is it?")
        await stage.whispered(ts, GENERAL)
    for kind in ("http_500", "drop_after"):
        await stage.people.fault("chat.postMessage", kind, times=2)
    await stage.people.drop_sockets()
    await stage.people.wait_connected()
    ts = await stage.people.send(ADA, GENERAL, "@stipend and now?")
    await stage.answered(ts, GENERAL)
    pages = (await served.page("/metrics"))[1]
    await _without_its_database(stage, cluster, served)
    assert seen(stage, pages + (await served.page("/readyz"))[1] + (await served.page("/metrics"))[1]) == []
    assert await stage.stop_bot(served.bot, signal.SIGTERM) == 0
    assert "database is away" in stage.log
    assert seen(stage, stage.log) == []
    everything = [m for who in (ADA, FRANCES) for m in await stage.people.messages(who, GENERAL)]
    assert seen(stage, str(everything) + str(await stage.thread(ts, GENERAL))) == []


async def _without_its_database(stage: Stage, cluster: Cluster, served: Served) -> None:
    cluster.stop("immediate")
    await stage.people.send(ADA, GENERAL, "@stipend and without it?")
    async with asyncio.timeout(20):
        while "database is away" not in stage.log:
            await asyncio.sleep(0.1)
    cluster.start()
    async with asyncio.timeout(20):
        while (await served.page("/readyz"))[0] != 200:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("wrong", sorted(WRONG))
async def test_at_the_start_and_for_the_doctor_with_a_wrong_one(wrong: str, sqlite_url: str, tmp_path: Path) -> None:
    async with on_stage(sqlite_url, tmp_path) as stage:
        environ = stage.environ(**LOUD, **{wrong: WRONG[wrong]})
        if wrong in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
            status, said = await run(environ, "run")
            assert status == 2
            assert seen(stage, said) == []
        _, said = await run(environ, "doctor", "--ask-model", "--json")
        assert seen(stage, said) == []


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://stipend:{PASSWORD}@127.0.0.1:9/books",
        f"postgresql://127.0.0.1:9/books?user=all&password={PASSWORD}",
        f"postgresql://stipend:{PASSWORD}@no such host/books",
        f"mysql://stipend:{PASSWORD}@127.0.0.1/books",
        f"postgresql://stipend:{PASSWORD}@127.0.0.1:port/books",
    ],
)
async def test_an_address_of_a_database_that_does_not_answer(address: str, tmp_path: Path) -> None:
    async with on_stage(address, tmp_path) as stage:
        environ = stage.environ(**LOUD)
        every = [["run"], ["doctor", "--verify"], ["db", "upgrade"], ["db", "backup", str(tmp_path / "copy")]]
        for command in [["ledger", "verify"], *(every if "user=all" in address else [])]:
            status, said = await run(environ, *command)
            assert status == 2, said
            assert seen(stage, said) == [], command
            assert "Traceback" not in said


async def test_a_fault_that_nobody_caught_is_masked(tmp_path: Path) -> None:
    code = (
        "import os, threading; from bot import log, secrets\n"
        "log.configure('json', 'debug', secrets.known(os.environ))\n"
        "def broken(): raise RuntimeError('refused: ' + os.environ['STANDIN_KEY'])\n"
        "thread = threading.Thread(target=broken); thread.start(); thread.join(); broken()"
    )
    environ = {"PATH": os.environ["PATH"], "STANDIN_KEY": ODD_KEY}
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env=environ, stderr=asyncio.subprocess.PIPE, cwd=str(Path(__file__).parents[2])
    )
    _, err = await done.communicate()
    assert done.returncode == 1
    assert err.decode().count("RuntimeError: refused: …") == 2
    assert ODD_KEY not in err.decode()
