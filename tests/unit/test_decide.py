"""Steps decided in memory: every state a hold can be in, and every step it can meet there."""

from dataclasses import replace
from datetime import datetime

import pytest

from store.ledger.checks import check, fingerprint
from store.ledger.decide import decide
from store.ledger.rows import AccountRow, Book
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
from tests.ledger_help import COMPANY, CONSUMED, ISSUED, at, wallet

A, B = wallet(1), wallet(2)
HOLD = Hold("h", A, 50, 80, at(0), at(60))
MOVE = Transfer("t", "move", A, B, 30, at(0))


def book_with(posted: int = 100, held: int = 0, company: int = 0) -> Book:
    """Two wallets, the company's pool, the system accounts."""
    figures = {A: (posted, held), B: (0, 0), COMPANY: (company, 0), ISSUED: (0, 0), CONSUMED: (0, 0)}
    book = Book()
    for name, (there, aside) in figures.items():
        book.accounts[name] = AccountRow(name, "T1", name.split(":")[0], there, aside, 0, FAR)
    return book


def after(*steps: Step, posted: int = 100, company: int = 0) -> tuple[Book, list[Answer]]:
    """The book and the answers after steps."""
    book = book_with(posted, company=company)
    return book, [decide(step, book) for step in steps]


def figures(book: Book, name: str = A) -> tuple[int, int]:
    """Posted and held."""
    return book.accounts[name].posted, book.accounts[name].held


@pytest.mark.parametrize(("posted", "granted"), [(100, 80), (80, 80), (79, 79), (50, 50)])
def test_hold_takes_what_there_is_up_to_most(posted: int, granted: int) -> None:
    book, (answer,) = after(HOLD, posted=posted)
    assert isinstance(answer, HoldState)
    assert (answer.amount_micros, figures(book)) == (granted, (posted, granted))


def test_short_and_final_is_written_down() -> None:
    book, answers = after(HOLD, HOLD, posted=49)
    assert [isinstance(one, Short) and one.replayed for one in answers] == [False, True]
    row = book.holds["h"]
    assert (row.state, row.amount, row.rejection, figures(book)) == ("rejected", 50, "spent", (49, 0))


def test_short_and_not_final_may_try_again() -> None:
    book, (held, short) = after(replace(HOLD, key="first"), replace(HOLD, final=False))
    assert isinstance(held, HoldState)
    assert isinstance(short, Short)
    assert short.held
    assert "h" not in book.holds
    decide(Release("first", at(1)), book)
    assert isinstance(decide(HOLD, book), HoldState)


def test_same_key_other_arguments() -> None:
    _, answers = after(HOLD, replace(HOLD, most_micros=81), replace(HOLD, at=at(5), expires_at=at(70), final=False))
    assert isinstance(answers[1], Conflict)
    assert isinstance(answers[2], HoldState)
    assert answers[2].replayed


STATES: dict[str, tuple[Step, ...]] = {
    "none": (),
    "rejected": (replace(HOLD, least_micros=1000, most_micros=1000),),
    "open": (HOLD,),
    "dispatched": (HOLD, Dispatch("h", at(1))),
    "settled": (HOLD, Dispatch("h", at(1)), Settle("h", 20, at(2))),
    "released": (HOLD, Release("h", at(2))),
    "expired": (HOLD, Dispatch("h", at(1)), Expire("h", at(60))),
}
STEPS: dict[str, Step] = {
    "dispatch": Dispatch("h", at(61)),
    "settle": Settle("h", 20, at(61)),
    "settle more": Settle("h", 21, at(61)),
    "settle estimated": Settle("h", 20, at(61), estimated=True),
    "release": Release("h", at(61)),
    "early": Expire("h", at(59)),
    "expire": Expire("h", at(61)),
}
M, C, R = "missing", "closed", "replayed"
TABLE = {
    "dispatch": (M, M, "dispatched", R, C, C, C),
    "settle": (M, M, C, "settled", R, C, C),
    "settle more": (M, M, C, "settled", C, C, C),
    "settle estimated": (M, M, C, "settled", C, C, C),
    "release": (M, M, "released", "released", C, R, C),
    "early": (M, M, R, R, C, C, R),
    "expire": (M, M, "expired", "expired", C, C, R),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_in_every_state(state: str, step: str) -> None:
    book, _ = after(*STATES[state])
    before = figures(book)
    answer = decide(STEPS[step], book)
    expected = TABLE[step][list(STATES).index(state)]
    said = {Missing: M, Closed: C}.get(type(answer))
    if isinstance(answer, HoldState):
        said = R if answer.replayed else answer.state
    assert said == expected
    if said in {M, C, R}:
        assert figures(book) == before


@pytest.mark.parametrize(
    ("actual", "company", "charged", "from_company", "issued"),
    [
        (0, 0, 0, 0, 0),
        (20, 0, 20, 0, 0),
        (80, 0, 80, 0, 0),
        (100, 0, 100, 0, 0),
        (130, 50, 100, 30, 0),
        (130, 10, 100, 10, 20),
    ],
)
def test_who_pays(actual: int, company: int, charged: int, from_company: int, issued: int) -> None:
    book, answers = after(HOLD, Dispatch("h", at(1)), Settle("h", actual, at(2)), company=company)
    settled = answers[2]
    assert isinstance(settled, HoldState)
    assert (settled.charged_micros, settled.overrun_micros) == (charged, actual - charged)
    assert figures(book) == (100 - charged, 0)
    assert figures(book, COMPANY) == (company - from_company, 0)
    paid = {(row.debit_id, row.kind): row.amount for row in book.made}
    expected = {(A, "consume"): charged, (COMPANY, "overrun"): from_company, (ISSUED, "overrun"): issued}
    assert paid == {name: micros for name, micros in expected.items() if micros}


def test_an_overrun_never_touches_other_holds() -> None:
    other = Hold("other", A, 20, 20, at(0), at(60))
    book, answers = after(HOLD, other, Dispatch("h", at(1)), Settle("h", 500, at(2)))
    assert isinstance(answers[3], HoldState)
    assert (answers[3].charged_micros, figures(book)) == (80, (20, 20))


@pytest.mark.parametrize(("dispatched", "charged"), [(False, 0), (True, 80)])
def test_expiry_charges_what_was_dispatched(dispatched: bool, charged: int) -> None:
    steps: list[Step] = [HOLD, *([Dispatch("h", at(1))] if dispatched else []), Expire("h", at(60))]
    book, answers = after(*steps)
    last = answers[-1]
    assert isinstance(last, HoldState)
    assert (last.charged_micros, last.estimated, figures(book)) == (charged, dispatched, (100 - charged, 0))


def test_fingerprints_leave_out_when() -> None:
    assert fingerprint(HOLD) == fingerprint(replace(HOLD, at=at(9), expires_at=at(99), final=False))
    assert fingerprint(MOVE) == fingerprint(replace(MOVE, at=at(9)))
    others = [replace(MOVE, amount_micros=31), replace(MOVE, reason="x"), replace(MOVE, until_at=at(5))]
    assert len({fingerprint(step) for step in [MOVE, *others]}) == 4


def test_only_issued_may_be_negative() -> None:
    book = book_with()
    book.lots = {A: [], B: [], COMPANY: []}
    fund = Transfer("f", "fund", ISSUED, B, 10**12, at(0))
    back = Transfer("c", "return", CONSUMED, B, 1, at(0))
    correction = Transfer("d", "correct", CONSUMED, B, 1, at(0))
    assert isinstance(decide(fund, book), Transferred)
    assert isinstance(decide(back, book), Short)
    assert isinstance(decide(correction, book), Transferred)  # what was consumed comes back by a correction alone
    assert figures(book, ISSUED) == (0, 0)


NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001  # what is to be refused


@pytest.mark.parametrize(
    "step",
    [
        replace(HOLD, least_micros=0),
        replace(HOLD, most_micros=49),
        replace(HOLD, expires_at=at(0)),
        replace(HOLD, account_id=ISSUED),
        replace(HOLD, key=""),
        replace(HOLD, key="k" * 181),
        replace(HOLD, at=NAIVE),
        Settle("h", -1, at(0)),
        replace(MOVE, amount_micros=0),
        replace(MOVE, amount_micros=-5),
        replace(MOVE, kind="gift"),
        replace(MOVE, credit_id=A),
        replace(MOVE, key="settle:h"),
    ],
)
def test_steps_that_nobody_should_make(step: Step) -> None:
    with pytest.raises(ValueError, match=r"^(a|keys|nothing) "):
        check(step)
