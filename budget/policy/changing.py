"""Changing the policy: checked, shown for what it does, then applied, against the version that was read.

Each step stands by itself and is checked anew: rights, the text, and that nobody else was faster.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from budget.balance import known
from budget.house import House
from budget.org.instructions import tidy
from budget.org.rights import Action, Relation
from budget.outcome import No
from budget.policy.current import of_text
from budget.policy.differences import Change, changes
from budget.policy.doubts import Known
from budget.policy.mistakes import Mistake, read
from budget.policy.policy import Policy
from budget.policy.preview import Effect, Two, effects
from budget.policy.seeing import Held, held, terms_of
from budget.policy.template import TEMPLATE
from store import audit, policies, teams
from store.database import Connection
from store.people import Person

ACTION = "policy"
LONGEST = 20_000  # characters
LONGEST_LINE = 1_000  # so that a form can show it in parts
ONLY_ADMINS = "Only an admin can change the policy; `/tokens policy` shows it to everybody."
CURLY = str.maketrans("\u201c\u201d\u201e\u201f\u2018\u2019", '""""' + "''")


@dataclass(frozen=True, slots=True)
class Setter:
    """Who sets a policy, and from where. `person` None: an operator at the command line, who needs no other right."""

    workspace_id: str
    actor_id: str
    origin: str
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """The text to begin with, and the number of the version that it is."""

    toml: str
    read: int


@dataclass(frozen=True, slots=True)
class Mistaken:
    """Nothing was set: everything that is wrong with the text."""

    mistakes: Sequence[Mistake]


@dataclass(frozen=True, slots=True)
class Previewed:
    """What the text would change; nothing was set."""

    toml: str
    read: int
    effects: Sequence[Effect]
    same_text: bool


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else set another policy since it was read; nothing was set. `changes`: what they changed."""

    now: Held
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Applied:
    """It counts from now on. `is_new` False: it counted before, and no version was made."""

    number: int
    changes: Sequence[Change]
    is_new: bool


def setter(person: Person, origin: str) -> Setter:
    """Somebody who sets a policy in chat."""
    return Setter(person.workspace_id, person.id, origin, person)


async def draft(house: House, person: Person) -> Draft | No:
    """The text as it stands, for someone who may change it."""

    def work(conn: Connection) -> Draft | No:
        if not _may(conn, setter(person, "")):
            return No(ONLY_ADMINS)
        now = held(conn, person.workspace_id)
        return Draft(now.toml or TEMPLATE, now.number)

    return await house.database.read(work)


async def propose(
    house: House, who: Setter, toml: str, *, read_number: int | None
) -> Previewed | Mistaken | Overtaken | No:
    """What a text would change, for how many people. `read_number` None: whatever the policy is now."""

    def work(conn: Connection) -> Previewed | Mistaken | Overtaken | No:
        now = held(conn, who.workspace_id)
        new = _readable(conn, house, who, toml, now, read_number)
        if not isinstance(new, Policy):
            return new
        at, terms = house.now(), terms_of(house)
        month_at = at.astimezone(house.rules.timezone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        old = of_text(house, now.toml)
        two = Two(conn, who.workspace_id, old, new, terms, house.models, at, month_at)
        text = written(toml)
        return Previewed(text, now.number, effects(two, changes(old, new, terms)), text == (now.toml or ""))

    return await house.database.read(work)


async def apply(house: House, who: Setter, toml: str, *, read_number: int) -> Applied | Mistaken | Overtaken | No:
    """Set the policy, if it is still the one that was read: a version, its audit row, and it counts."""

    def work(conn: Connection) -> Applied | Mistaken | Overtaken | No:
        policies.toml_of(conn, who.workspace_id, lock=True)
        now = held(conn, who.workspace_id)
        new = _readable(conn, house, who, toml, now, read_number)
        return _set(conn, house, who, written(toml), now, new) if isinstance(new, Policy) else new

    return await house.database.write(work)


def _may(conn: Connection, who: Setter) -> bool:
    return who.person is None or known(conn, who.person.id).may(Action.SET_POLICY, Relation.COMPANY)


def _readable(
    conn: Connection, house: House, who: Setter, toml: str, now: Held, read_number: int | None
) -> Policy | Mistaken | Overtaken | No:
    """The policy that was written, by somebody who may, on top of the one that counts."""
    if not _may(conn, who):
        return No(ONLY_ADMINS)
    text = written(toml)
    if len(text) > LONGEST:
        return No(f"A policy has at most {LONGEST:,} characters; this has {len(text):,}.")
    long = next((n for n, line in enumerate(text.splitlines(), start=1) if len(line) > LONGEST_LINE), None)
    if long is not None:
        return No(f"A line of a policy has at most {LONGEST_LINE:,} characters; line {long} has more.")
    if read_number not in (None, now.number) and text != now.toml:
        return _overtaken(conn, house, who, now, read_number or 0)
    names = Known(
        [model.name for model in house.models.all], [team.name for team in teams.all_teams(conn, who.workspace_id)]
    )
    found = read(text, house.face, names)
    return found if isinstance(found, Policy) else Mistaken(found)


def _overtaken(conn: Connection, house: House, who: Setter, now: Held, read_number: int) -> Overtaken:
    before = policies.version(conn, who.workspace_id, read_number)
    old = of_text(house, before.toml if before else None)
    return Overtaken(now, changes(old, of_text(house, now.toml), terms_of(house)))


def _set(conn: Connection, house: House, who: Setter, text: str, now: Held, new: Policy) -> Applied:
    what = changes(of_text(house, now.toml), new, terms_of(house))
    if text == (now.toml or ""):
        return Applied(now.number, what, is_new=False)
    at = house.now()
    number = policies.add(conn, who.workspace_id, text, actor_id=who.actor_id, origin=who.origin, at=at)
    _note(conn, who, now, number, what, at)
    return Applied(number, what, is_new=True)


def _note(conn: Connection, who: Setter, now: Held, number: int, what: Sequence[Change], at: datetime) -> None:
    """The audit row: both versions by number, and what changed in words; their texts stand with the versions."""
    words = " ".join(change.sentence for change in what) or "Only the text was changed."
    audit.record(
        conn, workspace_id=who.workspace_id, at=at, actor_id=who.actor_id, origin=who.origin, action=ACTION,
        target=f"workspace:{who.workspace_id}", old=f"version {now.number}" if now.number else "nothing set",
        new=f"version {number}: {words}",
    )  # fmt: skip


def written(toml: str) -> str:
    """The text as it is kept: plain line ends, a newline at its end; quotes that a keyboard has bent made straight."""
    text = tidy(toml)
    text = f"{text}\n" if text else ""
    if text.translate(CURLY) != text and not _is_toml(text) and _is_toml(text.translate(CURLY)):
        return text.translate(CURLY)
    return text


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
