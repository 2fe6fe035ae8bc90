"""Whether the bot is alive and ready, for whoever starts and routes; and the one server for all that is asked of us."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from handlers.slack.app import Edge
from handlers.slack.wire.http import LARGEST_BODY_BYTES, PATH, Inlet
from store.database import Database, Unavailable
from store.live import LiveHolds, live_holds

ANSWER_WITHIN_S = 1.0
FRESH_S = 2.0  # whoever asks more often hears the same again: nobody can load the database through these pages


class NoPort(Exception):
    """Nothing can listen where the settings say: a sentence."""


class Pulse:
    """The database's answer to one cheap question. One at a time: a database that hangs holds up one thread of ours."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self._asked_s = -FRESH_S
        self._asking: asyncio.Task[LiveHolds | None] | None = None

    async def take(self) -> LiveHolds | None:
        """What is held now, or was moments ago; None when no answer came within ANSWER_WITHIN_S."""
        asking, now_s = self._asking, asyncio.get_running_loop().time()
        if asking is None or (asking.done() and now_s - self._asked_s > FRESH_S):
            self._asked_s = now_s
            asking = self._asking = asyncio.create_task(self._ask(), name="pulse")
        done, _ = await asyncio.wait({asking}, timeout=ANSWER_WITHIN_S)
        return asking.result() if done else None

    async def _ask(self) -> LiveHolds | None:
        try:
            return await self._database.look_up(lambda conn: live_holds(conn, self._now()))
        except Unavailable:
            return None


class Health:
    """The pages. `/healthz`: the loop turns. `/readyz`: 503 with what is missing, a line each."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._pulse = Pulse(edge.desk.house.database, edge.desk.house.now)

    async def healthz(self, _: web.Request) -> web.Response:
        """A restart would not bring the database or Slack back, so neither is asked."""
        return web.Response(text="alive\n")

    async def readyz(self, _: web.Request) -> web.Response:
        """Whether a question that comes now would be taken."""
        lacking = await self._lacking()
        return web.Response(status=503 if lacking else 200, text="".join(f"{each}\n" for each in lacking or ["ready"]))

    async def metrics(self, _: web.Request) -> web.Response:
        """For Prometheus. What is held is of the whole company, so of replicas take one's, or the largest."""
        meters = self._edge.desk.house.meters
        ready, live = not await self._lacking(), await self._pulse.take()
        held = (live.count, live.held_micros, live.overdue) if live else (math.nan,) * 3
        meters.look(ready=ready, holds=held[0], held_micros=held[1], overdue=held[2])
        text = generate_latest(meters.registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _lacking(self) -> list[str]:
        if self._edge.worker.closing:
            return ["stopping"]
        found = [] if await self._edge.door.is_up() else ["not connected to Slack"]
        return found if await self._pulse.take() else [*found, "the database does not answer"]


def application(edge: Edge) -> web.Application:
    """Every page there is; Slack's only where it is to call us."""
    health = Health(edge)
    app = web.Application(client_max_size=LARGEST_BODY_BYTES)
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    if isinstance(edge.door, Inlet):
        app.router.add_post(PATH, edge.door.handle)
    return app


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int | None) -> AsyncIterator[None]:
    """Serve while inside of the block; without a port nothing is served. Raises NoPort."""
    if port is None:
        yield
        return
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _listen(runner, host, port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as fault:
        raise NoPort(f"STIPEND_HTTP_PORT: nothing can listen at {host}:{port} ({fault.strerror}).") from None
