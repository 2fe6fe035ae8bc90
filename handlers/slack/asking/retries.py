"""The button that asks again after a refusal or a failure: the question is read from Slack, since we keep no texts."""

import re
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from handlers.slack.answering.attached import of_post, record
from handlers.slack.answering.worker import Worker
from handlers.slack.asking.edits import edited_ts_of
from handlers.slack.asking.questions import model_named, question_of
from handlers.slack.asking.threads import read_message
from handlers.slack.desk import Desk
from handlers.slack.views.answers import RETRY
from handlers.slack.views.asked import asked_in
from handlers.slack.views.costly import ASKED_ALREADY
from store import asks
from store.asks import Ask, NewAsk
from store.database import Unavailable

log = structlog.get_logger(__name__)

ASK_ID = re.compile(r"[\w:.-]{1,64}", re.ASCII)
NOT_YOURS = "Only the person who asked can ask again."
ASKING = "Asked again: the answer comes in the thread."
AWAY = "The books cannot be reached just now, so nothing was asked. Try again in a minute."


def register(app: AsyncApp, desk: Desk, worker: Worker) -> None:
    """One more round for each ended ask, whoever clicks how often: the ask that it repeats is its key."""

    async def on_retry(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        user_id = str((body.get("user") or {}).get("id"))
        try:
            old = await ask_named(desk, str(action.get("value")))
            new = await again(desk, old, user_id)
            is_new = not isinstance(new, str) and await worker.take(new)
        except Unavailable as away:
            log.warning("database is away", what="a click", reason=str(away))
            new, is_new = AWAY, False
        await ack()
        if isinstance(new, str):
            await respond(text=new, response_type="ephemeral", replace_original=False)
        else:
            told = ASKING if is_new else ASKED_ALREADY
            await respond(text=told, response_type="ephemeral", replace_original=True)

    app.action(RETRY)(on_retry)


async def ask_named(desk: Desk, ask_id: str) -> Ask | None:
    """The ask that a button names, if there is one of that name. Raises Unavailable."""
    return await desk.house.database.read(lambda conn: asks.get(conn, ask_id)) if ASK_ID.fullmatch(ask_id) else None


async def again(
    desk: Desk, old: Ask | None, user_id: str, *, model: str | None = None, confirmed_micros: int | None = None,
    payer: str | None = None,
) -> NewAsk | str:  # fmt: skip
    """The next round of an ask, or a sentence that says why there is none.

    `model`: chosen by the click, which may have agreed to a bound; `payer`: the account that it wants to pay. What the
    click leaves open is as it was: the model, what was agreed to, who was to pay.
    The button stands only where no answer can be seen; a settled ask may have one as well, since what was paid for may
    never have been shown.
    """
    if old is None or old.asker_id != user_id or old.workspace_id != desk.workspace_id:
        return NOT_YOURS
    if old.state in asks.LIVE:
        return "This question is being answered just now."
    message = await read_message(desk, old.channel_id, old.thread_ts, old.message_ts)
    if message is None:
        return "I cannot read your question any more. Please write it again."
    wanted = model or _wanted(message, old, desk.bot_user_id)
    return NewAsk(
        id=desk.new_id(), workspace_id=old.workspace_id, event_id=f"again:{old.id}"[:64], channel_id=old.channel_id,
        message_ts=old.message_ts, thread_ts=old.thread_ts, client_msg_id=None, place=old.place,
        asker_id=old.asker_id, question=question_of(message, desk.bot_user_id),
        round=old.round + 1, files=record(message) or of_post(message, desk.bot_user_id),
        wanted_model=wanted, confirmed_micros=confirmed_micros if model else _agreed(old, wanted),
        wanted_payer=payer or old.wanted_payer,
        from_channel_id=old.from_channel_id, from_thread_ts=old.from_thread_ts, edited_ts=edited_ts_of(message),
    )  # fmt: skip


def _wanted(message: Mapping[str, Any], old: Ask, bot_user_id: str) -> str | None:
    """The model that the question names as it stands now (a post of ours leaves it out), or that a button named."""
    if asked_in(message, bot_user_id):
        return old.wanted_model
    by_button = old.wanted_model if old.round and old.outcome not in ("no model", "not allowed") else None
    return model_named(message, bot_user_id) or by_button


def _agreed(old: Ask, wanted: str | None) -> int | None:
    """What the asker has agreed to stays agreed until something was paid, for the model that it was agreed for."""
    return old.confirmed_micros if wanted == old.wanted_model and not old.cost_micros else None
