"""`stipend doctor`: is everything as it should be, and if not, what is there to do.

It changes nothing, posts nothing and, unless asked to, spends nothing. No line has a secret in it.
"""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import structlog

from bot.checks.database import look_at_database
from bot.checks.environment import look_at_settings
from bot.checks.finding import STATUS, Finding, counted, problem, worst
from bot.checks.models import look_at_models
from bot.checks.slack import look_at_slack
from bot.checks.texts import look_at_texts
from bot.log import mask
from bot.secrets import known

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator asked for beyond the plain look: each of them costs time or money."""

    ask_model: bool = False
    verify: bool = False


async def examine(wishes: Wishes, now: Callable[[], datetime]) -> list[Finding]:
    """Every finding, in the order in which one would mend things. `now`: aware UTC."""
    settings, bad, found = look_at_settings(now())
    checks = {
        "Slack": look_at_slack(settings, bad, now),
        "database": look_at_database(settings, bad, now, prove=wishes.verify),
        "retention": look_at_texts(settings, bad, now),
        "models": look_at_models(settings, bad, ask=wishes.ask_model),
    }
    results = await asyncio.gather(*checks.values(), return_exceptions=True)
    for about, result in zip(checks, results, strict=True):
        found += findings_of(about, result)
    secrets = known(os.environ)
    return [without_secrets(finding, secrets) for finding in found]


def findings_of(about: str, result: list[Finding] | BaseException) -> list[Finding]:
    """What a check found; one that broke is a finding too, so that the others are still told."""
    if isinstance(result, list):
        return result
    if not isinstance(result, Exception):
        raise result
    log.error("a check broke", exc_info=result, check=about)
    return [problem(about, f"the check itself broke ({type(result).__name__}).", "Report it, with what was logged.")]


def without_secrets(finding: Finding, secrets: Sequence[str]) -> Finding:
    """The finding with secrets masked: no check puts one in, and this makes sure."""

    def cleaned(text: str) -> str:
        return mask(text, secrets)

    return replace(finding, found=cleaned(finding.found), remedy=cleaned(finding.remedy))


def status_of(findings: Sequence[Finding]) -> int:
    """The exit status: 0 all well, 1 warnings only, 2 at least one problem."""
    return STATUS[worst(findings)]


def as_text(findings: Sequence[Finding]) -> str:
    """One line for each finding, and a line that counts them."""
    return "\n".join([*map(_line, findings), _summary(findings)])


def _line(finding: Finding) -> str:
    said = " ".join(f"{finding.found} {finding.remedy}".split())
    return f"{finding.level:<7}  {finding.about}: {said}"


def _summary(findings: Sequence[Finding]) -> str:
    levels = [each.level for each in findings]
    problems, warnings = levels.count("problem"), levels.count("warning")
    if not problems and not warnings:
        return "Nothing is wrong."
    return f"{counted(problems, 'problem', 'problems')}, {counted(warnings, 'warning', 'warnings')}."


def as_json(findings: Sequence[Finding]) -> str:
    """An object: `status` (ok, warning, problem) and `findings`, each with level, about, found and remedy."""
    return json.dumps({"status": worst(findings), "findings": [asdict(each) for each in findings]}, indent=2)
