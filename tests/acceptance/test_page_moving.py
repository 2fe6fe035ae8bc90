"""Sending tokens on the page: a command opens the form, the amount is looked at, the form says what was done."""

import os
from pathlib import Path
from typing import cast

from playwright.async_api import Browser

from handlers.slack.views import moving_forms as view
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE
from sandbox.workspace.server import Workspace
from store.database import Database
from tests.acceptance.page_browser import Visitor, visitor
from tests.floor import Floor, floor


async def at_page(browser: Browser, opened: Floor, who: str) -> Visitor:
    """Somebody in #general, at a browser of their own."""
    visiting = await visitor(browser, cast("Workspace", opened.bench))  # of a workspace it reads the address alone
    await visiting.open(f"/?as={who}&channel={GENERAL}")
    return visiting


async def shoot(visiting: Visitor, name: str) -> None:
    """A picture of what is seen, for whoever asks for pictures."""
    folder = os.environ.get("STIPEND_TEST_PICTURES")
    if folder:
        await visiting.page.screenshot(path=Path(folder) / f"{name}.png")


async def test_sending_by_the_form(browser: Browser, sqlite_database: Database) -> None:
    async with floor(sqlite_database) as opened:
        await opened.set_up()
        await opened.say(GRACE, "grant @ada $8")
        ada = await at_page(browser, opened, ADA)
        await ada.write("/tokens send")
        await ada.wait_text("You have $8.00 (8M tokens) available.", "dialog")
        await ada.page.locator(f"dialog select[id$={view.TO}]").select_option(ALAN)
        amount = ada.page.locator(f"dialog input[id$={view.AMOUNT}]")
        await amount.fill("$3")
        await amount.press("Tab")
        await ada.wait_text("That is $3.00 (3M tokens); it leaves you $5.00 (5M tokens).", "dialog")
        await shoot(ada, "send-form")
        await ada.page.locator(f"dialog input[id$={view.REASON}]").fill("lunch")
        await ada.page.locator("dialog [type=submit]").click()
        await ada.wait_text("$3.00 (3M tokens) went from you to Alan Turing, for lunch.", "dialog")
        await shoot(ada, "sent")
        await opened.told(ALAN, "sent you")
        assert ada.seen.complaints == []


async def test_a_large_grant_and_taking_it_back(browser: Browser, sqlite_database: Database) -> None:
    async with floor(sqlite_database) as opened:
        await opened.set_up()
        await opened.answer(FRANCES, "fund $90")
        await opened.answer(FRANCES, "fund $90")
        frances = await at_page(browser, opened, FRANCES)
        await frances.write("/tokens grant platform $150 for the launch")
        await frances.wait_text("The company pool: $270.00 → $120.00 (120M tokens)")
        await shoot(frances, "confirm")
        await frances.page.get_by_role("button", name="Grant $150.00").click()
        await frances.wait_text("The company pool now has $120.00 (120M tokens).")
        await frances.write("/tokens undo")
        await frances.wait_text("can be taken back, as far as it is unspent")
        await shoot(frances, "undo")
        await frances.page.get_by_role("button", name="Take back").first.click()
        await frances.wait_text("Taken back: $150.00 (150M tokens) from the Platform pool, to the company pool")
        await shoot(frances, "undone")
        for form in ("lend", "grant", "move", "return"):
            await frances.write(f"/tokens {form}")
            await frances.page.locator("dialog [type=submit]").wait_for()
            await shoot(frances, f"{form}-form")
            await frances.page.keyboard.press("Escape")
            await frances.page.locator("dialog").wait_for(state="hidden")
        assert frances.seen.complaints == []
