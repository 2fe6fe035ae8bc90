"""Packages in any order of events: what was paid is what had vested, to the micro-dollar, and the books add up."""

import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from budget.outcome import No
from budget.packages import parting, setting
from budget.packages.paying import today
from budget.packages.terms import Terms
from budget.packages.typed import EndPackage, SetPackage
from budget.packages.vesting import vest_due
from budget.typed import PersonRef
from store import statements
from store.people import Person
from tests.commanding import Office
from tests.offices import COMPANY, known, wallet
from tests.packaging import of

STEPS = 45


@dataclass
class Promise:
    """What the test remembers of a package, told apart from what the books do."""

    owner: Person
    agreed: Terms
    last_on: date | None = None

    def vested(self, day: date) -> int:
        """Counting month after month on a calendar."""
        agreed, months = self.agreed, 0
        until = day if self.last_on is None else min(day, self.last_on + timedelta(days=1))
        year, month = agreed.starts_on.year, agreed.starts_on.month
        while agreed.months is None or months < agreed.months:
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
            if date(year, month, min(agreed.starts_on.day, monthrange(year, month)[1])) > until:
                break
            months += 1
        return 0 if months < agreed.cliff_months else agreed.annual_micros * months // 12


class Walk:
    """Random events, and what should come of them."""

    def __init__(self, office: Office, admin: Person, people: list[Person], seed: int) -> None:
        self.office, self.admin, self.people, self.dice = office, admin, people, random.Random(seed)
        self.promises: dict[str, Promise] = {}

    @property
    def day(self) -> date:
        return today(self.office.house, self.office.at)

    async def step(self) -> None:
        self.office.at += timedelta(hours=self.dice.randrange(1, 24 * 45))
        await self.dice.choice([self.set, self.set, self.end, self.fund, self.vest, self.vest])()

    async def set(self) -> None:
        dice, owner = self.dice, self.dice.choice(self.people)
        months = dice.choice([None, dice.randrange(1, 30)])
        command = SetPackage(
            PersonRef(owner.slack_id), dice.randrange(1_000_000, 90_000_000),
            self.day + timedelta(days=dice.randrange(-200, 100)), dice.randrange(0, (months or 12) + 1), months,
        )  # fmt: skip
        shown = await setting.show(self.office.house, self.admin.id, command)
        assert isinstance(shown, setting.Shown), shown
        done = await setting.confirm(self.office.house, self.admin.id, shown.draft, origin="test")
        assert isinstance(done, setting.Done), done
        self.promises[shown.draft.id] = Promise(owner, shown.draft.agreed)

    async def end(self) -> None:
        owner = self.dice.choice(self.people)
        last_on = self.dice.choice([None, self.day + timedelta(days=self.dice.randrange(0, 90))])
        command = EndPackage(PersonRef(owner.slack_id), last_on)
        shown = await parting.show(self.office.house, self.admin.id, command)
        if isinstance(shown, No):
            return
        name = self.dice.choice(list(shown.choices)).seen.package.id
        done = await parting.confirm(
            self.office.house, self.admin.id, owner.slack_id, name, last_on, origin="test"
        )  # fmt: skip
        promise, last = self.promises[name], last_on or self.day - timedelta(days=1)
        if isinstance(done, parting.Done):
            promise.last_on = last if promise.last_on is None else min(promise.last_on, last)
            assert done.ended.vested_micros == promise.vested(date(2099, 1, 1))

    async def fund(self) -> None:
        await self.office.done(self.admin, f"fund {self.dice.randrange(1, 60_000_000)}")

    async def vest(self) -> None:
        await vest_due(self.office.house)

    async def paid(self, person: Person) -> int:
        now = await self.office.database.read(lambda conn: statements.balance_now(conn, wallet(person)))
        assert now == (await self.office.balance(wallet(person))).posted_micros
        return now

    async def check(self, *, all_paid: bool) -> None:
        for person in self.people:
            due = sum(each.vested(self.day) for each in self.promises.values() if each.owner.id == person.id)
            paid = await self.paid(person)
            assert paid == due if all_paid else paid <= due, (person.name, paid, due)


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_order_of_events(office: Office, ada: Person, seed: int) -> None:
    people = [await known(office, slack_id) for slack_id in ("UGRACE", "UBOB", "UEVE")]
    office.at = datetime(2026, 1, 1, 3, tzinfo=UTC)
    walk = Walk(office, ada, people, seed)
    for _ in range(STEPS):
        await walk.step()
        await walk.check(all_paid=False)
    assert await office.on(COMPANY) < 1_000_000_000
    await office.done(ada, "fund $9000")
    office.pass_time(minutes=6)
    await vest_due(office.house)
    await walk.check(all_paid=True)
    assert await vest_due(office.house) == 0
    for person in people:
        over = [each for each in await of(office, person) if each.ended_at]
        assert all(each.next_on is None and each.retry_at is None for each in over)
