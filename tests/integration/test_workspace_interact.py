"""Commands, clicks, shortcuts, prompts and response_url with a real Bolt app."""

from typing import Any

import pytest
from slack_sdk.models.blocks import ContextActionsBlock, FeedbackButtonObject, FeedbackButtonsElement

from sandbox.seed import ADA, ALAN, GENERAL, GRACE
from sandbox.workspace.limits import Timing
from tests.integration.workspace_app import Desk, button, connected, desk, new_app, until
from tests.workspace_client import Refused

JsonObject = dict[str, Any]


async def test_a_command_is_acknowledged_with_words_and_answered_later() -> None:
    async with desk() as at:
        app = new_app(at)
        commands: list[JsonObject] = []

        @app.command("/tokens")
        async def tokens(ack: Any, respond: Any, command: JsonObject) -> None:
            commands.append(command)
            await ack("one moment")
            await respond(text="for all", response_type="in_channel")

        async with connected(at, app):
            first = await at.bench.run_command(ADA, GENERAL, "/tokens grant @Alan Turing 5 in #random")
            await at.bench.wait_for_message(ALAN, GENERAL, lambda m: m["text"] == "for all")
            assert [m["text"] for m in await at.bench.messages(ALAN, GENERAL)] == ["for all"]
            assert {m["text"] for m in await at.bench.messages(ADA, GENERAL)} == {"one moment", "for all"}
    assert first["user"] == "U0STIPEND"
    assert commands[0]["text"] == "grant <@U0ALAN|alan> 5 in <#C0RANDOM|random>"
    assert (commands[0]["user_id"], commands[0]["channel_id"], commands[0]["team_id"]) == (ADA, GENERAL, "T0ACME")


async def test_a_command_nobody_acknowledges_fails_as_in_slack() -> None:
    async with desk(Timing(ack_timeout_s=0.1)) as at:
        gone = await at.bench.run_command(ADA, GENERAL, "/tokens")
        assert gone["text"] == '/tokens failed with the error "dispatch_failed"'
        app = new_app(at)

        @app.command("/tokens")
        async def silent() -> None:
            return None

        async with connected(at, app):
            slow = await at.bench.run_command(ADA, GENERAL, "/tokens")
        assert slow["text"] == '/tokens failed with the error "operation_timeout"'
        assert (slow["user"], slow["ephemeral"]) == ("USLACKBOT", True)
        with pytest.raises(Refused, match="not a command"):
            await at.bench.command(ADA, GENERAL, "/nothing")


async def test_a_button_tells_the_app_who_where_and_what() -> None:
    async with desk() as at:
        app = new_app(at)
        bodies: list[JsonObject] = []

        @app.action("go")
        async def go(ack: Any, body: JsonObject, respond: Any) -> None:
            await ack()
            bodies.append(body)
            await respond(text="approved", replace_original=True)

        async with connected(at, app):
            posted = await at.client.chat_postMessage(channel=GENERAL, text="approve?", blocks=[button()])
            trigger_id = await at.bench.click(GRACE, "go", channel=GENERAL, ts=posted["ts"])
            changed = await at.bench.wait_for_message(ADA, GENERAL, lambda m: m["text"] == "approved")
            with pytest.raises(Refused, match="nothing called"):
                await at.bench.click(GRACE, "stop", channel=GENERAL, ts=posted["ts"])
    body = bodies[0]
    assert changed["ts"] == posted["ts"]
    assert changed["blocks"] == []
    assert (body["user"]["id"], body["user"]["team_id"]) == (GRACE, "T0ACME")
    assert (body["channel"]["id"], body["message"]["ts"], body["trigger_id"]) == (GENERAL, posted["ts"], trigger_id)
    assert body["container"] == {
        "type": "message", "message_ts": posted["ts"], "channel_id": GENERAL, "is_ephemeral": False,
    }  # fmt: skip
    action = body["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("go", "b", "v")
    assert action["action_ts"]


async def test_a_button_in_an_ephemeral_comes_without_the_message_and_can_delete_it() -> None:
    async with desk() as at:
        app = new_app(at)
        bodies: list[JsonObject] = []

        @app.action("go")
        async def go(ack: Any, body: JsonObject, respond: Any) -> None:
            await ack()
            bodies.append(body)
            await respond(delete_original=True)

        async with connected(at, app):
            await at.client.chat_postEphemeral(channel=GENERAL, user=ADA, text="psst", blocks=[button()])
            whisper = (await at.bench.messages(ADA, GENERAL))[0]
            with pytest.raises(Refused, match="no such message"):
                await at.bench.click(ALAN, "go", channel=GENERAL, ts=whisper["ts"])
            await at.bench.click(ADA, "go", channel=GENERAL, ts=whisper["ts"])

            async def gone() -> bool:
                return not await at.bench.messages(ADA, GENERAL)

            await at.bench.wait_for(gone)
    assert "message" not in bodies[0]
    assert bodies[0]["container"]["is_ephemeral"] is True


async def test_feedback_buttons_report_the_side_chosen() -> None:
    async with desk() as at:
        app = new_app(at)
        actions: list[JsonObject] = []

        @app.action("feedback")
        async def feedback(ack: Any, action: JsonObject) -> None:
            await ack()
            actions.append(action)

        good = FeedbackButtonObject(text="Good", accessibility_label="Good answer", value="good")
        bad = FeedbackButtonObject(text="Bad", accessibility_label="Bad answer", value="bad")
        element = FeedbackButtonsElement(action_id="feedback", positive_button=good, negative_button=bad)
        async with connected(at, app):
            posted = await at.client.chat_postMessage(
                channel=GENERAL, text="answer", blocks=[ContextActionsBlock(elements=[element])]
            )
            await at.bench.click(ADA, "feedback", channel=GENERAL, ts=posted["ts"], value="bad")
            await until(lambda: actions)
            with pytest.raises(Refused, match="no value"):
                await at.bench.click(ADA, "feedback", channel=GENERAL, ts=posted["ts"], value="meh")
    assert (actions[0]["type"], actions[0]["value"]) == ("feedback_buttons", "bad")


async def test_prompts_are_set_for_the_messages_tab() -> None:
    async with desk() as at:
        app = new_app(at)

        @app.event("app_home_opened")
        async def opened(event: JsonObject, client: Any) -> None:
            prompts = [{"title": "Hi", "message": "say hi"}]
            await client.assistant_threads_setSuggestedPrompts(
                channel_id=event["channel"], prompts=prompts, title=event["tab"]
            )

        async with connected(at, app):
            before = await at.bench.state(ADA)
            await at.bench.open_tab(ADA, "messages")

            async def fresh() -> bool:
                return bool((await at.bench.state(ADA))["prompts_title"] == "messages")

            await at.bench.wait_for(fresh)
            after = await at.bench.state(ADA)
    assert len(before["prompts"]) == 3
    assert after["prompts"] == [{"title": "Hi", "message": "say hi"}]


async def test_a_message_shortcut_carries_the_message() -> None:
    async with desk() as at:
        app = new_app(at)
        bodies: list[JsonObject] = []

        @app.shortcut({"type": "message_action", "callback_id": "ask_about"})
        async def chosen(ack: Any, body: JsonObject) -> None:
            await ack()
            bodies.append(body)

        async with connected(at, app):
            ts = await at.bench.send(ALAN, GENERAL, "what is this?")
            await at.bench.shortcut(ADA, GENERAL, ts, "ask_about")
            await until(lambda: bodies)
    assert (bodies[0]["message"]["text"], bodies[0]["message_ts"]) == ("what is this?", ts)


async def response_url_of(at: Desk) -> str:
    """The response_url of a command Ada runs."""
    app = new_app(at)
    urls: list[str] = []

    @app.command("/tokens")
    async def tokens(ack: Any, command: JsonObject) -> None:
        await ack()
        urls.append(command["response_url"])

    async with connected(at, app):
        await at.bench.command(ADA, GENERAL, "/tokens")
        await until(lambda: urls)
        await at.bench.wait_quiet()
    return urls[0]


async def test_a_response_url_works_five_times_within_its_life() -> None:
    async with desk() as at:
        url = await response_url_of(at)
        session = at.bench.session
        statuses = [(await session.post(url, json={"text": str(n)})).status for n in range(6)]
        assert statuses == [200] * 5 + [404]
        assert len(await at.bench.messages(ADA, GENERAL)) == 5
        url = await response_url_of(at)
        async with session.post(url, json={"text": "x", "blocks": [{"type": "confetti"}]}) as refused:
            assert (refused.status, (await refused.json())["error"]) == (400, "invalid_blocks")
        async with session.post(url, json={"text": "x", "replace_original": True}) as refused:
            assert (refused.status, (await refused.json())["error"]) == (404, "message_not_found")
        await at.bench.timing(response_url_life_s=0)
        async with session.post(url, json={"text": "late"}) as late:
            assert (late.status, (await late.json())["error"]) == (404, "expired_url")
