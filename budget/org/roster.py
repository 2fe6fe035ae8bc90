"""The roster at work: HR's file looked at and carried out, and what it says of somebody from the moment they appear."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from budget.house import House
from budget.org.cost_centres import Chart, chart, keep, person_owner, today_in
from budget.org.roster_books import Books, books, load
from budget.org.roster_checks import Missing, NameProblem
from budget.org.roster_lines import File, Line
from budget.org.roster_plan import Difference, Plan, Planning, Writes, compare, plan, unbind, wanted_row
from store import cost_centres as recorded
from store import moving, people, roster, roster_writes, teams
from store.cost_centres import roster_owner
from store.database import Connection, Database
from store.many import Wrote, tell_nobody
from store.people import Person
from store.roster import Known, Row
from store.roster_writes import Note

CLI = "cli"
ACTION = "roster"


@dataclass(frozen=True, slots=True)
class Import:
    """A file for a workspace. `source`: where it came from and by whom, for the audit."""

    workspace_id: str
    file: File
    today: date
    at: datetime
    new_id: Callable[[], str]
    name_problem: NameProblem
    create_teams: bool = False
    source: str = ""


async def look(database: Database, asked: Import) -> Plan:
    """What the import would change."""
    return await database.read(lambda conn: planned(conn, asked))


async def carry_out(database: Database, asked: Import, began: Callable[[int], Wrote]) -> Plan:
    """Do it, all or nothing: nothing where a line is bad, or a team is missing that was not to be made.

    `began` is told how many rows will be written, and returns whom to tell of each batch; twice if it is done again.
    """

    def work(conn: Connection) -> Plan:
        roster.lock_for_all(conn, asked.workspace_id)
        found = planned(conn, asked)
        if can_be_done(found, asked):
            do(conn, asked, found, began)
        return found

    return await database.write(work)


def planned(conn: Connection, asked: Import) -> Plan:
    """The difference between the file and the books as they are."""
    known = load(conn, asked.workspace_id, asked.file.emails)
    return plan(asked.file, known, asked.today.isoformat(), new_id=asked.new_id, name_problem=asked.name_problem)


def can_be_done(found: Plan, asked: Import) -> bool:
    """Whether nothing is in the way."""
    return not found.problems and (asked.create_teams or not found.missing)


def do(conn: Connection, asked: Import, found: Plan, began: Callable[[int], Wrote]) -> None:
    """Write all of it, and what was done into the audit. Whoever leaves meanwhile comes into no team any more."""
    staying = moving.staying(conn, {person_id for _, person_id in found.writes.joins})
    found.writes.joins[:] = [(team_id, person_id) for team_id, person_id in found.writes.joins if person_id in staying]
    notes = notes_of(asked, found)
    wrote = began(found.writes.size() + len(notes))
    roster_writes.create_teams(conn, asked.workspace_id, [(team.id, team.name) for team in found.missing], asked.at)
    write(conn, asked.workspace_id, found.writes, asked.at, wrote)
    stay(conn, asked.workspace_id, found.centres, found.writes, asked.today, asked.at)
    roster_writes.note(conn, asked.workspace_id, notes, asked.at, origin=CLI, wrote=wrote)


def write(conn: Connection, workspace_id: str, writes: Writes, at: datetime, wrote: Wrote) -> None:
    """Everything but the audit."""
    roster_writes.save(conn, workspace_id, writes.rows, at, wrote)
    roster_writes.set_people(conn, writes.people, wrote)
    roster_writes.leave(conn, writes.leaves, wrote)
    roster_writes.join(conn, writes.joins, at, wrote)
    recorded.put(conn, workspace_id, writes.centres, at)
    wrote(len(writes.centres))


def stay(conn: Connection, workspace_id: str, before: Chart, writes: Writes, today: date, at: datetime) -> None:
    """Where people had spent before they moved, they have spent."""
    moved = sorted({person_id for _, person_id in (*writes.joins, *writes.leaves)})
    if not moved or not (before.recorded or writes.centres):
        return
    after = chart(conn, workspace_id)
    known = replace(before, recorded=after.recorded)
    keep(conn, workspace_id, known, after, [person_owner(each) for each in moved], today, at)


# --- The audit --------------------------------------------------------------------------------------------------------


def notes_of(asked: Import, found: Plan) -> list[Note]:
    """One row for the import, one for each team made, and for each person what changed; none when nothing did."""
    if not found.writes.size() and not found.missing:
        return []
    each = [difference_note(asked.workspace_id, one) for one in found.differences]
    lines, changed = plural("line", found.file.read), plural("person", len(found.differences), "people")
    whole = f"{asked.source}: {lines}, {changed} changed".removeprefix(": ")
    target = f"workspace:{asked.workspace_id}"
    return [Note("import people", target, None, whole), *map(team_note, found.missing), *each, *moved(found.writes)]


def plural(noun: str, count: int, many: str = "") -> str:
    """`1 line`, `2 lines`"""
    return f"{count} {noun if count == 1 else many or f'{noun}s'}"


def team_note(team: Missing) -> Note:
    """A team that was made."""
    return Note("create team", f"team:{team.id}", None, team.name)


def difference_note(workspace_id: str, difference: Difference) -> Note:
    """What the roster said of someone, and what it says."""
    target = difference.person_id or roster_owner(workspace_id, difference.email)
    cells = [(name, *cell) for name, cell in difference.cells.items()]
    old = "; ".join(f"{name} {was}" for name, was, _ in cells if was)
    new = "; ".join(f"{name} {becomes or 'none'}" for name, _, becomes in cells)
    return Note(ACTION, target, old or None, new or "known now")


def moved(writes: Writes) -> list[Note]:
    """Who came into which team, and who went out of it."""
    went = [Note("remove member", f"team:{team_id}", f"{who} (member)", None) for team_id, who in writes.leaves]
    return went + [Note("add member", f"team:{team_id}", None, who) for team_id, who in writes.joins]


# --- Somebody appears -------------------------------------------------------------------------------------------------


def apply_roster(conn: Connection, house: House, person: Person) -> Person:
    """Someone was met for the first time, or has another e-mail: what the roster says of it counts from now on.

    The caller has made sure that no import is under way (`store.roster.hold_still`). Returns them as they are now.
    """
    me, email = roster.one(conn, person.id), roster.email_key(person.email or "")
    if me is None or not email:
        return person
    row = roster.row(conn, person.workspace_id, email)
    if row is not None and row.person_id != me.id:
        bind(conn, house, person.workspace_id, me, row)
    manage(conn, house, person.workspace_id, me.id, email)
    return people.person(conn, person.id) or person


def bind(conn: Connection, house: House, workspace_id: str, me: Known, row: Row) -> None:
    """The row speaks of this person from now on, unless somebody else who is here has that e-mail too."""
    seen, today = around(conn, workspace_id, me, row), today_in(house)
    wanted = wanted_row(plain := planning(seen, row, today.isoformat()), Line(0, row.email))
    if wanted.person_id != me.id:
        return
    difference = compare(plain, Line(0, row.email), wanted)
    unbind(plain, [wanted])
    before, moves = seen.chart, bool(seen.members)
    if moves and (plain.writes.joins or plain.writes.leaves):
        before = chart(conn, workspace_id)
    write(conn, workspace_id, plain.writes, house.now(), tell_nobody)
    if moves:
        stay(conn, workspace_id, before, plain.writes, today, house.now())
    notes = [difference_note(workspace_id, difference)] if difference else []
    notes += moved(plain.writes)
    roster_writes.note(conn, workspace_id, notes, house.now(), origin=ACTION, wrote=tell_nobody)


def planning(seen: Books, row: Row, today: str) -> Planning:
    """A plan for one person: the roster's own word, as a file without columns."""
    file = File((Line(0, row.email),), (), emails=frozenset({row.email}))
    return Planning(file, seen, today, dict(seen.keys), dict(seen.teams), [])


def around(conn: Connection, workspace_id: str, me: Known, row: Row) -> Books:
    """The books as far as they have to do with one person."""
    manager_row = roster.row(conn, workspace_id, row.manager_email) if row.manager_email else None
    rows = {each.email: each for each in (*roster.bound_to(conn, me.id), row, *([manager_row] if manager_row else []))}
    bound = [roster.one(conn, each.person_id) for each in (row, manager_row) if each and each.person_id]
    managers = roster.with_email(conn, workspace_id, row.manager_email) if row.manager_email else []
    seen = {each.id: each for each in (me, *filter(None, bound), *managers)}
    members = [member for each in {me.id, row.person_id or me.id} for member in roster.memberships(conn, each)]
    owners = [person_owner(me.id), roster_owner(workspace_id, row.email)]
    return books(
        workspace_id,
        {team.id: team.name for team in teams.all_teams(conn, workspace_id)},
        rows,
        sorted(seen.values(), key=lambda each: (each.created_at, each.id)),
        members,
        Chart(recorded.of_owners(conn, owners), {}, {}),
    )


def manage(conn: Connection, house: House, workspace_id: str, person_id: str, email: str) -> None:
    """Those whose manager has this e-mail have a manager now."""
    reports = roster.reports_of(conn, workspace_id, email)
    found = [each for each in (roster.one(conn, one) for one in reports) if each and each.manager_id != person_id]
    here = [replace(each, manager_id=person_id) for each in found if not each.has_left and each.id != person_id]
    roster_writes.set_people(conn, here, tell_nobody)
    notes = [Note(ACTION, each.id, None, f"manager {email}") for each in here]
    roster_writes.note(conn, workspace_id, notes, house.now(), origin=ACTION, wrote=tell_nobody)
