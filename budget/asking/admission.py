"""Whether an ask may call the model: the bound of its cost, who pays, the hold, or a refusal that names the limit."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from budget.asking.context import Context
from budget.asking.paying import Shortage
from budget.house import House
from budget.offer.models import Model, Models
from store import asks
from store.ledger.steps import Hold, HoldState, Short
from store.payers import Frozen, Payer

__all__ = ["Admitted", "Bound", "Cheaper", "Refusal", "Shortage", "Ways", "admit", "bound", "cheaper", "refusal"]

TURN_S = 0.5  # so long at most until a closed hold of another process is noticed
HOLD_MARGIN_S = 120.0  # a hold outlives the longest call by this much: the time to settle, a database restart included


@dataclass(frozen=True, slots=True)
class Bound:
    """What a call may cost: at least with the smallest output cap, at most with the largest.

    `within_micros`: the most that the policy lets a question cost, where the cap was lowered for its sake.
    `floor_micros`: what must be there of a payer, by the policy, before anything is asked.
    """

    least_micros: int
    most_micros: int
    input_tokens: int
    cap_tokens: int
    within_micros: int | None = None
    floor_micros: int = 0

    @property
    def needed_micros(self) -> int:
        """What a payer must have."""
        return max(self.least_micros, self.floor_micros)


@dataclass(frozen=True, slots=True)
class Cheaper:
    """A cheaper model that would do: what an ask like this is held at with it, at least; at most where it is costly."""

    name: str
    micros: int


@dataclass(frozen=True, slots=True)
class Refill:
    """What comes next to the asker's wallet by itself, and when. `what`: "allowance" or "package"."""

    at: datetime
    micros: int
    what: str


@dataclass(frozen=True, slots=True)
class Ways:
    """What can be done about a refusal.

    `pools`: team pools that would pay if the asker says so. `refill`: what comes by itself. `helpers`: the names of
    those who can grant more: the asker's managers, or else (`by_admins`) the admins. `is_admin`: the asker is one.
    """

    pools: tuple[Payer, ...] = ()
    refill: Refill | None = None
    helpers: tuple[str, ...] = ()
    by_admins: bool = False
    is_admin: bool = False


Limit = Literal[
    "spent", "held", "least", "no wallet", "too long", "no model", "not allowed", "costly", "too dear", "frozen",
    "left", "guest",
]  # fmt: skip
OF_MONEY = frozenset({"spent", "held", "least", "no wallet"})  # more of it would help


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an ask was not let through. `missing_micros` is what the nearest payer lacks.

    `no model`: `model` is not on offer. `not allowed`: the policy lets others use it. `costly`: it may cost as much as
    `needed_micros`, more than is spent unasked; `cap_tokens` is the longest answer that this would buy. `too dear`: as
    much as `needed_micros`, more than the policy's `most_micros`; `cap_tokens` of an answer would do, for
    `shorter_micros` (0: not even the shortest). `least`: so much as `needed_micros` must be there first. `files`: the
    names of attached files that were read. `offered`: the models that the asker may use.
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
    most_micros: int = 0
    shorter_micros: int = 0
    files: tuple[str, ...] = ()
    offered: Models | None = None
    frozen: Frozen | None = None
    ways: Ways = Ways()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A hold that stands, and the output cap that it buys. `passed`: who comes before its payer, and has too little."""

    hold: HoldState
    payer: Payer
    cap_tokens: int
    shrunk: bool
    passed: tuple[Shortage, ...] = ()


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


def shortened(model: Model, limits: Bound, most_micros: int) -> Bound | None:
    """The bound with the longest answer that costs at most so much; None where not even the shortest does."""
    if limits.least_micros > most_micros:
        return None
    cap = model.price.cap_tokens(most_micros, limits.input_tokens)
    bought = model.price.bound_micros(limits.input_tokens, cap)
    return replace(limits, most_micros=bought, cap_tokens=cap, within_micros=most_micros)


async def admit(
    house: House, *, ask_id: str, attempt: int, person_id: str, model: Model, limits: Bound, payers: Sequence[Payer],
    poor: Sequence[Shortage] = (),
) -> Admitted | Refusal:  # fmt: skip
    """Hold the cost's bound with the first payer that can, and note it on the ask in the same transaction.

    `poor`: those of the payers that are not tried, since they have too little by the policy.

    While a payer lacks only what open holds of other asks keep, it waits for them (`Rules.wait_for_holds_s`).
    Raises store.database.Unavailable, store.ledger.steps.Overtaken.
    """
    deadline_s = time.monotonic() + house.rules.wait_for_holds_s
    lacking = {each.payer: each for each in poor}
    while True:
        shortages: list[Shortage] = []
        waiting: list[str] = []
        for payer in payers:
            if payer in lacking:
                shortages.append(lacking[payer])
                continue
            answer = await house.database.post(_hold(house, ask_id, attempt, person_id, model, limits, payer))
            if isinstance(answer, HoldState):
                return replace(_admitted(answer, payer, model, limits), passed=tuple(shortages))
            if not isinstance(answer, Short):
                raise AssertionError(f"a new hold cannot be answered by {answer}")
            shortages.append(Shortage(payer, answer.balance))
            waiting += [payer.account_id] if answer.held else []
        left_s = deadline_s - time.monotonic()
        if not waiting or left_s <= 0:
            return refusal(model.name, limits, shortages)
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
    """What to tell: `held` when open holds alone stood in the way of some payer to the end, else `spent` or `least`."""
    needed = limits.needed_micros
    if not shortages:
        return Refusal("no wallet", model_name, needed_micros=needed)
    held = any(shortage.balance.posted_micros >= needed for shortage in shortages)
    missing = min(needed - shortage.balance.available_micros for shortage in shortages)
    limit: Limit = "held" if held else "spent" if needed == limits.least_micros else "least"
    return Refusal(limit, model_name, needed, missing, tuple(shortages))


def cheaper(candidates: Sequence[Model], price: Callable[[Model], int | None], at_most_micros: int) -> Cheaper | None:
    """The dearest of the cheaper models whose `price` for this ask is at most so much, or None."""
    for model in sorted(candidates, key=lambda model: model.price.typical_micros(), reverse=True):
        micros = price(model)
        if micros is not None and micros <= at_most_micros:
            return Cheaper(model.name, micros)
    return None
