"""What tests of the doctor share: a stage without a bot, its findings, the command."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.checks.finding import Finding
from bot.doctor import Wishes, examine
from tests.acceptance.stage import Stage

OURS = ("SLACK_", "STIPEND_", "OPENAI_", "DATABASE_URL", "STANDIN_")
MANIFEST = Path(__file__).parent.parent / "manifest.yml"
PLAIN = Wishes()


def present() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@dataclass
class Ward:
    """A stage without a bot, and the doctor who looks at it from this process."""

    stage: Stage
    monkeypatch: pytest.MonkeyPatch

    async def look(
        self, wishes: Wishes = PLAIN, now: Callable[[], datetime] = present, **environ: str
    ) -> dict[str, list[Finding]]:
        """The findings by what they are about, for this environment."""
        for name in [name for name in os.environ if name.startswith(OURS)]:
            self.monkeypatch.delenv(name)
        for name, value in (self.stage.environ(DATABASE_URL=self.stage.url) | environ).items():
            self.monkeypatch.setenv(name, value)
        found: dict[str, list[Finding]] = {}
        for finding in await examine(wishes, now):
            found.setdefault(finding.about, []).append(finding)
        return found


def only(findings: Mapping[str, list[Finding]], about: str) -> Finding:
    """The one finding about a thing."""
    [finding] = findings[about]
    return finding


def wrong(findings: Mapping[str, list[Finding]]) -> dict[str, str]:
    """What is not well, by what it is about."""
    return {about: each.level for about, group in findings.items() for each in group if each.level != "ok"}


async def run(environ: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """The command in a process of its own: its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor", *arguments, env=dict(environ),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
