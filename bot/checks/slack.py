"""Slack: tokens, scopes, socket, clock, admins."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.checks.finding import Finding, halves, ok, problem, warning
from bot.settings import Settings
from handlers.slack.app import OTHERWISE, REASONS, SOCKET
from handlers.slack.wire import inspect
from handlers.slack.wire.client import make_client
from handlers.slack.wire.faults import No
from handlers.slack.wire.http import PATH
from handlers.slack.wire.inspect import Bot, Socket

# Replicas compare times to tell whose an ask is, with leases of a minute; Slack's signatures are good for five.
CLOCK_WARNING_S, CLOCK_PROBLEM_S = 5.0, 60.0
AGAIN = "Paste manifest.yml anew on the app's page, App Manifest, and install the app again."
WHY = {
    "unknown": "is nobody in this workspace", "gone": "has a deactivated account", "app": "is an app",
    "foreign": "belongs to another organisation",
}  # fmt: skip


async def look_at_slack(settings: Settings, bad: frozenset[str], now: Callable[[], datetime]) -> list[Finding]:
    """Everything that can be known without posting."""
    if "SLACK_API_URL" in bad:
        return []
    bot_findings = await _with_bot(settings, now) if settings.slack_bot_token else []
    return bot_findings + (await _with_socket(settings) if settings.slack_app_token else _with_requests(settings))


async def _with_bot(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    assert settings.slack_bot_token is not None
    client = make_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    bot = await inspect.look_at_bot(client, now)
    if isinstance(bot, No):
        found, remedy = halves(REASONS.get(bot.error, OTHERWISE.format(error=bot.error)))
        return [problem("bot token", found, remedy)]
    admins = await inspect.look_at_admins(client, bot.workspace_id, settings.admins)
    findings = [_token(bot), _scopes(bot), _apps(bot, settings), clock(bot.ahead_s, "Slack's"), *_admins(admins)]
    return [finding for finding in findings if finding]


def _token(bot: Bot) -> Finding:
    return ok("bot token", f"it is @{bot.name} in {bot.workspace} ({bot.workspace_id}).")


def _scopes(bot: Bot) -> Finding:
    if bot.scopes is None:
        return warning("scopes", "Slack did not say which scopes the bot token has.", AGAIN)
    missing = sorted(inspect.SCOPES - bot.scopes)
    if missing:
        return problem("scopes", f"the bot token lacks {', '.join(missing)}.", AGAIN)
    return ok("scopes", f"the bot token has all {len(inspect.SCOPES)} of the manifest.")


def _apps(bot: Bot, settings: Settings) -> Finding | None:
    secret = settings.slack_app_token
    app_id = inspect.app_of_token(secret.get_secret_value()) if secret else None
    if app_id is None or bot.app_id is None:
        return None
    if app_id == bot.app_id:
        return ok("app", f"both tokens are of the app {app_id}.")
    found = f"SLACK_BOT_TOKEN is of the app {bot.app_id} and SLACK_APP_TOKEN of the app {app_id}."
    return problem("app", found, "Copy both tokens from the page of one and the same app.")


def clock(ahead_s: float | None, whose: str) -> Finding | None:
    """Our clock against another."""
    if ahead_s is None:
        return None
    off = f"this machine's clock is {abs(ahead_s):,.0f} s {'ahead of' if ahead_s > 0 else 'behind'} {whose}."
    remedy = "Let the machine keep time from the network (chrony, systemd-timesyncd)."
    if abs(ahead_s) > CLOCK_PROBLEM_S:
        return problem("clock", off, remedy)
    if abs(ahead_s) > CLOCK_WARNING_S:
        return warning("clock", off, remedy)
    return ok("clock", f"this machine's agrees with {whose}, within {CLOCK_WARNING_S:.0f} s.")


def _admins(admins: Mapping[str, str | None]) -> list[Finding]:
    if not admins:
        remedy = "Set STIPEND_ADMINS to the Slack ids or e-mails of whoever funds the company."
        return [warning("admins", "there are none, so nobody can fund the company or make teams.", remedy)]
    known = sum(why is None for why in admins.values())
    wrong = [_no_admin(admin, why, fatal=not known) for admin, why in admins.items() if why]
    return wrong or [ok("admins", f"Slack knows {'the one' if known == 1 else f'all {known}'} in STIPEND_ADMINS.")]


def _no_admin(admin: str, why: str, *, fatal: bool) -> Finding:
    if why not in WHY:
        return warning("admins", f"Slack did not say who {admin} is ({why}).", "See the findings on token and scopes.")
    level = problem if fatal else warning  # with no admin at all, nobody can fund the company
    return level("admins", f"{admin} {WHY[why]}.", "Correct STIPEND_ADMINS: ids (U…) or e-mails, separated by commas.")


async def _with_socket(settings: Settings) -> list[Finding]:
    assert settings.slack_app_token is not None
    found = await inspect.look_at_socket(settings.slack_app_token.get_secret_value(), settings.slack_api_url)
    return [_socket(found)]


def _with_requests(settings: Settings) -> list[Finding]:
    """HTTP mode, of which only Slack can tell whether it reaches us."""
    if not (settings.slack_signing_secret and settings.http_port):
        return []
    where = f"{settings.http_host}:{settings.http_port}"
    return [ok("requests", f"Slack calls the bot, by way of whatever passes its requests on to {where}{PATH}.")]


def _socket(socket: Socket | No) -> Finding:
    if isinstance(socket, No):
        refused = REASONS["network"] if socket.error == "network" else SOCKET.format(error=socket.error)
        return problem("socket", *halves(refused))
    if socket.reached is None:
        return ok("socket", f"Slack offers one at {socket.host}, behind a proxy; it was not tried.")
    if not socket.reached:
        remedy = f"Let this machine connect to {socket.host} (WebSocket over TLS), or set HTTPS_PROXY."
        return problem("socket", f"Slack offers one at {socket.host}, which cannot be reached.", remedy)
    return ok("socket", f"Slack offers one at {socket.host}, which can be reached.")
