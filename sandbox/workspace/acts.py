"""The control API, acting side: commands, clicks, forms, tabs, reactions."""

import inspect

from sandbox.workspace import events, interact, posting, seen, writing
from sandbox.workspace.arrange import ARRANGEMENTS, Act
from sandbox.workspace.control import actor_of, channel_of, required, view_of
from sandbox.workspace.methods import reactions, streams
from sandbox.workspace.records import Channel, Message, User, View
from sandbox.workspace.wire import ControlError, JsonObject, SlackError
from sandbox.workspace.world import World


async def perform(world: World, name: str, args: JsonObject) -> JsonObject:
    """Run one act; Slack's refusals become a sentence."""
    act = ACTS.get(name)
    if act is None:
        raise ControlError(f"There is no /control/{name}.", 404)
    try:
        outcome = act(world, args)
        return await outcome if inspect.isawaitable(outcome) else outcome
    except SlackError as error:
        raise ControlError(f"The workspace refused this: {error.code}.") from None


def _message(world: World, channel: Channel, args: JsonObject, reader: User) -> Message:
    message = world.state.messages[channel.id].get(required(args, "ts"))
    if message is None or message.ephemeral_for not in {None, reader.id}:
        raise ControlError("There is no such message.", 404)
    return message


def command(world: World, args: JsonObject) -> JsonObject:
    """POST /control/command."""
    me = actor_of(world, args)
    channel = channel_of(world, me, args)
    name, space, words = required(args, "text").strip().partition(" ")
    known = next((c for c in world.state.app.commands if c.command == name), None)
    encoded = writing.encode(world, words, names=True) if known is not None and known.should_escape else words
    thread_ts = args.get("thread_ts")
    trigger_id = interact.command(world, me, channel, name + space + encoded, str(thread_ts) if thread_ts else None)
    return {"trigger_id": trigger_id}


def click(world: World, args: JsonObject) -> JsonObject:
    """POST /control/click."""
    me = actor_of(world, args)
    required(args, "action_id")
    if args.get("view_id"):
        return {"trigger_id": interact.click_view(world, me, view_of(world, me, str(args["view_id"])), args)}
    message = _message(world, channel_of(world, me, args), args, me)
    return {"trigger_id": interact.click_message(world, me, message, args)}


async def options(world: World, args: JsonObject) -> JsonObject:
    """POST /control/options {as, view_id | channel, ts, action_id, value}: what an external select offers."""
    me = actor_of(world, args)
    required(args, "action_id")
    place: Message | View = (
        view_of(world, me, str(args["view_id"]))
        if args.get("view_id")
        else _message(world, channel_of(world, me, args), args, me)
    )
    return {"options": await interact.suggestions(world, me, place, args)}


async def submit(world: World, args: JsonObject) -> JsonObject:
    """POST /control/submit."""
    me = actor_of(world, args)
    values = args.get("values") or {}
    if not isinstance(values, dict) or not all(isinstance(v, dict) for v in values.values()):
        raise ControlError("values must be {block_id: {action_id: value}}.")
    return await interact.submit(world, me, view_of(world, me, required(args, "view_id")), values)


def close(world: World, args: JsonObject) -> JsonObject:
    """POST /control/close."""
    me = actor_of(world, args)
    interact.close(world, me, view_of(world, me, required(args, "view_id")))
    return {}


def shortcut(world: World, args: JsonObject) -> JsonObject:
    """POST /control/shortcut {as, channel, ts, callback_id}."""
    me = actor_of(world, args)
    message = _message(world, channel_of(world, me, args), args, me)
    return {"trigger_id": interact.shortcut(world, me, message, required(args, "callback_id"))}


def open_tab(world: World, args: JsonObject) -> JsonObject:
    """POST /control/open."""
    me = actor_of(world, args)
    tab = required(args, "tab")
    if tab not in {"home", "messages"}:
        raise ControlError("tab is home or messages.")
    events.home_opened(world, me.id, tab)
    return {}


def react(world: World, args: JsonObject) -> JsonObject:
    """POST /control/react: again takes it back."""
    me = actor_of(world, args)
    message = _message(world, channel_of(world, me, args), args, me)
    name = required(args, "name").strip(":")
    added = reactions.put(world, message, me.id, name) or not reactions.take(world, message, me.id, name)
    return {"added": added}


def stop(world: World, args: JsonObject) -> JsonObject:
    """POST /control/stop: Slack ends the thread's streams itself, then tells the app."""
    me = actor_of(world, args)
    channel = channel_of(world, me, args)
    message = _message(world, channel, args, me)
    root = message.thread_ts or message.ts
    streaming = [m for m in world.state.replies(channel.id, root) if seen.is_streaming(world, m)]
    for m in streaming:
        streams.end(m)
        posting.changed(world, m, None)
    events.session_stopped(world, me.id, channel.id, root, [m.ts for m in streaming])
    return {"streams": [m.ts for m in streaming]}


def mark(world: World, args: JsonObject) -> JsonObject:
    """POST /control/mark."""
    me = actor_of(world, args)
    channel = channel_of(world, me, args)
    latest = max(world.state.messages[channel.id], default="")
    world.state.reads[channel.id, me.id] = latest
    world.feed.to_one(me.id, {"type": "read", "channel": channel.id})
    return {}


ACTS: dict[str, Act] = ARRANGEMENTS | {
    "send": writing.send, "edit": writing.edit, "delete": writing.delete, "join": writing.join, "command": command,
    "click": click, "submit": submit, "close": close, "shortcut": shortcut, "open": open_tab, "react": react,
    "stop": stop, "mark": mark, "options": options,
}  # fmt: skip
