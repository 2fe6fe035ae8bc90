"""No text, however cut into pieces, can ping anyone; and ordinary text is left alone."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.slack.wire.safe import BREAK, LOOKAHEAD, SafeStream, defuse, escape

# Written anew here, so that a slip in the product's pattern is not repeated by the test.
PINGS = re.compile(
    r"<!(channel|here|everyone|group|subteam)|<@[UWB][A-Z0-9]|(^|[^a-z0-9])@(channel|here|everyone|group)($|[^a-z0-9])",
    re.IGNORECASE | re.ASCII,
)
HIDDEN = ["\u00ad", "\u200c", "\u200d", "\u2060", "\ufeff", "\ufe0f", "\x00"]
MARKS = ["<", "@", "!", "\\", ">", "|", " ", "_", "\n", "`"]
BITS = [*MARKS, *HIDDEN, "channel", "HERE", "every", "one", "subteam^S1", "U12", "W1", "a", "é", "😀", "ten and more"]
WAYS_TO_PING = [
    "<!channel>",
    "<!here|here>",
    "<!EVERYONE>",
    "<!subteam^S123|@all>",
    "<@U123>",
    "<@W1AB|ada>",
    "<\\!channel>",
    "@channel",
    "hey @Here!",
    "(@everyone)",
    "_@here_",
    "**@channel**",
    "`@channel`",
    "\\@here",
    "é@here",
    "@here\u200dx",
    "@\u2060channel",
    "@chan\u00adnel",
    "<\ufeff!channel>",
    "<!\u200chere>",
    "<@U\u20601>",
    "```\n<!channel>\n```",
]
hostile = st.lists(st.sampled_from(BITS), max_size=25).map("".join)
hidden_in_prose = st.tuples(st.text(max_size=20), st.sampled_from(WAYS_TO_PING), st.text(max_size=20)).map("".join)
texts = hostile | hidden_in_prose | st.text(max_size=60)


def streamed(text: str, cuts: list[int]) -> str:
    stream = SafeStream()
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    pieces = [stream.feed(text[start:end]) for start, end in itertools.pairwise(edges)]
    return "".join(pieces) + stream.flush()


@given(texts, st.lists(st.integers(0, 1000), max_size=30))
def test_cutting_makes_no_difference(text: str, cuts: list[int]) -> None:
    assert streamed(text, cuts) == defuse(text) == streamed(text, list(range(len(text))))


@given(texts)
def test_nothing_pings_even_if_invisible_characters_were_dropped(text: str) -> None:
    safe = defuse(text)
    assert not PINGS.search(safe)
    assert not PINGS.search("".join(c for c in safe if c not in HIDDEN))


@given(texts)
def test_nothing_is_lost_or_moved(text: str) -> None:
    assert defuse(text).replace(BREAK, "") == text.replace(BREAK, "")
    assert defuse(defuse(text)) == defuse(text)


@given(texts)
def test_the_stream_holds_back_only_a_little(text: str) -> None:
    stream = SafeStream()
    shown = "".join(stream.feed(character) for character in text)
    assert len(text) - len(shown.replace(BREAK, "")) - text.count(BREAK) <= LOOKAHEAD


@given(st.text(alphabet=st.characters(exclude_characters="@<", exclude_categories=["Cs"])))
def test_text_without_at_signs_and_brackets_is_untouched_and_never_held(text: str) -> None:
    assert SafeStream().feed(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "List<int> and Map<String, List<@NonNull T>> and a < b && c <= d << 2",
        "<https://example.org|a link> and [another](https://example.org/@channels?a=1&b=2)",
        "<!DOCTYPE html> <!-- a comment --> <br> <a href='x'>",
        "mail ada@here.example or root@channel",
        "@app.route('/') @dataclass @heresy @channels @everyone2 @ here",
        "```python\nif a<b: x = y @ z\n```",
        "<#C123|general> :tada: 👩‍👩‍👧",
    ],
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert defuse(text) == text


@pytest.mark.parametrize("text", WAYS_TO_PING)
def test_every_way_to_ping_is_broken(text: str) -> None:
    assert BREAK in defuse(text)
    around = f"before it {text} and after it"
    assert streamed(around, list(range(len(around)))) == defuse(around)
    assert not PINGS.search("".join(c for c in defuse(text) if c not in HIDDEN))


def test_halves_of_an_emoji_in_two_pieces_become_one_character() -> None:
    stream = SafeStream()
    assert stream.feed("ok \ud83d") + stream.feed("\ude00!") + stream.flush() == "ok 😀!"
    assert defuse("lone \ud83d half") == "lone \ufffd half"


@given(texts)
def test_an_escaped_field_has_no_markup_left(text: str) -> None:
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", escape(text))
    assert not PINGS.search(escape(text))


def test_an_escaped_field_reads_the_same() -> None:
    assert escape("R&D <3 <!here>") == "R&amp;D &lt;3 &lt;!here&gt;"
    assert escape("for @channel") == f"for @{BREAK}channel"
