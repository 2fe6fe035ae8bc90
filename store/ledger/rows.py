"""What a batch of steps works on: the rows it read, and what it made of them.

Rows are changed in memory by `decide`, then written by `flush`. Each remembers what was stored, so that only changes
are written, and only over exactly what was read.
"""

from dataclasses import dataclass, field
from datetime import datetime

from store.ledger.steps import Balance, HoldState
from store.tables import SYSTEM_KINDS

NEW = 1 << 62  # new lots sort after stored ones, whose ids are far below


@dataclass(slots=True)
class AccountRow:
    """An account. System accounts are never changed: their balance is the sum of their transfers."""

    id: str
    workspace_id: str
    kind: str
    posted: int
    held: int
    unattributed: int
    next_event_at: datetime
    stored: tuple[int, int, int, datetime] = field(init=False)

    def __post_init__(self) -> None:
        self.stored = self.figures

    @property
    def figures(self) -> tuple[int, int, int, datetime]:
        """What may change."""
        return self.posted, self.held, self.unattributed, self.next_event_at

    @property
    def available(self) -> int:
        """What can be held or moved."""
        return self.posted - self.held

    @property
    def system(self) -> bool:
        """One of issued, consumed, expired."""
        return self.kind in SYSTEM_KINDS

    def balance(self) -> Balance:
        """The figures as an answer."""
        return Balance(self.id, self.posted, self.held)


@dataclass(slots=True)
class HoldRow:
    """A hold; `stored_state` is None when it is new."""

    key: str
    account_id: str
    amount: int
    state: str
    actual: int | None
    charged: int | None
    overrun: int
    estimated: bool
    fingerprint: str
    rejection: str | None
    created_at: datetime
    expires_at: datetime
    dispatched_at: datetime | None
    closed_at: datetime | None
    stored_state: str | None = None

    def answer(self, balance: Balance | None = None) -> HoldState:
        """The hold as it stands; without a balance it is a replay."""
        return HoldState(
            self.key,
            self.account_id,
            self.state,
            self.amount,
            self.actual,
            self.charged,
            self.overrun,
            self.estimated,
            replayed=balance is None,
            balance=balance,
        )


@dataclass(slots=True)
class LotRow:
    """What a credit brought and what is left of it; `order` breaks ties between equal expiries (older first)."""

    order: int
    account_id: str
    request_key: str
    granted: int
    remaining: int
    expires_at: datetime
    created_at: datetime
    stored_remaining: int | None = None


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer, found or new."""

    workspace_id: str
    request_key: str
    fingerprint: str
    kind: str
    amount: int
    debit_id: str
    credit_id: str
    hold_key: str | None
    actor_id: str | None
    reason: str | None
    until_at: datetime | None
    created_at: datetime


@dataclass(slots=True)
class Book:
    """The rows a batch may touch. `lots` has an entry for each account whose lots were read, even if it has none."""

    accounts: dict[str, AccountRow] = field(default_factory=dict)
    holds: dict[str, HoldRow] = field(default_factory=dict)
    transfers: dict[str, TransferRow] = field(default_factory=dict)
    lots: dict[str, list[LotRow]] = field(default_factory=dict)
    made: list[TransferRow] = field(default_factory=list)
    freed: set[str] = field(default_factory=set)  # accounts that have more available than before

    def record(self, row: TransferRow) -> None:
        """Note a new transfer."""
        assert row.amount > 0, row
        assert row.debit_id != row.credit_id, row
        self.transfers[row.request_key] = row
        self.made.append(row)
