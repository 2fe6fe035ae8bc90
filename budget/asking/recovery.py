"""Asks that another worker left behind: taken up again if the model was not called, settled as estimated if it was."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog

from budget.asking.charge import Charge
from budget.asking.settle import INTERRUPTED, settle
from budget.house import House
from store import asks
from store.asks import Ask, NewAsk
from store.database import Unavailable
from store.ledger.steps import Closed, HoldState, Release

log = structlog.get_logger(__name__)

CLAIM_AT_ONCE = 20
MOST_ATTEMPTS = 5  # an ask taken up more often ends as failed: what five workers could not finish, a sixth will not
OLDEST = timedelta(days=1)  # nor is anybody still waiting for the answer to an older one


@dataclass(frozen=True, slots=True)
class Recovered:
    """What to do with an ask taken over: `again`, or tell the asker how it ended."""

    ask: Ask
    todo: Literal["again", "tell"]


async def record(house: House, new: NewAsk, worker: str) -> bool:
    """Write a question down under its unique keys, leased to this worker; False when it is known already."""
    now = house.now()
    until = now + timedelta(seconds=house.rules.lease_s)
    return await house.database.insert(asks.new_row(new, at=now, lease_owner=worker, lease_until_at=until))


async def take_over(house: House, worker: str) -> list[Recovered]:
    """Claim asks whose lease lapsed, and bring each into a state from which it can go on."""
    now = house.now()
    until = now + timedelta(seconds=house.rules.lease_s)
    claimed = await house.database.write(
        lambda conn: asks.claim_lapsed(conn, at=now, lease_owner=worker, lease_until_at=until, limit=CLAIM_AT_ONCE)
    )
    found = [await _recover_alone(house, ask) for ask in claimed]
    return [each for each in found if each is not None]


async def _recover_alone(house: House, ask: Ask) -> Recovered | None:
    """One ask of many: what is wrong with it must not keep the others waiting. None: its lease brings it back."""
    hopeless = ask.state in asks.LIVE and _is_hopeless(ask, house.now())
    try:
        if not hopeless:
            return await recover(house, ask)
        log.error("given up", ask=ask.id, attempts=ask.attempts)
        ended = await give_up(house, ask.id, ask.attempts, state="failed", outcome="given_up")
    except Unavailable as away:
        log.warning("database is away", ask=ask.id, reason=str(away))
        return None
    except Exception:
        log.exception("not taken over", ask=ask.id, attempts=ask.attempts)
        ended = await _end_unpaid(house, ask) if hopeless else None
    return Recovered(ended, "tell") if ended else None


def _is_hopeless(ask: Ask, now: datetime) -> bool:
    return ask.attempts > MOST_ATTEMPTS or now - ask.created_at > OLDEST


async def _end_unpaid(house: House, ask: Ask) -> Ask | None:
    """The last resort for an ask whose hold cannot be closed by us: the sweeper closes that when it expires."""
    now = house.now()
    mine = await house.database.write(
        lambda conn: asks.end_early(
            conn, ask.id, ask.attempts, state="failed", outcome="given_up", person_id=ask.person_id, model=ask.model,
            at=now,
        )
    )  # fmt: skip
    if mine:
        house.meters.ended("given_up", 0)
    return await house.database.read(lambda conn: asks.get(conn, ask.id))


async def recover(house: House, ask: Ask) -> Recovered:
    """Bring an ask into a state from which it can go on. Its hold decides: dispatched or not, closed by whom."""
    if ask.state not in asks.LIVE:
        return Recovered(ask, "tell")
    if ask.state == "received" or ask.hold_key is None:
        return Recovered(ask, "again")
    answer = await house.database.post(Release(ask.hold_key, house.now(), only_open=True))
    hold = answer.hold if isinstance(answer, Closed) else answer
    if not isinstance(hold, HoldState):
        raise AssertionError(f"the hold of an ask cannot be answered by {answer}")
    if hold.state == "dispatched":  # what is held is what the call may have cost at most
        await settle(house, ask.id, hold.key, Charge("failed", INTERRUPTED, hold.amount_micros, estimated=True))
    elif not hold.charged_micros:  # given back, by us or by the sweeper: nobody called
        return Recovered(ask, "again")
    else:
        if await house.database.write(lambda conn: asks.end_charged(conn, ask.id, hold, house.now())):
            house.meters.ended(INTERRUPTED, hold.charged_micros or 0)
    ended = await house.database.read(lambda conn: asks.get(conn, ask.id))
    return Recovered(ended or ask, "tell")


async def give_up(house: House, ask_id: str, attempt: int, *, state: str, outcome: str) -> Ask | None:
    """End an ask that goes no further: free while the model was not called, else charged as `recover` does.

    The ask as it ended; None when it is in other hands.
    """
    found = await house.database.read(lambda conn: asks.get(conn, ask_id))
    if found is None or found.attempts != attempt:
        return None
    if (await recover(house, found)).todo == "again":
        now = house.now()
        mine = await house.database.write(
            lambda conn: asks.end_early(
                conn, ask_id, attempt, state=state, outcome=outcome, person_id=None, model=None, at=now
            )
        )
        if mine:
            house.meters.ended(outcome, 0)
    return await house.database.read(lambda conn: asks.get(conn, ask_id))
