"""Requests as commands, and as they are wanted."""

from dataclasses import dataclass
from datetime import date

from budget.typed import AreaCommand


@dataclass(frozen=True, slots=True)
class MakeRequest(AreaCommand):
    """Ask for more; `until`: it is needed to the end of that day, in the workspace's zone."""

    amount_micros: int
    reason: str | None = None
    until: date | None = None
    project_id: str | None = None
    ask_id: str | None = None


@dataclass(frozen=True, slots=True)
class OpenRequestForm(AreaCommand):
    """The form to ask for more, with what waits already."""


@dataclass(frozen=True, slots=True)
class WithdrawRequest(AreaCommand):
    """Take back the request that waits."""
