"""Random lives of requests in a random organisation: every one ends once, and what was granted is what arrived."""

import itertools
import random
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from budget.balance import known
from budget.outcome import No
from budget.requests.deciding import Approve, Decided, Lend, Refuse, Verdict
from budget.requests.lapsing import remind_and_lapse
from budget.requests.making import Made
from budget.requests.seen import mine, waiting_for
from budget.requests.withdrawing import withdraw
from store import tables
from store.database import Database
from store.people import Person
from tests.commanding import Office
from tests.offices import wallet
from tests.requesting import USD, Asking

TEAMS = ("red", "green", "blue")
STEPS = 100


@dataclass
class Life:
    """What a much simpler book-keeper knows: what came to whom, and which requests are open."""

    asking: Asking
    dice: random.Random
    people: list[Person]
    came: dict[str, int] = field(default_factory=dict)
    open: dict[str, Made] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)

    async def step(self) -> None:
        """Something happens."""
        act = self.dice.choice([self.ask, self.ask, self.decide, self.decide, self.decide, self.withdraw, self.wait])
        await act(self.dice.choice(self.people))

    async def ask(self, who: Person) -> None:
        until = self.dice.choice([None, None, (self.asking.office.at + timedelta(days=3)).date()])
        made = await self.asking.ask(who, self.dice.randrange(1, 6) * USD // 2, until=until)
        if isinstance(made, No):
            return
        if made.request.is_waiting:
            self.open[made.request.id] = made
        else:
            self.end(made.request.id, "approved", who.id, made.request.amount_micros)

    async def decide(self, who: Person) -> None:
        if not self.open:
            return
        made = self.dice.choice(list(self.open.values()))
        amount = self.dice.choice([None, USD // 4, 3 * USD])
        due = self.asking.office.at.date() + timedelta(days=self.dice.randrange(-1, 400))
        verdicts: list[Verdict] = [Approve(amount), Lend(due, amount), Refuse("no")]
        done = await self.asking.decide(who, made, self.dice.choice(verdicts))
        if isinstance(done, Decided):
            assert who.id != made.request.person_id
            self.end(made.request.id, done.request.state, made.request.person_id, done.request.granted_micros or 0)

    async def withdraw(self, who: Person) -> None:
        done = await withdraw(self.asking.office.house, who.id, None, origin="test")
        if not isinstance(done, No):
            self.end(done.id, "withdrawn", who.id, 0)

    async def wait(self, _: Person) -> None:
        self.asking.office.pass_time(days=self.dice.choice([0.2, 1, 3]))
        await remind_and_lapse(self.asking.office.house)
        for made in list(self.open.values()):
            if made.request.lapse_at <= self.asking.office.at:
                self.end(made.request.id, "lapsed", made.request.person_id, 0)

    def end(self, request_id: str, state: str, who: str, micros: int) -> None:
        assert request_id not in self.ended, "decided twice"
        self.open.pop(request_id, None)
        self.ended[request_id] = state
        self.came[who] = self.came.get(who, 0) + micros

    async def check(self) -> None:
        """What the books say is what the book-keeper knows."""
        for who in self.people:
            await self.check_person(who)
        letters = await self.asking.letters()
        states = self.ended | dict.fromkeys(self.open, "waiting")
        assert {told["request"]: told["state"] for _, kind, told in letters if kind == "request_card"}.items() <= (
            states.items()
        )
        told = [told["request"] for _, kind, told in letters if kind == "request_outcome"]
        assert len(told) == len(set(told)), "told twice"
        await self.asking.office.verified()

    async def check_person(self, who: Person) -> None:
        """What came to somebody, what they see of their own and of others' requests."""
        read, table = self.asking.office.database.read, tables.transfer
        by_request = table.c.request_key.startswith("request:") & (table.c.credit_account_id == wallet(who))
        came = select(func.coalesce(func.sum(table.c.amount_micros), 0)).where(by_request)
        assert await read(lambda conn: conn.execute(came).scalar_one()) == self.came.get(who.id, 0)
        own = {each.id for each in await read(lambda conn: mine(conn, who.id))}
        assert own == {key for key, made in self.open.items() if made.request.person_id == who.id}
        others = await read(lambda conn: waiting_for(conn, known(conn, who.id), limit=99))
        assert {each.id for each in others} <= set(self.open) - own


@pytest.mark.parametrize("seed", range(2))
async def test_a_random_life(sqlite_database: Database, seed: int) -> None:
    dice = random.Random(seed)
    office = Office(sqlite_database)
    ada = await office.meet("UADA", "Ada")
    people = [ada, *[await office.meet(f"UP{number}") for number in range(6)]]
    await office.done(ada, "fund $60")
    for name in TEAMS:
        await office.done(ada, f"team create {name}", f"grant {name} ${dice.randrange(1, 12)}")
        for who in dice.sample(people[1:], 3):
            verb = dice.choice(["manager {} <@{}>", "add {} <@{}>", "add {} <@{}>"])
            await office.done(ada, "team " + verb.format(name, who.slack_id))
    asking = Asking(office)
    for lower, upper in itertools.pairwise(TEAMS):
        if dice.random() < 0.6:
            await asking.nest(lower, upper)
    if dice.random() < 0.5:
        await asking.policy('[requests]\nsmall = "$1"\nsmall_a_month = "$3"')
    life = Life(asking, dice, people)
    for number in range(STEPS):
        await life.step()
        if number % 20 == 19:
            await life.check()
    assert set(life.ended.values()) >= {"approved", "refused", "lapsed"}
