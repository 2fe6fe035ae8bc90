"""Who is told of what the clock did: the admins of what is missing, and those who were left out. One letter a period.

What changes later is said in the same letter: the message is updated, and nobody is pinged again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from budget.allowances.cover import ORDERS
from budget.allowances.named import about, kind_of
from budget.allowances.periods import Period, of_day
from store import outbox, payouts
from store.accounts import balance
from store.allowances import Allowance
from store.database import Connection
from store.payouts import Payout, Tally

MOST_NAMED = 20
NOBODY = Tally(0, 0)


def period_of(one: Allowance, payout: Payout) -> Period:
    """The period of a payout."""
    return of_day(kind_of(one), datetime.fromisoformat(payout.period_on).date())


def tell_of_missed(conn: Connection, one: Allowance, missed: Sequence[Period], policy: str, at: datetime) -> None:
    """Tell the admins which periods passed while nothing ran, and what became of them."""
    if not missed:
        return
    last = about(conn, one, missed[-1])
    said = {**last, "periods": [period.words for period in missed], "paid": policy == "pay"}
    for slack_id in payouts.admins(conn, one.workspace_id):
        key = f"allowance-missed:{one.id}:{missed[0].first}:{slack_id}"
        send(conn, one, key, slack_id, "allowance_missed", said, at)


def tell_of_shortage(conn: Connection, one: Allowance, payout: Payout, order: str, at: datetime) -> None:
    """Tell the admins who was left out and how much is missing, and those who were."""
    tally = payouts.tally(conn, payout.key)
    left, paid = tally.get("left out", NOBODY), tally.get("paid", NOBODY)
    named, pool = payouts.in_state(conn, payout.key, "left out", MOST_NAMED), balance(conn, one.payer_id)
    assert pool is not None, "a payer was opened with its owner"
    said = {
        **about(conn, one, period_of(one, payout)),
        "left_out": left.count,
        "missing_micros": left.micros - pool.available_micros,
        "paid": paid.count,
        "names": [name for _, _, name in named],
        "order": ORDERS[order],
    }
    for slack_id in payouts.admins(conn, one.workspace_id):
        send(conn, one, shortage_key(payout, slack_id), slack_id, "allowance_short", said, at)


def tell_left_out(conn: Connection, one: Allowance, payout: Payout, slack_ids: Sequence[str], at: datetime) -> None:
    """Tell people that they were left out, once a period."""
    said = {**about(conn, one, period_of(one, payout)), "paid": False}
    for slack_id in slack_ids:
        values = {"workspace_id": one.workspace_id, "slack_id": slack_id, "kind": "allowance_left_out"}
        outbox.put(conn, key=left_out_key(payout, slack_id), payload=said, at=at, **values)


def tell_paid_after_all(
    conn: Connection, one: Allowance, payout: Payout, slack_ids: Sequence[str], at: datetime
) -> None:
    """Say in the letters of those who were left out that they were paid since."""
    said = {**about(conn, one, period_of(one, payout)), "paid": True}
    for slack_id in slack_ids:
        outbox.revise(conn, left_out_key(payout, slack_id), said, at)


def send(
    conn: Connection, one: Allowance, key: str, slack_id: str, kind: str, said: Mapping[str, Any], at: datetime
) -> None:
    """Write a letter, or change what it says."""
    values = {"workspace_id": one.workspace_id, "slack_id": slack_id, "kind": kind}
    if not outbox.put(conn, key=key, payload=said, at=at, **values):
        outbox.revise(conn, key, said, at)


def shortage_key(payout: Payout, slack_id: str) -> str:
    """An admin's letter on a period."""
    return f"allowance-short:{payout.allowance_id}:{payout.period_on}:{slack_id}"


def left_out_key(payout: Payout, slack_id: str) -> str:
    """The letter of somebody who was left out."""
    return f"allowance-left-out:{payout.allowance_id}:{payout.period_on}:{slack_id}"
