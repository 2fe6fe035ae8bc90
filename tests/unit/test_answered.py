"""An answer as it stands in its thread, and what is posted again of it."""

from typing import Any

from handlers.slack.answering.answered import blocks_of, file_of_answer, parts_of, text_of
from handlers.slack.answering.reply import FILE_TITLE, IN_THE_FILE
from handlers.slack.wire.posting import mark

BOT = "U0STIPEND"


def message(ts: str, key: str, *blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"ts": ts, "user": BOT, "text": "words", "metadata": mark(key), "blocks": list(blocks), **more}


def test_the_messages_of_one_answer() -> None:
    keys = ("a1:1", "a1", "a1:2:again", "a1:end", "a1:question", "a1:shared", "a11", "a2", "a1:dm")
    messages = [message(str(10 - at), key) for at, key in enumerate(keys)]
    assert [each["ts"] for each in parts_of(messages, "a1", BOT)] == ["8", "9", "10"]
    assert parts_of([{**messages[1], "user": "U1"}], "a1", BOT) == []


def test_buttons_stay_behind_and_mentions_become_words() -> None:
    rich = {
        "type": "rich_text", "block_id": "x",
        "elements": [{"type": "rich_text_section", "elements": [
            {"type": "text", "text": "hi "}, {"type": "broadcast", "range": "channel"},
            {"type": "user", "user_id": "U1"}, {"type": "usergroup", "usergroup_id": "S1"},
        ]}],
    }  # fmt: skip
    footer = {"type": "context", "elements": [{"type": "mrkdwn", "text": "m · $1"}]}
    shown = blocks_of(message("1", "a1", rich, footer, {"type": "actions", "elements": []}))
    assert [block["type"] for block in shown] == ["rich_text", "context"]
    said = shown[0]["elements"][0]["elements"]
    assert [each["text"] for each in said] == ["hi ", "@channel", "@U1", "@S1"]
    assert "block_id" not in shown[0]


def test_words_that_are_in_the_text_alone_are_not_lost() -> None:
    footer = {"type": "context", "elements": [{"type": "mrkdwn", "text": "m · $1"}]}
    [words, below] = blocks_of(message("1", "a1", footer, text="all of it, @channel"))
    assert words == {"type": "markdown", "text": "all of it, @\u200bchannel"}
    assert below == footer
    assert text_of({"text": "<!here>"}) == "<\u200b!here>"


def test_the_file_is_the_answers_own_however_near_another_ones_is() -> None:
    """Two answers may grow in one thread at the same time; the other one may be for its asker alone."""
    note = {"type": "context", "elements": [{"type": "mrkdwn", "text": IN_THE_FILE}]}
    part = message("10.0", "a1", note)
    titles = {"3.0": "a0", "9.5": "a1", "10.1": "a2", "30.0": "a11"}
    files = [
        {"ts": ts, "user": BOT, "files": [{"id": ts, "name": "answer.md", "title": FILE_TITLE.format(key=key)}]}
        for ts, key in titles.items()
    ]
    found = file_of_answer([*files, part], [part], "a1", BOT)
    assert found is not None
    assert found.id == "9.5"
    assert file_of_answer(files, [message("10.0", "a1")], "a1", BOT) is None
    assert file_of_answer([{**each, "user": "U1"} for each in files], [part], "a1", BOT) is None
    assert file_of_answer([files[2], part], [part], "a1", BOT) is None
