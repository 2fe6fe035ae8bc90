"""A stand-in for a model: an OpenAI-compatible server that does what a script says, for tests and benchmarks.

    async with ModelStandin() as model:
        model.script(refuses(429, retry_after="1"), says("At last."))   # one call each; the last one stays
        ...model.base_url, model.key, model.requests, model.answered

Other processes use `POST /_standin/script` (one script or a list, as JSON), `GET /_standin/state` and
`POST /_standin/reset`. By itself: `python -m sandbox.model.standin --port 9000 --answer-ms 50`.
"""

import argparse
import asyncio
import json
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from sandbox.model.script import Script, counted, error, event, finish, opening, piece, refuses, says, usage, whole

__all__ = ["ModelStandin", "Request", "Script", "error", "refuses", "says", "usage"]

KEPT_REQUESTS = 10_000
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: its parsed body, and its headers in lower case without the key."""

    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(repr=False)

    @property
    def cap_tokens(self) -> int | None:
        """The output cap, by either name."""
        cap = self.body.get("max_completion_tokens", self.body.get("max_tokens"))
        return cap if isinstance(cap, int) else None

    @property
    def text(self) -> str:
        """All messages, one after the other."""
        return "\n".join(str(message["content"]) for message in self.body["messages"])


class ModelStandin:
    """The server; counts calls it `received`, `answered` to the end, and those where the caller `hung_up`."""

    def __init__(self, *, port: int = 0, key: str | None = None, models: tuple[str, ...] = ("standin",)) -> None:
        self.port = port
        self.key = key or f"key-{secrets.token_hex(8)}"
        self.models = models
        self.reset()
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def reset(self) -> None:
        """Forget scripts, requests and counts."""
        self._scripts: deque[Script] = deque([Script()])
        self.requests: deque[Request] = deque(maxlen=KEPT_REQUESTS)
        self.received = self.answered = self.hung_up = 0
        self._seen: set[object] = set()  # client addresses

    @property
    def connections(self) -> int:
        """How many connections calls have come on."""
        return len(self._seen)

    def script(self, *scripts: Script) -> None:
        """What to do from now on: each script serves one call, the last one all further calls."""
        self._scripts = deque(scripts)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._list)
        app.router.add_post("/_standin/script", self._take_script)
        app.router.add_get("/_standin/state", self._state)
        app.router.add_post("/_standin/reset", self._take_reset)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() != "authorization"}
        self.requests.append(Request(body, headers))
        self.received += 1
        self._seen.add(request.transport and request.transport.get_extra_info("peername"))
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response(error("Incorrect API key provided.", code="invalid_api_key"), status=401)
        script = self._scripts.popleft() if len(self._scripts) > 1 else self._scripts[0]
        try:
            await asyncio.sleep(script.headers_s)
            response = await self._answer(request, body, script)
        except (asyncio.CancelledError, ConnectionResetError):
            self.hung_up += 1
            raise
        self.answered += script.status == 200
        return response

    async def _answer(self, request: web.Request, body: Mapping[str, Any], script: Script) -> web.StreamResponse:
        if script.status != 200:
            return _plain(script)
        if not body.get("stream"):
            return web.json_response(whole(str(body["model"]), script, script.count(body)))
        response = web.StreamResponse(headers={**HEADERS, **script.headers})
        await response.prepare(request)
        await _perform(request, response, body, script)
        return response

    async def _list(self, _: web.Request) -> web.Response:
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "stand-in"} for name in self.models]
        return web.json_response({"object": "list", "data": listed})

    async def _take_script(self, request: web.Request) -> web.Response:
        plain = await request.json()
        try:
            self.script(*(Script.from_json(each) for each in (plain if isinstance(plain, list) else [plain])))
        except TypeError as fault:
            return web.json_response({"error": str(fault)}, status=400)
        return web.json_response({"ok": True})

    async def _take_reset(self, _: web.Request) -> web.Response:
        self.reset()
        return web.json_response({"ok": True})

    async def _state(self, _: web.Request) -> web.Response:
        counts = {"received": self.received, "answered": self.answered, "hung_up": self.hung_up}
        return web.json_response({**counts, "requests": [dict(each.body) for each in self.requests]})


def _plain(script: Script) -> web.Response:
    if isinstance(script.body, str):
        return web.Response(text=script.body, status=script.status, headers=script.headers)
    return web.json_response(script.body, status=script.status, headers=script.headers)


async def _perform(request: web.Request, response: web.StreamResponse, body: Mapping[str, Any], script: Script) -> None:
    """Send the stream as scripted. What is not delayed goes out together, as a fast server's would."""
    model = str(body["model"])
    ready = bytearray(opening(model))
    for place, text in enumerate(script.pieces):
        if await _stopped(request, response, script, place, ready):
            return
        ready += script.raw if place == script.raw_after else b""
        delay_s = script.between_s if place else script.first_s
        if delay_s:
            await _flush(response, ready)
            await asyncio.sleep(delay_s)
        ready += piece(model, text)
    if await _stopped(request, response, script, len(script.pieces), ready):
        return
    ready += _ending(model, body, script)
    await _flush(response, ready)
    await response.write_eof()


def _ending(model: str, body: Mapping[str, Any], script: Script) -> bytes:
    count = script.count(body) if body.get("stream_options", {}).get("include_usage") else None
    reason = finish(model, script.finish_reason) if script.finish_reason else b""
    return reason + (counted(model, count) if count else b"") + (b"data: [DONE]\n\n" if script.done else b"")


async def _stopped(
    request: web.Request, response: web.StreamResponse, script: Script, place: int, ready: bytearray
) -> bool:
    """Whether the script ends the stream before the piece at this place, and how."""
    if place not in (script.cut_after, script.hang_after, script.error_after):
        return False
    if place == script.error_after:
        ready += event(script.body if isinstance(script.body, Mapping) else error("It broke.", kind="server_error"))
    await _flush(response, ready)
    if place == script.hang_after:
        await asyncio.Event().wait()
    if place == script.cut_after and request.transport is not None:
        await asyncio.sleep(0.01)  # so that what was sent arrives before the connection goes
        request.transport.abort()
    return True


async def _flush(response: web.StreamResponse, ready: bytearray) -> None:
    if ready:
        await response.write(bytes(ready))
        ready.clear()


async def serve(port: int, key: str, answer_s: float, pieces: int) -> None:
    """Answer every call after the same time, until stopped."""
    async with ModelStandin(port=port, key=key) as model:
        model.requests = deque(maxlen=0)  # a benchmark's requests need not be kept
        model.script(Script(pieces=tuple(f"word{n} " for n in range(pieces)), first_s=answer_s))
        print(model.base_url, flush=True)  # the address is what a caller waits for
        await asyncio.Event().wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.model.standin", description="A scripted model server.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the address is printed")
    parser.add_argument("--key", default="standin", help="the key callers must send")
    parser.add_argument("--answer-ms", type=float, default=50, help="time until an answer comes")
    parser.add_argument("--pieces", type=int, default=8, help="chunks of text in an answer")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.key, given.answer_ms / 1000, given.pieces))


if __name__ == "__main__":
    main()
