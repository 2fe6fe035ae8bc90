"""A payout to 5,000 people, cut short by kill -9 again and again: all are paid once, and the books add up."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, select

from store import allowances, tables
from store.allowances import Allowance
from store.engines import make_engine, parse
from store.verify import lines, verify
from tests.commanding import START
from tests.crowds import WORKSPACE, crowd

PEOPLE, EACH, KILLS = 5_000, 2_000_000, 3

Nursery = subprocess.Popen[str]


@contextmanager
def nursery(url: str, at: datetime) -> Iterator[Nursery]:
    """The process that forks those who pay."""
    command = [sys.executable, "-m", "tests.pay_child", url, at.isoformat()]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()


def say(running: Nursery, line: str) -> str:
    """Write a line; what is answered."""
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(f"{line}\n")
    running.stdin.flush()
    return running.stdout.readline().strip()


def begin(conn: Connection, at: datetime) -> None:
    """Five thousand people, an allowance for all of them, and exactly enough for it."""
    crowd(conn, PEOPLE, at, PEOPLE * EACH)
    one = Allowance(
        id="a", workspace_id=WORKSPACE, scope="everyone", scope_id=WORKSPACE, amount_micros=EACH, period="month",
        rollover_micros=EACH // 2, rollover_periods=1, payer_id=f"company:{WORKSPACE}", from_on="2026-11-01",
        next_on="2026-11-01", until_on=None, created_by=None, created_at=at,
    )  # fmt: skip
    assert allowances.put(conn, one)


def paid(engine: Engine) -> int:
    """How many lines say that they are paid."""
    query = select(func.count()).where(tables.payout_line.c.state == "paid")
    with engine.connect() as conn:
        return conn.execute(query).scalar_one()


def kill_after(running: Nursery, engine: Engine, more: int, wait_s: float) -> bool:
    """Let a child pay some more, and kill it; whether that was before it had paid all."""
    before, child = paid(engine), int(say(running, "pay"))
    deadline = time.monotonic() + 20
    while paid(engine) < min(before + more, PEOPLE) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(wait_s)
    os.kill(child, signal.SIGKILL)
    return say(running, "wait") == str(int(signal.SIGKILL)) and paid(engine) < PEOPLE


@pytest.mark.slow
def test_all_are_paid_once_whoever_is_killed_in_the_middle(database_url: str) -> None:
    writing = make_engine(parse(database_url))
    with writing.begin() as conn:
        begin(conn, START)
    writing.dispose()
    dice, engine, cut_short = random.Random(4), make_engine(parse(database_url), reading=True), 0
    with nursery(database_url, START) as running:
        for _ in range(KILLS):
            cut_short += kill_after(running, engine, dice.randrange(1, 200), dice.random() * 0.01)
            check(engine)
        assert cut_short >= 2, "hardly anybody was killed in the middle"
        say(running, "pay"), say(running, "pay")
        assert say(running, "wait") == "0 0", "two replicas at once bring it to its end"
    assert check(engine) == {"done"}
    assert paid(engine) == PEOPLE
    engine.dispose()


def check(engine: Engine) -> set[str]:
    """What lines say is what the books say: each paid person has both parts, each once; nobody else has any.

    The states of the payouts.
    """
    row, line = tables.transfer.c, tables.payout_line.c
    sums = select(row.credit_account_id, func.count(), func.sum(row.amount_micros)).where(row.kind == "allowance")
    with engine.connect() as conn:
        got = {
            wallet: (count, int(micros)) for wallet, count, micros in conn.execute(sums.group_by(row.credit_account_id))
        }
        told = {f"person:{each}" for each in conn.scalars(select(line.person_id).where(line.state == "paid"))}
        report, states = verify(conn), set(conn.scalars(select(tables.payout.c.state)))
    assert report.sound, lines(report)
    assert got == dict.fromkeys(told, (2, EACH))
    assert states <= ({"paying", "done"} if len(told) == PEOPLE else {"paying"})
    return states
