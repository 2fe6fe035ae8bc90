"""The demo's eye on its own books: what moved is told to the workspace's page, in the words that people read.

Nothing but the demo uses this; a real workspace is shown nobody's books.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from decimal import ROUND_FLOOR
from typing import Any

import aiohttp

from budget.money import Face, dollars, exact_dollars, short_count
from store.engines import Unavailable
from store.watch import BalanceSeen, HoldSeen, Seen, Side, TransferSeen, Watch

EVERY_S = 0.25
Entry = dict[str, Any]
logger = logging.getLogger(__name__)


async def follow(database_url: str, http: aiohttp.ClientSession) -> None:
    """Tell the workspace what the books say, until cancelled. What is out of reach is tried again at the next look."""
    watch = Watch(database_url)
    told: dict[str, Entry] = {}
    try:
        while True:
            try:
                seen = await asyncio.to_thread(watch.look)
                if seen is not None:
                    await tell(http, seen, told)
            except (Unavailable, aiohttp.ClientError, TimeoutError) as problem:
                watch.forget()
                logger.debug("The books are told later: %s", problem)
            await asyncio.sleep(EVERY_S)
    finally:
        watch.close()


async def tell(http: aiohttp.ClientSession, seen: Seen, told: dict[str, Entry]) -> None:
    """Post what is new since `told`, which is kept up."""
    fresh = [entry for entry in entries(seen) if told.get(entry["id"]) != entry]
    async with http.post("/control/ledger", json={"entries": fresh, "balances": balances(seen)}) as answer:
        answer.raise_for_status()
    told |= {entry["id"]: entry for entry in fresh}


@contextlib.asynccontextmanager
async def following(database_url: str, workspace_url: str) -> AsyncIterator[None]:
    """Follow in the background."""
    async with aiohttp.ClientSession(base_url=workspace_url) as http:
        task = asyncio.ensure_future(follow(database_url, http))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def entries(seen: Seen) -> list[Entry]:
    """A hold and the transfers that end it are one entry; every other transfer is one of its own. By time."""
    held = {hold.key for hold in seen.holds}
    moves = [of_transfer(each) for each in seen.transfers if each.hold_key not in held]
    return sorted([*map(of_hold, seen.holds), *moves], key=lambda entry: (entry["at"], entry["id"]))


STATES = {  # of a hold -> what it is for the page
    "open": "held", "dispatched": "running", "settled": "charged", "released": "returned", "expired": "returned",
    "rejected": "refused",
}  # fmt: skip


def of_hold(hold: HoldSeen) -> Entry:
    """`{id, kind: "hold", title, state, at, amount, note, steps}`: what a question holds, and what becomes of it."""
    charged = (hold.charged_micros or 0) + hold.overrun_micros
    state = "charged" if charged and hold.closed_at else STATES[hold.state]
    return {
        "id": f"hold:{hold.key}", "kind": "hold", "title": f"Question by {hold.asker or 'somebody'}", "state": state,
        "at": hold.created_at.timestamp(), "amount": _amount(hold, charged), "steps": _steps(hold, charged),
        "note": _note(hold),
    }  # fmt: skip


def _amount(hold: HoldSeen, charged: int) -> str:
    return dollars(charged) if hold.closed_at and hold.state != "rejected" else dollars(hold.amount_micros)


def _note(hold: HoldSeen) -> str:
    is_own = hold.payer.kind == "person" and hold.payer.name == hold.asker
    payer = "from their own wallet" if is_own else f"from {whose(hold.payer)}"
    return f"{hold.model}, paid {payer}" if hold.model else f"Paid {payer}"


def _steps(hold: HoldSeen, charged: int) -> list[Entry]:
    held = exact_dollars(hold.amount_micros)
    if hold.state == "rejected":
        return [_step("Refused: too little there for", hold.created_at.timestamp(), held)]
    steps = [_step("Held, the most it can cost", hold.created_at.timestamp(), held)]
    if hold.dispatched_at:
        steps.append(_step("Model called", hold.dispatched_at.timestamp()))
    if hold.closed_at:
        steps += _end(hold, charged, hold.closed_at.timestamp())
    return steps


def _end(hold: HoldSeen, charged: int, at: float) -> list[Entry]:
    if not charged:
        word = "Nothing was used: given back" if hold.state == "settled" else "Not used: given back"
        return [_step(word, at, exact_dollars(hold.amount_micros))]
    word = "Charged, by our estimate" if hold.estimated else "Charged"
    steps = [_step(word, at, exact_dollars(charged))]
    rest = hold.amount_micros - charged
    if rest > 0:
        steps.append(_step("Given back", at, exact_dollars(rest)))
    if hold.overrun_micros:
        steps.append(_step("Of it, paid by the company", at, exact_dollars(hold.overrun_micros)))
    return steps


def _step(label: str, at: float, amount: str = "") -> Entry:
    return {"label": label, "at": at} | ({"amount": amount} if amount else {})


MOVES: Mapping[str, str] = {
    "fund": "Funded", "grant": "Granted", "allowance": "Allowance", "vest": "Vested", "move": "Moved", "send": "Sent",
    "return": "Given back", "expire": "Expired", "consume": "Spent", "overrun": "Overrun", "correct": "Corrected",
}  # fmt: skip


def of_transfer(transfer: TransferSeen) -> Entry:
    """`{id, kind, title, state: "done", at, amount, from, to, note, steps: []}`."""
    return {
        "id": f"transfer:{transfer.id}", "kind": transfer.kind, "title": MOVES[transfer.kind], "state": "done",
        "at": transfer.at.timestamp(), "amount": exact_dollars(transfer.amount_micros),
        "from": named(transfer.debit), "to": named(transfer.credit),
        "note": _why(transfer), "steps": [],
    }  # fmt: skip


def _why(transfer: TransferSeen) -> str:
    if transfer.actor is None:
        return f"by Stipend itself: {transfer.reason}" if transfer.reason else "by Stipend itself"
    return f"by {transfer.actor}, for {transfer.reason}" if transfer.reason else f"by {transfer.actor}"


NAMES = {"company": "Company", "issued": "New budget", "consumed": "Used by models", "expired": "Expired"}


def named(side: Side) -> str:
    """An account in a row of the page."""
    return side.name or NAMES.get(side.kind, side.kind.capitalize())


def whose(side: Side) -> str:
    """An account in a sentence."""
    if side.kind == "person":
        return "a wallet" if side.name is None else f"{side.name}'s wallet"
    return f"{side.name}'s pool" if side.name else f"the {side.kind}'s pool"


def balances(seen: Seen) -> list[Entry]:
    """`{id, kind, name, available, tokens, held?}` of the company, teams, projects and people, then what was used."""
    used = {"id": "consumed", "kind": "used", "name": "Used by models", "available": dollars(seen.consumed_micros)}
    return [*map(of_balance, seen.balances), used]


def of_balance(balance: BalanceSeen) -> Entry:
    """What is free is rounded down, as everywhere; what is held is not part of it."""
    free, face = balance.posted_micros - balance.held_micros, Face()
    shape = {
        "id": balance.account_id, "kind": balance.owner.kind, "name": named(balance.owner),
        "available": dollars(free, ROUND_FLOOR, digits=3),
        "tokens": f"{short_count(face.tokens(free), ROUND_FLOOR)} tokens",
    }  # fmt: skip
    return shape | ({"held": dollars(balance.held_micros)} if balance.held_micros else {})
