"""The commands of packages, statements and offers."""

from dataclasses import dataclass
from datetime import date

from budget.typed import AreaCommand, PersonRef


@dataclass(frozen=True, slots=True)
class SetPackage(AreaCommand):
    """Promise somebody so much a year.

    `starts_on` None: today. `months`, `until`: how long, at most one of them; neither: until it is ended. A salary that
    was typed is no part of it: only the amount that came of it.
    """

    person: PersonRef
    annual_micros: int
    starts_on: date | None = None
    cliff_months: int = 0
    months: int | None = None
    until: date | None = None
    reason: str | None = None

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        return (self.person,)


@dataclass(frozen=True, slots=True)
class ShowPackages(AreaCommand):
    """Somebody's packages; None: one's own."""

    of: PersonRef | None = None

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        return () if self.of is None else (self.of,)


@dataclass(frozen=True, slots=True)
class EndPackage(AreaCommand):
    """End a package; `last_on`: the last day that counts, None: what has vested by now."""

    person: PersonRef
    last_on: date | None = None

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        return (self.person,)


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a month of a year, or (without a year) the month so many before this one."""

    year: int | None = None
    month: int | None = None
    back: int = 0


@dataclass(frozen=True, slots=True)
class ShowStatement(AreaCommand):
    """The statement of a wallet over a time; None: one's own."""

    of: PersonRef | None = None
    period: Period = Period()

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        return () if self.of is None else (self.of,)


@dataclass(frozen=True, slots=True)
class MakeOffer(AreaCommand):
    """What a job with so much a year comes with; `to`: for whom the letter is."""

    annual_micros: int
    cliff_months: int = 0
    months: int | None = None
    to: str | None = None
