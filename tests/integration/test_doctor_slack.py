"""`stipend doctor` and the bot's start, against a workspace: tokens, scopes, sockets, clocks, admins."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.slack.wire.inspect import SCOPES, app_of_token
from sandbox.seed import ADA, FRANCES
from tests.acceptance.stage import on_stage
from tests.doctoring import MANIFEST, Ward, only, present, wrong


@pytest.fixture
async def ward(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ward]:
    async with on_stage(sqlite_url, tmp_path) as stage:
        yield Ward(stage, monkeypatch)


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


async def test_who_is_no_admin_is_said_at_the_start_too(ward: Ward) -> None:
    stage = ward.stage
    await stage.start_bot(STIPEND_ADMINS=f"{FRANCES},U0NOBODY,nobody@acme.example")
    async with asyncio.timeout(10):
        while stage.log.count("in STIPEND_ADMINS, and no admin") < 2:
            await asyncio.sleep(0.05)
    assert "admin=U0NOBODY why=unknown" in " ".join(stage.log.split())
    assert "nobody@acme.example" not in stage.log  # of people, logs have ids alone
    assert "nobody can fund the company" not in stage.log


async def test_that_nobody_can_fund_the_company_is_said_at_the_start(ward: Ward) -> None:
    await ward.stage.start_bot(STIPEND_ADMINS="")
    async with asyncio.timeout(10):
        while "nobody can fund the company" not in ward.stage.log:
            await asyncio.sleep(0.05)
