"""chat.*: posting, changing and deleting the app's messages."""

from sandbox.workspace import limits, posting, shapes
from sandbox.workspace.methods.content import Content, content_of
from sandbox.workspace.records import Channel, Message
from sandbox.workspace.wire import JsonObject, SlackError, flag, need_text
from sandbox.workspace.world import World


def post_message(world: World, args: JsonObject) -> JsonObject:
    """chat.postMessage."""
    channel = posting.app_channel(world, need_text(args, "channel"))
    message = _compose(world, channel, args)
    message.broadcast = message.is_reply and flag(args, "reply_broadcast")
    posting.post(world, message)
    return {"channel": channel.id, "ts": message.ts, "message": shapes.message_object(world.state, message)}


def _compose(world: World, channel: Channel, args: JsonObject) -> Message:
    content = content_of(args)
    thread_ts = args.get("thread_ts")
    return Message(
        world.state.new_ts(),
        channel.id,
        world.state.app.user_id,
        content.text,
        content.blocks,
        content.attachments,
        posting.thread_root(world, channel, str(thread_ts)) if thread_ts else None,
        is_app=True,
        username=args.get("username"),
        metadata=content.metadata,
        has_own_blocks=bool(args.get("blocks")),
    )


def post_ephemeral(world: World, args: JsonObject) -> JsonObject:
    """chat.postEphemeral: seen by one member alone, kept out of histories, without an event.

    In a thread that nobody has replied to it is accepted and shown to nobody (limits.EPHEMERAL_NEEDS_REPLY).
    """
    channel = posting.app_channel(world, need_text(args, "channel"))
    user = world.state.user(need_text(args, "user"))
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    message = _compose(world, channel, args)
    message.ephemeral_for = user.id
    if not limits.EPHEMERAL_NEEDS_REPLY or message.thread_ts is None or _has_replies(world, channel, message.thread_ts):
        posting.post(world, message)
    return {"message_ts": message.ts}


def _has_replies(world: World, channel: Channel, root_ts: str) -> bool:
    return any(reply.ephemeral_for is None for reply in world.state.replies(channel.id, root_ts))


def own_message(world: World, args: JsonObject, *, refusal: str) -> Message:
    """The app's own message named by channel and ts, or `refusal` when it is someone else's."""
    channel = world.state.channels.get(need_text(args, "channel"))
    if channel is None:
        raise SlackError("channel_not_found")
    message = world.state.message(channel.id, need_text(args, "ts"))
    if message.ephemeral_for is not None:
        raise SlackError("message_not_found")
    if not message.is_app:
        raise SlackError(refusal)
    return message


def update(world: World, args: JsonObject) -> JsonObject:
    """chat.update. Blocks and attachments that were given stay unless new ones are (an empty list takes them away)."""
    message = own_message(world, args, refusal="cant_update_message")
    if message.stream is not None and message.stream.open:
        # Recovery from a dead stream goes through here: an update ends whatever was being streamed.
        message.stream.open = False
    previous = posting.snapshot(world, message)
    rewrite(message, args, content_of(args, text_max=limits.UPDATE_TEXT_MAX_CHARS))
    message.edited_ts = world.state.new_ts()
    posting.changed(world, message, previous)
    shape = shapes.message_object(world.state, message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shape}


def rewrite(message: Message, args: JsonObject, content: Content) -> None:
    """New content for a message, kept where the arguments leave it out (reference/methods/chat.update)."""
    message.text = content.text or message.text
    if content.blocks or "blocks" in args or not message.has_own_blocks:
        message.blocks, message.has_own_blocks = content.blocks, bool(args.get("blocks"))
    if content.attachments or "attachments" in args:
        message.attachments = content.attachments
    if "metadata" in args:
        message.metadata = content.metadata


def delete(world: World, args: JsonObject) -> JsonObject:
    """chat.delete."""
    message = own_message(world, args, refusal="cant_delete_message")
    posting.remove(world, message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(world: World, args: JsonObject) -> JsonObject:
    """chat.getPermalink."""
    channel = world.state.channels.get(need_text(args, "channel"))
    if channel is None:
        raise SlackError("channel_not_found")
    message = world.state.message(channel.id, need_text(args, "message_ts"))
    link = f"{world.state.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
