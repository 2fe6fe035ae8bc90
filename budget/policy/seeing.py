"""The policy that counts and those before it, in words, with who set them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from budget.audits import actor_name
from budget.balance import known
from budget.house import House
from budget.org.rights import Action, Relation
from budget.outcome import No
from budget.policy.current import of_text
from budget.policy.differences import Change, changes
from budget.policy.words import Section, Terms, sections
from store import policies
from store.database import Connection
from store.people import Person
from store.policies import Version

SHOWN = 10
HISTORY_OF_ADMINS = "The policy's history is for admins to see; `/tokens policy` shows what counts now."


@dataclass(frozen=True, slots=True)
class Held:
    """The policy that counts. `number` 0 with no text: none was ever set."""

    number: int
    toml: str | None
    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The policy in words."""

    sections: Sequence[Section]
    held: Held
    may_change: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A version, with what it changed."""

    number: int
    by: str
    at: datetime
    changes: Sequence[Change]


def terms_of(house: House) -> Terms:
    """What a policy's words rest on."""
    return Terms(house.face, house.rules.starter_grant_micros, house.rules.confirm_above_micros)


def held(conn: Connection, workspace_id: str) -> Held:
    """The policy that counts, in this transaction."""
    last = next(iter(policies.versions(conn, workspace_id, 1)), None)
    return Held(0, None) if last is None else Held(last.number, last.toml, actor_name(conn, last.actor_id), last.at)


async def see(house: House, person: Person) -> Seen | No:
    """The whole policy, for everybody."""

    def work(conn: Connection) -> Seen | No:
        actor = known(conn, person.id)
        if not actor.may(Action.SEE_POLICY, Relation.COMPANY):
            return No("The policy is for the people of this workspace to see.")
        now = held(conn, person.workspace_id)
        words = sections(of_text(house, now.toml), terms_of(house))
        return Seen(words, now, actor.may(Action.SET_POLICY, Relation.COMPANY))

    return await house.database.read(work)


async def history(house: House, person: Person) -> tuple[Past, ...] | No:
    """The last versions with what each changed, newest first, for those who may change it."""

    def work(conn: Connection) -> tuple[Past, ...] | No:
        if not known(conn, person.id).may(Action.SET_POLICY, Relation.COMPANY):
            return No(HISTORY_OF_ADMINS)
        return past(conn, house, person.workspace_id)

    return await house.database.read(work)


def past(conn: Connection, house: House, workspace_id: str) -> tuple[Past, ...]:
    """`history` within a transaction."""
    found: list[Version | None] = [*policies.versions(conn, workspace_id, SHOWN + 1)]
    with_first = [*found, None] if len(found) <= SHOWN else found
    return tuple(
        Past(newer.number, actor_name(conn, newer.actor_id), newer.at, _between(house, older, newer))
        for newer, older in pairwise(with_first)
        if newer is not None
    )


def _between(house: House, older: Version | None, newer: Version) -> Sequence[Change]:
    return changes(of_text(house, older.toml if older else None), of_text(house, newer.toml), terms_of(house))
