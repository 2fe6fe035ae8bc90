"""Lots in memory: what is spent first, what is burnt, what moves."""

from datetime import datetime

import pytest

from store.ledger.lots import add, fold, merged, next_event, ripen, slices, take
from store.ledger.rows import AccountRow, Book, LotRow
from store.tables import FAR
from tests.ledger_help import at


def lot(order: int, remaining: int, expires_at: datetime = FAR) -> LotRow:
    """A lot with something left."""
    return LotRow(order, "person:T1:U1", f"k{order}", 1000, remaining, expires_at, at(0), remaining)


def book_with(lots: list[LotRow], held: int = 0, unattributed: int = 0) -> tuple[Book, AccountRow]:
    """An account with these lots."""
    posted = sum(one.remaining for one in lots) - unattributed
    account = AccountRow("person:T1:U1", "T1", "person", posted, held, unattributed, next_event(lots))
    return Book(accounts={account.id: account}, lots={account.id: lots}), account


def test_slices_earliest_expiry_first_then_oldest() -> None:
    lots = [lot(1, 10), lot(2, 10, at(9)), lot(3, 10, at(5)), lot(4, 10, at(5))]
    assert [(one.order, part) for one, part in slices(lots, 25)] == [(3, 10), (4, 10), (2, 5)]


def test_slices_of_one_key_first() -> None:
    lots = [lot(1, 10), lot(2, 10, at(9)), lot(3, 10, at(5))]
    assert [(one.order, part) for one, part in slices(lots, 25, "k1")] == [(1, 10), (3, 10), (2, 5)]
    assert [(one.order, part) for one, part in slices(lots, 5, "gone")] == [(3, 5)]


def test_slices_of_nothing() -> None:
    assert slices([lot(1, 10)], 0) == []
    assert slices([], 0) == []


def test_more_than_there_is() -> None:
    with pytest.raises(AssertionError, match="hold less"):
        slices([lot(1, 10)], 11)


def test_take_changes_what_is_left() -> None:
    lots = [lot(1, 10, at(5)), lot(2, 10)]
    take(lots, 12)
    assert [one.remaining for one in lots] == [0, 8]
    assert next_event(lots) == FAR


def test_fold_attributes_before_it_burns() -> None:
    book, account = book_with([lot(1, 100, at(5)), lot(2, 100)], unattributed=30)
    fold(book, account, at(5))
    assert [one.remaining for one in book.lots[account.id]] == [0, 100]
    assert (account.posted, account.unattributed, account.next_event_at) == (100, 0, FAR)
    assert [(row.kind, row.amount, row.credit_id) for row in book.made] == [("expire", 70, "expired:T1")]


def test_fold_leaves_what_is_not_due() -> None:
    book, account = book_with([lot(1, 100, at(5))], unattributed=30)
    fold(book, account, at(4))
    assert (account.posted, account.next_event_at, book.made) == (70, at(5), [])


def test_a_hold_keeps_a_lot_alive() -> None:
    book, account = book_with([lot(1, 100, at(5))], held=60)
    fold(book, account, at(6))
    assert (account.posted, account.next_event_at) == (60, at(5))
    account.held = 0
    ripen(book, account, at(7))
    assert (account.posted, account.next_event_at) == (0, FAR)
    assert [row.amount for row in book.made] == [40, 60]
    assert len({row.request_key for row in book.made}) == 2


def test_burn_keys_are_the_same_each_time() -> None:
    keys = []
    for _ in range(2):
        book, account = book_with([lot(1, 100, at(5))])
        fold(book, account, at(6))
        keys.append(book.made[0].request_key)
    assert keys[0] == keys[1]
    assert keys[0].startswith("expire:")


def test_add_makes_a_lot_for_each_expiry() -> None:
    book, account = book_with([])
    add(book, account, "t1", [(at(9), 5), (FAR, 1), (at(9), 2)], at(0))
    assert [(one.expires_at, one.remaining, one.stored_remaining) for one in book.lots[account.id]] == [
        (at(9), 7, None),
        (FAR, 1, None),
    ]
    assert (account.posted, account.next_event_at) == (8, at(9))


def test_what_arrives_too_late_is_burnt_at_once() -> None:
    book, account = book_with([])
    add(book, account, "t1", [(at(3), 5)], at(3))
    assert account.posted == 0
    assert [row.amount for row in book.made] == [5]


def test_merged() -> None:
    assert merged([(at(1), 1), (at(2), 2), (at(1), 3)]) == {at(1): 4, at(2): 2}
