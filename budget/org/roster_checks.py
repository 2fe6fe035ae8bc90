"""What makes lines of HR's file impossible together with others, or with the books."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from budget.org.roster_books import Books
from budget.org.roster_lines import File, Problem, quoted
from store.roster import Row
from store.teams import name_key

NameProblem = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Missing:
    """A team that the file names and that is not there yet."""

    id: str
    name: str
    lines: Sequence[int]


def unknown_teams(file: File, books: Books, new_id: Callable[[], str]) -> list[Missing]:
    """The teams that are not there yet, each with the lines that name it."""
    found: dict[str, tuple[str, list[int]]] = {}
    for line in file.lines:
        if line.team and name_key(line.team) not in books.keys:
            found.setdefault(name_key(line.team), (line.team, []))[1].append(line.number)
    return [Missing(new_id(), name, lines) for name, lines in found.values()]


def bad_names(missing: Sequence[Missing], name_problem: NameProblem) -> list[Problem]:
    """The lines of teams that could never be called so. A name that a spreadsheet would calculate is none."""
    problems = []
    for team in missing:
        formula = "No team can be called {}: a spreadsheet would take it for a formula."
        sentence = formula.format(quoted(team.name)) if team.name[0] in "=+-" else name_problem(team.name)
        problems += [Problem(line, sentence) for line in team.lines if sentence]
    return problems


def unknown_managers(file: File, books: Books) -> list[Problem]:
    """Managers have to be somewhere: in the file, in the roster, or among those who are known."""
    there = file.emails | books.rows.keys() | books.by_email.keys()
    sentence = "The manager {} is neither in the file nor known."
    return [
        Problem(line.number, sentence.format(line.manager))
        for line in file.lines
        if line.manager and line.manager not in there
    ]


def circles(wanted: Sequence[Row], lines: Mapping[str, int], books: Books) -> list[Problem]:
    """Who would be their own manager's manager, however far up: one sentence for each circle."""
    above = {email: row.manager_email for email, row in books.rows.items()}
    above |= {row.email: row.manager_email for row in wanted}
    problems: list[Problem] = []
    done: set[str] = set()
    for email in lines:
        path: dict[str, int] = {}
        at: str | None = email
        while at is not None and at not in done and at not in path:
            path[at] = len(path)
            at = above.get(at)
        if at is not None and at in path:
            ring = list(path)[path[at] :]
            problems += ring_problem(ring, lines)
        done.update(path)
    return problems


def ring_problem(ring: Sequence[str], lines: Mapping[str, int]) -> list[Problem]:
    """A circle of managers, at the first of its lines in the file. Of one alone its line has been told already."""
    if len(ring) < 2:
        return []
    first = min((email for email in ring if email in lines), key=lambda email: lines[email])
    turned = [*ring[ring.index(first) :], *ring[: ring.index(first)], first]
    shown = turned if len(turned) <= 6 else [*turned[:4], "…", turned[-1]]
    return [Problem(lines[first], f"These would be each other's managers in a circle: {' → '.join(shown)}.")]
