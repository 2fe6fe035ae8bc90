"""What a message may say: text, blocks, markdown_text and metadata, checked as Slack checks them."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.workspace import blocks, limits
from sandbox.workspace.wire import JsonObject, SlackError, invalid_arguments


@dataclass(frozen=True)
class Content:
    """The checked words of a message."""

    text: str
    blocks: list[JsonObject]
    attachments: list[JsonObject]
    metadata: JsonObject | None


def content_of(args: JsonObject, *, text_max: int = limits.POST_TEXT_MAX_CHARS) -> Content:
    """Read a message's content from the arguments.

    Raises SlackError no_text, msg_too_long, markdown_text_conflict, invalid_blocks, metadata_too_large,
    invalid_metadata_format.
    """
    text, markdown = str(args.get("text") or ""), args.get("markdown_text")
    given = parsed(args, "blocks")
    attachments = parsed(args, "attachments")
    if markdown is not None:
        if text or given:
            raise SlackError("markdown_text_conflict")
        return _from_markdown(str(markdown), args)
    if len(text) > text_max:
        raise SlackError("msg_too_long")
    if not text and not given and not attachments:
        raise SlackError("no_text")
    checked = blocks.checked(given, surface="message") if given else []
    return Content(text, checked, attachments or [], metadata_of(args))


def _from_markdown(markdown: str, args: JsonObject) -> Content:
    if not markdown:
        raise SlackError("no_text")
    if len(markdown) > limits.MARKDOWN_MAX_CHARS:
        raise SlackError("msg_too_long")
    return Content(markdown, [{"type": "markdown", "text": markdown}], [], metadata_of(args))


def parsed(args: JsonObject, name: str) -> Any:
    """A structured argument, which forms and queries carry as a JSON string."""
    value = args.get(name)
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise (
            SlackError("invalid_blocks_format") if name == "blocks" else invalid_arguments(f"bad JSON: {name}")
        ) from None


def metadata_of(args: JsonObject) -> JsonObject | None:
    """`{"event_type": ..., "event_payload": {...}}`, or None."""
    metadata = parsed(args, "metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > limits.METADATA_MAX_BYTES:
        raise SlackError("metadata_too_large")
    return metadata
