"""What is attached, in few characters and in words: pointers, our own posts, notes under an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.asking.context import TOKENS_PER_MESSAGE, TOKENS_PER_REQUEST, bound_tokens, compose
from budget.files.attachments import Attachment, Document, Image, Unread
from handlers.slack.answering.attached import Attached, blocks, names, of_post, pointers, recall, record
from handlers.slack.views import answers
from tests.unit.test_answer_words import result

BOT = "U0STIPEND"
HOST = "https://files.slack.com"


def message(count: int) -> dict[str, object]:
    """As Slack has it: what the ids, names and addresses are like."""
    files = [
        {
            "id": f"F0123ABCD{n:02}", "name": f"screenshot 2026-03-{n:02} at 10.00.00.png", "mimetype": "image/png",
            "size": 1_000_000, "mode": "hosted", "file_access": "visible",
            "url_private": f"{HOST}/files-pri/T0123ABCD-F0123ABCD{n:02}/screenshot_2026-03-{n:02}_at_10.00.00.png",
            "url_private_download": f"{HOST}/files-pri/T0123ABCD-F0123ABCD{n:02}/download/screenshot_{n:02}.png",
            **{f"thumb_{px}": f"{HOST}/files-tmb/T0123ABCD-F0123ABCD{n:02}-1a2b3c4d/s_{px}.png" for px in (720, 1024)},
        }
        for n in range(1, count + 1)
    ]  # fmt: skip
    return {"user": "U1", "ts": "1.0", "files": files}


def test_pointers_take_little_room_and_lead_to_the_same_files() -> None:
    recorded = record(message(10))
    brief = pointers(recorded)
    assert recorded is not None
    assert brief is not None
    assert len(brief) < 1_200 < len(recorded) < 5_000
    found, whole = recall(brief), recall(recorded)
    assert [file.id for file in found.files] == [file.id for file in whole.files]
    assert {file.access for file in found.files} == {"check_file_info"}
    assert found.files[0].name == whole.files[0].name[:40]
    assert whole.files[0].preview_url is not None
    assert whole.files[0].preview_url.endswith("_1024.png")
    assert pointers(None) is None


def test_a_post_of_ours_carries_the_files_and_nobody_elses_does() -> None:
    [block] = blocks(record(message(4)))
    assert block["text"]["text"].endswith("10.00.00.png and 1 more")
    assert len(block["block_id"]) <= 255
    post = {"user": BOT, "blocks": [{"type": "section", "block_id": "question:0:x:U1"}, block]}
    assert [file.id for file in recall(of_post(post, BOT)).files] == [f"F0123ABCD{n:02}" for n in range(1, 5)]
    assert of_post(post | {"user": "U1"}, BOT) is None
    assert of_post({"user": BOT, "text": "hi"}, BOT) is None
    assert blocks(None) == []
    assert blocks(record({"files": [{"name": "without an id"}]})) == []


@pytest.mark.parametrize("raw", [{"blocks": None}, {"blocks": ["x", {"block_id": None}, {"block_id": "files"}]}])
def test_blocks_that_say_nothing_of_files(raw: dict[str, object]) -> None:
    assert of_post({"user": BOT, **raw}, BOT) is None


@pytest.mark.parametrize("value", ["\ud83d", "a\x00b", "", "x" * 1_001, 7, None, ["F1"]])
def test_what_cannot_be_kept_is_left_out(value: object) -> None:
    raw = {"id": value, "name": "a.txt", "mimetype": value, "url_private": value, "thumb_720": value, "mode": value}
    [found] = recall(record({"files": [raw]})).files
    assert (found.id, found.name, found.media_type, found.url, found.preview_url) == ("", "a.txt", "", None, None)


def test_names_in_a_sentence() -> None:
    assert names(recall(record(message(1)))).startswith("screenshot 2026-03-01")
    assert names(Attached()) == ""


READ: tuple[Attachment, ...] = (
    Document("a.csv", "x"),
    Document("b*.pdf", "x", "pages 1 to 2 of 9"),
    Image("c.png", "image/png", b"", "a smaller copy of it"),
    Unread("d.zip", "it is an archive"),
)


def test_the_notes_say_what_was_read_in_part_and_what_came_from_up_the_thread() -> None:
    part = "Of *b*.pdf* I read pages 1 to 2 of 9."
    smaller = "Of *c.png* I read a smaller copy of it."
    assert answers.read_of(READ[:1], ()) == []
    assert answers.read_of(READ, (Unread("d.zip", ""),)) == [f"{part} {smaller}"]
    assert answers.read_of(READ, (Unread("c.png", ""),)) == [part]
    [note] = answers.read_of(READ, (Unread("c.png", ""),), earlier=True)
    assert note == f"Taken along from earlier in this thread: *a.csv*, *b*.pdf*. {part}"
    assert answers.read_of(READ[3:], (), earlier=True) == []


def test_many_files_with_names_that_swell_fit_below_an_answer() -> None:
    hostile = tuple(Unread("&" * 80, "it is an archive; send the files in it one by one") for _ in range(11))
    notes = answers.notes(result(unread=hostile))
    assert 1 < len(notes) <= 5
    assert max(map(len, notes)) <= 3_000
    assert sum(note.count("I did not read") for note in notes) == 11
    assert answers.notes(result(unread=hostile[:2]))[0].count("I did not read") == 2
    parts = tuple(Document("&" * 80, "", "pages 1 to 2 of 9") for _ in range(10))
    notes = answers.read_of(parts, (), earlier=True)
    assert max(map(len, notes)) <= 3_000
    assert "and 7 more." in notes[0]


def test_names_can_ping_nobody() -> None:
    [note] = answers.read_of((Document("<!channel>.csv", "x", "rows 1 to 2"),), ())
    assert "<!channel>" not in note
    told = answers.failure("only_files", model=None, cost_micros=0, estimated=False, files="<@U1>.csv")
    assert told.startswith("Tell me what you want to know about *")
    assert "<@U1>" not in told
    assert "what you attached" in answers.failure("only_files", model=None, cost_micros=0, estimated=False)


FILES = st.lists(
    st.one_of(
        st.builds(Document, st.text(max_size=9), st.text(max_size=99), st.none() | st.text(max_size=9)),
        st.builds(Image, st.text(max_size=9), st.just("image/png"), st.binary(max_size=9)),
        st.builds(Unread, st.text(max_size=9), st.text(max_size=9)),
    ),
    max_size=6,
)


@given(st.text(max_size=40), FILES, st.none() | st.integers(1, 5_000), st.integers(0, 3_000))
def test_the_bound_covers_every_document_and_image(
    question: str, files: list[Attachment], image_tokens: int | None, total: int
) -> None:
    context = compose(question, [], thread_tokens=100, total_tokens=total, attachments=files, image_tokens=image_tokens)
    seen = sum(isinstance(each, Image) for each in files) if image_tokens else 0
    assert sum(len(each.images) for each in context.messages) == seen
    texts = sum(bound_tokens(each.content) + TOKENS_PER_MESSAGE for each in context.messages)
    assert context.input_tokens == TOKENS_PER_REQUEST + texts + seen * (image_tokens or 0)
    assert len(context.unread) == sum(isinstance(each, Unread) for each in files) + (
        sum(isinstance(each, Image) for each in files) - seen
    )
