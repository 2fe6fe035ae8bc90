"""Block Kit as Slack checks it: known types, lengths, counts, unique ids. Missing ids are filled in."""

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.workspace import fields, limits
from sandbox.workspace.wire import JsonObject, SlackError

_MESSAGE_ONLY = {"markdown", "table", "context_actions", "file", "task_card", "plan"}
_CHOICES = {"static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow"}


def checked(blocks: object, *, surface: str) -> list[JsonObject]:
    """The blocks with ids filled in. `surface`: message | modal | home.

    Raises SlackError invalid_blocks_format (no list of objects) or invalid_blocks, with sentences on what is wrong.
    """
    if not isinstance(blocks, list) or not all(isinstance(b, dict) for b in blocks):
        raise SlackError("invalid_blocks_format")
    problems = list(_problems(blocks, surface))
    if problems:
        raise SlackError(
            "invalid_blocks", errors=problems, response_metadata={"messages": [f"[ERROR] {p}" for p in problems]}
        )
    return [_with_ids(b) for b in blocks]


def _problems(blocks: list[JsonObject], surface: str) -> Iterator[str]:
    most = limits.MESSAGE_BLOCKS_MAX if surface == "message" else limits.VIEW_BLOCKS_MAX
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:/blocks]"
    ids = [str(b["block_id"]) for b in blocks if b.get("block_id")]
    if len(ids) != len(set(ids)):
        yield "block_id must be unique [json-pointer:/blocks]"
    markdown = sum(len(str(b.get("text", ""))) for b in blocks if b.get("type") == "markdown")
    if markdown > limits.MARKDOWN_MAX_CHARS:
        yield f"markdown text must be at most {limits.MARKDOWN_MAX_CHARS} characters in all [json-pointer:/blocks]"
    for at, block in enumerate(blocks):
        yield from (f"{p} [json-pointer:/blocks/{at}]" for p in _block_problems(block, surface))


def _block_problems(block: JsonObject, surface: str) -> Iterator[str]:
    kind = str(block.get("type"))
    if kind not in fields.BLOCKS or (surface != "message" and kind in _MESSAGE_ONLY):
        yield f"unsupported type: {kind}"
        return
    yield from _too_long("block_id", block.get("block_id"), limits.BLOCK_ID_MAX_CHARS)
    yield from fields.block_problems(block)
    check = _CHECKS.get(kind)
    if check is not None:
        yield from check(block)
    elements = list(elements_of(block))
    action_ids = [str(e["action_id"]) for e in elements if e.get("action_id")]
    if len(action_ids) != len(set(action_ids)):
        yield "action_id must be unique within a block"
    for element in elements:
        yield from _element_problems(element, kind)


def _too_long(name: str, value: object, most: int, *, least: int = 0) -> Iterator[str]:
    text = value.get("text") if isinstance(value, dict) else value
    if text is not None and not isinstance(text, str):
        yield f"{name} must be a string"
    elif text is not None and len(text) > most:
        yield f"must be less than {most + 1} characters: {name}"
    elif least and not text:
        yield f"must be more than {least - 1} characters: {name}"


def _text_object(name: str, value: object, most: int, *, plain_only: bool = False) -> Iterator[str]:
    kinds = {"plain_text"} if plain_only else {"plain_text", "mrkdwn"}
    if not isinstance(value, dict) or str(value.get("type")) not in kinds:
        yield f"{name} must be a text object of type {' or '.join(sorted(kinds))}"
    else:
        yield from _too_long(name, value, most, least=1)


def _section(block: JsonObject) -> Iterator[str]:
    shown = _objects(block, "fields")
    if "text" not in block and not shown:
        yield "section needs text or fields"
    if "text" in block:
        yield from _text_object("text", block["text"], limits.SECTION_TEXT_MAX_CHARS)
    if len(shown) > limits.SECTION_FIELDS_MAX:
        yield f"no more than {limits.SECTION_FIELDS_MAX} fields allowed"
    for field in shown:
        yield from _text_object("fields", field, limits.SECTION_FIELD_MAX_CHARS)


def _header(block: JsonObject) -> Iterator[str]:
    yield from _text_object("text", block.get("text"), limits.HEADER_TEXT_MAX_CHARS, plain_only=True)


def _context(block: JsonObject) -> Iterator[str]:
    elements = _objects(block, "elements")
    if not 0 < len(elements) <= limits.CONTEXT_ELEMENTS_MAX:
        yield f"between 1 and {limits.CONTEXT_ELEMENTS_MAX} elements allowed"
    for element in elements:
        if element.get("type") != "image":
            yield from _text_object("elements", element, limits.SECTION_TEXT_MAX_CHARS)


def _actions(block: JsonObject) -> Iterator[str]:
    if not 0 < len(_objects(block, "elements")) <= limits.ACTIONS_ELEMENTS_MAX:
        yield f"between 1 and {limits.ACTIONS_ELEMENTS_MAX} elements allowed"


def _context_actions(block: JsonObject) -> Iterator[str]:
    elements = _objects(block, "elements")
    if not 0 < len(elements) <= limits.CONTEXT_ACTIONS_ELEMENTS_MAX:
        yield f"between 1 and {limits.CONTEXT_ACTIONS_ELEMENTS_MAX} elements allowed"
    for element in elements:
        if str(element.get("type")) not in {"feedback_buttons", "icon_button"}:
            yield f"unsupported type: {element.get('type')}"


def _input(block: JsonObject) -> Iterator[str]:
    yield from _text_object("label", block.get("label"), limits.INPUT_LABEL_MAX_CHARS, plain_only=True)
    yield from _too_long("hint", block.get("hint"), limits.INPUT_HINT_MAX_CHARS)
    if not isinstance(block.get("element"), dict):
        yield "missing required field: element"


def _image(block: JsonObject) -> Iterator[str]:
    yield from _too_long("alt_text", block.get("alt_text"), limits.IMAGE_ALT_MAX_CHARS, least=1)
    yield from _too_long("image_url", block.get("image_url"), limits.IMAGE_URL_MAX_CHARS)
    if not block.get("image_url") and not block.get("slack_file"):
        yield "missing required field: image_url"


def _markdown(block: JsonObject) -> Iterator[str]:
    yield from _too_long("text", block.get("text"), limits.MARKDOWN_MAX_CHARS, least=1)


def _table(block: JsonObject) -> Iterator[str]:
    rows = block.get("rows")
    if not isinstance(rows, list) or not rows or not all(isinstance(r, list) for r in rows):
        yield "missing required field: rows"
        return
    if len(rows) > limits.TABLE_ROWS_MAX:
        yield f"no more than {limits.TABLE_ROWS_MAX} rows allowed"
    if max(len(r) for r in rows) > limits.TABLE_COLUMNS_MAX:
        yield f"no more than {limits.TABLE_COLUMNS_MAX} columns allowed"
    if sum(len(_words(r)) for r in rows) > limits.TABLE_MAX_CHARS:
        yield f"no more than {limits.TABLE_MAX_CHARS} characters allowed in a table"


def _words(node: object) -> str:
    if isinstance(node, dict):
        return "".join(v if k == "text" and isinstance(v, str) else _words(v) for k, v in node.items())
    return "".join(_words(n) for n in node) if isinstance(node, list) else ""


_CHECKS: dict[str, Callable[[JsonObject], Iterator[str]]] = {
    "section": _section, "header": _header, "context": _context, "actions": _actions, "input": _input, "image": _image,
    "context_actions": _context_actions, "markdown": _markdown, "table": _table,
}  # fmt: skip


def _objects(holder: JsonObject, name: str) -> list[JsonObject]:
    """The objects in a list; whatever else is in it counts as an empty one, which no check lets through."""
    given = holder.get(name)
    return [o if isinstance(o, dict) else {} for o in given] if isinstance(given, list) else []


def elements_of(block: JsonObject) -> Iterator[JsonObject]:
    """The interactive elements of a block."""
    kind = block.get("type")
    if kind in {"actions", "context_actions"}:
        yield from _objects(block, "elements")
    elif kind == "section" and isinstance(block.get("accessory"), dict):
        yield block["accessory"]
    elif kind == "input" and isinstance(block.get("element"), dict):
        yield block["element"]


def _element_problems(element: JsonObject, inside: str) -> Iterator[str]:
    kind = str(element.get("type"))
    if kind not in fields.ELEMENTS:
        yield f"unsupported type: {kind}"
        return
    yield from fields.element_problems(element, inside)
    yield from _too_long("action_id", element.get("action_id"), limits.ACTION_ID_MAX_CHARS)
    yield from _too_long("placeholder", element.get("placeholder"), limits.PLACEHOLDER_MAX_CHARS)
    if kind == "button":
        yield from _text_object("text", element.get("text"), limits.BUTTON_TEXT_MAX_CHARS, plain_only=True)
        yield from _too_long("value", element.get("value"), limits.BUTTON_VALUE_MAX_CHARS)
        yield from _too_long("url", element.get("url"), limits.BUTTON_URL_MAX_CHARS)
        if str(element.get("style")) not in {"None", "primary", "danger"}:
            yield "style must be primary or danger"
    if kind in _CHOICES:
        yield from _choice_problems(element)
    if kind == "feedback_buttons":
        yield from _feedback_problems(element)


def _feedback_problems(element: JsonObject) -> Iterator[str]:
    for name in ("positive_button", "negative_button"):
        button = element.get(name)
        if not isinstance(button, dict):
            yield f"missing required field: {name}"
        else:
            yield from _text_object("text", button.get("text"), limits.BUTTON_TEXT_MAX_CHARS, plain_only=True)
            yield from _too_long("value", button.get("value"), limits.BUTTON_VALUE_MAX_CHARS)


def _choice_problems(element: JsonObject) -> Iterator[str]:
    options = options_of(element)
    most = {"overflow": limits.OVERFLOW_OPTIONS_MAX, "radio_buttons": limits.CHECK_OPTIONS_MAX}.get(
        element["type"], limits.CHECK_OPTIONS_MAX if element["type"] == "checkboxes" else limits.OPTIONS_MAX
    )
    if not 0 < len(options) <= most:
        yield f"between 1 and {most} options allowed"
    for option in options:
        yield from _text_object("options", option.get("text"), limits.OPTION_TEXT_MAX_CHARS)
        yield from _too_long("option value", option.get("value"), limits.OPTION_VALUE_MAX_CHARS)
    initial = [element.get("initial_option"), *_objects(element, "initial_options")]
    if any(i is not None and i not in options for i in initial):
        yield "initial_option must be one of the options"


def options_of(element: JsonObject) -> list[JsonObject]:
    """All options of a select, grouped or not."""
    grouped = [o for g in _objects(element, "option_groups") for o in _objects(g, "options")]
    return [*_objects(element, "options"), *grouped]


def _with_ids(block: JsonObject) -> JsonObject:
    copy: Any = json.loads(json.dumps(block))
    copy.setdefault("block_id", secrets.token_urlsafe(4)[:5])
    for element in elements_of(copy):
        if element.get("type") != "image":
            element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return dict(copy)
