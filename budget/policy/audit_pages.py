"""Reading the audit, a page at a time: admins all of it, everybody who looked at their own account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from budget.audits import actor_name, looked
from budget.balance import known
from budget.house import House
from budget.org.places import place
from budget.org.rights import Action, Relation
from budget.outcome import No
from budget.policy.audit_sayings import LOOKS, TOPICS
from budget.policy.audit_words import Names, ids_in, origin, sentence
from budget.policy.typed import ShowAudit
from budget.typed import PersonRef, TeamRef
from store import audit, names, people
from store.audit import Entry, Wanted
from store.database import Connection
from store.people import Person

PAGE = 20
ONLY_ADMINS = "The audit is for admins to see. `/tokens audit me` shows who looked at your own account."


@dataclass(frozen=True, slots=True)
class Row:
    """A row in words."""

    at: datetime
    sentence: str
    origin: str


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first. `older`: the number that the next page comes before; None: there is no more."""

    rows: Sequence[Row]
    about: str
    older: int | None


async def looks_at(house: House, person: Person, before: int | None = None) -> Page | No:
    """Who looked at somebody's own account. Why a text was read is for admins alone."""

    def work(conn: Connection) -> Page | No:
        if not known(conn, person.id).may(Action.SEE_AUDIT, Relation.SELF):
            return No(ONLY_ADMINS)
        targets = (person.id, people.wallet_id(person.id))
        wanted = Wanted(targets=targets, actions=frozenset(LOOKS), asked_by=person.id)
        page = read(conn, house, person.workspace_id, wanted, before, "looks at your account")
        return replace(page, rows=[replace(row, sentence=_without_why(row.sentence)) for row in page.rows])

    return await house.database.read(work)


def _without_why(words: str) -> str:
    return f"{words.partition(', because:')[0].rstrip('.')}."


async def show(house: House, person: Person, command: ShowAudit, before: int | None, *, origin: str) -> Page | No:
    """A page of what was done, for an admin. To look at what concerns somebody is a look at their account."""
    at = house.now()

    def work(conn: Connection) -> Page | No:
        actor = known(conn, person.id)
        if not actor.may(Action.SEE_AUDIT, Relation.COMPANY):
            return No(ONLY_ADMINS)
        wanted = Wanted(month=_month(house, command.month))
        if isinstance(command.of, PersonRef | TeamRef):
            found = place(conn, actor, command.of)
            if isinstance(found, No):
                return found
            wanted = replace(wanted, targets=_targets(found.account_id, found.person))
            if found.person is not None:
                looked(conn, actor, found.account_id, "audit", at, origin)
                wanted = replace(wanted, actor_id=found.person.id)
            about = f"what concerns {found.person.name if found.person else names_team(found.name)}"
        else:
            wanted = _of_topic(wanted, command.of)
            about = command.of or "everything"
        return read(conn, house, person.workspace_id, wanted, before, about)

    is_look = isinstance(command.of, PersonRef)
    return await (house.database.write(work) if is_look else house.database.read(work))


def names_team(pool: str) -> str:
    """`the Platform team`, of `the Platform pool`."""
    return f"{pool.removesuffix(' pool')} team"


def _targets(account_id: str, person: Person | None) -> tuple[str, ...]:
    return (account_id, person.id) if person else (account_id,)


def _of_topic(wanted: Wanted, topic: str | None) -> Wanted:
    if topic == "rights":
        return replace(wanted, but_not=frozenset[str]().union(*TOPICS.values()))
    return replace(wanted, actions=TOPICS[topic]) if topic else wanted


def _month(house: House, month: str | None) -> tuple[datetime, datetime] | None:
    """The first moment of a month and of the next, in the workspace's zone."""
    if month is None:
        return None
    year, number = map(int, month.split("-"))
    begins = datetime(year, number, 1, tzinfo=house.rules.timezone)
    return begins, datetime(year + number // 12, number % 12 + 1, 1, tzinfo=house.rules.timezone)


def read(
    conn: Connection, house: House, workspace_id: str, wanted: Wanted, before: int | None, about: str
) -> Page:  # fmt: skip
    """One page, in words."""
    found = audit.page(conn, workspace_id, wanted, before, PAGE + 1)
    shown = found[:PAGE]
    known_names = names_in(conn, house, workspace_id, [entry for _, entry in shown])
    rows = [
        Row(entry.at, sentence(entry, actor_name(conn, entry.actor_id), known_names), origin(entry))
        for _, entry in shown
    ]
    return Page(rows, about, shown[-1][0] if len(found) > PAGE else None)


def names_in(conn: Connection, house: House, workspace_id: str, entries: Sequence[Entry]) -> Names:
    """The names of all that rows are about."""
    persons, teams, projects = ids_in(entries, workspace_id)
    return Names(
        workspace_id, names.people(conn, persons), names.teams(conn, teams), names.projects(conn, projects), house.face,
        house.rules.timezone,
    )  # fmt: skip
