"""Commands, clicks, modals, the Home tab and response_url with a real Bolt app."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ContextActionsBlock, FeedbackButtonObject, FeedbackButtonsElement

from sandbox.seed import ADA, ALAN, GENERAL, GRACE
from sandbox.workspace.limits import Timing
from tests.integration.workspace_app import Desk, connected, desk, listen, new_app, until
from tests.workspace_client import Refused

JsonObject = dict[str, Any]


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


def form(**more: Any) -> JsonObject:
    """A modal that asks for an amount, a person and a note."""
    amount = {"type": "plain_text_input", "action_id": "value"}
    person = {"type": "users_select", "action_id": "who"}
    options = [{"text": plain(t), "value": t} for t in ("week", "month")]
    period = {"type": "static_select", "action_id": "which", "options": options, "initial_option": options[0]}
    blocks = [
        {"type": "input", "block_id": "amount", "label": plain("Amount"), "element": amount},
        {"type": "input", "block_id": "person", "label": plain("Person"), "element": person},
        {"type": "input", "block_id": "period", "label": plain("Period"), "element": period, "optional": True},
    ]
    buttons = {"title": plain("Grant"), "submit": plain("Grant")}
    return {"type": "modal", "callback_id": "grant", "private_metadata": "p", "blocks": blocks, **buttons, **more}


def button(action_id: str = "go", value: str = "v") -> JsonObject:
    return {
        "type": "actions",
        "block_id": "b",
        "elements": [{"type": "button", "action_id": action_id, "text": plain("Go"), "value": value}],
    }


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


def grant_app(at: Desk, seen: list[JsonObject]) -> Any:
    """An app whose command opens the form, refuses the amount "no" and asks for confirmation of "1000"."""
    app = new_app(at)

    @app.command("/tokens")
    async def open_form(ack: Any, body: JsonObject, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form(notify_on_close=True))

    @app.view("grant")
    async def taken(ack: Any, body: JsonObject, view: JsonObject) -> None:
        seen.append(body)
        amount = view["state"]["values"]["amount"]["value"]["value"]
        if amount == "no":
            await ack(response_action="errors", errors={"amount": "Not an amount."})
        elif amount == "1000":
            await ack(response_action="update", view=form(title=plain("Sure?")))
        else:
            await ack()

    @app.view_closed("grant")
    async def closed(ack: Any, body: JsonObject) -> None:
        await ack()
        seen.append(body)

    return app


async def open_form(at: Desk) -> JsonObject:
    """Ada runs the command; the modal she then sees."""
    await at.bench.command(ADA, GENERAL, "/tokens")

    async def opened() -> JsonObject | None:
        return next(iter(await at.bench.views(ADA)), None)

    return await at.bench.wait_for(opened)


async def test_a_modal_is_opened_corrected_confirmed_and_taken() -> None:
    async with desk() as at:
        seen: list[JsonObject] = []
        async with connected(at, grant_app(at, seen)):
            view = await open_form(at)
            said = await at.bench.submit(ADA, view["id"], {"amount": {"value": "5"}})
            assert said["closed"] is False
            assert set(said["errors"]) == {"person"}
            assert seen == []
            entered: JsonObject = {"person": {"who": ALAN}, "period": {"which": "month"}}
            said = await at.bench.submit(ADA, view["id"], {"amount": {"value": "no"}, **entered})
            assert said["errors"] == {"amount": "Not an amount."}
            said = await at.bench.submit(ADA, view["id"], {"amount": {"value": "1000"}})
            assert said["closed"] is False
            assert (await at.bench.views(ADA))[0]["title"]["text"] == "Sure?"
            assert (await at.bench.submit(ADA, view["id"], {"amount": {"value": "7"}}))["closed"] is True
            assert await at.bench.views(ADA) == []
    last = seen[-1]
    values = last["view"]["state"]["values"]
    assert values["amount"]["value"] == {"type": "plain_text_input", "value": "7"}
    assert values["person"]["who"]["selected_user"] == ALAN
    assert values["period"]["which"]["selected_option"]["value"] == "month"
    assert (last["user"]["id"], last["view"]["private_metadata"], last["type"]) == (ADA, "p", "view_submission")


async def test_a_modal_closed_by_hand_is_told_and_someone_elses_is_out_of_reach() -> None:
    async with desk() as at:
        seen: list[JsonObject] = []
        async with connected(at, grant_app(at, seen)):
            view = await open_form(at)
            with pytest.raises(Refused, match="not open"):
                await at.bench.submit(ALAN, view["id"])
            await at.bench.close_view(ADA, view["id"])
            await until(lambda: seen)
            assert await at.bench.views(ADA) == []
    assert seen[0]["type"] == "view_closed"


async def test_a_trigger_opens_one_view_and_soon() -> None:
    async with desk(Timing(ack_timeout_s=0.05)) as at:

        async def code(trigger_id: str, view: JsonObject | None = None) -> str:
            with pytest.raises(SlackApiError) as refused:
                await at.client.views_open(trigger_id=trigger_id, view=view or form())
            return str(refused.value.response["error"])

        trigger_id = await at.bench.command(ADA, GENERAL, "/tokens")
        assert await code(trigger_id, form(title=plain("x" * 25))) == "invalid_arguments"
        assert await code(trigger_id, form(submit=None)) == "invalid_arguments"
        await at.client.views_open(trigger_id=trigger_id, view=form())
        assert await code(trigger_id) == "exchanged_trigger_id"
        assert await code("1.2.3") == "invalid_trigger_id"
        await at.bench.timing(trigger_life_s=0)
        assert await code(await at.bench.command(ADA, GENERAL, "/tokens")) == "expired_trigger_id"


async def test_the_home_tab_is_published_and_its_buttons_work() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "app_home_opened")
        bodies: list[JsonObject] = []

        @app.action("go")
        async def go(ack: Any, body: JsonObject, client: Any) -> None:
            await ack()
            bodies.append(body)
            await client.views_open(trigger_id=body["trigger_id"], view=form())

        async with connected(at, app):
            assert await at.bench.home(ADA) is None
            await at.client.views_publish(user_id=ADA, view={"type": "home", "blocks": [button()]})
            await at.bench.open_tab(ADA, "home")
            await until(lambda: heard.bodies)
            home = await at.bench.home(ADA)
            assert home is not None
            await at.bench.click(ADA, "go", view_id=home["id"])
            await at.bench.wait_for(lambda: at.bench.views(ADA))
            assert await at.bench.home(ALAN) is None
    event = heard.bodies[0]["event"]
    assert (event["tab"], event["user"], event["view"]["id"]) == ("home", ADA, home["id"])
    assert bodies[0]["container"] == {"type": "view", "view_id": home["id"]}
    assert bodies[0]["view"]["type"] == "home"


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
