"""The page for people who read it by ear, by keyboard, or in a bright room: names, order, contrast."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import FilePayload, Page

from sandbox.seed import ADA, GENERAL, GRACE
from sandbox.workspace.server import Workspace
from tests.acceptance.page_browser import CHROMIUM, INSTALL, Visitor, chromium, slack, visitor
from tests.acceptance.test_page_blocks import FORM, GALLERY, plain
from tests.acceptance.test_page_files import png
from tests.acceptance.test_page_ledger import COMPANY, GRANT, question, wallet
from tests.conftest import lacking
from tests.workspace_client import Workbench

PICTURE = base64.b64encode(png(20, 20)).decode()
CONTRAST_MIN = 4.5  # WCAG 2.2, success criterion 1.4.3
FAULTS = """(contrastMin) => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const over = (under, colour, opacity) => {
    pen.globalAlpha = 1;
    pen.fillStyle = `rgb(${under.join(" ")})`;
    pen.fillRect(0, 0, 1, 1);
    pen.globalAlpha = opacity;
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = (rgb) => rgb.reduce((sum, v, i) => sum + linear(v / 255) * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (one, other) => {
    const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const line = (node) => (node ? [...line(node.parentElement), node] : []);
  const isShown = (node) => node.checkVisibility({visibilityProperty: true}) && !node.closest(".sr-only, .skip-link");
  const contrast = (node) => {
    let [ground, opacity] = [[255, 255, 255], 1];
    for (const box of line(node)) {
      const style = getComputedStyle(box);
      opacity *= Number(style.opacity);
      ground = over(ground, style.backgroundColor, opacity);
    }
    return opacity < 0.1 ? 99 : ratio(ground, over(ground, getComputedStyle(node).color, opacity));
  };
  const words = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute("aria-hidden") === "true") return "";
    return node.getAttribute("aria-label") ?? node.getAttribute("alt") ?? [...node.childNodes].map(words).join("");
  };
  const nameOf = (node) => {
    const by = (node.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id));
    return [...by.filter(Boolean), node, ...(node.labels ?? [])].map(words).join("").trim();
  };
  const faults = [];
  const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const silent = ["separator", "status", "alert"];
  for (const node of top.querySelectorAll("a[href], button, input, select, textarea, summary, [role], [tabindex]")) {
    if (!isShown(node) || nameOf(node) || silent.includes(node.role)) continue;
    faults.push(`no name: ${node.outerHTML.slice(0, 150)}`);
  }
  const texts = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !isShown(node) || node.closest(":disabled, [aria-busy], .emoji")) continue;
    const found = contrast(node);
    const start = texts.currentNode.data.slice(0, 40);
    if (found < contrastMin) faults.push(`${found.toFixed(2)}: ${node.className || node.tagName} "${start}"`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  faults.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `twice: ${id}`));
  return [...new Set(faults)];
}"""


async def furnish(workspace: Workspace) -> None:
    """Something of everything in #general, and a Home tab."""
    at_home = [block for block in GALLERY if block["type"] not in {"markdown", "table", "context_actions"}]
    async with Workbench(workspace.url) as bench:
        root = await bench.post(
            "send", {"as": GRACE, "channel": GENERAL, "text": "Hello <@U0ADA> `code` https://a.example"}
        )
        await bench.post(
            "edit", {"as": GRACE, "channel": GENERAL, "ts": root["ts"], "text": "Hello @Ada Lovelace @here"}
        )
        steps = (("Held, the most it can cost", "$0.04"), ("Model called", ""), ("Charged", "$0.01"))
        books = [
            GRANT,
            question("charged", "$0.01", *steps),
            question("running", "$0.04", *steps[:2]) | {"id": "hold:2"},
        ]
        await bench.post("ledger", {"entries": books, "balances": [COMPANY, wallet("$4.96", "$0.04")]})
        files = [{"name": "notes.md", "content": "# Notes"}, {"name": "shot.png", "content_base64": PICTURE}]
        await bench.post("send", {"as": ADA, "channel": GENERAL, "text": "Two files", "files": files})
        await bench.post("react", {"as": GRACE, "channel": GENERAL, "ts": root["ts"], "name": "tada"})
        await slack(workspace, "chat.postMessage", channel=GENERAL, text="gallery", blocks=GALLERY)
        await slack(
            workspace, "chat.postMessage", channel=GENERAL, thread_ts=root["ts"], text="```\ncode\n```\n• one\n> q"
        )
        await slack(workspace, "chat.postEphemeral", channel=GENERAL, user=ADA, text="Only you", blocks=GALLERY[:3])
        await slack(workspace, "views.publish", user_id=ADA, view={"type": "home", "blocks": at_home})
        with pytest.raises(AssertionError, match="channel_not_found"):
            await slack(workspace, "chat.postMessage", channel="C0NOWHERE", text="x")


async def faults(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(FAULTS, CONTRAST_MIN)
    return found


async def open_modal(workspace: Workspace) -> None:
    async with Workbench(workspace.url) as bench:
        typed = await bench.post("command", {"as": ADA, "channel": GENERAL, "text": "/tokens help"})
    view: Any = {"type": "modal", "title": plain("Fields"), "submit": plain("Send"), "blocks": FORM}
    await slack(workspace, "views.open", trigger_id=typed["trigger_id"], view=view)


async def tour(ada: Visitor, workspace: Workspace) -> AsyncIterator[str]:
    """Leads through what the page can show, and names each stop."""
    page = ada.page
    await ada.open(f"/?as={ADA}&channel={GENERAL}")
    await page.click("#main .summary")
    await ada.wait_text("code", "#thread .message")
    yield "channel and thread"
    await page.fill("#main textarea", "@")
    await page.wait_for_selector("#main [role=option]")
    yield "completion"
    chosen = FilePayload(name="draft.txt", mimeType="text/plain", buffer=b"draft")
    await page.set_input_files("#main input[type=file]", [chosen])
    await ada.wait_text("5 bytes", "#main .chip")
    yield "files to send"
    await page.fill("#main textarea", "")
    await page.locator("#main .message", has_text="Two files").hover()
    await page.locator("#main .message", has_text="Two files").get_by_label("Message menu").click()
    await page.wait_for_selector("[role=menuitem]")
    yield "message menu"
    await page.get_by_role("menuitem", name="Edit message").click()
    await page.get_by_label("Edit message").wait_for()
    yield "editing"
    await page.keyboard.press("Escape")
    await page.fill("#main textarea", "/tokens grant ")
    await page.click(".act-as")
    await page.wait_for_selector("[role=menuitemradio]")
    yield "menu"
    await page.keyboard.press("Escape")
    await page.click(".hood-toggle")
    await page.wait_for_selector("#hood summary")
    await page.wait_for_selector("#hood .state-running")
    await page.wait_for_timeout(1_700)  # what has just moved is marked for so long
    yield "under the hood"
    await page.click("#hood [aria-label=Close]")
    await page.click("#sidebar [data-tab=home]")
    await page.wait_for_selector(".home .block-actions")
    yield "home"
    await page.click("#sidebar [data-tab=messages]:has-text('Messages')")
    await page.wait_for_selector(".prompt")
    yield "prompts"
    await open_modal(workspace)
    await page.click("dialog [type=submit]")
    await ada.wait_text("Please fill this in.", "dialog .field-error")
    yield "modal"


@pytest.mark.parametrize("is_dark", [False, True])
async def test_every_control_has_a_name_and_every_text_stands_out(workspace: Workspace, is_dark: bool) -> None:
    if not CHROMIUM.exists():
        lacking(INSTALL)
    await furnish(workspace)
    async with chromium() as browser:
        ada = await visitor(browser, workspace, is_dark=is_dark)
        found = {stop: await faults(ada.page) async for stop in tour(ada, workspace)}
    assert found == {stop: [] for stop in found}
    assert len(found) == 10


ORDER = """() => {
  const node = document.activeElement;
  return node.closest("#topbar, #sidebar, #main, #thread")?.id ?? node.className;
}"""


async def test_the_keyboard_goes_through_the_page_as_the_eye_does(workspace: Workspace) -> None:
    if not CHROMIUM.exists():
        lacking(INSTALL)
    await furnish(workspace)
    async with chromium() as browser:
        ada = await visitor(browser, workspace)
        await ada.open(f"/?as={ADA}&channel={GENERAL}")
        await ada.page.click("#main .summary")
        await ada.wait_text("code", "#thread .message")
        await ada.page.evaluate("document.activeElement.blur()")
        await ada.page.reload()
        await ada.wait_text("code", "#thread .message")
        stops: list[str] = []
        for _ in range(80):
            await ada.page.keyboard.press("Tab")
            stops.append(await ada.page.evaluate(ORDER))
    places = [place for place, before in zip(stops, ["", *stops], strict=False) if place != before]
    assert places[:5] == ["skip-link", "topbar", "sidebar", "main", "thread"]
