"""What a step does, decided in memory: rows in, rows and an answer out. No SQL here.

The rows must be the current ones, locked, and the lots of every account that needs folding must be there (`load`).
"""

from datetime import datetime
from functools import singledispatch

from store.ledger.checks import fingerprint
from store.ledger.lots import add, fold, ripen, take
from store.ledger.rows import AccountRow, Book, HoldRow, TransferRow
from store.ledger.steps import (
    Answer,
    Closed,
    Conflict,
    Dispatch,
    Expire,
    Hold,
    HoldState,
    Missing,
    Release,
    Settle,
    Short,
    Step,
    Transfer,
    Transferred,
)
from store.tables import FAR


@singledispatch
def decide(step: Step, book: Book) -> Answer:  # noqa: ARG001  # the signature of all
    """Take a step: change the book, or leave it as it is, and answer."""
    raise TypeError(f"not a step: {step!r}")


@decide.register
def hold(step: Hold, book: Book) -> Answer:
    """Set aside what is available, up to what is asked for."""
    known = book.holds.get(step.key)
    account = book.accounts.get(step.account_id)
    if known is not None:
        return hold_again(step, book, known)
    if account is None:
        return Missing(step.account_id)
    ripen(book, account, step.at)
    enough = account.available >= step.least_micros
    if enough or step.final:
        book.holds[step.key] = new_hold(step, account, enough)
    if not enough:
        return Short(step.key, account.balance(), step.least_micros)
    row = book.holds[step.key]
    account.held += row.amount
    assert account.available >= 0, account
    return row.answer(account.balance())


def hold_again(step: Hold, book: Book, known: HoldRow) -> Answer:
    """The answer to a key that was used before."""
    if known.fingerprint != fingerprint(step):
        return Conflict(step.key)
    if known.state == "rejected":
        return Short(step.key, book.accounts[known.account_id].balance(), step.least_micros, replayed=True)
    return known.answer()


def new_hold(step: Hold, account: AccountRow, enough: bool) -> HoldRow:
    """The row of a hold, granted or rejected."""
    waiting = account.posted >= step.least_micros
    return HoldRow(
        key=step.key,
        account_id=account.id,
        amount=min(step.most_micros, account.available) if enough else step.least_micros,
        state="open" if enough else "rejected",
        actual=None,
        charged=None,
        overrun=0,
        estimated=False,
        fingerprint=fingerprint(step),
        rejection=None if enough else "held" if waiting else "spent",
        created_at=step.at,
        expires_at=step.expires_at,
        dispatched_at=None,
        closed_at=None if enough else step.at,
    )


def find(step: Step, book: Book) -> HoldRow | Missing:
    """The hold a step is about; a rejected one never was."""
    row = book.holds.get(step.key)
    return Missing(step.key) if row is None or row.state == "rejected" else row


@decide.register
def dispatch(step: Dispatch, book: Book) -> Answer:
    """open -> dispatched."""
    row = find(step, book)
    if isinstance(row, Missing):
        return row
    if row.state == "dispatched":
        return row.answer()
    if row.state != "open":
        return Closed(row.answer())
    account = book.accounts[row.account_id]
    ripen(book, account, step.at)
    row.state, row.dispatched_at = "dispatched", step.at
    return row.answer(account.balance())


@decide.register
def settle(step: Settle, book: Book) -> Answer:
    """dispatched -> settled."""
    row = find(step, book)
    if isinstance(row, Missing):
        return row
    if row.state == "settled" and (row.actual, row.estimated) == (step.actual_micros, step.estimated):
        return row.answer()
    if row.state != "dispatched":
        return Closed(row.answer())
    return close(book, row, "settled", step.actual_micros, step.estimated, step.at)


@decide.register
def release(step: Release, book: Book) -> Answer:
    """open or dispatched -> released."""
    row = find(step, book)
    if isinstance(row, Missing):
        return row
    if row.state == "released":
        return row.answer()
    if row.state not in {"open", "dispatched"} or (step.only_open and row.state == "dispatched"):
        return Closed(row.answer())
    return close(book, row, "released", 0, False, step.at)


@decide.register
def expire(step: Expire, book: Book) -> Answer:
    """open or dispatched -> expired; before its time the hold is left and answered as it stands."""
    row = find(step, book)
    if isinstance(row, Missing):
        return row
    if row.state == "expired":
        return row.answer()
    if row.state not in {"open", "dispatched"}:
        return Closed(row.answer())
    if step.at < row.expires_at:
        return row.answer()
    sent = row.state == "dispatched"
    return close(book, row, "expired", row.amount if sent else 0, sent, step.at)


def close(book: Book, row: HoldRow, state: str, actual: int, estimated: bool, at: datetime) -> HoldState:
    """End a hold: give back what it held, charge what the call cost."""
    account = book.accounts[row.account_id]
    ripen(book, account, at)
    account.held -= row.amount
    assert account.held >= 0, account
    charged = min(actual, account.available)
    row.state, row.actual, row.charged, row.closed_at = state, actual, charged, at
    row.overrun, row.estimated = actual - charged, estimated
    charge(book, account, row, "settle", charged, at)
    if row.overrun:
        overrun(book, account, row, at)
    ripen(book, account, at)
    book.freed.add(account.id)
    return row.answer(account.balance())


def overrun(book: Book, payer: AccountRow, row: HoldRow, at: datetime) -> None:
    """What the payer cannot pay: from the company's pool, and what even that cannot pay from newly issued budget."""
    company = book.accounts.get(f"company:{payer.workspace_id}")
    paid = 0
    if company is not None:
        ripen(book, company, at)
        paid = min(row.overrun, company.available)
        charge(book, company, row, "overrun", paid, at)
        ripen(book, company, at)
    if paid < row.overrun:
        issued = f"issued:{payer.workspace_id}"
        book.record(consumption(payer.workspace_id, issued, row, "issue", row.overrun - paid, at))


def charge(book: Book, account: AccountRow, row: HoldRow, name: str, micros: int, at: datetime) -> None:
    """Take what was consumed from an account; the lots learn of it when they are folded next."""
    if micros == 0:
        return
    assert account.available >= micros, account
    account.posted -= micros
    account.unattributed += micros
    book.record(consumption(account.workspace_id, account.id, row, name, micros, at))


def consumption(workspace_id: str, debit_id: str, row: HoldRow, name: str, micros: int, at: datetime) -> TransferRow:
    """A transfer to the consumed account, named after its hold."""
    return TransferRow(
        workspace_id=workspace_id,
        request_key=f"{name}:{row.key}",
        fingerprint=row.fingerprint,
        kind="consume" if name == "settle" else "overrun",
        amount=micros,
        debit_id=debit_id,
        credit_id=f"consumed:{workspace_id}",
        hold_key=row.key,
        actor_id=None,
        reason=None,
        until_at=None,
        created_at=at,
    )


@decide.register
def transfer(step: Transfer, book: Book) -> Answer:
    """Move what is available. A refusal is not written down: the same key may be tried again."""
    debit, credit = book.accounts.get(step.debit_id), book.accounts.get(step.credit_id)
    if debit is None or credit is None:
        return Missing(step.debit_id if debit is None else step.credit_id)
    known = book.transfers.get(step.key)
    if known is not None and known.fingerprint != fingerprint(step):
        return Conflict(step.key)
    if known is not None:
        return Transferred(step.key, known.amount, debit.balance(), credit.balance(), replayed=True)
    if debit.workspace_id != credit.workspace_id:
        raise ValueError(f"no transfer between two workspaces: {step}")
    if not debit.system:
        fold(book, debit, step.at)
    if not may_give(debit, step):
        return Short(step.key, debit.balance(), step.amount_micros)
    move(book, step, debit, credit)
    return Transferred(step.key, step.amount_micros, debit.balance(), credit.balance())


def may_give(debit: AccountRow, step: Transfer) -> bool:
    """Has an account enough. Budget is issued at will; what was consumed comes back by a correction alone."""
    if debit.system:
        return debit.kind == "issued" or (debit.kind == "consumed" and step.kind == "correct")
    return debit.available >= step.amount_micros


def move(book: Book, step: Transfer, debit: AccountRow, credit: AccountRow) -> None:
    """The rows of a transfer. What moves keeps its expiry, or ends earlier where the step says so."""
    book.record(new_transfer(step, debit.workspace_id))
    until_at = step.until_at or FAR
    parts = [(until_at, step.amount_micros)]
    if not debit.system:
        taken = take(book.lots[debit.id], step.amount_micros, step.lots_of)
        parts = [(min(lot.expires_at, until_at), micros) for lot, micros in taken]
        debit.posted -= step.amount_micros
        ripen(book, debit, step.at)
    if not credit.system:
        fold(book, credit, step.at)
        add(book, credit, step.key, parts, step.at)
        book.freed.add(credit.id)


def new_transfer(step: Transfer, workspace_id: str) -> TransferRow:
    """The row of a transfer that a step asks for."""
    return TransferRow(
        workspace_id=workspace_id,
        request_key=step.key,
        fingerprint=fingerprint(step),
        kind=step.kind,
        amount=step.amount_micros,
        debit_id=step.debit_id,
        credit_id=step.credit_id,
        hold_key=None,
        actor_id=step.actor_id,
        reason=step.reason,
        until_at=step.until_at,
        created_at=step.at,
    )
