"""What may be the beginning of an answer that nobody noted, in its thread."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.slack.answering.lost import Nameless
from handlers.slack.wire.posting import mark

BOT = "U0STIPEND"


@pytest.mark.parametrize(
    ("changes", "may_be"),
    [
        ({}, True),
        ({"user": "U1"}, False),
        ({"ts": "1.000000"}, False),
        ({"metadata": mark("a0")}, False),
        ({"files": [{"id": "F1", "name": "answer.md"}]}, False),  # of another answer in the same thread
    ],
)
def test_a_message_of_ours_without_a_key_below_the_question(changes: dict[str, Any], may_be: bool) -> None:
    job = SimpleNamespace(message_ts="1.000000")
    below = Nameless(cast("Any", SimpleNamespace(bot_user_id=BOT)), cast("Any", job))
    below.note({"ts": "2.000000", "user": BOT, "text": "It", **changes})
    assert below.found == (["2.000000"] if may_be else [])
