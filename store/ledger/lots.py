"""Lots: which part of a balance ends when.

Spending does not touch lots: it adds to the account's `unattributed`. Folding makes up for that, earliest-expiring lot
first, and burns what is due. Everything unattributed was spent before the next event, because every step at or after
`next_event_at` folds first; so the order "attribute, then burn" is the order in which it happened.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from store.ledger.rows import NEW, AccountRow, Book, LotRow, TransferRow
from store.tables import FAR

Slice = tuple[LotRow, int]


def in_order(lots: Iterable[LotRow]) -> list[LotRow]:
    """Earliest-expiring first, then oldest."""
    return sorted((lot for lot in lots if lot.remaining), key=lambda lot: (lot.expires_at, lot.order))


def slices(lots: Iterable[LotRow], micros: int, lots_of: str | None = None) -> list[Slice]:
    """What to take from which lot to get `micros`, those of one key first; the lots must hold that much."""
    taken: list[Slice] = []
    ordered = in_order(lots)
    if lots_of is not None:
        ordered.sort(key=lambda lot: lot.request_key != lots_of)
    for lot in ordered:
        if not micros:
            break
        part = min(lot.remaining, micros)
        taken.append((lot, part))
        micros -= part
    assert micros == 0, "an account's lots hold less than its balance"
    return taken


def take(lots: Iterable[LotRow], micros: int, lots_of: str | None = None) -> list[Slice]:
    """Take `micros` out of the lots, those of one key first, then earliest-expiring first; the slices taken."""
    taken = slices(lots, micros, lots_of)
    for lot, part in taken:
        lot.remaining -= part
    return taken


def next_event(lots: Iterable[LotRow]) -> datetime:
    """When the next lot expires; FAR when none does."""
    return min((lot.expires_at for lot in lots if lot.remaining), default=FAR)


def fold(book: Book, account: AccountRow, at: datetime) -> None:
    """Attribute what was spent, then burn what is due by `at` as far as it is available.

    What holds keep from being available stays until they close: then it is burnt, or was spent.
    """
    lots = book.lots[account.id]
    take(lots, account.unattributed)
    account.unattributed = 0
    for lot in in_order(lots):
        if lot.expires_at <= at:
            burn(book, account, lot, min(lot.remaining, account.available), at)
    account.next_event_at = next_event(lots)


def burn(book: Book, account: AccountRow, lot: LotRow, micros: int, at: datetime) -> None:
    """Move so much of a lot to the expired account; nothing when it is zero."""
    if micros == 0:
        return
    book.record(burn_transfer(account, lot, micros, at))
    lot.remaining -= micros
    account.posted -= micros


def burn_transfer(account: AccountRow, lot: LotRow, micros: int, at: datetime) -> TransferRow:
    """The transfer of a burn. Its key is made from what it does: a lot's remainder falls with each burn."""
    named = f"{lot.account_id}|{lot.request_key}|{lot.expires_at.isoformat()}|{lot.remaining}"
    digest = blake2b(named.encode(), digest_size=16).hexdigest()
    return TransferRow(
        workspace_id=account.workspace_id,
        request_key=f"expire:{digest}",
        fingerprint=digest,
        kind="expire",
        amount=micros,
        debit_id=account.id,
        credit_id=f"expired:{account.workspace_id}",
        hold_key=None,
        actor_id=None,
        reason=None,
        until_at=None,
        created_at=at,
    )


def ripen(book: Book, account: AccountRow, at: datetime) -> None:
    """Fold if something is due."""
    if account.next_event_at <= at and not account.system:
        fold(book, account, at)


def add(book: Book, account: AccountRow, request_key: str, parts: Iterable[tuple[datetime, int]], at: datetime) -> None:
    """Credit parts (expiry, micros) as new lots, one for each expiry, and burn what is due at once.

    The account was folded before: what was spent earlier must not be attributed to a lot that came later.
    """
    assert account.unattributed == 0, account
    lots = book.lots[account.id]
    for expires_at, micros in merged(parts).items():
        order = NEW + len(lots)
        lots.append(LotRow(order, account.id, request_key, micros, micros, expires_at, at))
        account.posted += micros
        account.next_event_at = min(account.next_event_at, expires_at)
    ripen(book, account, at)


def merged(parts: Iterable[tuple[datetime, int]]) -> dict[datetime, int]:
    """The sum of the parts of each expiry."""
    sums: dict[datetime, int] = {}
    for expires_at, micros in parts:
        sums[expires_at] = sums.get(expires_at, 0) + micros
    return sums
