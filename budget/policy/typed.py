"""Commands about the policy and the audit, as plain values."""

from dataclasses import dataclass
from typing import Literal

from budget.typed import AreaCommand, PersonRef, TeamRef

Topic = Literal["policy", "money", "rights", "looks"]


@dataclass(frozen=True, slots=True)
class ShowPolicy(AreaCommand):
    """The policy in words."""


@dataclass(frozen=True, slots=True)
class ShowPolicyHistory(AreaCommand):
    """Its versions, with what each changed."""


@dataclass(frozen=True, slots=True)
class EditPolicy(AreaCommand):
    """The form in which it is changed."""


@dataclass(frozen=True, slots=True)
class ShowLooks(AreaCommand):
    """Who looked at one's own account."""


@dataclass(frozen=True, slots=True)
class ShowAudit(AreaCommand):
    """What was done: all of it, or what concerns someone, a team or a topic; `month`: the YYYY-MM that is meant."""

    of: PersonRef | TeamRef | Topic | None = None
    month: str | None = None

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        """Whose audit it is."""
        return (self.of,) if isinstance(self.of, PersonRef) else ()
