"""Who pays for an ask, as a table: what each payer has, against what the policy says. On both engines."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from budget.ask import Question, Result, ask
from budget.asking.admission import Refusal, Ways
from budget.balance import overview
from budget.projects.closing import return_due
from sandbox.model.standin import says, usage
from store import people, policies, projects, teams
from store.database import Connection, Database
from store.ledger.apply import apply
from store.ledger.steps import Dispatch, Hold, Settle, Transfer
from store.tables import account, person, project
from tests.asking import PERSON, WALLET, WORKSPACE, Bench, bench

APOLLO, PLATFORM, DATA = "project:apollo", "team:platform", "team:data"
ENOUGH = 1_000_000


@pytest.fixture
async def at_bench(database: Database) -> AsyncIterator[Bench]:
    """Ada, of two teams whose pools pay for members, in a channel with a project."""
    async with bench(database) as made:
        made.standin.script(says("Yes.", usage=usage(100, 5)))
        await database.write(lambda conn: set_up(conn, made))
        yield made
        await made.verified()


def set_up(conn: Connection, made: Bench) -> None:
    at = made.clock()
    projects.create(conn, project_id="apollo", workspace_id=WORKSPACE, name="Apollo", owner_id=PERSON, at=at)
    projects.bind(conn, WORKSPACE, "C1", "apollo")
    for name in ("Platform", "Data"):
        teams.create(conn, team_id=name.lower(), workspace_id=WORKSPACE, name=name, at=at)
        teams.set_pool_for_members(conn, name.lower(), True)
        teams.join(conn, name.lower(), PERSON, "member", at)


async def decide(made: Bench, toml: str) -> None:
    """The company's policy from now on."""
    await made.house.database.write(
        lambda conn: policies.add(conn, WORKSPACE, toml, actor_id=None, origin="test", at=made.clock())
    )


async def have(made: Bench, **micros: int) -> None:
    """Exactly so much on each account, the others empty."""
    ids = {"apollo": APOLLO, "wallet": WALLET, "platform": PLATFORM, "data": DATA}
    for name, account_id in ids.items():
        more = micros.get(name, 0) - (await made.balance(account_id)).posted_micros
        if more > 0:
            await made.give(more, account_id)
        elif more < 0:
            back = Transfer(made.house.new_id(), "correct", account_id, "issued:T1", -more, made.clock())
            await made.house.database.write(partial(_apply, back))


def _apply(step: Transfer, conn: Connection) -> object:
    return apply(conn, [step])


async def set_project(made: Bench, *, closed: bool) -> None:
    at = made.clock() if closed else None
    await made.house.database.write(lambda conn: conn.execute(update(project).values(closed_at=at)))


@dataclass(frozen=True)
class Case:
    """What everybody has, and who pays; None: nobody."""

    has: dict[str, int]
    pays: str | None
    passed: tuple[str, ...] = ()
    policy: str = ""
    closed: bool = False
    wanted: str | None = None


ALWAYS, ASK, NEVER = ('[pools]\nfallback = "always"', '[pools]\nfallback = "ask"', '[pools]\nfallback = "never"')
ALL = {"apollo": ENOUGH, "wallet": ENOUGH, "platform": ENOUGH, "data": ENOUGH}
POOLS = {"platform": ENOUGH, "data": ENOUGH}
LEAST = '[ask]\nleast = "$0.50"'
TABLE = (
    Case(ALL, APOLLO),
    Case(ALL | {"apollo": 0}, WALLET, (APOLLO,)),
    Case(ALL | {"apollo": 100}, WALLET, (APOLLO,)),  # too little for the shortest answer
    Case(ALL, WALLET, closed=True),
    Case(POOLS, DATA, (APOLLO, WALLET), ALWAYS),
    Case({"platform": ENOUGH}, PLATFORM, (APOLLO, WALLET, DATA), ALWAYS),
    Case(POOLS, None, policy=ASK),
    Case(POOLS, None, policy=NEVER),
    Case(POOLS, DATA, policy=ASK, wanted=DATA),
    Case(ALL, PLATFORM, policy=ASK, wanted=PLATFORM),
    Case(ALL, APOLLO, policy=NEVER, wanted=PLATFORM),
    Case(ALL | {"platform": 0}, APOLLO, (PLATFORM,), ASK, wanted=PLATFORM),
    Case(ALL, APOLLO, policy=ASK, wanted="team:others"),
    Case(ALL, APOLLO, policy=ASK, wanted="company:T1"),
    Case(ALL | {"apollo": 400_000}, WALLET, (APOLLO,), LEAST),
    Case({"apollo": 400_000, "wallet": 499_999}, None, policy=LEAST),
    Case({"wallet": 500_000}, WALLET, (APOLLO,), LEAST),
)


async def test_the_table(at_bench: Bench) -> None:
    for case in TABLE:
        await have(at_bench, **case.has)
        await decide(at_bench, case.policy)
        await set_project(at_bench, closed=case.closed)
        question = replace(await at_bench.record(), wanted_payer=case.wanted)
        _, answer = await at_bench.ask(question)
        if case.pays is None:
            assert answer.refusal is not None, case
            continue
        assert answer.result is not None, (case, answer.refusal)
        assert answer.result.payer.account_id == case.pays, case
        assert tuple(each.payer.account_id for each in answer.result.passed) == case.passed, case
        assert (await at_bench.noted(question)).account_id == case.pays, case


async def refused(made: Bench, **more: object) -> Refusal:
    """Why a question is not let through; nothing is called or held."""
    before = made.standin.received
    _, answer = await made.ask(replace(await made.record(), **more))  # type: ignore[arg-type]  # fields by name
    assert answer.refusal is not None
    assert made.standin.received == before
    return answer.refusal


async def asked(made: Bench, question: Question) -> Result:
    _, answer = await made.ask(question)
    assert answer.result is not None, answer.refusal
    return answer.result


async def test_pools_that_wait_for_a_click_are_named_with_enough_only(at_bench: Bench) -> None:
    await have(at_bench, platform=ENOUGH, data=100)
    await decide(at_bench, ASK)
    told = await refused(at_bench)
    assert (told.limit, [pool.name for pool in told.ways.pools]) == ("spent", ["Platform"])
    assert [each.payer.kind for each in told.shortages] == ["project", "person"]
    await decide(at_bench, NEVER)
    assert (await refused(at_bench)).ways.pools == ()
    await decide(at_bench, ASK)
    await at_bench.house.database.write(lambda conn: teams.leave(conn, "platform", PERSON))
    assert (await refused(at_bench, wanted_payer=PLATFORM)).ways.pools == (), "no member any more"


async def test_what_is_said_of_pools_is_what_they_do(at_bench: Bench) -> None:
    assert [each.place.name for each in (await overview(at_bench.house, PERSON)).backing] == [
        "the Data pool", "the Platform pool",
    ]  # fmt: skip
    await decide(at_bench, ASK)
    assert (await overview(at_bench.house, PERSON)).backing == []


async def test_least_counts_what_running_asks_hold(at_bench: Bench) -> None:
    await have(at_bench, wallet=600_000)
    await decide(at_bench, LEAST)
    at = at_bench.clock()
    other = Hold("other", WALLET, 300_000, 300_000, at, at + timedelta(minutes=5))
    await at_bench.house.database.write(lambda conn: apply(conn, [other, Dispatch("other", at)]))
    assert (await asked(at_bench, await at_bench.record())).payer.account_id == WALLET
    await at_bench.house.database.write(lambda conn: apply(conn, [Settle("other", 300_000, at)]))
    told = await refused(at_bench)
    assert (told.limit, told.needed_micros) == ("least", 500_000)
    assert told.missing_micros == 500_000 - (await at_bench.balance()).available_micros


async def test_a_project_that_is_closed_while_it_answers_pays_what_it_holds(at_bench: Bench) -> None:
    await have(at_bench, apollo=ENOUGH, wallet=ENOUGH)
    question = await at_bench.record()
    async with ask(at_bench.house, question) as answer:
        await at_bench.house.database.write(lambda conn: projects.close(conn, "apollo", at_bench.clock()))
        await at_bench.house.database.write(lambda conn: projects.unbind(conn, "apollo"))
        held = (await at_bench.balance(APOLLO)).held_micros
        assert await return_due(at_bench.house) == 1
        assert (await at_bench.balance(APOLLO)).posted_micros == held > 0
        async for _ in answer.pieces():
            pass
    assert answer.result is not None
    assert answer.result.payer.account_id == APOLLO
    assert await return_due(at_bench.house) == 1
    assert (await at_bench.balance(APOLLO)).posted_micros == 0
    assert (await at_bench.balance("company:T1")).posted_micros == ENOUGH - answer.result.cost_micros
    assert (await asked(at_bench, await at_bench.record())).payer.account_id == WALLET


async def test_who_may_not_ask_at_all(at_bench: Bench) -> None:
    await have(at_bench, **ALL)
    at = at_bench.clock()

    async def be(**values: object) -> None:
        plain = {"frozen_at": None, "frozen_reason": None, "left_at": None, "is_guest": False, "allowed_at": None}
        now = update(person).where(person.c.id == PERSON).values(**(plain | values))
        await at_bench.house.database.write(lambda conn: conn.execute(now))

    await be(frozen_at=at, frozen_reason="a lost laptop")
    told = await refused(at_bench)
    assert (told.limit, told.frozen and (told.frozen.at, told.frozen.reason)) == ("frozen", (at, "a lost laptop"))
    await be(left_at=at, frozen_at=at)
    assert (await refused(at_bench)).limit == "left"
    await be(is_guest=True)
    assert (await refused(at_bench)).limit == "guest"
    await be(is_guest=True, allowed_at=at)
    await asked(at_bench, await at_bench.record())
    await be(is_guest=True)
    await decide(at_bench, "[guests]\nallowed = true")
    await asked(at_bench, await at_bench.record())


def with_an_admin(conn: Connection, at: datetime) -> None:
    """Somebody whom others could ask for more."""
    people.ensure_person(
        conn, workspace_id=WORKSPACE, slack_id="U9", name="Frances", email=None, timezone=None, is_admin=True, at=at
    )


async def test_who_has_left_spends_what_is_theirs_until_it_goes_back(at_bench: Bench) -> None:
    """Of the policy's grace period: neither the channel's project nor a team's pool pays, not even by a click."""
    await have(at_bench, **ALL)
    at = at_bench.clock()

    async def leave(closes_at: datetime) -> None:
        gone = update(person).where(person.c.id == PERSON).values(left_at=at - timedelta(days=1), closes_at=closes_at)
        await at_bench.house.database.write(lambda conn: conn.execute(gone))

    await leave(at + timedelta(seconds=1))
    wanted = replace(await at_bench.record(), wanted_payer=PLATFORM)
    assert (await asked(at_bench, wanted)).payer.account_id == WALLET
    await have(at_bench, apollo=ENOUGH, platform=ENOUGH)
    await at_bench.house.database.write(lambda conn: with_an_admin(conn, at))
    told = await refused(at_bench)
    assert ([each.payer.account_id for each in told.shortages], told.ways) == ([WALLET], Ways()), "nobody can be asked"
    await have(at_bench, **ALL)
    await leave(at_bench.clock())
    assert (await refused(at_bench)).limit == "left"


async def test_an_account_of_a_project_that_is_none_pays_nothing(at_bench: Bench) -> None:
    """A channel bound by hand to some other pool does not make everybody there its payer."""
    await have(at_bench, wallet=ENOUGH, platform=ENOUGH)
    await at_bench.house.database.write(
        lambda conn: conn.execute(update(account).where(account.c.id == APOLLO).values(kind="team"))
    )
    assert (await asked(at_bench, await at_bench.record())).payer.account_id == WALLET
    await at_bench.house.database.write(
        lambda conn: conn.execute(update(account).where(account.c.id == APOLLO).values(kind="project"))
    )
