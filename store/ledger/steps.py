"""What can be asked of the ledger, and what it answers. Plain values: no SQL here.

A step is named by its key. The same key with the same arguments gives the first answer again (`replayed`) and changes
nothing; the same key with other arguments is a `Conflict`. An expected "no" is an answer, not an exception.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Executable


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that goes into the same transaction as a step, if the step does its work for the first time.

    `required`: it must change a row, or else the step is undone and Overtaken is raised for it.
    """

    statement: Executable
    values: Mapping[str, Any]
    required: bool = False


class Overtaken(Exception):
    """A required write found no row: what the step was about is in other hands by now. Nothing was done."""


Writes = tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """Set aside between `least_micros` and `most_micros` of an account: as much of it as is available.

    `final`: a refusal is written down under the key, so that a replay is refused as well. Someone who means to try
    again with the same key, because only open holds stand in the way, asks with `final=False` first.
    """

    key: str
    account_id: str
    least_micros: int
    most_micros: int
    at: datetime
    expires_at: datetime
    final: bool = True
    then: Writes = ()


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Note, right before the provider is called, that it will be: from here on an unclosed hold is charged."""

    key: str
    at: datetime
    then: Writes = ()


@dataclass(frozen=True, slots=True)
class Settle:
    """Close a dispatched hold with what the call cost, `actual_micros` >= 0.

    Above the hold the rest is taken from what the payer has available, then from the company's pool as an overrun, and
    what even that cannot pay is issued anew: the provider will bill it, so the books must show it.
    """

    key: str
    actual_micros: int
    at: datetime
    estimated: bool = False
    then: Writes = ()


@dataclass(frozen=True, slots=True)
class Release:
    """Close a hold without charge: the call surely did not reach the model.

    `only_open`: leave a dispatched hold alone (answered by `Closed`); for whoever cannot know that nobody called.
    """

    key: str
    at: datetime
    only_open: bool = False
    then: Writes = ()


@dataclass(frozen=True, slots=True)
class Expire:
    """Close a hold that is past its expiry: an open one without charge, a dispatched one in full, flagged estimated."""

    key: str
    at: datetime
    then: Writes = ()


@dataclass(frozen=True, slots=True)
class Transfer:
    """Move `amount_micros` > 0 from one account's available balance to another account.

    `until_at`: what arrives is burnt then, unless spent (or earlier, where it came from a lot that ends earlier).
    `kind` is one of store.tables.TRANSFER_KINDS. `lots_of`: what is left of what came under this key moves first, then
    what ends first, as without it.
    """

    key: str
    kind: str
    debit_id: str
    credit_id: str
    amount_micros: int
    at: datetime
    actor_id: str | None = None
    reason: str | None = None
    until_at: datetime | None = None
    then: Writes = ()
    lots_of: str | None = None


Step = Hold | Dispatch | Settle | Release | Expire | Transfer


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's figures right after a step."""

    account_id: str
    posted_micros: int
    held_micros: int

    @property
    def available_micros(self) -> int:
        """What can be held or moved now."""
        return self.posted_micros - self.held_micros


@dataclass(frozen=True, slots=True)
class HoldState:
    """A hold as it stands, first answer and replay alike."""

    key: str
    account_id: str
    state: str  # store.tables.HOLD_STATES, never "rejected"
    amount_micros: int
    actual_micros: int | None
    charged_micros: int | None
    overrun_micros: int
    estimated: bool
    replayed: bool = False
    balance: Balance | None = None  # right after; None on a replay


@dataclass(frozen=True, slots=True)
class Transferred:
    """A transfer that stands."""

    key: str
    amount_micros: int
    debit: Balance
    credit: Balance
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Short:
    """Refused: the account has less than it takes. `held` tells whether it would do without its open holds."""

    key: str
    balance: Balance
    needed_micros: int
    replayed: bool = False

    @property
    def held(self) -> bool:
        """Only open holds stand in the way: waiting may help."""
        return self.balance.posted_micros >= self.needed_micros


@dataclass(frozen=True, slots=True)
class Conflict:
    """Refused: the key was used before, with other arguments."""

    key: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Refused: no such hold or account."""

    what: str = field(default="")


@dataclass(frozen=True, slots=True)
class Closed:
    """Refused: the hold was closed otherwise before (or, to settle, never dispatched); `hold` is how it stands."""

    hold: HoldState


Answer = HoldState | Transferred | Short | Conflict | Missing | Closed
