"""What a check found: one line for people, one object for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]
STATUS: dict[Level, int] = {"ok": 0, "warning": 1, "problem": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """`found` says what is so; `remedy` what to do about it, empty where nothing needs doing."""

    level: Level
    about: str
    found: str
    remedy: str = ""


def ok(about: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding("ok", about, found)


def warning(about: str, found: str, remedy: str) -> Finding:
    """The bot works, but somebody should know."""
    return Finding("warning", about, found, remedy)


def problem(about: str, found: str, remedy: str) -> Finding:
    """The bot does not work, or money is at stake."""
    return Finding("problem", about, found, remedy)


def worst(findings: Sequence[Finding]) -> Level:
    """The level of them all."""
    return max((finding.level for finding in findings), key=STATUS.__getitem__, default="ok")


def halves(sentence: str) -> tuple[str, str]:
    """A sentence of the form `what is wrong; what to do.` as two."""
    found, _, remedy = sentence.partition("; ")
    return found.removesuffix(".") + ".", remedy[:1].upper() + remedy[1:]


def counted(count: int, one: str, many: str) -> str:
    """`1 hold`, `2 holds`."""
    return f"{count:,} {one if count == 1 else many}"
