"""What is set for a channel: the model that answers there, and whether replies in threads are followed."""

from collections.abc import Sequence
from dataclasses import dataclass

from budget.balance import known
from budget.house import House
from budget.offer.allowed import allowed as allowed_models
from budget.offer.model import Model, Models
from budget.offer.naming import one_of
from budget.org.rights import Action, Standing, standing, to_channel
from budget.outcome import No
from budget.policy.current import current
from store import audit, channels, people, projects, teams
from store.channels import ChannelSettings
from store.database import Connection
from store.people import Person
from store.projects import Project
from store.teams import Team


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """A channel as everybody may see it. `model` None: each asker's own answers. `project`: what pays for asks there.

    `managers`: the names of those who decide for its team, from their own team up. `may`: so does the reader.
    """

    settings: ChannelSettings
    team: Team | None
    model: Model | None
    managers: Sequence[str]
    may: bool
    project: Project | None = None


@dataclass(frozen=True, slots=True)
class ChannelModel:
    """What answers in a channel from now on, and what did before; None: each asker's own choice."""

    channel_id: str
    now: Model | None
    before: Model | None


@dataclass(frozen=True, slots=True)
class Following:
    """Whether replies in threads of a channel are answered without a mention from now on; `same`: as before."""

    channel_id: str
    on: bool
    same: bool


def model_in(house: House, settings: ChannelSettings) -> Model | None:
    """The model set for a channel, while it is on offer."""
    return house.models.get(settings.model) if settings.model else None


async def see_channel(house: House, person: Person, channel_id: str) -> ChannelSeen:
    """What is set for a channel, for whoever is there."""

    def work(conn: Connection) -> ChannelSeen:
        settings, actor = channels.get(conn, person.workspace_id, channel_id), known(conn, person.id)
        team = teams.by_id(conn, settings.team_id) if settings.team_id else None
        may = actor.may(Action.SET_CHANNEL_MODEL, to_channel(actor, settings.team_id))
        project = projects.of_channel(conn, person.workspace_id, channel_id)
        whose = deciding(conn, actor, settings.team_id)
        return ChannelSeen(settings, team, model_in(house, settings), whose, may, project)

    return await house.database.read(work)


def _offered(conn: Connection, house: House, settings: ChannelSettings) -> Models | None:
    """The models that may answer in a channel: those of its team, or those of everybody."""
    team = teams.by_id(conn, settings.team_id) if settings.team_id else None
    rules = current(conn, house, settings.workspace_id).models
    return allowed_models(house.models, rules, [team.name] if team else [])


def deciding(conn: Connection, actor: Standing, team_id: str | None) -> list[str]:
    """The names of those who manage a team or one above it, the nearest team's first."""
    line = actor.line(team_id) if team_id else []
    inside = [member for each in line for member in teams.members(conn, each)]
    return list(dict.fromkeys(person.name for person, role in inside if role == "manager"))


async def set_model(
    house: House, person: Person, channel_id: str, name: str | None, *, origin: str
) -> ChannelModel | No:
    """Choose the model that answers everybody in a channel; None: each asker's own again."""

    def work(conn: Connection) -> ChannelModel | No:
        before = allowed(conn, person, channel_id, Action.SET_CHANNEL_MODEL)
        if isinstance(before, No):
            return before
        model = one_of(house, _offered(conn, house, before), name, where=" in channel") if name else None
        if isinstance(model, No):
            return model
        chosen = model.name if model else None
        if before.model != chosen:
            channels.set_model(conn, person.workspace_id, channel_id, chosen)
            note(conn, house, person, channel_id, origin, "channel model", before.model, chosen)
        return ChannelModel(channel_id, model, model_in(house, before))

    return await house.database.write(work)


async def follow_threads(house: House, person: Person, channel_id: str, on: bool, *, origin: str) -> Following | No:
    """Whether replies in threads of a channel are answered without a mention."""

    def work(conn: Connection) -> Following | No:
        before = allowed(conn, person, channel_id, Action.FOLLOW_THREADS)
        if isinstance(before, No):
            return before
        if before.follow_threads != on:
            channels.set_follow_threads(conn, person.workspace_id, channel_id, on)
            words = {True: "on", False: "off"}
            note(conn, house, person, channel_id, origin, "follow threads", words[before.follow_threads], words[on])
        return Following(channel_id, on, same=before.follow_threads == on)

    return await house.database.write(work)


def allowed(conn: Connection, person: Person, channel_id: str, action: Action) -> ChannelSettings | No:
    """What is set for a channel, locked for a change that this person has the right to."""
    current = people.person(conn, person.id)
    assert current is not None, "whoever acts was met before"
    actor = standing(conn, current, lock=True)
    settings = channels.get(conn, person.workspace_id, channel_id, lock=True)
    if not actor.may(action, to_channel(actor, settings.team_id)):
        whose = deciding(conn, actor, settings.team_id)
        return No(f"Only {f'{joined(whose)} or an admin' if whose else 'an admin'} can set that for this channel.")
    return settings


def joined(names: Sequence[str]) -> str:
    """`Grace Hopper`, `Ada Lovelace, Grace Hopper`"""
    return ", ".join(names)


def note(
    conn: Connection, house: House, person: Person, channel_id: str, origin: str, action: str, old: str | None,
    new: str | None,
) -> None:  # fmt: skip
    """The audit row of a change to a channel."""
    audit.record(
        conn, workspace_id=person.workspace_id, at=house.now(), actor_id=person.id, origin=origin, action=action,
        target=f"channel:{channel_id}", old=old, new=new,
    )  # fmt: skip
