"""People at the page with the bot behind it: what they type, what they see, and what it costs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Route

from bot.follow import following
from sandbox.model.standin import Script, says, usage
from sandbox.seed import ADA, ALAN, GENERAL, GRACE, PLATFORM, STRANGER
from tests.acceptance.page_browser import Visitor, visitor
from tests.acceptance.stage import Stage, on_stage

ANSWER = "Run `git reset --soft HEAD~1`:\n\n1. the commit goes\n2. your changes **stay**"
SHORT = says(ANSWER, usage=usage(300, 20))
COST = "standin · 300 in · 20 out · $0.00034"
WHISPER = "#thread .message.ephemeral"  # below an answer
REFUSAL = "#main .message.ephemeral"  # Slack shows none in a thread without replies


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot()
        await made.stock()
        yield made


@asynccontextmanager
async def at_page(browser: Browser, stage: Stage, who: str, channel: str = GENERAL) -> AsyncIterator[Visitor]:
    """Somebody at the page; at the end it must have been quiet, and have talked to its own server alone."""
    somebody = await visitor(browser, stage.workspace)
    await somebody.open(f"/?as={who}&channel={channel}")
    yield somebody
    assert somebody.seen.complaints == []
    assert somebody.seen.dialogs == []
    assert somebody.seen.hosts == {urlsplit(stage.workspace.url).netloc}


async def test_a_mention_is_worked_on_streamed_and_priced_for_all_and_the_balance_is_hers_alone(
    browser: Browser, stage: Stage
) -> None:
    words = [f"word{n} " for n in range(400)]
    stage.standin.script(Script(pieces=tuple(words), first_s=1, between_s=0.005, usage=usage(50, 1000)))
    async with at_page(browser, stage, ADA) as ada, at_page(browser, stage, ALAN) as alan:
        await ada.page.fill("#main textarea", "")
        await ada.page.locator("#main textarea").press_sequentially("@sti")
        await ada.wait_text("asks the app", "[role=option][aria-selected=true]")
        await ada.page.keyboard.press("Enter")
        await ada.page.keyboard.type("tell me a lot")
        await ada.page.keyboard.press("Enter")
        await ada.wait_text("Stipend is thinking…", ".status-line")
        await ada.wait_text("word1", "#thread .message.streaming")
        assert await ada.page.locator("#thread .message", has_text="word399").count() == 0  # it grows before their eyes
        await ada.wait_text(
            "standin · 50 in · 1.0k out · $0.0021", "#thread .message:not(.streaming):has-text('word399')"
        )
        await ada.wait_text("Only visible to you", WHISPER)
        await ada.wait_text("$0.0021 from your wallet. Left: $4.99 (4.99M tokens).", WHISPER)
        assert await ada.page.locator(".status-line").count() == 0
        await alan.page.click("#main .summary:has-text('1 reply')")
        await alan.wait_text("word399", "#thread .message")
        await alan.wait_text("$0.0021", "#thread .message")
        assert await alan.page.locator(".message.ephemeral").count() == 0
    await stage.verified()


async def test_the_ledger_on_the_page_moves_with_the_question(browser: Browser, stage: Stage) -> None:
    stage.standin.script(says(ANSWER, usage=usage(300, 20), first_s=0.8))
    async with following(stage.url, stage.workspace.url), at_page(browser, stage, ADA) as ada:
        await ada.page.click(".hood-toggle")
        await ada.wait_text("$5.00", ".balance:has-text('Ada Lovelace')")
        await ada.write("@stipend how do I undo a commit?")
        await ada.wait_text("Model called", "#hood .state-running")
        await ada.wait_text("held", ".balance:has-text('Ada Lovelace')")
        await ada.wait_text("Charged", "#hood .state-charged")
        steps = await ada.page.locator(".state-charged .entry-steps li").all_inner_texts()
        await ada.page.locator(".balance .held").wait_for(state="detached")
    amounts = [Decimal(step.rpartition("$")[2]) for step in steps if "$" in step]
    assert amounts[0] == sum(amounts[1:])  # what was held is what was charged and what was given back
    assert amounts[1] == Decimal("0.00034")
    await stage.verified()


async def test_an_answer_in_markdown_looks_like_one(browser: Browser, stage: Stage) -> None:
    async with at_page(browser, stage, ADA) as ada:
        await ada.write("@stipend how do I undo the last commit?")
        await ada.wait_text(COST, "#thread .message")
        assert await ada.page.locator("#thread .message code").first.inner_text() == "git reset --soft HEAD~1"
        assert await ada.page.locator("#thread .message ol li").count() == 2
        assert await ada.page.locator("#thread .message li strong").inner_text() == "stay"


async def test_a_thread_goes_on_without_another_thread(browser: Browser, stage: Stage) -> None:
    async with at_page(browser, stage, ADA) as ada:
        await ada.write("@stipend how do I undo the last commit?")
        await ada.wait_text(COST, "#thread .message")
        await ada.write("@stipend and the one before?", "#thread")
        await ada.page.locator("#thread .message", has_text=COST).nth(1).wait_for()
        await ada.page.locator(WHISPER).nth(1).wait_for()
        assert await ada.page.locator("#main .message").count() == 1
        await ada.wait_text("3 replies", "#main .summary")
    assert "how do I undo" in stage.standin.requests[-1].text


async def test_commands_are_answered_where_they_are_typed(browser: Browser, stage: Stage) -> None:
    async with at_page(browser, stage, ADA) as ada:
        await ada.write("/tokens balance")
        await ada.wait_text("You have $5.00 (5M tokens).", "#main .message.ephemeral")
        await ada.write("/tokens help")
        await ada.wait_text("/tokens balance [@person | TEAM | company]", "#main .message.ephemeral code")
        await ada.write("/tokens grnt @Alan Turing $1")
        await ada.wait_text("There is no command grnt; the nearest is grant.", "#main .message.ephemeral")
        assert await ada.page.locator("#main .message:not(.ephemeral)").count() == 0
        await ada.page.reload()  # what only she sees is not lost
        await ada.wait_text("You have $5.00 (5M tokens).", "#main .message.ephemeral")


async def test_a_suggested_prompt_is_asked_and_answered_in_the_messages_tab(browser: Browser, stage: Stage) -> None:
    await stage.stop_bot(stage.bots[0])
    await stage.start_bot(STIPEND_STARTER_GRANT="$2")
    async with at_page(browser, stage, ALAN) as alan:
        await alan.page.click("#sidebar [data-tab=messages]:has-text('Messages')")
        await alan.wait_text("the answer comes with its cost", "#main h3")  # the bot's own title and prompts
        await alan.page.click(".prompt:has-text('Undo my last commit')")
        await alan.wait_text(COST, "#thread .message")
        await alan.wait_text("$0.00034 from your wallet. Left: $1.99 (1.99M tokens).", "#thread .message")
        await alan.write("and the one before?", "#thread")
        await alan.page.locator("#thread .message", has_text=COST).nth(1).wait_for()
    assert stage.standin.requests[0].text.endswith("How do I undo the last commit but keep my changes?")
    await stage.verified()


async def test_home_shows_the_balance_and_what_was_asked(browser: Browser, stage: Stage) -> None:
    async with at_page(browser, stage, ADA) as ada:
        await ada.page.click("#sidebar [data-tab=home]")
        await ada.wait_text("You have $5.00 (5M tokens).", ".home")
        await ada.wait_text("None yet", ".home")
        await ada.page.click(f"#sidebar [data-channel={GENERAL}]")
        await ada.write("@stipend how do I undo the last commit?")
        await ada.wait_text("Left: $4.99", WHISPER)
        await ada.page.click("#sidebar [data-tab=home]")
        await ada.wait_text("You have $4.99 (4.99M tokens).", ".home")
        await ada.wait_text("$0.00034 · standin", ".home")
    async with at_page(browser, stage, GRACE) as grace:
        await grace.page.click("#sidebar [data-tab=home]")
        await grace.wait_text("Platform · $95.00 (95M tokens) available", ".home")


async def test_a_grant_reaches_the_other_person_while_she_looks(browser: Browser, stage: Stage) -> None:
    async with at_page(browser, stage, ADA) as ada, at_page(browser, stage, GRACE, PLATFORM) as grace:
        seen = int(await ada.page.locator("#sidebar [data-tab=messages] .count").inner_text())
        await grace.write("/tokens grant @Ada Lovelace $3 for the review")
        await grace.wait_text(
            "$3.00 (3M tokens) went from the Platform pool to Ada Lovelace", "#main .message.ephemeral"
        )
        await ada.wait_text(str(seen + 1), "#sidebar [data-tab=messages] .count")
        await ada.page.click("#sidebar [data-tab=messages]:has-text('Messages')")
        await ada.wait_text("Grace Hopper granted you $3.00 (3M tokens), for the review.", "#main .message")
        await ada.wait_text("You now have $8.00 (8M tokens).", "#main .message")
        await grace.write("/tokens grant @Ada Lovelace $1")
        await ada.wait_text("You now have $9.00 (9M tokens).", "#main .message")  # live, in the open tab
        await ada.write("/tokens balance")
        await ada.wait_text("You have $9.00 (9M tokens).", "#main .message.ephemeral")
    await stage.verified()


async def test_a_stranger_is_refused_in_words_and_nothing_is_asked(browser: Browser, stage: Stage) -> None:
    async with at_page(browser, stage, STRANGER, PLATFORM) as nobody:
        await nobody.write("@stipend hello")
        await nobody.wait_text("another organisation", REFUSAL)
        await nobody.write("/tokens balance")
        await nobody.wait_text("another organisation", "#main .message.ephemeral")
        await nobody.page.click("#sidebar [data-tab=home]")
        await nobody.wait_text("another organisation", ".home")
        await nobody.page.click(f"#sidebar [data-channel={PLATFORM}]")  # where a status that stays would be seen
        await nobody.wait_text("another organisation", "#main .message.ephemeral")
        await nobody.page.locator(".status-line").wait_for(state="detached")
    assert stage.standin.received == 0


async def test_a_refusal_that_overtakes_the_question_is_shown_beside_it(browser: Browser, stage: Stage) -> None:
    async def answer_late(route: Route) -> None:
        response = await route.fetch()
        await stage.people.wait_for(refused)
        await route.fulfill(response=response)

    async def refused() -> bool:
        return bool(await stage.people.calls("chat.postEphemeral"))

    async with at_page(browser, stage, ALAN) as alan:
        await alan.page.route("**/control/send", answer_late)
        await alan.write("@stipend may I?")
        await alan.wait_text("your wallet has $0.00", REFUSAL)


async def test_someone_without_tokens_gets_them_and_asks_again_with_the_button(browser: Browser, stage: Stage) -> None:
    async with at_page(browser, stage, ALAN) as alan:
        await alan.write("@stipend may I?")
        await alan.wait_text("your wallet has $0.00", REFUSAL)
        await stage.command(GRACE, "/tokens grant @Alan Turing $1")
        await alan.page.locator(f"{REFUSAL} button", has_text="Ask again").click()
        await alan.wait_text(COST, "#thread .message")
    await stage.verified()
