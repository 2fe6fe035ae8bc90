"""Slack's JSON for people, channels, messages and views."""

from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.workspace import filetypes, text
from sandbox.workspace.records import Channel, File, Message, User, View
from sandbox.workspace.state import State
from sandbox.workspace.wire import JsonObject

GUESTS = ("guest", "single-channel guest")  # roles in the workspace itself; of one of them Slack sets both flags


def user_object(state: State, user: User) -> JsonObject:
    """A user as `users.info` gives it."""
    foreign = user.team_id != state.team_id
    shape: JsonObject = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "color": user.color,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": _offset_s(user.tz, state.clock()),
        "profile": _profile(user),
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": user.updated,
    }
    if foreign:
        return shape | {"is_stranger": True}
    admin = user.role == "admin"
    return shape | {
        "is_admin": admin, "is_owner": False, "is_primary_owner": False, "is_restricted": user.role in GUESTS,
        "is_ultra_restricted": user.role == GUESTS[1],
    }  # fmt: skip


def _offset_s(zone: str, at: float) -> int:
    try:
        offset = datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset()
    except (ValueError, ZoneInfoNotFoundError):
        return 0
    return int(offset.total_seconds()) if offset else 0


def _profile(user: User) -> JsonObject:
    first, _, last = user.real_name.partition(" ")
    return {
        "title": user.title,
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "first_name": first,
        "last_name": last,
        "team": user.team_id,
    } | ({"email": user.email} if user.email else {})


def channel_object(state: State, channel: Channel) -> JsonObject:
    """A conversation as `conversations.info` gives it, seen by the app."""
    if channel.kind != "channel":
        return _im_object(state, channel)
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created,
        "creator": channel.members[0] if channel.members else "",
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": False,
        "is_general": channel.name == "general",
        "is_ext_shared": is_shared(state, channel),
        "is_shared": is_shared(state, channel),
        "is_member": state.app.user_id in channel.members,
        "context_team_id": state.team_id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def _im_object(state: State, channel: Channel) -> JsonObject:
    others = [m for m in channel.members if m != state.app.user_id]
    return {
        "id": channel.id, "created": channel.created, "is_im": True, "is_org_shared": False, "is_archived": False,
        "user": others[0] if others else "", "context_team_id": state.team_id, "priority": 0,
    }  # fmt: skip


def is_shared(state: State, channel: Channel) -> bool:
    """True when someone of another organisation is in the channel."""
    return any(state.users[m].team_id != state.team_id for m in channel.members if m in state.users)


def channel_type(channel: Channel) -> str:
    """The `channel_type` of message events."""
    if channel.kind != "channel":
        return "im"
    return "group" if channel.is_private else "channel"


def message_object(state: State, message: Message, *, with_metadata: bool = True) -> JsonObject:
    """A message as the Web API and events carry it; text alone gets the rich_text block Slack makes of it."""
    shape: JsonObject = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": state.users[message.user].team_id if message.user in state.users else state.team_id,
        "blocks": message.blocks or ([text.rich_text(message.text)] if message.text else []),
    }
    if message.deleted:
        return shape | {"subtype": "tombstone", "hidden": True} | thread_fields(state, message)
    if message.is_app:
        shape |= {"bot_id": state.app.bot_id, "app_id": state.app.app_id, "bot_profile": bot_profile(state)}
    elif (sender := state.users.get(message.user)) is not None and sender.is_bot:
        shape["bot_id"] = bot_id(sender)
    if message.client_msg_id:
        shape["client_msg_id"] = message.client_msg_id
    if message.attachments:
        shape["attachments"] = message.attachments
    if message.files:
        shape["files"] = [file_object(state, state.files[f]) for f in message.files]
    if message.edited_ts:
        shape["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.metadata is not None and with_metadata:
        shape["metadata"] = message.metadata
    if message.reactions:
        shape["reactions"] = reaction_list(message)
    return shape | thread_fields(state, message)


def bot_id(user: User) -> str:
    """The bot_id that goes with another bot's user id."""
    return f"B{user.id[1:]}"


def thread_fields(state: State, message: Message) -> JsonObject:
    """`thread_ts`, reply counts and the like."""
    if message.is_reply and message.thread_ts:
        parent = state.messages[message.channel].get(message.thread_ts)
        fields: JsonObject = {"thread_ts": message.thread_ts}
        if parent is not None:
            fields["parent_user_id"] = parent.user
        if message.broadcast:
            fields["subtype"] = "thread_broadcast"
        return fields
    replies = [r for r in state.replies(message.channel, message.ts) if r.ephemeral_for is None]
    if not replies:
        return {}
    users = list(dict.fromkeys(r.user for r in replies))
    return {
        "thread_ts": message.ts, "reply_count": len(replies), "reply_users": users, "reply_users_count": len(users),
        "latest_reply": replies[-1].ts, "is_locked": False, "subscribed": False,
    }  # fmt: skip


def reaction_list(message: Message) -> list[JsonObject]:
    """Reactions with who gave them."""
    return [{"name": n, "users": list(u), "count": len(u)} for n, u in message.reactions.items()]


def bot_profile(state: State) -> JsonObject:
    """The `bot_profile` of the app's messages."""
    return {
        "id": state.app.bot_id, "app_id": state.app.app_id, "user_id": state.app.user_id, "name": state.app.name,
        "deleted": False, "updated": 0, "team_id": state.team_id,
    }  # fmt: skip


def view_object(state: State, view: View) -> JsonObject:
    """A view as `views.open` answers it and payloads carry it."""
    body = view.body
    empty = {"type": "plain_text", "text": "", "emoji": True}
    return {
        "id": view.id,
        "team_id": state.team_id,
        "type": body["type"],
        "blocks": body.get("blocks", []),
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "external_id": body.get("external_id", ""),
        "title": body.get("title", empty),
        "submit": body.get("submit"),
        "close": body.get("close"),
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "submit_disabled": bool(body.get("submit_disabled")),
        "state": {"values": view.values},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "app_id": state.app.app_id,
        "app_installed_team_id": state.team_id,
        "bot_id": state.app.bot_id,
    }


def mimetype(name: str) -> str:
    """The media type that a file's name stands for."""
    return filetypes.kind_of(name)[2]


def file_object(state: State, file: File) -> JsonObject:
    """A file as `files.info` and messages give it (docs.slack.dev/reference/objects/file-object)."""
    filetype, pretty_type, kind = filetypes.kind_of(file.name)
    url = f"{state.base_url}/files-pri/{state.team_id}-{file.id}"
    name = quote(file.name.lower(), safe="")
    shape: JsonObject = {
        "id": file.id, "created": file.created, "timestamp": file.created, "name": file.name, "title": file.title,
        "mimetype": kind, "filetype": filetype, "pretty_type": pretty_type, "user": file.user or state.app.user_id,
        "user_team": state.team_id, "size": file.length, "mode": "hosted", "editable": False, "is_external": False,
        "external_type": "", "is_public": any(not state.channels[c].is_private for c in _shared_in(state, file)),
        "public_url_shared": False, "display_as_bot": False, "username": "", "channels": list(file.channels),
        "url_private": f"{url}/{name}", "url_private_download": f"{url}/download/{name}",
        "permalink": f"{state.base_url}/files/{file.user or state.app.user_id}/{file.id}/{name}",
        "file_access": "visible", "has_rich_preview": False,
    }  # fmt: skip
    size = filetypes.picture_size(file.content) if kind.startswith("image/") else None
    return shape if size is None else shape | {"original_w": size[0], "original_h": size[1]} | _thumb(shape, size)


def _shared_in(state: State, file: File) -> list[str]:
    return [c for c in file.channels if state.channels[c].kind == "channel"]


def _thumb(shape: JsonObject, size: tuple[int, int]) -> JsonObject:
    """Slack makes small copies of pictures; here the picture itself stands in for them."""
    return {"thumb_360": shape["url_private"], "thumb_360_w": size[0], "thumb_360_h": size[1]}
