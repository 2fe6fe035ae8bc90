"""Which fields each block, element and object has, and which elements go into which block.

From docs.slack.dev/reference/block-kit: blocks/*, block-elements/* ("Works with block types") and
composition-objects/*. Slack refuses what it does not know ("invalid additional property").
"""

from collections.abc import Iterator

from sandbox.workspace import limits
from sandbox.workspace.wire import JsonObject


def _of(words: str) -> frozenset[str]:
    return frozenset(words.split())


BLOCKS = {
    "actions": _of("elements"),
    "alert": _of("text level"),
    "call": _of("call_id api_decoration_available call"),
    "card": _of("hero_image icon title subtitle body actions"),
    "carousel": _of("elements"),
    "context": _of("elements"),
    "context_actions": _of("elements"),
    "divider": _of(""),
    "file": _of("external_id source"),
    "header": _of("text"),
    "image": _of("alt_text image_url slack_file title"),
    "input": _of("label element hint dispatch_action optional"),
    "markdown": _of("text"),
    "plan": _of("title tasks"),
    "rich_text": _of("elements"),
    "section": _of("text fields accessory expand"),
    "table": _of("rows column_settings"),
    "task_card": _of("task_id id title details output sources status"),
    "video": _of(
        "alt_text video_url thumbnail_url title title_url description provider_icon_url provider_name author_name"
    ),
}
_PICK = "placeholder confirm focus_on_load"
_TYPED = "placeholder initial_value dispatch_action_config focus_on_load"
_MULTI = f"{_PICK} max_selected_items"
ELEMENTS = {
    "button": _of("text url value style confirm accessibility_label"),
    "checkboxes": _of("options initial_options confirm focus_on_load"),
    "channels_select": _of(f"{_PICK} initial_channel response_url_enabled"),
    "conversations_select": _of(
        f"{_PICK} initial_conversation default_to_current_conversation response_url_enabled filter"
    ),
    "datepicker": _of(f"{_PICK} initial_date"),
    "datetimepicker": _of("initial_date_time confirm focus_on_load"),
    "email_text_input": _of(_TYPED),
    "external_select": _of(f"{_PICK} initial_option min_query_length"),
    "feedback_buttons": _of("positive_button negative_button"),
    "file_input": _of("filetypes max_files"),
    "icon_button": _of("icon text accessibility_label value visible_to_user_ids confirm"),
    "image": _of("alt_text image_url slack_file"),
    "multi_channels_select": _of(f"{_MULTI} initial_channels"),
    "multi_conversations_select": _of(f"{_MULTI} initial_conversations default_to_current_conversation filter"),
    "multi_external_select": _of(f"{_MULTI} initial_options min_query_length"),
    "multi_static_select": _of(f"{_MULTI} options option_groups initial_options"),
    "multi_users_select": _of(f"{_MULTI} initial_users"),
    "number_input": _of(f"{_TYPED} is_decimal_allowed min_value max_value"),
    "overflow": _of("options confirm"),
    "plain_text_input": _of(f"{_TYPED} multiline min_length max_length"),
    "radio_buttons": _of("options initial_option confirm focus_on_load"),
    "rich_text_input": _of(f"{_TYPED} min_lines max_lines"),
    "static_select": _of(f"{_PICK} options option_groups initial_option"),
    "timepicker": _of(f"{_PICK} initial_time timezone"),
    "url_text_input": _of(_TYPED),
    "users_select": _of(f"{_PICK} initial_user"),
    "workflow_button": _of("text workflow style accessibility_label"),
}
TEXTS = {"plain_text": _of("text emoji"), "mrkdwn": _of("text verbatim")}
OPTION = _of("text value description url")
CONFIRM = {
    "title": limits.CONFIRM_TITLE_MAX_CHARS,
    "text": limits.CONFIRM_TEXT_MAX_CHARS,
    "confirm": limits.CONFIRM_BUTTON_MAX_CHARS,
    "deny": limits.CONFIRM_BUTTON_MAX_CHARS,
}
_SELECTS = _of("static_select external_select users_select conversations_select channels_select")
_MULTIS = frozenset(f"multi_{kind}" for kind in _SELECTS)
_BOTH = _SELECTS | _of("checkboxes radio_buttons datepicker timepicker")
_PRESSED = _of("button overflow workflow_button")
GOES_INTO = {
    "section": _BOTH | _MULTIS | _PRESSED | {"image"},
    "actions": _BOTH | _PRESSED | {"datetimepicker"},
    "context_actions": _of("feedback_buttons icon_button"),
    "input": _BOTH | _MULTIS | {kind for kind in ELEMENTS if kind.endswith("_input")} | {"datetimepicker"},
}


def block_problems(block: JsonObject) -> Iterator[str]:
    """Fields of a block and of its texts that Slack does not know. The block's kind is known."""
    yield from _unknown(block, BLOCKS[str(block["type"])] | {"type", "block_id"})
    texts = [block.get(name) for name in ("text", "label", "hint", "title")]
    if block["type"] in {"context", "section"}:
        held = block.get("elements") if block["type"] == "context" else block.get("fields")
        texts += held if isinstance(held, list) else []
    for text in texts:
        yield from _text_problems(text)


def element_problems(element: JsonObject, inside: str) -> Iterator[str]:
    """What Slack does not know of an element, or not in this kind of block. The element's kind is known."""
    kind = str(element["type"])
    if kind not in GOES_INTO.get(inside, ELEMENTS):
        yield f"unsupported type: {kind} in a block of type {inside}"
        return
    allowed = ELEMENTS[kind] | ({"type"} if kind == "image" else {"type", "action_id"})
    yield from _unknown(element, allowed)
    for name in ("text", "placeholder"):
        yield from _text_problems(element.get(name))
    for option in element.get("options") or []:
        yield from _unknown(option, OPTION)
    if "confirm" in element:
        yield from _confirm_problems(element["confirm"])


def _unknown(item: object, allowed: frozenset[str] | set[str]) -> Iterator[str]:
    if isinstance(item, dict):
        yield from (f"invalid additional property: {name}" for name in item if name not in allowed)


def _text_problems(text: object) -> Iterator[str]:
    if isinstance(text, dict) and str(text.get("type")) in TEXTS:
        yield from _unknown(text, TEXTS[str(text["type"])] | {"type"})


def _confirm_problems(confirm: object) -> Iterator[str]:
    if not isinstance(confirm, dict):
        yield "confirm must be an object"
        return
    yield from _unknown(confirm, {*CONFIRM, "style"})
    for name, most in CONFIRM.items():
        text = confirm.get(name)
        words = text.get("text") if isinstance(text, dict) else None
        if not isinstance(words, str) or not 0 < len(words) <= most:
            yield f"confirm.{name} must be a text of 1 to {most} characters"
