"""What `stipend import` says: the difference as a table, what it comes to, and what is wrong with which line."""

from collections import Counter
from collections.abc import Sequence

from bot.texts import harmless
from budget.org.roster_lines import COLUMNS, WORDS, File, Problem
from budget.org.roster_plan import Difference, Plan

FIELDS = ("team", "manager", "cost centre", "start", "end")
MOST_SHOWN = 100  # people in the table, unless all are asked for
MOST_NAMED = 20
WIDEST = 48  # characters of a cell
NOT_HERE = "not here yet"


def table(differences: Sequence[Difference]) -> list[str]:
    """One row for each person, and a column for each kind of change there is."""
    fields = [name for name in FIELDS if any(name in each.cells for each in differences)]
    rows = [["line", "e-mail", *fields, "is"], *([*row_of(each, fields), state(each)] for each in differences)]
    shown = [[cell if len(cell) <= WIDEST else f"{cell[: WIDEST - 1]}…" for cell in map(harmless, row)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    ruled = [shown[0], ["-" * width for width in widths], *shown[1:]]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in ruled]


def row_of(difference: Difference, fields: Sequence[str]) -> list[str]:
    """A line, whom it is of, and their cells."""
    return [str(difference.line), difference.email, *(cell_of(difference, name) for name in fields)]


def cell_of(difference: Difference, name: str) -> str:
    """`Platform → Data`; what somebody new gets stands alone."""
    if name not in difference.cells:
        return ""
    was, becomes = difference.cells[name]
    return f"{was or 'none'} → {becomes or 'none'}" if was or not difference.new else becomes or ""


def state(difference: Difference) -> str:
    """Whether the roster has them already, and whether anybody was seen with that e-mail."""
    here = [] if difference.person_id else [NOT_HERE]
    return ", ".join([*(["new"] if difference.new else []), *here])


def difference_lines(plan: Plan, *, everybody: bool) -> list[str]:
    """The table, as much of it as people read."""
    if not plan.differences:
        return []
    shown = plan.differences if everybody else plan.differences[:MOST_SHOWN]
    hidden = len(plan.differences) - len(shown)
    more = [f"… and {people(hidden)} more; --all shows everybody."] if hidden else []
    return [*table(shown), *more, ""]


def sums(plan: Plan, *, create_teams: bool, applied: bool) -> list[str]:
    """What it comes to."""
    sentences = [difference_words(plan)] if plan.differences else ["No difference: the books say the same as the file."]
    if plan.missing:
        sentences.append(teams_words(plan, create_teams, applied))
    away = sum(each.person_id is None for each in plan.differences)
    if away:
        sentences.append(f"{start(away)} not here yet: for them it counts from the moment they appear in Slack.")
    if plan.leaving:
        named = [f"{email} ({day})" for email, day in plan.leaving]
        leave = "leaves" if len(named) == 1 else "leave"
        sentences.append(f"{people(len(named))} {leave}, as the last day has come: {some(named)}.")
    if plan.absent:
        sentences.append(f"{start(plan.absent)} in the roster and not in this file; nothing happens to them.")
    return [harmless(sentence) for sentence in sentences]


def difference_words(plan: Plan) -> str:
    """`12 people differ: 3 new, 5 team, 2 manager.`"""
    count = Counter(name for each in plan.differences for name in each.cells)
    new = sum(each.new for each in plan.differences)
    parts = [f"{new:,} new"] if new else []
    parts += [f"{count[name]:,} {name}" for name in FIELDS if count[name]]
    told = f": {', '.join(parts)}" if parts else ", as they are known now"
    return f"{people(len(plan.differences))} {'differs' if len(plan.differences) == 1 else 'differ'}{told}."


def teams_words(plan: Plan, create_teams: bool, applied: bool) -> str:
    """The teams that the file names and that there are not, or were not."""
    named = some([f"{team.name} ({people(len(team.lines))})" for team in plan.missing])
    one = len(plan.missing) == 1
    if applied:
        return f"New {'team' if one else 'teams'}: {named}."
    if create_teams:
        return f"To be made: {'the team' if one else 'the teams'} {named}."
    return (
        f"There {'is no team' if one else 'are no teams'} {named}. Check the spelling; "
        f"with --create-teams {'it is' if one else 'they are'} made."
    )


def file_words(name: str, file: File, workspace: str) -> list[str]:
    """What was read, and which columns mean something."""
    absent = [WORDS[column] for column in COLUMNS if column not in file.columns and column != "cost_centre_from"]
    sentences = [f"{name}: {people(len(file.emails))}, for {workspace}."]
    if file.unused:
        sentences.append(f"Columns that mean nothing here: {some(list(file.unused))}.")
    if absent and file.columns:
        sentences.append(f"No column for: {', '.join(absent)}. What the books say there stays.")
    return [harmless(sentence) for sentence in sentences]


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Each with its line's number."""
    return [harmless(f"Line {each.line}: {each.sentence}" if each.line else each.sentence) for each in problems]


def bad_words(problems: Sequence[Problem]) -> str:
    """How many lines stand in the way."""
    bad = len({each.line for each in problems})
    return f"{bad:,} {'line' if bad == 1 else 'lines'} cannot be used, so nothing of the file is imported."


def people(count: int) -> str:
    """`1 person`, `3 people`"""
    return f"{count:,} {'person' if count == 1 else 'people'}"


def start(count: int) -> str:
    """`1 person is`, `3 people are`"""
    return f"{people(count)} {'is' if count == 1 else 'are'}"


def some(names: Sequence[str]) -> str:
    """The first of them."""
    hidden = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {hidden:,} more" if hidden > 0 else "")
