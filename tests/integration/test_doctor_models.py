"""`stipend doctor` against models' servers, priced and paid."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.checks.models import about_server, read_list
from bot.doctor import Wishes
from sandbox.model.script import Script, error, refuses, says, usage
from tests.acceptance.stage import on_stage
from tests.asking import model
from tests.doctoring import Ward, only, wrong


@pytest.fixture
async def ward(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ward]:
    async with on_stage(sqlite_url, tmp_path) as stage:
        yield Ward(stage, monkeypatch)


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
