"""conversations.*: what the app may read of channels and DMs."""

from sandbox.workspace import shapes
from sandbox.workspace.methods.paging import page
from sandbox.workspace.records import Channel, Message
from sandbox.workspace.wire import JsonObject, SlackError, flag, need_text
from sandbox.workspace.world import World


def _known(world: World, args: JsonObject) -> Channel:
    channel = world.state.channels.get(need_text(args, "channel"))
    hidden = channel is not None and (channel.kind != "channel" or channel.is_private)
    if channel is None or (hidden and world.state.app.user_id not in channel.members):
        raise SlackError("channel_not_found")
    return channel


def _joined(world: World, args: JsonObject) -> Channel:
    channel = _known(world, args)
    if world.state.app.user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def info(world: World, args: JsonObject) -> JsonObject:
    """conversations.info."""
    return {"channel": shapes.channel_object(world.state, _known(world, args))}


def list_all(world: World, args: JsonObject) -> JsonObject:
    """conversations.list: the kinds asked for, public channels unless told otherwise."""
    return _listed(world, args, [c for c in world.state.channels.values() if _visible(world, c)])


def of_user(world: World, args: JsonObject) -> JsonObject:
    """users.conversations: those the app (or the user named) is in."""
    member = str(args.get("user") or world.state.app.user_id)
    world.state.user(member)
    return _listed(
        world, args, [c for c in world.state.channels.values() if member in c.members and _visible(world, c)]
    )


def _visible(world: World, channel: Channel) -> bool:
    public = channel.kind == "channel" and not channel.is_private
    return public or world.state.app.user_id in channel.members


_KINDS = {"im": "im", "channel": "public_channel", "group": "private_channel"}


def _listed(world: World, args: JsonObject, channels: list[Channel]) -> JsonObject:
    kinds = set(str(args.get("types") or "public_channel").replace(" ", "").split(","))
    if kinds - {"public_channel", "private_channel", "mpim", "im"}:
        raise SlackError("invalid_types")
    some, more = page([c for c in channels if _KINDS[shapes.channel_type(c)] in kinds], args)
    return {"channels": [shapes.channel_object(world.state, c) for c in some], **more}


def history(world: World, args: JsonObject) -> JsonObject:
    """conversations.history: roots and broadcasts, newest first."""
    channel = _joined(world, args)
    roots = [m for m in world.state.messages[channel.id].values() if not m.is_reply or m.broadcast]
    return _messages(world, args, [m for m in roots if _within(m, args)][::-1])


def replies(world: World, args: JsonObject) -> JsonObject:
    """conversations.replies: the root, then its replies, oldest first."""
    channel = _joined(world, args)
    ts = need_text(args, "ts")
    root = world.state.messages[channel.id].get(ts)
    if root is None or root.ephemeral_for is not None:
        raise SlackError("thread_not_found")
    if root.is_reply and root.thread_ts:
        return _messages(world, args, [root])
    answers = [m for m in world.state.replies(channel.id, ts) if _within(m, args)]
    return _messages(world, args, [root, *answers])


def _within(message: Message, args: JsonObject) -> bool:
    oldest, latest = _bound(args, "oldest", 0.0), _bound(args, "latest", float("inf"))
    ts = float(message.ts)
    inside = oldest <= ts <= latest if flag(args, "inclusive") else oldest < ts < latest
    return message.ephemeral_for is None and inside


def _bound(args: JsonObject, name: str, default: float) -> float:
    try:
        return float(args.get(name) or default)
    except (TypeError, ValueError):
        raise SlackError(f"invalid_ts_{name}") from None


def _messages(world: World, args: JsonObject, messages: list[Message]) -> JsonObject:
    some, more = page(messages, args)
    keep = flag(args, "include_all_metadata")
    shown = [shapes.message_object(world.state, m, with_metadata=keep) for m in some]
    has_more = bool(more["response_metadata"]["next_cursor"])
    return {"messages": shown, "has_more": has_more, **(more if has_more else {})}


def members(world: World, args: JsonObject) -> JsonObject:
    """conversations.members."""
    some, more = page(_known(world, args).members, args)
    return {"members": some, **more}


def open_dm(world: World, args: JsonObject) -> JsonObject:
    """conversations.open: the app's DM with one person."""
    if args.get("channel"):
        channel = _joined(world, args)
    else:
        users = [u for u in need_text(args, "users").split(",") if u]
        if len(users) != 1:
            raise SlackError("method_not_supported_for_channel_type")
        user = world.state.user(users[0])
        if user.is_bot or user.deleted:
            raise SlackError("cannot_dm_bot" if user.is_bot else "user_disabled")
        channel = world.state.app_dm(user.id)
    full = flag(args, "return_im")
    return {"channel": shapes.channel_object(world.state, channel) if full else {"id": channel.id}}


def join(world: World, args: JsonObject) -> JsonObject:
    """conversations.join: public channels alone."""
    channel = _known(world, args)
    if channel.kind != "channel" or channel.is_private:
        raise SlackError("method_not_supported_for_channel_type")
    app = world.state.app.user_id
    again = app in channel.members
    if not again:
        channel.members.append(app)
        world.feed.to_all({"type": "channel", "channel": channel.id})
    return {"channel": shapes.channel_object(world.state, channel)} | (
        {"warning": "already_in_channel"} if again else {}
    )
