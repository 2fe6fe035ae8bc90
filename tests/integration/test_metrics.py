"""Metrics over the wire: what a bot counted, read as Prometheus reads it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from budget.asking.admission import HOLD_MARGIN_S
from budget.asking.recovery import take_over
from budget.meters import Meters
from sandbox.model.script import refuses, says
from sandbox.seed import ADA, ALAN, GENERAL
from store.database import Connection, Database
from store.live import LiveHolds, live_holds
from store.sweep import sweep
from tests.acceptance.stage import on_stage
from tests.asking import QUICK, WALLET, Bench, bench
from tests.integration.test_http_mode import Served, serve

Samples = dict[tuple[str, str], float]


@pytest.fixture
async def served(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with on_stage(sqlite_url, tmp_path) as stage:
        yield await serve(stage, SLACK_APP_TOKEN=stage.workspace.app_token)


async def scraped(served: Served) -> Samples:
    """Every sample by its name and its first label's value."""
    status, text = await served.page("/metrics")
    assert status == 200
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, next(iter(sample.labels.values()), "")): sample.value for sample in samples}


async def until(served: Served, name: str, label: str, value: float) -> Samples:
    """The samples once one of them has this value."""
    async with asyncio.timeout(10):
        while (samples := await scraped(served)).get((name, label)) != value:
            await asyncio.sleep(0.05)
    return samples


async def test_asks_costs_times_and_faults_are_counted(served: Served) -> None:
    stage = served.stage
    await stage.stock()
    stage.standin.script(says("Counted."), refuses(401))
    ts = await stage.people.send(ADA, GENERAL, "@stipend count me")
    await stage.answered(ts, GENERAL)
    ts = await stage.people.send(ADA, GENERAL, "@stipend and me")
    await stage.whispered(ts, GENERAL)
    ts = await stage.people.send(ALAN, GENERAL, "@stipend I have nothing")
    await stage.whispered(ts, GENERAL, ALAN)
    samples = await until(served, "stipend_ask_seconds_count", "", 3)
    assert samples["stipend_asks_total", "answered"] == 1
    assert samples["stipend_asks_total", "bad_secret"] == 1
    assert samples["stipend_model_faults_total", "bad_secret"] == 1
    assert sum(value for (name, _), value in samples.items() if name == "stipend_asks_total") == 3
    assert {label for name, label in samples if name == "stipend_asks_total"} == {
        "answered",
        "bad_secret",
        "refused_spent",
    }
    assert 0 < samples["stipend_cost_dollars_total", ""] < 0.01
    assert samples["stipend_first_token_seconds_count", ""] == 1
    assert samples["stipend_ack_seconds_count", ""] >= 9  # six commands, three questions
    assert samples["stipend_asks_at_work", "in_flight"] == samples["stipend_asks_at_work", "queued"] == 0
    _, text = await served.page("/metrics")
    assert not any(word in text for word in (ADA, ALAN, GENERAL, "Ada", "count me", "Platform"))


async def test_what_is_in_flight_and_held_is_read_at_the_scrape(served: Served) -> None:
    stage = served.stage
    await stage.stock()
    stage.standin.script(says("Slowly, word by word.", between_s=1.0))
    ts = await stage.people.send(ADA, GENERAL, "@stipend slowly")
    samples = await until(served, "stipend_holds_open", "", 1)
    assert samples["stipend_ready", ""] == 1
    assert samples["stipend_holds_overdue", ""] == 0
    assert samples["process_resident_memory_bytes", ""] > 1_000_000
    assert samples["stipend_asks_at_work", "in_flight"] == 1
    assert samples["stipend_holds_open_micros", ""] > 0
    await stage.answered(ts, GENERAL)
    samples = await until(served, "stipend_holds_open", "", 0)
    assert samples["stipend_holds_open_micros", ""] == 0


async def test_what_slack_refuses_is_counted_by_its_word(served: Served) -> None:
    stage = served.stage
    await stage.stock()
    await stage.people.fault("conversations.replies", "error", error="channel_not_found")
    root = await stage.people.send(ADA, GENERAL, "what came before")
    await stage.people.send(ADA, GENERAL, "@stipend hello", root)
    await stage.answered(root, GENERAL)
    assert (await scraped(served))["stipend_slack_errors_total", "channel_not_found"] == 1


def test_a_queue_is_what_waits_behind_what_is_in_hand() -> None:
    meters = Meters()
    meters.watch(lambda: 2, lambda: 5)
    meters.database_away("tick")
    read = meters.registry.get_sample_value
    assert read("stipend_asks_at_work", {"stage": "queued"}) == 5
    assert read("stipend_asks_at_work", {"stage": "in_flight"}) == 2
    assert read("stipend_database_unavailable_total", {"during": "tick"}) == 1
    assert Meters().registry.get_sample_value("stipend_asks_at_work", {"stage": "queued"}) is None


async def test_live_holds_are_those_not_closed(database: Database) -> None:
    async with bench(database) as made:

        def live_now(conn: Connection) -> LiveHolds:
            return live_holds(conn, made.clock())

        assert await database.look_up(live_now) == LiveHolds(0, 0)
        await made.give(1_000_000)
        made.standin.script(says("a b c", between_s=0.3))
        asking = asyncio.create_task(made.ask(await made.record()))
        async with asyncio.timeout(5):
            while (live := await database.look_up(live_now)).count == 0:
                await asyncio.sleep(0.01)
        assert (live.count, live.overdue) == (1, 0)
        assert live.held_micros == (await made.balance()).held_micros
        made.clock.pass_s(QUICK.total_s + HOLD_MARGIN_S + 1)
        assert (await database.look_up(live_now)).overdue == 1
        await asking
        assert await database.look_up(live_now) == LiveHolds(0, 0)
        assert made.house.meters.registry.get_sample_value("stipend_asks_total", {"outcome": "answered"}) == 1


def counted(made: Bench) -> dict[str, float]:
    """Asks that ended at this bench, by outcome."""
    families = [family for family in made.house.meters.registry.collect() if family.name == "stipend_asks"]
    samples = [sample for family in families for sample in family.samples if sample.name == "stipend_asks_total"]
    return {sample.labels["outcome"]: sample.value for sample in samples}


async def dollars(made: Bench) -> float:
    """What the meters say it cost."""
    return made.house.meters.registry.get_sample_value("stipend_cost_dollars_total") or 0.0


async def test_an_ask_whose_hold_the_sweeper_closed_is_counted_once(database: Database) -> None:
    async with bench(database) as made:
        await made.give(1_000_000)
        made.standin.script(says("a b c", between_s=0.5))
        question = await made.record()
        asking = asyncio.create_task(made.ask(question))
        async with asyncio.timeout(5):
            while made.standin.received == 0:
                await asyncio.sleep(0.01)
        made.clock.pass_s(QUICK.total_s + HOLD_MARGIN_S + made.house.rules.lease_s + 1)
        assert len(await database.write(lambda conn: sweep(conn, made.clock()))) == 1
        assert counted(made) == {}  # closed, and its ask not ended yet
        assert [left.todo for left in await take_over(made.house, "w2")] == ["tell"]
        assert counted(made) == {"interrupted": 1}
        charged_micros = 1_000_000 - (await made.balance(WALLET)).posted_micros
        assert await dollars(made) == pytest.approx(charged_micros / 1_000_000)
        await asking
        assert counted(made) == {"interrupted": 1}


async def test_a_hold_that_was_closed_under_a_call_that_goes_on_is_counted_with_what_it_cost(
    database: Database,
) -> None:
    async with bench(database) as made:
        await made.give(1_000_000)
        made.standin.script(says("a b c", between_s=0.5))
        asking = asyncio.create_task(made.ask(await made.record()))
        async with asyncio.timeout(5):
            while made.standin.received == 0:
                await asyncio.sleep(0.01)
        made.clock.pass_s(QUICK.total_s + HOLD_MARGIN_S + 1)
        await database.write(lambda conn: sweep(conn, made.clock()))
        await asking
        assert counted(made) == {"answered": 1}
        spent_micros = 1_000_000 - (await made.balance(WALLET)).posted_micros
        assert await dollars(made) == pytest.approx(spent_micros / 1_000_000)
