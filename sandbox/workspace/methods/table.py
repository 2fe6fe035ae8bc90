"""Every method the workspace knows, with its rate-limit tier and the scope it wants (each method's reference page)."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.workspace.methods import assistant, chat, conversations, files, people, reactions, streams, views
from sandbox.workspace.wire import JsonObject
from sandbox.workspace.world import World


@dataclass(frozen=True)
class Method:
    """`tier` 0 means no limit here; `scope` is one of several for some methods, the one this app would hold."""

    run: Callable[[World, JsonObject], JsonObject]
    tier: int
    scope: str = ""
    app_token: bool = False


METHODS: dict[str, Method] = {
    "api.test": Method(people.api_test, 4),
    "auth.test": Method(people.auth_test, 0),
    "apps.connections.open": Method(people.connections_open, 1, app_token=True),
    "chat.postMessage": Method(chat.post_message, 0, "chat:write"),
    "chat.postEphemeral": Method(chat.post_ephemeral, 4, "chat:write"),
    "chat.update": Method(chat.update, 3, "chat:write"),
    "chat.delete": Method(chat.delete, 3, "chat:write"),
    "chat.getPermalink": Method(chat.get_permalink, 0),
    "chat.startStream": Method(streams.start, 2, "chat:write"),
    "chat.appendStream": Method(streams.append, 4, "chat:write"),
    "chat.stopStream": Method(streams.stop, 2, "chat:write"),
    "conversations.info": Method(conversations.info, 3, "channels:read"),
    "conversations.list": Method(conversations.list_all, 2, "channels:read"),
    "conversations.history": Method(conversations.history, 3, "channels:history"),
    "conversations.replies": Method(conversations.replies, 3, "channels:history"),
    "conversations.members": Method(conversations.members, 4, "channels:read"),
    "conversations.open": Method(conversations.open_dm, 3, "im:write"),
    "conversations.join": Method(conversations.join, 3, "channels:join"),
    "users.info": Method(people.user_info, 4, "users:read"),
    "users.list": Method(people.user_list, 2, "users:read"),
    "users.lookupByEmail": Method(people.user_by_email, 3, "users:read.email"),
    "users.conversations": Method(conversations.of_user, 3, "channels:read"),
    "usergroups.list": Method(people.group_list, 2, "usergroups:read"),
    "usergroups.users.list": Method(people.group_users, 2, "usergroups:read"),
    "reactions.add": Method(reactions.add, 3, "reactions:write"),
    "reactions.remove": Method(reactions.remove, 2, "reactions:write"),
    "reactions.get": Method(reactions.get, 3, "reactions:read"),
    "views.open": Method(views.open_view, 4),
    "views.push": Method(views.push, 4),
    "views.update": Method(views.update, 4),
    "views.publish": Method(views.publish, 4),
    "assistant.threads.setStatus": Method(assistant.set_status, 4, "chat:write"),
    "assistant.threads.setTitle": Method(assistant.set_title, 3, "assistant:write"),
    "assistant.threads.setSuggestedPrompts": Method(assistant.set_suggested_prompts, 3, "assistant:write"),
    "agents.sessions.setStatus": Method(assistant.set_session_status, 3, "chat:write"),
    "files.getUploadURLExternal": Method(files.get_upload_url, 4, "files:write"),
    "files.completeUploadExternal": Method(files.complete, 4, "files:write"),
    "files.info": Method(files.info, 4, "files:read"),
    "bots.info": Method(people.bot_info, 3, "users:read"),
    "team.info": Method(people.team_info, 3, "team:read"),
}
"""Scopes are checked where the app's manifest lists them; see web_api."""
