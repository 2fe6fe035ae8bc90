"""The payloads of commands and interactions (docs.slack.dev/reference/interaction-payloads)."""

import secrets

from sandbox.workspace import shapes
from sandbox.workspace.records import Channel, Message, ResponseUrl, User, View
from sandbox.workspace.state import State
from sandbox.workspace.wire import JsonObject
from sandbox.workspace.world import World


def response_url(world: World, url: ResponseUrl) -> str:
    """Issue a response_url."""
    key = secrets.token_urlsafe(18)
    world.state.response_urls[key] = url
    return f"{world.state.base_url}/respond/{key}"


def _common(state: State, user: User) -> JsonObject:
    return {
        "team": {"id": state.team_id, "domain": state.domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": state.app.app_id,
        "token": state.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _channel(channel: Channel) -> JsonObject:
    return {"id": channel.id, "name": channel_name(channel)}


def channel_name(channel: Channel) -> str:
    """The name in payloads; every DM is called directmessage."""
    return channel.name if channel.kind == "channel" else "directmessage"


def command(
    world: World, user: User, channel: Channel, name: str, words: str, trigger_id: str, thread_ts: str | None
) -> JsonObject:
    """A slash command. Slack sends no thread_ts with it; here its answers go to the thread it was typed in."""
    state = world.state
    url = ResponseUrl(channel.id, user.id, state.clock(), thread_ts=thread_ts)
    return {
        "token": state.verification_token,
        "team_id": state.team_id,
        "team_domain": state.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": words,
        "api_app_id": state.app.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url(world, url),
        "trigger_id": trigger_id,
    }


def message_action(world: World, user: User, message: Message, action: JsonObject, trigger_id: str) -> JsonObject:
    """block_actions from a message. From an ephemeral one the message itself is left out, as Slack does."""
    state = world.state
    channel = state.channels[message.channel]
    ephemeral = message.ephemeral_for is not None
    container: JsonObject = {
        "type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": ephemeral,
    }  # fmt: skip
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    url = ResponseUrl(channel.id, user.id, state.clock(), message.ts)
    body = _common(state, user) | {
        "type": "block_actions",
        "container": container,
        "trigger_id": trigger_id,
        "channel": _channel(channel),
        "state": {"values": {}},
        "response_url": response_url(world, url),
        "actions": [action],
    }
    return body if ephemeral else body | {"message": shapes.message_object(state, message)}


def view_action(world: World, user: User, view: View, action: JsonObject, trigger_id: str) -> JsonObject:
    """block_actions from a modal or the Home tab."""
    return _common(world.state, user) | {
        "type": "block_actions",
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": shapes.view_object(world.state, view),
        "actions": [action],
    }


def suggestion(
    world: World, user: User, place: Message | View, found: tuple[JsonObject, JsonObject], typed: str
) -> JsonObject:
    """block_suggestion: an external select asks for its choices."""
    block, element = found
    body = _common(world.state, user) | {
        "type": "block_suggestion", "action_id": element["action_id"], "block_id": block["block_id"], "value": typed,
    }  # fmt: skip
    if isinstance(place, View):
        container = {"type": "view", "view_id": place.id}
        return body | {"container": container, "view": shapes.view_object(world.state, place)}
    channel = world.state.channels[place.channel]
    container = {"type": "message", "message_ts": place.ts, "channel_id": channel.id}
    return body | {"container": container, "channel": _channel(channel)}


def view_submission(world: World, user: User, view: View, trigger_id: str) -> JsonObject:
    """view_submission."""
    return _common(world.state, user) | {
        "type": "view_submission",
        "trigger_id": trigger_id,
        "view": shapes.view_object(world.state, view),
        "response_urls": [],
    }


def view_closed(world: World, user: User, view: View, *, is_cleared: bool) -> JsonObject:
    """view_closed."""
    shape = shapes.view_object(world.state, view)
    return _common(world.state, user) | {"type": "view_closed", "view": shape, "is_cleared": is_cleared}


def message_shortcut(world: World, user: User, message: Message, callback_id: str, trigger_id: str) -> JsonObject:
    """message_action: a shortcut chosen from a message's menu."""
    state = world.state
    url = ResponseUrl(message.channel, user.id, state.clock())
    return _common(state, user) | {
        "type": "message_action",
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "action_ts": state.new_ts(),
        "message_ts": message.ts,
        "channel": _channel(state.channels[message.channel]),
        "message": shapes.message_object(state, message),
        "response_url": response_url(world, url),
    }
