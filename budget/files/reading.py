"""From the bytes of a file to what a model can be given: by what they are, not by what their name says. Pure.

A text is whole or not there at all; of a long table the first rows are taken, and said to be the first rows.
"""

import codecs
from io import StringIO
from itertools import accumulate

from budget.files.attachments import Document, Image, Unread
from budget.files.magic import BINARY, image_type, unreadable
from budget.files.pictures import problem_of

MOST_TEXT_BYTES = 400_000  # as UTF-8: hundreds of pages, and at up to a token a byte as much as large models take
MOST_IMAGE_BYTES = 5_000_000  # what the strictest of today's large providers takes
MOST_CONTROL = 0.01  # share of control characters in a text
MOST_FOREIGN = 0.3  # share of letters beyond ASCII where the encoding is not known; Western languages stay far below
CONTROL = bytes(sorted({*range(32), 0x7F} - set(b"\t\n\r\f\v\b\x1b")))  # those of line ends and of terminals aside
BOMS = (  # that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
TABLE_TYPES = ("text/csv", "text/tab-separated-values")
TABLE_NAMES = (".csv", ".tsv", ".tab")
EMPTY = "it is empty"
ENCODING = "its letters are in an encoding that I do not know; save it as UTF-8, and send that"


def read(name: str, media_type: str, data: bytes) -> Document | Image | Unread:
    """What a file is for a model; `media_type` as its sender declared it. A PDF is binary here: see `pdf`."""
    if kind := image_type(data):
        return _image(name, kind, data)
    if reason := unreadable(data):
        return Unread(name, reason)
    text = decode(name, data)
    return text if isinstance(text, Unread) else document(name, media_type, text)


def _image(name: str, kind: str, data: bytes) -> Image | Unread:
    if len(data) > MOST_IMAGE_BYTES:
        return Unread(name, f"it has {size_words(len(data))}, and an image may have {size_words(MOST_IMAGE_BYTES)}")
    problem = problem_of(kind, data)
    return Unread(name, problem) if problem else Image(name, kind, data)


def decode(name: str, data: bytes) -> str | Unread:
    """The text of a file, where it surely is one."""
    marked = next((encoding for mark, encoding in BOMS if data.startswith(mark)), None)
    text = _strictly(data, marked) if marked else None
    if text is not None:
        return text if _share(text.encode("utf-8", "replace")) <= MOST_CONTROL else Unread(name, BINARY)
    if b"\0" in data or _share(data) > MOST_CONTROL:
        return Unread(name, BINARY)
    text = _strictly(data, "utf-8")
    return text if text is not None else _western(name, data)


def _western(name: str, data: bytes) -> str | Unread:
    """Windows-1252, which has Latin-1 within it, where few letters would be beyond ASCII."""
    foreign = len(data.translate(None, bytes(range(128))))
    text = _strictly(data, "cp1252") if foreign <= MOST_FOREIGN * len(data) else None
    return Unread(name, ENCODING) if text is None else text


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _share(data: bytes) -> float:
    """How much of it is control characters."""
    return 1 - len(data.translate(None, CONTROL)) / len(data) if data else 0.0


def document(name: str, media_type: str, text: str) -> Document | Unread:
    """A text as a document, whole; the first rows of a table that is too long."""
    if not text.strip():
        return Unread(name, EMPTY)
    text = text.replace("\0", "")  # not every server takes it
    length = len(text.encode("utf-8", "replace"))
    if length <= MOST_TEXT_BYTES:
        return Document(name, text)
    table = _first_rows(name, text) if is_table(name, media_type) else None
    most = size_words(MOST_TEXT_BYTES)
    return table or Unread(name, f"it has {size_words(length)} of text, and I read {most}; send the part you mean")


def is_table(name: str, media_type: str) -> bool:
    """Whether a text is comma- or tab-separated values, by its type or name."""
    return media_type.partition(";")[0].strip() in TABLE_TYPES or name.lower().endswith(TABLE_NAMES)


def _first_rows(name: str, text: str) -> Document | None:
    """As many whole rows as there is room for; a line end between quotation marks ends no row (RFC 4180)."""
    lines = list(StringIO(text, newline=""))  # at \n, \r and both, and nowhere else
    quotes = list(accumulate(line.count('"') for line in lines))
    bytes_to = list(accumulate(len(line.encode("utf-8", "replace")) for line in lines))
    ends = [n for n, count in enumerate(quotes, 1) if count % 2 == 0]  # a row ends with the n-th line
    fitting = [n for n in ends if bytes_to[n - 1] <= MOST_TEXT_BYTES]
    if not fitting:
        return None
    part = f"rows 1 to {len(fitting):,} of {len(ends):,}, the heading counted"
    return Document(name, "".join(lines[: fitting[-1]]), part)


def size_words(size_bytes: int) -> str:
    """`400 kB`, `1.2 MB`; rounded up, so that what is too large never reads as if it were not."""
    if size_bytes <= 999_000:
        return f"{-(-size_bytes // 1_000)} kB"
    tenths = -(-size_bytes // 100_000)
    return f"{tenths // 10}.{tenths % 10} MB" if tenths % 10 else f"{tenths // 10} MB"
