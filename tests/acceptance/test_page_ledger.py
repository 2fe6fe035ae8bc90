"""The ledger on the page, as it moves, in the eyes of those who were there and of those who come late."""

from playwright.async_api import Browser, Page, ViewportSize

from sandbox.seed import ADA, GENERAL, GRACE
from sandbox.workspace.server import Workspace
from tests.acceptance.page_browser import PHONE, visitor
from tests.workspace_client import JsonObject, Workbench

BROAD = ViewportSize(width=1440, height=860)
AT = 1_800_000_000
COMPANY = {"id": "company:T1", "kind": "company", "name": "Company", "available": "$395.00", "tokens": "395M tokens"}


def wallet(available: str, held: str = "") -> JsonObject:
    return {"id": "person:ada", "kind": "person", "name": "Ada <b>L</b>", "available": available} | (
        {"held": held} if held else {}
    )


def question(state: str, amount: str, *steps: tuple[str, str]) -> JsonObject:
    return {
        "id": "hold:1", "kind": "hold", "title": "Question by Ada", "state": state, "at": AT, "amount": amount,
        "note": "from their own wallet", "steps": [
            {"label": label, "at": AT + n, "amount": money} for n, (label, money) in enumerate(steps)
        ],
    }  # fmt: skip


GRANT = {
    "id": "transfer:7", "kind": "grant", "title": "Granted", "state": "done", "at": AT - 60, "amount": "$5.00",
    "from": "Platform", "to": "Ada", "note": "by Grace, for a start", "steps": [],
}  # fmt: skip


async def texts(page: Page, selector: str) -> list[str]:
    return [" ".join(text.split()) for text in await page.locator(selector).all_inner_texts()]


async def test_money_moves_on_every_page_and_those_who_come_late_see_it_too(
    browser: Browser, workspace: Workspace
) -> None:
    async with Workbench(workspace.url) as bench:
        await bench.post("ledger", {"entries": [GRANT], "balances": [COMPANY, wallet("$5.00")]})
        ada = await visitor(browser, workspace, size=BROAD)
        grace = await visitor(browser, workspace, size=PHONE)
        await ada.open(f"/?as={ADA}&channel={GENERAL}")  # broad enough to show it unasked
        await grace.open(f"/?as={GRACE}&channel={GENERAL}")
        await grace.page.click(".hood-toggle")
        for each in (ada, grace):
            await each.wait_text("Platform → Ada", "#hood .ledger-entry")
            assert await texts(each.page, ".balance") == ["Company $395.00", "Ada <b>L</b> $5.00"]
        held = question("running", "$0.04", ("Held, the most it can cost", "$0.04"), ("Model called", ""))
        await bench.post("ledger", {"entries": [held], "balances": [COMPANY, wallet("$4.96", "$0.04")]})
        for each in (ada, grace):
            await each.wait_text("Model called", "#hood .ledger-entry")
            assert (await texts(each.page, ".balance"))[1] == "Ada <b>L</b> $0.04 held $4.96"
            assert (await texts(each.page, ".ledger-entry .entry-head"))[0] == "Question by Ada $0.04 held"
        done = question("charged", "$0.01", ("Held", "$0.04"), ("Charged", "$0.01"), ("Given back", "$0.03"))
        await bench.post("ledger", {"entries": [done], "balances": [COMPANY, wallet("$4.99")]})
        late = await visitor(browser, workspace)
        await late.open(f"/?as={GRACE}&channel={GENERAL}&hood=open")
        for each in (ada, grace, late):
            await each.wait_text("Given back", "#hood .ledger-entry")
            assert (await texts(each.page, ".entry-steps li"))[-1].endswith("Given back $0.03")
            assert await texts(each.page, ".ledger-entry .entry-head strong") == ["$0.01", "$5.00"]
            assert await each.page.locator(".ledger-entry time").first.inner_text() != ""
            assert each.seen.complaints == []


async def test_a_workspace_alone_says_that_no_ledger_is_connected(browser: Browser, workspace: Workspace) -> None:
    ada = await visitor(browser, workspace, size=BROAD)
    await ada.open(f"/?as={ADA}&channel={GENERAL}")
    assert await ada.page.locator("#hood").is_hidden()
    await ada.page.click(".hood-toggle")
    await ada.wait_text("No ledger is connected", "#hood")
    await ada.page.reload()  # the address remembers that it is open
    await ada.wait_text("No ledger is connected", "#hood")
    await ada.page.locator("#hood .ledger-body").press("Escape")
    await ada.page.wait_for_selector("#hood", state="hidden")
    assert await ada.page.evaluate("document.activeElement.classList.contains('hood-toggle')")
