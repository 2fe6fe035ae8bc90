"""Parts fit, lose nothing, keep code in code, and end where a reader would pause."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.slack.answering.split import MAX_PARTS, MESSAGE_CHARS, SMALLEST_LIMIT, cut, is_for_a_file, split

LINES = [
    "",
    "plain words, and more of them. Then another sentence! ",
    "```",
    "```python",
    "~~~~",
    "   ```js title=x",
    "````",
    "x = 1",
    "    indented",
    "a" * 150,
    "😀" * 70,
    "👩‍👩‍👧‍👦" * 20,
    "🇫🇷" * 60,
    "| a | b |",
    "- item one. Item two.",
    "```inline``` code",
    "word " * 60,
    "`" * 40,
    "```" + "i" * 200,
    "e\u0301" * 90,
    "line\u2028```",
    "end.",
]
markdowns = st.lists(st.sampled_from(LINES), max_size=40).map("\n".join)
limits = st.integers(SMALLEST_LIMIT, 400)
FENCE_LINE = re.compile(r"\n?[ \t]*(`{3,16}|~{3,16})[^\n]*\n")


@given(markdowns | st.text(max_size=900), limits)
def test_nothing_is_lost_and_every_part_fits(markdown: str, limit: int) -> None:
    parts = cut(markdown, limit)
    assert "".join(part.content for part in parts) == markdown
    assert all(0 < len(part.text) <= limit and part.content for part in parts)
    assert all(FENCE_LINE.fullmatch(line) for part in parts for line in (part.opened, part.closed) if line)
    assert split(markdown, limit) == [part.text for part in parts if part.text.strip()]


@given(markdowns, limits)
def test_code_that_is_cut_is_closed_and_opened_again(markdown: str, limit: int) -> None:
    parts = cut(markdown, limit)
    for part, following in itertools.pairwise(parts):
        assert bool(part.closed) == bool(following.opened)
    if parts:
        assert not parts[0].opened
        assert not parts[-1].closed


@settings(max_examples=50)
@given(st.text(alphabet="👩\u200d👧🏽e\u0301🇫🇷❤\ufe0f", min_size=200, max_size=600))
def test_one_seen_character_is_never_cut_in_two(text: str) -> None:
    for part in split(text, SMALLEST_LIMIT)[1:]:
        run = re.search(r"\u200d(.?[\u0301\ufe0f\U0001f3fd\u200d]+){8,}", text)  # longer than any real one
        assert run or part[0] not in "\u200d\u0301\ufe0f\U0001f3fd"


def test_a_text_that_fits_is_one_part_as_it_is() -> None:
    assert split("one\n\ntwo\n") == ["one\n\ntwo\n"]
    assert split("x" * MESSAGE_CHARS) == ["x" * MESSAGE_CHARS]
    assert split("") == split("\n \n") == []


def test_cuts_come_at_paragraph_ends_then_lines_then_sentences_then_words() -> None:
    first, second = "a" * 70 + ".\n\n", "b" * 70 + "\n\n"
    assert split(first + second, 120) == [first, second]
    lines = ("c" * 40 + "\n") * 4
    assert [len(part) for part in split(lines, 120)] == [82, 82]
    assert split("Say this. " * 20, 125) == ["Say this. " * 12, "Say this. " * 8]
    assert all(part.endswith("word ") for part in split("word " * 100, 122))


def test_code_stays_whole_where_it_fits_and_keeps_its_language_where_not() -> None:
    code = "```python\n" + "x = 1\n" * 12 + "```\n"
    text = "Some words before. " * 4 + "\n\n"
    assert split(text + code, 130) == [text, code]
    long = "```python\n" + "x = 1\n" * 60 + "```\nAfter.\n"
    parts = split(long, 130)
    assert all(part.startswith("```python\n") for part in parts)
    assert all(part.endswith("```\n") for part in parts[:-1])
    assert parts[-1].endswith("x = 1\n```\nAfter.\n")


def test_flags_and_families_stay_whole() -> None:
    assert all(
        set(split("🇫🇷" * 100, 121)[n]) == set("🇫🇷") and len(split("🇫🇷" * 100, 121)[n]) % 2 == 0 for n in range(2)
    )
    assert all(part.startswith("👩") and part.endswith("👦") for part in split("👩‍👩‍👧‍👦" * 60, 125))


def test_a_very_long_answer_is_for_a_file() -> None:
    assert not is_for_a_file(len(split("A sentence of some length. " * 2_000)))
    parts = split("A sentence of some length. " * 4_000)
    assert len(parts) > MAX_PARTS
    assert is_for_a_file(len(parts))


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="119 characters is below 120"):
        split("x", SMALLEST_LIMIT - 1)
