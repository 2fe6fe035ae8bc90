"""What the books say of people and teams, as far as the roster has to do with it: loaded at once, looked up often."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from budget.org.cost_centres import Chart, chart
from store import roster, teams
from store.cost_centres import Since, roster_owner
from store.database import Connection
from store.roster import Known, Member, Row


@dataclass(frozen=True, slots=True)
class Books:
    """`teams`: their names by id; `keys`: their ids by what makes a name; `claimed`: e-mails that have a row."""

    workspace_id: str
    teams: Mapping[str, str]
    keys: Mapping[str, str]
    rows: Mapping[str, Row]
    chart: Chart
    by_email: Mapping[str, Known]
    by_id: Mapping[str, Known]
    members: Mapping[str, Sequence[Member]]
    claimed: frozenset[str] = field(default_factory=frozenset)

    def person_of(self, email: str | None) -> Known | None:
        """Who has an e-mail; or had it when the roster met them, and has one now that the roster does not know."""
        if email is None:
            return None
        row = self.rows.get(email)
        before = self.by_id.get(row.person_id or "") if row else None
        kept = before if before and before.email not in self.claimed else None
        return self.by_email.get(email) or kept

    def centres(self, owner_id: str) -> Sequence[Since]:
        """The codes recorded for an owner."""
        return self.chart.recorded.get(owner_id, ())

    def centres_of_email(self, email: str) -> Sequence[Since]:
        """The codes that the roster had for an e-mail before anybody was seen with it."""
        return self.centres(roster_owner(self.workspace_id, email))


def load(conn: Connection, workspace_id: str, emails: Iterable[str] = ()) -> Books:
    """All of it; `emails`: those that are to have a row as well."""
    found = teams.all_teams(conn, workspace_id)
    return books(
        workspace_id,
        {team.id: team.name for team in found},
        roster.rows(conn, workspace_id),
        roster.people(conn, workspace_id),
        roster.members(conn, workspace_id),
        chart(conn, workspace_id),
        emails,
    )


def books(
    workspace_id: str, teams_by_id: Mapping[str, str], rows: Mapping[str, Row], people: Sequence[Known],
    members: Iterable[Member], centres: Chart, emails: Iterable[str] = (),
) -> Books:  # fmt: skip
    """Indexed. `people`: the longest known first."""
    by_person: defaultdict[str, list[Member]] = defaultdict(list)
    for member in members:
        by_person[member.person_id].append(member)
    return Books(
        workspace_id,
        teams_by_id,
        {teams.name_key(name): team_id for team_id, name in teams_by_id.items()},
        rows,
        centres,
        latest(people),
        {person.id: person for person in people},
        by_person,
        frozenset(rows) | frozenset(emails),
    )


def latest(people: Sequence[Known]) -> dict[str, Known]:
    """By e-mail, whoever has it: of several, one who has not left, and the last of those to come."""
    found: dict[str, Known] = {}
    for person in people:
        if person.email and (person.email not in found or found[person.email].has_left or not person.has_left):
            found[person.email] = person
    return found
