"""What a message has attached, as it is written down with a question: Slack's file objects, the few fields we need.

Their shape: docs.slack.dev/reference/objects/file-object. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_FILES = 10  # of one message; Slack itself takes no more
NAME_CHARS = 80
# Field of Slack's file object -> how long a text we keep. A longer one is left out, a longer name is cut.
TEXTS = {"id": 64, "mimetype": 100, "mode": 32, "file_access": 32, "url_private": 1_000, "url_private_download": 1_000}
# Smaller pictures that Slack makes of a large one, the largest first.
PREVIEWS = ("thumb_1024", "thumb_960", "thumb_800", "thumb_720")
NAMELESS = "a file"
LOOK_UP = "check_file_info"  # Slack's word, in channels shared with other companies: `files.info` tells the rest
POINTED_CHARS = 40
POSTED, BLOCK_ID_CHARS = "files", 255  # a block's id: the word, then the files' ids
NAMED = 3  # files that are named in a sentence; the rest are counted


@dataclass(frozen=True, slots=True)
class File:
    """An attached file. `url` and `preview_url` open with the bot's token only; `size_bytes` None: Slack did not say.

    `mode` is Slack's word for what kind of thing it is (hosted, snippet, external, …), `access` for who may see it.
    """

    id: str
    name: str
    media_type: str
    size_bytes: int | None
    url: str | None = field(repr=False)
    preview_url: str | None = field(repr=False)
    mode: str
    access: str


@dataclass(frozen=True, slots=True)
class Attached:
    """The files of a message; `more` counts those beyond MOST_FILES."""

    files: tuple[File, ...] = ()
    more: int = 0


def record(message: Mapping[str, Any]) -> str | None:
    """The files of a message as JSON for the ask, in Slack's own words; None when it has none."""
    found = _files_of(message)
    if not found:
        return None
    return json.dumps({"files": [_kept(each) for each in found[:MOST_FILES]], "more": len(found[MOST_FILES:])})


def pointers(recorded: str | None) -> str | None:
    """The same with little more than the files' ids, for where there is little room: they are to be looked up."""
    found = recall(recorded)
    if not found.files:
        return None
    brief = [_pointer(file.id, file.name) for file in found.files if file.id]
    return json.dumps({"files": brief, "more": found.more}, ensure_ascii=False)


def _pointer(file_id: str, name: str) -> dict[str, str]:
    return {"id": file_id, "name": name[:POINTED_CHARS], "file_access": LOOK_UP}


def blocks(recorded: str | None) -> list[dict[str, Any]]:
    """What is attached to a question that we post in somebody's name; the ids stand where nobody else can write."""
    found = recall(recorded)
    ids = [file.id for file in found.files if file.id]
    if not ids:
        return []
    told = {"type": "plain_text", "text": f"With {names(found)}", "emoji": False}
    return [{"type": "section", "block_id": ":".join([POSTED, *ids])[:BLOCK_ID_CHARS], "text": told}]


def of_post(message: Mapping[str, Any], bot_user_id: str) -> str | None:
    """What `blocks` said, read from our post again, since nothing is kept."""
    ids = [str(block.get("block_id")).split(":") for block in message.get("blocks") or [] if isinstance(block, Mapping)]
    ours = next((each[1:] for each in ids if each[0] == POSTED), None) if message.get("user") == bot_user_id else None
    return json.dumps({"files": [_pointer(each, "") for each in ours], "more": 0}) if ours else None


def recall(recorded: str | None) -> Attached:
    """What `record` wrote down."""
    kept: dict[str, Any] = json.loads(recorded) if recorded else {"files": [], "more": 0}
    return Attached(tuple(file_of(each) for each in kept["files"]), kept["more"])


def newest(messages: Sequence[Mapping[str, Any]], bot_user_id: str) -> Attached:
    """The files of the newest message that has any; our own do not count, nor those of other apps."""
    by_people = [each for each in messages if each.get("user") != bot_user_id and not each.get("bot_id")]
    by_time = sorted(by_people, key=lambda message: float(message.get("ts") or 0), reverse=True)
    return recall(next((found for found in map(record, by_time) if found), None))


def file_of(raw: Mapping[str, Any]) -> File:
    """A file object, of an event, a message or `files.info`; what is not as it should be is left out."""
    kept = _kept(raw)
    return File(
        id=kept.get("id", ""), name=kept["name"], media_type=kept.get("mimetype", "").lower(),
        size_bytes=kept.get("size"), url=kept.get("url_private_download") or kept.get("url_private"),
        preview_url=next((kept[name] for name in PREVIEWS if name in kept), None),
        mode=kept.get("mode", ""), access=kept.get("file_access", ""),
    )  # fmt: skip


def names(found: Attached) -> str:
    """`report.pdf, data.csv, notes.md and 2 more`; empty without files."""
    named = found.files[:NAMED]
    rest = len(found.files) - len(named) + found.more
    return ", ".join(file.name for file in named) + (f" and {rest} more" if rest else "")


def _files_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its own files, then those of messages that it forwards."""
    forwarded = message.get("attachments")
    parts = [message, *(forwarded if isinstance(forwarded, list) else [])]
    lists = [part.get("files") for part in parts if isinstance(part, Mapping)]
    return [file for files in lists if isinstance(files, list) for file in files if isinstance(file, Mapping)]


def _kept(raw: Mapping[str, Any]) -> dict[str, Any]:
    widths = TEXTS | dict.fromkeys(PREVIEWS, TEXTS["url_private"])
    kept = {name: raw[name] for name, width in widths.items() if _is_text(raw.get(name), width)}
    if "url_private_download" in kept:
        kept.pop("url_private", None)
    for preview in [name for name in PREVIEWS if name in kept][1:]:
        del kept[preview]
    size = raw.get("size")
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        kept["size"] = size
    return kept | {"name": _name(raw)}


def _is_text(value: object, width: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= width and value.isprintable()


def _name(raw: Mapping[str, Any]) -> str:
    """On one line, and without what cannot be shown."""
    given = str(raw.get("name") or raw.get("title") or "")
    return "".join(letter for letter in given if letter.isprintable()).strip()[:NAME_CHARS].strip() or NAMELESS
