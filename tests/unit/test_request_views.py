"""What people read about requests, case by case."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from budget.money import Face
from budget.typed import Command
from handlers.commands.grammar import parse
from handlers.commands.parts import Misread
from handlers.slack.views import requests as view
from handlers.slack.views.pieces import Reader
from handlers.slack.wire.markup import read

USD = 1_000_000
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
READER = Reader(ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin"), Face(), NOW)
FACTS: dict[str, Any] = {
    "request": "r1", "state": "waiting", "who": "Bob <3", "amount": 20 * USD, "reason": None, "project": None,
    "until": None,
}  # fmt: skip
POOL = {"pool": "the Platform pool", "before": 110 * USD, "lapses": "2026-11-29T12:00:00+00:00"}
BALANCE = {
    "available": 4 * USD, "held": 0, "a_day": USD // 2, "empty_at": "2026-11-30T10:00:00+00:00", "questions": 9,
    "model": "mini",
}  # fmt: skip
SETTLED = FACTS | {
    "state": "approved", "by": "Grace", "granted": 5 * USD, "due": None, "note": None, "pool": "the Platform pool",
    "mine": False, "left": None,
}  # fmt: skip
TOLD = SETTLED | {"available": 7 * USD, "ask": None}


def card(**changed: Any) -> list[str]:
    """The card's sentences."""
    return view.card(FACTS | POOL | {"balance": BALANCE} | changed, READER).text.split("\n")


def test_a_card_says_what_there_is_and_how_long_it_lasts() -> None:
    assert card() == [
        "*Bob &lt;3* asks for *$20.00 (20M tokens)*.",
        ("Bob &lt;3 has $4.00 (4M tokens) available. At the pace of the last week ($0.50 a day) it lasts until about "
        "30 November 2026."),
        "It would come from the Platform pool: *$110.00 (110M tokens)* now, *$90.00 (90M tokens)* after.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"reason": "a <b>"}, "*Bob &lt;3* asks for *$20.00 (20M tokens)*, for a &lt;b&gt;."),
        ({"project": "Atlas & Co"}, "It is for the project *Atlas &amp; Co*."),
        ({"until": "2026-12-24"}, "It is needed until 24 December 2026."),
        ({"undecided": ["Ada"]}, "Ada was asked and has not decided, so I ask you as well."),
        ({"undecided": ["Ada", "Eve"]}, "Ada and Eve were asked and have not decided, so I ask you as well."),
        ({"before": 19 * USD}, ("It would come from the Platform pool, which has $19.00 (19M tokens): too little for "
         "all of it.")),
        ({"balance": BALANCE | {"held": USD, "a_day": None}}, ("Bob &lt;3 has $4.00 (4M tokens) available, and $1.00 "
         "(1M tokens) held for answers under way. That is about 9 typical questions to mini.")),
        ({"balance": BALANCE | {"available": 0}}, ("Bob &lt;3 has $0.00 (0 tokens) available. In the last week it took "
         "$0.50 a day.")),
        ({"reminder": True}, "A reminder: *Bob &lt;3* still waits for an answer on *$20.00 (20M tokens)*."),
    ],
)  # fmt: skip
def test_what_else_a_card_says(changed: dict[str, Any], line: str) -> None:
    assert line in card(**changed)


def test_a_card_keeps_to_itself_what_is_not_for_its_reader() -> None:
    assert len(card(balance=None)) == 2


def test_who_else_was_asked_stands_below() -> None:
    made = view.card(FACTS | POOL | {"balance": None, "also": ["A", "B", "C", "D", "E"]}, READER)
    assert made.blocks[-1]["elements"][0]["text"] == (
        "It lapses on 29 Nov, 12:00 if nobody decides. A, B, C and 2 others have been asked too: whoever answers first "
        "decides."
    )
    assert [each["value"] for each in made.blocks[1]["elements"]] == ["r1"] * 4


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "Grace granted *$5.00 (5M tokens)* from the Platform pool."),
        ({"mine": True, "left": USD, "note": "ok"}, ("You granted *$5.00 (5M tokens)* from the Platform pool, which "
         "now has $1.00 (1M tokens).\n“ok”")),
        ({"state": "lent", "due": "2026-12-24"}, ("Grace lent *$5.00 (5M tokens)* from the Platform pool until the end "
         "of 24 December 2026.")),
        ({"state": "refused", "note": "a < b"}, "Grace refused it: “a &lt; b”"),
        ({"state": "lapsed", "by": None}, "Nobody decided in time, so it lapsed."),
        ({"state": "withdrawn"}, "Bob &lt;3 took it back: nothing is to be decided."),
        ({"state": "withdrawn", "by": None}, "Bob &lt;3 has left: nothing to decide."),
    ],
)  # fmt: skip
def test_a_card_once_it_is_decided(changed: dict[str, Any], line: str) -> None:
    made = view.card(SETTLED | changed, READER)
    assert made.text == f"*Bob &lt;3* asked for *$20.00 (20M tokens)*.\n{line}"
    assert {block["type"] for block in made.blocks} == {"section"}


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"granted": 20 * USD, "until": "2026-12-24"}, ("Grace granted you *$20.00 (20M tokens)*.\nIt can be used "
         "until the end of 24 December 2026.\nYou now have *$7.00 (7M tokens)*, from your next question on.")),
        ({"note": "half"}, ("Grace granted you *$5.00 (5M tokens)* of the $20.00 you asked for.\nGrace writes: “half”\n"
         "You now have *$7.00 (7M tokens)*, from your next question on.")),
        ({"state": "lent", "due": "2026-12-24", "granted": 20 * USD}, ("Grace lent you *$20.00 (20M tokens)*.\n"
         "At the end of 24 December 2026 it goes back, as far as you have it then.\n"
         "You now have *$7.00 (7M tokens)*, from your next question on.")),
        ({"state": "lapsed", "by": None, "asked": ["Ada", "Eve"]}, ("Nobody decided on your request for *$20.00 (20M "
         "tokens)* in time, so it lapsed.\nAda and Eve were asked: speak with them, then ask again: "
         "`/tokens request $20.00`.")),
        ({"state": "lapsed", "by": None, "asked": [], "reason": "a `b` <c>"}, ("Nobody decided on your request for "
         "*$20.00 (20M tokens)*, for a `b` &lt;c&gt; in time, so it lapsed.\nAsk again: "
         "`/tokens request $20.00 for a b &lt;c&gt;`.")),
    ],
)  # fmt: skip
def test_what_the_asker_is_told(changed: dict[str, Any], text: str) -> None:
    assert view.outcome(TOLD | changed, READER).text == text


def test_the_question_can_be_asked_again_once() -> None:
    offered = view.outcome(TOLD | {"ask": "a1"}, READER).blocks[-1]
    assert [each["value"] for each in offered["elements"]] == ["r1"]
    done = view.outcome(TOLD | {"ask": "a1", "asked_again": True}, READER).blocks[-1]
    assert done["type"] == "context"
    assert view.outcome(TOLD, READER).blocks[-1]["type"] == "section"


def test_commands_to_copy_can_be_typed() -> None:
    for divisor, reason in ((1, None), (2, "the migration until friday"), (2, 'the "big" one')):
        command = view.more(TOLD | {"reason": reason}, divisor).strip("`").removeprefix("/tokens ")
        parsed: Command | Misread = parse(read(command), Face())
        assert not isinstance(parsed, Misread), command


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("request much", "not an amount"),
        ("request $5 please", "I understand all but `please`"),
        ("request $5 for", "After `for` comes a reason"),
        ("request $5 until tomorrow", "is not a date"),
        ("request withdraw now", "I understand all but `now`"),
    ],
)
def test_what_cannot_be_read_comes_with_an_example(typed: str, part: str) -> None:
    parsed = parse(read(typed), Face())
    assert isinstance(parsed, Misread)
    assert part in parsed.sentence
    assert not isinstance(parse(read(parsed.example), Face()), Misread)
    assert parsed.example.startswith("request")
