"""The control API, reading side: what someone sees, and what the app has called."""

from sandbox.workspace import seen, shapes
from sandbox.workspace.limits import UPLOAD_MAX_BYTES
from sandbox.workspace.records import Channel, User, View
from sandbox.workspace.wire import ControlError, JsonObject
from sandbox.workspace.world import World


def actor_of(world: World, args: JsonObject) -> User:
    """Who acts: `as`."""
    user_id = args.get("as")
    if not isinstance(user_id, str) or not user_id:
        raise ControlError("Say who acts: as=USER_ID.")
    return world.state.actor(user_id)


def required(args: JsonObject, name: str) -> str:
    """A text argument that may not be missing."""
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name} is missing.")
    return value


def channel_of(world: World, user: User, args: JsonObject) -> Channel:
    """The channel named, which the person must be in; a user's id stands for the DM with them."""
    channel_id, state = str(args.get("channel") or ""), world.state
    if channel_id == state.app.user_id:
        return state.app_dm(user.id)
    if channel_id in state.users and channel_id != user.id:
        return state.people_dm(user.id, channel_id)
    named = state.channels.get(channel_id) or next(
        (c for c in state.channels.values() if c.kind == "channel" and c.name == channel_id.removeprefix("#")), None
    )
    if named is None or user.id not in named.members:
        raise ControlError(f"{user.real_name} sees no channel {channel_id!r}.", 404)
    return named


def view_of(world: World, user: User, view_id: str) -> View:
    """An open view of that person."""
    home = world.state.homes.get(user.id)
    view = home if home is not None and home.id == view_id else world.state.modals.get(view_id)
    if view is None or view.user != user.id:
        raise ControlError("That view is not open.", 404)
    return view


def state(world: World, args: JsonObject) -> JsonObject:
    """GET /control/state. Without `as`, as the first person: the page asks so when it opens."""
    kept = world.state
    me = actor_of(world, {"as": next(iter(kept.users))} | args)
    app, model = kept.app, kept.model
    default = [{"title": p.title, "message": p.message} for p in app.prompts]
    title, prompts = kept.prompts.get(me.id, (app.prompts_title, default))
    commands = [{"command": c.command, "description": c.description, "usage_hint": c.usage_hint} for c in app.commands]
    shortcuts = [{"name": s.name, "callback_id": s.callback_id, "description": s.description} for s in app.shortcuts]
    return {
        "workspace": {"id": kept.team_id, "name": kept.name},
        "me": me.id,
        "app": {
            "user_id": app.user_id, "app_id": app.app_id, "name": app.name, "description": app.description,
            "commands": commands, "shortcuts": shortcuts,
        },
        "model": {"label": model.label, "note": model.note, "local": model.local},
        "connected": world.hub.connected,
        "users": [seen.user_card(u) for u in kept.users.values()],
        "channels": [seen.channel_for(kept, c, me.id) for c in kept.channels.values() if me.id in c.members],
        "elsewhere": seen.channels_elsewhere(kept, me),
        "prompts": prompts,
        "prompts_title": title,
        "upload_max_bytes": UPLOAD_MAX_BYTES,
    }  # fmt: skip


def messages(world: World, args: JsonObject) -> JsonObject:
    """GET /control/messages: a channel's roots (and broadcasts), or a thread with its root."""
    me = actor_of(world, args)
    channel = channel_of(world, me, args)
    thread_ts = args.get("thread_ts")
    wanted = [
        m
        for m in world.state.messages[channel.id].values()
        if (thread_ts in {m.ts, m.thread_ts} if thread_ts else not m.is_reply or m.broadcast)
    ]
    shown = [shape for m in wanted if (shape := seen.message_for(world, m, me.id)) is not None]
    statuses = {
        ts: status
        for (channel_id, ts), (status, at) in world.state.statuses.items()
        if channel_id == channel.id and world.state.clock() - at < world.timing.status_life_s
    }
    return {"messages": shown, "statuses": statuses}


def home(world: World, args: JsonObject) -> JsonObject:
    """GET /control/home."""
    view = world.state.homes.get(actor_of(world, args).id)
    return {"view": shapes.view_object(world.state, view) if view else None}


def views(world: World, args: JsonObject) -> JsonObject:
    """GET /control/views: open modals, the top one last."""
    me = actor_of(world, args)
    return {"views": [shapes.view_object(world.state, v) for v in world.state.modals.values() if v.user == me.id]}


def calls(world: World, args: JsonObject) -> JsonObject:
    """GET /control/calls?since=N."""
    since = str(args.get("since") or 0)
    if not since.isdecimal():
        raise ControlError("since must be a whole number.")
    return {"calls": world.calls.since(int(since))}


def sockets(world: World, _args: JsonObject) -> JsonObject:
    """GET /control/sockets."""
    return {"connections": len(world.hub.links), "unacked": world.hub.unacked}


def events(world: World, _args: JsonObject) -> JsonObject:
    """GET /control/sent: event ids and types sent to the app, oldest first."""
    sent = [{"event_id": i, "type": p["event"]["type"], "event": p["event"]} for i, p in world.hub.sent.items()]
    return {"sent": sent, "subscribed": sorted(world.state.bot_events)}


def ledger(world: World, _args: JsonObject) -> JsonObject:
    """GET /control/ledger: the app's books as whoever reads them has told, or `connected` false."""
    return {"ledger": world.ledger.shape()}


READS = {
    "state": state, "messages": messages, "home": home, "views": views, "calls": calls, "sockets": sockets,
    "sent": events, "ledger": ledger,
}  # fmt: skip
