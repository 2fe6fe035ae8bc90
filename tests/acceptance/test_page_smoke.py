"""The sandbox's page in a real browser, against a real workspace and without a bot."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser

from sandbox.seed import ADA, FRANCES, GENERAL, GRACE, PLATFORM
from sandbox.workspace.server import Workspace
from tests.acceptance.page_browser import PHONE, slack, visitor
from tests.workspace_client import Workbench

AS_ADA, AS_GRACE = f"/?as={ADA}&channel={GENERAL}", f"/?as={GRACE}&channel={GENERAL}"
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[press](javascript:alert(1))",
    "<javascript:alert(1)|press>",
    '![x](x" onerror="alert(1))',
    "*<svg onload=alert(1)>* `</code><script>alert(1)</script>`",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
)
STRAY = "[role=log] :is(script, iframe, object, img, style, form), [role=log] [onerror], [role=log] [onload]"


async def test_first_look_is_quiet_and_complete(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open()
    for name in ("general", "platform", "random", "Grace Hopper", "Home", "Messages"):
        await ada.wait_text(name, "#sidebar button")
    await ada.wait_text("Stipend is not connected", "#banners")
    await ada.wait_text("often wrong", "#topbar")
    await ada.page.click("#sidebar [data-tab=messages]:has-text('Messages')")
    await ada.wait_text("Undo a commit", ".prompt")
    assert ada.seen.complaints == []
    assert ada.seen.hosts == {urlsplit(workspace.url).netloc}


async def test_the_policy_forbids_inline_code(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    answer = await ada.page.goto(workspace.url)
    assert answer is not None
    policy = await answer.header_value("content-security-policy") or ""
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


async def test_acting_as_somebody_else(browser: Browser, workspace: Workspace) -> None:
    somebody = await visitor(browser, workspace)
    await somebody.open(AS_ADA)
    await somebody.wait_text("Member", ".act-as")
    await somebody.page.focus(".act-as")
    await somebody.page.keyboard.press("Enter")
    await somebody.page.keyboard.press("End")
    await somebody.page.click("[role=menuitemradio]:has-text('Grace Hopper')")
    await somebody.wait_text("Manager", ".act-as")
    await somebody.page.wait_for_url(f"**as={GRACE}**")
    assert somebody.seen.complaints == []


async def test_two_browsers_stay_in_step(browser: Browser, workspace: Workspace) -> None:
    ada, grace = await visitor(browser, workspace), await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await grace.open(f"/?as={GRACE}&channel={PLATFORM}")
    await ada.write("Morning, @Grace Hopper")
    await grace.wait_text("1", f"#sidebar [data-channel={GENERAL}] .count")
    await grace.page.click(f"#sidebar [data-channel={GENERAL}]")
    await grace.wait_text("Morning, @Grace Hopper", "#main .message")
    await grace.page.hover("#main .message")
    await grace.page.click("#main .message [aria-label='Reply in thread']")
    await grace.write("Good morning", "#thread")
    await ada.wait_text("1 reply", "#main .summary")
    await ada.page.click("#main .summary")
    await ada.wait_text("Good morning", "#thread .message")
    assert await grace.page.locator(f"#sidebar [data-channel={GENERAL}] .count").count() == 0


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_stays_text(browser: Browser, workspace: Workspace, text: str) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await ada.write(text)
    markdown: object = [{"type": "markdown", "text": text}]
    section: object = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
    for blocks in (None, markdown, section, [{"type": "header", "text": {"type": "plain_text", "text": text}}]):
        await slack(workspace, "chat.postMessage", channel=GENERAL, text=text, blocks=blocks)
    await slack(workspace, "chat.postMessage", channel=GENERAL, text="The end.")
    await ada.wait_text("The end.", "#main .message")
    assert await ada.page.locator("#main .message").count() == 6
    assert await ada.page.locator(STRAY).count() == 0
    links = await ada.page.locator("[role=log] a").evaluate_all("all => all.map(a => [a.protocol, a.rel, a.target])")
    assert all(link == ["https:", "noopener noreferrer", "_blank"] for link in links)
    assert ada.seen.dialogs == []
    assert ada.seen.complaints == []


async def test_a_stream_grows_and_ends(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await ada.write("@stipend how do I undo a commit?")
    asked = str(await ada.page.locator("#main .message").get_attribute("data-ts"))
    await slack(workspace, "assistant.threads.setStatus", channel_id=GENERAL, thread_ts=asked, status="is thinking…")
    await ada.wait_text("Stipend is thinking…", "#thread")
    recipient = {"recipient_user_id": ADA, "recipient_team_id": "T0ACME"}
    begun = await slack(workspace, "chat.startStream", channel=GENERAL, thread_ts=asked, **recipient)
    for piece in ("Use `git re", "vert`:\n\n1. find", " it\n2. **revert** it"):
        chunks = [{"type": "markdown_text", "text": piece}]
        await slack(workspace, "chat.appendStream", channel=GENERAL, ts=begun["ts"], chunks=chunks)
    await ada.wait_text("revert it", "#thread .message.streaming li")
    await slack(workspace, "chat.stopStream", channel=GENERAL, ts=begun["ts"])
    await ada.page.wait_for_selector("#thread .message:has(ol):not(.streaming)")
    assert await ada.page.locator("#thread .message code", has_text="git revert").count() == 1
    assert await ada.page.locator("#thread .status-line").count() == 0


async def test_the_keyboard_stays_at_an_answer_whose_stop_button_goes(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await ada.write("@stipend a long story")
    asked = str(await ada.page.locator("#main .message").get_attribute("data-ts"))
    recipient = {"recipient_user_id": ADA, "recipient_team_id": "T0ACME"}
    begun = await slack(
        workspace, "chat.startStream", channel=GENERAL, thread_ts=asked, markdown_text="Once", **recipient
    )
    await ada.page.locator("#thread .stream-bar button").focus()
    chunks = [{"type": "markdown_text", "text": " upon a time"}]
    await slack(workspace, "chat.appendStream", channel=GENERAL, ts=begun["ts"], chunks=chunks)
    await ada.wait_text("upon a time", "#thread .message")
    await ada.page.wait_for_selector("#thread .stream-bar button:focus")
    await slack(workspace, "chat.stopStream", channel=GENERAL, ts=begun["ts"])
    await ada.page.wait_for_selector(f"#thread .message[data-ts='{begun['ts']}']:not(.streaming):focus")


async def test_a_whisper_reaches_one_person(browser: Browser, workspace: Workspace) -> None:
    ada, grace = await visitor(browser, workspace), await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await grace.open(AS_GRACE)
    await slack(workspace, "chat.postEphemeral", channel=GENERAL, user=ADA, text="You have *$4.12* left")
    await slack(workspace, "chat.postMessage", channel=GENERAL, text="For everyone")
    await ada.wait_text("Only visible to you", "#main .message.ephemeral")
    await ada.wait_text("$4.12", "#main .message.ephemeral strong")
    await grace.wait_text("For everyone", "#main .message")
    assert await grace.page.locator("#main .message", has_text="$4.12").count() == 0


async def test_completion_and_keys(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    area = ada.page.locator("#main textarea")
    await area.press_sequentially("Hi @gra")
    await ada.wait_text("Grace Hopper", "[role=option][aria-selected=true]")
    await area.press("Enter")
    assert await area.input_value() == "Hi @Grace Hopper "
    await area.press("Shift+Enter")
    await area.press_sequentially("second line")
    await area.press("Enter")
    await ada.wait_text("second line", "#main .message")
    assert await area.input_value() == ""
    await area.press_sequentially("/tok")
    await ada.wait_text("/tokens", "[role=option]")
    await area.press("Tab")
    await ada.wait_text("/tokens ask | balance | statement | request | send | lend | return | undo", ".command-hint")
    await area.press_sequentially("gra")
    await ada.wait_text("/tokens grant @person AMOUNT", ".command-hint")
    await area.press_sequentially("nted")
    assert await ada.page.locator(".command-hint").first.inner_text() == ""


async def test_a_modal_keeps_the_focus_and_closes(browser: Browser, workspace: Workspace) -> None:
    frances = await visitor(browser, workspace)
    await frances.open(f"/?as={FRANCES}&channel={GENERAL}")
    async with Workbench(workspace.url) as bench:
        typed = await bench.post("command", {"as": FRANCES, "channel": GENERAL, "text": "/tokens fund"})
        field = {"type": "plain_text_input", "action_id": "v"}
        amount = {
            "type": "input",
            "block_id": "amount",
            "label": {"type": "plain_text", "text": "Amount"},
            "element": field,
        }
        view = {
            "type": "modal",
            "title": {"type": "plain_text", "text": "Fund"},
            "submit": {"type": "plain_text", "text": "Fund"},
        }
        await slack(workspace, "views.open", trigger_id=typed["trigger_id"], view=view | {"blocks": [amount]})
        box = frances.page.get_by_label("Amount")
        await box.wait_for()
        assert await box.evaluate("node => node === document.activeElement")
        await box.press("Enter")
        await frances.wait_text("Please fill this in.", "dialog .field-error")
        await box.fill("$20")
        await box.press("Enter")
        await frances.wait_text("The app did not take the form", ".toast")
        assert await box.input_value() == "$20"
        await box.press("Escape")
        await frances.page.wait_for_selector("dialog", state="detached")
        assert (await bench.get("views", **{"as": FRANCES}))["views"] == []


async def test_home_shows_what_the_app_published(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await ada.page.click("#sidebar [data-tab=home]")
    await ada.wait_text("fills this page", "#main")
    button = {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "Request"}}
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "$4.12 left"}},
        {"type": "actions", "elements": [button]},
    ]
    await slack(workspace, "views.publish", user_id=ADA, view={"type": "home", "blocks": blocks})
    await ada.wait_text("$4.12 left", ".home h3")
    await ada.page.click(".home button:has-text('Request')")
    await ada.wait_text("did not answer", ".toast")


async def test_a_lost_connection_heals(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await ada.write("before")
    await ada.wait_text("before", "#main .message")
    workspace.world.feed.close()
    await slack(workspace, "chat.postMessage", channel=GENERAL, text="while away")
    await ada.wait_text("while away", "#main .message")
    await slack(workspace, "chat.postMessage", channel=GENERAL, text="live again")
    await ada.wait_text("live again", "#main .message")


async def test_a_phone_and_the_dark(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace, size=PHONE, is_dark=True)
    await ada.open(AS_ADA)
    await ada.write("A_word_that_is_far_too_long_for_a_phone" * 6)
    await ada.wait_text("A_word", "#main .message")
    assert await ada.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    shade = await ada.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert max(shade) < 60
    await ada.wait_text("Member", ".act-as")
    await ada.page.click("[aria-label='Show conversations']")
    await ada.page.click(f"#sidebar [data-channel={PLATFORM}]")
    await ada.wait_text("platform", "#main h2")
    await ada.page.wait_for_selector("#sidebar", state="hidden")
    assert ada.seen.complaints == []


async def test_a_command_that_is_complete_is_sent_by_enter(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    area = ada.page.locator("#main textarea")
    await area.press_sequentially("/tokens ")
    await ada.wait_text("balance", "[role=option]")
    await area.press("Enter")
    await ada.wait_text("/tokens failed", "#main .message.ephemeral")
    await area.press_sequentially("/tokens ba")
    await area.press("Enter")
    assert await area.input_value() == "/tokens balance "
    await area.press("Enter")
    await ada.page.locator("#main .message.ephemeral").nth(1).wait_for()
