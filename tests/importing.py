"""What tests of imports share: files as text, a plan or an import of them, and what the books say afterwards."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select

from budget.money import Face
from budget.org import roster
from budget.org.cost_centres import chart
from budget.org.roster import Import
from budget.org.roster_lines import read
from budget.org.roster_plan import Plan
from handlers.commands.parts import name_problem
from store import roster as roster_store
from store.database import Connection
from store.many import Wrote, tell_nobody
from store.roster import Row
from store.tables import audit, membership, person, team
from tests.commanding import WORKSPACE, Office

Member = tuple[str, str, str, str]  # team, Slack id, role, source


def file_of(*lines: str, head: str = "email,team,manager,cost_centre,cost_centre_from,start,end") -> str:
    """A file of these lines; cells that are left out at the end are empty."""
    commas = head.count(",")
    return "\n".join([head, *(line + "," * (commas - line.count(",")) for line in lines)]) + "\n"


def quiet(_: int) -> Wrote:
    return tell_nobody


@dataclass
class Hr:
    """Whoever brings files in."""

    office: Office

    def asked(self, text: str, *, create_teams: bool = True) -> Import:
        day = self.office.at.astimezone(ZoneInfo("Europe/Berlin")).date()
        naming = self.office.new_id, lambda name: name_problem(name, Face())
        return Import(WORKSPACE, read(text.encode()), day, self.office.at, *naming, create_teams, "people.csv by os:hr")

    async def look(self, text: str) -> Plan:
        return await roster.look(self.office.database, self.asked(text))

    async def carry_out(self, text: str, *, create_teams: bool = True) -> Plan:
        return await roster.carry_out(self.office.database, self.asked(text, create_teams=create_teams), quiet)

    async def done(self, text: str) -> Plan:
        """An import that must work; afterwards the same file makes no difference."""
        found = await self.carry_out(text)
        assert not found.problems, found.problems
        again = await self.look(text)
        assert not again.differences
        assert not again.writes.size()
        assert not again.missing
        return found

    async def bad(self, text: str) -> list[str]:
        """An import that must be refused, and change nothing; why."""
        before = await self.books()
        found = await self.carry_out(text)
        assert await self.books() == before
        return [f"{each.line}: {each.sentence}" for each in found.problems]

    async def members(self) -> set[Member]:
        return await self.office.database.read(members)

    async def rows(self) -> dict[str, Row]:
        return await self.office.database.read(lambda conn: roster_store.rows(conn, WORKSPACE))

    async def code(self, owner: str, day: str) -> str | None:
        return await self.office.database.read(lambda conn: chart(conn, WORKSPACE).code(owner, day))

    async def books(self) -> object:
        """Everything that an import may change."""
        return await self.office.database.read(everything)


def members(conn: Connection) -> set[Member]:
    columns = (team.c.name, person.c.slack_id, membership.c.role, membership.c.source)
    joined = select(*columns).join_from(membership, team).join(person, membership.c.person_id == person.c.id)
    return {(row[0], row[1], row[2], row[3]) for row in conn.execute(joined)}


def everything(conn: Connection) -> object:
    people = roster_store.people(conn, WORKSPACE)
    codes = chart(conn, WORKSPACE).recorded
    notes = conn.execute(select(audit.c.action, audit.c.target, audit.c.old, audit.c.new).order_by(audit.c.id)).all()
    rows = roster_store.rows(conn, WORKSPACE)
    teams = conn.execute(select(team.c.id, team.c.name, team.c.parent_id).order_by(team.c.id)).all()
    return members(conn), people, codes, rows, [tuple(row) for row in notes], [tuple(row) for row in teams]
