"""The control API, writing side: what people do, and what the tests arrange."""

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from sandbox.workspace import events, faults, interact, posting, seen, text
from sandbox.workspace.control import actor_of, channel_of, view_of
from sandbox.workspace.methods import reactions, streams
from sandbox.workspace.seeds import Group
from sandbox.workspace.state import Channel, Message, User
from sandbox.workspace.wire import ControlError, JsonObject, SlackError
from sandbox.workspace.world import World

Act: TypeAlias = Callable[[World, JsonObject], JsonObject | Awaitable[JsonObject]]
TYPED_MAX_CHARS = 100_000


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


def _required(args: JsonObject, name: str) -> str:
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name} is missing.")
    return value


def _message(world: World, channel: Channel, args: JsonObject, reader: User) -> Message:
    message = world.state.messages[channel.id].get(_required(args, "ts"))
    if message is None or message.ephemeral_for not in {None, reader.id}:
        raise ControlError("There is no such message.", 404)
    return message


def encode(world: World, line: str, *, names: bool) -> str:
    """Typed text with mentions in Slack's form; `names` adds `|name` as should_escape does."""
    people: dict[str, str] = {}
    for u in world.state.users.values():
        form = f"<@{u.id}|{u.name}>" if names else f"<@{u.id}>"
        people |= {u.name: form, u.real_name: form}
    for g in world.state.groups.values():
        people[g.handle] = f"<!subteam^{g.id}|@{g.handle}>"
    rooms = {c.name: f"<#{c.id}|{c.name}>" for c in world.state.channels.values() if c.kind == "channel"}
    return text.encode_typed(line, people, rooms)


def send(world: World, args: JsonObject) -> JsonObject:
    """POST /control/send. `files` (names) stands for attachments; `broadcast` for "also send to channel"."""
    me = actor_of(world, args)
    channel = channel_of(world, me, args)
    line = _required(args, "text")
    if len(line) > TYPED_MAX_CHARS:
        raise ControlError(f"A message holds at most {TYPED_MAX_CHARS} characters.")
    thread_ts = args.get("thread_ts")
    root = posting.thread_root(world, channel, str(thread_ts)) if thread_ts else None
    message = Message(
        world.state.new_ts(), channel.id, me.id, encode(world, line, names=False), thread_ts=root,
        broadcast=bool(root and args.get("broadcast")), client_msg_id=world.state.new_client_msg_id(),
    )  # fmt: skip
    posting.post(world, message)
    return {"ts": message.ts, "channel": channel.id}


def command(world: World, args: JsonObject) -> JsonObject:
    """POST /control/command."""
    me = actor_of(world, args)
    channel = channel_of(world, me, args)
    name, space, words = _required(args, "text").strip().partition(" ")
    known = next((c for c in world.state.app.commands if c.command == name), None)
    encoded = encode(world, words, names=True) if known is not None and known.should_escape else words
    thread_ts = args.get("thread_ts")
    trigger_id = interact.command(world, me, channel, name + space + encoded, str(thread_ts) if thread_ts else None)
    return {"trigger_id": trigger_id}


def click(world: World, args: JsonObject) -> JsonObject:
    """POST /control/click."""
    me = actor_of(world, args)
    _required(args, "action_id")
    if args.get("view_id"):
        return {"trigger_id": interact.click_view(world, me, view_of(world, me, str(args["view_id"])), args)}
    message = _message(world, channel_of(world, me, args), args, me)
    return {"trigger_id": interact.click_message(world, me, message, args)}


async def submit(world: World, args: JsonObject) -> JsonObject:
    """POST /control/submit."""
    me = actor_of(world, args)
    values = args.get("values") or {}
    if not isinstance(values, dict) or not all(isinstance(v, dict) for v in values.values()):
        raise ControlError("values must be {block_id: {action_id: value}}.")
    return await interact.submit(world, me, view_of(world, me, _required(args, "view_id")), values)


def close(world: World, args: JsonObject) -> JsonObject:
    """POST /control/close."""
    me = actor_of(world, args)
    interact.close(world, me, view_of(world, me, _required(args, "view_id")))
    return {}


def shortcut(world: World, args: JsonObject) -> JsonObject:
    """POST /control/shortcut {as, channel, ts, callback_id}."""
    me = actor_of(world, args)
    message = _message(world, channel_of(world, me, args), args, me)
    return {"trigger_id": interact.shortcut(world, me, message, _required(args, "callback_id"))}


def open_tab(world: World, args: JsonObject) -> JsonObject:
    """POST /control/open."""
    me = actor_of(world, args)
    tab = _required(args, "tab")
    if tab not in {"home", "messages"}:
        raise ControlError("tab is home or messages.")
    events.home_opened(world, me.id, tab)
    return {}


def react(world: World, args: JsonObject) -> JsonObject:
    """POST /control/react: again takes it back."""
    me = actor_of(world, args)
    message = _message(world, channel_of(world, me, args), args, me)
    name = _required(args, "name").strip(":")
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


def user(world: World, args: JsonObject) -> JsonObject:
    """POST /control/user: add a person, or change the one named by id."""
    kept = world.state.users.get(str(args.get("id") or ""))
    saved = _change_user(kept, args, int(world.state.clock())) if kept else _add_user(world, args)
    events.user_saved(world, saved, is_new=kept is None)
    world.feed.to_all({"type": "user", "user": seen.user_card(saved)})
    return {"user": seen.user_card(saved)}


_USER_FIELDS = ("name", "real_name", "role", "title", "email", "tz", "team_id", "is_bot", "deleted")


def _change_user(kept: User, args: JsonObject, now: int) -> User:
    for name in _USER_FIELDS:
        if name in args:
            setattr(kept, name, args[name])
    kept.updated = now
    return kept


def _add_user(world: World, args: JsonObject) -> User:
    user_id = str(args.get("id") or world.state.new_id("U"))
    known = {k: args[k] for k in ("role", "title", "email", "tz", "team_id", "is_bot", "deleted") if k in args}
    return world.state.add_user(user_id, _required(args, "name"), _required(args, "real_name"), **known)


def channel(world: World, args: JsonObject) -> JsonObject:
    """POST /control/channel {name, topic?, members, is_private?}: a new channel, or one more look at its members."""
    members = args.get("members")
    if not isinstance(members, list) or not all(m in world.state.users for m in members):
        raise ControlError("members must be a list of user ids of this workspace.")
    name = _required(args, "name").removeprefix("#")
    if any(c.name == name for c in world.state.channels.values() if c.kind == "channel"):
        raise ControlError(f"There is a channel #{name} already.", 409)
    made = world.state.add_channel(
        world.state.new_id("C"), name, "channel", members, topic=str(args.get("topic") or ""),
        is_private=bool(args.get("is_private")),
    )  # fmt: skip
    world.feed.to_all({"type": "channel", "channel": made.id})
    return {"channel": {"id": made.id, "name": made.name, "topic": made.topic, "members": made.members}}


def group(world: World, args: JsonObject) -> JsonObject:
    """POST /control/group {handle, members, name?}: makes a user group or changes its members."""
    handle, members = _required(args, "handle"), args.get("members")
    if not isinstance(members, list) or not all(m in world.state.users for m in members):
        raise ControlError("members must be a list of user ids of this workspace.")
    old = next((g for g in world.state.groups.values() if g.handle == handle), None)
    name = str(args.get("name") or (old.name if old else handle))
    saved = Group(old.id if old else world.state.new_id("S"), handle, name, tuple(members))
    world.state.groups[saved.id] = saved
    events.group_changed(world, saved, old.members if old else ())
    return {"group": {"id": saved.id, "handle": handle, "members": members}}


def add_fault(world: World, args: JsonObject) -> JsonObject:
    """POST /control/faults."""
    kind = _required(args, "kind")
    if kind not in faults.KINDS:
        raise ControlError(f"kind is one of {', '.join(faults.KINDS)}.")
    numbers = {k: args[k] for k in ("times", "error", "retry_after_s", "delay_s") if args.get(k) is not None}
    world.faults.pending.append(faults.Fault(_required(args, "method"), kind, **numbers))
    return {"pending": len(world.faults.pending)}


def limits(world: World, args: JsonObject) -> JsonObject:
    """POST /control/limits."""
    world.limits.enforce = bool(args.get("enforce"))
    return {"enforce": world.limits.enforce}


def timing(world: World, args: JsonObject) -> JsonObject:
    """POST /control/timing: shorten what Slack makes last (names and units as in limits.Timing)."""
    for name, value in args.items():
        if not hasattr(world.timing, name):
            raise ControlError(f"There is no duration {name!r}.")
        setattr(world.timing, name, tuple(value) if isinstance(value, list) else float(value))
    return {}


def subscribe(world: World, args: JsonObject) -> JsonObject:
    """POST /control/subscribe {events?: [...], message_channels?: bool}."""
    if isinstance(args.get("events"), list):
        world.state.bot_events = {str(e) for e in args["events"]}
    if "message_channels" in args:
        change = world.state.bot_events.add if args["message_channels"] else world.state.bot_events.discard
        change("message.channels")
        change("message.groups")
    return {"events": sorted(world.state.bot_events)}


def redeliver(world: World, args: JsonObject) -> JsonObject:
    """POST /control/redeliver. Sockets take turns, so several deliveries spread by themselves (`spread`)."""
    if args.get("duplicate_next"):
        world.hub.duplicate_next = int(args["duplicate_next"])
        return {"duplicate_next": world.hub.duplicate_next}
    sent = world.hub.sent
    event_id = str(next(reversed(sent), "") if args.get("last") else args.get("event_id"))
    if event_id not in sent:
        raise ControlError("There is no such event.", 404)
    for n in range(int(args.get("times") or 1)):
        world.hub.resend_event(sent[event_id], attempt=n + 1 if args.get("as_retry") else 0)
    return {"event_id": event_id}


async def sockets(world: World, args: JsonObject) -> JsonObject:
    """POST /control/sockets."""
    action = _required(args, "action")
    if action == "refresh":
        await world.hub.refresh()
    elif action == "drop":
        world.hub.drop()
    elif action == "drop_before_ack":
        world.hub.cut_before_ack += 1
    else:
        raise ControlError("action is refresh, drop or drop_before_ack.")
    return {"connections": len(world.hub.links)}


ACTS: dict[str, Act] = {
    "send": send, "command": command, "click": click, "submit": submit, "close": close, "shortcut": shortcut,
    "open": open_tab, "react": react, "stop": stop, "mark": mark, "user": user, "channel": channel, "group": group,
    "faults": add_fault, "limits": limits, "timing": timing, "subscribe": subscribe, "redeliver": redeliver,
    "sockets": sockets,
}  # fmt: skip
