"""Giving back what was lent: loan, transfer, audit and letters in one transaction."""

from datetime import datetime

from budget.transfers import loan_letters
from store import audit, loans, moving, people
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Transfer, Transferred
from store.loans import Loan
from store.moving import Holder


def sides(conn: Connection, found: Loan) -> tuple[Holder, Holder]:
    """Lender and borrower of a loan."""
    return holder_of(conn, found.lender_id), holder_of(conn, found.borrower_id)


def take_back(
    conn: Connection,
    found: Loan,
    lender: Holder,
    borrower: Holder,
    *,
    actor_id: str | None,
    origin: str,
    by_hand: bool,
    at: datetime,
    most_micros: int | None = None,
    key: str | None = None,
) -> int:
    """Move what is out of a locked loan back, as far as the borrower has it available; micros moved.

    What a lender who has left would get is the company's. Loan, transfer, audit and letters are one transaction.
    """
    to = goes_to(conn, found)
    there = moving.locked(conn, {borrower.account_id, to.account_id}, at)[borrower.account_id].available_micros
    micros = min(found.out_micros, there, found.out_micros if most_micros is None else most_micros)
    if micros <= 0:
        return 0
    step = Transfer(
        key or f"back:{found.id}:{found.returned_micros}", "return", borrower.account_id, to.account_id, micros, at,
        actor_id,
        f"back from the loan{f': {found.reason}' if found.reason else ''}", lots_of=found.id,
    )  # fmt: skip
    (answer,) = apply(conn, [step])
    assert isinstance(answer, Transferred), answer
    assert not answer.replayed, "the loan's row is locked, and says what came back"
    loans.came_back(conn, found, micros, at)
    note(conn, found, answer, actor_id, origin, at)
    balances = {each.account_id: each.available_micros for each in (answer.debit, answer.credit)}
    loan_letters.back(
        conn, found, lender=lender, borrower=borrower, went_to=to, returned_micros=micros, balances=balances,
        by_hand=by_hand, at=at,
    )  # fmt: skip
    return micros


def note(conn: Connection, found: Loan, answer: Transferred, actor_id: str | None, origin: str, at: datetime) -> None:
    """The audit row: of the borrower's account."""
    new, micros = answer.debit.posted_micros, answer.amount_micros
    audit.record(
        conn, workspace_id=found.workspace_id, at=at, actor_id=actor_id, origin=origin, action="return of a loan",
        target=found.borrower_id, old=f"{new + micros} micros",
        new=f"{new} micros ({micros} to {answer.credit.account_id}, {answer.key})",
    )  # fmt: skip


def goes_to(conn: Connection, found: Loan) -> Holder:
    """Who gets what comes back: the lender, or the company where the lender has left."""
    lender = holder_of(conn, found.lender_id)
    return holder_of(conn, people.company_id(found.workspace_id)) if lender.closed else lender


def holder_of(conn: Connection, account_id: str) -> Holder:
    """Whose an account is that is there."""
    found = moving.holder(conn, account_id)
    assert found is not None, account_id
    return found


def settle_all(conn: Connection, borrower_account_id: str, *, origin: str, at: datetime) -> int:
    """Give back what somebody has borrowed, due or not, as far as they have it: for when they leave; micros moved."""
    moved = 0
    for found in loans.borrowed(conn, borrower_account_id, lock=True):
        lender, borrower = sides(conn, found)
        moved += take_back(conn, found, lender, borrower, actor_id=None, origin=origin, by_hand=False, at=at)
    return moved
