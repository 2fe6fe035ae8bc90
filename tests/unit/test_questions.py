"""Which messages are questions, and what they say: whatever people, apps and Slack itself may send."""

import time
from typing import Any

import pytest

from handlers.slack.answering.attached import Attached, File, file_of, names, newest, recall, record
from handlers.slack.asking.questions import new_ask, plain_text, question_of, thread_so_far
from store.asks import NewAsk

BOT = "U0STIPEND"
LONG = "x" * 200_001
MENTION = {"type": "app_mention", "channel": "C1", "ts": "10.000100", "user": "U1", "text": f"<@{BOT}> hello"}


def asked(**changes: Any) -> NewAsk | None:
    """The question in a mention that differs from a plain one."""
    event = {name: value for name, value in {**MENTION, **changes}.items() if value is not ...}
    return new_ask({"event_id": "Ev1"}, event, ask_id="a1", workspace_id="T1", bot_user_id=BOT)


def text_of(**changes: Any) -> str:
    """The words of a question that must be one."""
    new = asked(**changes)
    assert new is not None
    return new.question


@pytest.mark.parametrize(
    "changes",
    [
        {"user": BOT},
        {"user": "USLACKBOT"},
        {"bot_id": "B1"},
        {"subtype": "bot_message"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic"},
        {"subtype": "me_message"},
        {"user": ...},
        {"user": None},
        {"user": ""},
        {"user": {"id": "U1"}},
        {"channel": ...},
        {"channel": 7},
        {"ts": ...},
        {"ts": None},
        {"ts": "1" * 33},
        {"channel": "C" * 65},
        {"user": "U" * 65},
        {"type": "message"} | {"text": "nobody was mentioned", "channel_type": "channel"},
        {"type": "message", "text": "<@U2> you there?", "channel_type": "group"},
        {"type": "message", "text": None, "channel_type": "mpim"},
    ],
    ids=str,
)
def test_what_is_not_for_us_is_no_question(changes: dict[str, Any]) -> None:
    assert asked(**changes) is None


def test_what_is_for_us() -> None:
    assert text_of() == "hello"
    assert text_of(type="message", channel_type="im", text="no mention needed") == "no mention needed"
    assert text_of(type="message", channel_type="channel") == "hello"
    assert text_of(subtype="file_share") == "hello"
    assert text_of(subtype="thread_broadcast") == "hello"


def test_fields_of_a_wrong_kind_are_left_out() -> None:
    new = asked(client_msg_id={"a": 1}, thread_ts=12.5, text=["not a text"])
    assert new is not None
    assert (new.client_msg_id, new.thread_ts, new.place) == (None, "10.000100", "channel")
    new = asked(client_msg_id="x" * 65, thread_ts="1" * 33)
    assert new is not None
    assert (new.client_msg_id, new.thread_ts) == (None, "10.000100")
    new = new_ask({"event_id": "E" * 65}, MENTION, ask_id="a1", workspace_id="T1", bot_user_id=BOT)
    assert new is not None
    assert new.event_id == "C1:10.000100"
    new = new_ask({}, MENTION, ask_id="a1", workspace_id="T1", bot_user_id=BOT)
    assert new is not None
    assert new.event_id == "C1:10.000100"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t",
        "\u200b",
        "\u200b\u200c\u200d\u2060\ufeff",
        "\u202e\u200f\u061c",
        "\u3164",
        "\u2800",
        "\x00\x01",
        "\u2028",
        "\u00a0\u3000",
    ],
    ids=ascii,
)
def test_what_nobody_can_see_is_no_words(text: str) -> None:
    question = text_of(text=f"<@{BOT}>{text}")
    assert question == "", ascii(question)


@pytest.mark.parametrize(
    "text",
    ["?", "ما هو git؟", "שלום \u200fעולם", "👩‍👩‍👧", "a\u200bb", "日本語", "e\u0301", "\u202eabc\u202c", LONG],
)
def test_words_stay_as_they_are(text: str) -> None:
    assert text_of(text=f"<@{BOT}> {text}") == text


def test_what_no_database_can_store_is_replaced() -> None:
    question = text_of(text=f"<@{BOT}> a\x00b \ud83d c \udc00")
    assert question.encode() == "ab \ufffd c \ufffd".encode()


def test_markup_becomes_what_people_read() -> None:
    text = (
        f"<@{BOT}> ask <@U2|ada> and <@W3> in <#C1|general> or <#C2>, see <https://a.example/x|the page> "
        "<https://b.example> <mailto:a@b.example|a@b.example> <!here> <!subteam^S1|@crew> <!subteam^S2> "
        "<!date^1700000000^{date}|Monday> 1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;"
    )
    assert plain_text(text, BOT) == (
        "ask @ada and @W3 in #general or #C2, see the page (https://a.example/x) "
        "https://b.example a@b.example (mailto:a@b.example) @here @crew @subteam Monday 1 < 2 && 3 > 2 &lt;"
    )


@pytest.mark.parametrize("part", ["<!", "<@U1|", "<!a", "<https://", "<#C1|", "<!subteam^S|", "<", "|", "<!|"])
def test_a_text_made_to_be_slow_is_read_quickly(part: str) -> None:
    began_s = time.perf_counter()
    plain_text(part * (100_000 // len(part)), BOT)
    plain_text(part + "a" * 100_000, BOT)
    assert time.perf_counter() - began_s < 1


def test_a_question_is_its_words_and_files_are_recorded_beside_it() -> None:
    new = asked(files=[{"id": "F1", "name": "a.png", "mimetype": "image/png", "size": 3}], subtype="file_share")
    assert new is not None
    assert new.question == "hello"
    assert new.files is not None
    assert [(file.name, file.size_bytes) for file in recall(new.files).files] == [("a.png", 3)]
    assert asked() is not None
    assert asked().files is None  # type: ignore[union-attr]  # looked at above


def test_files_alone_are_no_words() -> None:
    new = asked(text=f"<@{BOT}>", files=[{"name": "a\nb\x00.png"}])
    assert new is not None
    assert new.question == ""
    assert [file.name for file in recall(new.files).files] == ["ab.png"]


@pytest.mark.parametrize("files", [None, [], "a.png", {"name": "a.png"}, ["a.png", None], 3])
def test_files_of_a_wrong_kind_are_none(files: object) -> None:
    new = asked(files=files)
    assert new is not None
    assert (new.question, new.files) == ("hello", None)
    assert question_of({"text": "hello", "files": files}, BOT) == "hello"


def test_many_files_with_long_names_take_little_room() -> None:
    raw = {"id": "F" * 500, "name": "n" * 500, "mimetype": "m" * 500, "url_private": "https://x" * 1_000, "size": -1}
    recorded = record({"files": [raw] * 30})
    assert recorded is not None
    assert len(recorded) < 1_500
    found = recall(recorded)
    assert (len(found.files), found.more) == (10, 20)
    assert found.files[0] == File("", "n" * 80, "", None, None, None, "", "")
    assert names(found) == f"{'n' * 80}, {'n' * 80}, {'n' * 80} and 27 more"


def test_what_slack_says_of_a_file_is_kept_in_its_own_words() -> None:
    raw = {
        "id": "F1", "name": None, "title": "Plan", "mimetype": "Text/CSV", "size": 12, "mode": "hosted",
        "file_access": "check_file_info", "url_private": "https://files.slack.com/a", "thumb_720": "https://t/720",
        "thumb_1024": "https://t/1024", "permalink": "https://acme.slack.com/x",
    }  # fmt: skip
    recorded = record({"attachments": [{"files": [raw]}]})  # as in a forwarded message
    assert recorded is not None
    assert "permalink" not in recorded
    assert recall(recorded).files == (
        File("F1", "Plan", "text/csv", 12, "https://files.slack.com/a", "https://t/1024", "hosted", "check_file_info"),
    )
    assert file_of(raw | {"url_private_download": "https://files.slack.com/d"}).url == "https://files.slack.com/d"
    assert file_of(raw | {"size": True}).size_bytes is None
    assert recall(None) == Attached()


def test_the_newest_files_of_a_thread_are_those_of_people() -> None:
    def message(ts: str, name: str, **more: str) -> dict[str, Any]:
        return {"ts": ts, "user": "U1", "files": [{"name": name}]} | more

    messages = [
        message("3.0", "answer.md", user=BOT),
        message("2.0", "new.csv"),
        message("10.0", "alert.log", bot_id="B9"),
        message("1.0", "old.csv"),
        {"ts": "4.0", "user": "U1", "text": "and the total?"},
    ]
    assert names(newest(messages, BOT)) == "new.csv"
    assert newest(messages[4:], BOT) == Attached()


def test_the_thread_before_a_question() -> None:
    messages: list[dict[str, Any]] = [
        {"ts": "3.0", "user": "U1", "text": "the question itself"},
        {"ts": "2.0", "user": BOT, "bot_id": "B0", "text": "cut …", "blocks": [{"type": "markdown", "text": "whole"}]},
        {"ts": "1.0", "user": "U2", "text": "first <@U3>"},
        {"ts": "1.5", "user": "U9", "bot_id": "B9", "text": "another app"},
        {"ts": "1.6", "text": "of nobody"},
        {"ts": "1.7", "user": "U2", "text": ""},
        {"ts": "4.0", "user": "U2", "text": "later"},
    ]
    said = thread_so_far(messages, before_ts="3.0", bot_user_id=BOT)
    assert [(each.author, each.text, each.by_us) for each in said] == [
        ("U2", "first @U3", False),
        ("someone", "of nobody", False),
        (BOT, "whole", True),
    ]
