"""Server-sent events and chunks, however the bytes happen to arrive."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.calling.chunks import Chunk, read_chunk, read_usage
from budget.calling.events import MOST_BYTES, EventReader
from budget.calling.faults import Cut
from budget.offer.pricing import Usage

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


@pytest.mark.parametrize("piece", [b"x" * 1_000, b"data: x\n" * 100, b"data: " + b"x" * 999])
def test_an_event_without_an_end_is_cut_off_and_costs_no_memory(piece: bytes) -> None:
    with pytest.raises(Cut):
        read([piece] * (MOST_BYTES // 500))


def test_a_long_line_in_small_pieces_takes_no_longer_than_it_should() -> None:
    reader, began_s = EventReader(), time.process_time()
    for _ in range(MOST_BYTES // 10 - 100):
        list(reader.feed(b"0123456789"))
    assert time.process_time() - began_s < 2


def test_many_events_are_no_long_one() -> None:
    reader = EventReader()
    events = [data for _ in range(3) for data in reader.feed(b": ping\ndata: x\n\n" * 50_000)]
    assert len(events) == 150_000


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
