"""Answers longer than a message, or than Slack takes: in parts, as a file, as plain text."""

from collections.abc import AsyncIterator

import pytest

from handlers.slack.answering.reply import IN_THE_FILE, PART_CHARS
from tests.replying import SENTENCE, World, has_footer, new_world, shown, words


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as made:
        yield made


def essay() -> str:
    """About 30,000 characters with code in it."""
    code = "```python\n" + "print('some code')  # and a comment\n" * 40 + "```\n\n"
    return "".join(f"## Chapter {n}\n\n{SENTENCE * 30}\n\n{code}" for n in range(9))


async def test_thirty_thousand_characters_come_in_parts_with_code_in_code(world: World) -> None:
    text = essay()
    assert len(text) > 29_000
    reply = world.reply()
    ts = await shown(reply, text)
    messages = await world.answers()
    assert messages[0]["ts"] == ts == reply.ts
    assert "".join(words(message) for message in messages) == text  # every block of code fits, so nothing is added
    assert all(words(message).count("```") % 2 == 0 and len(words(message)) <= PART_CHARS for message in messages)
    assert [has_footer(message) for message in messages] == [False] * (len(messages) - 1) + [True]


async def test_one_block_of_code_longer_than_a_message_stays_code(world: World) -> None:
    await shown(world.reply(), "```sql\n" + "select 1;\n" * 2_500 + "```\n")
    messages = await world.answers()
    assert len(messages) > 2
    assert all(words(message).startswith("```sql\n") and words(message).endswith("```\n") for message in messages)
    assert sum(words(message).count("select 1;") for message in messages) == 2_500


async def test_a_very_long_answer_ends_as_a_file(world: World) -> None:
    text = SENTENCE * 1_500
    await shown(world.reply(), text, step=5_000)
    messages = await world.answers()
    files = [file for message in messages for file in message.get("files", [])]
    assert [file["name"] for file in files] == ["answer.md"]
    stored = world.workspace.world.state.files[files[0]["id"]]
    assert stored.content == text.encode()
    assert IN_THE_FILE in str(messages)
    assert sum(has_footer(message) for message in messages if message["blocks"]) == 1


async def test_where_files_are_refused_the_very_long_answer_comes_in_parts(world: World) -> None:
    await world.fault("files.getUploadURLExternal", "error", error="missing_scope")
    text = SENTENCE * 1_000
    await shown(world.reply(), text, step=5_000)
    assert "".join(words(message) for message in await world.answers()) == text


async def test_what_slack_calls_too_long_is_cut_further(world: World) -> None:
    await world.fault("chat.postMessage", "error", times=2, error="msg_too_long")
    text = SENTENCE * 5
    reply = world.reply()
    await shown(reply, text)
    messages = await world.answers()
    assert len(messages) > 1
    assert "".join(words(message) for message in messages) == text
    assert reply.ts == messages[0]["ts"]


async def test_markdown_that_slack_cannot_show_comes_as_plain_text(world: World) -> None:
    await world.fault("chat.postMessage", "error", error="invalid_blocks")
    await shown(world.reply(), "| a | b |")
    [message] = await world.answers()
    assert message["blocks"][0]["text"] == {"type": "plain_text", "text": "| a | b |"}
    assert has_footer(message)
