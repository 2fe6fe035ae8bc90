"""An answer on its way to Slack, when nothing breaks: real HTTP against a workspace of our own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from handlers.slack.answering import live
from handlers.slack.answering.reply import Reply, Target
from handlers.slack.wire.posting import words_of
from handlers.slack.wire.safe import BREAK
from tests.replying import FOOTER, SENTENCE, World, has_footer, new_world, shown, words


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as made:
        yield made


async def test_a_short_answer_is_exactly_one_post(world: World) -> None:
    reply = world.reply()
    await reply.working()
    await reply.show("It is ")
    await reply.show("42.")
    ts = await reply.finish(["The answer was cut off."], [FOOTER])
    [message] = await world.answers()
    assert message["ts"] == ts == reply.ts
    assert words(message) == "It is 42."
    assert [block["type"] for block in message["blocks"]] == ["markdown", "context", "context"]
    assert message["thread_ts"] == world.target.thread_ts
    posts = await world.calls("chat.postMessage", "chat.update", "chat.startStream", "chat.stopStream")
    assert [call["method"] for call in posts] == ["chat.postMessage"]
    assert posts[0]["args"]["metadata"] == {"event_type": "stipend_post", "event_payload": {"key": "ask_1"}}


async def test_work_is_seen_at_once_and_its_sign_is_taken_away(world: World) -> None:
    reply = world.reply()
    await reply.working()
    await reply.show("Yes.")
    await reply.finish([], [])
    said = [call["args"]["status"] for call in await world.calls("assistant.threads.setStatus")]
    assert said == ["is thinking…", ""]


async def test_without_a_status_line_a_reaction_shows_the_work(world: World) -> None:
    await world.fault("assistant.threads.setStatus", "error", error="not_allowed")
    reply = world.reply()
    await reply.working()
    assert "reactions.add" in await world.methods()
    await reply.finish([], [])
    assert (await world.methods())[-1] == "reactions.remove"


async def test_working_takes_every_no_quietly(world: World) -> None:
    await world.fault("*", "drop_before", times=2)
    reply = world.reply()
    await reply.working()
    assert isinstance(await shown(reply, "Yes."), str)


async def test_a_long_answer_streams(world: World) -> None:
    text = SENTENCE * 40
    reply = world.reply()
    for start in range(0, len(text), 100):
        await reply.show(text[start : start + 100])
        if start == 500:
            [growing] = await world.answers()
            assert growing["streaming"]
            assert reply.ts == growing["ts"]
    await reply.finish([], [FOOTER])
    [message] = await world.answers("U0BOB")
    assert words(message) == text
    assert has_footer(message)
    assert not message["streaming"]
    methods = await world.methods()
    assert methods.count("chat.startStream") == methods.count("chat.stopStream") == 1
    assert "chat.appendStream" in methods
    assert "chat.postMessage" not in methods
    assert "chat.update" not in methods


async def test_a_slow_answer_is_shown_before_it_is_long(world: World) -> None:
    reply = world.reply()
    await reply.show("Well")
    world.clock.ahead_s += live.SHORT_S
    await reply.show(", let me see")
    assert [words(message) for message in await world.answers()] == ["Well, let me see"]
    await reply.finish([], [])


@pytest.mark.parametrize("refusal", ["unknown_method", "channel_type_not_supported", "missing_scope"])
async def test_where_streaming_is_refused_the_answer_is_posted_and_edited(world: World, refusal: str) -> None:
    await world.fault("chat.startStream", "error", times=9, error=refusal)
    text = SENTENCE * 60
    reply = world.reply()
    for start in range(0, len(text), 300):
        await reply.show(text[start : start + 300])
        world.clock.ahead_s += 1
    await reply.finish([], [FOOTER])
    [message] = await world.answers()
    assert words(message) == text
    assert has_footer(message)
    methods = await world.methods()
    assert methods.count("chat.postMessage") == methods.count("chat.startStream") == 1
    assert 2 <= methods.count("chat.update") <= 5


async def test_hostile_words_ping_nobody_however_they_are_cut(world: World) -> None:
    hostile = "Hey <!channel> and <!here|x> and <@U0BOB> and @everyone, `<!subteam^S1>`; List<int> stays. "
    reply = world.reply()
    for letter in hostile * 20:
        await reply.show(letter)
    await reply.finish([], [])
    sent = str(await world.calls("chat.postMessage", "chat.startStream", "chat.appendStream", "chat.stopStream"))
    for ping in ("<!channel", "<!here", "<@U0BOB", "<!subteam", "@everyone"):
        assert ping not in sent
    [message] = await world.answers()
    assert words(message).replace(BREAK, "") == hostile * 20


async def test_many_answers_at_once_stay_within_the_tiers(world: World) -> None:
    targets = []
    for _ in range(24):
        asked = await world.control("send", **{"as": "U0ADA", "channel": "C0GEN", "text": "@stipend hi"})
        targets.append(replace(world.target, thread_ts=asked["ts"], message_ts=None))
    replies = [Reply(world.client, world.limits, target, key=f"ask_{n}") for n, target in enumerate(targets)]
    await asyncio.gather(*(shown(reply, SENTENCE * 10) for reply in replies))
    assert (await world.methods()).count("chat.startStream") == 20
    for world.target in targets:
        assert [words(message) for message in await world.answers()] == [SENTENCE * 10]


async def test_a_refusal_is_one_post_with_its_blocks(world: World) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "You are *out*."}}]
    ts = await world.reply().end_with("You are out.", blocks)
    [message] = await world.answers()
    assert message["ts"] == ts
    assert message["text"] == "You are out."
    assert "You are *out*." in str(message["blocks"])


async def test_a_failure_takes_the_place_of_what_was_shown(world: World) -> None:
    reply = world.reply()
    await reply.show(SENTENCE * 10)
    await reply.end_with("The model broke off.", [])
    [message] = await world.answers()
    assert "The model broke off." in str(message["blocks"])
    assert SENTENCE not in str(message)
    assert not message["streaming"]


async def test_a_whisper_below_an_answer_reaches_the_asker_alone(world: World) -> None:
    reply = world.reply()
    await shown(reply, "Yes.")
    assert await reply.whisper("Left: $4.12")
    [_, whispered] = await world.answers()
    assert whispered["ephemeral"]
    assert whispered["text"] == "Left: $4.12"
    assert len(await world.answers("U0BOB")) == 1


async def test_a_whisper_goes_to_the_channel_where_the_thread_has_nothing_yet(world: World) -> None:
    assert await world.reply().whisper("Left: $4.12")
    assert await world.answers() == []
    world.target = replace(world.target, thread_ts=None)
    [whispered] = await world.answers()
    assert whispered["ephemeral"]
    assert await world.answers("U0BOB") == []


async def test_a_whisper_to_a_reply_goes_below_it(world: World) -> None:
    root = world.target.thread_ts
    asked = await world.control("send", **{"as": "U0ADA", "channel": "C0GEN", "text": "and?", "thread_ts": root})
    world.target = replace(world.target, message_ts=asked["ts"])
    assert await world.reply().whisper("Left: $4.12")
    [whispered] = await world.answers()
    assert whispered["thread_ts"] == root


async def test_a_whisper_in_a_dm_is_an_ordinary_message(world: World) -> None:
    channel = (await world.client.conversations_open(users="U0ADA"))["channel"]["id"]
    asked = await world.control("send", **{"as": "U0ADA", "channel": channel, "text": "hi"})
    world.target = Target(channel, asked["ts"], "U0ADA", "T0ACME", private=True)
    assert await world.reply().whisper("Left: $4.12")
    [message] = await world.answers()
    assert not message["ephemeral"]


async def test_a_whisper_that_slack_refuses_is_only_reported(world: World) -> None:
    await world.fault("chat.postEphemeral", "error", error="user_not_in_channel")
    assert not await world.reply().whisper("Left: $4.12")


async def test_no_words_of_a_message_reach_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await shown(world.reply(), "a very private answer")
    assert "private" not in caplog.text
    assert world.workspace.bot_token not in caplog.text


def test_what_we_said_is_read_from_the_markdown() -> None:
    assert words_of({"text": "excerpt …", "blocks": [{"type": "markdown", "text": "all of it"}]}) == "all of it"
    assert words_of({"text": "plain"}) == "plain"


def test_an_excerpt_is_escaped_and_fits() -> None:
    assert live.excerpt("a < b") == "a &lt; b"
    assert len(live.excerpt("&" * 9_000)) <= live.EXCERPT_CHARS
    assert live.excerpt("&" * 9_000).endswith("&amp; …")
