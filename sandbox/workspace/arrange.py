"""The control API, arranging side: people, channels, faults, deliveries and durations, as tests need them."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from sandbox.workspace import events, faults, seen
from sandbox.workspace.control import required
from sandbox.workspace.records import User
from sandbox.workspace.remote import Remote
from sandbox.workspace.seeds import Group
from sandbox.workspace.wire import ControlError, JsonObject
from sandbox.workspace.world import World

Act: TypeAlias = Callable[[World, JsonObject], JsonObject | Awaitable[JsonObject]]
"""What a POST to /control/NAME does; ControlError says no."""


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
    return world.state.add_user(user_id, required(args, "name"), required(args, "real_name"), **known)


def channel(world: World, args: JsonObject) -> JsonObject:
    """POST /control/channel {name, topic?, members, is_private?}: a new channel, or one more look at its members."""
    members = args.get("members")
    if not isinstance(members, list) or not all(m in world.state.users for m in members):
        raise ControlError("members must be a list of user ids of this workspace.")
    name = required(args, "name").removeprefix("#")
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
    handle, members = required(args, "handle"), args.get("members")
    if not isinstance(members, list) or not all(m in world.state.users for m in members):
        raise ControlError("members must be a list of user ids of this workspace.")
    old = next((g for g in world.state.groups.values() if g.handle == handle), None)
    name = str(args.get("name") or (old.name if old else handle))
    saved = Group(old.id if old else world.state.new_id("S"), handle, name, tuple(members))
    world.state.groups[saved.id] = saved
    events.group_changed(world, saved, old.members if old else ())
    return {"group": {"id": saved.id, "handle": handle, "members": members}}


def number(value: object) -> float:
    """A number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ControlError(f"{value!r} is not a number from 0 on.")
    return float(value)


def whole(args: JsonObject, name: str) -> int:
    """A whole number, 1 when missing."""
    return int(number(args.get(name, 1)))


def add_fault(world: World, args: JsonObject) -> JsonObject:
    """POST /control/faults."""
    kind = required(args, "kind")
    if kind not in faults.KINDS:
        raise ControlError(f"kind is one of {', '.join(faults.KINDS)}.")
    fault = faults.Fault(
        required(args, "method"), kind, whole(args, "times"), str(args.get("error") or "fatal_error"),
        whole(args, "retry_after_s"), number(args.get("delay_s", 1.0)),
    )  # fmt: skip
    world.faults.pending.append(fault)
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
        setattr(world.timing, name, tuple(map(number, value)) if isinstance(value, list) else number(value))
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
        world.hub.duplicate_next = whole(args, "duplicate_next")
        return {"duplicate_next": world.hub.duplicate_next}
    sent = world.hub.sent
    event_id = str(next(reversed(sent), "") if args.get("last") else args.get("event_id"))
    if event_id not in sent:
        raise ControlError("There is no such event.", 404)
    for n in range(whole(args, "times")):
        world.hub.resend_event(sent[event_id], attempt=n + 1 if args.get("as_retry") else 0)
    return {"event_id": event_id}


async def http(world: World, args: JsonObject) -> JsonObject:
    """POST /control/http {url}: deliver to a request URL, once it passed Slack's checks; {} goes back to sockets."""
    if not args.get("url"):
        await world.hub.use_remote(None)
        return {"url": None}
    remote = Remote(required(args, "url"), world.state.signing_secret, world.state.clock)
    try:
        await remote.verify(world.state.verification_token, world.timing.ack_timeout_s)
    except ControlError:
        await remote.close()
        raise
    await world.hub.use_remote(remote)
    return {"url": remote.url}


async def sockets(world: World, args: JsonObject) -> JsonObject:
    """POST /control/sockets."""
    action = required(args, "action")
    if action == "refresh":
        await world.hub.refresh()
    elif action == "drop":
        world.hub.drop()
    elif action == "drop_before_ack":
        world.hub.cut_before_ack += 1
    else:
        raise ControlError("action is refresh, drop or drop_before_ack.")
    return {"connections": len(world.hub.links)}


def ledger(world: World, args: JsonObject) -> JsonObject:
    """POST /control/ledger {entries?, balances?}: what the app's books say now, as ledger.py shapes it."""
    world.feed.to_all({"type": "ledger", "ledger": world.ledger.tell(args)})
    return {"entries": len(world.ledger.entries)}


ARRANGEMENTS: dict[str, Act] = {
    "user": user, "channel": channel, "group": group, "faults": add_fault, "limits": limits, "timing": timing,
    "subscribe": subscribe, "redeliver": redeliver, "sockets": sockets, "http": http,
    "ledger": ledger,
}  # fmt: skip
