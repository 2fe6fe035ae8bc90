"""Questions and answers that are kept: written when an ask ends, read with a reason, gone in time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from budget.ask import Answer, Question, ask
from budget.asking.settle import to_the_end
from budget.house import House
from budget.outcome import No
from budget.retention import Keys, Retention, Unreadable
from store import asks, audit, texts
from store.database import Connection, Database, Unavailable
from store.texts import Asked, Found, Kept

log = structlog.get_logger(__name__)

KEEPING_S = 5.0  # an answer waits no longer than this to be shown, because of a copy of it
MOST_LISTED = 1_000
ORIGIN = "cli"


@asynccontextmanager
async def ask_and_keep(house: House, question: Question) -> AsyncIterator[Answer]:
    """`budget.ask.ask`, whose texts are kept at its end, however that comes, where the company wants it."""
    answer: Answer | None = None
    try:
        async with ask(house, question) as answer:
            yield answer
    finally:
        if answer is not None and house.retention.days and answer.text.strip():
            await to_the_end(keep(house, question.ask_id, question.text, answer.text))


async def keep(house: House, ask_id: str, question: str, answer: str) -> None:
    """Write the texts of an ask, encrypted, once. Whatever is in the way of that is in nobody else's."""
    try:
        async with asyncio.timeout(KEEPING_S):
            await house.database.write(_keeping(house, ask_id, question, answer))
    except (Unavailable, TimeoutError) as fault:
        log.error("texts not kept", ask=ask_id, reason=str(fault) or "it took too long")
    except Exception:
        log.exception("texts not kept", ask=ask_id)


def _keeping(house: House, ask_id: str, question: str, answer: str) -> Callable[[Connection], bool]:
    keys = house.retention.keys
    assert keys is not None, "Retention has days only with keys"
    at = house.now()
    kept = Kept(ask_id, keys.seal(ask_id, "question", question, at), keys.seal(ask_id, "answer", answer, at))

    def work(conn: Connection) -> bool:
        asked = asks.get(conn, ask_id)
        return asked is not None and texts.keep(conn, kept, house.retention.purge_at(asked.created_at))

    return work


async def purge(database: Database, at: datetime, kept_since: datetime) -> int:
    """Delete the texts past their time, and those asked at `kept_since` or before; how many. Raises Unavailable.

    Any number of processes may do so at once.
    """
    gone = 0
    while ids := await database.read(lambda conn: texts.due(conn, at, kept_since)):
        removed = await _remove(database, ids)
        gone += removed
        if not removed:  # another process is at it
            break
    return gone


async def _remove(database: Database, ids: Sequence[str]) -> int:
    return await database.write(lambda conn: texts.remove(conn, ids))


async def purge_by_rule(house: House) -> None:
    """Delete what is not to be kept any more by the settings of now. Raises Unavailable."""
    now = house.now()
    gone = await purge(house.database, now, house.retention.kept_since(now))
    if gone:
        log.info("texts purged", count=gone)


async def purge_all(database: Database, at: datetime, operator: str) -> int:
    """Delete every text that is kept; how many. Raises Unavailable."""

    def note(conn: Connection) -> None:
        for workspace_id in texts.workspaces(conn):
            _note(conn, workspace_id, at, operator, "purge texts", workspace_id, None)

    await database.write(note)
    return await purge(database, at, kept_since=at)


@dataclass(frozen=True, slots=True)
class Shown:
    """The texts of an ask, as far as they can be read."""

    found: Found
    question: str | Unreadable
    answer: str | Unreadable


async def show(
    database: Database, keys: Keys | None, ask_id: str, *, reason: str, operator: str, at: datetime
) -> Shown | No:
    """The texts of an ask. That they were asked for is in the audit before they are decrypted. Raises Unavailable."""
    if keys is None:
        return No("STIPEND_RETENTION_KEY is not set, so nothing can be decrypted.")

    def work(conn: Connection) -> Found | No:
        found = texts.find(conn, ask_id)
        if found is None:
            return _not_there(conn, ask_id)
        _note(conn, found.workspace_id, at, operator, "read texts", ask_id, reason)
        return found

    found = await database.write(work)
    if isinstance(found, No):
        return found
    question = keys.unseal(ask_id, "question", found.kept.question)
    return Shown(found, question, keys.unseal(ask_id, "answer", found.kept.answer))


def _not_there(conn: Connection, ask_id: str) -> No:
    if asks.get(conn, ask_id) is None:
        return No(f"There is no ask {ask_id}; `stipend texts list` finds the ids of somebody's asks.")
    return No(f"The texts of {ask_id} are not kept, or not any more.")


async def list_asks(
    database: Database, name: str, since: datetime, *, reason: str | None, operator: str, at: datetime
) -> list[Asked] | No:
    """Somebody's asks, newest first, without texts. `name`: a Slack id or an e-mail. Raises Unavailable."""

    def work(conn: Connection) -> list[Asked] | No:
        people = texts.people_called(conn, name)
        if not people:
            return No(f"Nobody called {name} has asked anything here; give a Slack id (U…) or an e-mail.")
        for person in people:
            _note(conn, person.workspace_id, at, operator, "list asks", person.id, reason)
        return [each for person in people for each in texts.asked_by(conn, person, since, MOST_LISTED)]

    return await database.write(work)


def _note(
    conn: Connection, workspace_id: str, at: datetime, operator: str, action: str, target: str, reason: str | None
) -> None:
    audit.record(
        conn, workspace_id=workspace_id, at=at, actor_id=operator, origin=ORIGIN, action=action, target=target,
        old=None, new=reason,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rotated:
    """Asks whose texts the first key encrypts from now on, whose it did before, and those no key can decrypt."""

    changed: int = 0
    same: int = 0
    unreadable: int = 0


async def rotate(database: Database, keys: Keys) -> Rotated:
    """Encrypt all that is kept with the first key. It may be broken off and begun anew. Raises Unavailable."""
    total, last = Rotated(), ""
    while batch := await database.read(partial(texts.after, ask_id=last)):
        last = batch[-1].ask_id
        renewed = [(old, _resealed(keys, old)) for old in batch]
        changes = [(old, new) for old, new in renewed if new is not None and new != old]
        await database.write(partial(_exchange, changes=changes))
        lost = sum(new is None for _, new in renewed)
        total = Rotated(
            total.changed + len(changes), total.same + len(batch) - len(changes) - lost, total.unreadable + lost
        )  # fmt: skip
    return total


def _resealed(keys: Keys, old: Kept) -> Kept | None:
    if keys.is_newest(old.question) and keys.is_newest(old.answer):
        return old
    question, answer = keys.reseal(old.question), keys.reseal(old.answer)
    if isinstance(question, Unreadable) or isinstance(answer, Unreadable):
        return None
    return Kept(old.ask_id, question, answer)


def _exchange(conn: Connection, changes: Sequence[tuple[Kept, Kept]]) -> None:
    for old, new in changes:
        texts.exchange(conn, old, new)


@dataclass(frozen=True, slots=True)
class State:
    """What there is to be said of what is kept. `overdue`: so many at least should have gone by that moment."""

    overdue: int
    unreadable: bool


async def look(database: Database, retention: Retention, at: datetime) -> State:
    """Whether texts are left over, and whether the oldest and the newest can be decrypted. Raises Unavailable."""
    overdue, sample = await database.read(
        lambda conn: (len(texts.due(conn, at, retention.kept_since(at))), texts.edges(conn))
    )
    return State(overdue, any(not _is_readable(retention.keys, kept) for kept in sample))


def _is_readable(keys: Keys | None, kept: Kept) -> bool:
    if keys is None:
        return False
    both = keys.unseal(kept.ask_id, "question", kept.question), keys.unseal(kept.ask_id, "answer", kept.answer)
    return not any(isinstance(each, Unreadable) for each in both)
