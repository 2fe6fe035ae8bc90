"""What an ask is asked of, with what, and up to which cost unasked. Real databases, a model on the wire."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, update

from budget.ask import Question
from budget.asking.context import CANNOT_SEE, TOKENS_PER_MESSAGE, TOKENS_PER_REQUEST
from budget.files.attachments import Document, Image, Unread
from budget.house import Rules
from budget.money import Face
from budget.offer.model import Model
from handlers.slack.views.pieces import Reader
from handlers.slack.views.refusals import sentences
from sandbox.model.standin import ModelStandin, says, usage
from store.database import Database
from store.tables import channel, hold, person, workspace
from tests.asking import PERSON, WORKSPACE, Bench, bench, model, price

RULES = Rules(ZoneInfo("UTC"), wait_for_holds_s=0.3, default_output_tokens=1_000, confirm_above_micros=5_000)
READER = Reader(ZoneInfo("UTC"), ZoneInfo("UTC"), Face(), datetime(2026, 3, 2, tzinfo=UTC))
PICTURE = Image("chart.png", "image/png", b"\x89PNG picture")


def offered(standin: ModelStandin) -> tuple[Model, ...]:
    """`big` is the default and ten times as dear as `mid`, which is ten times as dear as `small`. Big and mid see."""
    return (
        model(standin, name="big", api_name="big-1", price=price("10", "20"), image_tokens=2_000),
        model(standin, name="mid", api_name="mid-1", image_tokens=1_000),
        model(standin, name="small", api_name="small-1", price=price("0.1", "0.2")),
    )


@pytest.fixture
async def at_bench(database: Database) -> AsyncIterator[Bench]:
    async with bench(database, rules=replace(RULES, confirm_above_micros=10**9), models=offered) as made:
        await made.give(1_000_000)
        yield made


@pytest.fixture
async def frugal(database: Database) -> AsyncIterator[Bench]:
    """Whoever asks for more than half a cent is asked first."""
    async with bench(database, rules=RULES, models=offered) as made:
        yield made


async def set_up(made: Bench, **about: Any) -> None:
    """Choices of the person and the channel, instructions of the company and the channel."""
    here = {"workspace_id": WORKSPACE, "channel_id": "C1", "follow_threads": False}
    here |= {"model": about.get("channel_model"), "instructions": about.get("channel_says")}
    await made.house.database.write(lambda conn: conn.execute(insert(channel), here))
    chosen = update(person).where(person.c.id == PERSON).values(model=about.get("own_model"))
    await made.house.database.write(lambda conn: conn.execute(chosen))
    told = update(workspace).values(instructions=about.get("company_says"))
    await made.house.database.write(lambda conn: conn.execute(told))


def sent(made: Bench) -> dict[str, Any]:
    """The last request that the model got."""
    return dict(made.standin.requests[-1].body)


async def holds(made: Bench) -> int:
    """How many holds there ever were."""
    counted = select(func.count()).select_from(hold)
    return await made.house.database.read(lambda conn: conn.execute(counted).scalar_one())


@pytest.mark.parametrize(
    ("named", "channel_model", "own_model", "asked"),
    [
        (None, None, None, "big-1"),
        (None, None, "mid", "mid-1"),
        (None, "small", "mid", "small-1"),
        ("MID", "small", "big", "mid-1"),
        (None, "gone", "mid", "mid-1"),  # what is not offered any more is as if nobody had chosen it
        (None, "gone", "gone too", "big-1"),
    ],
)
async def test_the_question_names_the_model_else_the_channel_the_person_the_company(
    at_bench: Bench, named: str | None, channel_model: str | None, own_model: str | None, asked: str
) -> None:
    await set_up(at_bench, channel_model=channel_model, own_model=own_model)
    _, answer = await at_bench.ask(replace(await at_bench.record(), wanted_model=named))
    assert answer.result is not None
    assert sent(at_bench)["model"] == asked
    assert f"{answer.result.model}-1" == asked


async def test_a_model_that_is_not_offered_costs_nothing(at_bench: Bench) -> None:
    question = replace(await at_bench.record(), wanted_model="medium")
    _, answer = await at_bench.ask(question)
    assert answer.refusal is not None
    assert (answer.refusal.limit, answer.refusal.model, answer.refusal.cheaper) == ("no model", "medium", None)
    noted = await at_bench.noted(question)
    assert (noted.state, noted.outcome, noted.model, noted.question) == ("refused", "no model", None, None)
    assert (at_bench.standin.received, await holds(at_bench)) == (0, 0)


async def test_the_company_and_then_the_channel_tell_the_model_what_to_heed(at_bench: Bench) -> None:
    await set_up(at_bench, company_says="Never name customers.", channel_says="Answer as a haiku.")
    await at_bench.ask(await at_bench.record())
    system = sent(at_bench)["messages"][0]
    assert system["role"] == "system"
    assert system["content"].index("Never name customers.") < system["content"].index("Answer as a haiku.")


async def test_instructions_are_held_for(at_bench: Bench) -> None:
    await set_up(at_bench, company_says="é" * 500)
    question = await at_bench.record()
    await at_bench.ask(question)
    total = sum(len(m["content"].encode()) + TOKENS_PER_MESSAGE for m in sent(at_bench)["messages"])
    assert (await at_bench.noted(question)).bound_micros == 10 * (total + TOKENS_PER_REQUEST) + 20 * 1_000


async def test_documents_are_quoted_and_what_cannot_be_read_is_named(at_bench: Bench) -> None:
    files = (Document("a.csv", "x,y\n1,2"), Document("b.pdf", "page", "pages 1 to 2 of 9"), Unread("c.zip", "binary"))
    _, answer = await at_bench.ask(replace(await at_bench.record("sum it up"), attachments=files))
    content = sent(at_bench)["messages"][1]["content"]
    assert "An attached file, its name first:\n> a.csv\n> x,y\n> 1,2\n" in content
    assert "An attached file, its name first:\n> b.pdf (pages 1 to 2 of 9)\n> page\n" in content
    assert "not readable for you:\n> c.zip\n" in content
    assert content.endswith("\n\nsum it up")
    assert answer.result is not None
    assert answer.result.unread == (Unread("c.zip", "binary"),)


async def test_what_is_too_long_names_the_files_that_it_came_with(at_bench: Bench) -> None:
    files = (Document("a.csv", "1,2\n" * 6_000), Unread("c.zip", "binary"))
    _, answer = await at_bench.ask(replace(await at_bench.record("sum it up"), attachments=files))
    assert answer.refusal is not None
    assert (answer.refusal.limit, answer.refusal.files) == ("too long", ("a.csv",))
    told = " ".join(sentences(answer.refusal, READER))
    assert told.startswith("With *a.csv*, this may be as many as ")
    assert "Attach a smaller part, and ask again." in told


async def test_a_picture_goes_to_a_model_that_sees_and_is_held_for(at_bench: Bench) -> None:
    at_bench.standin.script(says("A chart.", usage=usage(1_500, 10)))
    question = replace(await at_bench.record("what is it?"), attachments=(PICTURE,))
    _, answer = await at_bench.ask(question)
    picture, words = sent(at_bench)["messages"][1]["content"]
    assert picture["image_url"]["url"] == "data:image/png;base64,iVBORyBwaWN0dXJl"
    asked = "Attached images, in this order:\n> chart.png\n\nwhat is it?"
    assert words == {"type": "text", "text": asked}
    assert answer.result is not None
    assert (answer.result.unread, answer.result.cost_micros) == ((), 15_200)
    system = len(sent(at_bench)["messages"][0]["content"].encode())
    tokens = TOKENS_PER_REQUEST + 2 * TOKENS_PER_MESSAGE + system + len(asked) + 2_000
    assert (await at_bench.noted(question)).bound_micros == 10 * tokens + 20 * 1_000


async def test_a_picture_is_not_sent_to_a_model_that_is_blind(at_bench: Bench) -> None:
    question = replace(await at_bench.record("what is it?"), attachments=(PICTURE,), wanted_model="small")
    _, answer = await at_bench.ask(question)
    content = sent(at_bench)["messages"][1]["content"]
    assert content == "Attached, and not readable for you:\n> chart.png\n\nwhat is it?"
    assert answer.result is not None
    assert answer.result.unread == (Unread("chart.png", CANNOT_SEE),)


async def test_a_costly_question_is_asked_for_first_and_holds_nothing(frugal: Bench) -> None:
    await frugal.give(1_000_000)
    question = await frugal.record()
    _, answer = await frugal.ask(question)
    assert answer.refusal is not None
    assert (answer.refusal.limit, answer.refusal.model, answer.refusal.cap_tokens) == ("costly", "big", 1_000)
    assert answer.refusal.needed_micros > 20_000
    assert answer.refusal.cheaper is not None
    assert answer.refusal.cheaper.name == "mid"
    assert answer.refusal.cheaper.micros <= 5_000
    noted = await frugal.noted(question)
    assert (noted.state, noted.outcome, noted.bound_micros) == ("refused", "costly", answer.refusal.needed_micros)
    assert (frugal.standin.received, await holds(frugal)) == (0, 0)


async def agreed(made: Bench, less_micros: int = 0) -> Question:
    """The question once more, with the bound that was named agreed to, or a little less."""
    question = await made.record()
    _, answer = await made.ask(question)
    assert answer.refusal is not None
    return replace(await made.record(), confirmed_micros=answer.refusal.needed_micros - less_micros)


async def test_what_was_agreed_to_is_asked(frugal: Bench) -> None:
    await frugal.give(1_000_000)
    _, answer = await frugal.ask(await agreed(frugal))
    assert answer.result is not None
    assert (answer.result.state, await holds(frugal)) == ("settled", 1)
    await frugal.verified()


async def test_less_than_the_bound_is_not_agreed(frugal: Bench) -> None:
    await frugal.give(1_000_000)
    _, answer = await frugal.ask(await agreed(frugal, less_micros=1))
    assert answer.refusal is not None
    assert (answer.refusal.limit, await holds(frugal)) == ("costly", 0)


async def test_nobody_is_asked_to_agree_to_what_they_cannot_pay(frugal: Bench) -> None:
    await frugal.give(800)
    _, answer = await frugal.ask(await frugal.record())
    assert answer.refusal is not None
    assert answer.refusal.limit == "spent"
    assert answer.refusal.missing_micros == answer.refusal.needed_micros - 800
    assert answer.refusal.cheaper is not None
    assert answer.refusal.cheaper.name == "small"
    assert await holds(frugal) == 0


async def test_a_blind_model_is_no_cheaper_way_to_look_at_a_picture(frugal: Bench) -> None:
    await frugal.give(800)
    _, answer = await frugal.ask(replace(await frugal.record(), attachments=(PICTURE,)))
    assert answer.refusal is not None
    assert (answer.refusal.limit, answer.refusal.cheaper) == ("spent", None)
