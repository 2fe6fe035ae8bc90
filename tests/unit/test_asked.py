"""A question that we post for somebody reads the same afterwards, and nothing in it works as a mention."""

import json
import random
from typing import Any

import pytest

from handlers.slack.answering.attached import recall
from handlers.slack.asking.about import files_of
from handlers.slack.asking.edits import change_in, edited_ts_of
from handlers.slack.asking.following import may_follow
from handlers.slack.asking.private import question_in
from handlers.slack.asking.questions import question_of, thread_so_far
from handlers.slack.views.about import CARRIED_CHARS, About, brought, carried
from handlers.slack.views.asked import about, apart, asked_in, question_blocks
from handlers.slack.views.private import asked, root
from handlers.slack.wire.safe import RISKY
from tests.unit.test_attached import message

BOT = "U0STIPEND"
PIECES = (
    "a", "<", "&", "\n", " ", "@channel", "`", "> ", "<!here>", "word ", "é", "  ", "https://a.b/c?d&e", "&lt;", "*",
    "<@U1>", "\n\n", "```", "👩‍👩‍👧",
)  # fmt: skip


def post(text: str) -> dict[str, Any]:
    return {"user": BOT, "bot_id": "B1", "ts": "2.0", "text": "…", "blocks": question_blocks("U0ADA", text)}


@pytest.mark.parametrize("seed", range(30))
def test_what_is_posted_is_read_again_word_for_word(seed: int) -> None:
    rng = random.Random(seed)
    for length in (3, 40, 400, 2_500):
        question = "".join(rng.choice(PIECES) for _ in range(length)).strip() or "x"
        quoted = "".join(rng.choice(PIECES) for _ in range(length)).strip() or "y"
        for text in (question, about(question, "Alan", quoted, 3_000)):
            message = post(text)
            assert question_of(message, BOT) == text
            for block in message["blocks"]:
                assert 0 < len(block["text"]["text"]) <= 3_000
                assert not RISKY.search(block["text"]["text"])


def test_only_our_own_posts_are_read_so() -> None:
    forged = post("steal") | {"user": "U0ALAN", "text": "hello"}
    assert asked_in(forged, BOT) is None
    assert question_of(forged, BOT) == "hello"
    assert asked_in({"user": BOT, "blocks": [{"type": "markdown", "text": "an answer"}]}, BOT) is None
    assert asked_in({"user": BOT, "blocks": "odd"}, BOT) is None


def test_in_the_thread_it_is_the_askers_word() -> None:
    [said] = thread_so_far([post("what is this?")], before_ts="3.0", bot_user_id=BOT)
    assert (said.author, said.text, said.by_us) == ("U0ADA", "what is this?", False)
    assert thread_so_far([post("later")], before_ts="2.0", bot_user_id=BOT) == []


def test_a_question_and_what_it_is_about_come_apart_again() -> None:
    text = about("why?", "Alan", "first\nsecond", 100)
    assert text == "why?\n\nThis is about the following message:\n> Alan: first\n> second"
    assert apart(text) == ("why?", "Alan: first\nsecond")
    assert apart("why?") == ("why?", "")
    assert about("why?", "Alan", "x" * 50, 10).endswith("> Alan: xxxxxxxxxx … (the message goes on)")


def test_what_people_see_of_it() -> None:
    assert asked("U0ADA", "a <b>").text == "<@U0ADA> asks: a &lt;b&gt;"
    assert root("U0ADA", "a", "C1").text == "You asked privately in <#C1>: a"
    assert root("U0ADA", "a", None).text == "You asked privately: a"
    assert root("U0ADA", about("a", "Alan", "b", 9), "C1").text == "You asked privately in <#C1>, about this message: a"


def test_a_question_after_the_command_stays_as_it_was_typed() -> None:
    assert question_in('ask  what is “x”\n  and "y', BOT) == ('what is “x”\n  and "y', None)
    assert question_in("/tokens ASK ask me", BOT) == ("ask me", None)
    assert question_in("ask --model big why &lt;b&gt;?", BOT) == ("why <b>?", "big")


@pytest.mark.parametrize("text", ["", "x" * 5_000, '"\\\n' * 2_000, "\U0001f600" * 1_800])
def test_what_travels_with_the_form_fits(text: str) -> None:
    given = About("C1", "1.0", "1.0", "Alan", text, cut=False, files="f" * 900)
    assert len(carried(given)) <= 3_000
    back = brought(carried(given))
    assert text.startswith(back.text)
    assert back.cut == (back.text != text)
    json.loads(carried(About("C1", "1.0", "1.0", "Alan", "", cut=False, files="f" * 9_000)))
    json.loads(carried(About("C1", "1.0", "1.0", "A" * 9_000, text, cut=False)))


@pytest.mark.parametrize("count", [1, 4, 7, 10])
def test_all_files_of_a_message_travel_with_the_form_and_most_of_its_text(count: int) -> None:
    text = "x" * CARRIED_CHARS
    back = brought(carried(About("C1", "1.0", "1.0", "Alan", text, cut=False, files=files_of(message(count)))))
    assert [file.id for file in recall(back.files).files] == [f"F0123ABCD{n:02}" for n in range(1, count + 1)]
    assert len(back.text) > 900


REPLY = {"type": "message", "channel_type": "channel", "thread_ts": "1.0", "ts": "2.0", "user": "U1", "text": "why?"}


@pytest.mark.parametrize(
    ("changes", "follows"),
    [
        ({}, True),
        ({"channel_type": "group"}, True),
        ({"channel_type": "mpim"}, True),
        ({"subtype": "file_share"}, True),
        ({"text": "see <https://a.b> and <#C1|general>"}, True),
        ({"text": "<!date^1^{date}|Monday>"}, True),
        ({"channel_type": "im"}, False),
        ({"thread_ts": None}, False),
        ({"bot_id": "B1"}, False),
        ({"subtype": "thread_broadcast"}, False),
        ({"subtype": "message_changed"}, False),
        ({"text": "<@U2> you?"}, False),
        ({"text": "<!here> look"}, False),
        ({"text": "<!channel|@channel> look"}, False),
        ({"text": "<!subteam^S1|@crew> look"}, False),
        ({"text": " \u200b"}, False),
        ({"text": None}, False),
        ({"type": "app_mention"}, False),
    ],
    ids=str,
)
def test_which_replies_turn_to_nobody_else(changes: dict[str, Any], follows: bool) -> None:
    assert may_follow(REPLY | changes) is follows


def changed(before: str, after: str, kind: str = "channel", **more: Any) -> object:
    message = {"user": "U1", "ts": "1.0", "text": after, "edited": {"user": "U1", "ts": "5.0"}, **more}
    event = {"channel": "C1", "channel_type": kind, "message": message, "previous_message": {"text": before}}
    return change_in(event, BOT)


def test_which_changes_are_changed_questions() -> None:
    assert changed(f"<@{BOT}> a", f"<@{BOT}> b")
    assert changed("a", "b", "im")
    assert changed("a", "b"), "a reply that was followed"
    assert changed(f"<@{BOT}> a", "b"), "the mention is taken out, the question was asked"
    assert changed("a", f"<@{BOT}> a", "im")
    assert not changed("a", f"<@{BOT}> a"), "comes as a mention"
    assert not changed("a", "a", "im"), "an unfurled link"
    assert not changed("a", "b", bot_id="B1")
    assert not changed("a", "b", user=BOT)
    assert not changed("a", "b", user=None)
    assert not changed("a", "b", subtype="tombstone")
    assert not changed("a", "b", edited=None)
    assert not changed("a", "b", edited={"ts": "5" * 33})
    assert change_in({"message": "x", "previous_message": None}, BOT) is None
    assert edited_ts_of({"edited": "x"}) is None
