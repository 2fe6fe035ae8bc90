"""A long answer in parts that Slack takes: cut at paragraph ends, and code that is cut stays code in every part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MESSAGE_CHARS = 12_000
"""All Markdown of one message: https://docs.slack.dev/reference/block-kit/blocks/markdown-block"""

MAX_PARTS = 5
"""Up to here people scroll; a longer answer is sent as its first part and a file."""

SMALLEST_LIMIT = 120  # room for the longest fence lines we add, twice, and some text between them

_FENCE = re.compile(r"[ \t]{0,12}(?P<marks>`{3,16}(?!`)|~{3,16}(?!~))(?P<info>[^\n]*)")
_CUTS = (re.compile(r"\n"), re.compile(r"[.!?…]['\")\]]*\s|[。！？]"), re.compile(r"\s"))
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_JOINED_ON = re.compile(
    "[\u0300-\u036f\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_FLAG_LETTERS = "".join(chr(code) for code in range(0x1F1E6, 0x1F200))  # two of them make one flag
_CLUSTER_CHARS = 32  # how far back we look for the beginning of what the eye takes for one character


@dataclass(frozen=True, slots=True)
class Part:
    """`content` is the answer's own text, the other two are lines that we added to keep code in code."""

    content: str
    opened: str = ""
    closed: str = ""

    @property
    def text(self) -> str:
        return self.opened + self.content + self.closed


def split(markdown: str, limit: int = MESSAGE_CHARS) -> list[str]:
    """The texts of `cut`; parts with nothing to see are left out."""
    return [part.text for part in cut(markdown, limit) if part.text.strip()]


def is_for_a_file(parts: int) -> bool:
    """Whether so many parts should be sent as a file instead."""
    return parts > MAX_PARTS


def cut(markdown: str, limit: int = MESSAGE_CHARS) -> list[Part]:
    """Parts of at most `limit` characters; their `content`, joined, is the text. ValueError below SMALLEST_LIMIT.

    Cuts at paragraph ends, else lines, sentences, words. A block of code stays whole where it fits into one part.
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"a limit of {limit} characters is below {SMALLEST_LIMIT}")
    parts: list[Part] = []
    for block in _blocks(markdown):
        for piece in _pieces(block, limit):
            _put(parts, piece, limit)
    return parts


def _put(parts: list[Part], piece: Part, limit: int) -> None:
    last = parts[-1] if parts else None
    if last and not last.closed and not piece.opened and len(last.text) + len(piece.text) <= limit:
        parts[-1] = Part(last.content + piece.content, last.opened, piece.closed)
    else:
        parts.append(piece)


def _pieces(block: str, limit: int) -> Iterator[Part]:
    """A paragraph or a block of code that fits, as it is; else what it has to be cut into."""
    if len(block) <= limit:
        yield Part(block)
    elif fence := _FENCE.match(block):
        yield from _cut_code(block, fence, limit)
    else:
        yield from (Part(text) for text in _cut_text(block, limit))


def _cut_code(block: str, fence: re.Match[str], limit: int) -> Iterator[Part]:
    reopen, close = _fence_lines(fence, limit)
    opened = ""
    while len(opened) + len(block) > limit:
        end = _code_end(block, limit - len(opened) - len(close), close)
        content, block = block[:end], block[end:]
        yield Part(content, opened, close.removeprefix("\n") if content.endswith("\n") else close)
        opened = reopen
    yield Part(block, opened)


def _code_end(block: str, room: int, close: str) -> int:
    """The last line end within `room`; some code is kept for the next part, lest it hold the closing line alone."""
    room = min(room, max(1, len(block.rstrip()) - len(close)))
    return block.rfind("\n", room // 2, room) + 1 or _before_cluster(block, room)


def _fence_lines(fence: re.Match[str], limit: int) -> tuple[str, str]:
    """The line that opens the code again, with its language, and the one that closes it."""
    line = fence.group().rstrip()
    bare = line[: fence.end("marks") - fence.start()]
    return (line if len(line) <= limit // 4 else bare) + "\n", f"\n{bare}\n"


def _cut_text(text: str, limit: int) -> Iterator[str]:
    while len(text) > limit:
        end = _best_end(text, limit)
        yield text[:end]
        text = text[end:]
    yield text


def _best_end(text: str, limit: int) -> int:
    """The last line end, else sentence end, else space; in the second half, so that parts are not needlessly small."""
    for pattern in _CUTS:
        ends = [match.end() for match in pattern.finditer(text, limit // 2, limit)]
        if ends:
            return ends[-1]
    return _before_cluster(text, limit)


def _before_cluster(text: str, end: int) -> int:
    """`end`, or a little before it: an emoji of several code points and a letter with its accent stay together."""
    for at in range(end, max(end - _CLUSTER_CHARS, 1), -1):
        if not _joins(text, at):
            return at
    return end


def _joins(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at : at + 1]
    if before in _FLAG_LETTERS and after in _FLAG_LETTERS:
        return (at - len(text[:at].rstrip(_FLAG_LETTERS))) % 2 == 1
    return before == "\u200d" or bool(_JOINED_ON.match(after))


def _blocks(markdown: str) -> Iterator[str]:
    """Paragraphs (with the empty lines that follow) and blocks of code, in order; joined they are the text."""
    block: list[str] = []
    closing: re.Pattern[str] | None = None
    for line in _LINES.findall(markdown):
        if closing:
            block.append(line)
            if closing.fullmatch(line.rstrip()):
                yield "".join(block)
                block, closing = [], None
        elif closing := _closing_of(line):
            yield from ["".join(block)] if block else []
            block = [line]
        elif block and not block[-1].strip() and line.strip():
            yield "".join(block)
            block = [line]
        else:
            block.append(line)
    yield from ["".join(block)] if block else []


def _closing_of(line: str) -> re.Pattern[str] | None:
    """What closes the code that this line opens, or None when it opens none."""
    fence = _FENCE.match(line)
    if not fence or (fence["marks"].startswith("`") and "`" in fence["info"]):
        return None
    return re.compile(rf"[ \t]*{re.escape(fence['marks'][0])}{{{len(fence['marks'])},}}")
