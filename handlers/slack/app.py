"""The Slack edge as a whole: who we are there, every handler, the connection. `register_all` is the contents page."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from budget.house import House
from budget.meters import Meters
from handlers.slack import commands, home, instructions, models
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import register as areas
from handlers.slack.asking import about, costly, events, retries, sharing, stopping
from handlers.slack.desk import Desk
from handlers.slack.identity import Identity
from handlers.slack.wire import shape
from handlers.slack.wire.client import make_client
from handlers.slack.wire.door import Door
from handlers.slack.wire.faults import No, attempt, no_of
from handlers.slack.wire.gate import Gate
from handlers.slack.wire.http import Inlet
from handlers.slack.wire.late import Late
from handlers.slack.wire.limits import Limits
from store import people
from store.database import Unavailable

log = structlog.get_logger(__name__)


class NotConnected(Exception):
    """The workspace did not let us in: a sentence that says why and what to do."""


REASONS = {
    "invalid_auth": "Slack does not know SLACK_BOT_TOKEN; copy it anew from your app's page, OAuth & Permissions.",
    "token_revoked": "SLACK_BOT_TOKEN was revoked; install the app anew and copy the new token.",
    "account_inactive": "The app was removed from the workspace; install it anew and copy the new SLACK_BOT_TOKEN.",
    "network": "Slack cannot be reached; check the network, and SLACK_API_URL if it is set.",
}
OTHERWISE = "Slack refused SLACK_BOT_TOKEN ({error}); check that the app is installed in the workspace."
SOCKET = (
    "Slack refused SLACK_APP_TOKEN ({error}); make one with connections:write on your app's page, Basic Information."
)


@dataclass(frozen=True, slots=True)
class Edge:
    """A running connection to one workspace. `late`: answers to commands and views still under way."""

    desk: Desk
    worker: Worker
    door: Door | Inlet
    late: tuple[Late, ...]

    async def close(self, drain_s: float) -> None:
        """Stop taking events, acknowledge what was taken, hang up, finish or hand over what is in flight."""
        self.worker.closing = True
        await self.door.shut()
        letters, homes = self.desk.letters.close(drain_s), self.desk.homes.close(drain_s)
        await asyncio.gather(self.worker.close(drain_s), letters, homes, *(late.drain(drain_s) for late in self.late))
        await self.door.close()


@dataclass(frozen=True, slots=True)
class Keys:
    """What the workspace gave us: an app token for Socket Mode, or else the secret that signs its calls over HTTP."""

    bot_token: str
    app_token: str | None
    signing_secret: str | None


async def connect(house: House, keys: Keys, *, api_url: str, new_id: Callable[[], str], proxies: int = 0) -> Edge:
    """Connect to a workspace: a socket, or an inlet that is to be served at `http.PATH`. Raises NotConnected.

    `proxies`: how many of ours stand in front of the inlet.
    """
    limits = Limits(monotonic_s=asyncio.get_running_loop().time, sleep=asyncio.sleep)
    client = make_client(keys.bot_token, api_url, on_429=limits.pause, on_no=house.meters.slack_error)
    desk = await sit_down(house, client, limits, new_id)
    if keys.app_token:
        await _try_token(client, keys.app_token)
    worker = Worker(desk, new_id())
    # Acknowledged when the listener is through. Of what comes through the inlet, Bolt looks at the signature as well.
    secret = None if keys.app_token else keys.signing_secret
    app = AsyncApp(client=client, signing_secret=secret, process_before_response=True)
    late = register_all(app, desk, worker)
    door = await _open(app, keys, house, proxies)
    desk.letters.start(desk)
    desk.homes.start(desk, home.home_of)
    return Edge(desk, worker, door, late)


async def _try_token(client: AsyncWebClient, app_token: str) -> None:
    """Ask for a socket once beforehand: given a wrong token, the library would try again for ever."""
    opened = await attempt(client.apps_connections_open(app_token=app_token))
    if isinstance(opened, No):
        raise NotConnected(SOCKET.format(error=opened.error))


async def _open(app: AsyncApp, keys: Keys, house: House, proxies: int) -> Door | Inlet:
    if keys.app_token is None:
        if keys.signing_secret is None:
            raise AssertionError("settings.load(needs_slack=True) has checked that one of the two is there")
        gate = Gate(asyncio.get_running_loop().time)
        return Inlet(app, keys.signing_secret, house.meters, house.traces, gate=gate, proxies=proxies)
    door = Door(app, keys.app_token, house.meters, house.traces)
    try:
        await door.open()
    except (SlackClientError, aiohttp.ClientError, OSError) as fault:
        await door.close()
        raise NotConnected(SOCKET.format(error=no_of(fault).error)) from None
    return door


async def sit_down(house: House, client: AsyncWebClient, limits: Limits, new_id: Callable[[], str]) -> Desk:
    """Learn who we are and where, and open the workspace's books. Raises NotConnected."""
    auth = await attempt(client.auth_test())
    if isinstance(auth, No):
        raise NotConnected(REASONS.get(auth.error, OTHERWISE.format(error=auth.error)))
    workspace_id, name = str(auth["team_id"]), str(auth.get("team") or auth["team_id"])
    await house.database.write(lambda conn: people.ensure_workspace(conn, workspace_id, name, house.now()))
    return Desk(
        house,
        client,
        limits,
        Identity(house, client, limits, workspace_id),
        workspace_id,
        str(auth["user_id"]),
        new_id,
    )


def register_all(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:
    """What happens in Slack, one file each; the catch-all last, since the first match wins."""
    shape.register(app)
    late = events.register(app, desk, worker)
    retries.register(app, desk, worker)
    models.register(app, desk)
    costly.register(app, desk, worker)
    lates: tuple[Late, ...] = (
        stopping.register(app, desk, worker),
        commands.register(app, desk, worker),
        home.register(app, desk),
    )
    forms = instructions.register(app, desk)
    lates += (sharing.register(app, desk), about.register(app, desk, worker), *areas.register(app, desk, worker))
    _register_rest(app, desk.house.meters)
    return (late, *lates, forms)


def _register_rest(app: AsyncApp, meters: Meters) -> None:
    """An unmatched event would never be acknowledged, and come again."""

    async def ignore() -> None:
        """Nothing of ours."""

    async def on_fault(error: Exception, request: AsyncBoltRequest) -> BoltResponse:
        kind = str(request.body.get("type"))
        if kind != "event_callback" and isinstance(error, aiohttp.ClientError | OSError):
            # What a click did is done; what was to be said about it got lost on the way to its response_url.
            log.warning("answer to a click not delivered", fault=type(error).__name__)
            return BoltResponse(status=200)
        if isinstance(error, Unavailable):
            meters.database_away("event")
            log.warning("database is away", what=kind, reason=str(error))
        else:
            log.error("listener failed", exc_info=error, kind=kind)
        return BoltResponse(status=500)  # not acknowledged: it comes again

    app.event(re.compile(".*"))(ignore)
    app.error(on_fault)
