"""reactions.*."""

from sandbox.workspace import events, posting, seen, shapes
from sandbox.workspace.records import Message
from sandbox.workspace.wire import JsonObject, SlackError, need_text
from sandbox.workspace.world import World


def _target(world: World, args: JsonObject) -> Message:
    channel = posting.app_channel(world, need_text(args, "channel"))
    message = world.state.message(channel.id, need_text(args, "timestamp"))
    if message.ephemeral_for is not None:
        raise SlackError("message_not_found")
    return message


def add(world: World, args: JsonObject) -> JsonObject:
    """reactions.add, as the app."""
    message, name = _target(world, args), need_text(args, "name").strip(":")
    if not put(world, message, world.state.app.user_id, name):
        raise SlackError("already_reacted")
    return {}


def remove(world: World, args: JsonObject) -> JsonObject:
    """reactions.remove, as the app."""
    message, name = _target(world, args), need_text(args, "name").strip(":")
    if not take(world, message, world.state.app.user_id, name):
        raise SlackError("no_reaction")
    return {}


def get(world: World, args: JsonObject) -> JsonObject:
    """reactions.get."""
    message = _target(world, args)
    shape = shapes.message_object(world.state, message)
    return {"type": "message", "channel": message.channel, "message": shape}


def put(world: World, message: Message, user_id: str, name: str) -> bool:
    """Add someone's reaction; False when it is there already."""
    users = message.reactions.setdefault(name, [])
    if user_id in users:
        return False
    users.append(user_id)
    _tell(world, message)
    events.reacted(world, user_id, message, name, added=True)
    return True


def take(world: World, message: Message, user_id: str, name: str) -> bool:
    """Take someone's reaction back; False when it is not there."""
    users = message.reactions.get(name, [])
    if user_id not in users:
        return False
    users.remove(user_id)
    if not users:
        del message.reactions[name]
    _tell(world, message)
    events.reacted(world, user_id, message, name, added=False)
    return True


def _tell(world: World, message: Message) -> None:
    seen.publish_message(world, "reaction", message)
