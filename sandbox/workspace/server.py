"""The workspace as one aiohttp server on one loopback port."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from sandbox.workspace import attachments, control, respond, web_api
from sandbox.workspace.acts import perform
from sandbox.workspace.feed import Feed
from sandbox.workspace.guard import refusal
from sandbox.workspace.hub import Hub
from sandbox.workspace.limits import Timing
from sandbox.workspace.methods import files
from sandbox.workspace.seeds import Seed
from sandbox.workspace.state import State
from sandbox.workspace.wire import Clock, ControlError, JsonObject
from sandbox.workspace.world import World

PAGE = Path(__file__).resolve().parent.parent / "page"
BODY_MAX_BYTES = 32 * 1024 * 1024
_PAGE_POLICY = (
    "default-src 'self'; connect-src 'self' ws:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass
class Workspace:
    """A running workspace. Its owner closes it."""

    url: str
    bot_token: str
    app_token: str
    signing_secret: str
    world: World
    runner: web.AppRunner

    @property
    def api_url(self) -> str:
        """What slack_sdk calls base_url."""
        return f"{self.url}/api/"

    async def close(self) -> None:
        """Close sockets and the port."""
        await self.world.close()
        await self.runner.cleanup()


async def start_workspace(
    seed: Seed, *, host: str = "127.0.0.1", port: int = 0, timing: Timing | None = None, clock: Clock = time.time
) -> Workspace:
    """Start a workspace; port 0 takes a free one. Raises OSError when the port is busy."""
    state, feed, kept = State(seed, clock), Feed(), replace(timing or Timing())
    hub = Hub(kept, seed.app.app_id, lambda up: feed.to_all({"type": "connected", "connected": up}))
    world = World(state, hub, feed, kept)
    runner = web.AppRunner(_application(world), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    world.state.base_url = f"http://{host}:{runner.addresses[0][1]}"
    return Workspace(state.base_url, state.bot_token, state.app_token, state.signing_secret, world, runner)


def _application(world: World) -> web.Application:
    app = web.Application(client_max_size=BODY_MAX_BYTES, middlewares=[_guarded])

    async def call(request: web.Request) -> web.StreamResponse:
        return await web_api.handle(world, request)

    async def upload(request: web.Request) -> web.StreamResponse:
        return await files.receive(world, request)

    async def download(request: web.Request) -> web.StreamResponse:
        return files.download(world, request)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await respond.handle(world, request)

    app.router.add_route("*", "/api/{method}", call)
    app.router.add_get("/link/{ticket}", world.hub.serve)
    app.router.add_post("/upload/{id}", upload)
    app.router.add_get("/files-pri/{team}-{id}/{name:.*}", download)
    app.router.add_post("/respond/{id}", answer)
    _add_control(app, world)
    app.router.add_get("/", _index)
    app.router.add_get("/archives/{channel}/{message}", _index)  # chat.getPermalink; the page reads its own address
    app.router.add_get("/page/{name:.+}", _page)
    return app


def _add_control(app: web.Application, world: World) -> None:
    async def read(request: web.Request) -> web.StreamResponse:
        handler = control.READS.get(request.match_info["name"])
        if handler is None:
            raise ControlError(f"There is no /control/{request.match_info['name']}.", 404)
        return web.json_response({"ok": True, **handler(world, dict(request.query))})

    async def act(request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, **await perform(world, request.match_info["name"], await _body(request))})

    async def clear_faults(_request: web.Request) -> web.StreamResponse:
        world.faults.pending.clear()
        return web.json_response({"ok": True})

    async def events(request: web.Request) -> web.StreamResponse:
        return await world.feed.serve(request, control.actor_of(world, dict(request.query)).id)

    async def file(request: web.Request) -> web.StreamResponse:
        return attachments.show(world, request)

    async def receive(request: web.Request) -> web.StreamResponse:
        return await attachments.receive(world, request)

    app.router.add_get("/control/events", events)
    app.router.add_get("/control/file", file)
    app.router.add_post("/control/upload", receive)
    app.router.add_get("/control/{name}", read)
    app.router.add_post("/control/{name}", act)
    app.router.add_delete("/control/faults", clear_faults)


async def _body(request: web.Request) -> JsonObject:
    try:
        body = await request.json()
    except ValueError:
        raise ControlError("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise ControlError("The body is not a JSON object.")
    return body


@web.middleware
async def _guarded(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Keep other sites' pages out, and turn the control API's refusals into its answers."""
    reason = refusal(request)
    if reason:
        return web.json_response({"ok": False, "error": reason}, status=403)
    try:
        return await handler(request)
    except ControlError as error:
        return web.json_response({"ok": False, "error": error.sentence}, status=error.status)


async def _index(_request: web.Request) -> web.StreamResponse:
    return _file("index.html")


async def _page(request: web.Request) -> web.StreamResponse:
    return _file(request.match_info["name"])


def _file(name: str) -> web.StreamResponse:
    path = (PAGE / name).resolve()
    if not path.is_relative_to(PAGE) or not path.is_file():
        return web.Response(status=404, text="There is no such page.")
    headers = {
        "Content-Security-Policy": _PAGE_POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
    }  # fmt: skip
    return web.FileResponse(path, headers=headers)
