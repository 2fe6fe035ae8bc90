"""The app's forms on the page: every field that is not a plain one, errors, pushed and changed views, closing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.seed import ADA, ALAN, GENERAL, GRACE, PLATFORM
from sandbox.workspace.server import Workspace
from tests.acceptance.page_browser import Visitor, slack, visitor
from tests.integration.workspace_app import Desk, connected, new_app
from tests.workspace_client import JsonObject, Workbench

AS_ADA = f"/?as={ADA}&channel={GENERAL}"


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


def asks(kind: str, **more: Any) -> JsonObject:
    """An input block named after its element."""
    return {
        "type": "input", "block_id": kind, "label": plain(f"A {kind}"),
        "element": {"type": kind, "action_id": kind, **more},
    }  # fmt: skip


def modal(*blocks: JsonObject, title: str = "Form", **more: Any) -> JsonObject:
    return {"type": "modal", "title": plain(title), "submit": plain("Send"), "blocks": list(blocks), **more}


@dataclass
class Stand:
    """A page, an app on its workspace, and what the app got."""

    ada: Visitor
    workspace: Workspace
    bench: Workbench
    app: AsyncApp
    got: list[JsonObject] = field(default_factory=list)

    async def open(self, view: JsonObject) -> None:
        typed = await self.bench.post("command", {"as": ADA, "channel": GENERAL, "text": "/tokens"})
        await slack(self.workspace, "views.open", trigger_id=typed["trigger_id"], view=view)
        await self.ada.page.locator("dialog").wait_for()

    async def send(self) -> None:
        await self.ada.page.locator("dialog [type=submit]").click()


@asynccontextmanager
async def _stand(browser: Browser, workspace: Workspace) -> AsyncIterator[Stand]:
    async with Workbench(workspace.url) as bench:
        at = Desk(workspace, bench, AsyncWebClient(workspace.bot_token, base_url=workspace.api_url))
        app = new_app(at)
        ada = await visitor(browser, workspace)
        await ada.open(AS_ADA)

        @app.command("/tokens")
        async def command(ack: Any) -> None:
            await ack()

        async with connected(at, app):
            yield Stand(ada, workspace, bench, app)
    assert ada.seen.complaints == []


@pytest.fixture
async def stand(browser: Browser, workspace: Workspace) -> AsyncIterator[Stand]:
    async with _stand(browser, workspace) as made:
        yield made


def answers(stand: Stand, *given: JsonObject) -> None:
    """The app answers one submission after the other so, the last one ever after."""
    turns = list(given)

    async def submitted(ack: Any, body: JsonObject) -> None:
        stand.got.append(body)
        await ack(**(turns.pop(0) if len(turns) > 1 else turns[0]))

    stand.app.view("")(submitted)


async def test_fields_of_all_other_kinds_are_handed_in(stand: Stand) -> None:
    answers(stand, {})

    async def offered(ack: Any, payload: JsonObject) -> None:
        await ack(options=[{"text": plain(f"{payload['value']} {n}"), "value": f"{payload['value']}{n}"} for n in "12"])

    stand.app.options("external_select")(offered)
    await stand.open(
        modal(
            asks("file_input", max_files=2, filetypes=["txt"]), asks("external_select", min_query_length=2),
            asks("conversations_select"), asks("channels_select"), asks("multi_users_select", max_selected_items=2),
            asks("datetimepicker"), asks("rich_text_input"), asks("multi_channels_select"),
            private_metadata="kept", title="Many fields",
        )
    )  # fmt: skip
    page = stand.ada.page
    file = FilePayload(name="a.txt", mimeType="text/plain", buffer=b"hello")
    await page.set_input_files("dialog input[type=file]", [file])
    await stand.ada.wait_text("5 bytes", "dialog .chip")
    await page.get_by_role("searchbox").press_sequentially("pro", delay=20)
    await page.locator("dialog option", has_text="pro 2").wait_for(state="attached")
    await page.get_by_label("Choices", exact=True).select_option("pro2")
    for kind, channel in (("conversations_select", PLATFORM), ("channels_select", GENERAL)):
        await page.get_by_label(f"A {kind}").select_option(channel)
    people = page.get_by_role("group", name="A multi_users_select")
    for name in ("Grace Hopper", "Alan Turing"):
        await people.get_by_label(name).check()
    assert await people.get_by_label("Frances Allen").is_disabled()  # two at most
    await page.get_by_label("A datetimepicker").fill("2027-01-02T03:04")
    await page.get_by_label("A rich_text_input").fill("Words")
    await page.get_by_role("group", name="A multi_channels_select").get_by_label("#general").check()
    await stand.send()
    await page.wait_for_selector("dialog", state="detached")
    view = stand.got[0]["view"]
    held = {
        kind: next(v for k, v in state[kind].items() if k != "type") for kind, state in view["state"]["values"].items()
    }
    [sent] = held.pop("file_input")
    assert (sent["name"], sent["size"], view["private_metadata"]) == ("a.txt", 5, "kept")
    assert held.pop("external_select")["value"] == "pro2"
    assert held.pop("rich_text_input")["elements"][0]["elements"] == [{"type": "text", "text": "Words"}]
    assert isinstance(held.pop("datetimepicker"), int)
    assert sorted(held.pop("multi_users_select")) == sorted([GRACE, ALAN])
    assert held == {"conversations_select": PLATFORM, "channels_select": GENERAL, "multi_channels_select": [GENERAL]}
    headers = {"Authorization": f"Bearer {stand.workspace.bot_token}"}
    async with stand.bench.session.get(sent["url_private"], headers=headers) as answer:
        assert await answer.text() == "hello"


async def test_errors_then_another_view_then_the_end(stand: Stand) -> None:
    second = modal(asks("email_text_input"), title="Second", notify_on_close=True)
    closed: list[JsonObject] = []

    async def told(ack: Any, body: JsonObject) -> None:
        closed.append(body)
        await ack()

    stand.app.view_closed("")(told)
    answers(
        stand,
        {"response_action": "errors", "errors": {"plain_text_input": "That is too much: $4.12 are left."}},
        {"response_action": "push", "view": second},
        {"response_action": "update", "view": modal(asks("number_input"), title="Third")},
    )
    await stand.open(modal(asks("plain_text_input")))
    page = stand.ada.page
    box = page.get_by_label("A plain_text_input")
    await box.fill("$20")
    await stand.send()
    await stand.ada.wait_text("That is too much: $4.12 are left.", "dialog .field-error")
    assert await box.get_attribute("aria-invalid") == "true"
    assert await box.evaluate("node => node === document.activeElement")
    await stand.send()
    await stand.ada.wait_text("Second", "dialog h2")
    await page.get_by_label("A email_text_input").press("Escape")
    await stand.ada.wait_text("Form", "dialog h2")
    assert await box.input_value() == "$20"
    await stand.send()
    await stand.ada.wait_text("Third", "dialog h2")
    assert len(closed) == 1
    assert (closed[0]["view"]["title"]["text"], closed[0]["is_cleared"]) == ("Second", False)


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("email_text_input", "nobody", "email"),
        ("url_text_input", "not an address", "URL"),
        ("plain_text_input", "ab", "3"),
        ("number_input", "9", "5"),
    ],
)
async def test_what_cannot_be_is_said_at_the_field(stand: Stand, kind: str, typed: str, said: str) -> None:
    answers(stand, {})
    more: dict[str, JsonObject] = {
        "plain_text_input": {"min_length": 3},
        "number_input": {"max_value": "5", "is_decimal_allowed": False},
    }
    block = asks(kind, **more.get(kind, {})) | {"optional": True}
    await stand.open(modal(block))
    page = stand.ada.page
    await page.get_by_label(f"A {kind}").press_sequentially(typed)
    await stand.send()
    await stand.ada.wait_text(said, "dialog .field-error")
    assert stand.got == []
    await page.get_by_label(f"A {kind}").fill("")
    await stand.send()
    await page.wait_for_selector("dialog", state="detached")
    assert len(stand.got) == 1


async def test_what_is_too_long_is_said_and_not_cut(stand: Stand) -> None:
    answers(stand, {})
    await stand.open(modal(asks("plain_text_input", max_length=1_000)))
    box = stand.ada.page.get_by_label("A plain_text_input")
    await box.fill("x" * 1_002)
    await stand.ada.wait_text("At most 1,000 characters: 2 too many.", "dialog .field-error")
    await stand.send()
    assert (await box.input_value(), stand.got) == ("x" * 1_002, [])
    await box.fill("x" * 1_000)
    await stand.send()
    await stand.ada.page.wait_for_selector("dialog", state="detached")
    values = stand.got[0]["view"]["state"]["values"]
    assert len(values["plain_text_input"]["plain_text_input"]["value"]) == 1_000


async def test_an_expired_trigger_opens_nothing(stand: Stand) -> None:
    await stand.bench.timing(trigger_life_s=0.05)
    sent = await stand.bench.send(GRACE, GENERAL, "look")
    typed = await stand.bench.shortcut(ADA, GENERAL, sent, "ask_about")
    await stand.ada.page.wait_for_timeout(100)
    with pytest.raises(AssertionError, match="expired_trigger_id"):
        await slack(stand.workspace, "views.open", trigger_id=typed, view=modal(asks("plain_text_input")))
    assert await stand.ada.page.locator("dialog").count() == 0
