"""What a file is for a model, by its bytes: texts, tables, images, and what is said of the rest."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.files import magic
from budget.files.attachments import Document, Image, Unread
from budget.files.pictures import DAMAGED, TOO_LARGE
from budget.files.reading import EMPTY, ENCODING, MOST_TEXT_BYTES, read, size_words

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4) + (480).to_bytes(4) + b"\x08\2\0\0\0CRC.\0\0\0\0IEND\xaeB`\x82"
)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(10) + b"\xff\xff\xc0\0\x11\x08\x01\xe0\x02\x80" + bytes(20)
GIF = b"GIF89a\x80\x02\xe0\x01" + bytes(20)
WEBP = b"RIFF\x1c\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0" + bytes(6)


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


def text_of(data: bytes, name: str = "a.txt", media_type: str = "text/plain") -> str:
    found = read(name, media_type, data)
    assert isinstance(found, Document), found
    assert found.part is None
    return found.text


def reason_of(data: bytes, name: str = "a.bin", media_type: str = "application/octet-stream") -> str:
    found = read(name, media_type, data)
    assert isinstance(found, Unread), found
    assert found.name == name
    return found.reason


@pytest.mark.parametrize(
    "data",
    [
        "naïve café".encode(),
        "naïve café".encode("utf-8-sig"),
        "naïve café".encode("utf-16"),
        b"\xfe\xff" + "naïve café".encode("utf-16-be"),
        b"\xff\xfe\0\0" + "naïve café".encode("utf-32-le"),
        "naïve café".encode("latin-1"),
    ],
)
def test_a_text_is_read_in_the_encoding_it_has(data: bytes) -> None:
    assert text_of(data) == "naïve café"


@pytest.mark.parametrize("name", ["a.py", "Makefile", "a.png", "data", "a.exe"])
def test_what_counts_is_what_is_inside(name: str) -> None:
    assert text_of(b"import this\r\n", name, "image/png") == "import this\r\n"


def test_texts_of_many_kinds_are_read_whole() -> None:
    for text in (
        "\x1b[31merror\x1b[0m: 42\n",
        '{"a": [1, 2]}',
        "<!doctype html><p>hi",
        "# Title\n\n日本語のテキスト",
        "BM25",
    ):
        assert text_of(text.encode()) == text
    quotes = "“Smart” quotes – from an older editor"
    assert text_of(quotes.encode("cp1252")) == quotes


@pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_said_to_be_empty(data: bytes) -> None:
    assert reason_of(data) == EMPTY


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(50), magic.BINARY),
        (bytes(range(1, 30)) * 20, magic.BINARY),
        (("a\x01\x02" * 50).encode("utf-16"), magic.BINARY),
        ("Привет, мир! Как дела?".encode("cp1251"), ENCODING),
        ("日本語のテキストです".encode("shift-jis"), ENCODING),
        (b"\xef\xbb\xbf\xff\xfe\xfd\xfc\xfb\xfa", ENCODING),
        (zipped("word/document.xml", "[Content_Types].xml"), magic.WORD),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), magic.SHEET),
        (zipped("ppt/slides/slide1.xml"), magic.SLIDES),
        (zipped("[Content_Types].xml", "visio/a.xml"), magic.OFFICE),
        (zipped("notes.txt"), magic.ARCHIVE),
        (zipped(), magic.ARCHIVE),
        (b"PK\x03\x04.mimetypeapplication/vnd.oasis.opendocument.spreadsheet", magic.SHEET),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), magic.OFFICE),
        (b"{\\rtf1\\ansi hello}", magic.WORD),
        (b"\x1f\x8b\x08" + bytes(20), magic.ARCHIVE),
        (b"BZh91AY&SY" + bytes(20), magic.ARCHIVE),
        (b"a.txt".ljust(257, b"\0") + b"ustar", magic.ARCHIVE),
        (b"BM\x36\0\0\0\0\0\0\0" + bytes(40), magic.OTHER_IMAGE),
        (b"II*\x00" + bytes(20), magic.OTHER_IMAGE),
        (b"\0\0\0\x18ftypheic" + bytes(20), magic.OTHER_IMAGE),
        (b"\0\0\0\x18ftypmp42" + bytes(20), magic.SOUND),
        (b"RIFF\0\0\0\0WAVE" + bytes(20), magic.SOUND),
        (b"ID3\x04\0" + bytes(20), magic.SOUND),
    ],
)
def test_what_is_no_text_is_said_with_what_to_do(data: bytes, reason: str) -> None:
    assert reason_of(data) == reason


@pytest.mark.parametrize(
    ("data", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif"), (WEBP, "image/webp")]
)
def test_images_go_on_as_they_are_and_damaged_ones_do_not(data: bytes, kind: str) -> None:
    assert read("a.txt", "text/plain", data) == Image("a.txt", kind, data)
    assert reason_of(data[:12]) == DAMAGED
    grown = data.replace(b"\x02\x80", b"\x62\x80").replace(b"\x80\x02", b"\x80\x62").replace(b"\x7f\x02", b"\x7f\x62")
    assert reason_of(grown) == TOO_LARGE


def test_the_sizes_of_webp_without_extensions() -> None:
    lossless = b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f" + (99 | 49 << 14).to_bytes(4, "little") + bytes(5)
    lossy = b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0" + b"\0\0\0\x9d\x01\x2a" + b"\x40\x1f\x64\0"
    assert isinstance(read("a", "", lossless), Image)
    assert isinstance(read("a", "", lossy), Image)
    assert reason_of(lossy.replace(b"\x40\x1f", b"\x41\x1f")) == TOO_LARGE
    assert reason_of(lossy.replace(b"VP8 ", b"VP9 ")) == DAMAGED


def test_a_large_image_is_said_to_be_large() -> None:
    assert reason_of(PNG[:-12] + bytes(5_000_000) + PNG[-12:]) == "it has 5.1 MB, and an image may have 5 MB"


def test_a_text_is_whole_or_not_there() -> None:
    assert len(text_of(b"x" * MOST_TEXT_BYTES)) == MOST_TEXT_BYTES
    assert reason_of(b"x" * (MOST_TEXT_BYTES + 1)) == "it has 401 kB of text, and I read 400 kB; send the part you mean"
    umlauts = "ä" * (MOST_TEXT_BYTES // 2 + 1)  # what counts is how much it is for a model, not how it came
    assert "401 kB of text" in reason_of(umlauts.encode("utf-16"))


@pytest.mark.parametrize(("name", "kind"), [("a.CSV", ""), ("a.tsv", ""), ("a", "text/csv; charset=utf-8")])
def test_of_a_long_table_whole_rows_are_read_and_counted(name: str, kind: str) -> None:
    row = 'x,"two\nlines ""quoted"" \u2028",z\r\n'
    found = read(name, kind, (row * 20_000).encode())
    assert isinstance(found, Document)
    kept = len(found.text) // len(row)
    assert found.text == row * kept
    assert MOST_TEXT_BYTES - len(row.encode()) < len(found.text.encode()) <= MOST_TEXT_BYTES
    assert found.part == f"rows 1 to {kept:,} of 20,000, the heading counted"


def test_a_table_without_an_end_of_row_is_too_long() -> None:
    assert "send the part you mean" in reason_of(b"x," * MOST_TEXT_BYTES, "a.csv")
    assert "send the part you mean" in reason_of(b'"' + b"x\n" * MOST_TEXT_BYTES, "a.csv")


@given(st.binary(max_size=400), st.text(max_size=10), st.sampled_from(["", "text/csv", "image/png", "\ud83d"]))
def test_no_bytes_are_a_fault(data: bytes, name: str, kind: str) -> None:
    for begun in (data, PNG[:8] + data, JPEG[:3] + data, GIF[:6] + data, WEBP[:16] + data, b"\xff\xfe" + data):
        found = read(name, kind, begun)
        assert found.name == name
        if isinstance(found, Document):
            assert found.text.strip()
            assert "\0" not in found.text


@given(st.text(min_size=1, max_size=200, alphabet=st.characters(exclude_categories=("Cs", "Cc"))))
def test_any_text_in_utf_8_is_read_as_it_is(text: str) -> None:
    found = read("a", "", b"#" + text.encode())
    assert found == Document("a", "#" + text)


def test_sizes_in_words_never_look_smaller_than_they_are() -> None:
    assert [size_words(n) for n in (1, 400_000, 400_001, 999_000, 999_001, 1_000_000, 1_200_001, 10_000_000)] == [
        "1 kB", "400 kB", "401 kB", "999 kB", "1 MB", "1 MB", "1.3 MB", "10 MB",
    ]  # fmt: skip
