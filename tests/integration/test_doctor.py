"""`stipend doctor` against a workspace, a model's server and databases: what is well, and whatever can be wrong."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog.testing
from aiohttp import web
from sqlalchemy import text

from bot.checks.database import DISK_PROBLEM_BYTES, DISK_WARNING_BYTES, about_file
from bot.checks.finding import Finding
from bot.checks.models import about_server, read_list
from bot.doctor import Wishes, as_text, examine, findings_of, status_of
from handlers.slack.inspect import SCOPES, app_of_token
from sandbox.model.script import Script, error, refuses, says, usage
from sandbox.seed import ADA, FRANCES, GENERAL
from store import schema
from store.engines import make_engine, parse
from store.inspect import MOUNTS, File, file_of, filesystem_of, look_into
from tests.acceptance.stage import Stage, on_stage
from tests.asking import model
from tests.cluster import Cluster, name_of
from tests.ledger_help import set_up

OURS = ("SLACK_", "STIPEND_", "OPENAI_", "DATABASE_URL", "STANDIN_")
MANIFEST = Path(__file__).parent.parent.parent / "manifest.yml"
PLAIN = Wishes()


def present() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@dataclass
class Ward:
    """A stage without a bot, and the doctor who looks at it from this process."""

    stage: Stage
    monkeypatch: pytest.MonkeyPatch

    async def look(
        self, wishes: Wishes = PLAIN, now: Callable[[], datetime] = present, **environ: str
    ) -> dict[str, list[Finding]]:
        """The findings by what they are about, for this environment."""
        for name in [name for name in os.environ if name.startswith(OURS)]:
            self.monkeypatch.delenv(name)
        for name, value in (self.stage.environ(DATABASE_URL=self.stage.url) | environ).items():
            self.monkeypatch.setenv(name, value)
        found: dict[str, list[Finding]] = {}
        for finding in await examine(wishes, now):
            found.setdefault(finding.about, []).append(finding)
        return found


@pytest.fixture
async def ward(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ward]:
    async with on_stage(sqlite_url, tmp_path) as stage:
        yield Ward(stage, monkeypatch)


def only(findings: Mapping[str, list[Finding]], about: str) -> Finding:
    """The one finding about a thing."""
    [finding] = findings[about]
    return finding


def wrong(findings: Mapping[str, list[Finding]]) -> dict[str, str]:
    """What is not well, by what it is about."""
    return {about: each.level for about, group in findings.items() for each in group if each.level != "ok"}


async def run(environ: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """The command in a process of its own: its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor", *arguments, env=dict(environ),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


# --- all well, and the command ---------------------------------------------------------------------------------------


async def test_all_is_well(database_url: str, tmp_path: Path) -> None:
    async with on_stage(database_url, tmp_path) as stage:
        status, out, err = await run(stage.environ(), "--verify")
        calls = {call["method"] for call in await stage.people.calls()}
        asked = stage.standin.received
        links = (await stage.people.sockets())["connections"]
    assert (status, err) == (0, ""), out + err
    *lines, last = out.splitlines()
    assert last == "Nothing is wrong."
    assert {line.split()[0] for line in lines} == {"ok"}
    for said in ("all are valid", "@stipend in Acme", f"all {len(SCOPES)} of the manifest", "the ledger adds up"):
        assert said in out.replace("The ledger", "the ledger")
    assert calls == {"auth.test", "bots.info", "users.info", "apps.connections.open"}
    assert (asked, links) == (0, 0)


async def test_beside_a_bot_that_works(ward: Ward) -> None:
    """The doctor is handed none of the bot's events, and has nothing to say of holds and asks under way."""
    stage = ward.stage
    await stage.start_bot()
    await stage.stock()
    stage.standin.script(Script(pieces=("half ", "and half"), between_s=1.0, usage=usage(50, 5)))
    ts = await stage.people.send(ADA, GENERAL, "@stipend slowly")
    found = await ward.look(Wishes(verify=True))
    assert wrong(found) == {}
    assert (await stage.people.sockets())["connections"] == 1
    assert "half and half" in (await stage.answered(ts, GENERAL))["text"]
    assert await stage.stop_bot(stage.bots[0]) == 0


async def test_json_and_the_three_statuses(ward: Ward) -> None:
    environ = ward.stage.environ(STIPEND_ADMINS="")
    status, out, _ = await run(environ, "--json")
    answer = json.loads(out)
    assert (status, answer["status"]) == (1, "warning")
    [warned] = [each for each in answer["findings"] if each["level"] == "warning"]
    assert (warned["about"], sorted(warned)) == ("admins", ["about", "found", "level", "remedy"])
    assert "STIPEND_ADMINS" in warned["remedy"]
    status, out, _ = await run(environ | {"SLACK_BOT_TOKEN": "xoxb-not-that-one"}, "--json")
    assert (status, json.loads(out)["status"]) == (2, "problem")


async def test_no_secret_is_printed_whatever_goes_wrong(ward: Ward) -> None:
    hidden = {
        "SLACK_BOT_TOKEN": "xoxb-hidden1-bot", "SLACK_APP_TOKEN": "xapp-hidden2-app", "STANDIN_KEY": "hidden3",
        "OPENAI_API_KEY": "sk-hidden4-key", "DATABASE_URL": "postgresql://u:hidden5@127.0.0.1:1/books",
    }  # fmt: skip
    for more in ({}, {"SLACK_BOT_TOKEN": "hidden6", "DATABASE_URL": "mysql://u:hidden7@h/d", "STIPEND_LEASE_S": "h"}):
        status, out, err = await run(ward.stage.environ(**hidden | more), "--ask-model", "--verify")
        assert status == 2
        assert "hidden" not in out + err
        assert "Traceback" not in out + err


def test_a_check_that_breaks_is_a_problem_and_an_end_is_an_end() -> None:
    with structlog.testing.capture_logs() as logged:
        [found] = findings_of("models", LookupError("sk-hidden"))
    assert (found.level, found.found) == ("problem", "the check itself broke (LookupError).")
    assert [each["check"] for each in logged] == ["models"]
    with pytest.raises(KeyboardInterrupt):
        findings_of("models", KeyboardInterrupt())


# --- settings --------------------------------------------------------------------------------------------------------


async def test_every_wrong_setting_is_told_and_the_rest_is_looked_at(ward: Ward) -> None:
    found = await ward.look(SLACK_APP_TOKEN="", STIPEND_LEASE_S="long", STIPEND_TIMEZONE="Mars")
    said = " ".join(each.found for each in found["settings"])
    assert [each.level for each in found["settings"]] == ["problem"] * 3
    assert all(name in said for name in ("SLACK_APP_TOKEN", "STIPEND_LEASE_S", "STIPEND_TIMEZONE"))
    assert all(each.remedy for each in found["settings"])
    assert "time zone" not in found
    assert "socket" not in found
    assert {only(found, about).level for about in ("bot token", "database", "model standin")} == {"ok"}


async def test_the_time_zone_and_its_time(ward: Ward) -> None:
    at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    found = await ward.look(now=lambda: at, STIPEND_TIMEZONE="Asia/Tokyo")
    assert only(found, "time zone").found == "Asia/Tokyo is known; it is 2026-07-02 07:30 there."


# --- Slack -----------------------------------------------------------------------------------------------------------


def test_the_scopes_are_those_of_the_manifest() -> None:
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    after = lines[lines.index("    bot:") + 1 :]
    listed = [line.removeprefix("      - ") for line in after[: after.index("settings:")]]
    assert len(listed) == len(set(listed))
    assert set(listed) == SCOPES


async def test_missing_scopes_are_named(ward: Ward) -> None:
    state = ward.stage.workspace.world.state
    kept = tuple(scope for scope in state.app.scopes if scope not in {"users:read", "files:write"})
    state.app = replace(state.app, scopes=kept)
    found = await ward.look()
    assert only(found, "scopes").level == "problem"
    assert only(found, "scopes").found == "the bot token lacks files:write, users:read."
    assert "manifest.yml" in only(found, "scopes").remedy
    assert "missing_scope" in only(found, "admins").found


@pytest.mark.parametrize(
    ("error", "says"),
    [("invalid_auth", "does not know"), ("token_revoked", "was revoked"), ("account_inactive", "was removed")],
)
async def test_a_bot_token_that_is_refused(ward: Ward, error: str, says: str) -> None:
    await ward.stage.people.fault("auth.test", "error", error=error)
    found = await ward.look()
    assert wrong(found) == {"bot token": "problem"}
    assert says in only(found, "bot token").found
    assert "copy" in only(found, "bot token").remedy.lower()


async def test_an_app_token_that_is_refused(ward: Ward) -> None:
    found = await ward.look(SLACK_APP_TOKEN="xapp-1-another")
    assert wrong(found) == {"socket": "problem"}
    assert "connections:write" in only(found, "socket").remedy


async def test_slack_cannot_be_reached(ward: Ward) -> None:
    found = await ward.look(SLACK_API_URL="http://127.0.0.1:9/api/")
    assert wrong(found) == {"bot token": "problem", "socket": "problem"}
    assert only(found, "bot token").found == only(found, "socket").found == "Slack cannot be reached."


async def test_in_http_mode_no_socket_is_asked_for(ward: Ward) -> None:
    found = await ward.look(SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="0123abcd", STIPEND_HTTP_PORT="3000")
    assert wrong(found) == {}
    assert "socket" not in found
    assert "127.0.0.1:3000/slack/events" in only(found, "requests").found
    assert "apps.connections.open" not in {call["method"] for call in await ward.stage.people.calls()}


async def test_the_sockets_server_cannot_be_reached(ward: Ward) -> None:
    ward.stage.workspace.world.state.base_url = "http://127.0.0.1:9"
    found = await ward.look()
    assert wrong(found) == {"socket": "problem"}
    assert "cannot be reached" in only(found, "socket").found


@pytest.mark.parametrize(
    ("token", "app_id"), [("xapp-1-A012AB34CD-123-abc", "A012AB34CD"), ("xapp-1-0b1c2d", None), ("xapp-A1-1", None)]
)
def test_the_app_that_an_app_token_names(token: str, app_id: str | None) -> None:
    assert app_of_token(token) == app_id


@pytest.mark.parametrize(("token", "level"), [("xapp-1-A0STIPEND-1-s", "ok"), ("xapp-1-A0OTHER-1-s", "problem")])
async def test_tokens_of_one_app(ward: Ward, token: str, level: str) -> None:
    ward.stage.workspace.world.state.app_token = token
    found = await ward.look(SLACK_APP_TOKEN=token)
    assert only(found, "app").level == level
    assert "A0STIPEND" in only(found, "app").found
    assert only(found, "socket").level == "ok"


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, "ok"), (20, "warning"), (-20, "warning"), (90, "problem"), (-4000, "problem")]
)
async def test_the_clock_against_slacks_and_the_databases(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, level: str
) -> None:
    async with on_stage(database_url, tmp_path) as stage:
        found = await Ward(stage, monkeypatch).look(now=lambda: present() + timedelta(seconds=seconds))
    whose = ["Slack's", "the database's"] if database_url.startswith("postgresql") else ["Slack's"]
    assert [each.level for each in found["clock"]] == [level] * len(whose)
    for each, clock in zip(found["clock"], whose, strict=True):
        assert clock in each.found
        assert seconds == 0 or ("ahead of" in each.found) == (seconds > 0)


async def test_admins_who_are_none(ward: Ward) -> None:
    bot = ward.stage.workspace.world.state.app.user_id
    found = await ward.look(STIPEND_ADMINS=f"{FRANCES}, U0VISITOR, U0NOBODY, nobody@acme.example, {bot}")
    said = {each.found.split()[0]: each for each in found["admins"]}
    assert {name: each.level for name, each in said.items()} == dict.fromkeys(
        ("U0VISITOR", "U0NOBODY", "nobody@acme.example", bot), "warning"
    )
    assert "another organisation" in said["U0VISITOR"].found
    assert "nobody in this workspace" in said["nobody@acme.example"].found
    assert "is an app" in said[bot].found
    found = await ward.look(STIPEND_ADMINS="U0NOBODY")
    assert only(found, "admins").level == "problem"
    found = await ward.look(STIPEND_ADMINS=f"frances@acme.example,{ADA}")
    assert only(found, "admins").found == "Slack knows all 2 in STIPEND_ADMINS."


# --- the database ----------------------------------------------------------------------------------------------------


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


# --- models ----------------------------------------------------------------------------------------------------------


async def test_a_model_without_a_price(ward: Ward) -> None:
    found = await ward.look(STIPEND_MODELS="", STIPEND_MODEL="nobody-knows-me-1", OPENAI_API_KEY="sk-1")
    assert wrong(found) == {"models": "problem"}
    assert "nobody-knows-me-1" in only(found, "models").found


async def test_what_a_price_is(ward: Ward) -> None:
    found = await ward.look()
    assert only(found, "model standin").found.startswith("its price is known: $1 in, $2 out per million (models.toml")
    assert only(found, "model server").level == "ok"


async def test_a_server_that_does_not_list_the_model(ward: Ward) -> None:
    ward.stage.standin.models = ("others",)
    found = await ward.look()
    assert wrong(found) == {"model server": "warning"}
    assert "does not list standin" in only(found, "model server").found
    assert ward.stage.standin.received == 0


async def test_a_server_that_is_not_there(ward: Ward, tmp_path: Path) -> None:
    listed = tmp_path / "away.toml"
    entry = '[[models]]\nname = "{name}"\nbase_url = "http://127.0.0.1:9/v1"\nprice = {{ input = 1, output = 2 }}\n'
    listed.write_text("".join(entry.format(name=name) for name in ("here", "there")))
    found = await ward.look(Wishes(ask_model=True), STIPEND_MODELS=str(listed))
    assert wrong(found) == {"model server": "problem", "asking here": "problem"}
    assert "http://127.0.0.1:9/v1 cannot be reached" in only(found, "model server").found


WRONG_KEY = error("Incorrect API key provided: sk-hi***en.", code="invalid_api_key")


@pytest.mark.parametrize(
    ("status", "body", "level", "says"),
    [
        (200, {"data": [{"id": "standin"}, {"id": "other"}]}, "ok", "lists standin"),
        (200, {"data": []}, "warning", "does not list standin"),
        (200, {"data": "none"}, "warning", "no list"),
        (200, ["standin"], "warning", "no list"),
        (200, None, "warning", "no list"),
        (401, WRONG_KEY, "problem", "does not know the key of standin"),
        (401, error("x-api-key header is required"), "warning", "refuses the key of standin its list"),
        (403, {"error": "Forbidden"}, "warning", "refuses the key of standin its list"),
        (404, {"error": {"code": None}}, "warning", "no list"),
        (503, None, "problem", "status 503"),
    ],
)
async def test_what_a_server_may_answer(ward: Ward, status: int, body: object, level: str, says: str) -> None:
    found = about_server("http://m.example/v1", read_list(status, body), [model(ward.stage.standin)])
    assert found.level == level
    assert says in found.found
    assert bool(found.remedy) == (level != "ok")
    assert "sk-" not in found.found


ANSWERS = {
    "/portal": (200, b"<html>Please sign in</html>", "warning"),
    "/moved": (302, b"", "warning"),
    "/noise": (200, b'{"data": "\xff\xfe"}', "warning"),
    "/key": (401, json.dumps(WRONG_KEY).encode(), "problem"),
}


async def test_odd_servers(ward: Ward, tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        status, body, _ = ANSWERS[request.path.removesuffix("/models")]
        assert request.headers["Authorization"] == "Bearer none"
        return web.Response(
            status=status, body=body, content_type="application/json", headers={"Location": "/key/models"}
        )

    app = web.Application()
    app.router.add_get("/{name}/models", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    entry = '[[models]]\nname = "{name}"\nbase_url = "{url}{name}"\nprice = {{ input = 1, output = 2 }}\n'
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    listed = tmp_path / "odd.toml"
    listed.write_text("".join(entry.format(name=path[1:], url=f"{url}/") for path in ANSWERS))
    try:
        found = await ward.look(STIPEND_MODELS=str(listed))
    finally:
        await runner.cleanup()
    assert [each.level for each in found["model server"]] == [level for _, _, level in ANSWERS.values()]


async def test_one_paid_call_only_when_asked_for(ward: Ward) -> None:
    ward.stage.standin.script(says("OK.", usage=usage(9, 1)))
    found = await ward.look(Wishes(ask_model=True))
    asked = only(found, "asking standin")
    assert asked.level == "ok"
    assert "$0.000011" in asked.found
    assert "9 in, 1 out" in asked.found
    assert "charged to nobody here" in asked.found
    [request] = ward.stage.standin.requests
    assert request.cap_tokens == 1


async def test_a_model_that_takes_no_cap_so_small(ward: Ward) -> None:
    ward.stage.standin.script(refuses(400), says("OK.", usage=usage(9, 3)))
    found = await ward.look(Wishes(ask_model=True))
    assert only(found, "asking standin").level == "ok"
    assert [request.cap_tokens for request in ward.stage.standin.requests] == [1, 16]


@pytest.mark.parametrize(
    ("script", "level", "says"),
    [
        (says("OK.", usage=None), "warning", "did not say what that used"),
        (refuses(400), "problem", "status 400"),
        (refuses(401), "problem", "refused the key"),
        (refuses(503), "problem", "status 503"),
        (Script(cut_after=0), "problem", "broke off"),
    ],
)
async def test_paid_calls_that_go_wrong(ward: Ward, script: Script, level: str, says: str) -> None:
    ward.stage.standin.script(script)
    found = await ward.look(Wishes(ask_model=True))
    assert only(found, "asking standin").level == level
    assert says in only(found, "asking standin").found
    assert ward.stage.standin.received == (2 if script.status == 400 else 1)


# --- how it is said --------------------------------------------------------------------------------------------------


def test_one_line_for_each_finding() -> None:
    found = [Finding("ok", "disk", "there is\nroom."), Finding("problem", "app", "two.", "Take one.")]
    assert as_text(found).splitlines() == [
        "ok       disk: there is room.",
        "problem  app: two. Take one.",
        "1 problem, 0 warnings.",
    ]
    assert [status_of(found), status_of(found[:1]), status_of([Finding("warning", "a", "b", "c")])] == [2, 0, 1]
