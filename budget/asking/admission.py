"""Whether an ask may call the model: the bound of its cost, who pays, the hold, or a refusal that names the limit."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from budget.asking.context import Context
from budget.house import House
from budget.offer.models import Model
from store import asks
from store.ledger.steps import Balance, Hold, HoldState, Short
from store.payers import Payer

TURN_S = 0.5  # so long at most until a closed hold of another process is noticed
HOLD_MARGIN_S = 120.0  # a hold outlives the longest call by this much: the time to settle, a database restart included


@dataclass(frozen=True, slots=True)
class Bound:
    """What a call may cost: at least with the smallest output cap, at most with the largest."""

    least_micros: int
    most_micros: int
    input_tokens: int
    cap_tokens: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A payer that could not hold what it takes."""

    payer: Payer
    balance: Balance


@dataclass(frozen=True, slots=True)
class Cheaper:
    """A cheaper model that would do: what an ask like this is held at with it, at least; at most where it is costly."""

    name: str
    micros: int


Limit = Literal["spent", "held", "no wallet", "too long", "no model", "costly"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an ask was not let through. `missing_micros` is what the nearest payer lacks.

    `no model`: `model` is not on offer. `costly`: it may cost as much as `needed_micros`, more than is spent unasked;
    `cap_tokens` is the longest answer that this would buy. `files`: the names of attached files that were read.
    """

    limit: Limit
    model: str
    needed_micros: int = 0
    missing_micros: int = 0
    shortages: tuple[Shortage, ...] = ()
    cheaper: Cheaper | None = None
    input_tokens: int = 0
    context_tokens: int = 0
    cap_tokens: int = 0
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A hold that stands, and the output cap that it buys."""

    hold: HoldState
    payer: Payer
    cap_tokens: int
    shrunk: bool


def bound(model: Model, context: Context, *, min_output_tokens: int, output_tokens: int) -> Bound | None:
    """The bound of a call's cost; None when the model has no room for the smallest answer to so long a question."""
    room = model.context_tokens - context.input_tokens
    smallest = min(min_output_tokens, model.max_output_tokens)
    if room < smallest:
        return None
    cap = min(output_tokens, model.max_output_tokens, room)
    cap = max(cap, smallest)
    return Bound(
        least_micros=model.price.bound_micros(context.input_tokens, smallest),
        most_micros=model.price.bound_micros(context.input_tokens, cap),
        input_tokens=context.input_tokens,
        cap_tokens=cap,
    )


async def admit(
    house: House, *, ask_id: str, attempt: int, person_id: str, model: Model, limits: Bound, payers: Sequence[Payer]
) -> Admitted | Refusal:
    """Hold the cost's bound with the first payer that can, and note it on the ask in the same transaction.

    While a payer lacks only what open holds of other asks keep, it waits for them (`Rules.wait_for_holds_s`).
    Raises store.database.Unavailable, store.ledger.steps.Overtaken.
    """
    deadline_s = time.monotonic() + house.rules.wait_for_holds_s
    while True:
        shortages = []
        for payer in payers:
            answer = await house.database.post(_hold(house, ask_id, attempt, person_id, model, limits, payer))
            if isinstance(answer, HoldState):
                return _admitted(answer, payer, model, limits)
            if not isinstance(answer, Short):
                raise AssertionError(f"a new hold cannot be answered by {answer}")
            shortages.append((payer, answer))
        waiting = [payer.account_id for payer, short in shortages if short.held]
        left_s = deadline_s - time.monotonic()
        if not waiting or left_s <= 0:
            return refusal(model.name, limits, [Shortage(payer, short.balance) for payer, short in shortages])
        await _any_freed(house, waiting, min(left_s, TURN_S))


def _hold(house: House, ask_id: str, attempt: int, person_id: str, model: Model, limits: Bound, payer: Payer) -> Hold:
    now = house.now()
    key = f"{ask_id}:{attempt}:{payer.account_id}"
    note = asks.mark_held(
        ask_id, attempt, person_id=person_id, account_id=payer.account_id, hold_key=key, model=model.name,
        price=model.price.to_json(), price_book=model.price.book, bound_micros=limits.most_micros,
    )  # fmt: skip
    expires_at = now + timedelta(seconds=model.timeouts.total_s + HOLD_MARGIN_S)
    return Hold(
        key, payer.account_id, limits.least_micros, limits.most_micros, now, expires_at, final=False, then=(note,)
    )


def _admitted(hold: HoldState, payer: Payer, model: Model, limits: Bound) -> Admitted:
    if hold.amount_micros >= limits.most_micros:
        return Admitted(hold, payer, limits.cap_tokens, shrunk=False)
    cap = min(model.price.cap_tokens(hold.amount_micros, limits.input_tokens), limits.cap_tokens)
    return Admitted(hold, payer, cap, shrunk=True)


async def _any_freed(house: House, account_ids: Sequence[str], timeout_s: float) -> None:
    waits = [asyncio.ensure_future(house.database.freed(account_id, timeout_s)) for account_id in account_ids]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


def refusal(model_name: str, limits: Bound, shortages: Sequence[Shortage]) -> Refusal:
    """What to tell: `held` when open holds alone stood in the way of some payer to the end, else `spent`."""
    if not shortages:
        return Refusal("no wallet", model_name, needed_micros=limits.least_micros)
    needed = limits.least_micros
    held = any(shortage.balance.posted_micros >= needed for shortage in shortages)
    missing = min(needed - shortage.balance.available_micros for shortage in shortages)
    return Refusal("held" if held else "spent", model_name, needed, missing, tuple(shortages))


def cheaper(candidates: Sequence[Model], price: Callable[[Model], int | None], at_most_micros: int) -> Cheaper | None:
    """The dearest of the cheaper models whose `price` for this ask is at most so much, or None."""
    for model in sorted(candidates, key=lambda model: model.price.typical_micros(), reverse=True):
        micros = price(model)
        if micros is not None and micros <= at_most_micros:
            return Cheaper(model.name, micros)
    return None
