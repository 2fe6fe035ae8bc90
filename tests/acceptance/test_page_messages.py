"""What can be done with a message: the app's shortcut, its link, editing and deleting."""

from playwright.async_api import Browser, Page
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.seed import ADA, GENERAL, GRACE, PLATFORM
from sandbox.workspace.server import Workspace
from tests.acceptance.page_browser import slack, visitor
from tests.integration.workspace_app import Desk, connected, new_app
from tests.workspace_client import JsonObject, Workbench

AS_ADA = f"/?as={ADA}&channel={GENERAL}"


async def choose(page: Page, message: str, item: str, pane: str = "#main") -> None:
    """Open a message's menu by the keyboard, and take an item."""
    button = page.locator(f"{pane} .message", has_text=message).get_by_label("Message menu")
    await button.focus()
    await button.press("Enter")
    await page.get_by_role("menuitem", name=item).press("Enter")


def modal(words: str) -> JsonObject:
    field = {"type": "plain_text_input", "action_id": "v", "initial_value": words}
    label = {"type": "plain_text", "text": "Question"}
    return {
        "type": "modal", "title": {"type": "plain_text", "text": "Ask about this"},
        "submit": {"type": "plain_text", "text": "Ask"},
        "blocks": [{"type": "input", "block_id": "q", "label": label, "element": field}],
    }  # fmt: skip


async def test_a_shortcut_opens_the_apps_modal(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    async with Workbench(workspace.url) as bench:
        at = Desk(workspace, bench, AsyncWebClient(workspace.bot_token, base_url=workspace.api_url))
        app = new_app(at)
        chosen: list[JsonObject] = []

        @app.shortcut("ask_about")
        async def opened(ack, shortcut, client) -> None:  # type: ignore[no-untyped-def]  # Bolt's arguments
            await ack()
            chosen.append(shortcut)
            view = modal(shortcut["message"]["text"])
            await client.views_open(trigger_id=shortcut["trigger_id"], view=view)

        async with connected(at, app):
            await bench.send(GRACE, GENERAL, "The build is slow")
            await ada.wait_text("build is slow", "#main .message")
            await choose(ada.page, "build is slow", "Ask about this")
            box = ada.page.get_by_label("Question")
            await box.wait_for()
            assert await box.input_value() == "The build is slow"
            await box.press("Escape")
            await ada.page.wait_for_selector("dialog", state="detached")
    assert (chosen[0]["type"], chosen[0]["callback_id"], chosen[0]["user"]["id"]) == (
        "message_action",
        "ask_about",
        ADA,
    )
    assert ada.seen.complaints == []


async def test_without_the_app_a_shortcut_says_so(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await ada.write("Hello")
    await ada.wait_text("Hello", "#main .message")
    await choose(ada.page, "Hello", "Ask about this")
    await ada.wait_text("Stipend did not answer in time", ".toast")


async def test_own_messages_are_edited_and_deleted_and_the_app_is_told(browser: Browser, workspace: Workspace) -> None:
    ada, grace = await visitor(browser, workspace), await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await grace.open(f"/?as={GRACE}&channel={GENERAL}")
    async with Workbench(workspace.url) as bench:
        await ada.write("Tea & <b>cake</b> for @Grace Hopper?")
        await grace.wait_text("Tea & <b>cake</b>", "#main .message")
        menu = grace.page.locator("#main .message").get_by_label("Message menu")
        await grace.page.locator("#main .message").hover()
        await menu.click()
        assert await grace.page.get_by_role("menuitem", name="Edit").count() == 0
        await grace.page.keyboard.press("Escape")
        await choose(ada.page, "cake", "Edit message")
        area = ada.page.get_by_label("Edit message")
        assert await area.input_value() == "Tea & <b>cake</b> for @grace?"
        await area.fill("Coffee for @grace?")
        await area.press("Escape")
        await area.wait_for(state="detached")
        await ada.wait_text("cake", "#main .message")
        await choose(ada.page, "cake", "Edit message")
        await area.fill("Coffee for @grace?")
        await area.press("Enter")
        await grace.wait_text("Coffee for @Grace Hopper?(edited)", "#main .message")
        await ada.page.locator("[aria-label='Message menu']:focus").wait_for(state="attached")
        await choose(ada.page, "Coffee", "Delete message")
        await ada.page.get_by_role("button", name="Cancel").click()
        await choose(ada.page, "Coffee", "Delete message")
        await ada.page.get_by_role("button", name="Delete").click()
        await grace.page.locator("#main .message", has_text="Coffee").wait_for(state="detached")
        told = [sent["event"] for sent in await bench.sent_events("message")]
    assert [event.get("subtype") for event in told] == [None, "message_changed", "message_deleted"]
    assert told[1]["previous_message"]["text"] == f"Tea &amp; &lt;b&gt;cake&lt;/b&gt; for <@{GRACE}>?"
    assert told[1]["message"]["text"] == f"Coffee for <@{GRACE}>?"
    assert [event["channel_type"] for event in told] == ["channel"] * 3


async def test_the_head_of_a_thread_stays_without_its_words(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await ada.write("Who broke it?")
    asked = str(await ada.page.locator("#main .message").get_attribute("data-ts"))
    await slack(workspace, "chat.postMessage", channel=GENERAL, thread_ts=asked, text="Nobody.")
    await ada.wait_text("1 reply", "#main .summary")
    await choose(ada.page, "Who broke it?", "Delete message")
    await ada.page.get_by_role("button", name="Delete").click()
    await ada.wait_text("This message was deleted.", "#main .message.gone")
    assert await ada.page.locator("#main .message.gone .gutter .app-avatar").count() == 0, "as if the app had written"
    await ada.page.click("#main .summary")
    await ada.wait_text("Nobody.", "#thread .message")
    async with Workbench(workspace.url) as bench:
        told = [sent["event"] for sent in await bench.sent_events("message")]
    assert [event.get("subtype") for event in told][-1] == "message_changed"
    assert (told[-1]["message"]["subtype"], told[-1]["previous_message"]["text"]) == ("tombstone", "Who broke it?")


async def test_a_link_to_a_message_leads_to_it(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    async with Workbench(workspace.url) as bench:
        root = await bench.send(GRACE, PLATFORM, "Deploy at nine")
        for n in range(40):
            await bench.send(GRACE, PLATFORM, f"line {n}")
        reply = await bench.send(GRACE, PLATFORM, "Or ten", root)
        link = (await slack(workspace, "chat.getPermalink", channel=PLATFORM, message_ts=reply))["permalink"]
        top = (await slack(workspace, "chat.getPermalink", channel=PLATFORM, message_ts=root))["permalink"]
        await slack(workspace, "chat.postMessage", channel=GENERAL, text=f"See <{link}|there> and <{top}|above>")
    await ada.open(AS_ADA)
    await ada.page.click("#main .message a:has-text('there')")
    await ada.wait_text("Or ten", "#thread .message.spotted")
    await ada.page.click(f"#sidebar [data-channel={GENERAL}]")
    await ada.page.click("#main .message a:has-text('above')")
    spotted = ada.page.locator("#main .message.spotted", has_text="Deploy at nine")
    await spotted.wait_for()
    assert await spotted.evaluate("node => node.getBoundingClientRect().top > 50")
    fresh = await ada.page.context.new_page()  # as pasted into another tab: whoever was acted as last opens it
    await fresh.goto(str(link))
    await fresh.locator("#thread .message.spotted", has_text="Or ten").wait_for()
    assert f"as={ADA}" in fresh.url
    await fresh.goto(f"{workspace.url}/archives/{PLATFORM}/p1000000000000001")
    await fresh.locator(".toast", has_text="not there any more").wait_for()
