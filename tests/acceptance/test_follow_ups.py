"""Replies without a mention, and questions that are changed: who is asked for, who is left alone, and how often."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.model.standin import Script, refuses, says, usage
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, PLATFORM
from tests.acceptance.stage import Stage, footer, on_stage
from tests.acceptance.test_private import buttons, settled, without_a_fault
from tests.workspace_client import JsonObject

SHORT = says("Yes.", usage=usage(300, 20))
CHANGED = "You changed your question"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(database_url, tmp_path) as made:
        yield made


@pytest.fixture
async def small(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """For what does not depend on the engine."""
    async with staged(sqlite_url, tmp_path) as made:
        yield made


@asynccontextmanager
async def staged(url: str, folder: Path) -> AsyncIterator[Stage]:
    async with on_stage(url, folder) as made:
        made.standin.script(SHORT)
        await made.people.subscribe(message_channels=True)
        await made.start_bot()
        await made.stock()
        yield made
        without_a_fault(made.log)
        await made.verified()


async def follow(stage: Stage, how: str = "on") -> None:
    """The channel of the team goes on without mentions, or no longer."""
    await stage.command(FRANCES, "/tokens team channel Platform #platform")
    told = await stage.people.run_command(GRACE, PLATFORM, f"/tokens channel follow {how}", 15)
    assert "thread" in told["text"], told["text"]


async def asked(stage: Stage, count: int) -> None:
    """The model was asked so often, and not once more."""

    async def look() -> bool:
        return stage.standin.received == count

    await stage.people.wait_for(look)
    await settled(stage)
    assert stage.standin.received == count


async def test_who_has_asked_in_a_thread_goes_on_without_a_mention(stage: Stage) -> None:
    await follow(stage)
    await stage.start_bot()
    await stage.people.duplicate_next(2)
    root = await stage.people.send(ADA, PLATFORM, "@stipend is it up?")  # comes as app_mention and as message
    await stage.answered(root, PLATFORM)
    await asked(stage, 1)
    await stage.people.duplicate_next(3)
    await stage.people.send(ADA, PLATFORM, "since when?", thread_ts=root)
    await asked(stage, 2)
    assert "> Ada Lovelace: is it up?" in stage.standin.requests[-1].text
    assert stage.standin.requests[-1].text.endswith("since when?")
    await stage.people.redeliver(times=2)
    await asked(stage, 2)
    assert len([m for m in await stage.answers(root, PLATFORM) if footer(m)]) == 2
    await stage.people.send(ADA, PLATFORM, "@stipend and with a mention?", thread_ts=root)
    await asked(stage, 3)


async def test_all_others_are_left_alone(small: Stage) -> None:
    await follow(small)
    root = await small.people.send(ADA, PLATFORM, "@stipend is it up?")
    await small.answered(root, PLATFORM)
    await small.people.send(ALAN, PLATFORM, "I never asked here", thread_ts=root)
    await small.people.send(ADA, PLATFORM, "@Alan Turing what do you think?", thread_ts=root)
    await small.people.send(ADA, PLATFORM, "@here look at this", thread_ts=root)
    await small.people.send(ADA, PLATFORM, "@platform-team look at this", thread_ts=root)
    await small.people.send(ADA, PLATFORM, "a new message, not a reply")
    elsewhere = await small.people.send(ALAN, PLATFORM, "another thread")
    await small.people.send(ADA, PLATFORM, "in which she never asked", thread_ts=elsewhere)
    await small.people.post(
        "send", {"as": ADA, "channel": PLATFORM, "text": "to all", "thread_ts": root, "broadcast": True}
    )
    bot = await small.people.person("buildbot", "Build Bot", is_bot=True)
    await small.people.join(bot, PLATFORM)
    await small.people.send(bot, PLATFORM, "built", thread_ts=root)
    await asked(small, 1)
    assert await small.whispers(root, PLATFORM, ALAN) == []


async def test_where_it_is_off_only_mentions_count_and_switching_it_off_takes_seconds(small: Stage) -> None:
    root = await small.people.send(ADA, PLATFORM, "@stipend is it up?")
    await small.answered(root, PLATFORM)
    await small.people.send(ADA, PLATFORM, "since when?", thread_ts=root)
    await asked(small, 1)
    await follow(small)
    await asyncio.sleep(5)
    await small.people.send(ADA, PLATFORM, "and now?", thread_ts=root)
    await asked(small, 2)
    await follow(small, "off")
    await asyncio.sleep(5)
    await small.people.send(ADA, PLATFORM, "thank you", thread_ts=root)
    await asked(small, 2)


async def test_who_was_refused_in_a_thread_has_not_asked_there(small: Stage) -> None:
    await follow(small)
    root = await small.people.send(ALAN, PLATFORM, "@stipend may I?")
    await small.whispered(root, PLATFORM, ALAN)
    await small.people.send(ALAN, PLATFORM, "I see", thread_ts=root)
    await settled(small)
    assert len(await small.whispers(root, PLATFORM, ALAN)) == 1


async def offered(stage: Stage, ts: str, channel: str = GENERAL, who: str = ADA) -> list[JsonObject]:
    """The offers to ask again that somebody sees."""
    seen = [*await stage.people.messages(who, channel), *await stage.thread(ts, channel, who)]
    return list({m["ts"]: m for m in seen if m["text"].startswith(CHANGED)}.values())


async def offer(stage: Stage, ts: str, channel: str = GENERAL) -> JsonObject:
    async def look() -> JsonObject | None:
        return next(iter(await offered(stage, ts, channel)), None)

    return await stage.people.wait_for(look)


async def test_a_changed_question_is_offered_again_to_its_asker_alone_and_once(stage: Stage) -> None:
    await stage.start_bot()
    ts = await stage.people.send(ADA, GENERAL, "@stipend what is a monad?")
    await stage.answered(ts, GENERAL)
    await stage.people.duplicate_next(3)
    await stage.people.edit(ADA, GENERAL, ts, "@stipend what is a functor?")
    told = await offer(stage, ts)
    assert "the answer is to the old text" in told["text"]
    assert "charged as a new question" in told["text"]
    await stage.people.redeliver(times=2)
    await settled(stage)
    assert len(await offered(stage, ts)) == 1
    assert told["ephemeral"]
    assert await offered(stage, ts, who=ALAN) == []
    await asked(stage, 1)
    [button] = buttons(told)
    assert button["text"]["text"] == "Ask again with the new text"
    for _ in range(3):
        await stage.people.click(ADA, button["action_id"], channel=GENERAL, ts=told["ts"])
    await stage.people.wait_for_message(
        ADA, GENERAL, lambda m: m["ts"] == told["ts"] and m["text"].startswith("This has been asked already")
    )
    await asked(stage, 2)
    assert stage.standin.requests[-1].text.endswith("what is a functor?")
    assert len([m for m in await stage.answers(ts, GENERAL) if footer(m)]) == 2

    await stage.people.edit(ADA, GENERAL, ts, "@stipend what is an applicative?")

    async def second() -> bool:
        return len(await offered(stage, ts)) == 1 and (await offered(stage, ts))[0]["ts"] != told["ts"]

    await stage.people.wait_for(second)


async def test_changed_while_it_is_answered_it_can_be_asked_again_afterwards(small: Stage) -> None:
    dm = await small.people.app_dm(ADA)
    small.standin.script(Script(pieces=("slow", "ly"), between_s=2.5, usage=usage(50, 5)), SHORT)
    ts = await small.people.send(ADA, dm, "what is a monad?")

    async def begun() -> bool:
        return small.standin.received == 1

    await small.people.wait_for(begun)
    await small.people.edit(ADA, dm, ts, "what is a functor?")
    told = await offer(small, ts, dm)
    assert "while I am answering the old text" in told["text"]
    [button] = buttons(told)
    await small.people.click(ADA, button["action_id"], channel=dm, ts=told["ts"])
    await small.people.wait_for_message(ADA, dm, lambda m: "being answered just now" in m["text"])
    await small.answered(ts, dm)
    await small.people.click(ADA, button["action_id"], channel=dm, ts=told["ts"])
    await asked(small, 2)
    assert small.standin.requests[-1].text.endswith("what is a functor?")


async def test_what_changes_without_new_words_and_what_is_no_question_offers_nothing(small: Stage) -> None:
    ts = await small.people.send(ADA, GENERAL, "@stipend see https://a.example")
    await small.answered(ts, GENERAL)
    await small.people.edit(ADA, GENERAL, ts, "@stipend see https://a.example")  # as an unfurled link does
    talk = await small.people.send(ALAN, GENERAL, "hello everybody")
    await small.people.edit(ALAN, GENERAL, talk, "hello, everybody")
    await small.people.delete(ALAN, GENERAL, talk)
    await settled(small)
    assert await offered(small, ts) == await offered(small, talk, who=ALAN) == []


async def test_an_edit_that_adds_a_mention_is_a_new_question_once(stage: Stage) -> None:
    await stage.start_bot()
    ts = await stage.people.send(ADA, GENERAL, "what is a monad?")
    await mention_by_edit(stage, ts, "@stipend what is a monad?")
    await stage.answered(ts, GENERAL)
    for _ in range(3):
        await stage.people.redeliver(times=1)
    await asked(stage, 1)
    assert await offered(stage, ts) == []
    await mention_by_edit(stage, ts, "@stipend what is a functor?")  # told of twice, as app_mention and as message
    await offer(stage, ts)
    await settled(stage)
    assert len(await offered(stage, ts)) == 1
    await asked(stage, 1)


async def mention_by_edit(stage: Stage, ts: str, text: str) -> None:
    """Change a message; Slack then tells of the mention as well, under the same time."""
    world = stage.workspace.world
    before = [e for e in await stage.people.sent_events("app_mention") if e["event"].get("edited")]
    await stage.people.edit(ADA, GENERAL, ts, text)
    after = [e for e in await stage.people.sent_events("app_mention") if e["event"].get("edited")]
    if len(after) > len(before):
        return
    message = world.state.messages[GENERAL][ts]
    event: dict[str, Any] = {
        "type": "app_mention", "channel": GENERAL, "user": ADA, "ts": ts, "text": message.text, "event_ts": ts,
        "edited": {"user": ADA, "ts": message.edited_ts},
    }  # fmt: skip
    payload = {"type": "event_callback", "team_id": world.state.team_id, "event_id": world.state.new_id("Ev")}
    world.hub.send_event({**payload, "event": event, "authorizations": []})
    await stage.people.wait_quiet()


async def test_a_deleted_question_is_answered_all_the_same(small: Stage) -> None:
    small.standin.script(Script(pieces=("slow", "ly"), between_s=1, usage=usage(50, 5)))
    root = await small.people.send(ALAN, GENERAL, "a thread")
    ts = await small.people.send(ADA, GENERAL, "@stipend what is a monad?", thread_ts=root)

    async def begun() -> bool:
        return small.standin.received == 1

    await small.people.wait_for(begun)
    await small.people.delete(ADA, GENERAL, ts)
    answer = await small.answered(root, GENERAL)
    assert answer["text"] == "slowly"
    assert await offered(small, root) == []


async def test_a_refused_question_that_is_changed_says_nothing_of_an_answer(small: Stage) -> None:
    small.standin.script(refuses(400), SHORT)
    ts = await small.people.send(ADA, GENERAL, "@stipend what?")
    await small.whispered(ts, GENERAL)
    await small.people.edit(ADA, GENERAL, ts, "@stipend what is it?")
    told = await offer(small, ts)
    assert told["text"] == "You changed your question. Asking again is charged as any question is."
    await small.people.click(ADA, buttons(told)[0]["action_id"], channel=GENERAL, ts=told["ts"])
    await small.answered(ts, GENERAL)
