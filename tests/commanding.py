"""What tests of commands share: a house without a model's wire, a clock, people, and commands as typed."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from budget import typed
from budget.house import House, Rules
from budget.llm import Llm
from budget.money import Face
from budget.offer.model import Model, Models
from budget.offer.pricing import Price, own_price
from budget.org import people, teams
from budget.org.people import Profile
from budget.org.teams import Changed
from budget.outcome import No
from budget.transfers import changing
from budget.transfers.grants import Moved
from handlers.commands.grammar import parse
from handlers.slack.wire.markup import read
from store import audit, verify
from store import teams as team_store
from store.accounts import balance
from store.audit import Entry
from store.database import Database
from store.ledger.apply import apply
from store.ledger.steps import Balance, Transfer
from store.people import Person

WORKSPACE = "T1"
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def model(name: str, usd: str = "1") -> Model:
    """A model that nobody calls here."""
    made = own_price("test", input_usd=Decimal(usd), output_usd=Decimal(usd))
    assert isinstance(made, Price)
    return Model(name, name, None, "http://127.0.0.1:9/v1", "none", made, 32_000, 4_000)


@dataclass
class Office:
    """A house and its clock. Ada is an admin, by her e-mail."""

    database: Database
    rules: Rules = field(
        default_factory=lambda: Rules(ZoneInfo("Europe/Berlin"), admins=frozenset({"ada@example.com", "UROOT"}))
    )
    at: datetime = START
    counter: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        models, llm = Models("mini", (model("mini"), model("big", "10"))), Llm(random=lambda: 0.5)
        self.house = House(self.database, models, llm, lambda: self.at, self.new_id, Face(), self.rules)

    def new_id(self) -> str:
        """Ids in order."""
        return f"id{next(self.counter):06d}"

    def pass_time(self, **how_long: float) -> None:
        """Let time pass."""
        self.at += timedelta(**how_long)

    async def meet(self, slack_id: str, name: str = "", *, comes: bool = True, email: str | None = None) -> Person:
        """Someone is there, or is only mentioned."""
        mail = email or f"{slack_id.removeprefix('U').lower()}@example.com"
        profile = Profile(slack_id, name or slack_id.title(), mail, "Europe/London")
        return await people.arrive(self.house, WORKSPACE, profile, comes=comes)

    async def run(self, person: Person, text: str, key: str | None = None) -> Moved | Changed | No:
        """A command about money or teams, as Slack would send it; everyone mentioned is met first."""
        command = parse(read(text), Face())
        for ref in typed.people_in(command):  # type: ignore[arg-type]  # a Misread fails below
            await self.meet(ref.id, comes=False)
        used = key or self.new_id()
        match command:
            case typed.Grant() | typed.Move() | typed.Fund():
                done = await changing.change(self.house, person.id, command, key=used, origin="test")
                assert isinstance(done, Moved | No), done
                return done
            case typed.CreateTeam() | typed.AddMembers() | typed.RemoveMembers() | typed.SetManager():
                return await teams.change_team(self.house, person.id, command, key=used, origin="test")
            case typed.BindChannel() | typed.SetPool() | typed.NestTeam() | typed.SetTeamCost():
                return await teams.change_team(self.house, person.id, command, key=used, origin="test")
            case _:
                raise AssertionError(f"no such command here: {command}")

    async def done(self, person: Person, *texts: str) -> None:
        """Commands that must work."""
        for text in texts:
            answer = await self.run(person, text)
            assert not isinstance(answer, No), (text, answer)

    async def refused(self, person: Person, text: str) -> str:
        """A command that must be refused and change nothing; the sentence."""
        before = (await self.verified(), await self.audit())
        answer = await self.run(person, text)
        assert isinstance(answer, No), (text, answer)
        assert (await self.verified(), await self.audit()) == before
        return answer.sentence

    async def post(self, kind: str, debit: str, credit: str, micros: int) -> None:
        """A transfer behind everybody's back, such as spending."""
        step = Transfer(self.new_id(), kind, debit, credit, micros, self.at)
        await self.database.write(lambda conn: apply(conn, [step]))

    async def on(self, account_id: str) -> int:
        """What is available on an account."""
        found = await self.balance(account_id)
        return found.available_micros

    async def balance(self, account_id: str) -> Balance:
        """An account as it stands."""
        found = await self.database.read(lambda conn: balance(conn, account_id))
        assert found is not None, account_id
        return found

    async def team_pool(self, name: str) -> str:
        """The account of a team's pool."""
        found = await self.database.read(lambda conn: team_store.by_name(conn, WORKSPACE, name))
        assert found is not None, name
        return team_store.pool_id(found.id)

    async def audit(self) -> list[Entry]:
        """What was written down, newest first."""
        return await self.database.read(lambda conn: audit.recent(conn, WORKSPACE, 1_000))

    async def verified(self) -> str:
        """The books add up; a summary of them."""
        report = await self.database.read(verify.verify)
        assert not report.differences, report
        return repr(report)
