"""Commands of this area as plain values, and as JSON where they have to wait."""

import json
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from budget.projects.typed import FundProject
from budget.typed import AreaCommand, Company, Fund, Grant, Move, Party, PersonRef, ProjectRef, TeamRef


@dataclass(frozen=True, slots=True)
class Send(AreaCommand):
    """Give of one's own."""

    to: PersonRef
    amount_micros: int
    reason: str | None = None

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        """Who gets it."""
        return (self.to,)


@dataclass(frozen=True, slots=True)
class Return(AreaCommand):
    """Give back of one's own. `to` None: what was lent first, then the pool it comes from by default."""

    amount_micros: int
    to: Party | None = None
    reason: str | None = None

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        """Who lent it, where that is said."""
        return (self.to,) if isinstance(self.to, PersonRef) else ()


@dataclass(frozen=True, slots=True)
class Lend(AreaCommand):
    """Lend until the end of a day, in the workspace's zone. `source` None: one's own."""

    to: PersonRef
    amount_micros: int
    until: date
    reason: str | None = None
    source: TeamRef | Company | None = None

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        """Who gets it."""
        return (self.to,)


@dataclass(frozen=True, slots=True)
class Undo(AreaCommand):
    """What one has moved and can take back."""


@dataclass(frozen=True, slots=True)
class OpenForm(AreaCommand):
    """A form instead of words; `name`: send, return, lend, grant, move."""

    name: str


Change = Grant | Move | Fund | Send | Return | Lend
Asked = Change | FundProject  # what may have to be agreed to first
CHANGES: dict[str, type[Asked]] = {
    each.__name__: each for each in (Grant, Move, Fund, Send, Return, Lend, FundProject)
}  # fmt: skip
REFS: dict[str, type[Any]] = {each.__name__: each for each in (PersonRef, TeamRef, ProjectRef, Company)}


def to_json(command: Asked) -> str:
    """A change as text, for `from_json`."""
    values = {field.name: _packed(getattr(command, field.name)) for field in fields(command)}
    return json.dumps({"is": type(command).__name__, **values})


def _packed(value: Any) -> Any:
    if isinstance(value, date):
        return {"is": "date", "day": value.isoformat()}
    if type(value).__name__ in REFS:
        return {"is": type(value).__name__, **{field.name: getattr(value, field.name) for field in fields(value)}}
    return value


def from_json(text: str) -> Asked:
    """The change that was kept."""
    kept = json.loads(text)
    return CHANGES[kept.pop("is")](**{name: _unpacked(value) for name, value in kept.items()})


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kind = value.pop("is")
    return date.fromisoformat(value["day"]) if kind == "date" else REFS[kind](**value)
