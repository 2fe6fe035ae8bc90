"""Questions and answers that are kept for some days. Only ciphertext comes here, and only ciphertext goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, select, update

from store.people import COLUMNS, Person, read
from store.rows import insert_missing
from store.tables import ask, kept_text, person, workspace

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """The texts of an ask, encrypted."""

    ask_id: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Found:
    """A kept text, with what is known of its ask without any key."""

    kept: Kept
    workspace_id: str
    asker: str
    model: str | None
    state: str
    asked_at: datetime
    purge_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """An ask in a list: never what was asked. `is_kept`: its texts are there."""

    id: str
    at: datetime
    state: str
    outcome: str | None
    model: str | None
    cost_micros: int | None
    is_kept: bool


def keep(conn: Connection, kept: Kept, purge_at: datetime) -> bool:
    """Write texts down once; False when those of that ask are there already, and stay."""
    values = {"ask_id": kept.ask_id, "question": kept.question, "answer": kept.answer, "purge_at": purge_at}
    return insert_missing(conn, kept_text, values)


def find(conn: Connection, ask_id: str) -> Found | None:
    """The texts of an ask."""
    columns = (ask.c.workspace_id, person.c.name, ask.c.asker_id, ask.c.model, ask.c.state, ask.c.created_at)
    found = (
        select(kept_text, *columns)
        .join(ask, ask.c.id == kept_text.c.ask_id)
        .outerjoin(person, person.c.id == ask.c.person_id)
        .where(kept_text.c.ask_id == ask_id)
    )
    row = conn.execute(found).one_or_none()
    if row is None:
        return None
    kept = Kept(row.ask_id, row.question, row.answer)
    return Found(
        kept, row.workspace_id, row.name or row.asker_id, row.model, row.state, row.created_at, row.purge_at
    )  # fmt: skip


def due(conn: Connection, at: datetime, kept_since: datetime) -> Sequence[str]:
    """Up to 200 ids of asks whose texts have to go: past their time, or asked before what the rule of now keeps.

    The second, which finds something only after the rule was changed, reads two indexes from end to end.
    """
    past = select(kept_text.c.ask_id).where(kept_text.c.purge_at <= at).order_by(kept_text.c.purge_at).limit(AT_ONCE)
    too_old = (
        select(kept_text.c.ask_id)
        .join(ask, ask.c.id == kept_text.c.ask_id)
        .where(ask.c.created_at <= kept_since)
        .limit(AT_ONCE)
    )
    return conn.scalars(past).all() or conn.scalars(too_old).all()


def remove(conn: Connection, ask_ids: Sequence[str]) -> int:
    """Delete texts; how many were there. Those that another process deletes at this moment are left to it."""
    wanted = select(kept_text.c.ask_id).where(kept_text.c.ask_id.in_(ask_ids)).order_by(kept_text.c.ask_id)
    mine = conn.scalars(wanted.with_for_update(skip_locked=True)).all()
    conn.execute(delete(kept_text).where(kept_text.c.ask_id.in_(mine)))
    return len(mine)


def after(conn: Connection, ask_id: str) -> list[Kept]:
    """The next 200 texts in the order of their ids, to go through all of them."""
    columns = (kept_text.c.ask_id, kept_text.c.question, kept_text.c.answer)
    following = select(*columns).where(kept_text.c.ask_id > ask_id).order_by(kept_text.c.ask_id).limit(AT_ONCE)
    return [Kept(*row) for row in conn.execute(following)]


def exchange(conn: Connection, old: Kept, new: Kept) -> None:
    """Put another ciphertext in the place of one that is still as it was."""
    same = and_(kept_text.c.ask_id == old.ask_id, kept_text.c.question == old.question)
    conn.execute(update(kept_text).where(same).values(question=new.question, answer=new.answer))


def edges(conn: Connection) -> list[Kept]:
    """The texts that go first and those that go last, if there are any: a sample for whoever has keys."""
    columns = (kept_text.c.ask_id, kept_text.c.question, kept_text.c.answer)
    orders = (kept_text.c.purge_at.asc(), kept_text.c.purge_at.desc())
    found = [conn.execute(select(*columns).order_by(order).limit(1)).one_or_none() for order in orders]
    return [Kept(*row) for row in found if row is not None]


def people_called(conn: Connection, name: str) -> list[Person]:
    """People with this Slack id, or this e-mail in whatever case."""
    is_theirs = func.lower(person.c.email) == name.lower() if "@" in name else person.c.slack_id == name
    found = [read(row) for row in conn.execute(select(*COLUMNS).where(is_theirs).order_by(person.c.id))]
    return [each for each in found if each is not None]


def asked_by(conn: Connection, asker: Person, since: datetime, limit: int) -> list[Asked]:
    """Somebody's asks since a moment, newest first."""
    columns = (ask.c.id, ask.c.created_at, ask.c.state, ask.c.outcome, ask.c.model, ask.c.cost_micros)
    theirs = and_(ask.c.workspace_id == asker.workspace_id, ask.c.asker_id == asker.slack_id)
    asked = (
        select(*columns, kept_text.c.ask_id.is_not(None))
        .outerjoin(kept_text, kept_text.c.ask_id == ask.c.id)
        .where(theirs, ask.c.created_at >= since)
        .order_by(ask.c.created_at.desc(), ask.c.id.desc())
        .limit(limit)
    )
    return [Asked(*row) for row in conn.execute(asked)]


def workspaces(conn: Connection) -> Sequence[str]:
    """The ids of all workspaces in the books."""
    return conn.scalars(select(workspace.c.id).order_by(workspace.c.id)).all()
