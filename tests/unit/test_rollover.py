"""Two lots paid at once are what rolling over is, without anything to be computed when a period ends.

The model knows no lots: it has one figure for what is left of the amount of this period, cut down to the cap when the
period ends. The ledger's own decisions are taken in memory.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from budget.allowances.payout import transfers
from budget.allowances.periods import BY_NAME, Period, of_day
from store.allowances import Allowance
from store.ledger.decide import decide
from store.ledger.lots import ripen
from store.ledger.rows import AccountRow, Book
from store.ledger.steps import Dispatch, Hold, Settle, Transfer, Transferred
from store.payouts import Line, Payout
from store.tables import FAR

BERLIN = ZoneInfo("Europe/Berlin")
POOL, WALLET, OTHER = "company:T1", "person:T1:U1", "person:T1:U2"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Model:
    """`left` of this period's amount; `rolled`: what is left of earlier ones, by when it ends."""

    cap: int
    periods: int | None
    left: int = 0
    rolled: dict[datetime, int] = field(default_factory=dict)

    def begin(self, amount: int, period: Period) -> None:
        """A period begins, so the one before has ended: its left is cut down to the cap, and the new amount comes."""
        begins_at = period.begins_at(BERLIN)
        kept = period.shift(-1)
        until_at = FAR if self.periods is None else kept.shift(self.periods).ends_at(BERLIN)
        self.rolled[until_at] = self.rolled.get(until_at, 0) + min(self.left, self.cap)
        self.rolled = {end: micros for end, micros in self.rolled.items() if end > begins_at}
        self.left = amount

    def spend(self, micros: int, period: Period) -> None:
        """What ends first goes first; of this period's amount what is above the cap ends with the period."""
        perishable = max(0, self.left - self.cap)
        for until_at in sorted(self.rolled):
            if until_at > period.ends_at(BERLIN):
                break
            micros -= self.take(until_at, micros)
        part = min(perishable, micros)
        self.left, micros = self.left - part, micros - part
        for until_at in sorted(self.rolled):
            micros -= self.take(until_at, micros)
        self.left -= micros
        assert self.left >= 0

    def take(self, until_at: datetime, micros: int) -> int:
        part = min(self.rolled[until_at], micros)
        self.rolled[until_at] -= part
        return part

    @property
    def total(self) -> int:
        return self.left + sum(self.rolled.values())


class Ledger:
    """A wallet and a pool, in memory."""

    def __init__(self) -> None:
        rows = [(POOL, "company"), (WALLET, "person"), (OTHER, "person"), ("issued:T1", "issued")]
        self.book = Book({name: AccountRow(name, "T1", kind, 0, 0, 0, FAR) for name, kind in rows})
        self.book.lots = {POOL: [], WALLET: [], OTHER: []}
        decide(Transfer("stock", "fund", "issued:T1", POOL, 10**12, LONG_AGO), self.book)

    def pay(self, one: Allowance, payout: Payout, at: datetime) -> None:
        for step in transfers(one, payout, Line("T1:U1", 0, one.amount_micros), at):
            assert isinstance(decide(step, self.book), Transferred)

    def spend(self, key: str, micros: int, at: datetime, *, asks: bool) -> None:
        """By a question, whose cost the lots learn of later; or by sending it on."""
        if not asks:
            assert isinstance(decide(Transfer(key, "send", WALLET, OTHER, micros, at), self.book), Transferred)
            return
        decide(Hold(key, WALLET, micros, micros, at, FAR), self.book)
        decide(Dispatch(key, at), self.book)
        decide(Settle(key, micros, at), self.book)

    def balance(self, at: datetime) -> int:
        account = self.book.accounts[WALLET]
        ripen(self.book, account, at)
        return account.posted


def paid(one: Allowance, period: Period) -> Payout:
    later = None if one.rollover_periods is None else period.shift(one.rollover_periods).ends_at(BERLIN)
    return Payout(one.id, period.first.isoformat(), "T1", "paying", period.ends_at(BERLIN), later, False, 0, LONG_AGO)


@given(
    st.sampled_from(["week", "month", "quarter"]),
    st.integers(1, 100).flatmap(lambda amount: st.tuples(st.just(amount), st.integers(0, amount))),
    st.one_of(st.none(), st.integers(1, 4)),
    st.lists(st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=3), min_size=2, max_size=9),
)
def test_exactly_what_may_roll_over_outlives_a_period(
    kind: str, amounts: tuple[int, int], periods: int | None, spending: list[list[tuple[int, bool]]]
) -> None:
    amount, cap = amounts
    one = Allowance("a", "T1", "person", "T1:U1", amount, kind, cap, periods, POOL, "", "", None, None, LONG_AGO)
    model, ledger, period = Model(cap, periods), Ledger(), of_day(BY_NAME[kind], date(2026, 9, 15))
    for turn, wishes in enumerate(spending):
        at = period.begins_at(BERLIN)  # the very moment at which the one before ends
        model.begin(amount, period)
        ledger.pay(one, paid(one, period), at)
        assert ledger.balance(at) == model.total
        for number, (percent, asks) in enumerate(wishes):
            micros = model.total * percent // 100
            if micros:
                model.spend(micros, period)
                ledger.spend(f"{turn}/{number}", micros, at, asks=asks)
        assert ledger.balance(at) == model.total
        period = period.shift(1)
    assert ledger.balance(period.begins_at(BERLIN)) == total_at_end(model, period)


def total_at_end(model: Model, period: Period) -> int:
    """What is left when nothing more comes."""
    model.begin(0, period)
    return model.total
