"""Streams through slack_sdk's own helper, and how they end badly."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.seed import ADA, ALAN, GENERAL
from sandbox.workspace.limits import Timing
from tests.integration.workspace_app import Desk, connected, desk, listen, new_app, until

JsonObject = dict[str, Any]


async def stream_to(at: Desk, ts: str, buffer_size: int = 10) -> Any:
    """A stream in #general for Ada."""
    return await at.client.chat_stream(
        channel=GENERAL, thread_ts=ts, recipient_team_id="T0ACME", recipient_user_id=ADA, buffer_size=buffer_size
    )


async def code_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_a_stream_grows_for_its_recipient_and_shows_others_its_start() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "tell me")
        stream = await stream_to(at, ts)
        await stream.append(markdown_text="Once upon ")
        await stream.append(markdown_text="a time there was")
        mine = (await at.bench.messages(ADA, GENERAL, ts))[1]
        theirs = (await at.bench.messages(ALAN, GENERAL, ts))[1]
        assert (mine["text"], mine["streaming"]) == ("Once upon a time there was", True)
        assert (theirs["text"], theirs["streaming"]) == ("Once upon ", True)
        footer = {"type": "context", "elements": [{"type": "mrkdwn", "text": "$0.01"}]}
        await stream.stop(markdown_text=" a ledger.", blocks=[footer])
        done = (await at.bench.messages(ALAN, GENERAL, ts))[1]
    assert (done["text"], done["streaming"]) == ("Once upon a time there was a ledger.", False)
    assert [b["type"] for b in done["blocks"]] == ["markdown", "context"]


async def test_a_short_answer_is_one_start_and_one_stop() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "tell me")
        stream = await stream_to(at, ts, buffer_size=256)
        await stream.append(markdown_text="short")
        await stream.stop()
        methods = [c["method"] for c in await at.bench.calls()]
    assert methods == ["chat.startStream", "chat.stopStream"]


async def test_a_stream_dies_of_age_and_is_recovered_by_an_update() -> None:
    async with desk(Timing(stream_life_s=0.0)) as at:
        ts = await at.bench.send(ADA, GENERAL, "tell me")
        stream = await stream_to(at, ts)
        await stream.append(markdown_text="the first part")
        assert await code_of(stream.append(markdown_text="the second part")) == "message_not_in_streaming_state"
        assert await code_of(stream.stop()) == "message_not_in_streaming_state"
        assert (await at.bench.messages(ADA, GENERAL, ts))[1]["streaming"] is False
        await at.client.chat_update(channel=GENERAL, ts=stream.ts, text="the whole")
        assert (await at.bench.messages(ADA, GENERAL, ts))[1]["text"] == "the whole"


async def test_a_stream_needs_a_thread_and_in_channels_a_recipient() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "tell me")
        start = at.client.api_call
        assert await code_of(start("chat.startStream", json={"channel": GENERAL})) == "invalid_arguments"
        no_one = {"channel": GENERAL, "thread_ts": ts}
        assert await code_of(start("chat.startStream", json=no_one)) == "missing_recipient_team_id"
        dm = await at.bench.app_dm(ADA)
        root = await at.bench.send(ADA, dm, "tell me")
        begun = await at.client.chat_startStream(channel=dm, thread_ts=root)
        await at.client.chat_stopStream(channel=dm, ts=begun["ts"], markdown_text="done")
        late = at.client.chat_appendStream(channel=dm, ts=begun["ts"], markdown_text="more")
        assert await code_of(late) == "message_not_in_streaming_state"


async def test_a_stream_holds_twelve_thousand_characters() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "tell me")
        stream = await stream_to(at, ts)
        await stream.append(markdown_text="a" * 11_000)
        assert await code_of(stream.append(markdown_text="b" * 1_001)) == "msg_too_long"


async def test_tasks_and_plans_are_updated_in_place() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "tell me")
        stream = await stream_to(at, ts)
        task = {"type": "task_update", "id": "1", "title": "Read", "status": "in_progress"}
        await stream.append(chunks=[task])
        await stream.append(chunks=[{**task, "status": "complete"}, {"type": "markdown_text", "text": "read."}])
        blocks = (await at.bench.messages(ADA, GENERAL, ts))[1]["blocks"]
        assert await code_of(stream.append(chunks=[{"type": "smoke"}])) == "invalid_chunks"
    assert [(b["type"], b.get("status")) for b in blocks] == [("task_card", "complete"), ("markdown", None)]


async def test_stop_ends_the_streams_and_tells_the_app() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "agent_session_stopped")
        async with connected(at, app):
            ts = await at.bench.send(ADA, GENERAL, "tell me")
            await at.client.agents_sessions_setStatus(channel_id=GENERAL, thread_ts=ts, status="processing")
            stream = await stream_to(at, ts)
            await stream.append(markdown_text="and so on and on")
            await at.bench.stop(ADA, GENERAL, ts)
            await until(lambda: heard.bodies)
            assert await code_of(stream.stop()) == "message_not_in_streaming_state"
            await at.client.agents_sessions_setStatus(channel_id=GENERAL, thread_ts=ts, status="active")
            invalid = at.client.agents_sessions_setStatus(channel_id=GENERAL, thread_ts=ts, status="bored")
            assert await code_of(invalid) == "invalid_status"
    event = heard.bodies[0]["event"]
    assert (event["channel"], event["thread_ts"], event["user"]) == (GENERAL, ts, ADA)
    assert event["streaming_message_ts"] == [stream.ts]


async def test_a_status_line_shows_and_is_cleared_by_an_answer() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "tell me")
        await at.client.assistant_threads_setStatus(channel_id=GENERAL, thread_ts=ts, status="is thinking...")
        shown = await at.bench.get("messages", **{"as": ADA, "channel": GENERAL})
        assert shown["statuses"] == {ts: "is thinking..."}
        await at.client.chat_postMessage(channel=GENERAL, thread_ts=ts, text="done")
        shown = await at.bench.get("messages", **{"as": ADA, "channel": GENERAL})
        assert shown["statuses"] == {}
