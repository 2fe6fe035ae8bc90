"""What an import would change: the difference between HR's file and the books, as values. Nothing is done here.

A column that the file does not have changes nothing. An empty cell takes back what the roster said before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from budget.org.cost_centres import Chart, Gone, code_on, decide, gone_words, person_owner
from budget.org.roster_books import Books
from budget.org.roster_checks import Missing, NameProblem, bad_names, circles, unknown_managers, unknown_teams
from budget.org.roster_lines import File, Line, Problem
from store.cost_centres import Entry, Since, roster_owner
from store.roster import Known, Row
from store.teams import name_key

Cell = tuple[str | None, str | None]  # what it is, and what it becomes


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes for one person. `person_id` None: not here yet; `new`: the roster did not know the e-mail."""

    line: int
    email: str
    person_id: str | None
    new: bool
    cells: Mapping[str, Cell]


@dataclass(slots=True)
class Writes:
    """What has to be written. Members are (team, person)."""

    rows: list[Row] = field(default_factory=list)
    people: list[Known] = field(default_factory=list)
    joins: list[tuple[str, str]] = field(default_factory=list)
    leaves: list[tuple[str, str]] = field(default_factory=list)
    centres: list[Entry] = field(default_factory=list)

    def size(self) -> int:
        """How many rows these are."""
        return len(self.rows) + len(self.people) + len(self.joins) + len(self.leaves) + len(self.centres)


@dataclass(frozen=True, slots=True)
class Plan:
    """`absent`: how many the roster has who are not in the file; `leaving`: whose end has come, with the day.

    `centres`: whose spending is booked where, before anything is done.
    """

    file: File
    problems: Sequence[Problem]
    differences: Sequence[Difference]
    missing: Sequence[Missing]
    leaving: Sequence[tuple[str, str]]
    absent: int
    writes: Writes
    centres: Chart


@dataclass(slots=True)
class Planning:
    """A plan under way."""

    file: File
    books: Books
    today: str
    teams: dict[str, str]  # ids by what makes a name, those to be made among them
    names: dict[str, str]  # their names by id
    problems: list[Problem]
    writes: Writes = field(default_factory=Writes)


def plan(file: File, books: Books, today: str, *, new_id: Callable[[], str], name_problem: NameProblem) -> Plan:
    """Compare. `books` know which e-mails the file has; `name_problem`: why a new team cannot be called so."""
    missing = unknown_teams(file, books, new_id)
    made = {name_key(team.name): team.id for team in missing}
    names = {**books.teams, **{team.id: team.name for team in missing}}
    problems = [*file.problems, *bad_names(missing, name_problem), *unknown_managers(file, books)]
    planning = Planning(file, books, today, {**books.keys, **made}, names, problems)
    wanted = [(line, wanted_row(planning, line)) for line in file.lines]
    problems += circles([row for _, row in wanted], {line.email: line.number for line in file.lines}, books)
    differences = [each for line, row in wanted if (each := compare(planning, line, row))]
    unbind(planning, [row for _, row in wanted])
    absent = len(books.rows.keys() - file.emails)
    leaving = [(row.email, row.ends_on or "") for _, row in wanted if leaves_now(planning, row)]
    problems.sort(key=lambda each: each.line)
    return Plan(file, problems, differences, missing, leaving, absent, planning.writes, books.chart)


def wanted_row(planning: Planning, line: Line) -> Row:
    """What the roster is to say of someone: the file's word, and the old one where the file has no such column."""
    has, books = planning.file.columns, planning.books
    old, who = books.rows.get(line.email, Row(line.email)), books.person_of(line.email)
    return Row(
        line.email,
        (planning.teams[name_key(line.team)] if line.team else None) if "team" in has else old.team_id,
        line.manager if "manager" in has else old.manager_email,
        line.start if "start" in has else old.starts_on,
        line.end if "end" in has else old.ends_on,
        who.id if who else None,
    )


def compare(planning: Planning, line: Line, row: Row) -> Difference | None:
    """Note what has to be written for one line; how it is told, None when nothing has to."""
    books, writes = planning.books, planning.writes
    before, known = writes.size(), books.rows.get(line.email)
    old = known or Row(line.email)
    cells: dict[str, Cell] = {
        "team": (planning.names.get(old.team_id or ""), planning.names.get(row.team_id or "")),
        "manager": (old.manager_email, row.manager_email),
        "start": (old.starts_on, row.starts_on),
        "end": (old.ends_on, row.ends_on),
    }
    if row != known:
        writes.rows.append(row)
    who = books.by_id.get(row.person_id or "")
    if who is not None and not who.has_left:
        cells |= bind(planning, who, old, row)
    cells |= centre(planning, line, who, fresh=old.person_id != row.person_id)
    if writes.size() == before:
        return None
    changed = {name: cell for name, cell in cells.items() if cell[0] != cell[1]}
    return Difference(line.number, line.email, row.person_id, known is None, changed)


def bind(planning: Planning, who: Known, old: Row, row: Row) -> dict[str, Cell]:
    """Note what has to be written for someone who is known; the cells that tell it better than the roster's rows."""
    fresh, has, books = old.person_id != who.id, planning.file.columns, planning.books
    now = settled(who, old, row, books, has, fresh=fresh)
    cells: dict[str, Cell] = {}
    if now != who:
        planning.writes.people.append(now)
        manager = books.by_id.get(who.manager_id or "")
        days = {"start": (who.starts_on, now.starts_on), "end": (who.ends_on, now.ends_on)}
        cells |= {name: cell for name, cell in days.items() if cell[0] != cell[1]}
        if now.manager_id != who.manager_id:
            cells["manager"] = (manager.email if manager else None, row.manager_email)
    if "team" in has or fresh:
        joins, leaves = moves(books, now, row.team_id, planning.today)
        planning.writes.joins += joins
        planning.writes.leaves += leaves
        if joins or leaves:
            left = [planning.names.get(team_id, team_id) for team_id, _ in leaves]
            cells["team"] = (", ".join(left) or None, planning.names.get(row.team_id or ""))
    return cells


def settled(who: Known, old: Row, row: Row, books: Books, has: frozenset[str], *, fresh: bool) -> Known:
    """A person with the manager and the days that the roster says; what it does not speak of stays."""
    manager = books.person_of(row.manager_email)
    manager_id = manager.id if manager else None
    return replace(
        who,
        manager_id=manager_id if "manager" in has or (fresh and manager_id) else who.manager_id,
        starts_on=day(old.starts_on, row.starts_on, who.starts_on, fresh=fresh),
        ends_on=day(old.ends_on, row.ends_on, who.ends_on, fresh=fresh),
    )


def day(before: str | None, now: str | None, theirs: str | None, *, fresh: bool) -> str | None:
    """What the roster changes is changed; a day that an admin set since stays while the roster says the same."""
    if (now == before and not fresh) or (now is None and theirs != before):
        return theirs
    return now


def moves(
    books: Books, who: Known, team_id: str | None, today: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Which teams someone joins and leaves, for the roster to have them in one alone. By hand they may be in others."""
    inside = books.members.get(who.id, ())
    leaves = [(member.team_id, who.id) for member in inside if member.by_roster and member.team_id != team_id]
    is_leaving = who.ends_on is not None and who.ends_on <= today
    if team_id is None or is_leaving or any(member.team_id == team_id for member in inside):
        return [], leaves
    return [(team_id, who.id)], leaves


def centre(planning: Planning, line: Line, who: Known | None, *, fresh: bool) -> dict[str, Cell]:
    """Note which code counts from when."""
    books, today = planning.books, planning.today
    owner = person_owner(who.id) if who else roster_owner(books.workspace_id, line.email)
    rows = list(books.centres(owner))
    if who and fresh:
        brought = merged(rows, books.centres_of_email(line.email), today)
        planning.writes.centres += [Entry(owner, each.from_on, each.code) for each in brought]
        replaced = {each.from_on for each in brought}
        rows = sorted([*brought, *(row for row in rows if row.from_on not in replaced)], key=lambda each: each.from_on)
    if "cost_centre" not in planning.file.columns:
        return {}
    new = decide(rows, line.cost_centre_from or today, line.cost_centre, today)
    if isinstance(new, Gone):
        planning.problems.append(Problem(line.number, gone_words(new, today)))
        return {}
    if new is None:
        return {}
    planning.writes.centres.append(Entry(owner, new.from_on, new.code))
    return {"cost centre": (code_on(rows, new.from_on) or None, f"{new.code or 'none'} from {new.from_on}")}


def merged(own: Sequence[Since], theirs: Sequence[Since], today: str) -> list[Since]:
    """The rows that a person takes over from the roster's: all, or, with a past of their own, from today on."""
    if not own or not theirs:
        return list(theirs)
    ahead = [row for row in theirs if row.from_on > today and row not in own]
    now = code_on(theirs, today)
    return [*([] if now is None or now == code_on(own, today) else [Since(today, now)]), *ahead]


def unbind(planning: Planning, wanted: Sequence[Row]) -> None:
    """A person has one row. Whom the file has under another e-mail, the old one speaks of no longer.

    Whose e-mail somebody else has now is in no team by it any more.
    """
    books, taken = planning.books, {row.person_id for row in wanted if row.person_id}
    for email, row in books.rows.items():
        if row.person_id in taken and email not in planning.file.emails:
            planning.writes.rows.append(replace(row, person_id=None))
    for row in wanted:
        before = books.rows[row.email].person_id if row.email in books.rows else None
        if before and before != row.person_id and before not in taken:
            inside = books.members.get(before, ())
            planning.writes.leaves += [(each.team_id, before) for each in inside if each.by_roster]


def leaves_now(planning: Planning, row: Row) -> bool:
    """Whether somebody who is here has come to their end."""
    who = planning.books.by_id.get(row.person_id or "")
    return who is not None and not who.has_left and row.ends_on is not None and row.ends_on <= planning.today
