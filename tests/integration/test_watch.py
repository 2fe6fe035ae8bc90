"""Looking on while the books move, on both engines; and what the demo's page is told of it."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from bot.follow import EVERY_S, following
from sandbox.seed import ADA
from store.database import Database
from store.engines import Unavailable
from store.ledger.steps import Dispatch, Hold, Release, Settle, Step, Transfer
from store.watch import Seen, Side, Watch
from tests.integration.workspace_app import desk
from tests.ledger_help import COMPANY, at, fund, set_up, wallet
from tests.workspace_client import JsonObject, Refused

ADAS = wallet(0)


async def look(watch: Watch) -> Seen:
    seen = await asyncio.to_thread(watch.look)
    assert seen is not None
    return seen


async def test_every_commit_of_somebody_else_is_seen_once(database: Database, database_url: str) -> None:
    await database.write(set_up)
    await database.post(fund("f", COMPANY, 9_000_000))
    watch = Watch(database_url)
    try:
        first = await look(watch)
        assert await asyncio.to_thread(watch.look) is None
        await database.post(Transfer("g", "grant", COMPANY, ADAS, 2_000_000, at(1), reason="starting"))
        granted = await look(watch)
        await database.post(Hold("h", ADAS, 100, 500_000, at(2), at(60)))
        await database.post(Dispatch("h", at(3)))
        held = await look(watch)
        await database.post(Settle("h", 120_000, at(4)))
        settled = await look(watch)
        assert await asyncio.to_thread(watch.look) is None
        watch.forget()
        assert await look(watch) == settled
    finally:
        watch.close()
    assert [move.kind for move in first.transfers] == ["fund"]
    assert [(b.account_id, b.posted_micros) for b in granted.balances][:2] == [(COMPANY, 7_000_000), (ADAS, 2_000_000)]
    assert (granted.transfers[-1].debit, granted.transfers[-1].reason) == (Side("company", None), "starting")
    [hold] = held.holds
    assert (hold.state, hold.amount_micros, hold.dispatched_at, hold.closed_at) == ("dispatched", 500_000, at(3), None)
    assert next(b.held_micros for b in held.balances if b.account_id == ADAS) == 500_000
    [ended] = settled.holds
    assert (ended.state, ended.charged_micros, ended.closed_at) == ("settled", 120_000, at(4))
    assert settled.consumed_micros == 120_000
    assert settled.transfers[-1].hold_key == "h"


async def test_a_database_that_is_gone_is_said_and_found_again(sqlite_url: str, tmp_path: Path) -> None:
    watch = Watch(f"sqlite:///{tmp_path}/nowhere/stipend.db")
    with pytest.raises(Unavailable):
        await asyncio.to_thread(watch.look)
    watch.close()
    with pytest.raises(ValueError, match="cannot be read"):
        Watch("a database")


async def test_the_page_is_told_in_words(sqlite_database: Database, sqlite_url: str) -> None:
    await sqlite_database.write(set_up)
    async with desk() as at_desk, at_desk.bench.events(ADA) as feed:
        assert (await at_desk.bench.get("ledger"))["ledger"]["connected"] is False
        async with following(sqlite_url, at_desk.workspace.url):
            await sqlite_database.post(fund("f", ADAS, 2_000_000))
            told = await _told(feed, "charged", sqlite_database)
        kept = (await at_desk.bench.get("ledger"))["ledger"]
    states = [entry["state"] for news in told for entry in news["entries"] if entry["kind"] == "hold"]
    assert states[-1] == "charged"
    assert set(states) <= {"held", "running", "charged"}
    [funded, question] = kept["entries"]
    assert (funded["title"], funded["amount"], funded["from"]) == ("Funded", "$2.00", "New budget")
    assert [(step["label"], step.get("amount")) for step in question["steps"]] == [
        ("Held, the most it can cost", "$0.50"),
        ("Model called", None),
        ("Charged", "$0.003716"),
        ("Given back", "$0.496284"),
    ]
    wallets = {balance["id"]: balance for balance in kept["balances"]}
    assert (wallets[ADAS]["available"], wallets[ADAS]["tokens"]) == ("$1.99", "1.99M tokens")
    assert (wallets["consumed"]["available"], kept["balances"][-1]["id"]) == ("$0.0037", "consumed")
    assert "held" not in wallets[ADAS]


async def _told(feed: aiohttp.ClientWebSocketResponse, state: str, database: Database) -> list[JsonObject]:
    """Hold, call and settle with a look between each; what the page was told until an entry has that state."""
    steps: list[Step] = [
        Hold("h", ADAS, 100, 500_000, at(2), at(60)),
        Dispatch("h", at(3)),
        Settle("h", 3_716, at(4)),
    ]
    told: list[JsonObject] = []
    async with asyncio.timeout(10):
        while not any(entry["state"] == state for news in told for entry in news["entries"]):
            news = await feed.receive_json()
            if news["type"] == "ledger":
                told.append(news["ledger"])
                if steps:
                    await database.post(steps.pop(0))
                    await asyncio.sleep(EVERY_S * 1.5)
    return told


async def test_what_was_not_used_is_given_back(sqlite_database: Database, sqlite_url: str) -> None:
    await sqlite_database.write(set_up)
    await sqlite_database.post(fund("f", ADAS, 2_000_000))
    await sqlite_database.post(Hold("h", ADAS, 100, 500_000, at(2), at(60)))
    await sqlite_database.post(Release("h", at(3)))
    await sqlite_database.post(Hold("big", ADAS, 3_000_000, 3_000_000, at(4), at(60)))
    async with desk() as at_desk, following(sqlite_url, at_desk.workspace.url):

        async def look() -> list[JsonObject] | None:
            return (await at_desk.bench.get("ledger"))["ledger"]["entries"] or None

        told = await at_desk.bench.wait_for(look)
    assert [(entry["state"], entry["amount"]) for entry in told if entry["kind"] == "hold"] == [
        ("returned", "$0.00"),
        ("refused", "$3.00"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"entries": {}},
        {"entries": [1]},
        {"entries": [{"id": "a"}]},
        {"balances": [{"id": 1, "kind": "person", "name": "Ada", "available": "$1.00"}]},
    ],
)
async def test_what_is_no_ledger_is_refused(body: JsonObject) -> None:
    async with desk() as at_desk:
        with pytest.raises(Refused):
            await at_desk.bench.post("ledger", body)
        assert (await at_desk.bench.get("ledger"))["ledger"]["connected"] is False
