"""Events API payloads, and which of them the app is subscribed to."""

import secrets

from sandbox.workspace import shapes, text
from sandbox.workspace.records import Channel, Message, User
from sandbox.workspace.seeds import Group
from sandbox.workspace.wire import JsonObject
from sandbox.workspace.world import World

_MESSAGE_EVENT = {"im": "message.im", "channel": "message.channels", "group": "message.groups"}


def fire(world: World, event: JsonObject, *, subscription: str | None = None) -> None:
    """Wrap an event and hand it to the sockets, if the app subscribed to it (by its type unless named otherwise)."""
    if (subscription or event["type"]) in world.state.bot_events:
        world.hub.send_event(callback(world, event))


def callback(world: World, event: JsonObject) -> JsonObject:
    """The outer envelope of docs.slack.dev, "The Events API", with its `authorizations`."""
    state = world.state
    channel = state.channels.get(str(event.get("channel")))
    return {
        "token": state.verification_token,
        "team_id": state.team_id,
        "context_team_id": state.team_id,
        "context_enterprise_id": None,
        "api_app_id": state.app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": state.new_id("Ev"),
        "event_time": int(state.clock()),
        "authorizations": [{
            "enterprise_id": None, "team_id": state.team_id, "user_id": state.app.user_id, "is_bot": True,
            "is_enterprise_install": False,
        }],
        "is_ext_shared_channel": channel is not None and shapes.is_shared(state, channel),
        "event_context": f"4-{secrets.token_hex(24)}",
    }  # fmt: skip


def message_posted(world: World, channel: Channel, message: Message) -> None:
    """Tell the app of a new message: as `app_mention` where it is mentioned in a channel, and as `message` too.

    Slack sends no `app_mention` for a DM with the app, and none for the app's own words.
    """
    state = world.state
    if message.ephemeral_for is not None or state.app.user_id not in channel.members:
        return
    if _mentions_app(world, message) and channel.kind == "channel":
        fire(world, _mention_event(world, channel, message))
    kind = shapes.channel_type(channel)
    fire(world, _message_event(world, channel, message), subscription=_MESSAGE_EVENT[kind])


def _mentions_app(world: World, message: Message) -> bool:
    return not message.is_app and world.state.app.user_id in text.mentioned_users(message.text)


def _mention_event(world: World, channel: Channel, message: Message) -> JsonObject:
    event = _message_event(world, channel, message)
    del event["channel_type"]
    event.pop("subtype", None)
    return event | {"type": "app_mention"}


def _message_event(world: World, channel: Channel, message: Message) -> JsonObject:
    event = shapes.message_object(world.state, message)
    sender = world.state.users.get(message.user)
    if sender is not None and sender.team_id != world.state.team_id:
        event |= {"user_team": sender.team_id, "source_team": sender.team_id}
    if message.files and not message.is_app:
        event |= {"subtype": "file_share", "upload": False}
    return event | {"channel": channel.id, "event_ts": message.ts, "channel_type": shapes.channel_type(channel)}


def message_changed(world: World, channel: Channel, message: Message, previous: JsonObject) -> None:
    """Tell the app of an edit."""
    _changed(world, channel, "message_changed", message, {"previous_message": previous})


def message_deleted(world: World, channel: Channel, message: Message) -> None:
    """Tell the app that a message is gone."""
    previous = shapes.message_object(world.state, message)
    _changed(world, channel, "message_deleted", None, {"previous_message": previous, "deleted_ts": message.ts})


def _changed(world: World, channel: Channel, subtype: str, message: Message | None, more: JsonObject) -> None:
    if world.state.app.user_id not in channel.members:
        return
    kind = shapes.channel_type(channel)
    ts = world.state.new_ts()
    event: JsonObject = {
        "type": "message", "subtype": subtype, "channel": channel.id, "ts": ts, "event_ts": ts, "hidden": True,
        "channel_type": kind, **more,
    }  # fmt: skip
    if message is not None:
        event["message"] = shapes.message_object(world.state, message)
    fire(world, event, subscription=_MESSAGE_EVENT[kind])


def home_opened(world: World, user_id: str, tab: str) -> None:
    """Tell the app that someone looks at its Home or Messages tab."""
    state = world.state
    event: JsonObject = {
        "type": "app_home_opened", "user": user_id, "channel": state.app_dm(user_id).id, "tab": tab,
        "event_ts": state.new_ts(),
    }  # fmt: skip
    if tab == "home" and user_id in state.homes:
        event["view"] = shapes.view_object(state, state.homes[user_id])
    fire(world, event)


def user_saved(world: World, user: User, *, is_new: bool) -> None:
    """Tell the app of a new or changed person; strangers of other organisations change unseen."""
    if user.team_id != world.state.team_id:
        return
    kind = "team_join" if is_new else "user_change"
    event: JsonObject = {"type": kind, "user": shapes.user_object(world.state, user), "event_ts": world.state.new_ts()}
    if kind == "user_change":
        event |= {"cache_ts": int(world.state.clock())}
    fire(world, event)


def group_changed(world: World, group: Group, before: tuple[str, ...]) -> None:
    """Tell the app who came into a user group and who left it."""
    added, removed = [m for m in group.members if m not in before], [m for m in before if m not in group.members]
    event: JsonObject = {
        "type": "subteam_members_changed", "subteam_id": group.id, "team_id": world.state.team_id,
        "date_previous_update": 0, "date_update": int(world.state.clock()), "added_users": added,
        "added_users_count": len(added), "removed_users": removed, "removed_users_count": len(removed),
        "event_ts": world.state.new_ts(),
    }  # fmt: skip
    fire(world, event)


def session_stopped(world: World, user_id: str, channel_id: str, thread_ts: str, streams: list[str]) -> None:
    """Tell the app that someone pressed stop (docs.slack.dev/reference/events/agent_session_stopped)."""
    event: JsonObject = {
        "type": "agent_session_stopped", "user": user_id, "channel": channel_id, "thread_ts": thread_ts,
        "streaming_message_ts": streams, "event_ts": world.state.new_ts(),
    }  # fmt: skip
    fire(world, event)


def reacted(world: World, user_id: str, message: Message, name: str, *, added: bool) -> None:
    """Tell the app of a reaction."""
    event: JsonObject = {
        "type": "reaction_added" if added else "reaction_removed", "user": user_id, "reaction": name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts}, "item_user": message.user,
        "event_ts": world.state.new_ts(),
    }  # fmt: skip
    fire(world, event)
