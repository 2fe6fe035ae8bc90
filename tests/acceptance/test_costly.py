"""Questions that may cost much, and models named for one question: real bots, judged by what people see and pay."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.model.standin import refuses, says, usage
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, PLATFORM
from sandbox.workspace import payloads
from tests.acceptance.stage import Stage, footer, on_stage
from tests.workspace_client import JsonObject

SHORT = says("Use `git reset --soft HEAD~1`.", usage=usage(300, 20))
DEAR, SMALL, OTHER = ("dear", 100, 200), ("small", 1, 2), ("other", 5, 10)
MODEL = """
[[models]]
name = "{name}"
base_url = "{base_url}"
key_variable = "STANDIN_KEY"
price = {{ input = {price_in}, output = {price_out} }}
context_tokens = 30000
max_output_tokens = 1000
"""
ABOVE = {"STIPEND_CONFIRM_ABOVE": "$0.05"}
Offered = tuple[str, int, int]


def offer(stage: Stage, *offered: Offered) -> dict[str, str]:
    """Settings of a bot that has these models, the first for whoever chose none."""
    path = stage.folder / f"{'-'.join(name for name, *_ in offered)}-{offered[0][1]}.toml"
    entries = [
        MODEL.format(name=name, base_url=stage.standin.base_url, price_in=price_in, price_out=price_out)
        for name, price_in, price_out in offered
    ]
    path.write_text(f'default = "{offered[0][0]}"\n{"".join(entries)}', encoding="utf-8")
    return {"STIPEND_MODELS": str(path), **ABOVE}


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(database_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot(**offer(made, DEAR, SMALL))
        await made.stock()
        yield made
        assert "Traceback" not in made.log, made.log
        await made.verified()


@pytest.fixture
async def small_stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """For what does not depend on the engine."""
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot(**offer(made, DEAR, SMALL))
        await made.stock()
        yield made
        assert "Traceback" not in made.log, made.log
        await made.verified()


async def asked(stage: Stage, text: str = "how do I undo?") -> tuple[str, JsonObject]:
    """Ada asks; what she alone is told first."""
    ts = await stage.people.send(ADA, GENERAL, f"@stipend {text}")
    return ts, await stage.whispered(ts, GENERAL)


def buttons(message: JsonObject) -> dict[str, JsonObject]:
    """What can be clicked, by what it says."""
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return {button["text"]["text"]: button for row in rows for button in row}


async def click(stage: Stage, message: JsonObject, words: str) -> None:
    (button,) = [button for text, button in buttons(message).items() if text.startswith(words)]
    await stage.people.click(ADA, button["action_id"], channel=GENERAL, ts=message["ts"])


async def became(stage: Stage, message: JsonObject, part: str) -> JsonObject:
    """What stands in a message's place now."""
    return await stage.people.wait_for_message(
        ADA, GENERAL, lambda m: m["ts"] == message["ts"] and part in m["text"], timeout_s=20
    )


async def spent(stage: Stage, calls: int, balance: str) -> None:
    assert stage.standin.received == calls
    assert balance in await stage.command(ADA, "/tokens balance")


async def inject(stage: Stage, who: str, message: JsonObject, action_id: str, value: str) -> None:
    """A click that the workspace itself would not let this person make."""
    world = stage.workspace.world
    action: dict[str, Any] = {
        "type": "button", "action_id": action_id, "block_id": "b", "value": value, "action_ts": world.state.new_ts(),
        "text": {"type": "plain_text", "text": "x"},
    }  # fmt: skip
    kept = world.state.messages[GENERAL][message["ts"]]
    user = world.state.users[who]
    await world.hub.ask("interactive", payloads.message_action(world, user, kept, action, world.state.new_trigger(who)))


async def test_a_costly_question_is_asked_after_a_click_and_paid_once(stage: Stage) -> None:
    ts, told = await asked(stage)
    assert "This question may cost as much as *$0.2" in told["text"]
    assert "on *dear*" in told["text"]
    assert "answer of up to 1,000 tokens out" in told["text"]
    assert "Above $0.05 I ask first. Nothing was asked yet; you were not charged." in told["text"]
    agree, small, leave = buttons(told)
    assert agree.startswith("Ask for up to $0.2")
    assert small.startswith("Ask small for up to $0.002")
    assert leave == "Leave it"
    assert not [m for m in await stage.thread(ts, GENERAL, ALAN) if m["ephemeral"]]
    assert (await stage.verified()).counts["hold"] == 0, "nothing is held before the click"
    await spent(stage, 0, "$5.00")
    await click(stage, told, "Ask for up to")
    now = await became(stage, told, "Agreed: up to $0.2")
    assert buttons(now) == {}
    assert footer(await stage.answered(ts, GENERAL)) == "dear · 300 in · 20 out · $0.034"
    await spent(stage, 1, "$4.96")


async def test_the_cheaper_model_instead(small_stage: Stage) -> None:
    ts, told = await asked(small_stage)
    await click(small_stage, told, "Ask small")
    await became(small_stage, told, "Asked *small*: the answer comes in the thread.")
    assert footer(await small_stage.answered(ts, GENERAL)).startswith("small")
    assert small_stage.standin.received == 1


async def test_leaving_it_costs_nothing(small_stage: Stage) -> None:
    _, told = await asked(small_stage)
    await click(small_stage, told, "Leave it")
    assert buttons(await became(small_stage, told, "Left: nothing was asked")) == {}
    await spent(small_stage, 0, "$5.00")


async def test_whatever_is_clicked_how_often_by_way_of_two_replicas_it_is_asked_once(stage: Stage) -> None:
    await stage.start_bot(**offer(stage, DEAR, SMALL))
    ts, told = await asked(stage)
    found = list(buttons(told).values())
    wishes = [(found[n % 2]["action_id"], found[n % 2]["value"]) for n in range(8)]
    await asyncio.gather(*(inject(stage, ADA, told, *wish) for wish in wishes))
    await stage.answered(ts, GENERAL)
    await became(stage, told, "a")
    await asyncio.sleep(0.5)
    assert len(await stage.answers(ts, GENERAL)) == 1
    assert stage.standin.received == 1
    report = await stage.verified()
    assert report.counts["hold"] == 1


async def test_a_double_click_is_one_click(small_stage: Stage) -> None:
    ts, told = await asked(small_stage)
    (agree, *_) = buttons(told).values()
    await asyncio.gather(*(inject(small_stage, ADA, told, agree["action_id"], agree["value"]) for _ in range(2)))
    await small_stage.answered(ts, GENERAL)
    await inject(small_stage, ADA, told, agree["action_id"], agree["value"])
    await became(small_stage, told, "This has been asked already")
    assert small_stage.standin.received == 1


async def test_clicks_of_others_and_forged_buttons_ask_nothing(small_stage: Stage) -> None:
    _, told = await asked(small_stage)
    agree, small, leave = buttons(told).values()
    for who in (ALAN, GRACE, FRANCES):
        for button in (agree, small, leave):
            await inject(small_stage, who, told, button["action_id"], button["value"])
    for value in ("", "nothing", "nothing small", f"{agree['value']}x"):
        await inject(small_stage, ADA, told, agree["action_id"], value)
    await small_stage.people.wait_quiet()
    await asyncio.sleep(0.3)
    await spent(small_stage, 0, "$5.00")
    (kept,) = [m for m in await small_stage.people.messages(ADA, GENERAL) if m["ts"] == told["ts"]]
    assert len(buttons(kept)) == 3, "they still stand for whom they are"
    await inject(small_stage, ADA, told, agree["action_id"], f"{agree['value']} 999999999")
    await became(small_stage, told, "Agreed: up to $0.2")


async def test_a_model_that_is_gone_when_it_is_clicked(small_stage: Stage) -> None:
    ts, told = await asked(small_stage)
    await small_stage.stop_bot(small_stage.bots[0])
    await small_stage.start_bot(**offer(small_stage, OTHER))
    await click(small_stage, told, "Ask for up to")
    now = await became(small_stage, told, "There is no model called *dear*")
    assert "*other* $0.01" in now["text"]
    await spent(small_stage, 0, "$5.00")
    await click(small_stage, now, "Ask other")
    assert footer(await small_stage.answered(ts, GENERAL)).startswith("other")


async def test_a_price_that_went_up_meanwhile_is_asked_about_again(small_stage: Stage) -> None:
    _, told = await asked(small_stage)
    await small_stage.stop_bot(small_stage.bots[0])
    await small_stage.start_bot(**offer(small_stage, ("dear", 200, 400), SMALL))
    await click(small_stage, told, "Ask for up to $0.2")
    await became(small_stage, told, "Agreed")

    async def second() -> JsonObject | None:
        found = [m for m in await small_stage.people.messages(ADA, GENERAL) if "as much as *$0.4" in m["text"]]
        return next(iter(found), None)

    again = await small_stage.people.wait_for(second, 20)
    await spent(small_stage, 0, "$5.00")
    await click(small_stage, again, "Ask for up to $0.4")
    await small_stage.people.wait_for(lambda: received(small_stage, 1), 20)


async def received(stage: Stage, calls: int) -> bool:
    return stage.standin.received >= calls


async def test_nobody_is_asked_to_agree_to_what_they_cannot_pay(small_stage: Stage) -> None:
    await small_stage.command(GRACE, "/tokens move $4.99 from @Ada Lovelace to Platform")
    ts, told = await asked(small_stage)
    assert "is missing. You were not charged." in told["text"]
    assert "Grace Hopper can grant you more." in told["text"]
    cheaper, more, retry = buttons(told)
    assert (cheaper.startswith("Ask small instead, from $0.00"), more, retry) == (True, "Ask for more", "Ask again")
    await click(small_stage, told, "Ask small instead")
    assert footer(await small_stage.answered(ts, GENERAL)).startswith("small")


@pytest.mark.parametrize("text", ["--model small how?", "how? --model=SMALL", "how?\n\u2014model small"])
async def test_a_model_for_one_question(small_stage: Stage, text: str) -> None:
    ts = await small_stage.people.send(ADA, GENERAL, f"@stipend {text}")
    assert footer(await small_stage.answered(ts, GENERAL)).startswith("small")
    assert small_stage.standin.requests[-1].body["messages"][-1]["content"] == "how?"


async def test_a_model_that_is_not_on_offer(stage: Stage) -> None:
    ts, told = await asked(stage, "--model smal how?")
    assert (
        "There is no model called *smal*, so nothing was asked and you were not charged. Did you mean *small*?"
        in (told["text"])
    )
    assert "What a typical question costs: *small* $0.0025, *dear* $0.25." in told["text"]
    assert list(buttons(told)) == ["Ask small, $0.0025", "Ask dear, $0.25", "Leave it"]
    await spent(stage, 0, "$5.00")
    assert (await stage.verified()).counts["hold"] == 0
    await click(stage, told, "Ask small")
    assert footer(await stage.answered(ts, GENERAL)).startswith("small")
    assert stage.standin.requests[-1].body["messages"][-1]["content"] == "how?"


async def test_a_costly_choice_after_a_mistyped_model(small_stage: Stage) -> None:
    """Each button leads on: the dear model asks first, also when it was reached by a click."""
    ts, told = await asked(small_stage, "--model deer how?")
    await click(small_stage, told, "Ask dear")
    await became(small_stage, told, "Asked *dear*")

    async def second() -> JsonObject | None:
        found = [m for m in await small_stage.people.messages(ADA, GENERAL) if "as much as" in m["text"]]
        return next(iter(found), None)

    costly = await small_stage.people.wait_for(second, 20)
    await click(small_stage, costly, "Ask for up to")
    assert footer(await small_stage.answered(ts, GENERAL)).startswith("dear")


async def test_a_channels_model_and_instructions_reach_the_model(stage: Stage) -> None:
    await stage.command(FRANCES, "/tokens team channel Platform #platform")
    await stage.command(GRACE, "/tokens model small in channel", PLATFORM)
    await write(stage, "prompt edit", "Be kind.")
    await write(stage, "prompt edit channel", "Answer in verse.")
    for channel, told, model in ((PLATFORM, "Be kind.", "small"), (GENERAL, "Answer in verse.", "small")):
        ts = await stage.people.send(ADA, channel, f"@stipend {'--model small ' * (channel == GENERAL)}how?")
        assert footer(await stage.answered(ts, channel)).startswith(model)
        system = stage.standin.requests[-1].body["messages"][0]["content"]
        assert told in system
        assert ("Answer in verse." in system) is (channel == GENERAL)


async def write(stage: Stage, command: str, text: str) -> None:
    """Frances fills in the form."""
    before = {shown["id"] for shown in await stage.people.views(FRANCES)}
    await stage.people.command(FRANCES, GENERAL, f"/tokens {command}")

    async def form() -> JsonObject | None:
        shown = [each for each in await stage.people.views(FRANCES) if each["id"] not in before and each["submit"]]
        return next(iter(shown), None)

    shown = await stage.people.wait_for(form)
    await stage.people.submit(FRANCES, shown["id"], {"text": {"text": text}})


@pytest.mark.parametrize(("words", "model"), [("Ask for up to", "dear"), ("Ask small", "small")])
async def test_what_was_chosen_holds_when_the_model_failed_and_is_asked_again(
    small_stage: Stage, words: str, model: str
) -> None:
    ts, told = await asked(small_stage)
    small_stage.standin.script(refuses(400, "no"))
    await click(small_stage, told, words)

    async def failed() -> JsonObject | None:
        found = [m for m in await small_stage.people.messages(ADA, GENERAL) if "Ask again" in buttons(m)]
        return next(iter(found), None)

    again = await small_stage.people.wait_for(failed, 20)
    assert "You were not charged." in again["text"]
    small_stage.standin.script(SHORT)
    await click(small_stage, again, "Ask again")
    assert footer(await small_stage.answered(ts, GENERAL)).startswith(model)


async def test_in_a_direct_message_the_buttons_stand_below_the_question(small_stage: Stage) -> None:
    dm = await small_stage.people.app_dm(ADA)
    ts = await small_stage.people.send(ADA, dm, "how do I undo?")

    async def costly() -> JsonObject | None:
        found = [m for m in await small_stage.thread(ts, dm) if "as much as" in m["text"]]
        return next(iter(found), None)

    told = await small_stage.people.wait_for(costly, 20)
    small = next(button for words, button in buttons(told).items() if words.startswith("Ask small"))
    await small_stage.people.click(ADA, small["action_id"], channel=dm, ts=told["ts"])
    assert footer(await small_stage.answered(ts, dm)).startswith("small")
    (left,) = [m for m in await small_stage.thread(ts, dm) if m["ts"] == told["ts"]]
    assert (left["text"], buttons(left)) == ("Asked *small*: the answer comes in the thread.", {})
