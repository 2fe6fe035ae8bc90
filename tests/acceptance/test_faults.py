"""Slack, the database and the bot itself break while people ask: one outcome each that the asker sees, one charge."""

import asyncio
import random
import resource
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from budget.asking.context import compose
from sandbox.model.standin import Script, says, usage
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, RANDOM
from store import asks
from store.database import Connection, Database
from store.tables import ask
from tests.acceptance.stage import Stage, footer, on_stage
from tests.cluster import INSTALL, Cluster, new_cluster, programs, remove
from tests.conftest import lacking
from tests.workspace_client import JsonObject

SHORT = says("Use `git reset --soft HEAD~1`.", usage=usage(300, 20))
LONG = Script(pieces=tuple(f"word{n} " for n in range(600)), between_s=0.002, usage=usage(50, 600))


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot()
        await made.stock()
        yield made


async def rows(stage: Stage) -> list[asks.Ask]:
    """All asks, as the database has them."""
    database = await Database.open(stage.url)
    try:
        return await database.read(_all)
    finally:
        await database.close()


def _all(conn: Connection) -> list[asks.Ask]:
    ids = conn.execute(ask.select().with_only_columns(ask.c.id)).scalars().all()
    return [found for ask_id in ids if (found := asks.get(conn, ask_id))]


async def all_over(stage: Stage, count: int, timeout_s: float = 60) -> list[asks.Ask]:
    """All asks, as many as there should be, once each has ended and was told."""
    found: list[asks.Ask] = []

    async def look() -> bool:
        found[:] = await rows(stage)
        return len(found) == count and all(each.told_at and each.state not in asks.LIVE for each in found)

    try:
        await stage.people.wait_for(look, timeout_s)
    except AssertionError:
        states = Counter((each.state, each.outcome, bool(each.told_at)) for each in found)
        raise AssertionError(f"{states}\n{stage.log[-3000:]}") from None
    return found


async def seen(stage: Stage, who: str, channel: str, ts: str) -> list[JsonObject]:
    """What the app has shown somebody of a question: in its thread, beside it, and in their DM; receipts aside."""
    dm = await stage.people.app_dm(who)
    lasting = [m for m in await stage.thread(ts, channel, who) if not m["ephemeral"]]
    thread = [*lasting, *await stage.whispers(ts, channel, who)]
    direct = [] if channel == dm else await stage.people.messages(who, dm)
    own = [m for m in (*thread, *direct) if m["user"].endswith("STIPEND")]
    return [m for m in own if not m["text"].startswith("$") and "granted you" not in m["text"].lower()]


async def settled(stage: Stage, ts: str, channel: str = GENERAL) -> JsonObject:
    """The one outcome of one question, which was answered and paid once."""
    [row] = await all_over(stage, 1)
    assert (row.state, row.outcome) == ("settled", "answered")
    assert stage.standin.received == 1
    await stage.verified()
    [outcome] = await seen(stage, ADA, channel, ts)
    assert footer(outcome)
    return outcome


FAULTS: dict[str, tuple[dict[str, object], ...]] = {
    "post limited": ({"method": "chat.postMessage", "kind": "ratelimited", "retry_after_s": 1, "times": 2},),
    "post 500": ({"method": "chat.postMessage", "kind": "http_500", "times": 2},),
    "post lost": ({"method": "chat.postMessage", "kind": "drop_after", "times": 1},),
    "post cut": ({"method": "chat.postMessage", "kind": "drop_before", "times": 1},),
    "no status": ({"method": "assistant.threads.setStatus", "kind": "unknown_method", "times": 99},),
    "no reaction either": (
        {"method": "assistant.threads.setStatus", "kind": "unknown_method", "times": 99},
        {"method": "reactions.add", "kind": "error", "error": "missing_scope", "times": 99},
    ),
    "no ephemerals": ({"method": "chat.postEphemeral", "kind": "error", "error": "user_not_in_channel", "times": 99},),
    "thread unread": ({"method": "conversations.replies", "kind": "http_500", "times": 5},),
}
STREAM_FAULTS: dict[str, tuple[dict[str, object], ...]] = {
    "no streams": ({"method": "chat.startStream", "kind": "unknown_method", "times": 99},),
    "start refused": ({"method": "chat.startStream", "kind": "error", "error": "channel_type_not_supported"},),
    "start limited": ({"method": "chat.startStream", "kind": "ratelimited", "retry_after_s": 5, "times": 99},),
    "start lost": ({"method": "chat.startStream", "kind": "drop_after"},),
    "append 500": ({"method": "chat.appendStream", "kind": "http_500", "times": 99},),
    "append dies": (
        {"method": "chat.appendStream", "kind": "error", "error": "message_not_in_streaming_state", "times": 99},
    ),
    "stop dies": ({"method": "chat.stopStream", "kind": "error", "error": "message_not_in_streaming_state"},),
    "stop lost": ({"method": "chat.stopStream", "kind": "drop_after"},),
    "update 500": (
        {"method": "chat.stopStream", "kind": "http_500", "times": 99},
        {"method": "chat.update", "kind": "http_500", "times": 2},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_short_answer_arrives_once_whatever_slack_does(stage: Stage, name: str) -> None:
    root = await stage.people.send(ALAN, GENERAL, "a thread")
    for fault in FAULTS[name]:
        await stage.people.post("faults", dict(fault))
    await stage.people.send(ADA, GENERAL, "@stipend how?", thread_ts=root)
    outcome = await settled(stage, root)
    assert "git reset --soft" in outcome["text"]


@pytest.mark.parametrize("name", STREAM_FAULTS)
async def test_a_long_answer_arrives_whole_and_once_whatever_slack_does(stage: Stage, name: str) -> None:
    stage.standin.script(LONG)
    for fault in STREAM_FAULTS[name]:
        await stage.people.post("faults", dict(fault))
    ts = await stage.people.send(ADA, GENERAL, "@stipend tell me a lot")
    outcome = await settled(stage, ts)
    shown = "".join(str(block.get("text")) for block in outcome["blocks"] if block["type"] == "markdown")
    assert (shown or outcome["text"]).split() == "".join(LONG.pieces).split()


async def test_a_refusal_comes_by_direct_message_where_ephemerals_are_refused(stage: Stage) -> None:
    await stage.people.fault("chat.postEphemeral", "error", error="user_not_in_channel", times=99)
    ts = await stage.people.send(ALAN, GENERAL, "@stipend may I?")
    [row] = await all_over(stage, 1)
    assert (row.state, row.outcome) == ("refused", "spent")
    [outcome] = await seen(stage, ALAN, GENERAL, ts)
    assert "is missing" in outcome["text"]


async def test_a_refusal_in_a_direct_message_comes_once_though_the_answer_to_the_post_is_lost(stage: Stage) -> None:
    dm = await stage.people.app_dm(ALAN)
    await stage.people.fault("chat.postMessage", "drop_after")
    ts = await stage.people.send(ALAN, dm, "may I?")
    await all_over(stage, 1)
    [outcome] = [m for m in await stage.people.messages(ALAN, dm, ts) if m["ts"] != ts]
    assert "is missing" in outcome["text"]
    assert len(await stage.people.messages(ALAN, dm)) == 1


async def test_someone_whom_slack_does_not_tell_of_is_asked_to_try_again(stage: Stage) -> None:
    await stage.people.subscribe(["app_mention", "message.im"])  # that they joined is not told either
    new = await stage.people.person("new", "New Colleague")
    await stage.people.join(new, RANDOM)
    await stage.people.fault("users.info", "http_500", times=3)
    ts = await stage.people.send(new, RANDOM, "@stipend who am I?")
    told = await stage.whispered(ts, RANDOM, new)
    assert "Slack did not tell me who that is" in told["text"]
    [button] = [block["elements"][0] for block in told["blocks"] if block["type"] == "actions"]
    await stage.command(FRANCES, "/tokens team add Platform @New Colleague")
    await stage.command(GRACE, "/tokens grant @New Colleague $1")
    await stage.people.click(new, button["action_id"], channel=RANDOM, ts=told["ts"])
    await stage.answered(ts, RANDOM, new)
    await stage.verified()


async def _while_the_model_thinks(stage: Stage, channel: str, change: Callable[[str], Awaitable[object]]) -> str:
    stage.standin.script(Script(pieces=SHORT.pieces, first_s=0.7, usage=usage(300, 20)))
    ts = await stage.people.send(ADA, channel, "@stipend how?")
    while stage.standin.received == 0:
        await asyncio.sleep(0.02)
    await change(ts)
    return ts


async def test_a_question_taken_back_is_answered_by_direct_message(stage: Stage) -> None:
    """The model was asked and has to be paid; the thread is gone."""
    ts = await _while_the_model_thinks(stage, GENERAL, lambda ts: stage.people.delete(ADA, GENERAL, ts))
    outcome = await settled(stage, ts)
    assert "the answer is here" in str(outcome["blocks"])
    dm = await stage.people.app_dm(ADA)
    await stage.people.wait_for_message(ADA, dm, lambda m: "Left: $4.99" in m["text"])


async def test_removed_from_the_channel_the_bot_answers_by_direct_message(stage: Stage) -> None:
    world = stage.workspace.world

    async def remove_app(_: str) -> None:
        world.state.channels[GENERAL].members.remove(world.state.app.user_id)

    ts = await _while_the_model_thinks(stage, GENERAL, remove_app)
    outcome = await settled(stage, ts)
    assert "git reset --soft" in outcome["text"]


async def test_slack_away_for_seconds_delays_an_answer(stage: Stage) -> None:
    async def break_it(_: str) -> None:
        await stage.people.fault("*", "http_500", times=12)

    ts = await _while_the_model_thinks(stage, GENERAL, break_it)
    await settled(stage, ts)


# -- the database goes away, and comes back -------------------------------------------------------------------------


@pytest.fixture
async def crashing(tmp_path: Path) -> AsyncIterator[tuple[Stage, Cluster]]:
    """A stage on a PostgreSQL server of its own, which may be stopped."""
    if programs() is None:
        lacking(INSTALL)
    cluster = new_cluster()
    try:
        async with on_stage(cluster.database(), tmp_path) as made:
            await made.people.timing(ack_timeout_s=1, retry_delays_s=[0.5, 1, 2, 3, 4])
            made.standin.script(SHORT)
            await made.start_bot()
            await made.stock()
            yield made, cluster
    finally:
        remove(cluster)


async def test_asks_outlive_a_crash_of_the_database(crashing: tuple[Stage, Cluster]) -> None:
    stage, cluster = crashing
    channels = await rooms(stage, 12)
    root = await stage.people.send(ALAN, GENERAL, "a thread")
    stage.standin.script(Script(pieces=("it ", "goes ", "on ") * 4, between_s=0.3, usage=usage(50, 12)))
    streaming = [await stage.people.send(ADA, channel, "@stipend slowly") for channel in channels[:6]]
    await stage.people.wait_for(lambda: received(stage, 6))
    await stage.people.fault("conversations.replies", "slow", times=1, delay_s=1.5)
    await stage.people.send(ADA, GENERAL, "@stipend before the hold", thread_ts=root)
    await stage.people.wait_quiet()
    await asyncio.to_thread(cluster.stop, "immediate")
    late = [await stage.people.send(ADA, channel, "@stipend while it is away") for channel in channels[6:]]
    told = await stage.whispered(late[0], channels[6])
    assert "could not take your question" in told["text"]
    assert "books cannot be reached" in await stage.command(ADA, "/tokens balance")
    await asyncio.sleep(1)
    await asyncio.to_thread(cluster.start)
    found = await all_over(stage, 13)
    assert Counter((row.state, row.outcome) for row in found) == {("settled", "answered"): 13}
    assert stage.standin.received == 13
    for channel, ts in zip(channels, [*streaming, *late], strict=True):
        [answer] = await stage.answers(ts, channel)
        assert answer["text"].split() == ["it", "goes", "on"] * 4
    await stage.verified()
    assert "Traceback" not in stage.log
    assert "database is away" in stage.log


async def test_a_full_disk_is_told_and_nothing_is_lost(stage: Stage) -> None:
    """No file of the bot's may grow beyond a size that its log is far from."""
    await stage.people.timing(ack_timeout_s=1, retry_delays_s=[0.5, 1, 2, 3, 4])
    bot, [channel, other] = stage.bots[0], await rooms(stage, 2)
    stage.standin.script(Script(pieces=("it ", "goes ", "on ") * 4, between_s=0.2, usage=usage(50, 12)))
    in_flight = await stage.people.send(ADA, channel, "@stipend slowly")
    await stage.people.wait_for(lambda: received(stage, 1))
    limit = (len(stage.log) // 4096 + 2) * 4096
    before = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    late = await stage.people.send(ADA, other, "@stipend on a full disk")
    assert "could not take your question" in (await stage.whispered(late, other))["text"]
    assert "books cannot be reached" in await stage.command(ADA, "/tokens model standin")
    await asyncio.sleep(2)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, before)
    for ts, where in ((in_flight, channel), (late, other)):
        await stage.answered(ts, where)
    found = await all_over(stage, 2)
    assert Counter((row.state, row.outcome) for row in found) == {("settled", "answered"): 2}
    await stage.verified()
    assert "The disk with the database" in stage.log
    assert "Traceback" not in stage.log


# -- the bot dies; two bots share the work ----------------------------------------------------------------------------


async def rooms(stage: Stage, count: int, who: str = ADA) -> list[str]:
    """Channels with one person and the app, since Slack takes a post a second in each."""
    app = stage.workspace.world.state.app.user_id
    return [await stage.people.channel(f"room-{n}", [who, app]) for n in range(count)]


async def received(stage: Stage, calls: int) -> bool:
    """Whether the model was called so often."""
    return stage.standin.received >= calls


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_killed_again_and_again_every_ask_ends_once_and_is_told(database_url: str, tmp_path: Path) -> None:
    chance, rounds, each = random.Random(20), 10, 20
    async with on_stage(database_url, tmp_path) as stage:
        await stage.people.timing(ack_timeout_s=1, retry_delays_s=[0.2, 1, 1, 2, 3, 5, 8])
        stage.standin.script(Script(pieces=("it ", "goes ", "on ") * 2, between_s=0.05, usage=usage(50, 12)))
        await stage.start_bot()
        await stage.stock()
        channels, asked = await rooms(stage, each), []
        for _ in range(rounds):
            asked += [(await stage.people.send(ADA, channel, "@stipend go"), channel) for channel in channels]
            await asyncio.sleep(chance.random() * 0.8)
            await stage.stop_bot(stage.bots[-1], signal.SIGKILL)
            await stage.start_bot()
        found = await all_over(stage, rounds * each, timeout_s=150)
        assert stage.standin.received <= len(asked)
        report = await stage.verified()
        assert "held" not in await stage.command(ADA, "/tokens balance")
        charged = sum(row.cost_micros or 0 for row in found)
        assert report.total_micros == 0
        assert await spent(stage) == charged
        reference = {row.message_ts: row.id for row in found}
        for ts, channel in asked:
            shown = [m for m in await stage.thread(ts, channel) if m["user"].endswith("STIPEND")]
            shown += [m for m in await stage.whispers(ts, channel) if reference[ts] in str(m["blocks"])]
            ends = [m for m in shown if not (m["ephemeral"] and m["text"].startswith("$"))]
            assert ends, ts
            assert len([m for m in ends if not m["ephemeral"]]) <= 1, ends


async def spent(stage: Stage) -> int:
    """What inference took, by the ledger."""
    database = await Database.open(stage.url)
    query = "SELECT COALESCE(SUM(amount_micros), 0) FROM transfer WHERE kind = 'consume'"
    try:
        return await database.read(lambda conn: int(conn.execute(text(query)).scalar_one()))
    finally:
        await database.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_two_bots_and_200_asks_on_a_budget_of_ten(postgresql_url: str, tmp_path: Path) -> None:
    question = "go"
    one = compose(question, (), thread_tokens=0, total_tokens=10_000).input_tokens + 2 * 500
    async with on_stage(postgresql_url, tmp_path, cap=500) as stage:
        await stage.people.timing(ack_timeout_s=3, retry_delays_s=[0.5, 1, 2, 3, 5, 8])
        stage.standin.script(Script(pieces=("done",), first_s=0.2, usage=usage(one - 2 * 500, 500)))
        await stage.start_bot()
        await stage.start_bot()
        await stage.stock()
        await stage.command(GRACE, f"/tokens grant @Alan Turing {10 * one}")
        channels = await rooms(stage, 20, ALAN)
        for _ in range(10):
            await asyncio.gather(*(stage.people.send(ALAN, channel, f"@stipend {question}") for channel in channels))
        found = await all_over(stage, 200, timeout_s=200)
        states = Counter(row.state for row in found)
        assert states == {"settled": 10, "refused": 190}
        assert {row.cost_micros for row in found if row.state == "settled"} == {one}
        assert stage.standin.received == 10
        assert "$0.00" in await stage.command(ALAN, "/tokens balance")
        assert await spent(stage) == 10 * one
        await stage.verified()
