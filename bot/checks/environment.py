"""The settings: every problem at once, and what can still be looked at in spite of them."""

import os
import re
from datetime import datetime
from typing import Any

from bot.checks.finding import Finding, halves, ok, problem, warning
from bot.settings import Settings, load
from bot.traces import is_installed, wanted

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
        return found, frozenset(), [ok("settings", "all are valid."), _zone(found, at), *_traces()]
    bad = frozenset(name for sentence in found if (name := _name(sentence)))
    usable = _without(bad)
    zone = [] if "STIPEND_TIMEZONE" in bad else [_zone(usable, at)]
    return usable, bad, [_finding(sentence) for sentence in found] + zone + _traces()


def _traces() -> list[Finding]:
    """Only where the environment asks for them."""
    found = wanted(os.environ, installed=is_installed())
    if found.problem:
        remedy = "Correct the variable, or install the extra; docs/deploy.md says how, under Traces."
        return [warning("traces", f"none are sent: {found.problem}.", remedy)]
    return [ok("traces", f"they are sent to {found.host}.")] if found.host else []


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
