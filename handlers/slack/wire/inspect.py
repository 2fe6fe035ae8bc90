"""Slack as an operator's check sees it: who the tokens are, what they may do, whether the socket opens, who admins are.

Nothing here posts, and nothing is received: a second open socket would be handed events meant for the bot, so the
connection is asked for and its server called on, without the handshake that would make it one.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.slack.identity import problem_of
from handlers.slack.wire.client import make_client
from handlers.slack.wire.faults import No, attempt

REACH_S = 10.0
SCOPES = frozenset(  # as in manifest.yml, which the package does not carry; a test compares the two
    {"app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "im:read", "im:write"}
    | {"channels:history", "groups:history", "mpim:history", "channels:read", "groups:read", "users:read"}
    | {"users:read.email", "usergroups:read", "files:read", "files:write", "reactions:write"}
)
APP_ID = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")


@dataclass(frozen=True, slots=True)
class Bot:
    """What the bot token stands for. `scopes` None: Slack did not say. `ahead_s`: our clock against Slack's."""

    workspace_id: str
    workspace: str
    name: str
    scopes: frozenset[str] | None
    ahead_s: float | None
    app_id: str | None


@dataclass(frozen=True, slots=True)
class Socket:
    """Slack gave the address of a connection. `reached` None: it lies behind a proxy and was not tried."""

    host: str
    reached: bool | None


async def look_at_bot(client: AsyncWebClient, now: Callable[[], datetime]) -> Bot | No:
    """Who the bot token is, by `auth.test`, and its app, by `bots.info`."""
    headers: dict[str, str] = {}

    async def ask() -> AsyncSlackResponse:
        response = await client.auth_test()
        headers.update({str(name).lower(): str(value) for name, value in response.headers.items()})
        return response

    began_at = now()
    auth = await attempt(ask())
    if isinstance(auth, No):
        return auth
    asked_at = began_at + (now() - began_at) / 2
    return Bot(
        workspace_id=str(auth.get("team_id")), workspace=str(auth.get("team")), name=str(auth.get("user")),
        scopes=scopes_of(headers), ahead_s=ahead_s(asked_at, headers.get("date", "")),
        app_id=await _app_of(client, auth),
    )  # fmt: skip


async def _app_of(client: AsyncWebClient, auth: Mapping[str, Any]) -> str | None:
    if not auth.get("bot_id"):
        return None
    found = await attempt(client.bots_info(bot=str(auth["bot_id"])))
    app_id = None if isinstance(found, No) else (found.get("bot") or {}).get("app_id")
    return str(app_id) if app_id else None


def scopes_of(headers: Mapping[str, str]) -> frozenset[str] | None:
    """The scopes of a token, from the header that every answer to it has."""
    listed = headers.get("x-oauth-scopes")
    return None if listed is None else frozenset(scope.strip() for scope in listed.split(",") if scope.strip())


def ahead_s(at: datetime, date: str) -> float | None:
    """By how many seconds a time is ahead of a Date header, which has whole seconds; None: it cannot be read."""
    try:
        return (at - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError):
        return None


def app_of_token(app_token: str) -> str | None:
    """The app's id as Slack's app tokens carry it; None: this one does not."""
    found = APP_ID.match(app_token)
    return found[1] if found else None


async def look_at_socket(app_token: str, api_url: str) -> Socket | No:
    """Ask for a Socket Mode connection, by `apps.connections.open`, and see whether its server can be reached."""
    client = make_client(app_token, api_url)
    opened = await attempt(client.apps_connections_open(app_token=app_token))
    if isinstance(opened, No):
        return opened
    parts = urlsplit(str(opened.get("url")))
    host = parts.hostname or ""
    if client.proxy:
        return Socket(host, None)
    return Socket(host, await _reaches(host, parts.port or (443 if parts.scheme == "wss" else 80), parts.scheme))


async def _reaches(host: str, port: int, scheme: str) -> bool:
    try:
        async with asyncio.timeout(REACH_S):
            _, writer = await asyncio.open_connection(host, port, ssl=scheme == "wss" or None)
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
    return True


async def look_at_admins(client: AsyncWebClient, workspace_id: str, admins: Iterable[str]) -> dict[str, str | None]:
    """For each admin None, or why they can be none here: "unknown", "gone", "app", "foreign", or Slack's own word."""
    return {admin: await _problem_of(client, workspace_id, admin) for admin in sorted(admins)}


async def _problem_of(client: AsyncWebClient, workspace_id: str, admin: str) -> str | None:
    by_mail = "@" in admin
    call = client.users_lookupByEmail(email=admin) if by_mail else client.users_info(user=admin)
    found = await attempt(call)
    if isinstance(found, No):
        return "unknown" if found.error in {"users_not_found", "user_not_found"} else found.error
    user = found.get("user") or {}
    return problem_of(str(user.get("id")), user, workspace_id)
