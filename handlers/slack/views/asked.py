"""A question that we post in somebody's name: made into blocks, and read from them again, since no texts are kept.

Which block is which, and whose question it is, stands in the blocks' ids: nobody but us can write those in our posts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from budget.asking.context import quoted
from handlers.slack.views.pieces import SECTION_CHARACTERS, Block
from handlers.slack.wire.safe import BREAK, escape

MOST_CHARS = 9_000  # of a question with its quotation; more would not fit a message of Slack's
ABOUT = "This is about the following message:"
_COMPOSED = re.compile(rf"(?P<question>.*)\n\n{ABOUT}\n(?P<quote>> [^\n]*(?:\n> [^\n]*)*)", re.DOTALL)
_ID = re.compile(r"(?P<kind>question|quoted):(?P<at>\d+):(?P<joint>[nsx]):(?P<asker>[A-Z0-9]*)")
_JOINTS = {"n": "\n", "s": " ", "x": ""}  # what stood where a text was cut; it is in neither part
_LINK = re.compile(r"<([^<>|]*)(?:\|[^<>]*)?>")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was recorded, and the id of its asker."""

    asker_id: str
    text: str


def about(question: str, author: str, message: str, most_chars: int) -> str:
    """A question together with the message it is about, quoted; a long one is shortened, and says so."""
    whole = "\n".join(message.splitlines()).strip()
    shown = whole if len(whole) <= most_chars else f"{whole[:most_chars]} … (the message goes on)"
    return f"{question}\n\n{ABOUT}\n{quoted(f'{author}: {shown}')}"


def apart(text: str) -> tuple[str, str]:
    """The question, and the quotation (without its marks) that `about` put below it, if any."""
    found = _COMPOSED.fullmatch(text)
    if not found:
        return text, ""
    return found["question"], "\n".join(line.removeprefix("> ") for line in found["quote"].split("\n"))


def question_blocks(asker_id: str, text: str) -> list[Block]:
    """A recorded question as blocks: what it is about, quoted, then the question itself."""
    question, quote = apart(text)
    return [*_blocks("quoted", quote, asker_id), *_blocks("question", question, asker_id)]


def asked_in(message: Mapping[str, Any], bot_user_id: str) -> Asked | None:
    """The question in a post of ours; None when it is none."""
    if message.get("user") != bot_user_id:
        return None
    found = list(_parts(message.get("blocks")))
    askers = [part["asker"] for part, _ in found if part["kind"] == "question"]
    if not askers:
        return None
    question, quote = (_joined([each for each in found if each[0]["kind"] == kind]) for kind in ("question", "quoted"))
    return Asked(askers[0], f"{question}\n\n{ABOUT}\n{quoted(quote)}" if quote else question)


def _parts(blocks: object) -> Iterator[tuple[re.Match[str], str]]:
    for block in blocks if isinstance(blocks, list) else []:
        part = _ID.fullmatch(str(block.get("block_id"))) if isinstance(block, Mapping) else None
        text = block.get("text") if part else None
        if part and isinstance(text, Mapping):
            yield part, str(text.get("text") or "")


def _joined(parts: Sequence[tuple[re.Match[str], str]]) -> str:
    texts = [text if part["kind"] == "question" else _unquoted(text) for part, text in parts]
    ends = [_JOINTS[part["joint"]] for part, _ in parts]
    return "".join(_plain(text) + end for text, end in zip(texts, ends, strict=True))


def _unquoted(text: str) -> str:
    return "\n".join(line.removeprefix("&gt;").removeprefix(">").removeprefix(" ") for line in text.split("\n"))


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", text.replace(BREAK, ""))  # should Slack have made a link of an address
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _blocks(kind: str, text: str, asker_id: str) -> list[Block]:
    return [
        {
            "type": "section",
            "block_id": f"{kind}:{at}:{joint}:{asker_id}",
            "text": {"type": "mrkdwn", "text": _shown(kind, piece), "verbatim": True},
        }
        for at, (piece, joint) in enumerate(_cut(kind, text))
    ]


def _shown(kind: str, piece: str) -> str:
    safe = escape(piece)
    return safe if kind == "question" else "\n".join(f"> {line}" for line in safe.split("\n"))


def _cut(kind: str, text: str) -> Iterator[tuple[str, str]]:
    """Parts that fit a section, each with what stood behind it: a line's end, else a space, else nothing."""
    while text:
        end = _room(kind, text)
        if end == len(text):
            yield text, "x"
            return
        at, joint = max((text.rfind("\n", 1, end), "n"), (text.rfind(" ", end // 2, end), "s"))
        if at <= 0:
            at, joint = end, "x"
        yield text[:at], joint
        text = text[at + (joint != "x") :]


def _room(kind: str, text: str) -> int:
    """How many characters fit a section, escaped and marked."""
    room = min(len(text), SECTION_CHARACTERS)
    while len(_shown(kind, text[:room])) > SECTION_CHARACTERS:
        room = room * 9 // 10
    return room
