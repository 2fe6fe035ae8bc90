"""`/respond/{id}`: response_url, five times within thirty minutes (docs.slack.dev, "Handling user interaction")."""

import json

from aiohttp import web

from sandbox.workspace import limits, posting
from sandbox.workspace.methods.content import content_of
from sandbox.workspace.records import Message, ResponseUrl
from sandbox.workspace.wire import JsonObject, SlackError, flag
from sandbox.workspace.world import World


async def handle(world: World, request: web.Request) -> web.Response:
    """One use of a response_url. "ok", or Slack's JSON error with HTTP 404 (spent) or 400 (bad content)."""
    place = world.state.response_urls.get(request.match_info["id"])
    if place is None:
        return _no(404, "invalid_url")
    if world.state.clock() - place.made_at > world.timing.response_url_life_s:
        return _no(404, "expired_url")
    if place.uses >= limits.RESPONSE_URL_USES_MAX:
        return _no(404, "used_url")
    try:
        body = json.loads(await request.text())
    except ValueError:
        return _no(400, "invalid_payload")
    if not isinstance(body, dict):
        return _no(400, "invalid_payload")
    place.uses += 1
    try:
        write(world, place, body)
    except SlackError as error:
        return _no(404 if error.code == "message_not_found" else 400, error.code)
    return web.Response(text="ok")


def _no(status: int, code: str) -> web.Response:
    return web.json_response({"ok": False, "error": code}, status=status)


def write(world: World, place: ResponseUrl, body: JsonObject) -> None:
    """Post, replace or delete as the body says; ephemeral unless `response_type` is in_channel.

    Raises SlackError for content Slack refuses, message_not_found when there is nothing to replace.
    """
    source = world.state.messages[place.channel].get(place.message_ts or "")
    if flag(body, "delete_original") or flag(body, "replace_original"):
        if source is None:
            raise SlackError("message_not_found")
        if flag(body, "delete_original"):
            posting.remove(world, source)
        else:
            _replace(world, source, body)
        return
    content = content_of(body)
    thread_ts = body.get("thread_ts") or place.thread_ts
    message = Message(
        world.state.new_ts(), place.channel, world.state.app.user_id, content.text, content.blocks, content.attachments,
        str(thread_ts) if thread_ts and thread_ts in world.state.messages[place.channel] else None, is_app=True,
        metadata=content.metadata, ephemeral_for=None if body.get("response_type") == "in_channel" else place.user,
    )  # fmt: skip
    posting.post(world, message)


def _replace(world: World, source: Message, body: JsonObject) -> None:
    content = content_of(body)
    previous = posting.snapshot(world, source)
    source.text, source.blocks, source.attachments = content.text, content.blocks, content.attachments
    source.has_own_blocks = bool(body.get("blocks"))
    posting.changed(world, source, previous)
