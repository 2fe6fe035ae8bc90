"""A second ledger, as simple as can be: everything at once, in memory, nothing put off. What the real one must equal.

Lots are spent and burnt the moment it happens; balances are sums over lots and holds; nothing is folded or cached.
"""

from dataclasses import dataclass, field
from datetime import datetime

from store.ledger.steps import Dispatch, Expire, Hold, Release, Settle, Step, Transfer
from store.tables import FAR
from tests.ledger_help import COMPANY, ISSUED, START

Said = tuple[object, ...]  # an answer in short: what kind, and the figures


@dataclass
class Lot:
    """A credit and what is left of it."""

    expires_at: datetime
    number: int
    key: str
    left: int


@dataclass
class Held:
    """A hold and all that became of it."""

    account: str
    asked: tuple[str, int, int]
    amount: int
    expires_at: datetime
    state: str = "open"
    actual: int = 0
    charged: int = 0
    estimated: bool = False


@dataclass
class Model:
    """All accounts of one workspace. `now` only moves forward."""

    accounts: tuple[str, ...]
    now: datetime = START
    lots: dict[str, list[Lot]] = field(default_factory=dict)
    holds: dict[str, Held] = field(default_factory=dict)
    transfers: dict[str, tuple[object, ...]] = field(default_factory=dict)
    consumed: int = 0
    expired: int = 0
    issued: int = 0
    made: int = 0

    def own(self, account: str) -> list[Lot]:
        """An account's lots, earliest-expiring first, then oldest."""
        return sorted(self.lots.get(account, []), key=lambda lot: (lot.expires_at, lot.number))

    def posted(self, account: str) -> int:
        """What is there."""
        return sum(lot.left for lot in self.lots.get(account, []))

    def held(self, account: str) -> int:
        """What is set aside."""
        live = [hold for hold in self.holds.values() if hold.state in ("open", "dispatched")]
        return sum(hold.amount for hold in live if hold.account == account)

    def free(self, account: str) -> int:
        """What is neither spent nor set aside."""
        return self.posted(account) - self.held(account)

    def figures(self, account: str) -> tuple[int, int]:
        """As the real ledger's Balance has them; system accounts have none."""
        return self.posted(account), self.held(account)

    def burn(self) -> None:
        """Burn what is due, as far as it is free."""
        for account in self.accounts:
            for lot in self.own(account):
                if lot.expires_at <= self.now:
                    part = min(lot.left, self.free(account))
                    lot.left -= part
                    self.expired += part

    def advance(self, now: datetime) -> None:
        """Let time pass."""
        self.now = max(self.now, now)
        self.burn()

    def spend(self, account: str, micros: int) -> list[tuple[datetime, int]]:
        """Take from the earliest-expiring lots: what was taken, by expiry."""
        taken = []
        for lot in self.own(account):
            part = min(lot.left, micros)
            lot.left -= part
            micros -= part
            if part:
                taken.append((lot.expires_at, part))
        assert micros == 0
        return taken

    def step(self, step: Step) -> Said:
        """Take a step, and say what comes of it."""
        self.advance(step.at)
        if isinstance(step, Transfer):
            said = self.transfer(step)
        elif isinstance(step, Hold):
            said = self.hold(step)
        else:
            said = self.close(step)
        self.burn()
        return said

    def hold(self, step: Hold) -> Said:
        """Set aside."""
        asked = (step.account_id, step.least_micros, step.most_micros)
        known = self.holds.get(step.key)
        if known is not None and known.asked != asked:
            return ("conflict",)
        if known is not None:
            return ("short", True) if known.state == "rejected" else self.stands(known, True)
        free = self.free(step.account_id)
        if free >= step.least_micros:
            new = Held(step.account_id, asked, min(free, step.most_micros), step.expires_at)
            self.holds[step.key] = new
            return self.stands(new, False)
        if step.final:
            self.holds[step.key] = Held(step.account_id, asked, step.least_micros, step.expires_at, "rejected")
        return ("short", False)

    def stands(self, hold: Held, replayed: bool) -> Said:
        """A hold in short."""
        return ("hold", hold.state, hold.amount, hold.actual, hold.charged, hold.estimated, replayed)

    def close(self, step: Dispatch | Settle | Release | Expire) -> Said:
        """Whatever happens to a hold after it was made."""
        hold = self.holds.get(step.key)
        if hold is None or hold.state == "rejected":
            return ("missing",)
        if self.is_replay(step, hold):
            return self.stands(hold, True)
        if not self.may(step, hold):
            return ("closed", hold.state)
        if isinstance(step, Dispatch):
            hold.state = "dispatched"
        elif isinstance(step, Settle):
            self.end(hold, "settled", step.actual_micros, step.estimated)
        elif isinstance(step, Release):
            self.end(hold, "released", 0, False)
        else:
            sent = hold.state == "dispatched"
            self.end(hold, "expired", hold.amount if sent else 0, sent)
        return self.stands(hold, False)

    def is_replay(self, step: Step, hold: Held) -> bool:
        """It is so already, or it is too early."""
        match step:
            case Dispatch():
                return hold.state == "dispatched"
            case Settle():
                same = (hold.actual, hold.estimated) == (step.actual_micros, step.estimated)
                return hold.state == "settled" and same
            case Release():
                return hold.state == "released"
            case Expire():
                early = hold.state in ("open", "dispatched") and step.at < hold.expires_at
                return hold.state == "expired" or early
        raise AssertionError(step)

    def may(self, step: Step, hold: Held) -> bool:
        """The hold is in a state that the step starts from."""
        starts = {Dispatch: ("open",), Settle: ("dispatched",)}
        return hold.state in starts.get(type(step), ("open", "dispatched"))

    def end(self, hold: Held, state: str, actual: int, estimated: bool) -> None:
        """Give back, charge, and let the company and the issuer pay the rest."""
        hold.state, hold.actual, hold.estimated = state, actual, estimated
        hold.charged = min(actual, self.free(hold.account))
        self.spend(hold.account, hold.charged)
        rest = actual - hold.charged
        company = min(rest, self.free(COMPANY))
        self.spend(COMPANY, company)
        self.issued += rest - company
        self.consumed += actual

    def transfer(self, step: Transfer) -> Said:
        """Move."""
        asked = (step.kind, step.debit_id, step.credit_id, step.amount_micros, step.until_at)
        if step.key in self.transfers:
            return ("moved", True) if self.transfers[step.key] == asked else ("conflict",)
        until = step.until_at or FAR
        parts = [(until, step.amount_micros)]
        if step.debit_id == ISSUED:
            self.issued += step.amount_micros
        elif self.free(step.debit_id) < step.amount_micros:
            return ("short", False)
        else:
            parts = [(min(expiry, until), part) for expiry, part in self.spend(step.debit_id, step.amount_micros)]
        self.transfers[step.key] = asked
        for expiry in sorted({expiry for expiry, _ in parts}):
            self.made += 1
            left = sum(part for other, part in parts if other == expiry)
            self.lots.setdefault(step.credit_id, []).append(Lot(expiry, self.made, step.key, left))
        return ("moved", False)
