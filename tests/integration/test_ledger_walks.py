"""The ledger against the simple model: random walks made by Hypothesis and by plain seeds. Each alone misses some."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from store.ledger.steps import Answer, Dispatch, Expire, Hold, HoldState, Release, Settle, Step, Transfer, Transferred
from tests.ledger_driver import Driver, said
from tests.ledger_help import COMPANY, CONSUMED, EXPIRED, ISSUED, START, wallet
from tests.ledger_model import Model

ACCOUNTS = (COMPANY, wallet(0), wallet(1), wallet(2))
Step5 = Dispatch | Settle | Release | Expire


class Twins:
    """The ledger and the model side by side; every answer and every figure is compared."""

    def __init__(self, url: str) -> None:
        self.driver, self.model = Driver(url, ACCOUNTS), Model(ACCOUNTS)

    def take(self, step: Step) -> None:
        """One step on both."""
        expected = self.model.step(step)
        answer = self.driver.take(step)
        assert said(answer) == expected, step
        self.compare_balances(answer)

    def take_all(self, steps: Sequence[Step]) -> None:
        """A batch on the ledger, one after the other on the model."""
        expected = [self.model.step(step) for step in steps]
        assert [said(answer) for answer in self.driver.take_all(steps)] == expected, steps

    def compare_balances(self, answer: Answer) -> None:
        """The balances in an answer are what the model has right after."""
        found = [answer.debit, answer.credit] if isinstance(answer, Transferred) and not answer.replayed else []
        if isinstance(answer, HoldState) and answer.balance is not None:
            found = [answer.balance]
        for one in found:
            if one.account_id != ISSUED:
                assert (one.posted_micros, one.held_micros) == self.model.figures(one.account_id), answer

    def sweep(self, now: datetime) -> None:
        """The clock closes what is past its expiry."""
        self.model.advance(now)
        holds = self.model.holds.items()
        due = {key for key, hold in holds if hold.state in ("open", "dispatched") and hold.expires_at <= now}
        for key in sorted(due):
            self.model.step(Expire(key, now))
        assert {hold.key for hold in self.driver.sweep(now)} == due

    def settle_up(self) -> None:
        """The clock burns what is due; then every figure is equal."""
        self.driver.settle_up(self.model.now)
        assert self.driver.figures() == {name: self.model.figures(name) for name in ACCOUNTS}
        system = {name: self.driver.posted(name) for name in (ISSUED, CONSUMED, EXPIRED)}
        model = {ISSUED: -self.model.issued, CONSUMED: self.model.consumed, EXPIRED: self.model.expired}
        assert system == model
        self.driver.prove()

    def finish(self) -> None:
        """At the end the lots are equal as well."""
        self.settle_up()
        lots = self.driver.lots(self.model.now)
        for name in ACCOUNTS:
            own = [(lot.key, lot.expires_at, lot.left) for lot in self.model.own(name) if lot.left]
            assert lots[name] == sorted(own), name
        self.driver.prove()
        self.driver.close()


def hold_step(key: int, account: str, least: int, more: int, now: datetime, life: int, final: bool) -> Hold:
    """A hold of a few micros."""
    return Hold(f"h{key}", account, least, least + more, now, now + timedelta(seconds=life), final)


def close_step(kind: int, key: int, actual: int, estimated: bool, now: datetime) -> Step5:
    """One of the steps that name a hold."""
    name = f"h{key}"
    steps = (Dispatch(name, now), Settle(name, actual, now, estimated), Release(name, now), Expire(name, now))
    return steps[kind]


def transfer_step(key: int, debit: str, credit: str, micros: int, now: datetime, until: int | None) -> Transfer:
    """A transfer of a few micros."""
    until_at = None if until is None else now + timedelta(seconds=until)
    return Transfer(f"t{key}", "fund" if debit == ISSUED else "move", debit, credit, micros, now, until_at=until_at)


KEYS = st.integers(0, 9)
OWN = st.sampled_from(ACCOUNTS)
MICROS = st.integers(1, 60)


@st.composite
def steps(draw: Any, now: datetime) -> Step:
    """Any step at a time."""
    kind = draw(st.integers(0, 6))
    if kind < 2:
        least, more, life = draw(MICROS), draw(st.integers(0, 40)), draw(st.integers(1, 30))
        return hold_step(draw(KEYS), draw(OWN), least, more, now, life, draw(st.booleans()))
    if kind < 5:
        which = draw(st.sampled_from((0, 0, 1, 1, 2, 3)))
        return close_step(which, draw(KEYS), draw(st.integers(0, 80)), draw(st.booleans()), now)
    credit = draw(OWN)
    debit = draw(st.sampled_from([name for name in (ISSUED, *ACCOUNTS) if name != credit]))
    return transfer_step(
        draw(st.integers(0, 30)), debit, credit, draw(MICROS), now, draw(st.none() | st.integers(0, 40))
    )


class Walk(RuleBasedStateMachine):
    """Steps, batches, replays and the clock, in any order."""

    url = ""

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.twins = Twins(self.url)
        self.past: list[Step] = []
        for number, name in enumerate(ACCOUNTS):
            until = data.draw(st.none() | st.integers(1, 30))
            self.twins.take(transfer_step(100 + number, ISSUED, name, data.draw(MICROS) + 20, START, until))

    @rule(data=st.data(), seconds=st.integers(0, 6))
    def step(self, data: st.DataObject, seconds: int) -> None:
        step = data.draw(steps(self.twins.model.now + timedelta(seconds=seconds)))
        self.past.append(step)
        self.twins.take(step)

    @rule(data=st.data(), seconds=st.integers(0, 6), size=st.integers(2, 6))
    def batch(self, data: st.DataObject, seconds: int, size: int) -> None:
        now = self.twins.model.now + timedelta(seconds=seconds)
        batch = [data.draw(steps(now)) for _ in range(size)]
        self.past += batch
        self.twins.take_all(batch)

    @rule(data=st.data())
    def again(self, data: st.DataObject) -> None:
        if self.past:
            self.twins.take(later(data.draw(st.sampled_from(self.past)), self.twins.model.now))

    @rule(seconds=st.integers(1, 40))
    def clock(self, seconds: int) -> None:
        self.twins.sweep(self.twins.model.now + timedelta(seconds=seconds))

    @rule()
    def settle_up(self) -> None:
        self.twins.settle_up()

    @invariant()
    def adds_up(self) -> None:
        if hasattr(self, "twins"):
            self.twins.driver.prove()

    def teardown(self) -> None:
        if hasattr(self, "twins"):
            self.twins.finish()


def walk_with_hypothesis(url: str, examples: int) -> None:
    """Run the machine on a database."""
    machine = type("WalkHere", (Walk,), {"url": url})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    chosen = settings(max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=checks)
    run_state_machine_as_test(machine, settings=chosen)


def test_hypothesis_on_sqlite(sqlite_url: str) -> None:
    walk_with_hypothesis(sqlite_url, examples=60)


def test_hypothesis_on_postgresql(postgresql_url: str) -> None:
    walk_with_hypothesis(postgresql_url, examples=40)


def later(step: Step, now: datetime) -> Step:
    """The same step asked for again."""
    if isinstance(step, Hold):
        return replace(step, at=now, expires_at=now + (step.expires_at - step.at))
    return replace(step, at=now)


def live_key(dice: random.Random, model: Model) -> int | None:
    """A hold that is not closed, if there is one."""
    live = [int(key[1:]) for key, hold in model.holds.items() if hold.state in ("open", "dispatched")]
    return dice.choice(live) if live else None


def random_step(dice: random.Random, model: Model, now: datetime, age: int) -> Step:
    """Like `steps`, from dice; mostly about holds that live."""
    kind, key = dice.randrange(8), age // 2 + dice.randrange(8)
    if kind < 2:
        least, more = dice.randrange(1, 30), dice.randrange(0, 60)
        account = dice.choice(ACCOUNTS)
        return hold_step(key, account, least, more, now, dice.randrange(5, 60), dice.random() < 0.3)
    if kind < 6:
        alive = live_key(dice, model) if dice.random() < 0.8 else None
        key = key if alive is None else alive
        sent = f"h{key}" in model.holds and model.holds[f"h{key}"].state == "dispatched"
        which = dice.choice((1, 1, 1, 2, 3) if sent else (0, 0, 0, 1, 2, 3))
        return close_step(which, key, dice.randrange(0, 120), dice.random() < 0.1, now)
    credit = dice.choice(ACCOUNTS)
    debit = dice.choice([name for name in (ISSUED, ISSUED, ISSUED, *ACCOUNTS) if name != credit])
    until = dice.choice((None, dice.randrange(0, 100)))
    return transfer_step(dice.randrange(10_000), debit, credit, dice.randrange(1, 80), now, until)


@pytest.mark.parametrize("seed", range(4))
def test_seeded_walks(database_url: str, seed: int) -> None:
    dice, twins = random.Random(seed), Twins(database_url)
    past: list[Step] = []
    for number in range(250):
        now = twins.model.now + timedelta(seconds=dice.choice((0, 0, 0, 1, 1, 3, 12)))
        if dice.random() < 0.15:
            twins.take_all([random_step(dice, twins.model, now, number) for _ in range(dice.randrange(2, 12))])
        elif dice.random() < 0.03:
            twins.sweep(now)
        elif past and dice.random() < 0.15:
            twins.take(later(dice.choice(past[-20:]), now))
        else:
            past.append(random_step(dice, twins.model, now, number))
            twins.take(past[-1])
        if number % 25 == 0:
            twins.settle_up()
    twins.finish()
