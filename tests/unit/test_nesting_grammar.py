"""`team under …` and `team cost …` as typed."""

from datetime import date

import pytest

from budget.money import Face
from budget.typed import Command, NestTeam, SetTeamCost, TeamRef
from handlers.commands.grammar import parse
from handlers.commands.parts import Misread
from handlers.slack.wire.markup import read

PLATFORM = TeamRef("platform")
READ = {
    "team under platform engineering": NestTeam(PLATFORM, TeamRef("engineering")),
    'team UNDER platform "Data Platform"': NestTeam(PLATFORM, TeamRef("Data Platform")),
    "team under platform None": NestTeam(PLATFORM, None),
    'team under platform "none"': NestTeam(PLATFORM, TeamRef("none")),
    "team cost platform CC-1": SetTeamCost(PLATFORM, "CC-1"),
    'team cost "Data Platform" "Köln 4/7"': SetTeamCost(TeamRef("Data Platform"), "Köln 4/7"),
    "team cost platform none from 2027–01–01": SetTeamCost(PLATFORM, None, date(2027, 1, 1)),
}
UNDER, COST = 'team under platform "Engineering"', "team cost platform CC-100 from 2027-01-01"
MISREAD = {
    "team under platform": ("which one it is below", UNDER),
    "team under Data Platform engineering": ("goes in quotes", UNDER),
    "team under platform <@U1>": ("is not the name of a team", UNDER),
    "team cost platform": ("its cost centre, or `none`", COST),
    "team cost platform =1+1": ("`=1+1` is no cost centre. A cost centre has at most 40 letters", COST),
    "team cost platform CC-1 since 2027-01-01": ("I understand all but `since 2027-01-01`", COST),
    "team cost platform CC-1 from": ("After `from` comes a date", COST),
    "team cost platform CC-1 from tomorrow": ("is not a date", COST),
    "team cost platform CC-1 from 2027-01-01 please": ("I understand all but `please`", COST),
    "team create under": ("has a meaning of its own", 'team create "Data Platform"'),
}


@pytest.mark.parametrize(("text", "command"), READ.items(), ids=READ.keys())
def test_read(text: str, command: Command) -> None:
    assert parse(read(text), Face()) == command


@pytest.mark.parametrize(("text", "expected"), MISREAD.items(), ids=MISREAD.keys())
def test_misread(text: str, expected: tuple[str, str]) -> None:
    found = parse(read(text), Face())
    assert isinstance(found, Misread)
    assert expected[0] in found.sentence
    assert found.example == expected[1]
