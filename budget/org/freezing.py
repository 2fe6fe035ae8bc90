"""Freezing: somebody's questions are refused, with the reason, until that is lifted. Nothing of theirs is lost."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from budget.house import House
from budget.org.on_person import acting_on
from budget.org.rights import Action, Standing
from budget.outcome import No
from budget.typed import PersonRef
from store import audit, leaving, outbox, people
from store.accounts import balance
from store.database import Connection
from store.people import Person

LETTER = "frozen"
ONLY_ADMINS = "Only an admin can freeze somebody's tokens, or lift that."


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is so now. `since` None: not frozen. `same`: it was so before, with the same reason."""

    person: Person
    since: datetime | None
    reason: str | None
    same: bool


async def freeze(house: House, actor_id: str, ref: PersonRef, reason: str | None, *, origin: str) -> Frozen | No:
    """Refuse somebody's questions from now on; again with another reason changes that alone."""

    def work(conn: Connection) -> Frozen | No:
        found = acting_on(conn, actor_id, ref, Action.FREEZE, ONLY_ADMINS)
        if isinstance(found, No):
            return found
        actor, person = found
        if person.left_at is not None:
            return No(f"{person.name} has left, so there is nothing to freeze.")
        since, why = person.frozen_at or house.now(), reason or person.frozen_reason
        same = person.frozen_at is not None and why == person.frozen_reason
        if not same:
            change(conn, house, actor, person, since, why, origin)
        return Frozen(person, since, why, same)

    return await house.database.write(work)


async def unfreeze(house: House, actor_id: str, ref: PersonRef, *, origin: str) -> Frozen | No:
    """Answer somebody's questions again."""

    def work(conn: Connection) -> Frozen | No:
        found = acting_on(conn, actor_id, ref, Action.FREEZE, ONLY_ADMINS)
        if isinstance(found, No):
            return found
        actor, person = found
        if person.frozen_at is not None:
            change(conn, house, actor, person, None, None, origin)
        return Frozen(person, None, None, same=person.frozen_at is None)

    return await house.database.write(work)


def change(
    conn: Connection, house: House, actor: Standing, person: Person, since: datetime | None, reason: str | None,
    origin: str,
) -> None:  # fmt: skip
    """Write it down, and tell the person, once for each change."""
    at, wallet = house.now(), people.wallet_id(person.id)
    leaving.change(conn, person.id, frozen_at=since, frozen_reason=reason)
    audit.record(
        conn, workspace_id=person.workspace_id, at=at, actor_id=actor.person.id, origin=origin,
        action="freeze" if since else "unfreeze", target=wallet, old=in_words(person.frozen_at, person.frozen_reason),
        new=in_words(since, reason),
    )  # fmt: skip
    there = balance(conn, wallet)
    payload: dict[str, Any] = {
        "frozen": since is not None, "reason": reason, "by": actor.person.name, "by_slack_id": actor.person.slack_id,
        "balance_micros": there.posted_micros if there else 0,
    }  # fmt: skip
    outbox.put(
        conn, key=f"frozen:{person.id}:{house.new_id()}", workspace_id=person.workspace_id, slack_id=person.slack_id,
        kind=LETTER, payload=payload, at=at,
    )  # fmt: skip


def in_words(since: datetime | None, reason: str | None) -> str:
    """For the audit: `no`, `frozen`, `frozen: on leave`"""
    if since is None:
        return "no"
    return f"frozen: {reason}" if reason else "frozen"
