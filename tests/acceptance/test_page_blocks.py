"""Blocks in the page: each kind is shown, each element tells the workspace what was chosen."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, Response

from sandbox.seed import ADA, GENERAL, GRACE
from sandbox.workspace.server import Workspace
from tests.acceptance.page_browser import CHROMIUM, INSTALL, chromium, slack, visitor
from tests.conftest import lacking
from tests.workspace_client import JsonObject, Workbench


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


def option(text: str) -> JsonObject:
    return {"text": plain(text), "value": text.lower()}


def element(kind: str, **more: Any) -> JsonObject:
    return {"type": kind, "action_id": kind, **more}


def field(kind: str, **more: Any) -> JsonObject:
    return {"type": "input", "block_id": kind, "label": plain(f"A {kind}"), "element": {**element(kind), **more}}


CHOICES = [option("One"), option("Two")]
CONFIRM = {"title": plain("Sure?"), "text": plain("It is told."), "confirm": plain("Do it"), "deny": plain("Keep")}
LINK = {"type": "link", "url": "https://a.example/", "text": "link"}
LEAVES = [{"type": "text", "text": "bold", "style": {"bold": True}}, LINK, {"type": "user", "user_id": GRACE}]
WORDS = {"type": "rich_text_section", "elements": LEAVES}
GALLERY: list[JsonObject] = [
    {"type": "header", "text": plain("A header")},
    {"type": "divider"},
    {"type": "markdown", "text": "# Title\n\n|a|b|\n|-|-|\n|1|2|"},
    {"type": "section", "text": plain("A section"), "accessory": element("overflow", options=CHOICES)},
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Spent*\n$1.20"}, plain("Left")]},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "`model` · $0.016"}]},
    {"type": "image", "image_url": "https://a.example/spend.png", "alt_text": "Spend by week"},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "Team"}], [{"type": "rich_text", "elements": [WORDS]}]]},
    {"type": "rich_text", "elements": [WORDS, {"type": "rich_text_list", "style": "bullet", "elements": [WORDS]}]},
    {"type": "actions", "elements": [
        element("button", text=plain("Decline"), style="danger", value="no", confirm=CONFIRM),
        element("static_select", placeholder=plain("Choice"), options=CHOICES),
        element("users_select", placeholder=plain("Person")),
        element("datepicker"),
    ]},
    {"type": "context_actions", "elements": [element(
        "feedback_buttons",
        positive_button={"text": plain("Good"), "accessibility_label": "A good answer", "value": "good"},
        negative_button={"text": plain("Bad"), "accessibility_label": "A bad answer", "value": "bad"},
    ), element("icon_button", icon="trash", text=plain("Delete"))]},
]  # fmt: skip
FORM = [
    field("plain_text_input", multiline=True), field("number_input", is_decimal_allowed=False),
    field("email_text_input"), field("url_text_input"), field("static_select", options=CHOICES), field("users_select"),
    field("datepicker"), field("timepicker"), field("radio_buttons", options=CHOICES),
    field("checkboxes", options=CHOICES), field("multi_static_select", options=CHOICES),
]  # fmt: skip


@pytest.fixture
async def page(workspace: Workspace) -> AsyncIterator[Page]:
    """The page, opened as Ada in #general."""
    if not CHROMIUM.exists():
        lacking(INSTALL)
    async with chromium() as browser:
        ada = await visitor(browser, workspace)
        await ada.open(f"/?as={ADA}&channel={GENERAL}")
        yield ada.page
        assert ada.seen.complaints == []


def clicks_of(page: Page) -> list[tuple[int, Any]]:
    """Fills up with (HTTP status, body) of every click that the page reports."""
    seen: list[tuple[int, Any]] = []

    def note(answer: Response) -> None:
        if answer.url.endswith("/control/click"):
            seen.append((answer.status, answer.request.post_data_json))

    page.on("response", note)
    return seen


async def reported(page: Page, act: Any) -> tuple[int, Any]:
    """What one act makes the page report: the HTTP status and the body sent."""
    async with page.expect_response("**/control/click") as waiting:
        await act
    answer = await waiting.value
    return answer.status, answer.request.post_data_json


async def test_every_block_is_shown(page: Page, workspace: Workspace) -> None:
    await slack(workspace, "chat.postMessage", channel=GENERAL, text="gallery", blocks=GALLERY)
    message = page.locator("#main .message")
    await message.locator(".block-context_actions").wait_for()
    assert await message.locator(".block").count() == len(GALLERY)
    assert await message.locator(".unknown").count() == 0
    assert await message.locator("table").count() == 2
    assert await message.locator("img").count() == 0, "pictures of other hosts are not fetched"
    assert await message.locator(".image-away a").inner_text() == "Picture: Spend by week"


async def test_every_element_reports_its_choice(page: Page, workspace: Workspace) -> None:
    await slack(workspace, "chat.postMessage", channel=GENERAL, text="gallery", blocks=GALLERY)
    message = page.locator("#main .message")
    selects = message.locator(".block-actions select")
    acts = {
        "selected_option": selects.nth(0).select_option("two"),
        "selected_user": selects.nth(1).select_option(GRACE),
        "selected_date": message.locator("input[type=date]").fill("2026-12-24"),
        "value": message.get_by_label("A good answer").click(),
    }
    wanted = {"selected_option": option("Two"), "selected_user": GRACE, "selected_date": "2026-12-24", "value": "good"}
    for name, act in acts.items():
        status, body = await reported(page, act)
        assert (status, body[name]) == (200, wanted[name])
    await message.get_by_label("More actions").click()
    status, body = await reported(page, page.get_by_role("menuitem", name="One").click())
    assert (status, body["action_id"], body["selected_option"]) == (200, "overflow", option("One"))


async def test_a_confirm_is_asked_first(page: Page, workspace: Workspace) -> None:
    await slack(workspace, "chat.postMessage", channel=GENERAL, text="gallery", blocks=GALLERY)
    seen = clicks_of(page)
    button = page.get_by_role("button", name="Decline")
    await button.click()
    await page.get_by_role("button", name="Keep").click()
    await page.wait_for_selector("dialog", state="detached")
    assert seen == []
    await button.click()
    status, body = await reported(page, page.get_by_role("button", name="Do it").click())
    assert (status, body["action_id"], body["value"]) == (200, "button", "no")


async def test_a_form_hands_in_every_kind_of_field(page: Page, workspace: Workspace) -> None:
    async with Workbench(workspace.url) as bench:
        typed = await bench.post("command", {"as": ADA, "channel": GENERAL, "text": "/tokens help"})
        view = {"type": "modal", "title": plain("Fields"), "submit": plain("Send"), "blocks": FORM}
        await slack(workspace, "views.open", trigger_id=typed["trigger_id"], view=view)
        dialog = page.locator("dialog")
        for kind, text in {
            "plain_text_input": "two\nlines", "number_input": "12", "email_text_input": "a@b.example",
            "url_text_input": "https://a.example", "datepicker": "2026-12-24", "timepicker": "09:30",
        }.items():  # fmt: skip
            await dialog.get_by_label(f"A {kind}", exact=True).fill(text)
        await dialog.get_by_label("A static_select", exact=True).select_option("one")
        await dialog.get_by_label("A users_select", exact=True).select_option(GRACE)
        for kind in ("radio_buttons", "checkboxes", "multi_static_select"):
            await (
                dialog.get_by_role("radiogroup" if kind == "radio_buttons" else "group", name=f"A {kind}")
                .get_by_label("Two")
                .check()
            )
        await dialog.get_by_role("button", name="Send").click()
        await page.locator(".toast", has_text="did not take the form").wait_for()
        values = (await bench.get("views", **{"as": ADA}))["views"][0]["state"]["values"]
    held = {kind: next(v for k, v in state[kind].items() if k != "type") for kind, state in values.items()}
    assert held == {
        "plain_text_input": "two\nlines", "number_input": "12", "email_text_input": "a@b.example",
        "url_text_input": "https://a.example", "static_select": option("One"), "users_select": GRACE,
        "datepicker": "2026-12-24", "timepicker": "09:30", "radio_buttons": option("Two"),
        "checkboxes": [option("Two")], "multi_static_select": [option("Two")],
    }  # fmt: skip
