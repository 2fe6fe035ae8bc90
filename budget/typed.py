"""Commands as plain values: what someone asked for, once read. Ids of people and channels are the platform's."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PersonRef:
    """Someone who was mentioned; `label` is the name the platform sent along, if any."""

    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class TeamRef:
    """A team by the name that was typed."""

    name: str


@dataclass(frozen=True, slots=True)
class Company:
    """The company's pool."""


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A channel that was mentioned."""

    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """The channel in which the command is typed."""


@dataclass(frozen=True, slots=True)
class ProjectRef:
    """A project by the name that was typed."""

    name: str


class AreaCommand:
    """A command of an area that describes its own: allowances, packages, requests, transfers, policy, projects, people.

    Frozen dataclasses inherit from it; `handlers.commands` reads them, `handlers.slack.areas` answers them.
    """

    __slots__ = ()

    @property
    def mentions(self) -> tuple[PersonRef, ...]:
        """Everyone it mentions: they are met before it is carried out."""
        return ()

    @property
    def in_channel(self) -> bool:
        """Whether it makes sense only where it is typed in a channel."""
        return False


Party = PersonRef | TeamRef | Company
Where = ChannelRef | Here


@dataclass(frozen=True, slots=True)
class Overview:
    """`/tokens` alone."""


@dataclass(frozen=True, slots=True)
class ShowBalance:
    """None: one's own."""

    of: Party | None = None


@dataclass(frozen=True, slots=True)
class ShowHistory:
    """None: one's own."""

    of: PersonRef | None = None


@dataclass(frozen=True, slots=True)
class ShowModels:
    """Which models there are."""


@dataclass(frozen=True, slots=True)
class ChooseModel:
    """None: the company's default."""

    name: str | None


@dataclass(frozen=True, slots=True)
class ChooseChannelModel:
    """The model for everybody in a channel; None: each asker's own again."""

    name: str | None
    channel: Where


@dataclass(frozen=True, slots=True)
class ShowChannel:
    """What is set for the channel in which it is typed."""


@dataclass(frozen=True, slots=True)
class FollowThreads:
    """Whether replies in threads of this channel are answered without a mention."""

    on: bool


@dataclass(frozen=True, slots=True)
class ShowPrompt:
    """The instructions that the model gets where this is typed."""


@dataclass(frozen=True, slots=True)
class EditPrompt:
    """Write instructions: the company's, or those of this channel."""

    channel: bool


@dataclass(frozen=True, slots=True)
class ClearPrompt:
    """Take instructions back: the company's, or those of this channel."""

    channel: bool


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """`command` is the name of a known command, or None for all."""

    command: str | None = None


@dataclass(frozen=True, slots=True)
class AskPrivately:
    """A question whose answer only its asker sees; as words, which is not quite how it was typed."""

    question: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Give from the giver's pool; `until`: usable to the end of that day, in the workspace's zone."""

    to: PersonRef | TeamRef
    amount_micros: int
    reason: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Move between two accounts."""

    amount_micros: int
    source: Party
    target: Party
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fund:
    """New budget for the company's pool."""

    amount_micros: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ShowTeams:
    """The teams one may see."""


@dataclass(frozen=True, slots=True)
class ShowTeam:
    """One team."""

    team: TeamRef


@dataclass(frozen=True, slots=True)
class CreateTeam:
    """A new team."""

    name: str


@dataclass(frozen=True, slots=True)
class AddMembers:
    """Put people into a team."""

    team: TeamRef
    people: tuple[PersonRef, ...]


@dataclass(frozen=True, slots=True)
class RemoveMembers:
    """Take people out of a team."""

    team: TeamRef
    people: tuple[PersonRef, ...]


@dataclass(frozen=True, slots=True)
class SetManager:
    """Make someone a manager of a team."""

    team: TeamRef
    person: PersonRef


@dataclass(frozen=True, slots=True)
class BindChannel:
    """Whose channel it is."""

    team: TeamRef
    channel: ChannelRef


@dataclass(frozen=True, slots=True)
class SetPool:
    """Whether the team's pool pays when a member's wallet is empty."""

    team: TeamRef
    on: bool


@dataclass(frozen=True, slots=True)
class NestTeam:
    """Put a team below another; None: below none."""

    team: TeamRef
    above: TeamRef | None


@dataclass(frozen=True, slots=True)
class SetTeamCost:
    """A team's cost centre from a day on (None: today); None: that of the team above."""

    team: TeamRef
    code: str | None
    from_on: date | None = None


TeamChange = CreateTeam | AddMembers | RemoveMembers | SetManager | BindChannel | SetPool | NestTeam | SetTeamCost
MoneyChange = Grant | Move | Fund
SettingChange = ChooseModel | ChooseChannelModel | FollowThreads | ClearPrompt
Look = Overview | ShowBalance | ShowHistory | ShowModels | ShowHelp | ShowTeams | ShowTeam | ShowChannel | ShowPrompt
Command = Look | AskPrivately | SettingChange | EditPrompt | MoneyChange | TeamChange | AreaCommand


def needs_channel(command: Command) -> bool:
    """Whether it makes sense only where it is typed in a channel."""
    match command:
        case ChooseChannelModel(channel=Here()) | ShowChannel() | FollowThreads():
            return True
        case EditPrompt(channel=channel) | ClearPrompt(channel=channel):
            return channel
        case AreaCommand():
            return command.in_channel
        case _:
            return False


def people_in(command: Command) -> tuple[PersonRef, ...]:
    """Everyone a command mentions."""
    match command:
        case ShowBalance(of=PersonRef() as person) | ShowHistory(of=PersonRef() as person):
            return (person,)
        case Grant(to=PersonRef() as person) | SetManager(person=person):
            return (person,)
        case Move(source=source, target=target):
            return tuple(party for party in (source, target) if isinstance(party, PersonRef))
        case AddMembers(people=people) | RemoveMembers(people=people):
            return people
        case AreaCommand():
            return command.mentions
        case _:
            return ()
