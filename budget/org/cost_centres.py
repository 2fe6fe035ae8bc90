"""Cost centres: whose spending is booked where, by day. What was so on days gone by stays so, whoever moves where.

A person's code is their own; without one, that of their team; without one there, that of the team above, and so on.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from budget.house import House
from budget.outcome import No
from store import audit, roster, teams
from store import cost_centres as recorded
from store.accounts import account_id
from store.cost_centres import Entry, Since
from store.database import Connection

ALWAYS = "0001-01-01"  # a day before all others
NONE_AT_ALL = ""
CODE = re.compile(r"[^\W_][\w .:/&+-]{0,39}")
CODE_FORM = (
    "A cost centre has at most 40 letters, digits, spaces and `. : / & + - _`, and begins with a letter or digit."
)


@dataclass(frozen=True, slots=True)
class Chart:
    """What codes follow from: those recorded (owner -> by day), the tree of teams, the teams of people in their order.

    Teams and people are named by their ids, owners by their accounts'.
    """

    recorded: Mapping[str, Sequence[Since]]
    parents: Mapping[str, str | None]
    homes: Mapping[str, Sequence[str]]

    def code(self, owner_id: str, day: str) -> str | None:
        """The code that counts for an owner on an ISO day."""
        kind, _, its_id = owner_id.partition(":")
        own = code_on(self.recorded.get(owner_id, ()), day)
        if own is not None or kind == "project":
            return own or None
        if kind == "team":
            return self.of_line(its_id, day)[0]
        return next(filter(None, (self.of_line(home, day)[0] for home in self.homes.get(its_id, ()))), None)

    def of_line(self, team_id: str, day: str) -> tuple[str | None, str | None]:
        """A team's code, and the team that it comes from: itself, or one above."""
        seen: set[str] = set()
        above: str | None = team_id
        while above is not None and above not in seen:
            seen.add(above)
            code = code_on(self.recorded.get(teams.pool_id(above), ()), day)
            if code is not None:
                return code or None, above
            above = self.parents.get(above)
        return None, None

    def owners_above(self, owner_id: str) -> set[str]:
        """Everything that an owner's code may come from, itself included."""
        kind, _, its_id = owner_id.partition(":")
        starts = [its_id] if kind == "team" else list(self.homes.get(its_id, ())) if kind == "person" else []
        found: set[str] = set()
        while starts:
            team_id = starts.pop()
            if team_id not in found:
                found.add(team_id)
                starts += [above] if (above := self.parents.get(team_id)) else []
        return {owner_id} | {teams.pool_id(team_id) for team_id in found}


def code_on(rows: Sequence[Since], day: str) -> str | None:
    """What the last row up to a day says; None too when there is none."""
    return next((row.code for row in reversed(rows) if row.from_on <= day), None)


def chart(conn: Connection, workspace_id: str) -> Chart:
    """All of a workspace, for those who need the codes of many."""
    return Chart(recorded.of_workspace(conn, workspace_id), tree(conn, workspace_id), roster.homes(conn, workspace_id))


def tree(conn: Connection, workspace_id: str) -> dict[str, str | None]:
    """The teams, each with the one above it."""
    return {team.id: team.parent_id for team in teams.all_teams(conn, workspace_id)}


def of(conn: Connection, owner_account_id: str, day: date) -> str | None:
    """The code that counts for a person's, team's or project's account on a day of the workspace's zone."""
    kind, _, its_id = owner_account_id.partition(":")
    homes = {its_id: roster.homes_of(conn, its_id)} if kind == "person" else {}
    first = its_id if kind == "team" else next(iter(homes.get(its_id, ())), None)
    team = teams.by_id(conn, first) if first else None
    parents = tree(conn, team.workspace_id) if team else {}
    bare = Chart({}, parents, homes)
    known = recorded.of_owners(conn, bare.owners_above(owner_account_id))
    return Chart(known, parents, homes).code(owner_account_id, day.isoformat())


def code_of_team(conn: Connection, team_id: str, day: date) -> tuple[str | None, str | None]:
    """A team's code on a day, and the id of the team that it comes from."""
    team = teams.by_id(conn, team_id)
    bare = Chart({}, tree(conn, team.workspace_id) if team else {}, {})
    known = recorded.of_owners(conn, bare.owners_above(teams.pool_id(team_id)))
    return Chart(known, bare.parents, {}).of_line(team_id, day.isoformat())


# --- Setting a code ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gone:
    """It cannot be so: since a day gone by (after the one named, or the same) the books say otherwise."""

    since: Since


def decide(rows: Sequence[Since], from_on: str, code: str | None, today: str) -> Since | Gone | None:
    """What to write so that `code` counts from a day on; None when it does already.

    A row of a day gone by is never replaced, and none is put before one that counts today and says otherwise.
    """
    now = [row for row in rows if row.from_on <= today]
    last = now[-1] if now else Since(ALWAYS, None)
    if code_on(rows, from_on) == code and (last.code == code or from_on > today):
        return None
    if now and last.code != code and (last.from_on > from_on or last.from_on == from_on < today):
        return Gone(last)
    if any(row.from_on == from_on < today for row in rows):
        return Gone(next(row for row in rows if row.from_on == from_on))
    return Since(from_on, code)


@dataclass(frozen=True, slots=True)
class Set:
    """A code is set from a day on. `same`: so it was before."""

    code: str | None
    from_on: date
    same: bool


def set_code(
    conn: Connection, house: House, workspace_id: str, owner_id: str, code: str | None, from_on: date | None, *,
    actor_id: str | None, origin: str,
) -> Set | No:  # fmt: skip
    """Set an owner's own code from a day on (None: from today), None: no own code. The caller has checked the right."""
    if code is not None and not CODE.fullmatch(code):
        return No(CODE_FORM)
    roster.lock(conn, workspace_id)
    today = today_in(house)
    day = from_on or today
    rows = recorded.of_owners(conn, [owner_id]).get(owner_id, [])
    new = decide(rows, day.isoformat(), code, today.isoformat())
    if isinstance(new, Gone):
        return No(gone_words(new, today.isoformat()))
    if new is not None:
        recorded.put(conn, workspace_id, [Entry(owner_id, new.from_on, new.code)], house.now())
        audit.record(
            conn, workspace_id=workspace_id, at=house.now(), actor_id=actor_id, origin=origin, action="cost centre",
            target=owner_id, old=code_on(rows, new.from_on) or None, new=f"{code or 'none'} from {new.from_on}",
        )  # fmt: skip
    return Set(code, day, same=new is None)


def gone_words(gone: Gone, today: str) -> str:
    """Why a day gone by stays as it is."""
    says = f"the cost centre is {gone.since.code}" if gone.since.code else "there is no own cost centre"
    return f"Since {gone.since.from_on} {says}, and days gone by are not rewritten: name a later day, such as {today}."


def today_in(house: House) -> date:
    """The day it is in the workspace's zone."""
    return house.now().astimezone(house.rules.timezone).date()


# --- What was so stays so ---------------------------------------------------------------------------------------------


@contextmanager
def history_kept(conn: Connection, house: House, workspace_id: str, owner_ids: Sequence[str]) -> Iterator[None]:
    """Around a change of who is in which team, or which team is below which: days gone by keep the codes they had."""
    if not recorded.any_in(conn, workspace_id):
        yield
        return
    before = chart(conn, workspace_id)
    yield
    keep(conn, workspace_id, before, chart(conn, workspace_id), owner_ids, today_in(house), house.now())


def keep(
    conn: Connection, workspace_id: str, before: Chart, after: Chart, owner_ids: Sequence[str], today: date,
    at: datetime,
) -> None:  # fmt: skip
    """Write down, for owners that moved, what counted for them on days gone by."""
    day = today.isoformat()
    recorded.put(conn, workspace_id, [entry for owner in owner_ids for entry in kept(before, after, owner, day)], at)


def kept(before: Chart, after: Chart, owner_id: str, today: str) -> list[Entry]:
    """The rows with which an owner's past in `after` is what it was in `before`; from today on it inherits again.

    Both know the same rows: they differ in who is where.
    """
    own, sources = after.recorded.get(owner_id, ()), before.owners_above(owner_id) | after.owners_above(owner_id)
    days = {row.from_on for source in sources for row in after.recorded.get(source, ())}
    past = sorted({ALWAYS, *(day for day in days if day < today)})
    inherited = [day for day in past if code_on(own, day) is None]
    if all(before.code(owner_id, day) == after.code(owner_id, day) for day in inherited):
        return []
    frozen = [Entry(owner_id, day, before.code(owner_id, day) or NONE_AT_ALL) for day in inherited]
    settled = code_on(own, today) is not None or any(row.from_on == today for row in own)
    return frozen if settled else [*frozen, Entry(owner_id, today, None)]


def person_owner(person_id: str) -> str:
    """The account that a person's codes are recorded for."""
    return account_id("person", person_id)
