"""Server-sent events and chunks, however the bytes happen to arrive."""

import json

from hypothesis import given
from hypothesis import strategies as st

from budget.chunks import Chunk, read_chunk, read_usage
from budget.events import EventReader
from budget.pricing import Usage

lines = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=20)


def read(arrivals: list[bytes]) -> list[bytes]:
    reader = EventReader()
    return [data for arrived in arrivals for data in reader.feed(arrived)]


@given(st.lists(st.lists(lines, min_size=1, max_size=3), max_size=6), st.sampled_from(["\n", "\r\n"]), st.data())
def test_events_do_not_depend_on_how_the_bytes_arrive(events: list[list[str]], end: str, data: st.DataObject) -> None:
    text = "".join(f": ping{end}" + "".join(f"data: {line}{end}" for line in event) + end for event in events)
    raw = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    arrivals = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert read(arrivals) == ["\n".join(event).encode() for event in events]


def test_an_event_that_is_not_complete_is_not_given() -> None:
    assert read([b"data: one\n\ndata: two\n"]) == [b"one"]


def test_names_and_ids_are_passed_over() -> None:
    assert read([b"event: delta\nid: 3\nretry: 5\ndata:tight\n\nevent: end\n\n"]) == [b"tight"]


keys = st.sampled_from(["choices", "delta", "usage", "content", "finish_reason", "prompt_tokens", "error"])
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner),
    max_leaves=12,
)


@given(odd)
def test_no_chunk_is_too_odd_to_read(data: object) -> None:
    assert isinstance(read_chunk(json.loads(json.dumps(data))), Chunk)


def test_a_piece_of_text() -> None:
    chunk = read_chunk({"choices": [{"delta": {"content": "Hi"}, "finish_reason": None}], "usage": None})
    assert chunk == Chunk("Hi", speaks=True)


def test_a_role_alone_is_no_speech_and_hidden_reasoning_is() -> None:
    assert not read_chunk({"choices": [{"delta": {"role": "assistant", "content": ""}}]}).speaks
    assert read_chunk({"choices": [{"delta": {"reasoning_content": "Hm"}}]}) == Chunk("", speaks=True)


def test_a_refusal_is_text() -> None:
    assert read_chunk({"choices": [{"delta": {"refusal": "I cannot."}}]}).text == "I cannot."


def test_the_end_with_usage_in_the_same_chunk() -> None:
    count = {"prompt_tokens": 5, "completion_tokens": 2}
    chunk = read_chunk({"choices": [{"delta": {}, "finish_reason": "length"}], "usage": count})
    assert chunk == Chunk("", speaks=True, finish_reason="length", usage=Usage(5, 2))


def test_counts_that_are_booleans_are_none() -> None:
    assert read_usage({"prompt_tokens": True, "completion_tokens": 2}) is None
