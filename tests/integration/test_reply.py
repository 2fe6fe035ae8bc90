"""An answer reaches Slack whole, whatever breaks on the way: real HTTP against a workspace of our own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack import live
from handlers.slack.client import make_client
from handlers.slack.faults import No, SlackDown, attempt
from handlers.slack.limits import Limits
from handlers.slack.posting import find_key, post_once, words_of
from handlers.slack.reply import IN_THE_FILE, PART_CHARS, Reply, Target, Undeliverable
from handlers.slack.safe import BREAK
from sandbox.workspace.limits import Timing
from sandbox.workspace.seeds import AppSpec, Person, Room, Seed
from sandbox.workspace.server import Workspace, start_workspace

SEED = Seed(
    name="Acme",
    app=AppSpec("Stipend", "Token budgets"),
    people=(Person("U0ADA", "ada", "Ada Lovelace"), Person("U0BOB", "bob", "Bob Noyce")),
    rooms=(Room("C0GEN", "general", members=("U0ADA", "U0BOB")), Room("C0OUT", "outside", with_app=False)),
)
FOOTER = {"type": "context", "elements": [{"type": "mrkdwn", "text": "small-model · $0.016"}]}
SPEED = 50  # the replies' clock runs so much faster than ours
SENTENCE = "An answer has many words, and people read them one after the other. "


@dataclass
class Clock:
    """Runs fast, and can be put forward."""

    ahead_s: float = 0.0

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time() * SPEED + self.ahead_s


@dataclass
class World:
    """A workspace, the bot's client, and one question in #general."""

    workspace: Workspace
    http: aiohttp.ClientSession
    client: AsyncWebClient
    limits: Limits
    target: Target
    clock: Clock

    def reply(self, **how: Any) -> Reply:
        return Reply(self.client, self.limits, self.target, key="ask_1", **how)

    async def control(self, name: str, **body: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.workspace.url}/control/{name}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert answer["ok"], answer
            return answer

    async def fault(self, method: str, kind: str, times: int = 1, **more: Any) -> None:
        await self.control("faults", method=method, kind=kind, times=times, **more)

    async def answers(self, user: str = "U0ADA") -> list[dict[str, Any]]:
        """What that person sees of the bot in the thread."""
        wanted = {"as": user, "channel": self.target.channel_id, "thread_ts": self.target.thread_ts or ""}
        async with self.http.get(f"{self.workspace.url}/control/messages", params=wanted) as response:
            messages: list[dict[str, Any]] = (await response.json())["messages"]
        return [message for message in messages if message["user"] == "U0STIPEND"]

    async def calls(self, *methods: str) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.workspace.url}/control/calls") as response:
            calls: list[dict[str, Any]] = (await response.json())["calls"]
        return [call for call in calls if not methods or call["method"] in methods]

    async def methods(self) -> list[str]:
        return [call["method"] for call in await self.calls()]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    workspace = await start_workspace(SEED, timing=Timing(stream_life_s=300))
    clock = Clock()
    limits = Limits(monotonic_s=clock.monotonic_s, sleep=lambda seconds: asyncio.sleep(seconds / SPEED))
    client = make_client(workspace.bot_token, workspace.api_url, on_429=limits.pause)
    async with aiohttp.ClientSession() as http:
        made = World(workspace, http, client, limits, Target("C0GEN", None, "U0ADA", "T0ACME", private=False), clock)
        asked = await made.control("send", **{"as": "U0ADA", "channel": "C0GEN", "text": "@stipend hi"})
        made.target = replace(made.target, thread_ts=asked["ts"], message_ts=asked["ts"])
        yield made
    await workspace.close()


async def shown(reply: Reply, text: str, step: int = 300) -> str | Undeliverable:
    for start in range(0, len(text), step):
        await reply.show(text[start : start + step])
    return await reply.finish([], [FOOTER])


def words(message: dict[str, Any]) -> str:
    return "".join(block["text"] for block in message["blocks"] if block["type"] == "markdown")


def has_footer(message: dict[str, Any]) -> bool:
    return any(block["type"] == "context" and "small-model" in str(block) for block in message["blocks"])


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


def essay() -> str:
    """About 30,000 characters with code in it."""
    code = "```python\n" + "print('some code')  # and a comment\n" * 40 + "```\n\n"
    return "".join(f"## Chapter {n}\n\n{SENTENCE * 30}\n\n{code}" for n in range(9))


async def test_thirty_thousand_characters_come_in_parts_with_code_in_code(world: World) -> None:
    text = essay()
    assert len(text) > 29_000
    reply = world.reply()
    ts = await shown(reply, text)
    messages = await world.answers()
    assert messages[0]["ts"] == ts == reply.ts
    assert "".join(words(message) for message in messages) == text  # every block of code fits, so nothing is added
    assert all(words(message).count("```") % 2 == 0 and len(words(message)) <= PART_CHARS for message in messages)
    assert [has_footer(message) for message in messages] == [False] * (len(messages) - 1) + [True]


async def test_one_block_of_code_longer_than_a_message_stays_code(world: World) -> None:
    await shown(world.reply(), "```sql\n" + "select 1;\n" * 2_500 + "```\n")
    messages = await world.answers()
    assert len(messages) > 2
    assert all(words(message).startswith("```sql\n") and words(message).endswith("```\n") for message in messages)
    assert sum(words(message).count("select 1;") for message in messages) == 2_500


async def test_a_very_long_answer_ends_as_a_file(world: World) -> None:
    text = SENTENCE * 1_500
    await shown(world.reply(), text, step=5_000)
    messages = await world.answers()
    files = [file for message in messages for file in message.get("files", [])]
    assert [file["name"] for file in files] == ["answer.md"]
    stored = world.workspace.world.state.files[files[0]["id"]]
    assert stored.content == text.encode()
    assert IN_THE_FILE in str(messages)
    assert sum(has_footer(message) for message in messages if message["blocks"]) == 1


async def test_where_files_are_refused_the_very_long_answer_comes_in_parts(world: World) -> None:
    await world.fault("files.getUploadURLExternal", "error", error="missing_scope")
    text = SENTENCE * 1_000
    await shown(world.reply(), text, step=5_000)
    assert "".join(words(message) for message in await world.answers()) == text


async def test_what_slack_calls_too_long_is_cut_further(world: World) -> None:
    await world.fault("chat.postMessage", "error", times=2, error="msg_too_long")
    text = SENTENCE * 5
    reply = world.reply()
    await shown(reply, text)
    messages = await world.answers()
    assert len(messages) > 1
    assert "".join(words(message) for message in messages) == text
    assert reply.ts == messages[0]["ts"]


async def test_markdown_that_slack_cannot_show_comes_as_plain_text(world: World) -> None:
    await world.fault("chat.postMessage", "error", error="invalid_blocks")
    await shown(world.reply(), "| a | b |")
    [message] = await world.answers()
    assert message["blocks"][0]["text"] == {"type": "plain_text", "text": "| a | b |"}
    assert has_footer(message)


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
