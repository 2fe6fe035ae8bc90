"""The grammar of `project …`: what it reads, and what it says of what it cannot read."""

import pytest

from budget.money import Face
from budget.projects.typed import (
    BindProject,
    CloseProject,
    CreateProject,
    FundProject,
    SetProjectCost,
    SetProjectOwner,
    ShowProject,
    ShowProjects,
    UnbindProject,
)
from budget.typed import (
    AreaCommand,
    ChannelRef,
    Company,
    Here,
    PersonRef,
    ProjectRef,
    TeamRef,
    needs_channel,
    people_in,
)
from handlers.commands.grammar import parse
from handlers.commands.parts import Misread
from handlers.slack.wire.markup import read

ADA, ROOM, APOLLO = PersonRef("U1", "ada"), ChannelRef("C1", "general"), ProjectRef("Apollo")
MENTION, CHANNEL = "<@U1|ada>", "<#C1|general>"


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("", ShowProjects()),
        ("Apollo", ShowProject(APOLLO)),
        ('"Moon landing"', ShowProject(ProjectRef("Moon landing"))),
        ("create Apollo", CreateProject("Apollo")),
        ("create Apollo $50", CreateProject("Apollo", None, 50_000_000)),
        (f"create Apollo {MENTION}", CreateProject("Apollo", ADA)),
        (f'create "Moon landing" {MENTION} 250k', CreateProject("Moon landing", ADA, 250_000)),
        (f"channel Apollo {CHANNEL}", BindProject(APOLLO, ROOM)),
        ("channel Apollo HERE", BindProject(APOLLO, Here())),
        (f"channel Apollo {CHANNEL} off", UnbindProject(APOLLO, ROOM)),
        ("channel Apollo here off", UnbindProject(APOLLO, Here())),
        ("channel Apollo none", UnbindProject(APOLLO)),
        ("fund Apollo $5", FundProject(APOLLO, 5_000_000)),
        ("fund Apollo $5 for the launch", FundProject(APOLLO, 5_000_000, None, "the launch")),
        ("fund Apollo $5 from Platform for it", FundProject(APOLLO, 5_000_000, TeamRef("Platform"), "it")),
        ("fund Apollo $5 from company", FundProject(APOLLO, 5_000_000, Company())),
        (f"owner Apollo {MENTION}", SetProjectOwner(APOLLO, ADA)),
        ("cost Apollo CC-104", SetProjectCost(APOLLO, "CC-104")),
        ('cost Apollo "Cost centre 1"', SetProjectCost(APOLLO, "Cost centre 1")),
        ("cost Apollo none", SetProjectCost(APOLLO, None)),
        ("close Apollo", CloseProject(APOLLO)),
    ],
)  # fmt: skip
def test_what_it_reads(typed: str, command: AreaCommand) -> None:
    found = parse(read(f"project {typed}"), Face())
    assert found == command
    assert not isinstance(found, Misread)
    assert needs_channel(found) is ("here" in typed.casefold())
    assert people_in(found) == ((ADA,) if MENTION in typed else ())


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("Moon landing", "put a name of several words in quotes"),
        ("create", "Say what the project is called"),
        ("create Moon landing", "Put a name of several words in quotes"),
        ("create Apollo @ada $5", "is not a person I can see"),
        ("create fund", "no project can be called that"),
        ("create none", "no project can be called that"),
        ("create $5", "a project needs another name"),
        (f"create {MENTION} $5", "is not the name of a project"),
        (f"create Apollo {MENTION} lots", "is not an amount"),
        ("create Apollo $5 more", "I understand all but"),
        ("channel Apollo", "Say which project and which channel"),
        ("channel Apollo general", "Or write `here`"),
        ("channel Apollo here on", "I understand all but"),
        ("channel Apollo none off", "I understand all but"),
        ("fund Apollo", "Say which project, and how much"),
        ("fund Apollo lots", "is not an amount"),
        ("fund Apollo $5 from", "After `from` comes a team"),
        (f"fund Apollo $5 from {MENTION}", "from a team's pool or the company's"),
        ("fund Apollo $5 for it until 2026-12-31", "Only a grant can have an end date"),
        ("owner Apollo ada", "is not a person I can see"),
        ("cost Apollo", "Say which project, and its cost centre"),
        (f"cost Apollo {MENTION}", "is not a cost centre"),
        ("close", "Say which project"),
        ("close Moon landing", "Say which project"),
    ],
)
def test_what_it_cannot_read(typed: str, says: str) -> None:
    found = parse(read(f"project {typed}"), Face())
    assert isinstance(found, Misread), found
    assert says in found.sentence
    example = found.example.replace("@ada", MENTION).replace("#platform", CHANNEL)
    assert not isinstance(parse(read(example), Face()), Misread), example
