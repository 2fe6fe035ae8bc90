"""What the page's tests share: a workspace without a bot, and a browser."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from sandbox.seed import demo_seed
from sandbox.workspace.seeds import ModelNote
from sandbox.workspace.server import Workspace, start_workspace
from tests.acceptance.page_browser import CHROMIUM, INSTALL, chromium
from tests.conftest import lacking


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """The demo's people and channels, and no bot."""
    started = await start_workspace(demo_seed(ModelNote("SmolLM2 135M", "tiny, on this machine, often wrong")))
    yield started
    await started.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without a page yet."""
    if not CHROMIUM.exists():
        lacking(INSTALL)
    async with chromium() as running:
        yield running
