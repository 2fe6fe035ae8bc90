"""Modals and the Home tab with a real Bolt app: opened, corrected, confirmed, closed, published."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.seed import ADA, ALAN, GENERAL
from sandbox.workspace.limits import Timing
from tests.integration.workspace_app import Desk, button, connected, desk, listen, new_app, plain, until
from tests.workspace_client import Refused

JsonObject = dict[str, Any]


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
