"""Random lives of tokens: granted, moved, sent, lent, given back, taken back, spent, ended; none is lost or made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Connection, func, select

from budget.house import House, Rules
from budget.money import Face
from budget.outcome import No
from budget.transfers import lending, undoing
from budget.transfers.changing import Done, acting, perform
from budget.transfers.grants import Moved
from budget.transfers.lending import Lent
from budget.transfers.returning import Returned
from budget.transfers.typed import Change, Lend, Return, Send
from budget.transfers.undoing import Undone
from budget.typed import Company, Fund, Grant, Move, Party, PersonRef, TeamRef
from store import loans, moving, people, policies, tables, teams
from store.accounts import balance
from store.engines import make_engine, parse
from store.ledger.apply import apply
from store.ledger.steps import Dispatch, Hold, HoldState, Settle
from store.sweep import expire_due
from store.verify import lines, verify

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NAMES = ("ADMIN", "MANAGER", "MEMBER", "OTHER")
OWN = ("company:T1", "team:team1", *(f"person:T1:U{name}" for name in NAMES))
POLICY = '[send]\nmost_a_month = "$1000"\n[moves]\nundo_hours = 100'
WHO = st.sampled_from(NAMES)
GIVERS = st.sampled_from(NAMES[:2])
MICROS = st.integers(1, 40)
LENDERS = st.sampled_from([None, None, TeamRef("platform")])
PLACES = st.sampled_from([Company(), TeamRef("platform"), *(PersonRef(f"U{name}") for name in NAMES)])
DAYS = st.integers(0, 3)


@dataclass
class World:
    """A workspace in an emptied database; figures are as the ledger has them after each deed."""

    url: str
    at: datetime = START
    made: int = 0
    deeds: list[tuple[str, str]] = field(default_factory=list)  # who, and the transfer's key

    def __post_init__(self) -> None:
        self.engine = make_engine(parse(self.url))
        rules = Rules(ZoneInfo("Europe/Berlin"))
        self.house = House(
            cast("Any", None), cast("Any", None), cast("Any", None), lambda: self.at, lambda: "id", Face(), rules
        )
        with self.engine.begin() as conn:
            for table in reversed(tables.metadata.sorted_tables):
                conn.execute(table.delete())
            self.settle_in(conn)

    def settle_in(self, conn: Connection) -> None:
        """An admin, a manager with a member in a team, and somebody else."""
        people.ensure_workspace(conn, "T1", "Test", START)
        policies.add(conn, "T1", POLICY, actor_id=None, origin="test", at=START)
        teams.create(conn, team_id="team1", workspace_id="T1", name="platform", at=START)
        for name in NAMES:
            people.ensure_person(
                conn, workspace_id="T1", slack_id=f"U{name}", name=name, email=None, timezone=None,
                is_admin=name == "ADMIN", at=START,
            )  # fmt: skip
        teams.join(conn, "team1", "T1:UMANAGER", "manager", START)
        teams.join(conn, "team1", "T1:UMEMBER", "member", START)

    @contextmanager
    def deed(self) -> Iterator[Connection]:
        """One transaction, at a moment of its own."""
        self.at += timedelta(seconds=1)
        with self.engine.begin() as conn:
            yield conn

    def key(self) -> str:
        self.made += 1
        return f"k{self.made}"

    def figures(self, conn: Connection) -> dict[str, int]:
        """What is available everywhere."""
        found = {name: balance(conn, name) for name in OWN}
        return {name: one.available_micros for name, one in found.items() if one is not None}

    def change(self, who: str, command: Change) -> tuple[Done | No, dict[str, int], dict[str, int]]:
        """A change of money, and every balance before (with what ended meanwhile gone) and after."""
        with self.deed() as conn:
            moving.locked(conn, OWN, self.at)
            before = self.figures(conn)
            key = self.key()
            done = perform(conn, self.house, acting(conn, f"T1:U{who}"), command, key=key, origin="test", at=self.at)
            if isinstance(done, Moved | Lent):
                self.deeds.append((who, key))
            return done, before, self.figures(conn)


class Walk(RuleBasedStateMachine):
    """Everything that can happen to tokens by hand."""

    world: World
    url = ""

    @initialize(micros=st.integers(20, 60), days=DAYS)
    def begin(self, micros: int, days: int) -> None:
        """Everybody has something, and the half of it ends."""
        self.world = World(self.url)
        self.do("ADMIN", Fund(1_000))
        for name in NAMES:
            self.do("ADMIN", Grant(PersonRef(f"U{name}"), micros))
            self.do("ADMIN", Grant(PersonRef(f"U{name}"), micros, None, self.day(days)))
        self.do("ADMIN", Grant(TeamRef("platform"), micros))

    def do(self, who: str, command: Change) -> Done | No:
        """A change moves what it says and nothing else; a refusal moves nothing."""
        done, before, after = self.world.change(who, command)
        new = command.amount_micros if isinstance(command, Fund) and not isinstance(done, No) else 0
        assert sum(after.values()) == sum(before.values()) + new
        if isinstance(done, No):
            assert after == before
        elif isinstance(done, Returned):
            own = f"person:T1:U{who}"
            assert before[own] - after[own] == command.amount_micros == sum(part.amount_micros for part in done.parts)
        return done

    @rule(who=GIVERS, to=PLACES, micros=MICROS, days=st.one_of(st.none(), DAYS))
    def grant(self, who: str, to: Party, micros: int, days: int | None) -> None:
        if not isinstance(to, Company):
            self.do(who, Grant(to, micros, None, None if days is None else self.day(days)))

    @rule(who=GIVERS, source=PLACES, to=PLACES, micros=MICROS)
    def move(self, who: str, source: Party, to: Party, micros: int) -> None:
        self.do(who, Move(micros, source, to))

    @rule(who=WHO, to=WHO, micros=MICROS)
    def send(self, who: str, to: str, micros: int) -> None:
        self.do(who, Send(PersonRef(f"U{to}"), micros))

    @rule(who=WHO, to=WHO, micros=MICROS, days=DAYS, source=LENDERS)
    def lend(self, who: str, to: str, micros: int, days: int, source: TeamRef | None) -> None:
        self.do(who, Lend(PersonRef(f"U{to}"), micros, self.day(days), None, source))

    @rule(who=WHO, to=st.sampled_from([None, None, Company(), PersonRef("UOTHER")]), micros=MICROS)
    def give_back(self, who: str, to: Party | None, micros: int) -> None:
        self.do(who, Return(micros, to))

    @rule(which=st.integers(0, 50), times=st.integers(1, 2))
    def undo(self, which: int, times: int) -> None:
        """Never more than was moved or than is there; again, the same."""
        if not self.world.deeds:
            return
        who, key = self.world.deeds[which % len(self.world.deeds)]
        for _ in range(times):
            with self.world.deed() as conn:
                moving.locked(conn, OWN, self.world.at)
                (made,), before = moving.by_keys(conn, [key]), self.world.figures(conn)
                had = people.has_transfer(conn, moving.UNDO + key)
                actor = acting(conn, f"T1:U{who}")
                refused = undoing.refusal(conn, actor, made, self.world.at - timedelta(hours=100), 100)
                if refused:
                    return
                done, there = undoing.take_back(conn, actor, made, "test", self.world.at), before[made.credit_id]
                after = self.world.figures(conn)
            if isinstance(done, Undone) and not had:
                assert 0 < done.amount_micros <= min(made.amount_micros, there)
                assert after[made.credit_id] == there - done.amount_micros
            else:
                assert after == before

    @rule(who=WHO, micros=MICROS)
    def spend(self, who: str, micros: int) -> None:
        with self.world.deed() as conn:
            key, at = self.world.key(), self.world.at
            (held,) = apply(conn, [Hold(key, f"person:T1:U{who}", 1, micros, at, at + timedelta(hours=1))])
            if isinstance(held, HoldState):
                apply(conn, [Dispatch(key, at), Settle(key, held.amount_micros, at)])

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        """Time passes; what is due is burnt and collected."""
        self.world.at += timedelta(hours=hours)
        with self.world.deed() as conn:
            expire_due(conn, self.world.at)
        with self.world.deed() as conn:
            for loan_id in loans.due(conn, self.world.at, 100):
                lending.collect(conn, self.world.house, loan_id, self.world.at)
        self.adds_up()

    def day(self, days: int) -> date:
        return self.world.at.astimezone(self.world.house.rules.timezone).date() + timedelta(days=days)

    def adds_up(self) -> None:
        """The books are proven: every token that was issued is somewhere."""
        with self.world.engine.begin() as conn:
            report = verify(conn)
            assert report.sound, lines(report)
            table = tables.loan.c
            out = conn.execute(select(func.count()).where((table.closed_at.is_(None)) & (
                table.returned_micros == table.amount_micros
            ))).scalar_one()  # fmt: skip
            assert out == 0, "a loan that is back is closed"

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.adds_up()
            self.world.engine.dispose()


@pytest.mark.parametrize(("engine", "examples"), [("sqlite", 15), ("postgresql", 4)])
def test_no_token_appears_or_vanishes(request: pytest.FixtureRequest, engine: str, examples: int) -> None:
    Walk.url = request.getfixturevalue(f"{engine}_url")
    calm = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    chosen = settings(max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=calm)
    run_state_machine_as_test(Walk, settings=chosen)
