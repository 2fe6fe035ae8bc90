"""What a decision does to money: a grant or a loan under the request's own key, so that there is one at most."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from budget.house import House
from budget.outcome import No
from budget.transfers import lending
from budget.transfers.lending import Lent
from budget.transfers.plans import end_of
from store import audit, people
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Short, Transfer, Transferred
from store.people import Person
from store.requests import Request


def transfer_key(request_id: str) -> str:
    """Of the transfer that a request ends in."""
    return f"request:{request_id}"


def until_at_of(request: Request, at: datetime, zone: ZoneInfo) -> datetime | No | None:
    """The end of what is granted; No when that is past."""
    return None if request.until_on is None else end_of(date.fromisoformat(request.until_on), at, zone)


def pay(
    conn: Connection, request: Request, *, payer_id: str, amount_micros: int, actor_id: str | None,
    until_at: datetime | None, at: datetime,
) -> Transferred | Short:  # fmt: skip
    """Grant what a request that nobody has decided on asks for, or so much of it."""
    step = Transfer(
        key=transfer_key(request.id), kind="grant", debit_id=payer_id, credit_id=people.wallet_id(request.person_id),
        amount_micros=amount_micros, at=at, actor_id=actor_id, reason=request.reason, until_at=until_at,
    )  # fmt: skip
    (answer,) = apply(conn, [step])
    if not isinstance(answer, Transferred | Short) or answer.replayed:
        raise RuntimeError(f"a request that waits was paid before: {answer!r}")
    return answer


def lend(
    conn: Connection, house: House, request: Request, borrower: Person, *, payer_id: str, amount_micros: int,
    due_on: date, actor_id: str, origin: str, at: datetime,
) -> Lent | No:  # fmt: skip
    """Lend it until a day. The borrower reads of it in the letter on their request, not in a second one."""
    return lending.lend(
        conn, house, lender_account_id=payer_id, borrower=borrower, amount_micros=amount_micros, due_on=due_on,
        reason=request.reason, actor_id=actor_id, key=transfer_key(request.id), origin=origin, at=at, tell=False,
    )  # fmt: skip


def granted_words(answer: Transferred, payer_id: str) -> str:
    """What the audit says of money that came by a request: the balance now, and where it came from."""
    return f"{answer.credit.posted_micros} micros ({answer.amount_micros} from {payer_id}, {answer.key})"


def note(
    conn: Connection, request: Request, *, actor_id: str | None, origin: str, action: str, at: datetime,
    new: str, old: str | None = None,
) -> None:  # fmt: skip
    """The audit row of what became of a request."""
    audit.record(
        conn, workspace_id=request.workspace_id, at=at, actor_id=actor_id, origin=origin, action=action,
        target=people.wallet_id(request.person_id), old=old, new=f"{new} [request {request.id}]",
    )  # fmt: skip
