"""kill -9 at any instant: what was answered is there, nothing is counted twice, nothing stays held for ever."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from store import tables
from store.engines import make_engine, parse
from store.ledger.apply import apply
from store.sweep import sweep
from store.verify import lines, verify
from tests.kill_child import WALLETS, Told
from tests.ledger_help import COMPANY, at, fund, set_up, wallet

KILLS = 110  # on each engine

LATER = {
    "open": {"open", "dispatched", "settled", "released", "expired"},
    "dispatched": {"dispatched", "settled", "released", "expired"},
    "settled": {"settled"},
    "released": {"released"},
}


Nursery = subprocess.Popen[str]


@contextmanager
def nursery(url: str) -> Iterator[Nursery]:
    """The process that forks the children."""
    command = [sys.executable, "-m", "tests.kill_child", url]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()


def lines_until(running: Nursery, last: str) -> list[Told]:
    """What is told, up to the line that begins with `last`."""
    heard: list[Told] = []
    assert running.stdout is not None
    for line in running.stdout:
        heard.append(json.loads(line))
        if heard[-1][0] == last:
            return heard
    raise AssertionError("the children's parent is gone")


def one_life(running: Nursery, life: int, dice: random.Random) -> list[Told]:
    """Let a child work for a moment, kill it: what it told."""
    assert running.stdin is not None
    running.stdin.write(f"{life}\n")
    running.stdin.flush()
    heard = lines_until(running, "child")
    child = int(heard.pop()[1])
    heard += lines_until(running, "hold")  # it has begun
    time.sleep(dice.random() * 0.03)
    os.kill(child, signal.SIGKILL)
    return heard + lines_until(running, "end")[:-1]


def begin(conn: Connection) -> None:
    """Wallets with something in them; the company has little, so that overruns are issued as well."""
    set_up(conn, WALLETS)
    apply(conn, [fund(f"f{number}", wallet(number), 20_000) for number in range(WALLETS)])
    apply(conn, [fund("fc", COMPANY, 500)])


def check_told(conn: Connection, heard: list[Told]) -> None:
    """Everything that was answered is there."""
    hold, transfer = tables.hold.c, tables.transfer.c
    columns = (hold.state, hold.amount_micros, hold.charged_micros, hold.overrun_micros)
    for kind, key, *said in heard:
        if kind == "transfer":
            amount = conn.scalar(select(transfer.amount_micros).where(transfer.request_key == key))
            assert [amount] == said, key
            continue
        state, *figures = conn.execute(select(*columns).where(hold.key == key)).one()
        assert state in LATER.get(str(said[0]), {said[0]}), (key, said, state)
        if said[0] not in {"open", "dispatched"}:
            assert figures == said[1:], key


@pytest.mark.slow
def test_killed_at_any_instant(database_url: str) -> None:
    dice, engine, told = random.Random(7), make_engine(parse(database_url)), 0
    cut_short: set[str] = set()
    with engine.begin() as conn:
        begin(conn)
    with nursery(database_url) as running:
        for life in range(1, KILLS + 1):
            heard = one_life(running, life, dice)
            told += len(heard)
            with engine.begin() as conn:
                cut_short |= states_left(conn)  # before the clock comes by, in whichever life it was
                check_life(conn, life, heard)
            engine.dispose()  # the next child finds the file as the killed one left it
    assert told > KILLS * 5, "the children hardly worked"
    assert cut_short == {"open", "dispatched"}, "nobody was killed at an interesting moment"
    with engine.begin() as conn:
        check_end(conn)
    engine.dispose()


def check_life(conn: Connection, life: int, heard: list[Told]) -> None:
    """After a kill the ledger adds up and nothing that was answered is missing; now and then the clock comes by."""
    if life % 10 == 0:
        sweep(conn, at(life))
    report = verify(conn)
    assert report.sound, (life, lines(report))
    check_told(conn, heard)


def states_left(conn: Connection) -> set[str]:
    """The states of the holds that a killed child left behind."""
    state = tables.hold.c.state
    return set(conn.scalars(select(state).where(state.in_(("open", "dispatched")))))


def check_end(conn: Connection) -> None:
    """Past every expiry: what was never dispatched is free, what was is charged in full, and nothing is held."""
    hold = tables.hold.c
    live = select(hold.key, hold.state, hold.amount_micros).where(hold.state.in_(("open", "dispatched")))
    left = {key: (state, amount) for key, state, amount in conn.execute(live)}
    while sweep(conn, at(10_000)):
        pass
    for key, (state, amount) in left.items():
        row = conn.execute(select(hold.state, hold.charged_micros, hold.estimated).where(hold.key == key)).one()
        assert tuple(row) == ("expired", amount if state == "dispatched" else 0, state == "dispatched")
    assert conn.execute(select(tables.account.c.id).where(tables.account.c.held_micros != 0)).all() == []
    report = verify(conn)
    assert report.sound, lines(report)
