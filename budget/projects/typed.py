"""Commands about projects, as values."""

from dataclasses import dataclass

from budget.typed import AreaCommand, Company, Here, PersonRef, ProjectRef, TeamRef, Where


@dataclass(frozen=True, slots=True)
class ShowProjects(AreaCommand):
    """The projects one may see."""


@dataclass(frozen=True, slots=True)
class ShowProject(AreaCommand):
    """One project."""

    project: ProjectRef


@dataclass(frozen=True, slots=True)
class CreateProject(AreaCommand):
    """A new project; `owner` None: whoever makes it. With an amount it is funded at once."""

    name: str
    owner: PersonRef | None = None
    amount_micros: int | None = None

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        """Its owner."""
        return (self.owner,) if self.owner else ()


@dataclass(frozen=True, slots=True)
class FundProject(AreaCommand):
    """Put tokens into a project's pool; `source` None: the company's for an admin, else the giver's team's."""

    project: ProjectRef
    amount_micros: int
    source: TeamRef | Company | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BindProject(AreaCommand):
    """Asks in a channel are paid by the project from now on."""

    project: ProjectRef
    channel: Where

    @property
    def in_channel(self) -> bool:
        """The channel where it is typed."""
        return isinstance(self.channel, Here)


@dataclass(frozen=True, slots=True)
class UnbindProject(AreaCommand):
    """Not any more; `channel` None: in none of its channels."""

    project: ProjectRef
    channel: Where | None = None

    @property
    def in_channel(self) -> bool:
        """The channel where it is typed."""
        return isinstance(self.channel, Here)


@dataclass(frozen=True, slots=True)
class SetProjectOwner(AreaCommand):
    """Somebody else looks after it."""

    project: ProjectRef
    owner: PersonRef

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        """The new owner."""
        return (self.owner,)


@dataclass(frozen=True, slots=True)
class SetProjectCost(AreaCommand):
    """Which cost centre it is booked on from today; None: on none."""

    project: ProjectRef
    code: str | None


@dataclass(frozen=True, slots=True)
class CloseProject(AreaCommand):
    """It pays for nothing more, and what is left goes back."""

    project: ProjectRef


ProjectChange = (
    CreateProject | FundProject | BindProject | UnbindProject | SetProjectOwner | SetProjectCost | CloseProject
)
