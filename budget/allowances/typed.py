"""Commands about allowances, as values."""

from dataclasses import dataclass
from datetime import date

from budget.allowances.periods import Kind
from budget.typed import AreaCommand, Company, PersonRef, TeamRef


@dataclass(frozen=True, slots=True)
class Everyone:
    """Everybody in the workspace."""


Scope = PersonRef | TeamRef | Everyone


@dataclass(frozen=True, slots=True)
class OfScope(AreaCommand):
    """A command about somebody, a team or everybody."""

    scope: Scope

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        """The person, if it is about one."""
        return (self.scope,) if isinstance(self.scope, PersonRef) else ()


@dataclass(frozen=True, slots=True)
class ShowAllowances(AreaCommand):
    """One's own, and those that one may see."""


@dataclass(frozen=True, slots=True)
class ShowAllowance(OfScope):
    """Somebody's, a team's or everybody's."""


@dataclass(frozen=True, slots=True)
class SetAllowance(OfScope):
    """So much for each, each period; `rollover_micros` of it outlive the period by `expires` more (None: for good).

    `from_on`: the first period begins that day or later; None: the present one. `by`: who pays; None: the team's pool
    for a team, else the company's.
    """

    amount_micros: int
    period: Kind
    rollover_micros: int = 0
    expires: int | None = None
    from_on: date | None = None
    by: TeamRef | Company | None = None


@dataclass(frozen=True, slots=True)
class StopAllowance(OfScope):
    """No further period is paid."""


@dataclass(frozen=True, slots=True)
class PayAllowances(AreaCommand):
    """Pay those who were left out, as far as the pools last."""


@dataclass(frozen=True, slots=True)
class OpenAllowanceForm(AreaCommand):
    """The form in which an allowance is set."""
