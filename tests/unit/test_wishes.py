"""`--model NAME` in a question: where it is a wish, and where it is part of the question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.slack.asking.questions import new_ask
from handlers.slack.asking.wishes import wish_in
from store.asks import NewAsk

WISHES = [
    ("--model big what is git?", "what is git?", "big"),
    ("--model=big what is git?", "what is git?", "big"),
    ("what is git? --model big", "what is git?", "big"),
    ("what is git? --model=gpt-4.1-mini", "what is git?", "gpt-4.1-mini"),
    ("what is git?\n--model big", "what is git?", "big"),
    ("--MODEL Big\nwhat is\ngit?", "what is\ngit?", "Big"),
    ("\u2014model big what?", "what?", "big"),
    ("what? \u2013model big", "what?", "big"),
    ('--model "big" what?', "what?", "big"),
    ("what? --model \u201cbig\u201d", "what?", "big"),
    ("what? --model `big`", "what?", "big"),
    ("Tell me more. --model big.", "Tell me more.", "big"),
    ("--model big: what?", "what?", "big"),
    ("--model openai/gpt-5:2025 what?", "what?", "openai/gpt-5:2025"),
    ("```\ncode\n``` what is this? --model big", "```\ncode\n``` what is this?", "big"),
    ("--model a what? --model b", "what? --model b", "a"),
    ("--model big", "", "big"),
    ("--model <script> what?", "what?", "<script>"),
    (f"--model {'x' * 300} what?", "what?", "x" * 100),
]
NO_WISHES = [
    "what does --model big do?",
    "what does --model do?",
    "what is --model",
    "--model",
    "--model= what?",
    "--models big what?",
    "a--model big",
    "explain `ollama run --model big`",
    "`--model big`",
    "```\nollama run --model big\n```",
    "```ollama run --model big```",
    "look at this: ```\nollama run --model big",
    "what did she mean?\n> run it with --model big",
    "what about `x` in --model big\nor not",
    "",
]


@pytest.mark.parametrize(("text", "question", "model"), WISHES)
def test_a_wish(text: str, question: str, model: str) -> None:
    assert wish_in(text) == (question, model)


@pytest.mark.parametrize("text", NO_WISHES)
def test_part_of_the_question(text: str) -> None:
    assert wish_in(text) == (text, None)


@given(st.text(alphabet="-model=` \n\u2014b?>", max_size=40))
def test_nothing_is_lost_but_the_wish(text: str) -> None:
    question, model = wish_in(text)
    assert question.split() == text.split() if model is None else len(question) < len(text)


def asked(text: str) -> NewAsk:
    event = {"type": "app_mention", "channel": "C1", "user": "U1", "ts": "1.0", "text": text, "files": []}
    new = new_ask({"event_id": "Ev1"}, event, ask_id="a1", workspace_id="T1", bot_user_id="U9")
    assert new is not None
    return new


@pytest.mark.parametrize(
    "text", ["<@U9> --model big what?", "--model big what? <@U9>", "<@U9> what? --model big", "what? --model big <@U9>"]
)
def test_the_mention_does_not_count(text: str) -> None:
    new = asked(text)
    assert (new.question, new.wanted_model) == ("what?", "big")


def test_a_question_without_a_wish() -> None:
    new = asked("<@U9> what does `--model big` do?")
    assert (new.question, new.wanted_model) == ("what does `--model big` do?", None)


def test_a_wish_alone_asks_nothing() -> None:
    assert (asked("<@U9> --model big").question, asked("<@U9> --model big").wanted_model) == ("", "big")
