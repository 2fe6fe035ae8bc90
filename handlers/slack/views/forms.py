"""What forms are made of: inputs, buttons, and what was put in."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.slack.views.pieces import Block, lines

View = dict[str, Any]
LONGEST_TITLE = 24  # https://docs.slack.dev/reference/views/modal-views


def plain(text: str) -> dict[str, Any]:
    """Text without mark-up."""
    return {"type": "plain_text", "text": text}


def waiting(title: str) -> View:
    """A form while it is not known yet what is in it."""
    return closed(title, ["One moment…"])


def closed(title: str, sentences: Sequence[str], after: Sequence[Block] = ()) -> View:
    """A form with nothing to fill in."""
    blocks = [*lines(sentences), *after]
    return {"type": "modal", "title": plain(title[:LONGEST_TITLE]), "close": plain("Close"), "blocks": blocks}


def form(title: str, callback_id: str, blocks: Sequence[Block], *, submit: str, about: str = "") -> View:
    """A form to be sent. `about` travels with it, and is no authority: at most which thing is meant."""
    return {
        **closed(title, []),
        "callback_id": callback_id,
        "private_metadata": about,
        "submit": plain(submit),
        "close": plain("Cancel"),
        "blocks": list(blocks),
    }


def field(
    name: str, label: str, element: Mapping[str, Any], *, hint: str = "", optional: bool = False, live: bool = False
) -> Block:
    """An input. `live`: what is put in is told while the form is open (`dispatch_action`)."""
    block: Block = {
        "type": "input", "block_id": name, "label": plain(label), "optional": optional,
        "element": {**element, "action_id": name},
    }  # fmt: skip
    if hint:
        block["hint"] = plain(hint)
    if live:
        block["dispatch_action"] = True
    return block


def text_input(value: str | None = None, *, multiline: bool = False, most: int = 200, placeholder: str = "") -> Block:
    """A line of text, or several."""
    element: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": most}
    if value:
        element["initial_value"] = value
    if placeholder:
        element["placeholder"] = plain(placeholder)
    return element


def person_input(slack_id: str | None = None) -> Block:
    """Somebody of the workspace."""
    return {"type": "users_select", **({"initial_user": slack_id} if slack_id else {})}


def day_input(day: str | None = None) -> Block:
    """A day, as YYYY-MM-DD."""
    return {"type": "datepicker", **({"initial_date": day} if day else {})}


def choice(options: Sequence[tuple[str, str]], chosen: str | None = None) -> Block:
    """One of several, each (value, text); Slack takes 100 at most."""
    made = [{"value": value, "text": plain(text[:75])} for value, text in options[:100]]
    first = next((option for option in made if option["value"] == chosen), None)
    return {"type": "static_select", "options": made, **({"initial_option": first} if first else {})}


def button(
    text: str, action_id: str, value: str = "", *, style: str = "", confirm: Mapping[str, Any] | None = None
) -> Block:
    """A button; `style`: primary or danger."""
    made: Block = {"type": "button", "action_id": action_id, "text": plain(text)}
    if value:
        made["value"] = value
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = dict(confirm)
    return made


def buttons(elements: Sequence[Block], block_id: str = "") -> Block:
    """Buttons in a row."""
    return {"type": "actions", "elements": list(elements), **({"block_id": block_id} if block_id else {})}


def value_of(view: Mapping[str, Any], name: str) -> str:
    """What was put into a field; empty when nothing was."""
    given = ((view.get("state") or {}).get("values") or {}).get(name) or {}
    state = given.get(name) or {}
    option = state.get("selected_option") or {}
    found = (
        state.get("value")
        or state.get("selected_user")
        or state.get("selected_date")
        or state.get("selected_channel")
        or state.get("selected_conversation")
        or option.get("value")
    )
    return str(found or "").strip()
