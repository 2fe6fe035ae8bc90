"""The end of a call: the hold is closed with what it cost, once, however late and whoever else was faster."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from budget.asking.charge import Charge
from budget.house import House
from store import asks
from store.database import Connection, Unavailable
from store.ledger.apply import apply
from store.ledger.steps import Answer, Closed, HoldState, Release, Settle, Step, Transfer

log = structlog.get_logger(__name__)

SETTLE_PATIENCE_S = 60.0  # so long a settlement is tried again while the database is away; then recovery estimates
SETTLE_PAUSE_S = 0.25
INTERRUPTED = "interrupted"  # the outcome of an ask whose hold was closed behind its back (`asks.end_charged`)

T = TypeVar("T")


async def settle(house: House, ask_id: str, hold_key: str, decided: Charge) -> HoldState:
    """Close a dispatched hold with what the call cost, and end the ask in the same transaction.

    When somebody closed it before at an estimate (a sweeper, a worker that took over), the difference is corrected.
    """
    closed = await patiently(house, closing_step(house, ask_id, hold_key, decided))
    if isinstance(closed, HoldState):
        if not closed.replayed:
            house.meters.ended(decided.outcome, closed.actual_micros or 0)
        return closed
    if not isinstance(closed, Closed):
        raise AssertionError(f"a dispatched hold cannot be answered by {closed}")
    return await settle_late(house, ask_id, closed.hold, decided)


def closing_step(house: House, ask_id: str, hold_key: str, decided: Charge) -> Step:
    """The step that closes an ask's hold, with the ask's own end written along."""
    usage, now = decided.usage, house.now()
    ended = asks.mark_ended(
        ask_id, state=decided.state, outcome=decided.outcome, cost_micros=decided.cost_micros or 0,
        estimated=decided.estimated, at=now,
        input_tokens=usage.input_tokens if usage else None,
        cache_read_tokens=usage.cache_read_tokens if usage else None,
        cache_write_tokens=usage.cache_write_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
    )  # fmt: skip
    if decided.cost_micros is None:
        return Release(hold_key, now, then=(ended,))
    return Settle(hold_key, decided.cost_micros, now, estimated=decided.estimated, then=(ended,))


async def settle_late(house: House, ask_id: str, hold: HoldState, decided: Charge) -> HoldState:
    """The ask ends with the charge that stands; what was charged too much comes back, once the usage is known."""
    usage, too_much_micros = decided.usage, (hold.charged_micros or 0) - (decided.cost_micros or 0)
    refund = hold.estimated and not decided.estimated and too_much_micros > 0

    def work(conn: Connection) -> bool:
        ended = asks.end_charged(conn, ask_id, hold, house.now())
        if not refund:
            return ended
        workspace_id = asks.workspace_of(conn, ask_id)
        reason = "the answer cost less than was charged for it when its worker seemed lost"
        back = Transfer(
            f"correct:{hold.key}", "correct", f"consumed:{workspace_id}", hold.account_id, too_much_micros,
            house.now(), reason=reason,
        )  # fmt: skip
        apply(conn, [back])
        asks.correct(
            conn, ask_id, state=decided.state, outcome=decided.outcome, cost_micros=decided.cost_micros or 0,
            input_tokens=usage.input_tokens if usage else 0, output_tokens=usage.output_tokens if usage else 0,
            cache_read_tokens=usage.cache_read_tokens if usage else 0,
            cache_write_tokens=usage.cache_write_tokens if usage else 0,
        )  # fmt: skip
        return ended

    if await house.database.write(work):
        outcome, cost_micros = (decided.outcome, decided.cost_micros) if refund else (INTERRUPTED, hold.charged_micros)
        house.meters.ended(outcome, cost_micros or 0)
    log.info("settled late", ask=ask_id, hold=hold.key, refunded_micros=too_much_micros if refund else 0)
    if not refund:
        return hold
    return HoldState(
        hold.key, hold.account_id, hold.state, hold.amount_micros, decided.cost_micros, decided.cost_micros,
        hold.overrun_micros, estimated=False, replayed=True,
    )  # fmt: skip


async def patiently(house: House, step: Step) -> Answer:
    """Post a closing step, again and again while the database is away; its key makes that harmless."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + SETTLE_PATIENCE_S
    while True:
        try:
            return await house.database.post(step)
        except Unavailable:
            if loop.time() >= deadline_s:
                raise
            await asyncio.sleep(SETTLE_PAUSE_S)


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish a piece of work that must not be left half done, even when the task is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
