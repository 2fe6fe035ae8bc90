"""What one person sees: the shapes of the control API and the feed."""

from sandbox.workspace import shapes
from sandbox.workspace.records import Channel, Message, User
from sandbox.workspace.state import State
from sandbox.workspace.wire import JsonObject
from sandbox.workspace.world import World


def is_streaming(world: World, message: Message) -> bool:
    """True while a stream is open and not too old."""
    stream = message.stream
    return stream is not None and stream.open and world.state.clock() < stream.started_at + world.timing.stream_life_s


def message_for(world: World, message: Message, reader: str) -> JsonObject | None:
    """A message as `reader` sees it, or None when it is not for them."""
    state = world.state
    if message.ephemeral_for not in {None, reader} or reader not in state.channels[message.channel].members:
        return None
    words, blocks = _content(world, message, reader)
    shape: JsonObject = {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "text": words,
        "blocks": blocks,
        "reply_count": 0,
        "reply_users": [],
        "reactions": [{"name": n, "users": list(u)} for n, u in message.reactions.items()],
        "edited": message.edited_ts is not None,
        "streaming": is_streaming(world, message),
        "ephemeral": message.ephemeral_for is not None,
    }
    if message.deleted:
        shape["deleted"] = True
    if message.is_app:
        shape["bot_id"] = state.app.bot_id
    elif (sender := state.users.get(message.user)) is not None and sender.is_bot:
        shape["bot_id"] = shapes.bot_id(sender)
    if message.metadata is not None:
        shape["metadata"] = message.metadata
    if message.files:
        shape["files"] = [shapes.file_object(state, state.files[f]) for f in message.files]
    if message.is_reply:
        return shape | {"thread_ts": message.thread_ts, "broadcast": message.broadcast}
    return shape | _thread(world, message, reader)


def _content(world: World, message: Message, reader: str) -> tuple[str, list[JsonObject]]:
    """In channels only its recipient sees a stream grow; others see the first piece until it stops."""
    stream = message.stream
    if stream is None or reader == stream.recipient or not is_streaming(world, message):
        return message.text, message.blocks
    if world.state.channels[message.channel].kind != "channel":
        return message.text, message.blocks
    return stream.first_text, [{"type": "markdown", "text": stream.first_text}] if stream.first_text else []


def _thread(world: World, message: Message, reader: str) -> JsonObject:
    replies = [r for r in world.state.replies(message.channel, message.ts) if r.ephemeral_for in {None, reader}]
    lasting = [r for r in replies if r.ephemeral_for is None]
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(lasting),
        "reply_users": list(dict.fromkeys(r.user for r in lasting)),
        "latest_reply": replies[-1].ts,
    }


def channel_for(state: State, channel: Channel, reader: str) -> JsonObject:
    """A channel as `reader` sees it."""
    shape: JsonObject = {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "topic": channel.topic,
        "members": list(channel.members),
        "unread": _unread(state, channel, reader),
    }
    if channel.kind != "channel":
        shape["with"] = next((m for m in channel.members if m != reader), reader)
        shape["name"] = state.users[shape["with"]].real_name
    return shape


def channels_elsewhere(state: State, reader: User) -> list[JsonObject]:
    """Public channels that `reader` is not in, so that a mention of one shows its name. Guests learn of none."""
    if reader.role == "guest":
        return []
    there = (c for c in state.channels.values() if c.kind == "channel" and not c.is_private)
    return [{"id": c.id, "name": c.name} for c in there if reader.id not in c.members]


def _unread(state: State, channel: Channel, reader: str) -> int:
    since = state.reads.get((channel.id, reader), "")
    return sum(
        m.ts > since and m.user != reader and not m.is_reply and m.ephemeral_for in {None, reader}
        for m in state.messages[channel.id].values()
    )


def user_card(user: User) -> JsonObject:
    """A person as the page shows them."""
    return {
        "id": user.id, "name": user.name, "real_name": user.real_name, "title": user.title, "role": user.role,
        "color": user.color, "is_bot": user.is_bot, "deleted": user.deleted, "tz": user.tz, "team_id": user.team_id,
    }  # fmt: skip


def publish_message(world: World, kind: str, message: Message) -> None:
    """Tell everyone who may see it about a message; `kind` as in the feed."""

    def news(reader: str) -> JsonObject | None:
        shape = message_for(world, message, reader)
        return None if shape is None else {"type": kind, "channel": message.channel, "message": shape}

    world.feed.publish(news)
