"""“Ask about this”, in a message's menu: a form, then a question in the message's thread or for its asker alone."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from budget.outcome import No as NotOurs
from handlers.slack.answering import attached
from handlers.slack.answering.worker import Worker
from handlers.slack.asking import membership
from handlers.slack.asking.costly import offered_to
from handlers.slack.asking.placing import without_a_message
from handlers.slack.asking.questions import is_visible, plain_text
from handlers.slack.asking.threads import read_message
from handlers.slack.desk import Desk
from handlers.slack.identity import clean
from handlers.slack.views import about as view
from handlers.slack.views.about import About
from handlers.slack.views.asked import about as with_quote
from handlers.slack.views.asked import asked_in
from handlers.slack.wire.faults import No
from handlers.slack.wire.late import Late
from handlers.slack.wire.line import call
from handlers.slack.wire.posting import words_of
from store.asks import NewAsk
from store.database import Unavailable

log = structlog.get_logger(__name__)

CALLBACK = "ask_about"  # of the shortcut in manifest.yml
LOOK_S = 1.0  # before the form opens, and again before it closes: Slack waits for 3 s each time
QUOTED_CHARS = 5_000  # of the message, for an answer that has no thread to read it from
POINTED_CHARS = 300  # of a message in the thread that is read anyway

Response = dict[str, Any]


def register(app: AsyncApp, desk: Desk, worker: Worker) -> Late:
    """The shortcut is acknowledged at once; a form is, once its question is written down, however often it comes."""
    late = Late()

    async def on_shortcut(body: Mapping[str, Any], ack: AsyncAck) -> None:
        late.start(open_form(desk, body))
        await ack()

    async def on_submit(body: Mapping[str, Any], ack: AsyncAck) -> None:
        await ack(**await submitted(desk, worker, body))

    app.shortcut(CALLBACK)(on_shortcut)
    app.view(view.FORM)(on_submit)
    return late


async def open_form(desk: Desk, body: Mapping[str, Any]) -> None:
    """The form; should it not open, Slack has told whoever waits for it."""
    try:
        about = await about_of(desk, body)
        thread = await _may_post(desk, about.channel_id) if about.is_channel else None
        offered = await offered_to(desk, str((body.get("user") or {}).get("id")))
        shown = view.form(about, list(offered.all), thread=thread)
        trigger_id = str(body["trigger_id"])
        opened = await call(
            desk.limits, "views.open", lambda: desk.client.views_open(trigger_id=trigger_id, view=shown)
        )
        if isinstance(opened, No):
            log.warning("form not opened", error=opened.error)
    except Exception:
        log.exception("form not opened")


async def about_of(desk: Desk, body: Mapping[str, Any]) -> About:
    """The message that was chosen, in plain words."""
    message, channel = body.get("message") or {}, body.get("channel") or {}
    channel_id, ts, text = str(channel.get("id")), str(message.get("ts")), words(message, desk.bot_user_id)
    return About(
        channel_id, ts, str(message.get("thread_ts") or ts), await _author(desk, message), text[: view.CARRIED_CHARS],
        len(text) > view.CARRIED_CHARS, files_of(message),
        is_channel=membership.is_channel(channel_id, str(channel.get("name"))),
    )  # fmt: skip


def files_of(message: Mapping[str, Any]) -> str | None:
    """What is attached; of many files little more than their ids, so that they and the text have room in the form."""
    recorded = attached.record(message)
    return attached.pointers(recorded) if recorded and len(recorded) > view.FILES_CHARS else recorded


def words(message: Mapping[str, Any], bot_user_id: str) -> str:
    """What a message says, ours included."""
    posted = asked_in(message, bot_user_id)
    if posted:
        return posted.text
    return (
        words_of(message)
        if message.get("user") == bot_user_id
        else plain_text(str(message.get("text") or ""), bot_user_id)
    )


async def _author(desk: Desk, message: Mapping[str, Any]) -> str:
    named = message.get("username") or (message.get("bot_profile") or {}).get("name")
    if named or not message.get("user"):
        return clean(named) or "an app"
    try:
        async with asyncio.timeout(LOOK_S):
            return await desk.identity.name(str(message["user"]))
    except TimeoutError:
        return "someone"


async def _may_post(desk: Desk, channel_id: str) -> bool:
    """As far as Slack says so soon; the form is read again when it is sent."""
    try:
        async with asyncio.timeout(LOOK_S):
            room = await membership.look(desk, channel_id)
    except TimeoutError:
        return False
    return not isinstance(room, No) and room.open


async def submitted(desk: Desk, worker: Worker, body: Mapping[str, Any]) -> Response:
    """What becomes of the form that was sent: nothing more to say, or what to change in it."""
    try:
        return await _submitted(desk, worker, body)
    except Unavailable as away:
        log.warning("database is away", what="a form", reason=str(away))
        return _no(view.QUESTION, view.AWAY)
    except Exception:
        reference = desk.new_id()
        log.exception("form failed", reference=reference)
        return _no(view.QUESTION, view.FAULT.format(reference=reference))


async def _submitted(desk: Desk, worker: Worker, body: Mapping[str, Any]) -> Response:
    sent, user_id = body["view"], str(body["user"]["id"])
    question, where, model = view.entered(sent)
    if not any(map(is_visible, question)):
        return _no(view.QUESTION, view.NO_WORDS)
    who = await desk.identity.who(user_id)
    if isinstance(who, NotOurs):
        return _no(view.QUESTION, who.sentence)
    about, happening = view.brought(str(sent["private_metadata"])), f"view:{sent['id']}"
    if where == view.THREAD:
        problem = await _problem(desk, about.channel_id, user_id)
        if problem:
            return _no(view.WHERE, problem)
        new = _in_thread(desk, happening, user_id, question, about, model)
    else:
        new = await _alone(desk, happening, user_id, question, about, model)
    await worker.take(new)
    return {}


async def _problem(desk: Desk, channel_id: str, user_id: str) -> str | None:
    """Why nothing can be posted there for someone: both of us have to be in the channel."""
    try:
        async with asyncio.timeout(2 * LOOK_S):
            room, is_member = await asyncio.gather(
                membership.look(desk, channel_id), membership.has(desk, channel_id, user_id)
            )
    except TimeoutError:
        return view.SLACK_AWAY
    if isinstance(room, No):
        return view.SLACK_AWAY
    if not room.open:
        return view.NOT_IN
    return view.SLACK_AWAY if isinstance(is_member, No) else None if is_member else view.NO_MEMBER


def _in_thread(desk: Desk, happening: str, user_id: str, question: str, about: About, model: str | None) -> NewAsk:
    """In the thread, which is read with it: only a reply has to be pointed at."""
    is_reply = about.thread_ts != about.message_ts
    text = with_quote(question, about.author, about.text, POINTED_CHARS) if is_reply else question
    thread = (about.channel_id, about.thread_ts)
    return without_a_message(desk, happening, user_id, text, thread=thread, files=about.files, wanted_model=model)


async def _alone(desk: Desk, happening: str, user_id: str, question: str, about: About, model: str | None) -> NewAsk:
    """For the asker alone: with the message, as whole as it can be had."""
    whole = await _whole(desk, about) if about.cut else about.text
    text = with_quote(question, about.author, whole, QUOTED_CHARS)
    return without_a_message(
        desk, happening, user_id, text, asked_in=(about.channel_id, about.thread_ts) if about.is_channel else None,
        files=about.files, wanted_model=model,
    )  # fmt: skip


async def _whole(desk: Desk, about: About) -> str:
    """A message that was too long for the form, read again where we may; else as far as the form had it."""
    try:
        async with asyncio.timeout(LOOK_S):
            message = await read_message(desk, about.channel_id, about.thread_ts, about.message_ts)
    except TimeoutError:
        message = None
    return words(message, desk.bot_user_id) if message else f"{about.text} …"


def _no(block_id: str, sentence: str) -> Response:
    return {"response_action": "errors", "errors": {block_id: sentence}}
