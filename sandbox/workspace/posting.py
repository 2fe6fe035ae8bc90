"""Messages come, change and go: the one place that stores them and tells the app and the readers."""

from sandbox.workspace import events, seen, shapes
from sandbox.workspace.records import Channel, Message
from sandbox.workspace.wire import SlackError
from sandbox.workspace.world import World

TOMBSTONE = "This message was deleted."


def post(world: World, message: Message) -> Message:
    """Store a message, clear the thread's status if the app wrote it, and tell everyone."""
    state = world.state
    channel = state.channels[message.channel]
    state.keep(message)
    if message.user in channel.members:
        state.reads[channel.id, message.user] = message.ts
    if message.is_app:
        clear_status(world, channel.id, message.thread_ts or message.ts)
    seen.publish_message(world, "ephemeral" if message.ephemeral_for else "message", message)
    _refresh_root(world, message)
    events.message_posted(world, channel, message)
    return message


def changed(world: World, message: Message, previous: dict[str, object] | None) -> None:
    """Tell everyone of a change; `previous` (the message's old shape) also tells the app."""
    seen.publish_message(world, "message_changed", message)
    if previous is not None and message.ephemeral_for is None:
        events.message_changed(world, world.state.channels[message.channel], message, previous)


def remove(world: World, message: Message) -> None:
    """Forget a message and tell everyone. One with replies stays as their head, without its words, as in Slack."""
    channel = world.state.channels[message.channel]
    if any(reply.ephemeral_for is None for reply in world.state.replies(message.channel, message.ts)):
        _bury(world, message)
        return
    seen.publish_message(world, "message_deleted", message)
    world.state.forget(message)
    _refresh_root(world, message)
    if message.ephemeral_for is None:
        events.message_deleted(world, channel, message)


def _bury(world: World, message: Message) -> None:
    """A message_changed into a tombstone is how the app hears of it."""
    previous = snapshot(world, message)
    message.text, message.blocks, message.attachments, message.files = TOMBSTONE, [], [], []
    message.reactions, message.metadata, message.edited_ts = {}, None, None
    message.user, message.is_app, message.deleted = "USLACKBOT", False, True
    changed(world, message, previous)


def _refresh_root(world: World, message: Message) -> None:
    if message.is_reply and message.thread_ts:
        root = world.state.messages[message.channel].get(message.thread_ts)
        if root is not None:
            seen.publish_message(world, "message_changed", root)


def set_status(world: World, channel_id: str, thread_ts: str, status: str) -> None:
    """Show "... is thinking" in a thread; an empty status clears it."""
    if status:
        world.state.statuses[channel_id, thread_ts] = (status, world.state.clock())
    else:
        world.state.statuses.pop((channel_id, thread_ts), None)
    members = world.state.channels[channel_id].members
    told = {"type": "status", "channel": channel_id, "thread_ts": thread_ts, "status": status}
    world.feed.publish(lambda reader: told if reader in members else None)


def clear_status(world: World, channel_id: str, thread_ts: str) -> None:
    """Posting clears the status."""
    if (channel_id, thread_ts) in world.state.statuses:
        set_status(world, channel_id, thread_ts, "")


def app_channel(world: World, channel_id: str) -> Channel:
    """The conversation the app may write to: a channel it is in, or a DM (a user id stands for the DM).

    Raises SlackError channel_not_found or not_in_channel, as chat.postMessage does.
    """
    state = world.state
    channel_id = channel_id.removeprefix("#")
    if channel_id in state.users and not state.users[channel_id].is_bot:
        return state.app_dm(channel_id)
    found = state.channels.get(channel_id) or next(
        (c for c in state.channels.values() if c.kind == "channel" and c.name == channel_id), None
    )
    if found is None or (state.app.user_id not in found.members and (found.kind != "channel" or found.is_private)):
        raise SlackError("channel_not_found")
    if state.app.user_id not in found.members:
        raise SlackError("not_in_channel")
    return found


def thread_root(world: World, channel: Channel, thread_ts: str) -> str:
    """The ts of an existing thread root; Slack refuses a reply's ts and unknown ones."""
    root = world.state.messages[channel.id].get(thread_ts)
    if root is None or root.ephemeral_for is not None:
        raise SlackError("thread_not_found")
    if root.is_reply:
        raise SlackError("cannot_reply_to_message")
    return thread_ts


def snapshot(world: World, message: Message) -> dict[str, object]:
    """A message's shape before a change."""
    return shapes.message_object(world.state, message)
