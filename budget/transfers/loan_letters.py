"""Letters about loans: what each side is told, as plain values; how it is worded is the views' to say.

Every letter's key says what happened, so that it is written once however often the deed is repeated.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from store import outbox, people, teams
from store.database import Connection
from store.loans import Loan
from store.moving import Holder
from store.people import Person

LENT, BACK, MISSING = "lent", "loan back", "loan missing"


def put(conn: Connection, kind: str, to: Person, key: str, payload: Mapping[str, Any], at: datetime) -> None:
    """A letter to someone, once by its key; none to people who have left."""
    if to.left_at is not None:
        return
    outbox.put(
        conn, key=f"{key}:{to.slack_id}", workspace_id=to.workspace_id, slack_id=to.slack_id, kind=kind,
        payload=payload, at=at,
    )  # fmt: skip


def lent(
    conn: Connection, *, borrower: Person, lender: Holder, actor: Person | None, key: str, amount_micros: int,
    due_at: datetime, reason: str | None, balance_micros: int, at: datetime,
) -> None:  # fmt: skip
    """To the borrower."""
    payload = {
        "actor": actor.name if actor else None, "source": None if lender.kind == "person" else lender.spoken,
        "amount_micros": amount_micros, "due_at": due_at.isoformat(), "reason": reason,
        "balance_micros": balance_micros,
    }  # fmt: skip
    put(conn, LENT, borrower, f"lent:{key}", payload, at)


def whom(conn: Connection, holder: Holder) -> list[Person]:
    """Who hears of what happens to an account: its owner, or a pool's managers; of the company's nobody."""
    if holder.kind == "person":
        owner = people.person(conn, holder.owner_id)
        return [owner] if owner else []
    if holder.kind == "team":
        return [person for person, role in teams.members(conn, holder.owner_id) if role == "manager"]
    return []


def back(
    conn: Connection, found: Loan, *, lender: Holder, borrower: Holder, went_to: Holder, returned_micros: int,
    balances: Mapping[str, int], by_hand: bool, at: datetime,
) -> None:  # fmt: skip
    """To both sides: so much came back. `found` is the loan as it was before; `balances`: available, by account."""
    key = f"back:{found.id}:{found.returned_micros}"
    said = {
        "borrower": borrower.spoken, "lender": lender.spoken, "went_to": went_to.spoken, "by_hand": by_hand,
        "left": not by_hand and at < found.due_at,
        "returned_micros": returned_micros, "amount_micros": found.amount_micros,
        "out_micros": found.out_micros - returned_micros, "due_at": found.due_at.isoformat(), "reason": found.reason,
    }  # fmt: skip
    for side, holder in (("lender", went_to), ("borrower", borrower)):
        if side == "borrower" and by_hand:
            continue  # reads it as the answer to the command
        payload = said | {
            "to": side, "wallet": holder.kind == "person", "pool": holder.spoken,
            "balance_micros": balances[holder.account_id],
        }  # fmt: skip
        for person in whom(conn, holder):
            put(conn, BACK, person, key, payload, at)


def missing(
    conn: Connection, found: Loan, *, lender: Holder, borrower: Holder, out_micros: int, written_off: bool, at: datetime
) -> None:
    """To both sides: so much of what is due is not there. Once for each sum that is missing, not with every try."""
    key = f"missing:{found.id}:{out_micros}:{'off' if written_off else 'due'}"
    said = {
        "borrower": borrower.spoken, "lender": lender.spoken, "out_micros": out_micros, "written_off": written_off,
        "amount_micros": found.amount_micros, "due_at": found.due_at.isoformat(), "reason": found.reason,
    }  # fmt: skip
    for side, holder in (("lender", lender), ("borrower", borrower)):
        for person in whom(conn, holder):
            put(conn, MISSING, person, key, said | {"to": side}, at)
