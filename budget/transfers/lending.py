"""Lending until a day: a loan is a row beside its transfer; when it is due, what is there of it goes back."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from budget.house import House
from budget.money import show
from budget.outcome import No
from budget.transfers import loan_letters
from budget.transfers.plans import end_of, start
from budget.transfers.repaying import holder_of, sides, take_back
from budget.turns import Turns
from store import audit, loans, moving, people
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Balance, Conflict, Short, Transfer, Transferred
from store.moving import Holder
from store.people import Person

AT_ONCE = 100
DUE = "a loan is due"


@dataclass(frozen=True, slots=True)
class Lent:
    """What was lent, with both balances right after. `due_at`: the end of its last day, in the workspace's zone."""

    key: str
    lender: Holder
    borrower: Person
    amount_micros: int
    due_at: datetime
    reason: str | None
    lender_balance: Balance
    borrower_balance: Balance
    replayed: bool
    actor_id: str

    @property
    def own(self) -> bool:
        """Whether it is of the lender's own wallet."""
        return self.lender.kind == "person" and self.lender.owner_id == self.actor_id


def lend(
    conn: Connection,
    house: House,
    *,
    lender_account_id: str,
    borrower: Person,
    amount_micros: int,
    due_on: date,
    reason: str | None,
    actor_id: str,
    key: str,
    origin: str,
    at: datetime,
    tell: bool = True,
) -> Lent | No:
    """Lend in the caller's transaction, and `tell` the borrower by a letter. Who may do it was decided before.

    `key` (150 characters at most) makes it happen once: the same again changes nothing and gives the same answer.
    """
    due_at = end_of(due_on, at, house.rules.timezone, DUE)
    refused = due_at if isinstance(due_at, No) else refusal(conn, lender_account_id, borrower)
    if refused is not None:
        return refused
    assert isinstance(due_at, datetime), due_at
    said = f"lent until {due_on:%Y-%m-%d}{f': {reason}' if reason else ''}"  # as the history shows it
    borrower_id, lender = people.wallet_id(borrower.id), holder_of(conn, lender_account_id)
    step = Transfer(key, "send", lender_account_id, borrower_id, amount_micros, at, actor_id, said)
    (answer,) = apply(conn, [step])
    match answer:
        case Short():
            return No(short(lender, answer, house))
        case Conflict():
            return No("That command was carried out before, otherwise; nothing more was done.")
        case Transferred(debit=debit, credit=credit, replayed=replayed):
            lent = Lent(key, lender, borrower, amount_micros, due_at, reason, debit, credit, replayed, actor_id)
            if not replayed:
                write_down(conn, lent, origin, at)
                if tell:
                    write_to(conn, lent, at)
            return lent
        case _:
            raise RuntimeError(f"the ledger answered a loan with {answer!r}")


def refusal(conn: Connection, lender_account_id: str, borrower: Person) -> No | None:
    """Why nothing can be lent to somebody; None: it can. They stay until the transaction ends."""
    if lender_account_id == people.wallet_id(borrower.id):
        return No("Nobody lends to themselves.")
    there = moving.stays(conn, borrower.id)
    if there is None or there.left_at is not None:
        return No(f"{borrower.name} has left, so nothing can be lent to them.")
    return None


def short(lender: Holder, answer: Short, house: House) -> str:
    """What the lender lacks."""
    missing = answer.needed_micros - answer.balance.available_micros
    return (
        f"{start(lender.spoken)} has {show(answer.balance.available_micros, house.face)} available: "
        f"{show(missing, house.face, up=True)} less than this takes. Nothing was lent."
    )


def write_down(conn: Connection, lent: Lent, origin: str, at: datetime) -> None:
    """The loan's row, and the audit's."""
    loans.add(
        conn, key=lent.key, workspace_id=lent.borrower.workspace_id, lender_id=lent.lender.account_id,
        borrower_id=lent.borrower_balance.account_id, amount_micros=lent.amount_micros, due_at=lent.due_at,
        reason=lent.reason, created_by=lent.actor_id, at=at,
    )  # fmt: skip
    new = lent.borrower_balance.posted_micros
    audit.record(
        conn, workspace_id=lent.borrower.workspace_id, at=at, actor_id=lent.actor_id, origin=origin, action="lend",
        target=lent.borrower_balance.account_id, old=f"{new - lent.amount_micros} micros",
        new=f"{new} micros ({lent.amount_micros} from {lent.lender.account_id} until {lent.due_at.isoformat()}, "
        f"{lent.key})",
    )  # fmt: skip


def write_to(conn: Connection, lent: Lent, at: datetime) -> None:
    """The borrower's letter."""
    loan_letters.lent(
        conn, borrower=lent.borrower, lender=lent.lender, actor=people.person(conn, lent.actor_id), key=lent.key,
        amount_micros=lent.amount_micros, due_at=lent.due_at, reason=lent.reason,
        balance_micros=lent.borrower_balance.available_micros, at=at,
    )  # fmt: skip


async def collect_due(house: House) -> int:
    """Take back what is due, as far as it is there; how many loans were looked at.

    Each loan is locked and looked at anew in a transaction of its own: several replicas, or a kill, do no harm.
    """
    at = house.now()
    if not await house.database.look_up(lambda conn: loans.any_due(conn, at)):
        return 0
    looked_at, turns = await house.database.read(lambda conn: loans.due(conn, at, AT_ONCE)), Turns()
    await turns.each(looked_at, lambda each: house.database.write(partial(collect, house=house, loan_id=each, at=at)))
    turns.end("loans not collected")
    return len(looked_at)


def collect(conn: Connection, house: House, loan_id: str, at: datetime) -> int:
    """Take back what the borrower has available of one loan that is due, else note when to try again; micros taken."""
    found = loans.get(conn, loan_id, lock=True)
    if found is None or found.closed_at is not None or found.next_at > at:
        return 0  # another replica was here
    lender, borrower = sides(conn, found)
    taken = take_back(conn, found, lender, borrower, actor_id=None, origin="clock", by_hand=False, at=at)
    if taken < found.out_micros:
        gone = wallet_closed(conn, borrower)
        letter = loan_letters.missing
        letter(
            conn, found, lender=lender, borrower=borrower, out_micros=found.out_micros - taken, written_off=gone, at=at
        )
        if gone:
            loans.write_off(conn, found.id, at)
        else:
            loans.try_again(conn, found.id, tomorrow(at, house.rules.timezone))
    return taken


def wallet_closed(conn: Connection, borrower: Holder) -> bool:
    """Whether somebody has left and nothing will come into their wallet any more."""
    person = people.person(conn, borrower.owner_id)
    return person is not None and person.closed_at is not None


def tomorrow(at: datetime, zone: ZoneInfo) -> datetime:
    """The next local midnight."""
    return datetime.combine(at.astimezone(zone).date() + timedelta(days=1), time(), zone)
