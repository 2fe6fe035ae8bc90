"""A headless Chromium that watches what the page does: console, requests, dialogs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from sandbox.workspace.server import Workspace
from tests.workspace_client import JsonObject

CHROMIUM = Path("/usr/bin/chromium")
INSTALL = "The page's tests need Chromium: apt-get install chromium"
SWITCHES = (
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-dev-shm-usage",
)  # fmt: skip
WIDE, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=800)
_REFUSED = "Failed to load resource"  # Chromium's own line about an HTTP 4xx, which the page shows as a sentence


@dataclass
class Seen:
    """What one browser context did besides drawing."""

    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser, closed at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """Somebody at a browser of their own."""

    def __init__(self, page: Page, seen: Seen, workspace: Workspace) -> None:
        self.page = page
        self.seen = seen
        self._workspace = workspace

    async def open(self, path: str = "/") -> None:
        """Load the page and wait until it shows a conversation or the Home tab."""
        await self.page.goto(self._workspace.url + path)
        await self.page.wait_for_selector("#main .pane-header h2")

    async def write(self, text: str, pane: str = "#main") -> None:
        """Type into the composer of a pane and send with Enter."""
        await self.page.fill(f"{pane} textarea", f"{text} ")  # the space ends a mention, so that nothing is completed
        await self.page.press(f"{pane} textarea", "Enter")

    async def wait_text(self, text: str, within: str = "body") -> None:
        """Wait until a text shows; fails after the page's time-out."""
        await self.page.locator(within, has_text=text).first.wait_for()


async def visitor(
    browser: Browser, workspace: Workspace, *, size: ViewportSize = WIDE, is_dark: bool = False
) -> Visitor:
    """A new browser context, watched from its first request on."""
    context = await browser.new_context(viewport=size, color_scheme="dark" if is_dark else "light")
    page = await context.new_page()
    page.set_default_timeout(8_000)
    seen = Seen()
    page.on("console", lambda m: seen.complaints.append(m.text) if _is_complaint(m.type, m.text) else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda request: seen.hosts.add(urlsplit(request.url).netloc))
    page.on("websocket", lambda socket: seen.hosts.add(urlsplit(socket.url).netloc))

    async def dismiss(dialog: object) -> None:
        seen.dialogs.append(str(dialog))

    page.on("dialog", dismiss)
    return Visitor(page, seen, workspace)


def _is_complaint(kind: str, text: str) -> bool:
    return kind in {"error", "warning"} and not text.startswith(_REFUSED)


async def slack(workspace: Workspace, method: str, **arguments: object) -> JsonObject:
    """Call the Web API as the app; an AssertionError when it answers ok: false."""
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(workspace.api_url + method, json=arguments) as answer,
    ):
        body: JsonObject = await answer.json()
        assert body["ok"], body
        return body
