"""A refused question, the form, the approver's card, the next question: real bots, replicas, and a kill in between."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from sandbox.model.standin import says, usage
from sandbox.seed import ADA, GENERAL, GRACE
from store import tables
from store.database import Database
from tests.acceptance.page_browser import visitor
from tests.acceptance.stage import Stage, on_stage
from tests.workspace_client import JsonObject

ANSWER = says("Use `git reset --soft HEAD~1`.", usage=usage(300, 20))


@pytest.fixture
async def stage(postgresql_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(postgresql_url, tmp_path) as made:
        made.standin.script(ANSWER)
        await made.start_bot()
        await made.stock()
        yield made
        assert "Traceback" not in made.log, made.log
        await made.verified()


def button(shown: JsonObject, words: str) -> JsonObject:
    """What can be clicked, by how it begins."""
    rows = [block.get("elements") or [] for block in shown["blocks"]]
    return next(each for row in rows for each in row if each.get("text", {}).get("text", "").startswith(words))


async def click(stage: Stage, who: str, message: JsonObject, words: str, channel: str = "") -> None:
    there = channel or await stage.people.app_dm(who)
    await stage.people.click(who, button(message, words)["action_id"], channel=there, ts=message["ts"])


async def letter(stage: Stage, who: str, part: str) -> JsonObject:
    dm = await stage.people.app_dm(who)
    return await stage.people.wait_for_message(who, dm, lambda message: part in message["text"], timeout_s=20)


async def form(stage: Stage, who: str, part: str) -> JsonObject:
    async def look() -> Any:
        views = await stage.people.views(who)
        return views[-1] if views and part in str(views[-1]["blocks"]) else None

    return dict(await stage.people.wait_for(look))


async def spend_all(stage: Stage) -> None:
    """Ada's five dollars are gone."""
    await stage.command(GRACE, "/tokens move $5 from @Ada Lovelace to Platform")


async def test_refused_asked_for_granted_and_answered(stage: Stage) -> None:
    await spend_all(stage)
    ts = await stage.people.send(ADA, GENERAL, "@stipend how do I undo?")
    refusal = await stage.whispered(ts, GENERAL)
    await click(stage, ADA, refusal, "Ask for more", GENERAL)
    shown = await form(stage, ADA, "a suggestion for the question")
    values = {"request_amount": {"request_amount": "$1"}, "request_reason": {"request_reason": "undoing"}}
    assert "'initial_value': '$1.00'" in str(shown["blocks"])
    await stage.people.submit(ADA, shown["id"], values)
    await click(stage, GRACE, await letter(stage, GRACE, "asks for"), "Approve $1.00")
    told = await letter(stage, ADA, "granted you *$1.00")
    assert "You now have *$1.00 (1M tokens)*" in told["text"]
    await click(stage, ADA, told, "Ask my question again")
    answer = await stage.answered(ts, GENERAL)
    assert "git reset" in str(answer)
    for _ in range(3):
        again = await letter(stage, ADA, "granted you *$1.00")
        if not any(block["type"] == "actions" for block in again["blocks"]):
            break
        await click(stage, ADA, again, "Ask my question again")
        await asyncio.sleep(0.3)
    assert "asked again" in str((await letter(stage, ADA, "granted you *$1.00"))["blocks"])
    assert len(await stage.answers(ts, GENERAL)) == 1
    assert len(stage.standin.requests) == 1


async def test_two_replicas_and_many_clicks_make_one_decision(stage: Stage) -> None:
    await stage.start_bot()
    for number in range(1, 4):
        await stage.command(ADA, f"/tokens request ${number}")
    for number in range(1, 4):
        card = await letter(stage, GRACE, f"asks for *${number}.00")
        words = f"Approve ${number}.00"
        await asyncio.gather(*(click(stage, GRACE, card, words) for _ in range(6)))
    for number in range(1, 4):
        after = await letter(stage, GRACE, f"You granted *${number}.00")
        assert not any(block["type"] == "actions" for block in after["blocks"])
    await stage.people.wait_quiet()
    assert "You have *$11.00" in await stage.command(ADA, "/tokens balance")
    mine = [m["text"] for m in await stage.people.messages(ADA, await stage.people.app_dm(ADA))]
    assert sum("granted you *$1.00" in text for text in mine) == 1


async def test_killed_after_the_decision_the_letters_come_from_another(stage: Stage) -> None:
    await stage.command(ADA, "/tokens request $2")
    card = await letter(stage, GRACE, "asks for")
    for method in ("conversations.open", "chat.update"):
        await stage.people.fault(method, "slow", times=20, delay_s=30)
    await click(stage, GRACE, card, "Approve $2.00")
    database = await Database.open(stage.url)
    decided = tables.token_request.select().where(tables.token_request.c.state == "approved")

    async def is_decided() -> bool:
        return bool(await database.read(lambda conn: conn.execute(decided).all()))

    await stage.people.wait_for(is_decided)
    await stage.stop_bot(stage.bots[0], signal.SIGKILL)
    await stage.people.clear_faults()
    await stage.start_bot()
    now = datetime.now(UTC)  # the bots' clock is the real one, and what was taken up waits on it
    late = tables.outbox.update().where(tables.outbox.c.state == "waiting").values(next_at=now)
    await database.write(lambda conn: conn.execute(late))
    await database.close()
    told = await letter(stage, ADA, "granted you *$2.00")
    after = await letter(stage, GRACE, "You granted *$2.00")
    assert after["ts"] == card["ts"]
    mine = [m["text"] for m in await stage.people.messages(ADA, await stage.people.app_dm(ADA))]
    assert mine.count(told["text"]) == 1
    assert "You have *$7.00" in await stage.command(ADA, "/tokens balance")


async def test_on_the_page_with_the_mouse(stage: Stage, browser: Browser, tmp_path: Path) -> None:
    people = {who: await visitor(browser, stage.workspace) for who in (ADA, GRACE)}
    for who, seen in people.items():
        await seen.open(f"/?as={who}&channel={await stage.people.app_dm(who)}")
    ada, grace = people[ADA], people[GRACE]
    await ada.write("/tokens request")
    await ada.wait_text("How much", "dialog")
    await ada.page.fill("dialog input >> nth=0", "20$")
    await ada.page.locator("dialog input >> nth=1").focus()
    await ada.wait_text("is not an amount", "dialog")
    await ada.page.screenshot(path=tmp_path / "1-form-wrong.png")
    await ada.page.fill("dialog input >> nth=0", "$20")
    await ada.page.fill("dialog input >> nth=1", "the migration of the parser")
    await ada.wait_text("That is $20.00 (20M tokens)", "dialog")
    await ada.page.screenshot(path=tmp_path / "2-form.png")
    await ada.page.locator("dialog [type=submit]").click()
    await ada.wait_text("Grace Hopper decides", "dialog")
    await ada.page.screenshot(path=tmp_path / "3-asked.png")
    await ada.page.keyboard.press("Escape")
    await grace.wait_text("asks for")
    await grace.page.screenshot(path=tmp_path / "4-card.png")
    await grace.page.get_by_role("button", name="Other amount…").click()
    await grace.wait_text("It would come from the Platform pool", "dialog")
    await grace.page.screenshot(path=tmp_path / "5-other.png")
    await grace.page.fill("dialog input >> nth=0", "$10")
    await grace.page.locator("dialog [type=submit]").click()
    await grace.wait_text("You granted $10.00", "dialog")
    await grace.page.keyboard.press("Escape")
    await grace.wait_text("which now has", "#main")
    await grace.page.screenshot(path=tmp_path / "6-card-after.png")
    await ada.wait_text("granted you $10.00 (10M tokens) of the $20.00 you asked for")
    await ada.page.screenshot(path=tmp_path / "7-told.png")
    for each in people.values():
        assert each.seen.complaints == []
