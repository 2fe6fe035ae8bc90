"""Asks: written down once, leased to one worker, ended once.

A lease says who works on an ask until when. Whoever finds it lapsed may take the ask over; what a worker may then do is
decided by the hold (dispatched or not), never by the lease alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, select, text, update

from store.database import Connection
from store.ledger.steps import HoldState, Write
from store.rows import NewRow
from store.tables import LIVE_ASK, OPEN_ASK, ask

LIVE = ("received", "held", "streaming")


@dataclass(frozen=True, slots=True)
class NewAsk:
    """A question as it came in. `round` is 0, or counts the times it was asked again by a button.

    `files`: what was attached, as JSON. `wanted_payer`: the account that was chosen to pay. `from_channel_id`,
    `from_thread_ts`: where a private ask was asked.
    `edited_ts`: the edit of the message that this is the text of.
    """

    id: str
    workspace_id: str
    event_id: str
    channel_id: str
    message_ts: str
    thread_ts: str
    client_msg_id: str | None
    place: str  # channel | thread | dm
    asker_id: str
    question: str
    round: int = 0
    files: str | None = None
    wanted_model: str | None = None
    confirmed_micros: int | None = None
    wanted_payer: str | None = None
    from_channel_id: str | None = None
    from_thread_ts: str | None = None
    edited_ts: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """An ask as it stands."""

    id: str
    workspace_id: str
    channel_id: str
    message_ts: str
    thread_ts: str
    place: str
    asker_id: str
    person_id: str | None
    question: str | None
    round: int
    files: str | None
    wanted_model: str | None
    confirmed_micros: int | None
    wanted_payer: str | None
    from_channel_id: str | None
    from_thread_ts: str | None
    state: str
    attempts: int
    account_id: str | None
    hold_key: str | None
    model: str | None
    price: str | None
    bound_micros: int | None
    cap_tokens: int | None
    input_tokens: int | None
    output_tokens: int | None
    cost_micros: int | None
    estimated: bool
    outcome: str | None
    reply_ts: str | None
    told_at: datetime | None
    created_at: datetime


COLUMNS = tuple(ask.c[name] for name in Ask.__slots__)


def _ask(row: Row[Any]) -> Ask:
    return Ask(**row._mapping)


def new_row(new: NewAsk, *, at: datetime, lease_owner: str, lease_until_at: datetime) -> NewRow:
    """A question to be written down; it is not when it is there already, under any of its keys."""
    values = {name: getattr(new, name) for name in NewAsk.__slots__}
    leased = {"state": "received", "created_at": at, "lease_owner": lease_owner, "lease_until_at": lease_until_at}
    return NewRow(ask, values | leased)


def get(conn: Connection, ask_id: str) -> Ask | None:
    """One ask."""
    row = conn.execute(select(*COLUMNS).where(ask.c.id == ask_id)).one_or_none()
    return None if row is None else _ask(row)


def claim_lapsed(
    conn: Connection, *, at: datetime, lease_owner: str, lease_until_at: datetime, limit: int
) -> Sequence[Ask]:
    """Take over asks whose lease lapsed and which are not over: not ended, or ended without the asker being told."""
    due = (
        select(ask.c.id)
        .where(ask.c.lease_until_at < at, text(f"({OPEN_ASK})"))
        .order_by(ask.c.lease_until_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(ask)
        .where(ask.c.id.in_(due.scalar_subquery()))
        .values(lease_owner=lease_owner, lease_until_at=lease_until_at, attempts=ask.c.attempts + 1)
        .returning(*COLUMNS)
    )
    return [_ask(row) for row in conn.execute(taken)]


def renew(conn: Connection, ask_ids: Sequence[str], *, lease_owner: str, lease_until_at: datetime) -> set[str]:
    """Keep the leases of these asks; the ids that are still this worker's."""
    kept = (
        update(ask)
        .where(ask.c.id.in_(ask_ids), ask.c.lease_owner == lease_owner)
        .values(lease_until_at=lease_until_at)
        .returning(ask.c.id)
    )
    return set(conn.execute(kept).scalars())


def hand_over(conn: Connection, *, lease_owner: str, at: datetime, but: Sequence[str] = ()) -> None:
    """Let go of all that a worker has not brought to its end, so that another takes it up at once."""
    mine = update(ask).where(ask.c.lease_owner == lease_owner, text(f"({OPEN_ASK})"), ask.c.id.not_in(but))
    conn.execute(mine.values(lease_until_at=at))


_LIVE = and_(ask.c.id == bindparam("ask_id"), text(LIVE_ASK))  # no list of parameters: it runs for many at once
_MINE = and_(_LIVE, ask.c.attempts == bindparam("attempt"))  # every take-over counts it up


def _setter(table: Table, *columns: str, where: ColumnElement[bool] = _LIVE) -> Any:
    return update(table).where(where).values({name: bindparam(f"new_{name}") for name in columns})


_HELD = _setter(
    ask, "state", "person_id", "account_id", "hold_key", "model", "price", "price_book", "bound_micros", where=_MINE
)
_STREAMING = _setter(ask, "state", "bound_micros", "cap_tokens", where=_MINE)
_RECEIVED = _setter(ask, "state", "hold_key")
_ENDED = _setter(
    ask, "state", "outcome", "question", "files", "input_tokens", "cache_read_tokens", "cache_write_tokens",
    "output_tokens", "cost_micros", "estimated", "ended_at",
)  # fmt: skip
_ENDED_EARLY = _setter(
    ask, "state", "outcome", "question", "files", "person_id", "model", "bound_micros", "ended_at", where=_MINE
)


def _write(statement: Any, ask_id: str, values: dict[str, Any], attempt: int | None = None) -> Write:
    """With an attempt: only while that attempt has the ask, else the step it goes with is undone (Overtaken)."""
    named = {"ask_id": ask_id, **{f"new_{name}": value for name, value in values.items()}}
    return Write(statement, named if attempt is None else named | {"attempt": attempt}, required=attempt is not None)


def mark_held(
    ask_id: str, attempt: int, *, person_id: str, account_id: str, hold_key: str, model: str, price: str,
    price_book: str, bound_micros: int,
) -> Write:  # fmt: skip
    """To be written with the hold."""
    values = dict(
        state="held", person_id=person_id, account_id=account_id, hold_key=hold_key, model=model, price=price,
        price_book=price_book, bound_micros=bound_micros,
    )  # fmt: skip
    return _write(_HELD, ask_id, values, attempt)


def mark_streaming(ask_id: str, attempt: int, *, bound_micros: int, cap_tokens: int) -> Write:
    """To be written with the dispatch: what was held in the end, and the output cap that it buys."""
    values = {"state": "streaming", "bound_micros": bound_micros, "cap_tokens": cap_tokens}
    return _write(_STREAMING, ask_id, values, attempt)


def mark_received(ask_id: str) -> Write:
    """To be written with the release of a hold that was not used: the question waits to be taken up again."""
    return _write(_RECEIVED, ask_id, {"state": "received", "hold_key": None})


def mark_ended(
    ask_id: str, *, state: str, outcome: str, cost_micros: int, estimated: bool, at: datetime,
    input_tokens: int | None = None, cache_read_tokens: int | None = None, cache_write_tokens: int | None = None,
    output_tokens: int | None = None,
) -> Write:  # fmt: skip
    """To be written with the settlement or release. Clears the question's text and what was attached."""
    values = dict(
        state=state, outcome=outcome, question=None, files=None, cost_micros=cost_micros, estimated=estimated,
        ended_at=at, input_tokens=input_tokens, cache_read_tokens=cache_read_tokens,
        cache_write_tokens=cache_write_tokens, output_tokens=output_tokens,
    )  # fmt: skip
    return _write(_ENDED, ask_id, values)


def end_early(
    conn: Connection,
    ask_id: str,
    attempt: int,
    *,
    state: str,
    outcome: str,
    person_id: str | None,
    model: str | None,
    at: datetime,
    bound_micros: int | None = None,
) -> bool:
    """End an ask that holds nothing (refused, or failed before a hold); False when it is in other hands or over.

    `bound_micros`: what it may cost, where its asker has to agree to that first.
    """
    values = dict(
        state=state, outcome=outcome, question=None, files=None, person_id=person_id, model=model,
        bound_micros=bound_micros, ended_at=at,
    )  # fmt: skip
    write = _write(_ENDED_EARLY, ask_id, values, attempt)
    return conn.execute(write.statement, dict(write.values)).rowcount == 1


USAGES = 50


def usages(conn: Connection, person_id: str) -> list[tuple[int, int]]:
    """What the person's last asks took, each (input, output) tokens as a provider counted them."""
    counted = (ask.c.input_tokens.is_not(None), ask.c.output_tokens.is_not(None), ask.c.estimated.is_(False))
    newest = select(ask.c.input_tokens, ask.c.output_tokens).where(ask.c.person_id == person_id, *counted)
    return [(row[0], row[1]) for row in conn.execute(newest.order_by(ask.c.created_at.desc()).limit(USAGES))]


def workspace_of(conn: Connection, ask_id: str) -> str:
    """The workspace of an ask that is there."""
    found: str = conn.execute(select(ask.c.workspace_id).where(ask.c.id == ask_id)).scalar_one()
    return found


def end_charged(conn: Connection, ask_id: str, hold: HoldState, at: datetime) -> bool:
    """End an ask whose hold was closed behind its back, with what that charged; False when it had ended before."""
    write = mark_ended(
        ask_id, state="failed", outcome="interrupted", cost_micros=hold.actual_micros or 0, estimated=hold.estimated,
        at=at,
    )  # fmt: skip
    return conn.execute(write.statement, dict(write.values)).rowcount == 1


def note_reply(conn: Connection, ask_id: str, reply_ts: str) -> None:
    """Where the answer is (or began): whoever takes over finds it there."""
    conn.execute(update(ask).where(ask.c.id == ask_id).values(reply_ts=reply_ts))


def mark_told(conn: Connection, ask_id: str, at: datetime, reply_ts: str | None) -> bool:
    """The asker was shown the end, at `reply_ts` if that can be linked to; False when that was noted before."""
    told = update(ask).where(ask.c.id == ask_id, ask.c.told_at.is_(None))
    return conn.execute(told.values(told_at=at, reply_ts=reply_ts or ask.c.reply_ts)).rowcount == 1


def correct(
    conn: Connection, ask_id: str, *, state: str, outcome: str, cost_micros: int, input_tokens: int, output_tokens: int,
    cache_read_tokens: int, cache_write_tokens: int,
) -> None:  # fmt: skip
    """What an ask that was charged at an estimate turned out to be."""
    found = update(ask).where(ask.c.id == ask_id, ask.c.estimated)
    conn.execute(
        found.values(
            state=state, outcome=outcome, cost_micros=cost_micros, estimated=False, input_tokens=input_tokens,
            output_tokens=output_tokens, cache_read_tokens=cache_read_tokens, cache_write_tokens=cache_write_tokens,
        )
    )  # fmt: skip
