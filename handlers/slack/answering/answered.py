"""An answer of ours as it stands in its thread: its messages, what may be posted again of them, and its file. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.slack.answering.attached import File, file_of
from handlers.slack.answering.live import EXCERPT_CHARS
from handlers.slack.answering.reply import FILE_TITLE, IN_THE_FILE
from handlers.slack.views.pieces import Block
from handlers.slack.wire.posting import key_of
from handlers.slack.wire.safe import defuse

Message = Mapping[str, Any]

AROUND = frozenset({"actions", "context", "context_actions", "divider"})  # blocks that say nothing of the answer itself
PINGS = {"user": "user_id", "usergroup": "usergroup_id", "broadcast": "range"}  # of rich text: type -> what it names


def parts_of(messages: Sequence[Message], ask_id: str, bot_user_id: str) -> list[Message]:
    """The messages of one answer, in order."""
    of_answer = re.compile(rf"{re.escape(ask_id)}(?::\d+)?(?::again)*")
    ours = [message for message in messages if message.get("user") == bot_user_id]
    found = [message for message in ours if of_answer.fullmatch(key_of(message) or "")]
    return sorted(found, key=lambda message: float(message.get("ts") or 0))


def file_of_answer(messages: Sequence[Message], parts: Sequence[Message], ask_id: str, bot_user_id: str) -> File | None:
    """The file that has the whole answer; None when its messages do.

    By its title: another answer in the thread, perhaps nobody else's business, may have a file of the same name.
    """
    if not any(IN_THE_FILE in str(part.get("blocks")) for part in parts):
        return None
    ours = [file for each in messages if each.get("user") == bot_user_id for file in each.get("files") or []]
    found = [file for file in ours if file.get("title") == FILE_TITLE.format(key=ask_id)]
    return file_of(found[-1]) if found else None


def blocks_of(message: Message) -> list[Block]:
    """What a message says and the lines below it, without buttons, to be posted again."""
    blocks = [block for block in message.get("blocks") or [] if block.get("type") not in ("actions", "context_actions")]
    if all(block.get("type") in AROUND for block in blocks):  # a stream's words may be in its text alone
        blocks = [{"type": "markdown", "text": defuse(str(message.get("text") or " "))}, *blocks]
    return [{name: _quiet(value) for name, value in block.items() if name != "block_id"} for block in blocks]


def text_of(message: Message) -> str:
    """What stands for it where blocks are not shown."""
    return defuse(str(message.get("text") or ""))[:EXCERPT_CHARS]


def _quiet(value: Any) -> Any:
    """Rich text in which a mention is a word: what pinged nobody there must ping nobody elsewhere."""
    if isinstance(value, list):
        return [_quiet(each) for each in value]
    if not isinstance(value, dict):
        return value
    named = PINGS.get(str(value.get("type")))
    if named and named in value:
        return {"type": "text", "text": f"@{value[named]}"}
    return {name: _quiet(each) for name, each in value.items()}
