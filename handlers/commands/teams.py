"""The grammar of `team …`."""

from collections.abc import Sequence

from budget import typed
from budget.money import Face
from handlers.commands import nesting, organising, parts
from handlers.commands.catalogue import TEAM_EXAMPLES, nearest
from handlers.commands.entry import Parser
from handlers.commands.parts import Misread, code
from handlers.commands.words import Word, shown


def parse_team(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`team`, `team NAME`, or one of the changes."""
    if not words:
        return typed.ShowTeams()
    verb = shown(words[0]).casefold()
    parser = VERBS.get(verb)
    if parser is not None:
        command = parser(words[1:], face)
        return Misread(command.sentence, TEAM_EXAMPLES[verb]) if isinstance(command, Misread) else command
    if len(words) > 1:
        return _unknown(words)
    team = parts.team(words[0])
    return team if isinstance(team, Misread) else typed.ShowTeam(team)


def _unknown(words: Sequence[Word]) -> Misread:
    verb = shown(words[0])
    near = nearest(verb, tuple(VERBS))
    if near is None:
        return Misread(f"I cannot read {code(' '.join(map(shown, words)))}: put a name of several words in quotes.")
    return Misread(f"There is no command {code(f'team {verb}')}; the nearest is `team {near}`.", TEAM_EXAMPLES[near])


def _create(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    if not words:
        return Misread("Say what the team is called.")
    name = parts.new_name(words, face)
    return name if isinstance(name, Misread) else typed.CreateTeam(name)


def _team_and_people(words: Sequence[Word]) -> tuple[typed.TeamRef, tuple[typed.PersonRef, ...]] | Misread:
    if len(words) < 2:
        return Misread("Say which team, and who.")
    team = parts.team(words[0])
    if isinstance(team, Misread):
        return team
    people = parts.people(words[1:])
    return people if isinstance(people, Misread) else (team, people)


def _add(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    read = _team_and_people(words)
    return read if isinstance(read, Misread) else typed.AddMembers(*read)


def _remove(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    read = _team_and_people(words)
    return read if isinstance(read, Misread) else typed.RemoveMembers(*read)


def _manager(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    read = _team_and_people(words)
    if isinstance(read, Misread):
        return read
    team, people = read
    if len(people) > 1:
        return Misread("Name one manager at a time.")
    return typed.SetManager(team, people[0])


def _channel(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    if len(words) != 2:
        return Misread("Say which team and which channel; a name of several words goes in quotes.")
    team, channel = parts.team(words[0]), parts.channel(words[1])
    if isinstance(team, Misread):
        return team
    return channel if isinstance(channel, Misread) else typed.BindChannel(team, channel)


def _pool(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    if len(words) != 2 or not (parts.is_keyword(words[1], "on") or parts.is_keyword(words[1], "off")):
        return Misread("Say which team, and `on` or `off`; a name of several words goes in quotes.")
    team = parts.team(words[0])
    return team if isinstance(team, Misread) else typed.SetPool(team, parts.is_keyword(words[1], "on"))


VERBS: dict[str, Parser] = {
    "create": _create,
    "add": _add,
    "remove": _remove,
    "manager": _manager,
    "channel": _channel,
    "pool": _pool,
    "group": organising.parse_group,
    "sync": organising.parse_sync,
    "under": nesting.parse_under,
    "cost": nesting.parse_cost,
}
