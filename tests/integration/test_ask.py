"""One ask on real databases, against a model on the wire: what is charged and noted, however the call ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest

from budget.asking.context import TOKENS_PER_MESSAGE, TOKENS_PER_REQUEST, Said
from budget.house import Rules
from budget.llm import Llm
from budget.offer.model import Model
from sandbox.model.standin import ModelStandin, Script, error, refuses, says, usage
from store.database import Database
from tests.asking import POOL, Bench, bench, model, price


@pytest.fixture
async def at_bench(database: Database) -> AsyncIterator[Bench]:
    async with bench(database) as made:
        yield made


async def input_bound(made: Bench) -> int:
    """The bound that the last request was held for: bytes and overhead of what was sent."""
    messages = made.standin.requests[-1].body["messages"]
    return TOKENS_PER_REQUEST + sum(len(m["content"].encode()) + TOKENS_PER_MESSAGE for m in messages)


async def test_an_answer_is_charged_at_what_the_provider_counted(at_bench: Bench) -> None:
    await at_bench.give(1_000_000)
    at_bench.standin.script(says("Use git reset.", usage=usage(300, 20)))
    question = await at_bench.record("how do I undo a commit?")
    text, answer = await at_bench.ask(question)
    assert text == "Use git reset."
    assert answer.result is not None
    assert (answer.result.state, answer.result.cost_micros, answer.result.estimated) == ("settled", 340, False)
    assert (await at_bench.balance()).available_micros == 1_000_000 - 340
    noted = await at_bench.noted(question)
    assert (noted.state, noted.cost_micros, noted.input_tokens, noted.output_tokens) == ("settled", 340, 300, 20)
    assert noted.question is None
    assert noted.price is not None
    await at_bench.verified()


async def test_the_cap_that_is_sent_is_the_one_that_was_held_for(at_bench: Bench) -> None:
    await at_bench.give(1_000_000)
    await at_bench.ask(await at_bench.record())
    assert at_bench.standin.requests[-1].cap_tokens == 1_000


async def test_the_cap_shrinks_to_what_the_balance_buys(at_bench: Bench) -> None:
    await at_bench.give(2_000)
    _, answer = await at_bench.ask(await at_bench.record())
    bound = await input_bound(at_bench)
    cap = at_bench.standin.requests[-1].cap_tokens
    assert cap == (2_000 - bound) // 2
    assert 256 <= cap < 1_000
    assert answer.result is not None
    assert (answer.result.shrunk, answer.result.cap_tokens) == (True, cap)


async def test_below_the_smallest_answer_it_is_refused_and_nothing_is_sent(at_bench: Bench) -> None:
    await at_bench.give(500)
    question = await at_bench.record()
    text, answer = await at_bench.ask(question)
    assert text == ""
    assert answer.refusal is not None
    assert answer.refusal.limit == "spent"
    assert answer.refusal.missing_micros == answer.refusal.needed_micros - 500
    assert at_bench.standin.received == 0
    assert (await at_bench.noted(question)).state == "refused"
    assert (await at_bench.balance()).available_micros == 500


async def test_a_refusal_offers_a_cheaper_model_that_would_do(sqlite_database: Database) -> None:
    def offered(s: ModelStandin) -> tuple[Model, ...]:
        mini = model(s, name="mini", price=price("0.1", "0.2"))
        return model(s), mini, model(s, name="tiny", price=price("0.01", "0.02"))

    async with bench(sqlite_database, models=offered) as made:
        await made.give(300)
        _, answer = await made.ask(await made.record())
        assert answer.refusal is not None
        assert answer.refusal.cheaper is not None
        assert answer.refusal.cheaper.name == "mini"
        assert answer.refusal.cheaper.micros <= 300


@dataclass(frozen=True)
class Row:
    """How a call fails, and what becomes of it. `charged`: nothing, the reported usage, or the estimate's output."""

    name: str
    script: Script
    state: str
    outcome: str
    text: str = ""
    estimated_output: int | None = None
    reported: int | None = None
    calls: int = 1


TOO_LONG = error("This model's maximum context length is 8192 tokens.", code="context_length_exceeded")
FILTERED = error("The response was filtered.", code="content_filter")
AB = ("ab",)
BROKEN = Script(("ab", "c"), error_after=1, body=error("boom"))
WITHHELD = Script(AB, finish_reason="content_filter", usage=usage(50, 9))
FAILURES = [
    Row("refused key", refuses(401, error("Incorrect API key", code="invalid_api_key")), "failed", "bad_secret"),
    Row("unknown model", refuses(404, error("no such model", code="model_not_found")), "failed", "unknown_model"),
    Row("429", refuses(429), "failed", "rate_limited", calls=2),
    Row("429 with Retry-After", refuses(429, retry_after="60"), "failed", "rate_limited", calls=1),
    Row("500", refuses(500), "failed", "server_fault", calls=2),
    Row("context too long", refuses(400, TOO_LONG), "failed", "context_too_long"),
    Row("content refused", refuses(400, FILTERED), "failed", "content_refused"),
    Row("no first token", Script(hang_after=0), "failed", "timed_out", estimated_output=0),
    Row("cut", Script(pieces=("abc", "def"), cut_after=1), "failed", "cut", "abc", estimated_output=3),
    Row("silent", Script(pieces=("abc", "d"), hang_after=1), "failed", "timed_out", "abc", estimated_output=3),
    Row("error inside", BROKEN, "failed", "cut", "ab", estimated_output=2),
    Row("no end", Script(AB, finish_reason=None, usage=None), "failed", "cut", "ab", estimated_output=2),
    Row("no usage", Script(AB, usage=None), "settled", "answered", "ab", estimated_output=2),
    Row("capped", Script(AB, finish_reason="length", usage=usage(50, 9)), "settled", "capped", "ab", reported=68),
    Row("withheld", WITHHELD, "settled", "withheld", "ab", reported=68),
]  # fmt: skip


@pytest.mark.parametrize("row", FAILURES, ids=lambda row: row.name)
async def test_failure(at_bench: Bench, row: Row) -> None:
    await at_bench.give(1_000_000)
    at_bench.standin.script(row.script)
    question = await at_bench.record()
    text, answer = await at_bench.ask(question)
    assert text == row.text
    assert answer.result is not None
    assert (answer.result.state, answer.result.outcome) == (row.state, row.outcome)
    assert at_bench.standin.received == row.calls
    expected = row.reported or 0
    if row.estimated_output is not None:
        expected = await input_bound(at_bench) + 2 * row.estimated_output
    assert answer.result.cost_micros == expected
    assert answer.result.estimated is (row.estimated_output is not None)
    noted = await at_bench.noted(question)
    assert (noted.state, noted.outcome, noted.cost_micros) == (row.state, row.outcome, expected)
    assert (await at_bench.balance()).available_micros == 1_000_000 - expected
    await at_bench.verified()


async def test_connection_refused_is_free(database: Database) -> None:
    async with bench(database, models=lambda s: (model(s, base_url="http://127.0.0.1:9/v1"),)) as made:
        await made.give(1_000_000)
        _, answer = await made.ask(await made.record())
        assert answer.result is not None
        assert (answer.result.outcome, answer.result.cost_micros) == ("unreachable", 0)
        await made.verified()


async def test_usage_above_the_hold_takes_the_rest_of_the_wallet_then_the_company(at_bench: Bench) -> None:
    await at_bench.give(3_000)
    await at_bench.give(10_000, POOL)
    at_bench.standin.script(says("x", usage=usage(9_000, 1_000)))
    _, answer = await at_bench.ask(await at_bench.record())
    assert answer.result is not None
    assert (answer.result.cost_micros, answer.result.overrun_micros) == (11_000, 8_000)
    assert (await at_bench.balance()).available_micros == 0
    assert (await at_bench.balance(POOL)).available_micros == 2_000
    await at_bench.verified()


async def test_a_cancelled_ask_is_settled_with_what_was_seen(at_bench: Bench) -> None:
    await at_bench.give(1_000_000)
    at_bench.standin.script(Script(pieces=("abc", "def"), between_s=0.3))
    question = await at_bench.record()
    task = asyncio.create_task(at_bench.ask(question))
    while at_bench.standin.received == 0:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    noted = await at_bench.noted(question)
    assert (noted.state, noted.estimated) == ("cancelled", True)
    sent = [message["content"] for message in at_bench.standin.requests[-1].body["messages"]]
    likely = await input_bound(at_bench) - sum(len(text) // 2 for text in sent)  # all of it ASCII
    assert noted.cost_micros == likely + 2 * 2  # and of "abc" two
    await at_bench.verified()
    while at_bench.standin.hung_up == 0:  # the connection was closed, so the provider stops too
        await asyncio.sleep(0.01)


async def test_an_ask_waits_for_open_holds_and_is_then_let_through(at_bench: Bench) -> None:
    await at_bench.give(1_200)
    at_bench.standin.script(Script(pieces=("ab",), first_s=0.15, usage=usage(50, 5)))
    first = asyncio.create_task(at_bench.ask(await at_bench.record()))
    while at_bench.standin.received == 0:
        await asyncio.sleep(0.01)
    text, answer = await at_bench.ask(await at_bench.record())
    assert (text, answer.refusal) == ("ab", None)
    await first
    assert (await at_bench.balance()).available_micros == 1_200 - 2 * 60


async def test_after_the_wait_the_refusal_says_held_and_not_spent(at_bench: Bench) -> None:
    await at_bench.give(1_200)
    at_bench.standin.script(Script(pieces=("ab",), first_s=0.39))
    house = replace(at_bench.house, rules=replace(at_bench.house.rules, wait_for_holds_s=0.05))
    first = asyncio.create_task(at_bench.ask(await at_bench.record()))
    while at_bench.standin.received == 0:
        await asyncio.sleep(0.01)
    _, answer = await replace(at_bench, house=house).ask(await at_bench.record())
    assert answer.refusal is not None
    assert answer.refusal.limit == "held"
    await first


async def test_the_oldest_of_a_long_thread_is_left_out_and_counted(at_bench: Bench) -> None:
    await at_bench.give(1_000_000)
    thread = [Said("Alan", f"{number:04d} " + "x" * 995, by_us=False) for number in range(30)]
    question = replace(await at_bench.record(), thread=thread)
    _, answer = await at_bench.ask(question)
    sent = at_bench.standin.requests[-1].body["messages"][-1]["content"]
    assert answer.result is not None
    assert answer.result.left_out > 0
    assert "> Alan: 0029" in sent
    assert "> Alan: 0000" not in sent
    assert await input_bound(at_bench) <= 20_000 - 256


async def test_a_question_too_long_for_the_model_is_refused_before_anything_is_held(at_bench: Bench) -> None:
    await at_bench.give(100_000_000)
    _, answer = await at_bench.ask(await at_bench.record("x" * 100_000))
    assert answer.refusal is not None
    assert answer.refusal.limit == "too long"
    assert at_bench.standin.received == 0


@pytest.mark.parametrize("reports", [True, False], ids=["usage reported", "no usage"])
async def test_a_budget_of_ten_asks_and_two_hundred_at_once(database: Database, reports: bool) -> None:
    patient = Rules(ZoneInfo("UTC"), wait_for_holds_s=20.0)
    async with bench(database, rules=patient, models=lambda s: (model(s, max_output_tokens=256),)) as made:
        made.standin.script(Script(pieces=("y" * 300,), usage=None))
        question = await made.record()
        await made.give(1_500)
        _, first = await made.ask(question)
        assert first.result is not None
        cost = first.result.cost_micros
        bound = await input_bound(made)
        if reports:
            made.standin.script(Script(pieces=("y" * 300,), usage=usage(bound, 256), first_s=0.02))
        await made.give(10 * cost - (await made.balance()).available_micros)
        questions = [await made.record() for _ in range(200)]
        outcomes = await asyncio.gather(*(made.ask(question) for question in questions))
        answered = [answer for text, answer in outcomes if text]
        assert len(answered) == 10
        assert all(answer.refusal for text, answer in outcomes if not text)
        assert (await made.balance()).available_micros == 0
        await made.verified()


async def test_the_llm_is_closed_without_a_warning() -> None:
    llm = Llm(random=lambda: 0.5)
    await llm.close()
