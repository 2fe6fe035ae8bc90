"""Files that people attach: their way in from the page, and their way out to people's browsers.

The app fetches them elsewhere, with its token (methods/files). A file opened here never runs: only pictures that cannot
carry script are shown in place, everything else is a download.
"""

import base64
import binascii
from urllib.parse import quote

from aiohttp import web

from sandbox.workspace import shapes
from sandbox.workspace.control import actor_of, required
from sandbox.workspace.limits import MESSAGE_FILES_MAX, UPLOAD_MAX_BYTES
from sandbox.workspace.records import Channel, File, User
from sandbox.workspace.wire import ControlError, JsonObject
from sandbox.workspace.world import World

SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
NAME_MAX_CHARS = 255
_TOO_LARGE = f"A file holds at most {UPLOAD_MAX_BYTES // 1024 // 1024} MB here."


async def receive(world: World, request: web.Request) -> web.StreamResponse:
    """`POST /control/upload?as=U1&name=notes.txt`: the bytes as the body; answers `{file}`, to be sent by its id."""
    me = actor_of(world, dict(request.query))
    if (request.content_length or 0) > UPLOAD_MAX_BYTES:
        raise ControlError(_TOO_LARGE, 413)
    file = keep(world, me, required(dict(request.query), "name"), await request.read())
    return web.json_response({"ok": True, "file": shapes.file_object(world.state, file)})


def keep(world: World, me: User, name: str, content: bytes) -> File:
    """Store a person's file, not shared with anybody yet. Raises ControlError."""
    if len(content) > UPLOAD_MAX_BYTES:
        raise ControlError(_TOO_LARGE, 413)
    name = name.replace("\\", "/").rpartition("/")[2].strip()[:NAME_MAX_CHARS]
    if not name:
        raise ControlError("A file needs a name.")
    file = File(world.state.new_id("F"), name, name, len(content), content, uploaded=True, user=me.id)
    file.created = int(world.state.clock())
    world.state.files[file.id] = file
    return file


def attach(world: World, me: User, channel: Channel, args: JsonObject) -> list[str]:
    """The ids of the files that go with a message: `{id}` of an upload, or `{name, content | content_base64}`."""
    given = args.get("files") or []
    if not isinstance(given, list) or not all(isinstance(f, dict) and (f.get("id") or f.get("name")) for f in given):
        raise ControlError("files must be a list of {id}, or of {name, content}.")
    if len(given) > MESSAGE_FILES_MAX:
        raise ControlError(f"A message takes at most {MESSAGE_FILES_MAX} files.")
    files = [_taken(world, me, item) for item in given]
    for file in files:
        file.done = True
        file.channels.append(channel.id)
    return [file.id for file in files]


def _taken(world: World, me: User, item: JsonObject) -> File:
    if item.get("id"):
        file = world.state.files.get(str(item["id"]))
        if file is None or file.user != me.id or not file.uploaded:
            raise ControlError("There is no such file of yours.", 404)
        return file
    return keep(world, me, str(item["name"]), _content(item))


def _content(item: JsonObject) -> bytes:
    if "content_base64" not in item:
        return str(item.get("content") or "").encode()
    try:
        return base64.b64decode(str(item["content_base64"]), validate=True)
    except binascii.Error:
        raise ControlError("content_base64 is not base64.") from None


def show(world: World, request: web.Request) -> web.StreamResponse:
    """`GET /control/file?as=U1&id=F1`: the bytes, for whoever is in a channel it was shared in, and for its owner."""
    me = actor_of(world, dict(request.query))
    file = world.state.files.get(required(dict(request.query), "id"))
    if file is None or not file.uploaded or not _may_see(world, me, file):
        raise ControlError("There is no such file for you.", 404)
    return web.Response(body=file.content, headers=headers_of(file))


def _may_see(world: World, me: User, file: File) -> bool:
    return me.id == file.user or any(me.id in world.state.channels[channel].members for channel in file.channels)


def headers_of(file: File) -> dict[str, str]:
    """Headers under which no content can run: a picture in place, the rest to be saved."""
    kind = shapes.mimetype(file.name)
    way = "inline" if kind in SHOWN else "attachment"
    return {
        "Content-Type": kind if kind in SHOWN else "application/octet-stream",
        "Content-Disposition": f"{way}; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=3600",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
