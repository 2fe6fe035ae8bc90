"""What somebody has borrowed and lent, for their balance and their Home tab."""

from collections.abc import Sequence
from dataclasses import dataclass

from store import loans
from store.database import Connection
from store.loans import Named


@dataclass(frozen=True, slots=True)
class Loans:
    """The loans of an account that are not settled, the earliest due first."""

    borrowed: Sequence[Named]
    lent: Sequence[Named]


def loans_of(conn: Connection, account_id: str) -> Loans:
    """What an account has borrowed and lent: two looks into small indexes."""
    return Loans(loans.named(conn, account_id, lent=False), loans.named(conn, account_id, lent=True))
