"""Paying allowances when their period begins: decide once, then pay line by line, on any replica, after any kill.

A line is paid in the transaction that says so, under keys made of allowance, period and person. A pool that is too
small pays nobody in part: those who come first in the declared order are paid in full, the others are left out until
the pool has enough for all of them, or an admin pays as many as it has enough for; the end of the period ends that.
"""

from datetime import datetime
from functools import partial

from budget.allowances.claiming import claim, note
from budget.allowances.cover import including
from budget.allowances.letters import NOBODY, period_of, tell_left_out, tell_of_shortage, tell_paid_after_all
from budget.allowances.named import kind_of
from budget.allowances.periods import day_of, of_moment
from budget.house import House
from budget.policy.current import current
from budget.turns import Turns
from store import allowances, payouts, people
from store.allowances import Allowance
from store.database import Connection
from store.ledger.groups import apply_groups
from store.ledger.steps import Transfer
from store.payouts import Key, Line, Payout

AT_ONCE = 250  # people in one transaction: other money waits for the pool's row no longer than that takes


async def pay_due(house: House) -> int:
    """Pay what is due; how many people were paid. Any number of replicas may do so at once."""
    at = house.now()
    today = day_of(at, house.rules.timezone)
    if not await house.database.look_up(lambda conn: allowances.anything_due(conn, today, at)):
        return 0
    turns, due = Turns(), await house.database.look_up(lambda conn: allowances.due(conn, today))
    await turns.each([one.id for one in due], lambda each: claim_all(house, each, at))
    wanted = await house.database.look_up(lambda conn: payouts.wanted(conn, at))
    paid = await turns.each(wanted, lambda key: pay(house, key, at))
    turns.end("allowances or payouts not gone on with")
    return paid


async def claim_all(house: House, allowance_id: str, at: datetime) -> int:
    """Decide on all periods of an allowance that have begun; how many there were."""
    claimed = 0
    while some := await house.database.write(partial(claim, house=house, allowance_id=allowance_id, at=at)):
        claimed += some
    return claimed


async def pay(house: House, key: Key, at: datetime) -> int:
    """Pay one payout as far as its pool lasts; how many people were paid."""
    await house.database.write(lambda conn: take_up(conn, house, key, at))
    paid = 0
    while (some := await house.database.write(lambda conn: pay_some(conn, house, key, at))) is not None:
        paid += some
    return paid


def take_up(conn: Connection, house: House, key: Key, at: datetime) -> None:
    """Make the lines of those who were left out due again; end a payout whose time is over."""
    payout = payouts.get(conn, key, lock=True)
    if payout is None or payout.state == "done":
        return
    one = known(conn, payout)
    if payout.state == "paying" and payout.until_at <= at:
        keep_usable(conn, house, one, payout, at)
    elif payout.state == "short" and payout.until_at <= at:
        note(conn, one, period_of(one, payout), at, "end allowance", "what was left out is not paid any more")
        payouts.set_state(conn, key, "short", "done", ended_at=at)
    elif payout.state == "short":
        had = payouts.paid_within(conn, one.workspace_id, including(period_of(one, payout)), but=one.id)
        payouts.mark(conn, key, had & {each[0] for each in payouts.in_state(conn, key, "left out")}, "gone")
        payouts.turn(conn, key, "left out", "due")
        payouts.set_state(conn, key, "short", "paying", left_out_micros=payout.left_out_micros)


def keep_usable(conn: Connection, house: House, one: Allowance, payout: Payout, at: datetime) -> None:
    """A payout was cut short until its period was over: those who come late can use theirs until the present one is."""
    zone = house.rules.timezone
    until_at = of_moment(kind_of(one), at, zone).ends_at(zone)
    later_until_at = None if payout.later_until_at is None else max(until_at, payout.later_until_at)
    payouts.set_ends(conn, payout.key, until_at, later_until_at)
    note(conn, one, period_of(one, payout), at, "begin allowance", "caught up: it had been cut short")


def pay_some(conn: Connection, house: House, key: Key, at: datetime) -> int | None:
    """Pay the next lines of a payout, all or none of each; how many. None: nothing is left to be paid."""
    payout = payouts.get(conn, key, lock=True)
    if payout is None or payout.state != "paying":
        return None
    one, lines = known(conn, payout), payouts.due_lines(conn, key, AT_ONCE)
    if not lines:
        finish(conn, house, one, payout, at)
        return None
    today = day_of(at, house.rules.timezone).isoformat()
    here = payouts.present(conn, [line.person_id for line in lines], today)
    payouts.mark(conn, key, {line.person_id for line in lines} - here.keys(), "gone")
    staying = [line for line in lines if line.person_id in here]
    paid = take_turns(conn, one, payout, staying, at)
    payouts.mark(conn, key, {line.person_id for line in paid}, "paid")
    if payout.left_out_micros:
        tell_paid_after_all(conn, one, payout, [here[line.person_id] for line in paid], at)
    left_out = {line.person_id for line in staying} - {line.person_id for line in paid}
    payouts.mark(conn, key, left_out, "left out")
    if not is_stopped(one, house):
        tell_left_out(conn, one, payout, [here[each] for each in sorted(left_out)], at)
    return len(paid)


def take_turns(conn: Connection, one: Allowance, payout: Payout, lines: list[Line], at: datetime) -> list[Line]:
    """Pay lines in their order while the pool lasts; those that were paid. Behind one who was left out nobody is."""
    if payouts.any_in_state(conn, payout.key, "left out"):
        return []
    done = apply_groups(conn, [transfers(one, payout, line, at) for line in lines])
    paid = [line for line, was_paid in zip(lines, done, strict=True) if was_paid]
    if paid:
        told = f"{len(paid)} people, {one.amount_micros} micros each"
        note(conn, one, period_of(one, payout), at, "pay allowance", told)
    return paid


def is_stopped(one: Allowance, house: House) -> bool:
    """Somebody ended it before its time: who is left out of what was under way then is not paid later."""
    if one.ended_at is None:
        return False
    return one.until_on is None or day_of(one.ended_at, house.rules.timezone).isoformat() < one.until_on


def known(conn: Connection, payout: Payout) -> Allowance:
    """The allowance of a payout."""
    one = allowances.by_id(conn, payout.allowance_id)
    assert one is not None, "a payout is of an allowance"
    return one


def transfers(one: Allowance, payout: Payout, line: Line, at: datetime) -> list[Transfer]:
    """What somebody gets for a period: a part that ends with it, and a part that outlives it, burnt last.

    Tokens that end first are used first, so when the period ends exactly min(what is left, what may roll over) stays.
    """
    period, later = period_of(one, payout), min(one.rollover_micros, line.amount_micros)
    parts = [
        ("now", line.amount_micros - later, payout.until_at, period.words),
        ("later", later, payout.later_until_at, f"{period.words}, rolls over"),
    ]
    wallet = people.wallet_id(line.person_id)
    return [
        Transfer(
            key=f"allowance:{one.id}:{payout.period_on}:{line.person_id}:{name}",
            kind="allowance",
            debit_id=one.payer_id,
            credit_id=wallet,
            amount_micros=micros,
            at=at,
            reason=reason,
            until_at=until_at,
        )
        for name, micros, until_at, reason in parts
        if micros
    ]


def finish(conn: Connection, house: House, one: Allowance, payout: Payout, at: datetime) -> None:
    """All lines are decided: done, or short of what those would get who were left out."""
    left = payouts.tally(conn, payout.key).get("left out", NOBODY)
    before, order = payout.left_out_micros, current(conn, house, one.workspace_id).allowances.order
    if left.count and left.micros != before:
        said = f"{left.count} people, {left.micros} micros, order: {order}"
        note(conn, one, period_of(one, payout), at, "leave out of allowance", said)
    stopped = is_stopped(one, house)
    if left.count and not stopped:
        payouts.set_state(conn, payout.key, "paying", "short", left_out_micros=left.micros)
    else:
        payouts.set_state(conn, payout.key, "paying", "done", ended_at=at)
    if left.micros != before and not stopped:
        tell_of_shortage(conn, one, payout, order, at)
