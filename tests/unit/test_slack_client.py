"""How the Slack client is made, and that no exception of its libraries gets past the border."""

import inspect
from types import ModuleType, SimpleNamespace
from typing import Any

import aiohttp
import pytest
import slack_sdk.errors
from aiohttp import web
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from handlers.slack.wire.client import RETRIES_AFTER_429, TIMEOUT_S, make_client
from handlers.slack.wire.faults import No, attempt, no_of, retry_after_s

SLACK = "https://slack.com/api/"


def every(base: type[Exception], module: ModuleType) -> list[type[Exception]]:
    found = [each for _, each in inspect.getmembers(module, inspect.isclass)]
    return [each for each in found if issubclass(each, base)]


def api_error(status: int, data: Any, headers: dict[str, str] | None = None) -> SlackApiError:
    return SlackApiError("no", SimpleNamespace(status_code=status, data=data, headers=headers or {}))


@pytest.mark.parametrize("fault", every(SlackClientError, slack_sdk.errors))
async def test_every_exception_of_the_library_becomes_a_no(fault: type[SlackClientError]) -> None:
    async def call() -> Any:
        raise fault.__new__(fault)

    if fault is not SlackApiError:
        assert await attempt(call()) == No("server_error", maybe_done=True)


@pytest.mark.parametrize("fault", every(aiohttp.ClientError, aiohttp))
async def test_every_exception_of_the_network_becomes_a_no(fault: type[aiohttp.ClientError]) -> None:
    async def call() -> Any:
        raise fault.__new__(fault)

    surely_not_sent = issubclass(fault, aiohttp.ClientConnectorError)
    assert await attempt(call()) == No("network", maybe_done=not surely_not_sent)


@pytest.mark.parametrize("answer", ["ok", '["ok"]', "null", "{", ""])
async def test_an_answer_that_is_not_slacks_becomes_a_no(answer: str) -> None:
    async def portal(_request: web.Request) -> web.Response:
        return web.Response(text=answer, content_type="application/json" if answer[:1] in "[n{" else "text/plain")

    app = web.Application()
    app.router.add_route("*", "/api/{method}", portal)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = make_client("xoxb-1", f"http://127.0.0.1:{runner.addresses[0][1]}/api/")
    assert await attempt(client.chat_postMessage(channel="C1", text="Hi")) == No("server_error", maybe_done=True)
    await runner.cleanup()


async def test_our_own_mistakes_are_not_swallowed() -> None:
    async def call() -> Any:
        raise KeyError("ts")

    with pytest.raises(KeyError):
        await attempt(call())


@pytest.mark.parametrize(
    ("answer", "no"),
    [
        (api_error(200, {"ok": False, "error": "is_archived"}), No("is_archived")),
        (api_error(200, {"ok": False, "error": "internal_error"}), No("server_error", maybe_done=True)),
        (api_error(200, {"ok": False, "error": "ratelimited"}), No("ratelimited", retry_after_s=1.0)),
        (api_error(429, {"ok": False}, {"Retry-After": "30"}), No("ratelimited", retry_after_s=30.0)),
        (api_error(503, {"ok": False, "error": "what"}), No("server_error", maybe_done=True)),
        (api_error(500, "<html>"), No("server_error", maybe_done=True)),
        (api_error(200, {}), No("server_error", maybe_done=True)),
        (TimeoutError(), No("network", maybe_done=True)),
    ],
)
def test_what_an_answer_means(answer: Exception, no: No) -> None:
    assert no_of(answer) == no


def test_what_is_worth_waiting_for_and_what_means_that_slack_is_down() -> None:
    assert No("network").is_worth_waiting
    assert No("ratelimited", retry_after_s=60).is_worth_waiting
    assert not No("ratelimited", retry_after_s=61).is_worth_waiting
    assert No("invalid_auth").is_down
    assert not No("is_archived").is_down


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [({"retry-after": "7"}, 7.0), ({"Retry-After": ["8"]}, 8.0), ({"Retry-After": "soon"}, 1.0), ({}, 1.0)],
)
def test_retry_after(headers: dict[str, Any], wait_s: float) -> None:
    assert retry_after_s(headers) == wait_s


def test_a_proxy_is_for_the_world_and_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "slack.internal.example")
    assert make_client("xoxb-1", SLACK).proxy == "http://proxy.example:3128"
    for url in (
        "http://127.0.0.1:80/api/",
        "http://[::1]/api/",
        "http://localhost/",
        "https://slack.internal.example/",
    ):
        assert make_client("xoxb-1", url).proxy is None


def test_the_client_has_a_time_out_and_no_shared_session() -> None:
    client = make_client("xoxb-1", SLACK)
    assert client.timeout == TIMEOUT_S
    assert client.session is None


def request(method: str, verb: str = "POST") -> HttpRequest:
    return HttpRequest(method=verb, url=SLACK + method, headers={})


async def repeats(method: str, verb: str = "POST", *, tries: int = 0, **what: Any) -> bool:
    state = RetryState(current_attempt=tries)
    for handler in make_client("xoxb-1", SLACK).retry_handlers:
        if await handler.can_retry_async(state=state, request=request(method, verb), **what):
            return True
    return False


async def test_only_what_does_no_harm_twice_is_sent_again() -> None:
    dropped: dict[str, Any] = {"error": aiohttp.ServerDisconnectedError()}
    broken: dict[str, Any] = {"response": HttpResponse(status_code=503, headers={})}
    for what in (dropped, broken):
        assert await repeats("conversations.replies", "GET", **what)
        assert await repeats("auth.test", **what)
        assert not await repeats("chat.postMessage", **what)
        assert not await repeats("chat.appendStream", **what)
        assert not await repeats("files.completeUploadExternal", **what)


async def test_a_429_is_waited_for_a_few_times_and_everyone_hears_of_it() -> None:
    heard: list[tuple[str, float]] = []
    handler = make_client("xoxb-1", SLACK, on_429=lambda method, wait_s: heard.append((method, wait_s))).retry_handlers[
        0
    ]

    async def again(method: str, tries: int, wait_s: str) -> bool:
        limited = HttpResponse(status_code=429, headers={"Retry-After": wait_s})
        return await handler.can_retry_async(
            state=RetryState(current_attempt=tries), request=request(method), response=limited
        )

    assert await again("chat.postMessage", 0, "30")
    assert not await again("chat.postMessage", RETRIES_AFTER_429, "30")
    assert not await again("chat.postMessage", 0, "3600")
    assert not await again("chat.appendStream", 0, "1")
    assert heard[0] == ("chat.postMessage", 30.0)
    assert len(heard) == 4
