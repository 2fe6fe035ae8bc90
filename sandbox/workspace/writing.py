"""The control API, writing side: what people type, attach, change and take back."""

from sandbox.workspace import posting, text
from sandbox.workspace.attachments import attach
from sandbox.workspace.control import actor_of, channel_of, required
from sandbox.workspace.records import Message
from sandbox.workspace.wire import ControlError, JsonObject
from sandbox.workspace.world import World

TYPED_MAX_CHARS = 100_000


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


def _typed(world: World, args: JsonObject) -> str:
    line = required(args, "text")
    if len(line) > TYPED_MAX_CHARS:
        raise ControlError(f"A message holds at most {TYPED_MAX_CHARS} characters.")
    return encode(world, line, names=False)


def send(world: World, args: JsonObject) -> JsonObject:
    """POST /control/send. `files`: as attachments.attach takes them; `broadcast`: "also send to channel"."""
    me = actor_of(world, args)
    channel = channel_of(world, me, args)
    words = _typed(world, args) if args.get("text") or not args.get("files") else ""
    thread_ts = args.get("thread_ts")
    root = posting.thread_root(world, channel, str(thread_ts)) if thread_ts else None
    message = Message(
        world.state.new_ts(), channel.id, me.id, words, thread_ts=root, files=attach(world, me, channel, args),
        broadcast=bool(root and args.get("broadcast")), client_msg_id=world.state.new_client_msg_id(),
    )  # fmt: skip
    posting.post(world, message)
    return {"ts": message.ts, "channel": channel.id}


def _own(world: World, args: JsonObject) -> Message:
    me = actor_of(world, args)
    message = world.state.messages[channel_of(world, me, args).id].get(required(args, "ts"))
    if message is None or message.user != me.id or message.deleted:
        raise ControlError("There is no such message of yours.", 404)
    return message


def edit(world: World, args: JsonObject) -> JsonObject:
    """POST /control/edit {as, channel, ts, text}: one's own message; the app hears of it as message_changed."""
    message = _own(world, args)
    previous, words = posting.snapshot(world, message), _typed(world, args)
    if words == message.text:
        return {}
    message.text, message.edited_ts = words, world.state.new_ts()
    posting.changed(world, message, previous)
    return {}


def delete(world: World, args: JsonObject) -> JsonObject:
    """POST /control/delete {as, channel, ts}: one's own message."""
    posting.remove(world, _own(world, args))
    return {}


def join(world: World, args: JsonObject) -> JsonObject:
    """POST /control/join {as, channel}: a public channel, for people and bots."""
    me = actor_of(world, args)
    channel = world.state.channels.get(required(args, "channel"))
    if channel is None or channel.kind != "channel" or channel.is_private:
        raise ControlError("There is no such public channel.", 404)
    if me.id not in channel.members:
        channel.members.append(me.id)
        world.feed.to_all({"type": "channel", "channel": channel.id})
    return {"members": channel.members}
