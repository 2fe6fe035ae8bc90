"""Acting on interactive elements: finding them, and the value each kind reports."""

import re

from sandbox.workspace import blocks, shapes
from sandbox.workspace.limits import PLAIN_INPUT_MAX_CHARS
from sandbox.workspace.methods.views import STATE_FIELDS
from sandbox.workspace.records import View
from sandbox.workspace.wire import ControlError, JsonObject
from sandbox.workspace.world import World


def acted(world: World, among: list[JsonObject], wish: JsonObject) -> JsonObject:
    """The action of block_actions for what a person did. `wish`: action_id, block_id?, value? or selected_...?

    Raises ControlError when there is no such element, or no such choice in it.
    """
    block, element = _find(among, str(wish.get("action_id")), wish.get("block_id"))
    action: JsonObject = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": world.state.new_ts(),
    }
    return action | _value(element, wish)


def found(among: list[JsonObject], wish: JsonObject) -> tuple[JsonObject, JsonObject]:
    """The block and the element that a person means."""
    return _find(among, str(wish.get("action_id")), wish.get("block_id"))


def _find(among: list[JsonObject], action_id: str, block_id: object) -> tuple[JsonObject, JsonObject]:
    for block in among:
        for element in blocks.elements_of(block):
            if element.get("action_id") == action_id and block_id in {None, "", block["block_id"]}:
                return block, element
    raise ControlError(f"There is nothing called {action_id!r} to click here.", 404)


def _value(element: JsonObject, wish: JsonObject) -> JsonObject:
    kind = element["type"]
    if kind in {"button", "icon_button"}:
        return {k: element[k] for k in ("text", "value", "style", "url") if k in element}
    if kind == "feedback_buttons":
        return _feedback(element, wish)
    field = STATE_FIELDS.get(kind, "value")
    given = wish.get(field, wish.get("value"))
    return {field: _choice(element, given) if field == "selected_option" else _choices(element, field, given)}


def _feedback(element: JsonObject, wish: JsonObject) -> JsonObject:
    sides = [element["positive_button"], element["negative_button"]]
    chosen = next((b for b in sides if b.get("value") == wish.get("value")), None)
    if chosen is None:
        raise ControlError(f"This feedback has no value {wish.get('value')!r}.")
    return {"text": chosen["text"], "value": chosen["value"]}


def _choices(element: JsonObject, field: str, given: object) -> object:
    if field == "selected_options":
        return [_choice(element, g) for g in given] if isinstance(given, list) else []
    return given


def _choice(element: JsonObject, given: object) -> JsonObject | None:
    if given is None:
        return None
    wanted = given.get("value") if isinstance(given, dict) else given
    options = blocks.options_of(element)
    for option in options:
        if option.get("value") == wanted:
            return option
    if element["type"].endswith("external_select") and isinstance(given, dict):
        return given
    raise ControlError(f"There is no choice {wanted!r} here.")


def block_state(world: World, view: View, block_id: str, actions: JsonObject) -> JsonObject:
    """`state.values` of one block from plain values or state objects; files are named by their ids."""
    block = next((b for b in view.body["blocks"] if b["block_id"] == block_id), None)
    if block is None:
        raise ControlError(f"There is no block {block_id!r} in this form.", 404)
    return {action_id: _state(world, view, block, action_id, given) for action_id, given in actions.items()}


def _state(world: World, view: View, block: JsonObject, action_id: str, given: object) -> JsonObject:
    element = _find([block], action_id, block["block_id"])[1]
    field = STATE_FIELDS.get(element["type"], "value")
    if isinstance(given, dict) and field in given:
        given = given[field]
    if field == "selected_option":
        return {"type": element["type"], field: _choice(element, given)}
    if field == "files":
        return {
            "type": element["type"],
            field: [_file(world, view, f) for f in (given if isinstance(given, list) else [])],
        }
    if field == "value":
        return {"type": element["type"], field: None if given in {None, ""} else str(given)}
    return {"type": element["type"], field: _choices(element, field, given)}


def _file(world: World, view: View, given: object) -> JsonObject:
    """The file object of an upload of the view's owner, which the app may fetch from now on."""
    file = world.state.files.get(str(given.get("id") if isinstance(given, dict) else given))
    if file is None or file.user != view.user or not file.uploaded:
        raise ControlError("There is no such file of yours.", 404)
    file.done = True
    return shapes.file_object(world.state, file)


def missing_inputs(view: View) -> dict[str, str]:
    """Slack's own complaints on empty required inputs and lengths, by block."""
    return {b["block_id"]: said for b in view.body["blocks"] if b["type"] == "input" if (said := _complaint(view, b))}


def _complaint(view: View, block: JsonObject) -> str:
    element = block["element"]
    state = view.values.get(block["block_id"], {}).get(element["action_id"], {})
    value = state.get(STATE_FIELDS.get(element["type"], "value"))
    if value in (None, "", []):
        return "" if block.get("optional") else "Please complete this required field."
    if isinstance(value, str):
        if len(value) < int(element.get("min_length") or 0):
            return f"Must be at least {element['min_length']} characters."
        most = int(element.get("max_length") or PLAIN_INPUT_MAX_CHARS)
        if len(value) > most:
            return f"Must be at most {most} characters."
        return _wrong(element, value)
    most = element.get("max_selected_items") or element.get("max_files")
    if most and isinstance(value, list) and len(value) > int(most):
        return f"Choose at most {most}."
    return ""


def _wrong(element: JsonObject, value: str) -> str:
    """Slack's client looks at numbers, addresses and links itself."""
    kind = element["type"]
    if kind == "number_input" and not _is_number(value, element):
        return "Please enter a number in range."
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not re.fullmatch(r"https?://\S+\.?\S*", value):
        return "Please enter a valid URL."
    return ""


def _is_number(value: str, element: JsonObject) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    if not element.get("is_decimal_allowed") and not number.is_integer():
        return False
    return float(element.get("min_value") or "-inf") <= number <= float(element.get("max_value") or "inf")
