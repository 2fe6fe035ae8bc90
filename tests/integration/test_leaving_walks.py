"""Random lives: granted, lent, asked, let go, back again, in any order; no tokens appear, vanish, or stay behind."""

import random

import pytest

from budget.outcome import No
from store.database import Database
from store.ledger.steps import Dispatch, Hold, HoldState, Settle
from store.people import Person
from tests import departing as out
from tests.commanding import Office
from tests.offices import wallet

USD = 1_000_000


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One engine: the races are elsewhere."""
    return sqlite_database


class Life:
    """Bob's and Eve's, as chance has it."""

    def __init__(self, office: Office, chance: random.Random, admin: Person, people: list[Person]) -> None:
        self.office, self.chance, self.admin, self.people = office, chance, admin, people
        self.open: list[str] = []

    async def step(self) -> None:
        """Something happens to somebody."""
        who, other = self.chance.sample(self.people, 2)
        act = self.chance.choice(
            [self.grant, self.grant, self.ask, self.answer, self.lend, self.leave, self.plan, self.back, self.wait]
        )
        await act(who, other)

    async def grant(self, who: Person, other: Person) -> None:  # one shape for all
        answer = await self.office.run(self.admin, f"grant <@{who.slack_id}> ${self.chance.randint(1, 5)}")
        gone = (await out.now(who, self.office)).left_at is not None
        assert isinstance(answer, No) == gone, answer

    async def ask(self, who: Person, other: Person) -> None:  # one shape for all
        key, at = self.office.new_id(), self.office.at
        held = await self.office.database.post(Hold(key, wallet(who), 1, USD, at, at.replace(year=2030)))
        if isinstance(held, HoldState):
            await self.office.database.post(Dispatch(key, at))
            self.open.append(key)

    async def answer(self, who: Person, other: Person) -> None:  # one shape for all
        if self.open:
            key = self.open.pop(self.chance.randrange(len(self.open)))
            await self.office.database.post(Settle(key, self.chance.randint(0, 2 * USD), self.office.at))

    async def lend(self, who: Person, other: Person) -> None:
        await out.lent(self.office, wallet(who), other, USD, key=self.office.new_id())

    async def leave(self, who: Person, other: Person) -> None:  # one shape for all
        await out.offboard(self.office, self.admin, who)

    async def plan(self, who: Person, other: Person) -> None:  # one shape for all
        day = self.office.at.date().isoformat()
        await out.end_on(self.office, self.admin, who, day)

    async def back(self, who: Person, other: Person) -> None:  # one shape for all
        await out.keep(self.office, self.admin, who)

    async def wait(self, who: Person, other: Person) -> None:  # one shape for all
        self.office.pass_time(hours=self.chance.choice([1, 30, 24 * 20]))


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_appears_vanishes_or_stays_behind(
    office: Office, ada: Person, bob: Person, eve: Person, seed: int
) -> None:
    chance = random.Random(seed)
    if seed % 2:
        await out.policy(office, out.KEEP)
    life = Life(office, chance, ada, [bob, eve])
    for _ in range(30):
        await life.step()
        await out.tick(office)
        for person in (bob, eve):
            now, there = await out.now(person, office), await office.balance(wallet(person))
            due = now.closes_at is not None and now.closes_at <= office.at
            assert not due or there.available_micros == 0
            assert not due or (now.closed_at is None) == (there.held_micros > 0)
