"""Odd messages and odd people: a clear sentence or silence, nothing charged, and the bot goes on answering."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.model.standin import says, usage
from sandbox.seed import ADA, ALAN, GENERAL, PLATFORM, STRANGER
from tests.acceptance.stage import Stage, footer, on_stage

SHORT = says("Use `git reset --soft HEAD~1`.", usage=usage(300, 20))
TWO_MODELS = """
default = "standin"
[[models]]
name = "standin"
base_url = "{base_url}"
key_variable = "STANDIN_KEY"
price = {{ input = 1, output = 2 }}
context_tokens = 30000
max_output_tokens = 1000
[[models]]
name = "large"
base_url = "{base_url}"
key_variable = "STANDIN_KEY"
price = {{ input = 2, output = 4 }}
context_tokens = 400000
max_output_tokens = 1000
"""


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(SHORT)
        models = tmp_path / "two.toml"
        models.write_text(TWO_MODELS.format(base_url=made.standin.base_url), encoding="utf-8")
        await made.start_bot(STIPEND_MODELS=str(models))
        await made.stock()
        yield made
        assert "Traceback" not in made.log, made.log
        await made.verified()


async def still_answers(stage: Stage) -> None:
    """The bot is well: a plain question is answered, and it alone was paid."""
    before = stage.standin.received
    ts = await stage.people.send(ADA, GENERAL, "@stipend are you well?")
    await stage.answered(ts, GENERAL)
    assert stage.standin.received == before + 1


async def nobody_paid(stage: Stage) -> None:
    assert stage.standin.received == 0
    assert "$5.00" in await stage.command(ADA, "/tokens balance")


async def inject(stage: Stage, **changes: Any) -> None:
    """An event that the workspace itself would not send, until the bot acknowledged it."""
    world = stage.workspace.world
    plain = {"type": "app_mention", "channel": GENERAL, "user": ADA, "ts": "1.000001"}
    event = {**plain, "text": f"<@{world.state.app.user_id}> hi", **changes}
    payload = {
        "type": "event_callback", "team_id": world.state.team_id, "event_id": world.state.new_id("Ev"),
        "event": {name: value for name, value in event.items() if value is not ...}, "authorizations": [],
    }  # fmt: skip
    world.hub.send_event(payload)
    await stage.people.wait_quiet()


async def test_other_apps_and_slackbot_get_no_answer(stage: Stage) -> None:
    bot = await stage.people.person("buildbot", "Build Bot", is_bot=True)
    await stage.people.join(bot, GENERAL)
    await stage.people.send(bot, GENERAL, "@stipend hello from a robot")
    await inject(stage, user="USLACKBOT", ts="1.000001")
    await inject(stage, user=stage.workspace.world.state.app.user_id, ts="1.000002")
    await inject(stage, bot_id="B0OTHER", ts="1.000003")
    await inject(stage, subtype="bot_message", user=..., ts="1.000004")
    await inject(stage, subtype="channel_join", ts="1.000005")
    await asyncio.sleep(0.5)
    assert await stage.people.calls("chat.postEphemeral") == []
    await nobody_paid(stage)
    await still_answers(stage)


async def test_edits_and_deletions_are_not_questions(stage: Stage) -> None:
    await stage.people.subscribe(message_channels=True)
    ts = await stage.people.send(ADA, GENERAL, "hello everybody")
    await stage.people.edit(ADA, GENERAL, ts, "@stipend hello")
    await stage.people.delete(ADA, GENERAL, ts)
    dm = await stage.people.app_dm(ADA)
    ts = await stage.people.send(ADA, dm, "one question")
    await stage.answered(ts, dm)
    await stage.people.edit(ADA, dm, ts, "another question")
    await stage.people.wait_quiet()
    await asyncio.sleep(0.3)
    assert stage.standin.received == 1


async def test_events_with_missing_or_wrong_fields_are_acknowledged_and_harm_nothing(stage: Stage) -> None:
    odd: tuple[dict[str, Any], ...] = (
        {"ts": ...}, {"user": ...}, {"channel": ...}, {"ts": 5}, {"user": {"id": "U"}}, {"channel": None},
        {"text": None}, {"text": ..., "ts": "2.0"}, {"text": {"a": 1}, "channel_type": 3, "ts": "3.0"},
        {"type": "message", "text": None, "channel_type": "channel", "ts": "4.0"},
    )  # fmt: skip
    for changes in odd:
        await inject(stage, **changes)
    await nobody_paid(stage)
    await still_answers(stage)


async def test_questions_in_places_that_are_not_there_are_answered_by_direct_message(stage: Stage) -> None:
    """The channel or the thread is unknown to Slack; the person is not."""
    await inject(stage, ts="11.0", channel="C0NOWHERE")
    await inject(stage, ts="12.0", thread_ts="neither", client_msg_id=["x"], files="x")
    dm = await stage.people.app_dm(ADA)
    for _ in range(2):
        await stage.people.wait_for_message(ADA, dm, lambda m: "git reset" in m["text"] and bool(footer(m)))

    async def both() -> bool:
        found = [m for m in await stage.people.messages(ADA, dm) if "git reset" in m["text"]]
        return len(found) == 2 and all("the answer is here" in str(m["blocks"]) for m in found)

    await stage.people.wait_for(both)


async def test_somebody_unknown_to_slack_is_not_let_in(stage: Stage) -> None:
    await inject(stage, ts="10.0", user="U0NOBODY")
    await asyncio.sleep(1)
    await nobody_paid(stage)
    await still_answers(stage)


async def test_people_of_other_organisations_are_turned_away_in_a_thread_and_by_command(stage: Stage) -> None:
    root = await stage.people.send(ALAN, PLATFORM, "a thread")
    await stage.people.send(STRANGER, PLATFORM, "@stipend me too", thread_ts=root)
    told = await stage.whispered(root, PLATFORM, STRANGER)
    assert "another organisation" in told["text"]
    assert "Ask again" not in str(told["blocks"])
    assert not [m for m in await stage.thread(root, PLATFORM, ADA) if m["ephemeral"]]
    await nobody_paid(stage)


@pytest.mark.parametrize("text", ["", "  ", "\u200b\u200d\u2060", "\u202e\u200f", "\u2800"], ids=ascii)
async def test_a_mention_without_anything_to_see_gets_a_hint(stage: Stage, text: str) -> None:
    ts = await stage.people.send(ADA, GENERAL, f"@stipend {text}")
    assert "without a question" in (await stage.whispered(ts, GENERAL))["text"]
    await nobody_paid(stage)


async def test_every_script_reaches_the_model_as_it_was_written(stage: Stage) -> None:
    texts = (
        "ما هو git؟ \u202bאבג\u202c",
        "日本語で",
        "👩‍👩‍👧 e\u0301 zero\u200bwidth",
        "1 < 2 & <b>x</b> `<!channel>`",
    )
    for text in texts:
        ts = await stage.people.send(ADA, GENERAL, f"@stipend {text}")
        await stage.answered(ts, GENERAL)
        assert stage.standin.requests[-1].body["messages"][-1]["content"] == text


async def test_what_cannot_be_stored_is_asked_without_it(stage: Stage) -> None:
    await inject(stage, ts="20.0", channel=await stage.people.app_dm(ADA), channel_type="im", text="a\x00b \ud83d c")
    await stage.people.wait_for(lambda: _received(stage, 1))
    assert stage.standin.requests[-1].body["messages"][-1]["content"] == "ab \ufffd c"


async def _received(stage: Stage, calls: int) -> bool:
    return stage.standin.received >= calls


async def test_too_long_for_the_model_is_refused_before_anything_is_held_and_a_larger_model_takes_it(
    stage: Stage,
) -> None:
    text = "@stipend " + ("Is this all? " * 8_000)[:99_900]
    ts = await stage.people.send(ADA, GENERAL, text)
    refusal = await stage.whispered(ts, GENERAL)
    assert "*standin* reads 30.0k, its answer included" in refusal["text"]
    assert "You were not charged" in refusal["text"]
    await nobody_paid(stage)
    assert (await stage.verified()).counts["hold"] == 0
    await stage.command(ADA, "/tokens model large")
    [button] = [block["elements"][0] for block in refusal["blocks"] if block["type"] == "actions"]
    await stage.people.click(ADA, button["action_id"], channel=GENERAL, ts=refusal["ts"])
    assert footer(await stage.answered(ts, GENERAL)).startswith("large")
    assert stage.standin.requests[-1].body["messages"][-1]["content"] == text.removeprefix("@stipend ").strip()


async def test_text_is_asked_and_the_files_that_cannot_be_read_are_named(stage: Stage) -> None:
    files = {"a.png": b"\x89PNG\r\n\x1a\n and no more", "b.bin": b"\x00"}
    ts = await stage.people.send_files(ADA, GENERAL, "@stipend what is this?", files)
    answer = await stage.answered(ts, GENERAL)
    for name in ("a.png", "b.bin"):
        assert f"I did not read *{name}*" in str(answer["blocks"])
    asked = stage.standin.requests[-1].body["messages"][-1]["content"]
    assert asked == "Attached, and not readable for you:\n> a.png\n> b.bin\n\nwhat is this?"
    dm = await stage.people.app_dm(ADA)
    ts = await stage.people.send_files(ADA, dm, "and here?", {"c.pdf": "%PDF-1.7 and no more"})
    assert "I did not read *c.pdf*: " in str((await stage.answered(ts, dm))["blocks"])
    await still_answers(stage)


async def test_files_alone_are_not_asked(stage: Stage) -> None:
    dm = await stage.people.app_dm(ADA)
    ts = await stage.people.send_files(ADA, dm, "", {"c.pdf": "%PDF-1.7 and no more"})
    told = await stage.people.wait_for_message(ADA, dm, lambda m: "c.pdf" in m["text"], thread_ts=ts)
    assert told["text"].startswith("Tell me what you want to know about *c.pdf*")
    await nobody_paid(stage)
