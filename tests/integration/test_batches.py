"""What waits at the same moment is written in one transaction: steps with notes, and new rows, on both engines."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import IntegrityError

from store import asks, people
from store.asks import NewAsk
from store.database import Database
from store.ledger.apply import apply
from store.ledger.steps import Dispatch, Hold, HoldState, Overtaken, Release, Settle, Short, Step
from store.rows import NewRow
from store.tables import ask, transfer
from tests.ledger_help import at, fund, set_up, wallet

COUNT = 20


def begin(conn: Connection) -> None:
    """A wallet for each person."""
    set_up(conn, COUNT)
    for number in range(COUNT):
        people.ensure_person(
            conn,
            workspace_id="T1",
            slack_id=f"U{number}",
            name="N",
            email=None,
            timezone=None,
            is_admin=False,
            at=at(0),
        )
    apply(conn, [fund(f"f{number}", wallet(number), 1_000) for number in range(COUNT)])


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with funded wallets."""
    opened = await Database.open(database_url)
    await opened.write(begin)
    yield opened
    await opened.close()


@contextmanager
def commits(database: Database) -> Iterator[list[str]]:
    """How often the database commits what it writes."""
    found: list[str] = []

    def note(conn: object) -> None:
        found.append("commit")

    event.listen(database._writing, "commit", note)
    yield found
    event.remove(database._writing, "commit", note)


def question(number: int, ask_id: str | None = None) -> NewRow:
    """A question to be written down."""
    new = NewAsk(
        ask_id or f"a{number}", "T1", f"e{number}", "C1", f"{number}.0", "1.0", None, "channel", f"U{number}", "why?"
    )
    return asks.new_row(new, at=at(1), lease_owner="w", lease_until_at=at(60))


def held(number: int, attempt: int = 0) -> Hold:
    """A hold with its note."""
    note = asks.mark_held(
        f"a{number}", attempt, person_id=f"T1:U{number}", account_id=wallet(number), hold_key=f"h{number}", model="m",
        price="{}", price_book="own", bound_micros=10,
    )  # fmt: skip
    return Hold(f"h{number}", wallet(number), 10, 10, at(1), at(60), final=False, then=(note,))


def dispatched(number: int) -> Dispatch:
    """A dispatch with its note."""
    return Dispatch(f"h{number}", at(2), then=(asks.mark_streaming(f"a{number}", 0, bound_micros=10, cap_tokens=5),))


def settled(number: int) -> Settle:
    """A settlement with its note."""
    note = asks.mark_ended(f"a{number}", state="settled", outcome="answered", cost_micros=4, estimated=False, at=at(3))
    return Settle(f"h{number}", 4, at(3), then=(note,))


async def states(database: Database) -> set[str]:
    """Of all asks."""
    return set(await database.read(lambda conn: conn.scalars(select(ask.c.state)).all()))


async def test_asks_at_once_share_their_commits(database: Database) -> None:
    with commits(database) as found:
        await asyncio.gather(*(database.insert(question(number)) for number in range(COUNT)))
        assert len(found) <= 2
        for kind, state in ((held, "held"), (dispatched, "streaming"), (settled, "settled")):
            found.clear()
            answers = await asyncio.gather(*(database.post(kind(number)) for number in range(COUNT)))
            assert all(isinstance(answer, HoldState) and not answer.replayed for answer in answers)
            assert await states(database) == {state}
            assert len(found) <= 2, "one for the first, one for the others that came meanwhile"


async def test_one_after_the_other(database: Database) -> None:
    for number in range(2):
        assert await database.insert(question(number))
        steps: list[Step] = [held(number), dispatched(number), settled(number)]
        for step in steps:
            answer = await database.post(step)
            assert isinstance(answer, HoldState)
            assert answer.balance is not None
            replay = await database.post(step)
            assert isinstance(replay, HoldState)
            assert replay == replace(answer, replayed=True, balance=None)
            left = answer.balance.posted_micros
        assert left == 996
    assert await states(database) == {"settled"}
    paid = select(transfer.c.amount_micros).where(transfer.c.kind == "consume")
    assert await database.read(lambda conn: conn.scalars(paid).all()) == [4, 4]


async def test_a_question_is_written_down_once(database: Database) -> None:
    rows = [question(1, f"x{number}") for number in range(8)] + [question(2)] * 3
    written = await asyncio.gather(*(database.insert(row) for row in rows))
    assert sum(written[:8]) == 1
    assert sum(written[8:]) == 1
    assert await asyncio.gather(*(database.insert(row) for row in rows)) == [False] * 11


async def test_a_row_that_cannot_be_fails_alone(database: Database) -> None:
    stranger = NewRow(ask, dict(question(1).values) | {"workspace_id": "T9"})
    jobs = [
        database.insert(question(0)),
        database.insert(stranger),
        database.insert(question(2)),
        database.post(held(5)),
    ]
    written = await asyncio.gather(*jobs, return_exceptions=True)
    assert written[0] is True
    assert written[2] is True
    assert isinstance(written[1], IntegrityError)
    assert "why?" not in str(written[1]), "a question is not for the log"
    assert isinstance(written[3], Overtaken)


async def test_an_ask_in_other_hands_holds_nothing(database: Database) -> None:
    await database.insert(question(1))
    for together in (1, 3):
        steps = [database.post(held(number, attempt=7)) for number in range(1, 1 + together)]
        assert all(isinstance(found, Overtaken) for found in await asyncio.gather(*steps, return_exceptions=True))
    assert isinstance(await database.post(held(1)), HoldState)


async def test_a_step_alone_that_takes_more(database: Database) -> None:
    await database.insert(question(1))
    assert isinstance(await database.post(replace(held(1), least_micros=2_000, most_micros=2_000)), Short)
    assert isinstance(await database.post(held(1)), HoldState)
    freed = asyncio.ensure_future(database.freed(wallet(1), 5))
    await asyncio.sleep(0.1)
    assert isinstance(await database.post(Release("h1", at(2))), HoldState)
    await asyncio.wait_for(freed, 1)
    assert await states(database) == {"held"}
