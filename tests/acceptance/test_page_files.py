"""Files on the page: attached, dropped, pasted, shown, saved; and what a hostile one cannot do."""

import io
import struct
import zlib

import aiohttp
from playwright.async_api import Browser, FilePayload, Page
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.seed import ADA, FRANCES, GENERAL, GRACE
from sandbox.workspace.limits import UPLOAD_MAX_BYTES
from sandbox.workspace.server import Workspace
from tests.acceptance.page_browser import PHONE, slack, visitor
from tests.integration.workspace_app import JsonObject
from tests.workspace_client import Workbench

AS_ADA = f"/?as={ADA}&channel={GENERAL}"
DROP = """([kind, name, text, type]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, {type}));
  const how = {bubbles: true, cancelable: true};
  const event = kind === "paste" ? new ClipboardEvent("paste", {...how, clipboardData: carried})
    : new DragEvent(kind, {...how, dataTransfer: carried});
  document.querySelector("#main textarea").dispatchEvent(event);
}"""

DROP_LARGE = """(size) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([new ArrayBuffer(size)], "large.bin"));
  const event = new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer});
  document.querySelector("#main textarea").dispatchEvent(event);
}"""


def png(width: int, height: int) -> bytes:
    """A picture of one grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def payload(name: str, content: bytes, kind: str = "") -> FilePayload:
    return FilePayload(name=name, mimeType=kind, buffer=content)


async def choose(page: Page, *files: FilePayload) -> None:
    await page.set_input_files("#main input[type=file]", list(files))


async def sent_events(workspace: Workspace) -> list[JsonObject]:
    async with Workbench(workspace.url) as bench:
        return await bench.sent_events("app_mention")


async def test_files_are_chosen_dropped_and_pasted_taken_back_and_sent(browser: Browser, workspace: Workspace) -> None:
    ada, grace = await visitor(browser, workspace), await visitor(browser, workspace, size=PHONE, is_dark=True)
    await ada.open(AS_ADA)
    await grace.open(f"/?as={GRACE}&channel={GENERAL}")
    await choose(ada.page, payload("plan.png", png(40, 20)), payload("wrong.txt", b"oops"))
    for kind in ("dragenter", "drop"):
        await ada.page.evaluate(DROP, [kind, "notes.md", "# Notes", "text/markdown"])
    await ada.page.evaluate(DROP, ["paste", "shot.csv", "a,b\n1,2", "text/csv"])
    await ada.page.locator("#main .chip", has_text="shot.csv").locator("small", has_text="7 bytes").wait_for()
    await ada.page.click("#main .chip [aria-label='Remove wrong.txt']")
    await ada.write("@stipend what is this?")
    for each in (ada, grace):
        picture = each.page.locator("#main .message img.picture")
        await picture.wait_for()
        assert await picture.get_attribute("alt") == "plan.png"
        assert await picture.evaluate("node => node.decode().then(() => node.naturalWidth)") == 40
        cards = [" ".join(t.split()) for t in await each.page.locator("#main .file").all_inner_texts()]
        assert cards == ["notes.md Markdown · 7 bytes", "shot.csv CSV · 7 bytes"]
        assert each.seen.complaints == []
    assert await ada.page.locator("#main .chip").count() == 0
    [event] = [sent["event"] for sent in await sent_events(workspace)]
    files = event["files"]
    assert [(f["name"], f["mimetype"], f["filetype"], f["size"]) for f in files][1:] == [
        ("notes.md", "text/markdown", "markdown", 7),
        ("shot.csv", "text/csv", "csv", 7),
    ]
    assert (files[0]["original_w"], files[0]["original_h"]) == (40, 20)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {workspace.bot_token}"}) as bot:
        for address in ("url_private", "url_private_download"):
            async with bot.get(files[1][address]) as answer:
                assert await answer.text() == "# Notes"
    async with ada.page.expect_download() as saving:
        await ada.page.click("#main .file:has-text('notes.md')")
    assert (await saving.value).suggested_filename == "notes.md"


async def test_a_file_alone_is_a_message_and_a_command_takes_none(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    await choose(ada.page, payload("a.txt", b"a"))
    await ada.wait_text("1 byte", "#main .chip")
    await ada.write("/tokens")
    await ada.wait_text("A command takes no files", ".toast")
    await ada.page.fill("#main textarea", "")
    await ada.page.click("#main .send")
    await ada.wait_text("a.txt", "#main .message .file")


async def test_what_cannot_be_sent_is_said(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    assert "20 MB" in str(await ada.page.get_attribute("#main [aria-label='Attach files']", "title"))
    await choose(ada.page, payload("empty.txt", b""))
    await ada.wait_text("empty.txt is empty", ".toast")
    await ada.page.evaluate(DROP_LARGE, UPLOAD_MAX_BYTES + 1)
    await ada.wait_text("large.bin is too large", ".toast")
    assert await ada.page.locator("#main .chip").count() == 0
    url = f"{workspace.url}/control/upload?as={ADA}&name=x.bin"
    async with aiohttp.ClientSession() as http, http.post(url, data=io.BytesIO(bytes(UPLOAD_MAX_BYTES + 1))) as answer:
        assert (answer.status, "at most 20 MB" in (await answer.json())["error"]) == (413, True)


SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


async def test_a_hostile_file_is_saved_and_never_run(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    name = "<img src=x onerror=alert(1)>.svg"
    await choose(ada.page, payload(name, SCRIPT, "image/svg+xml"), payload("p.html", SCRIPT), payload("n.png", SCRIPT))
    await ada.write("look")
    await ada.wait_text(name, "#main .message .file")
    assert await ada.page.locator("#main .message :is(script, svg script)").count() == 0
    async with Workbench(workspace.url) as bench:
        files = (await bench.messages(ADA, GENERAL))[0]["files"]
        headers = []
        for file in files:
            url = f"{workspace.url}/control/file?as={ADA}&id={file['id']}"
            async with bench.session.get(url) as answer:
                headers.append(answer.headers)
            if answer.headers["Content-Disposition"].startswith("inline"):
                shown = await visitor(browser, workspace)
                await shown.page.goto(url)
                assert shown.seen.dialogs == []
        async with bench.session.get(f"{workspace.url}/control/file?as={FRANCES}&id={files[0]['id']}") as answer:
            assert answer.status == 200  # she is in the channel
        async with bench.session.get(f"{workspace.url}/control/file?as=U0VISITOR&id={files[0]['id']}") as answer:
            assert answer.status == 404
    assert [h["Content-Disposition"].partition(";")[0] for h in headers] == ["attachment", "attachment", "inline"]
    assert {h["X-Content-Type-Options"] for h in headers} == {"nosniff"}
    assert {h["Content-Security-Policy"] for h in headers} == {"default-src 'none'; sandbox"}
    assert headers[0]["Content-Type"] == "application/octet-stream"
    assert ada.seen.dialogs == []


async def test_the_apps_own_picture_shows_in_its_message_and_in_a_block(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace)
    await ada.open(AS_ADA)
    client = AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)
    title, picture = "Spend by week", png(30, 10)
    sent = await client.files_upload_v2(channel=GENERAL, content=picture, filename="chart.png", title=title)
    await ada.page.get_by_role("img", name="Spend by week").wait_for()
    info = (await client.files_info(file=sent["files"][0]["id"]))["file"]
    by_id = {"type": "image", "slack_file": {"id": info["id"]}, "alt_text": "The same"}
    by_url = {"type": "image", "slack_file": {"url": info["url_private"]}, "alt_text": "The same again"}
    await slack(workspace, "chat.postMessage", channel=GENERAL, text="chart", blocks=[by_id, by_url])
    for name in ("The same", "The same again"):
        shown = ada.page.get_by_role("img", name=name, exact=True)
        assert await shown.evaluate("node => node.decode().then(() => node.naturalWidth)") == 30
    assert ada.seen.complaints == []
