"""Asks that another worker left behind: taken up again if the model was not called, settled as estimated if it was."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from budget.ask import closing_step
from budget.charge import Charge
from budget.house import House
from store import asks
from store.asks import Ask, NewAsk
from store.ledger.steps import Closed, HoldState, Release

CLAIM_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Recovered:
    """What to do with an ask taken over: `again`, or tell the asker how it ended."""

    ask: Ask
    todo: Literal["again", "tell"]


async def record(house: House, new: NewAsk, worker: str) -> bool:
    """Write a question down under its unique keys, leased to this worker; False when it is known already."""
    now = house.now()
    until = now + timedelta(seconds=house.rules.lease_s)
    return await house.database.write(
        lambda conn: asks.record(conn, new, at=now, lease_owner=worker, lease_until_at=until)
    )


async def take_over(house: House, worker: str) -> list[Recovered]:
    """Claim asks whose lease lapsed, and bring each into a state from which it can go on."""
    now = house.now()
    until = now + timedelta(seconds=house.rules.lease_s)
    claimed = await house.database.write(
        lambda conn: asks.claim_lapsed(conn, at=now, lease_owner=worker, lease_until_at=until, limit=CLAIM_AT_ONCE)
    )
    return [await recover(house, ask) for ask in claimed]


async def recover(house: House, ask: Ask) -> Recovered:
    """Give an undispatched hold back and go on; charge a dispatched one in full, flagged, and say so."""
    if ask.state == "received" or ask.hold_key is None:
        return Recovered(ask, "again" if ask.state == "received" else "tell")
    if ask.state == "held":
        answer = await house.database.post(Release(ask.hold_key, house.now(), only_open=True))
        if isinstance(answer, HoldState):
            return Recovered(ask, "again")
        # Dispatched after all, by a worker that was slow and not dead; or swept.
    if ask.state in ("held", "streaming"):
        await _charge_in_full(house, ask, ask.hold_key)
    ended = await house.database.read(lambda conn: asks.get(conn, ask.id))
    return Recovered(ended or ask, "tell")


async def _charge_in_full(house: House, ask: Ask, hold_key: str) -> None:
    decided = Charge("failed", "interrupted", ask.bound_micros, estimated=True)
    answer = await house.database.post(closing_step(house, ask.id, hold_key, decided))
    if isinstance(answer, Closed):
        await house.database.write(lambda conn: asks.end_charged(conn, ask.id, answer.hold, house.now()))
