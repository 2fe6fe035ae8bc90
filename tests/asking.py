"""What tests of asks share: a house with one person, a scripted model at easy prices, and a question."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from budget.ask import Answer, Question, ask
from budget.asking.recovery import record
from budget.house import House, Rules
from budget.llm import Llm
from budget.money import Face
from budget.offer.model import Model, Models, Timeouts
from budget.offer.pricing import Price, own_price
from sandbox.model.standin import ModelStandin
from store import asks, people, verify
from store.accounts import balance
from store.asks import Ask, NewAsk
from store.database import Connection, Database
from store.ledger.apply import apply
from store.ledger.steps import Balance, Transfer

WORKSPACE, PERSON, WALLET, POOL = "T1", "T1:U1", "person:T1:U1", "company:T1"
QUICK = Timeouts(connect_s=5, first_token_s=1.5, between_tokens_s=1.0, total_s=8)  # a loaded machine is no fault


def price(input_usd: str = "1", output_usd: str = "2") -> Price:
    """At the defaults: one micro-dollar per input token, two per output token."""
    made = own_price("test", input_usd=Decimal(input_usd), output_usd=Decimal(output_usd))
    assert isinstance(made, Price)
    return made


def model(standin: ModelStandin, **more: object) -> Model:
    """The stand-in as a model on offer."""
    plain = Model(
        name="standin", api_name="standin", provider=None, base_url=standin.base_url, secret=standin.key,
        price=price(), context_tokens=20_000, max_output_tokens=1_000, timeouts=QUICK,
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_s(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Bench:
    """A house, its model and its clock, with one person whose wallet holds what a test gives it."""

    house: House
    standin: ModelStandin
    clock: Clock
    llm: Llm

    async def give(self, micros: int, account_id: str = WALLET) -> None:
        """Newly issued budget for an account."""
        step = Transfer(self.house.new_id(), "fund", "issued:T1", account_id, micros, self.clock())
        await self.house.database.write(lambda conn: apply(conn, [step]))

    async def balance(self, account_id: str = WALLET) -> Balance:
        """An account as it stands."""
        found = await self.house.database.read(lambda conn: balance(conn, account_id))
        assert found is not None
        return found

    async def record(self, text: str = "hello", *, worker: str = "w1") -> Question:
        """A question, written down."""
        ask_id = self.house.new_id()
        new = NewAsk(ask_id, WORKSPACE, f"Ev{ask_id}", "C1", ask_id, ask_id, None, "channel", "U1", text)
        assert await record(self.house, new, worker)
        return Question(ask_id, 0, WORKSPACE, PERSON, "C1", text)

    async def ask(self, question: Question) -> tuple[str, Answer]:
        """The whole answer to a recorded question."""
        pieces = []
        async with ask(self.house, question) as answer:
            async for piece in answer.pieces():
                pieces.append(piece)  # noqa: PERF401  # kept as far as it came when the stream fails
        return "".join(pieces), answer

    async def noted(self, question: Question) -> Ask:
        """The ask as it was written down."""
        found = await self.house.database.read(lambda conn: asks.get(conn, question.ask_id))
        assert found is not None
        return found

    async def verified(self) -> None:
        """The books add up, and nothing is held."""
        report = await self.house.database.read(verify.verify)
        assert report.sound, report
        assert (await self.balance()).held_micros == 0


@asynccontextmanager
async def bench(
    database: Database, *, rules: Rules | None = None, models: Callable[[ModelStandin], tuple[Model, ...]] | None = None
) -> AsyncIterator[Bench]:
    """A bench on an open, upgraded database."""
    counter, clock = itertools.count(1), Clock()

    def set_up(conn: Connection) -> None:
        people.ensure_workspace(conn, WORKSPACE, "Test", clock())
        people.ensure_person(
            conn, workspace_id=WORKSPACE, slack_id="U1", name="Ada", email=None, timezone=None, is_admin=False,
            at=clock(),
        )  # fmt: skip

    async with ModelStandin() as standin:
        await database.write(set_up)
        llm = Llm(random=lambda: 0.5, retries=1, longest_pause_s=0.05)
        offered = models(standin) if models else (model(standin),)
        house = House(
            database, Models(offered[0].name, offered), llm, clock, lambda: f"id{next(counter):08d}", Face(),
            rules or Rules(ZoneInfo("UTC"), wait_for_holds_s=0.3, lease_s=60, default_output_tokens=1_000),
        )  # fmt: skip
        try:
            yield Bench(house, standin, clock, llm)
        finally:
            await llm.close()
