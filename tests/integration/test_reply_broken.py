"""An answer reaches Slack whole and once, whatever breaks on the way: real HTTP against a workspace of our own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from handlers.slack.answering import live
from handlers.slack.answering.reply import Undeliverable
from handlers.slack.wire.client import make_client
from handlers.slack.wire.faults import No, SlackDown, attempt
from handlers.slack.wire.posting import find_key, post_once
from tests.replying import FOOTER, SENTENCE, World, has_footer, new_world, shown, words


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as made:
        yield made


@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
async def test_a_stream_that_dies_mid_way_leaves_the_answer_whole(world: World, method: str) -> None:
    await world.fault(method, "error", times=9, error=live.DEAD)
    text = SENTENCE * 50
    reply = world.reply()
    assert await shown(reply, text) == reply.ts
    [message] = await world.answers()
    assert words(message) == text
    assert has_footer(message)
    assert await find_key(world.client, "ask_1", "C0GEN", world.target.thread_ts) == reply.ts


async def test_a_stream_is_left_before_slack_ends_it(world: World) -> None:
    reply = world.reply()
    await reply.show(SENTENCE * 10)
    world.clock.ahead_s += live.STREAM_LIFE_S
    await reply.show(SENTENCE * 10)
    [message] = await world.answers()
    assert not message["streaming"]
    world.clock.ahead_s += live.EDIT_EVERY_S
    await reply.show(SENTENCE)
    await reply.finish([], [FOOTER])
    [message] = await world.answers()
    assert words(message) == SENTENCE * 21
    assert has_footer(message)


BREAKAGES = [
    ("chat.appendStream", "ratelimited"),
    ("chat.appendStream", "http_500"),
    ("chat.appendStream", "drop_before"),
    ("chat.appendStream", "drop_after"),
    ("chat.startStream", "ratelimited"),
    ("chat.startStream", "drop_before"),
    ("chat.startStream", "drop_after"),
    ("chat.stopStream", "http_500"),
    ("chat.stopStream", "drop_before"),
    ("chat.stopStream", "drop_after"),
    ("chat.stopStream", "ratelimited"),
]


@pytest.mark.parametrize(("method", "kind"), BREAKAGES)
async def test_no_breakage_of_a_stream_loses_or_doubles_anything(world: World, method: str, kind: str) -> None:
    await world.fault(method, kind)
    text = SENTENCE * 40
    ts = await shown(world.reply(), text)
    [message] = await world.answers()
    assert message["ts"] == ts
    assert words(message) == text
    assert has_footer(message)
    assert not message["streaming"]


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "http_500", "ratelimited"])
async def test_a_post_whose_answer_was_lost_is_there_exactly_once(world: World, kind: str) -> None:
    await world.fault("chat.postMessage", kind)
    ts = await shown(world.reply(), "It is 42.")
    [message] = await world.answers()
    assert message["ts"] == ts
    assert words(message) == "It is 42."


async def test_a_lost_post_is_not_sent_again_before_it_was_looked_for(world: World) -> None:
    await world.fault("chat.postMessage", "drop_after")
    await world.fault("conversations.replies", "drop_before", times=4)
    assert isinstance(await shown(world.reply(), "It is 42."), str)
    assert len(await world.answers()) == 1


@pytest.mark.parametrize("kind", ["http_500", "drop_before", "drop_after", "ratelimited"])
async def test_an_edit_that_fails_is_made_again(world: World, kind: str) -> None:
    await world.fault("chat.startStream", "unknown_method", times=9)
    reply = world.reply()
    await reply.show(SENTENCE * 10)
    await world.fault("chat.update", kind, times=2)
    await reply.finish([], [FOOTER])
    [message] = await world.answers()
    assert words(message) == SENTENCE * 10
    assert has_footer(message)


async def test_an_edit_during_the_answer_may_fail_quietly(world: World) -> None:
    await world.fault("chat.startStream", "unknown_method", times=9)
    await world.fault("chat.update", "http_500", times=4)
    reply = world.reply()
    for _ in range(20):
        await reply.show(SENTENCE)
        world.clock.ahead_s += 1
    await reply.finish([], [])
    assert [words(message) for message in await world.answers()] == [SENTENCE * 20]


async def test_when_no_more_streams_may_be_started_answers_come_all_the_same(world: World) -> None:
    for _ in range(20):
        assert world.limits.try_take("chat.startStream")
    await shown(world.reply(), SENTENCE * 20)
    assert [words(message) for message in await world.answers()] == [SENTENCE * 20]
    assert "chat.startStream" not in await world.methods()


async def test_a_message_deleted_meanwhile_is_made_anew(world: World) -> None:
    reply = world.reply()
    await reply.show(SENTENCE * 10)
    await world.client.chat_delete(channel="C0GEN", ts=reply.ts or "")
    await reply.finish([], [FOOTER])
    assert [words(message) for message in await world.answers()] == [SENTENCE * 10]


@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream"])
async def test_an_answer_stopped_in_the_middle_of_a_call_is_shown_once(world: World, method: str) -> None:
    reply = world.reply()
    if method == "chat.appendStream":
        await reply.show(SENTENCE * 10)
    await world.fault(method, "slow", delay_s=0.1)
    showing = asyncio.create_task(reply.show(SENTENCE * 10))
    await asyncio.sleep(0.05)
    showing.cancel()
    await asyncio.sleep(0.5)  # Slack goes on with what it was asked
    await reply.finish(["Stopped."], [FOOTER])
    [message] = await world.answers()
    assert words(message) == SENTENCE * (20 if method == "chat.appendStream" else 10)
    assert not message["streaming"]


async def test_a_post_stopped_in_the_middle_is_there_once(world: World) -> None:
    await world.fault("chat.postMessage", "slow", delay_s=0.1)
    reply = world.reply()
    posting = asyncio.create_task(shown(reply, "It is 42."))
    await asyncio.sleep(0.05)
    posting.cancel()
    await asyncio.sleep(0.5)
    await reply.finish([], [FOOTER])
    assert [words(message) for message in await world.answers()] == ["It is 42."]


@pytest.mark.parametrize("kind", ["channel_not_found", "not_in_channel", "is_archived", "restricted_action"])
async def test_a_place_that_takes_no_answer_is_said_and_not_raised(world: World, kind: str) -> None:
    await world.fault("chat.postMessage", "error", times=9, error=kind)
    assert await shown(world.reply(), "Yes.") == Undeliverable(kind)


async def test_a_broken_token_is_down_at_once(world: World) -> None:
    await world.fault("chat.postMessage", "error", error="invalid_auth")
    with pytest.raises(SlackDown) as down:
        await shown(world.reply(), "Yes.")
    assert down.value.kind == "invalid_auth"


async def test_a_network_that_stays_away_is_down_and_the_end_can_be_tried_again(world: World) -> None:
    reply = world.reply()
    await world.fault("*", "drop_after", times=200)
    with pytest.raises(SlackDown) as down:
        await shown(reply, SENTENCE * 300, step=6_000)
    assert down.value.kind == "network"
    async with world.http.delete(f"{world.workspace.url}/control/faults") as response:
        assert response.status == 200
    await reply.finish([], [FOOTER])
    messages = await world.answers()
    assert "".join(words(message) for message in messages) == SENTENCE * 300
    assert has_footer(messages[-1])


async def test_a_second_worker_goes_on_where_the_first_one_began(world: World) -> None:
    first = world.reply()
    await first.show(SENTENCE * 10)  # and then its process ends
    second = world.reply(reply_ts=first.ts, look_first=True)
    await shown(second, "It is 42.")
    [message] = await world.answers()
    assert message["ts"] == first.ts == second.ts
    assert words(message) == "It is 42."
    assert not message["streaming"]


async def test_a_second_worker_finds_the_post_that_the_first_one_made(world: World) -> None:
    await shown(world.reply(), "It is 41.")
    await shown(world.reply(look_first=True), "It is 42.")
    assert [words(message) for message in await world.answers()] == ["It is 42."]


async def test_post_once_looks_in_channels_too(world: World) -> None:
    first = await post_once(world.client, "digest:1", channel="C0GEN", text="Weekly digest")
    again = await post_once(world.client, "digest:1", look_first=True, channel="C0GEN", text="Weekly digest")
    other = await post_once(world.client, "digest:2", look_first=True, channel="C0GEN", text="Weekly digest")
    assert first == again != other
    assert await find_key(world.client, "digest:1", "C0GEN", None) == first


async def test_post_once_says_why_not(world: World) -> None:
    assert await post_once(world.client, "digest:1", channel="C0NONE", text="Hi") == No("channel_not_found")


async def test_reads_are_repeated_and_posts_are_not(world: World) -> None:
    await world.fault("conversations.history", "drop_before")
    assert isinstance(await attempt(world.client.conversations_history(channel="C0GEN")), dict)
    await world.fault("chat.postMessage", "drop_after")
    no = await attempt(world.client.chat_postMessage(channel="C0GEN", text="Hi"))
    assert no == No("network", maybe_done=True)
    assert (await world.methods()).count("chat.postMessage") == 1


async def test_a_server_that_is_not_there_was_surely_not_reached() -> None:
    client = make_client("xoxb-1", "http://127.0.0.1:9/")
    assert await attempt(client.chat_postMessage(channel="C1", text="Hi")) == No("network")


async def test_a_long_retry_after_is_not_slept_through(world: World) -> None:
    await world.fault("chat.postMessage", "ratelimited", retry_after_s=3_600)
    with pytest.raises(SlackDown) as down:
        await shown(world.reply(), "Yes.")
    assert down.value.kind == "ratelimited"
