"""views.*: modals and the Home tab."""

import hashlib
import json
from collections.abc import Iterator

from sandbox.workspace import blocks, limits, shapes
from sandbox.workspace.methods.content import parsed
from sandbox.workspace.records import Trigger, View
from sandbox.workspace.wire import JsonObject, SlackError, invalid_arguments, need, need_text
from sandbox.workspace.world import World


def open_view(world: World, args: JsonObject) -> JsonObject:
    """views.open: a fresh modal, within the trigger's life."""
    trigger = _use_trigger(world, args)
    view = make_view(world, trigger.user, _body(args, "modal"), None)
    return show(world, view, "view_opened")


def push(world: World, args: JsonObject) -> JsonObject:
    """views.push: a modal over the one the trigger came from, at most three."""
    trigger = _use_trigger(world, args)
    below = world.state.modals.get(trigger.view_id or "")
    if below is None:
        raise invalid_arguments("a view can only be pushed from another view's trigger")
    return show(world, push_over(world, below, _body(args, "modal")), "view_opened")


def push_over(world: World, below: View, body: JsonObject) -> View:
    """A new modal over `below`. Raises SlackError push_limit_reached."""
    depth = sum(v.root_id == below.root_id for v in world.state.modals.values())
    if depth >= limits.VIEW_STACK_MAX:
        raise SlackError("push_limit_reached")
    return make_view(world, below.user, body, below)


def update(world: World, args: JsonObject) -> JsonObject:
    """views.update, by view_id or external_id; `hash` guards against races."""
    view = _wanted(world, args)
    if args.get("hash") and args["hash"] != view.hash:
        raise SlackError("hash_conflict")
    return show(world, replace(world, view, _body(args, view.body["type"])), "view_updated")


def publish(world: World, args: JsonObject) -> JsonObject:
    """views.publish: someone's Home tab."""
    state = world.state
    user = state.user(need_text(args, "user_id"))
    body = _body(args, "home")
    old = state.homes.get(user.id)
    if old is not None and args.get("hash") and args["hash"] != old.hash:
        raise SlackError("hash_conflict")
    view_id = old.id if old else state.new_id("V")
    view = View(view_id, user.id, body, view_id, hash=_hash(world, body))
    view.values = initial_values(body)
    state.homes[user.id] = view
    shape = shapes.view_object(state, view)
    world.feed.to_one(user.id, {"type": "home", "view": shape})
    return {"view": shape}


def show(world: World, view: View, kind: str) -> JsonObject:
    """Tell its owner of a modal; the method's answer."""
    shape = shapes.view_object(world.state, view)
    world.feed.to_one(view.user, {"type": kind, "view": shape})
    return {"view": shape}


def make_view(world: World, user_id: str, body: JsonObject, below: View | None) -> View:
    """Put a modal on its owner's screen; without one below it, it replaces what was there."""
    state = world.state
    view_id = state.new_id("V")
    if below is None:
        close_all(world, user_id)
    root, previous = (below.root_id, below.id) if below else (view_id, None)
    view = View(view_id, user_id, body, root, previous, _hash(world, body), initial_values(body))
    state.modals[view_id] = view
    return view


def replace(world: World, view: View, body: JsonObject) -> View:
    """Change a modal in place. What was entered stays where block_id and action_id stay, as in Slack."""
    fresh = initial_values(body)
    for block_id, actions in fresh.items():
        for action_id in actions:
            if action_id in view.values.get(block_id, {}):
                actions[action_id] = view.values[block_id][action_id]
    view.body, view.values, view.hash = body, fresh, _hash(world, body)
    return view


def close_all(world: World, user_id: str) -> list[View]:
    """Take every modal of a person away; returns them, the top one first."""
    gone = [v for v in world.state.modals.values() if v.user == user_id][::-1]
    for view in gone:
        close(world, view)
    return gone


def close(world: World, view: View) -> None:
    """Take one modal away."""
    world.state.modals.pop(view.id, None)
    world.feed.to_one(view.user, {"type": "view_closed", "view": shapes.view_object(world.state, view)})


def _wanted(world: World, args: JsonObject) -> View:
    view_id, external = args.get("view_id"), args.get("external_id")
    if not view_id and not external:
        raise invalid_arguments("view_id or external_id is required")
    for view in [*world.state.modals.values(), *world.state.homes.values()]:
        if view.id == view_id or (external and view.body.get("external_id") == external):
            return view
    raise SlackError("not_found")


def _use_trigger(world: World, args: JsonObject) -> Trigger:
    trigger = world.state.triggers.get(need_text(args, "trigger_id"))
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if world.state.clock() - trigger.made_at > world.timing.trigger_life_s:
        raise SlackError("expired_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    _body(args, "modal")
    trigger.used = True
    return trigger


def _body(args: JsonObject, kind: str) -> JsonObject:
    need(args, "view")
    return checked_body(parsed(args, "view"), kind)


def checked_body(body: object, kind: str) -> JsonObject:
    """A view's body with ids filled in. Raises SlackError invalid_arguments or invalid_blocks."""
    if not isinstance(body, dict) or body.get("type") != kind:
        raise invalid_arguments(f"view.type must be {kind} [json-pointer:/view/type]")
    problems = list(_body_problems(body, kind))
    if problems:
        raise invalid_arguments(*problems)
    return {**body, "blocks": blocks.checked(body.get("blocks"), surface=kind)}


def _body_problems(body: JsonObject, kind: str) -> Iterator[str]:
    for name, most in (
        ("callback_id", limits.VIEW_CALLBACK_ID_MAX_CHARS),
        ("external_id", limits.VIEW_CALLBACK_ID_MAX_CHARS),
        ("private_metadata", limits.VIEW_METADATA_MAX_CHARS),
    ):
        if len(str(body.get(name) or "")) > most:
            yield f"must be less than {most + 1} characters [json-pointer:/view/{name}]"
    if not isinstance(body.get("blocks"), list):
        yield "missing required field: blocks [json-pointer:/view/blocks]"
    if kind == "modal":
        yield from _modal_problems(body)


def _modal_problems(body: JsonObject) -> Iterator[str]:
    if not _words(body.get("title")):
        yield "missing required field: title [json-pointer:/view/title]"
    for name, most in (
        ("title", limits.VIEW_TITLE_MAX_CHARS),
        ("submit", limits.VIEW_BUTTON_MAX_CHARS),
        ("close", limits.VIEW_BUTTON_MAX_CHARS),
    ):
        if len(_words(body.get(name))) > most:
            yield f"must be less than {most + 1} characters [json-pointer:/view/{name}/text]"
    has_input = any(b.get("type") == "input" for b in body.get("blocks") or [] if isinstance(b, dict))
    if has_input and not body.get("submit"):
        yield "submit is required when there are input blocks [json-pointer:/view/submit]"


def _words(plain_text: object) -> str:
    return str(plain_text.get("text") or "") if isinstance(plain_text, dict) else ""


def _hash(world: World, body: JsonObject) -> str:
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:8]
    return f"{int(world.state.clock())}.{digest}"


def initial_values(body: JsonObject) -> dict[str, dict[str, JsonObject]]:
    """`state.values` of a view nobody has touched."""
    values: dict[str, dict[str, JsonObject]] = {}
    for block in body.get("blocks", []):
        for element in blocks.elements_of(block):
            if element["type"] not in _STATELESS:
                values.setdefault(block["block_id"], {})[element["action_id"]] = _initial(element)
    return values


_STATELESS = {"button", "image", "overflow", "feedback_buttons", "icon_button", "workflow_button"}
STATE_FIELDS = {
    "static_select": "selected_option", "external_select": "selected_option", "radio_buttons": "selected_option",
    "overflow": "selected_option", "users_select": "selected_user", "channels_select": "selected_channel",
    "conversations_select": "selected_conversation", "datepicker": "selected_date", "timepicker": "selected_time",
    "datetimepicker": "selected_date_time", "checkboxes": "selected_options", "multi_static_select": "selected_options",
    "multi_external_select": "selected_options", "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels", "multi_conversations_select": "selected_conversations",
    "rich_text_input": "rich_text_value", "file_input": "files",
}  # fmt: skip
"""Where each kind of element keeps its value in `state.values`; all others use `value`."""


def _initial(element: JsonObject) -> JsonObject:
    field = STATE_FIELDS.get(element["type"], "value")
    given = element.get("initial_" + field.removeprefix("selected_"))
    if given is None and field.endswith("s"):
        given = []
    return {"type": element["type"], field: given}
