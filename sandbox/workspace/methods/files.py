"""files.*: the upload in three steps (docs.slack.dev/messaging/working-with-files)."""

from aiohttp import web

from sandbox.workspace import posting, shapes
from sandbox.workspace.attachments import headers_of
from sandbox.workspace.methods.content import parsed
from sandbox.workspace.records import File, Message
from sandbox.workspace.wire import JsonObject, SlackError, invalid_arguments, need_text
from sandbox.workspace.world import World

SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to continue.</body></html>"


def get_upload_url(world: World, args: JsonObject) -> JsonObject:
    """files.getUploadURLExternal: where to POST the bytes."""
    name, length = need_text(args, "filename"), need_text(args, "length")
    if not length.isdecimal() or int(length) == 0:
        raise invalid_arguments("length must be a positive integer")
    file = File(world.state.new_id("F"), name, name, int(length), created=int(world.state.clock()))
    world.state.files[file.id] = file
    return {"upload_url": f"{world.state.base_url}/upload/{file.id}", "file_id": file.id}


async def receive(world: World, request: web.Request) -> web.Response:
    """`POST /upload/{id}`: raw bytes or a form, without authorisation."""
    file = world.state.files.get(request.match_info["id"])
    if file is None or file.uploaded:
        return web.Response(status=404, text="no such upload")
    file.content = await request.read()
    file.uploaded, file.length = True, len(file.content)
    return web.Response(text=f"OK - {len(file.content)}")


def download(world: World, request: web.Request) -> web.Response:
    """`GET /files-pri/{team}-{id}/…` (url_private): the bytes, for the bot's token with the scope files:read.

    Whoever else asks gets the sign-in page with HTTP 200, as from Slack: an app that does not look takes it for the
    file.
    """
    state = world.state
    file = state.files.get(request.match_info["id"])
    if request.headers.get("Authorization") != f"Bearer {state.bot_token}" or "files:read" not in state.app.scopes:
        return web.Response(text=SIGN_IN, content_type="text/html")
    if file is None or not file.done or not _is_shared_with_app(world, file):
        return web.Response(status=404, text="no such file for you")
    return web.Response(body=file.content, headers=headers_of(file) | {"Content-Type": shapes.mimetype(file.name)})


def _is_shared_with_app(world: World, file: File) -> bool:
    """In a channel that the app is in, or given to a form of its own."""
    app = world.state.app.user_id
    return not file.channels or any(app in world.state.channels[channel].members for channel in file.channels)


def complete(world: World, args: JsonObject) -> JsonObject:
    """files.completeUploadExternal: share what was uploaded in a channel or thread."""
    wanted = parsed(args, "files")
    if not isinstance(wanted, list) or not wanted:
        raise invalid_arguments("files must be a list of objects with an id")
    files = [_finish(world, item) for item in wanted]
    channels = [c for c in [args.get("channel_id"), *str(args.get("channels") or "").split(",")] if c]
    for channel_id in channels:
        _share(world, str(channel_id), files, args)
    return {"files": [shapes.file_object(world.state, f) for f in files]}


def _finish(world: World, item: JsonObject) -> File:
    file = world.state.files.get(str(item.get("id")))
    if file is None or not file.uploaded:
        raise SlackError("file_not_found")
    file.title, file.done = str(item.get("title") or file.name), True
    return file


def _share(world: World, channel_id: str, files: list[File], args: JsonObject) -> None:
    channel = posting.app_channel(world, channel_id)
    thread_ts = args.get("thread_ts")
    root = posting.thread_root(world, channel, str(thread_ts)) if thread_ts else None
    for file in files:
        file.channels.append(channel.id)
    message = Message(
        world.state.new_ts(), channel.id, world.state.app.user_id, str(args.get("initial_comment") or ""),
        thread_ts=root, is_app=True, files=[f.id for f in files],
    )  # fmt: skip
    posting.post(world, message)


def info(world: World, args: JsonObject) -> JsonObject:
    """files.info."""
    file = world.state.files.get(need_text(args, "file"))
    if file is None or not file.done or not _is_shared_with_app(world, file):
        raise SlackError("file_not_found")
    return {"file": shapes.file_object(world.state, file), "comments": []}
