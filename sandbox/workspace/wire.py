"""Words shared by every part of the workspace: JSON, the clock, and the two ways of saying no."""

from collections.abc import Callable
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
Clock: TypeAlias = Callable[[], float]
"""Seconds since 1970; an argument, so that tests may let time pass at will."""


class SlackError(Exception):
    """The Web API answers HTTP 200 with `{"ok": false, "error": code}` and the extra fields given."""

    def __init__(self, code: str, **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


class ControlError(Exception):
    """The control API answers HTTP `status` with one sentence."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


def invalid_arguments(*problems: str) -> SlackError:
    """The error Slack gives for arguments that are missing or of a wrong shape."""
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {p}" for p in problems]})


def need(args: JsonObject, name: str) -> Any:
    """The argument `name`, or Slack's `invalid_arguments` when it is missing or empty."""
    value = args.get(name)
    if value is None or value == "":
        raise invalid_arguments(f"missing required field: {name}")
    return value


def need_text(args: JsonObject, name: str) -> str:
    """The argument `name` as text."""
    value = need(args, name)
    if not isinstance(value, str | int | float):
        raise invalid_arguments(f"{name} must be a string")
    return str(value)


def flag(args: JsonObject, name: str) -> bool:
    """A boolean argument in any of the spellings Slack takes: true, "true", 1, "1"."""
    return str(args.get(name, "")).lower() in {"1", "true"}
