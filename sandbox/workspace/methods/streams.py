"""chat.startStream, appendStream, stopStream (docs.slack.dev/reference/methods)."""

from sandbox.workspace import blocks, events, limits, posting, seen, shapes
from sandbox.workspace.methods.assistant import SESSION_STATUSES
from sandbox.workspace.methods.chat import own_message
from sandbox.workspace.methods.content import metadata_of, parsed
from sandbox.workspace.records import Message, Stream
from sandbox.workspace.wire import JsonObject, SlackError, invalid_arguments, need_text
from sandbox.workspace.world import World


def start(world: World, args: JsonObject) -> JsonObject:
    """chat.startStream: a reply, and in channels to a named person."""
    channel = posting.app_channel(world, need_text(args, "channel"))
    thread_ts = posting.thread_root(world, channel, need_text(args, "thread_ts"))
    recipient = _recipient(args) if channel.kind == "channel" else channel.members[0]
    app = world.state.app.user_id
    message = Message(world.state.new_ts(), channel.id, app, "", thread_ts=thread_ts, is_app=True)
    _write(message, _pieces(args, required=False))
    message.stream = Stream(world.state.clock(), recipient, message.text)
    posting.post(world, message)
    return {"channel": channel.id, "ts": message.ts}


def _recipient(args: JsonObject) -> str:
    for name in ("recipient_team_id", "recipient_user_id"):
        if not args.get(name):
            raise SlackError(f"missing_{name}")
    return str(args["recipient_user_id"])


def append(world: World, args: JsonObject) -> JsonObject:
    """chat.appendStream."""
    message = _streaming(world, args)
    _write(message, _pieces(args, required=True))
    if message.stream is not None and not message.stream.first_text:
        message.stream.first_text = message.text
    posting.changed(world, message, None)
    return {"channel": message.channel, "ts": message.ts}


def stop(world: World, args: JsonObject) -> JsonObject:
    """chat.stopStream: last words, blocks under them, and the session's next status."""
    message = _streaming(world, args)
    status = args.get("session_status")
    if status is not None and status not in SESSION_STATUSES:
        raise invalid_arguments("session_status is not a known status")
    pieces, metadata = _pieces(args, required=False), metadata_of(args)
    given = parsed(args, "blocks")
    final = blocks.checked(given, surface="message") if given else []
    previous = posting.snapshot(world, message)
    _write(message, pieces)
    message.blocks = [*message.blocks, *final]
    message.metadata = metadata or message.metadata
    end(message)
    if status is not None:
        world.state.session_of(message.channel, message.thread_ts or message.ts)["status"] = status
    posting.changed(world, message, None)
    events.message_changed(world, world.state.channels[message.channel], message, previous)
    shape = shapes.message_object(world.state, message)
    return {"channel": message.channel, "ts": message.ts, "message": shape}


def end(message: Message) -> None:
    """Close a stream."""
    if message.stream is not None:
        message.stream.open = False


def _streaming(world: World, args: JsonObject) -> Message:
    message = own_message(world, args, refusal="message_not_owned_by_app")
    if not seen.is_streaming(world, message):
        raise SlackError("message_not_in_streaming_state")
    return message


def _pieces(args: JsonObject, *, required: bool) -> list[JsonObject]:
    chunks, markdown = parsed(args, "chunks"), args.get("markdown_text")
    if markdown and chunks:
        raise invalid_arguments("markdown_text and chunks exclude each other")
    if markdown:
        return [{"type": "markdown_text", "text": str(markdown)}]
    if chunks is not None and not (isinstance(chunks, list) and all(_is_chunk(c) for c in chunks)):
        raise SlackError("invalid_chunks")
    if required and not chunks:
        raise SlackError("no_text")
    return chunks or []


def _is_chunk(chunk: object) -> bool:
    if not isinstance(chunk, dict):
        return False
    wanted = {"markdown_text": "text", "task_update": "id", "plan_update": "title", "blocks": "blocks"}
    return wanted.get(str(chunk.get("type")), "type") in chunk and chunk.get("type") in wanted


def _write(message: Message, pieces: list[JsonObject]) -> None:
    """Append chunks; the text is bounded over the whole message."""
    added = "".join(p["text"] for p in pieces if p["type"] == "markdown_text")
    if len(message.text) + len(added) > limits.MARKDOWN_MAX_CHARS:
        raise SlackError("msg_too_long")
    for piece in pieces:
        _apply(message, piece)


def _apply(message: Message, piece: JsonObject) -> None:
    kind = piece["type"]
    if kind == "markdown_text":
        message.text += piece["text"]
        _grow(message, piece["text"])
    elif kind == "blocks":
        message.blocks = [*message.blocks, *blocks.checked(piece["blocks"], surface="message")]
    elif kind == "plan_update":
        others = [b for b in message.blocks if b["type"] != "plan"]
        message.blocks = [{"type": "plan", "title": piece["title"]}, *others]
    else:
        _upsert_task(message, piece)


def _grow(message: Message, text: str) -> None:
    last = message.blocks[-1] if message.blocks else None
    if last is not None and last["type"] == "markdown":
        message.blocks = [*message.blocks[:-1], {**last, "text": last["text"] + text}]
    else:
        message.blocks = [*message.blocks, {"type": "markdown", "text": text}]


def _upsert_task(message: Message, piece: JsonObject) -> None:
    card = {**piece, "type": "task_card", "task_id": piece["id"]}
    at = next((i for i, b in enumerate(message.blocks) if b.get("task_id") == piece["id"]), None)
    if at is None:
        message.blocks = [*message.blocks, card]
    else:
        message.blocks = [*message.blocks[:at], {**message.blocks[at], **card}, *message.blocks[at + 1 :]]
