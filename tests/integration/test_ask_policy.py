"""Models, and what a question may cost, by policy. Real databases, a model on the wire."""

from collections.abc import AsyncIterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from budget.asking.admission import Refusal
from budget.house import Rules
from budget.offer.mine import Mine, mine
from budget.offer.model import Model
from budget.org import channels as channel_settings
from budget.org import people as choosing
from budget.outcome import No
from sandbox.model.standin import ModelStandin, says, usage
from store import channels, people, policies, teams
from store.database import Connection, Database
from store.ledger.apply import apply
from store.ledger.steps import Transfer
from store.tables import person
from tests.asking import PERSON, WORKSPACE, Bench, bench, model, price

RULES = Rules(ZoneInfo("UTC"), wait_for_holds_s=0.3, default_output_tokens=1_000, confirm_above_micros=10**9)
ONLY_SMALL = '[models]\nallowed = ["SMALL"]\n[models.teams]\nplatform = ["mid"]\nData = ["small", "gone"]'


def offered(standin: ModelStandin) -> tuple[Model, ...]:
    """`big` is the default and ten times as dear as `mid`, which is ten times as dear as `small`."""
    return (
        model(standin, name="big", api_name="big-1", price=price("10", "20")),
        model(standin, name="mid", api_name="mid-1"),
        model(standin, name="small", api_name="small-1", price=price("0.1", "0.2")),
    )


@pytest.fixture
async def at_bench(database: Database) -> AsyncIterator[Bench]:
    async with bench(database, rules=RULES, models=offered) as made:
        made.standin.script(says("Yes.", usage=usage(400, 40)))
        await made.give(1_000_000)
        yield made
        await made.verified()


async def decide(made: Bench, toml: str) -> None:
    await made.house.database.write(
        lambda conn: policies.add(conn, WORKSPACE, toml, actor_id=None, origin="test", at=made.clock())
    )


async def join(made: Bench, *names: str) -> None:
    def work(conn: Connection) -> None:
        for name in names:
            teams.create(conn, team_id=name.lower(), workspace_id=WORKSPACE, name=name, at=made.clock())
            teams.join(conn, name.lower(), PERSON, "member", made.clock())

    await made.house.database.write(work)


async def choose(made: Bench, name: str | None) -> None:
    await made.house.database.write(lambda conn: conn.execute(update(person).values(model=name)))


async def answers(made: Bench, wanted: str | None = None) -> str | Refusal:
    """The model that answers, or why none does."""
    _, answer = await made.ask(replace(await made.record(), wanted_model=wanted))
    return answer.refusal or (answer.result.model if answer.result else "")


async def seen(made: Bench) -> Mine:
    found = await made.house.database.read(lambda conn: mine(conn, made.house, PERSON))
    assert not isinstance(found, No)
    return found


async def test_which_model_answers(at_bench: Bench) -> None:
    assert await answers(at_bench) == "big"
    await decide(at_bench, ONLY_SMALL)
    assert await answers(at_bench) == "small", "where the default is not allowed, the cheapest is"
    await choose(at_bench, "big")
    await at_bench.house.database.write(lambda conn: channels.set_model(conn, WORKSPACE, "C1", "big"))
    assert await answers(at_bench) == "small", "neither one's own nor the channel's"
    no = await answers(at_bench, "Big")
    assert isinstance(no, Refusal)
    assert (no.limit, no.model, [each.name for each in no.offered.all] if no.offered else None) == (
        "not allowed", "big", ["small"],
    )  # fmt: skip
    unknown = await answers(at_bench, "huge")
    assert isinstance(unknown, Refusal)
    assert (unknown.limit, [each.name for each in unknown.offered.all] if unknown.offered else None) == (
        "no model", ["small"],
    )  # fmt: skip


async def test_what_is_said_of_ones_teams_counts_instead(at_bench: Bench) -> None:
    await decide(at_bench, ONLY_SMALL)
    await join(at_bench, "Others")
    assert [each.name for each in (await seen(at_bench)).offered.all] == ["small"]
    await join(at_bench, "PLATFORM")
    assert [each.name for each in (await seen(at_bench)).offered.all] == ["mid"], "instead, not beside"
    await join(at_bench, "Data")
    assert [each.name for each in (await seen(at_bench)).offered.all] == ["mid", "small"], "of several, together"
    assert await answers(at_bench) == "small"
    assert await answers(at_bench, "mid") == "mid"
    await decide(at_bench, '[models]\nallowed = ["small"]\n[models.teams]\nData = []')
    assert len((await seen(at_bench)).offered.all) == 3, "no names: every model"


async def test_a_policy_that_leaves_none_lets_nothing_through(at_bench: Bench) -> None:
    await decide(at_bench, '[models]\nallowed = ["gone"]')
    no = await answers(at_bench)
    assert isinstance(no, Refusal)
    assert (no.limit, no.offered) == ("not allowed", None)
    assert isinstance(await at_bench.house.database.read(lambda conn: mine(conn, at_bench.house, PERSON)), No)


async def test_choosing_obeys(at_bench: Bench) -> None:
    await decide(at_bench, ONLY_SMALL)
    ada = await at_bench.house.database.read(lambda conn: people.person(conn, PERSON))
    assert ada is not None
    no = await choosing.choose_model(at_bench.house, ada, "big", origin="test")
    assert no == No("The company's policy does not allow “big” here; it allows small.", "model small")
    default = await choosing.choose_model(at_bench.house, ada, None, origin="test")
    assert not isinstance(default, No)
    assert (default.model.name, default.own) == ("small", False)
    await at_bench.house.database.write(lambda conn: conn.execute(update(person).values(is_admin=True)))
    here = await channel_settings.set_model(at_bench.house, ada, "C1", "big", origin="test")
    assert isinstance(here, No)
    assert here.example == "model small in channel"


async def test_a_typical_question_is_ones_own(at_bench: Bench) -> None:
    before = (await seen(at_bench)).typical
    assert (before.of_asks, before.usage.input_tokens, before.usage.output_tokens) == (0, 1_500, 500)
    for sizes in ((400, 40), (3_000, 10), (100, 900)):
        at_bench.standin.script(says("Yes.", usage=usage(*sizes)))
        await answers(at_bench, "small")
    mid = at_bench.house.models.get("mid")
    found = (await seen(at_bench)).typical
    assert (found.of_asks, found.usage.input_tokens, found.usage.output_tokens) == (3, 400, 40)
    assert mid is not None
    assert found.micros(mid) == 400 + 80


async def test_nothing_costs_more_than_a_question_may(at_bench: Bench) -> None:
    await decide(at_bench, '[ask]\nmost = "$0.015"')
    no = await answers(at_bench)
    assert isinstance(no, Refusal)
    assert (no.limit, no.most_micros, no.cheaper and no.cheaper.name) == ("too dear", 15_000, "mid")
    assert 256 <= no.cap_tokens < 1_000
    assert 14_980 < no.shorter_micros <= 15_000 < no.needed_micros
    question = replace(await at_bench.record(), confirmed_micros=no.shorter_micros)
    _, answer = await at_bench.ask(question)
    assert answer.result is not None
    assert (answer.result.cap_tokens, answer.result.within_micros) == (no.cap_tokens, 15_000)
    assert at_bench.standin.requests[-1].body["max_tokens"] == no.cap_tokens
    noted = await at_bench.noted(question)
    assert noted.bound_micros == no.shorter_micros
    await decide(at_bench, '[ask]\nmost = "$0.001"')
    tiny = await answers(at_bench, "big")
    assert isinstance(tiny, Refusal)
    assert (tiny.limit, tiny.shorter_micros, tiny.cheaper and tiny.cheaper.name) == ("too dear", 0, "small")
    _, still = await at_bench.ask(replace(await at_bench.record(), confirmed_micros=10**9, wanted_model="big"))
    assert still.refusal is not None, "whatever was agreed to before"


async def test_whoever_cannot_pay_is_told_that_first(at_bench: Bench) -> None:
    await decide(at_bench, '[ask]\nmost = "$0.015"')
    wallet = (await at_bench.balance()).posted_micros
    step = Transfer("back", "correct", "person:T1:U1", "issued:T1", wallet - 100, at_bench.clock())
    await at_bench.house.database.write(lambda conn: apply(conn, [step]))
    no = await answers(at_bench)
    assert isinstance(no, Refusal)
    assert no.limit == "spent"
    assert (no.ways.helpers, no.ways.is_admin) == ((), False)


async def test_a_refusal_names_who_can_help(at_bench: Bench) -> None:
    def work(conn: Connection) -> None:
        for slack_id, name, admin in (("U2", "Grace", False), ("U3", "Frances", True)):
            people.ensure_person(
                conn, workspace_id=WORKSPACE, slack_id=slack_id, name=name, email=None, timezone=None, is_admin=admin,
                at=at_bench.clock(),
            )  # fmt: skip

    await at_bench.house.database.write(work)
    await decide(at_bench, '[ask]\nleast = "$500"')
    alone = await answers(at_bench)
    assert isinstance(alone, Refusal)
    assert (alone.limit, alone.ways.helpers, alone.ways.by_admins) == ("least", ("Frances",), True)
    await join(at_bench, "Platform")
    await at_bench.house.database.write(lambda conn: teams.join(conn, "platform", "T1:U2", "manager", at_bench.clock()))
    await at_bench.give(10**9, "team:platform")
    managed = await answers(at_bench)
    assert isinstance(managed, Refusal)
    assert (managed.ways.helpers, managed.ways.by_admins) == (("Grace",), False)
    await decide(at_bench, '[ask]\nleast = "$500"\n[requests]\napprover = "admins"')
    by_policy = await answers(at_bench)
    assert isinstance(by_policy, Refusal)
    assert by_policy.ways.helpers == ("Frances",)
