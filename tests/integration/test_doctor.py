"""`stipend doctor` as a whole: what is well, what the settings are, how it is said."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog.testing

from bot.checks.finding import Finding
from bot.doctor import Wishes, as_text, findings_of, status_of
from handlers.slack.wire.inspect import SCOPES
from sandbox.model.script import Script, usage
from sandbox.seed import ADA, GENERAL
from tests.acceptance.stage import on_stage
from tests.doctoring import Ward, only, run, wrong


@pytest.fixture
async def ward(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ward]:
    async with on_stage(sqlite_url, tmp_path) as stage:
        yield Ward(stage, monkeypatch)


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


async def test_traces_that_are_wanted(ward: Ward) -> None:
    found = await ward.look(OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318")
    assert only(found, "traces").found == "they are sent to collector."
    found = await ward.look(OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4317", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    assert only(found, "traces").level == "warning"
    assert "http/protobuf" in only(found, "traces").found
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        ward.monkeypatch.delenv(name)
    assert "traces" not in await ward.look()


def test_one_line_for_each_finding() -> None:
    found = [Finding("ok", "disk", "there is\nroom."), Finding("problem", "app", "two.", "Take one.")]
    assert as_text(found).splitlines() == [
        "ok       disk: there is room.",
        "problem  app: two. Take one.",
        "1 problem, 0 warnings.",
    ]
    assert [status_of(found), status_of(found[:1]), status_of([Finding("warning", "a", "b", "c")])] == [2, 0, 1]
