"""Commands on people: user groups of teams, guests, leaving, freezing."""

from dataclasses import dataclass
from datetime import date

from budget.typed import AreaCommand, PersonRef, TeamRef


@dataclass(frozen=True, slots=True)
class GroupRef:
    """A user group that was mentioned, by the platform's id."""

    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class BindGroup(AreaCommand):
    """Whose people are a team's members from now on; None: nobody's."""

    team: TeamRef
    group: GroupRef | None


@dataclass(frozen=True, slots=True)
class SyncGroups(AreaCommand):
    """Look who is in a team's user group; None: in every team's."""

    team: TeamRef | None


@dataclass(frozen=True, slots=True)
class LetGuest(AreaCommand):
    """Whether a guest may have tokens. They are met when it is carried out."""

    person: PersonRef
    allowed: bool


@dataclass(frozen=True, slots=True)
class Freeze(AreaCommand):
    """Their questions are refused from now on."""

    person: PersonRef
    reason: str | None = None

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        return (self.person,)


@dataclass(frozen=True, slots=True)
class Unfreeze(AreaCommand):
    """Their questions are answered again."""

    person: PersonRef


@dataclass(frozen=True, slots=True)
class Offboard(AreaCommand):
    """They leave: at once, or after a last day. Shown first, and asked for."""

    person: PersonRef
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Keep(AreaCommand):
    """They do not leave after all: a last day to come is taken back, and who has left by hand is here again."""

    person: PersonRef
