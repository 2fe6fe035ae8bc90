"""The grammar of `team under …` and `team cost …`."""

from collections.abc import Sequence

from budget import typed
from budget.money import Face
from budget.org.cost_centres import CODE, CODE_FORM
from handlers.commands import parts
from handlers.commands.parts import Misread, code, trailing
from handlers.commands.words import Text, Word, shown

FORMS = ("team under NAME PARENT|none", "team cost NAME CODE|none [from YYYY-MM-DD]")
EXAMPLES = {
    "under": 'team under platform "Engineering"',
    "cost": "team cost platform CC-100 from 2027-01-01",
}


def parse_under(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`team under NAME PARENT|none`"""
    if len(words) != 2:
        return Misread("Say which team, and which one it is below, or `none`; a name of several words goes in quotes.")
    team = parts.team(words[0])
    if isinstance(team, Misread):
        return team
    above = None if parts.is_keyword(words[1], "none") else parts.team(words[1])
    return above if isinstance(above, Misread) else typed.NestTeam(team, above)


def parse_cost(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`team cost NAME CODE|none [from YYYY-MM-DD]`"""
    if len(words) < 2:
        return Misread("Say which team, and its cost centre, or `none`; a name of several words goes in quotes.")
    team, said = parts.team(words[0]), cost_centre(words[1])
    if isinstance(team, Misread):
        return team
    if isinstance(said, Misread):
        return said
    if len(words) == 2:
        return typed.SetTeamCost(team, said)
    if not parts.is_keyword(words[2], "from"):
        return trailing(words[2:])
    if len(words) != 4:
        return trailing(words[4:]) if len(words) > 4 else Misread("After `from` comes a date like `2026-12-31`.")
    day = parts.day(words[3])
    return day if isinstance(day, Misread) else typed.SetTeamCost(team, said, day)


def cost_centre(word: Word) -> str | Misread | None:
    """A cost centre's code; None for `none`."""
    if parts.is_keyword(word, "none"):
        return None
    if not isinstance(word, Text) or not CODE.fullmatch(word.text):
        return Misread(f"{code(shown(word))} is no cost centre. {CODE_FORM}")
    return word.text
