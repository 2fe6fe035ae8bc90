"""The settings: every problem at once, and what can still be looked at in spite of them."""

import re
from datetime import datetime
from typing import Any

from bot.checks.finding import Finding, halves, ok, problem
from bot.settings import Settings, load

LOOKED_AT = {  # by the other checks; none of these depends on another setting
    "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL", "DATABASE_URL", "OPENAI_API_KEY",
    "OPENAI_BASE_URL", "STIPEND_MODEL", "STIPEND_MODELS", "STIPEND_ADMINS", "STIPEND_TIMEZONE", "STIPEND_HTTP_PORT",
    "STIPEND_HTTP_HOST",
}  # fmt: skip
FALLBACK = "Correct it in the environment, and start the doctor again."


def look_at_settings(at: datetime) -> tuple[Settings, frozenset[str], list[Finding]]:
    """The settings as far as they can be used, the names of those that cannot, and what was found."""
    found = load(needs_slack=True)
    if isinstance(found, Settings):
        return found, frozenset(), [ok("settings", "all are valid."), _zone(found, at)]
    bad = frozenset(name for sentence in found if (name := _name(sentence)))
    usable = _without(bad)
    zone = [] if "STIPEND_TIMEZONE" in bad else [_zone(usable, at)]
    return usable, bad, [_finding(sentence) for sentence in found] + zone


def _name(sentence: str) -> str:
    named = re.match(r"[A-Z][A-Z_]+", sentence)
    return named[0] if named else ""


def _finding(sentence: str) -> Finding:
    found, remedy = halves(sentence)
    return problem("settings", found, remedy or FALLBACK)


def _without(bad: frozenset[str]) -> Settings:
    """The settings with defaults for the bad ones, and for those that no check looks at."""
    defaults: dict[str, Any] = {
        str(field.alias): field.default
        for field in Settings.model_fields.values()
        if field.alias in bad or field.alias not in LOOKED_AT
    }
    return Settings(**defaults)


def _zone(settings: Settings, at: datetime) -> Finding:
    return ok("time zone", f"{settings.timezone} is known; it is {at.astimezone(settings.zone):%Y-%m-%d %H:%M} there.")
