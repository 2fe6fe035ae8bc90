"""Letters to both sides of what was taken back."""

from datetime import datetime

from budget.transfers.deeds import Deed
from budget.transfers.loan_letters import put, whom
from store.database import Connection
from store.ledger.steps import Transferred
from store.people import Person

TAKEN = "taken back"


def tell(conn: Connection, actor: Person, deed: Deed, answer: Transferred, at: datetime) -> None:
    """To whoever had it and whoever has it again, with reason and new balance; never to the one who did it."""
    said = {
        "actor": actor.name, "kind": deed.made.kind, "amount_micros": answer.amount_micros,
        "whole_micros": deed.made.amount_micros, "reason": deed.reason, "lent": deed.lent,
    }  # fmt: skip
    ends = [(deed.target, answer.debit, False), *([(deed.source, answer.credit, True)] if deed.source else [])]
    for holder, balance, came in ends:
        letter = said | {
            "came": came, "wallet": holder.kind == "person", "pool": holder.spoken,
            "balance_micros": balance.available_micros,
        }  # fmt: skip
        for person in whom(conn, holder):
            if person.id != actor.id:
                put(conn, TAKEN, person, answer.key, letter, at)
