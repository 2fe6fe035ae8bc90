"""assistant.threads.* and agents.sessions.*: status lines, suggested prompts, titles, sessions."""

from sandbox.workspace import limits, posting
from sandbox.workspace.methods.content import parsed
from sandbox.workspace.records import Channel
from sandbox.workspace.wire import JsonObject, SlackError, invalid_arguments, need, need_text
from sandbox.workspace.world import World

SESSION_STATUSES = ("processing", "active", "suspended", "closed")
"""docs.slack.dev/ai/agent-sessions."""


def _channel(world: World, args: JsonObject) -> Channel:
    channel = world.state.channels.get(need_text(args, "channel_id"))
    if channel is None or world.state.app.user_id not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def set_status(world: World, args: JsonObject) -> JsonObject:
    """assistant.threads.setStatus; an empty status clears it."""
    channel = _channel(world, args)
    thread_ts = need_text(args, "thread_ts")
    if "status" not in args:
        raise invalid_arguments("missing required field: status")
    posting.set_status(world, channel.id, thread_ts, str(args["status"] or ""))
    return {}


def set_title(world: World, args: JsonObject) -> JsonObject:
    """assistant.threads.setTitle."""
    channel = _channel(world, args)
    world.state.session_of(channel.id, need_text(args, "thread_ts"))["title"] = need_text(args, "title")
    return {}


def set_suggested_prompts(world: World, args: JsonObject) -> JsonObject:
    """assistant.threads.setSuggestedPrompts: up to four `{title, message}`, for the Messages tab or a thread."""
    channel = _channel(world, args)
    prompts = parsed(args, "prompts")
    if not isinstance(prompts, list) or not all(_is_prompt(p) for p in prompts):
        raise invalid_arguments("prompts must be a list of objects with title and message")
    if len(prompts) > limits.PROMPTS_MAX:
        raise SlackError("too_many_prompts")
    if channel.kind != "app":
        raise SlackError("not_allowed")
    owner, title = channel.members[0], str(args.get("title") or "")
    world.state.prompts[owner] = (title, prompts)
    world.feed.to_one(owner, {"type": "prompts", "prompts": prompts, "title": title})
    return {}


def _is_prompt(prompt: object) -> bool:
    return isinstance(prompt, dict) and all(isinstance(prompt.get(n), str) and prompt[n] for n in ("title", "message"))


def set_session_status(world: World, args: JsonObject) -> JsonObject:
    """agents.sessions.setStatus: makes the session when it is missing; "processing" shows the stop button."""
    channel = _channel(world, args)
    status = need(args, "status")
    if status not in SESSION_STATUSES:
        raise SlackError("invalid_status")
    thread_ts = need_text(args, "thread_ts")
    is_new = (channel.id, thread_ts) not in world.state.sessions
    session = world.state.session_of(channel.id, thread_ts)
    session["status"] = status
    if is_new and args.get("title"):
        session["title"] = str(args["title"])[: limits.SESSION_TITLE_MAX_CHARS]
    posting.set_status(world, channel.id, thread_ts, "is working..." if status == "processing" else "")
    answer = {"status": status, "agent_status": status, "title": session["title"]}
    unheard = "agent_session_stopped" not in world.state.bot_events
    return answer | ({"warning": "missing_agent_session_stopped_event_subscription"} if unheard else {})
