"""What people do besides writing: commands, clicks, submitted and closed modals, shortcuts."""

from sandbox.workspace import blocks, payloads, posting, respond
from sandbox.workspace.elements import acted, block_state, found, missing_inputs
from sandbox.workspace.links import NoAnswer
from sandbox.workspace.methods import views
from sandbox.workspace.records import Channel, Message, ResponseUrl, User, View
from sandbox.workspace.wire import ControlError, JsonObject, SlackError
from sandbox.workspace.world import World


def command(world: World, user: User, channel: Channel, line: str, thread_ts: str | None) -> str:
    """Type a slash command; its reply (or Slack's complaint) appears where it was typed. Returns the trigger_id."""
    name, _, words = line.partition(" ")
    known = next((c for c in world.state.app.commands if c.command == name), None)
    if known is None:
        raise ControlError(f"{name} is not a command of this app.")
    trigger_id = world.state.new_trigger(user.id)
    payload = payloads.command(world, user, channel, name, words.strip(), trigger_id, thread_ts)
    world.in_background(_run_command(world, payload, thread_ts))
    return trigger_id


async def _run_command(world: World, payload: JsonObject, thread_ts: str | None) -> None:
    place = ResponseUrl(payload["channel_id"], payload["user_id"], world.state.clock(), thread_ts=thread_ts)
    try:
        answer = await world.hub.ask("slash_commands", payload)
    except NoAnswer as error:
        words = f'{payload["command"]} failed with the error "{error.code}"'
        _whisper(world, place, words)
        return
    if answer and (answer.get("text") or answer.get("blocks")):
        try:
            respond.write(world, place, answer)
        except SlackError as error:
            _whisper(world, place, f'{payload["command"]} failed with the error "{error.code}"')


def _whisper(world: World, place: ResponseUrl, words: str) -> None:
    """Slackbot's own ephemeral line."""
    ts = world.state.new_ts()
    message = Message(ts, place.channel, "USLACKBOT", words, thread_ts=place.thread_ts, ephemeral_for=place.user)
    posting.post(world, message)


def click_message(world: World, user: User, message: Message, wish: JsonObject) -> str:
    """Act on an element of a message. Returns the trigger_id."""
    action = acted(world, message.blocks, wish)
    trigger_id = world.state.new_trigger(user.id)
    world.in_background(_tell(world, payloads.message_action(world, user, message, action, trigger_id)))
    return trigger_id


def click_view(world: World, user: User, view: View, wish: JsonObject) -> str:
    """Act on an element of a modal or Home tab. Returns the trigger_id."""
    action = acted(world, view.body["blocks"], wish)
    held = view.values.get(action["block_id"], {}).get(action["action_id"])
    if held is not None:
        held.update({k: v for k, v in action.items() if k in held and k != "type"})
    trigger_id = world.state.new_trigger(user.id, view.id)
    world.in_background(_tell(world, payloads.view_action(world, user, view, action, trigger_id)))
    return trigger_id


async def suggestions(world: World, user: User, place: Message | View, wish: JsonObject) -> list[JsonObject]:
    """What the app offers in an external select for what is typed (block_suggestion). Raises ControlError."""
    among = place.blocks if isinstance(place, Message) else place.body["blocks"]
    payload = payloads.suggestion(world, user, place, found(among, wish), str(wish.get("value") or ""))
    try:
        answer = await world.hub.ask("interactive", payload)
    except NoAnswer as error:
        raise ControlError(f"The app offered no choices ({error.code}).", 409) from None
    return blocks.options_of(answer or {})


def shortcut(world: World, user: User, message: Message, callback_id: str) -> str:
    """Choose a message shortcut. Returns the trigger_id."""
    trigger_id = world.state.new_trigger(user.id)
    world.in_background(_tell(world, payloads.message_shortcut(world, user, message, callback_id, trigger_id)))
    return trigger_id


async def _tell(world: World, payload: JsonObject) -> None:
    try:
        await world.hub.ask("interactive", payload)
    except NoAnswer as error:
        told = {"type": "unanswered", "error": error.code, "action": payload["type"]}
        world.feed.to_one(payload["user"]["id"], told)


async def submit(world: World, user: User, view: View, values: JsonObject) -> JsonObject:
    """Submit a modal: `{closed, errors?}`. Slack's client itself refuses empty required inputs."""
    for block_id, actions in values.items():
        view.values.setdefault(block_id, {}).update(block_state(world, view, block_id, actions))
    errors = missing_inputs(view)
    if errors:
        return {"closed": False, "errors": errors}
    trigger_id = world.state.new_trigger(user.id, view.id)
    try:
        answer = await world.hub.ask("interactive", payloads.view_submission(world, user, view, trigger_id))
    except NoAnswer as error:
        raise ControlError(f"The app did not take the form ({error.code}).", 409) from None
    return _after_submit(world, view, answer or {})


def _after_submit(world: World, view: View, answer: JsonObject) -> JsonObject:
    action = answer.get("response_action")
    try:
        if action == "errors":
            known = {b["block_id"] for b in view.body["blocks"]}
            errors = {k: v for k, v in (answer.get("errors") or {}).items() if k in known}
            if not errors:
                raise ControlError("The app answered with errors for blocks that are not in the form.", 409)
            return {"closed": False, "errors": errors}
        if action == "update":
            views.show(
                world, views.replace(world, view, views.checked_body(answer.get("view"), "modal")), "view_updated"
            )
            return {"closed": False}
        if action == "push":
            body = views.checked_body(answer.get("view"), "modal")
            views.show(world, views.push_over(world, view, body), "view_opened")
            return {"closed": False}
    except SlackError as error:
        raise ControlError(f"The app's answer was refused ({error.code}).", 409) from None
    if action == "clear":
        views.close_all(world, view.user)
    else:
        views.close(world, view)
    return {"closed": True}


def close(world: World, user: User, view: View) -> None:
    """Close a modal by hand; apps that asked for it are told."""
    views.close(world, view)
    if view.body.get("notify_on_close"):
        world.in_background(_tell(world, payloads.view_closed(world, user, view, is_cleared=False)))
