"""Letters to those whom a change of money concerns, written in the transaction that makes it."""

from datetime import datetime
from typing import Any

from budget.org.places import Place
from budget.transfers.grants import Moved, Notice
from store import outbox
from store.database import Connection

MOVED = "moved"


def tell(conn: Connection, moved: Moved, at: datetime) -> None:
    """A letter to everyone it concerns, once by the change's key."""
    for each in moved.notices:
        if each.person.left_at is None:
            outbox.put(
                conn, key=f"{moved.key}:{each.person.slack_id}", workspace_id=each.person.workspace_id,
                slack_id=each.person.slack_id, kind=MOVED, payload=payload(moved, each), at=at,
            )  # fmt: skip


def payload(moved: Moved, told: Notice) -> dict[str, Any]:
    """What someone is told, as plain values."""
    return {
        "actor": moved.actor.name, "kind": moved.kind, "amount_micros": moved.amount_micros, "reason": moved.reason,
        "source": name_of(moved.source), "target": name_of(moved.target),
        "came": told.came, "wallet": told.place.person is not None, "place": told.place.name,
        "balance_micros": told.balance.available_micros,
        "until_at": moved.until_at.isoformat() if moved.until_at else None,
    }  # fmt: skip


def name_of(place: Place | None) -> str | None:
    """How a place is spoken of; None: newly issued."""
    return place.name if place else None
