"""What is new, edited, refused or suggested: how the page tells it."""

import pytest
from playwright.async_api import Browser, ViewportSize

from sandbox.seed import ADA, GENERAL, GRACE, PLATFORM
from sandbox.workspace.server import Workspace
from tests.acceptance.page_browser import slack, visitor
from tests.workspace_client import Workbench

AS_ADA = f"/?as={ADA}&channel={GENERAL}"


async def test_a_mention_that_is_complete_is_sent_by_enter(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    area = ada.page.locator("#main textarea")
    await area.press_sequentially("@grace ")
    assert await ada.page.locator("[role=option]").count() == 0
    await area.press("Enter")
    await ada.wait_text("@Grace Hopper", "#main .message")
    async with Workbench(workspace.url) as bench:
        await bench.post("user", {"id": "U0GRACE2", "name": "gh2", "real_name": "Grace Kelly"})
    await ada.wait_text("Grace Kelly", "#sidebar")
    await area.press_sequentially("@Grace ")  # either of two
    await ada.page.locator("[role=option]", has_text="Grace Kelly").wait_for()
    assert await ada.page.locator("[role=option]").count() == 2


async def test_what_is_new_begins_below_a_line_until_it_was_read(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    async with Workbench(workspace.url) as bench:
        for text in ("known", "new one", "new two"):
            await bench.post("send", {"as": GRACE, "channel": PLATFORM, "text": text})
            if text == "known":
                await ada.page.click(f"#sidebar [data-channel={PLATFORM}]")
                await ada.wait_text("known", "#main .message")
                await ada.page.click(f"#sidebar [data-channel={GENERAL}]")
        await ada.wait_text("2", f"#sidebar [data-channel={PLATFORM}] .count")
        await ada.page.click(f"#sidebar [data-channel={PLATFORM}]")
        await ada.wait_text("new one", "#main .new-rule + .message:not(.compact)")
        await bench.post("send", {"as": GRACE, "channel": PLATFORM, "text": "while she looks"})
        await ada.wait_text("while she looks", "#main .message")
        assert await ada.page.locator("#main .new-rule").count() == 1
    await ada.page.click(f"#sidebar [data-channel={GENERAL}]")
    await ada.page.click(f"#sidebar [data-channel={PLATFORM}]")
    await ada.wait_text("while she looks", "#main .message")
    assert await ada.page.locator("#main .new-rule").count() == 0


async def test_only_what_a_person_edited_says_so(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    async with Workbench(workspace.url) as bench:
        sent = await bench.post("send", {"as": GRACE, "channel": GENERAL, "text": "at nine"})
        await bench.post("edit", {"as": GRACE, "channel": GENERAL, "ts": sent["ts"], "text": "at ten"})
    posted = await slack(workspace, "chat.postMessage", channel=GENERAL, text="begun")
    await slack(workspace, "chat.update", channel=GENERAL, ts=posted["ts"], text="ended")
    await ada.wait_text("ended", "#main .message")
    assert await ada.page.locator("#main .message p", has_text="(edited)").all_inner_texts() == ["at ten(edited)"]


async def test_prompts_stay_until_something_was_asked_today(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    async with Workbench(workspace.url) as bench:
        channel = await bench.app_dm(ADA)
    await slack(workspace, "chat.postMessage", channel=channel, text="Grace granted you $5.00.")
    await ada.open(f"/?as={ADA}&channel={channel}")
    await ada.wait_text("Undo a commit", ".message ~ .starter .prompt")
    await ada.page.click(".prompt:has-text('Undo a commit')")
    await ada.wait_text("keep my changes?", "#main .message")
    assert await ada.page.locator(".prompt").count() == 0
    assert ada.seen.complaints == []


async def test_the_home_tab_reads_no_messages(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    async with Workbench(workspace.url) as bench:
        channel = await bench.app_dm(ADA)
    await ada.open(f"/?as={ADA}&channel={channel}&tab=home")
    await slack(workspace, "chat.postMessage", channel=channel, text="Grace granted you $5.00.")
    await ada.wait_text("1", "#sidebar [data-tab=messages] .count")
    await ada.page.click("#main [role=tab]:has-text('Messages')")
    await ada.wait_text("$5.00", "#main .new-rule + .message")


async def test_a_refusal_in_the_channel_puts_the_empty_thread_away(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await ada.write("@stipend may I?")
    asked = str(await ada.page.locator("#main .message").get_attribute("data-ts"))
    await slack(workspace, "assistant.threads.setStatus", channel_id=GENERAL, thread_ts=asked, status="is thinking…")
    await ada.wait_text("Stipend is thinking…", "#thread")
    await ada.wait_text("Stipend is thinking…", "#announcer")
    await slack(workspace, "chat.postEphemeral", channel=GENERAL, user=ADA, text="Your wallet is empty.")
    await ada.wait_text("Your wallet is empty.", "#main .message.ephemeral")
    await ada.page.wait_for_selector("#thread", state="hidden")
    await slack(workspace, "chat.postMessage", channel=GENERAL, thread_ts=asked, text="Asked again, and answered.")
    await ada.wait_text("and answered", "#thread .message")
    assert await ada.page.evaluate("document.activeElement.tagName") == "TEXTAREA"


async def test_under_the_hood_an_error_stands_below_its_method(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await ada.page.click(".hood-toggle")
    with pytest.raises(AssertionError, match="channel_not_found"):
        await slack(workspace, "assistant.threads.setSuggestedPrompts", channel_id="C0NOWHERE", prompts=[])
    await ada.wait_text("channel_not_found", ".call-error")
    method, error = ada.page.locator(".calls code").first, ada.page.locator(".call-error").first
    upper, lower = await method.bounding_box(), await error.bounding_box()
    assert upper is not None
    assert lower is not None
    assert lower["y"] >= upper["y"] + upper["height"]
    assert await method.evaluate("node => node.getBoundingClientRect().width") > 150


async def test_switching_to_someone_who_is_not_in_the_channel_asks_for_nothing_of_it(
    browser: Browser, workspace: Workspace
) -> None:
    ada = await visitor(browser, workspace)
    refused: list[str] = []
    ada.page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    # What waits a moment to be fetched again waits here until somebody else is acted as.
    slow = (
        "const soon = setTimeout; window.setTimeout = (run, ms, ...more) => soon(run, ms === 150 ? 600 : ms, ...more);"
    )
    await ada.page.add_init_script(slow)
    await ada.open(AS_ADA)
    for name in ("Hedy Lamarr", "Ada Lovelace"):
        await ada.page.locator("button.act-as").click()
        await ada.page.locator(".people-menu [role^=menuitem]", has_text=name).click()
        await ada.page.locator("button.act-as", has_text=name).wait_for()
        await ada.page.locator("#main textarea").wait_for()
        await ada.page.wait_for_timeout(700)
    assert refused == []
    assert await ada.page.locator(".toast").count() == 0


async def test_a_status_that_nobody_sees_is_nowhere_on_the_page(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    async with Workbench(workspace.url) as bench:
        channel = await bench.app_dm(ADA)
        asked = await bench.send(ADA, channel, "how?")
    await ada.open(f"/?as={ADA}&channel={channel}&thread={asked}")
    await slack(workspace, "assistant.threads.setStatus", channel_id=channel, thread_ts=asked, status="is thinking…")
    await ada.wait_text("Stipend is thinking…", "#thread .status-line")
    await ada.page.click("#main [role=tab]:has-text('Home')")
    await ada.page.locator(".status-line").first.wait_for(state="detached")


async def test_times_under_the_hood_are_those_of_whoever_looks(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await slack(workspace, "chat.postMessage", channel=GENERAL, text="hello")
    await ada.open(f"{AS_ADA}&hood=open")
    shown = ada.page.locator("#hood .calls time").first
    in_london = await shown.inner_text()
    await ada.page.locator("button.act-as").click()
    await ada.page.locator(".people-menu [role^=menuitem]", has_text="Grace Hopper").click()  # in New York
    await ada.page.locator("button.act-as", has_text="Grace Hopper").wait_for()
    await ada.page.locator("#hood .calls time", has_text=in_london).wait_for(state="detached")
    assert in_london[2:] == (await shown.inner_text())[2:]


async def test_on_a_small_screen_a_thread_stands_beside_the_books(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace, size=ViewportSize(width=1100, height=800))
    await ada.open(f"{AS_ADA}&hood=open")
    await ada.write("Anybody?")
    root = ada.page.locator("#main .message", has_text="Anybody?")
    await root.hover()
    await root.get_by_label("Reply in thread").click()
    await ada.write("Here", "#thread")
    await ada.wait_text("Here", "#thread .message")
    assert await ada.page.locator("#hood").is_visible()
    assert await ada.page.locator("#main").is_hidden()
    await ada.page.click("#thread [aria-label='Close thread']")
    await root.wait_for()
