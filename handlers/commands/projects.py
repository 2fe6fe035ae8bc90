"""The grammar of `project …`."""

from collections.abc import Sequence

from budget import typed
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
from budget.typed import Company, PersonRef, ProjectRef, TeamRef
from handlers.commands import parts
from handlers.commands.entry import Entry, For, Parser
from handlers.commands.parts import Misread, code, trailing
from handlers.commands.words import Mention, Text, Word, shown

EXAMPLES = {
    "create": "project create Apollo @ada $50",
    "channel": "project channel Apollo #platform",
    "fund": "project fund Apollo $50 for the launch",
    "owner": "project owner Apollo @ada",
    "cost": "project cost Apollo CC-104",
    "close": "project close Apollo",
}
ENTRIES: tuple[Entry, ...] = (
    Entry(
        "project",
        (
            "project",
            "project NAME",
            "project create NAME [@owner] [AMOUNT]",
            "project channel NAME #channel|here [off]",
            "project channel NAME none",
            "project fund NAME AMOUNT [from TEAM|company] [for REASON]",
            "project owner NAME @person",
            "project cost NAME CODE|none",
            "project close NAME",
        ),
        EXAMPLES["create"],
        "Your projects, or one of them. A project has a pool, and pays for what is asked in its channels, private "
        "questions from there included; when it is empty, the asker's own balance pays, and that is said. Managers "
        "create projects and fund them from their team's pool, admins from the company's; its owner decides on "
        "channels. When it is closed, what is left goes back to where it came from.",
        For.MANAGERS,
        (*tuple(EXAMPLES.values())[1:], "project channel Apollo here", "project channel Apollo #platform off",
         "project channel Apollo none", "project fund Apollo $5 from platform", "project cost Apollo none"),
    ),
)  # fmt: skip


def parse_project(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`project`, `project NAME`, or one of the changes."""
    if not words:
        return ShowProjects()
    verb = shown(words[0]).casefold()
    parser = VERBS.get(verb)
    if parser is not None:
        command = parser(words[1:], face)
        return Misread(command.sentence, EXAMPLES[verb]) if isinstance(command, Misread) else command
    if len(words) > 1:
        many = code(" ".join(map(shown, words)))
        return Misread(f"I cannot read {many}: put a name of several words in quotes.", 'project "Moon landing"')
    named = _project(words[0])
    return named if isinstance(named, Misread) else ShowProject(named)


def _project(word: Word) -> ProjectRef | Misread:
    """A project by its name."""
    named = parts.team(word)
    if isinstance(named, Misread):
        return Misread(named.sentence.replace("a team", "a project"))
    return ProjectRef(named.name)


def _create(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`create NAME [@owner] [AMOUNT]`: the name is one word, or in quotes."""
    if not words:
        return Misread("Say what the project is called.")
    name = words[0].text if isinstance(words[0], Text) else ""
    problem = name_problem(name, face) if name else _misread_name(words[0])
    if problem:
        return Misread(problem)
    rest, owner = words[1:], None
    if rest and isinstance(rest[0], Mention):
        owner, rest = PersonRef(rest[0].id, rest[0].label), rest[1:]
    if not rest:
        return CreateProject(name, owner)
    amount = parts.amount(rest[0], face)
    if isinstance(amount, Misread):
        return amount if owner else _no_owner(rest[0])
    return trailing(rest[1:]) if len(rest) > 1 else CreateProject(name, owner, amount)


def _no_owner(word: Word) -> Misread:
    """Neither an amount nor a person: a mention that was not picked, or a name of several words."""
    unpicked = parts.person(word)
    if isinstance(unpicked, Misread) and shown(word).startswith("@"):
        return unpicked
    return Misread("Put a name of several words in quotes.")


def name_problem(name: str, face: Face) -> str | None:
    """Why a project cannot be called that; None when it can."""
    problem = parts.name_problem(name, face, "project")
    if problem:
        return problem
    if name.casefold() in TAKEN:
        return f"{code(name)} has a meaning of its own in commands, so no project can be called that."
    return None


def _misread_name(word: Word) -> str:
    named = _project(word)
    return named.sentence if isinstance(named, Misread) else "Say what the project is called."


def _channel(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`channel NAME #channel|here [off]`, `channel NAME none`"""
    if len(words) < 2:
        return Misread("Say which project and which channel; a name of several words goes in quotes.")
    project = _project(words[0])
    if isinstance(project, Misread):
        return project
    if parts.is_keyword(words[1], "none"):
        return trailing(words[2:]) if len(words) > 2 else UnbindProject(project)
    where = typed.Here() if parts.is_keyword(words[1], "here") else parts.channel(words[1])
    if isinstance(where, Misread):
        return Misread(f"{where.sentence} Or write `here`.")
    if len(words) == 2:
        return BindProject(project, where)
    is_off = len(words) == 3 and parts.is_keyword(words[2], "off")
    return UnbindProject(project, where) if is_off else trailing(words[2:])


def _fund(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`fund NAME AMOUNT [from TEAM|company] [for REASON]`"""
    if len(words) < 2:
        return Misread("Say which project, and how much; a name of several words goes in quotes.")
    project, amount = _project(words[0]), parts.amount(words[1], face)
    if isinstance(project, Misread):
        return project
    if isinstance(amount, Misread):
        return amount
    named = parts.is_keyword(words[2], "from") if len(words) > 2 else False
    source = _source(words[3:]) if named else None
    if isinstance(source, Misread):
        return source
    tail = parts.tail(words[4:] if named else words[2:], may_end=False)
    return tail if isinstance(tail, Misread) else FundProject(project, amount, source, tail.reason)


def _source(words: Sequence[Word]) -> TeamRef | Company | Misread:
    if not words:
        return Misread("After `from` comes a team, or `company`.")
    source = parts.party(words[0])
    if isinstance(source, PersonRef):
        return Misread("A project is funded from a team's pool or the company's.")
    return source


def _owner(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`owner NAME @person`"""
    if len(words) != 2:
        return Misread("Say which project, and who looks after it; a name of several words goes in quotes.")
    project, owner = _project(words[0]), parts.person(words[1])
    if isinstance(project, Misread):
        return project
    return owner if isinstance(owner, Misread) else SetProjectOwner(project, owner)


def _cost(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`cost NAME CODE|none`"""
    if len(words) != 2:
        return Misread("Say which project, and its cost centre or `none`; names of several words go in quotes.")
    project = _project(words[0])
    if isinstance(project, Misread):
        return project
    if not isinstance(words[1], Text):
        return Misread(f"{code(shown(words[1]))} is not a cost centre.")
    return SetProjectCost(project, None if parts.is_keyword(words[1], "none") else words[1].text)


def _close(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`close NAME`"""
    if len(words) != 1:
        return Misread("Say which project; a name of several words goes in quotes.")
    project = _project(words[0])
    return project if isinstance(project, Misread) else CloseProject(project)


VERBS: dict[str, Parser] = {
    "create": _create,
    "channel": _channel,
    "fund": _fund,
    "owner": _owner,
    "cost": _cost,
    "close": _close,
}
TAKEN = frozenset({*VERBS, "none", "here"})
PARSERS: dict[str, Parser] = {"project": parse_project}
