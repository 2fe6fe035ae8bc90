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
    size = raw.get("size")
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        kept["size"] = size
    return kept | {"name": _name(raw)}


def _is_text(value: object, width: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= width


def _name(raw: Mapping[str, Any]) -> str:
    """On one line, and without what cannot be shown."""
    given = str(raw.get("name") or raw.get("title") or "")
    return "".join(letter for letter in given if letter.isprintable()).strip()[:NAME_CHARS].strip() or NAMELESS
