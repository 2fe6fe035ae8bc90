"""A question that came without a message, typed after a command or into a form, gets one: a post of ours.

It is written down first, so that Slack can be told that it arrived; whoever works on it posts it, once.
"""

import hashlib
from typing import Any

from budget.ask import TakenOver
from handlers.slack.answering import attached
from handlers.slack.answering.jobs import Job
from handlers.slack.asking import membership
from handlers.slack.desk import Desk
from handlers.slack.views import private as view
from handlers.slack.views.pieces import Reply
from handlers.slack.wire.faults import No, SlackDown
from handlers.slack.wire.line import call
from handlers.slack.wire.posting import post_once
from store import channels, messages
from store.asks import NewAsk

UNPLACED = "new:"  # begins the time of a message that is not there yet


def without_a_message(
    desk: Desk, happening: str, asker_id: str, question: str, *, thread: tuple[str, str] | None = None,
    asked_in: tuple[str, str | None] | None = None, files: str | None = None, wanted_model: str | None = None,
) -> NewAsk:  # fmt: skip
    """A question to be posted by us: in a thread (channel, ts), or else in the direct messages of its asker.

    `happening`: what makes it the same question however often it comes. `asked_in`: where a private one was asked.
    """
    key = hashlib.sha256(happening.encode()).hexdigest()
    channel_id, thread_ts = thread or (asker_id, None)
    from_channel_id, from_thread_ts = asked_in or (None, None)
    message_ts = f"{UNPLACED}{key}"[:32]
    return NewAsk(
        id=desk.new_id(), workspace_id=desk.workspace_id, event_id=event_of(happening), channel_id=channel_id,
        message_ts=message_ts, thread_ts=thread_ts or message_ts, client_msg_id=None,
        place="thread" if thread else "dm", asker_id=asker_id, question=question, files=files,
        wanted_model=wanted_model, from_channel_id=from_channel_id, from_thread_ts=from_thread_ts,
    )  # fmt: skip


def event_of(happening: str) -> str:
    """The event id under which such a question is written down."""
    return f"typed:{hashlib.sha256(happening.encode()).hexdigest()[:48]}"


def is_placed(message_ts: str) -> bool:
    """Whether a question has its message."""
    return not message_ts.startswith(UNPLACED)


async def counted_in(desk: Desk, job: Job) -> str:
    """The channel whose project pays, whose model answers, and what it is told there.

    Of a private ask that is the channel that it was asked in, if anything is set there and its asker is in it: work for
    a channel stays that channel's, whoever reads the answer. Else it is nobody's but the asker's.
    """
    asked_in = job.from_channel_id
    if asked_in is None:
        return job.channel_id
    found = await desk.house.database.look_up(lambda conn: channels.get(conn, desk.workspace_id, asked_in))
    is_plain = found.account_id is None and found.model is None and found.instructions is None
    return job.channel_id if is_plain or await membership.has(desk, asked_in, job.asker_id) is not True else asked_in


async def place(desk: Desk, job: Job) -> bool:
    """Post the question where its answer will stand, and write down where that is; False: Slack will not have it.

    Raises SlackDown, TakenOver and store.database.Unavailable: then it is for a later try.
    """
    posted = await _post(desk, job)
    if isinstance(posted, No):
        if posted.is_down:
            raise SlackDown(posted.error)
        job.place(job.channel_id, job.thread_ts, job.thread_ts)  # a thread that may have no reply shows no whisper
        return False
    channel_id, ts = posted
    thread_ts = ts if job.private else job.thread_ts
    mine = await desk.house.database.write(
        lambda conn: messages.place(
            conn, job.ask_id, job.attempt, channel_id=channel_id, message_ts=ts, thread_ts=thread_ts
        )
    )
    if not mine:
        raise TakenOver(job.ask_id)
    job.place(channel_id, ts, thread_ts)
    return True


async def _post(desk: Desk, job: Job) -> tuple[str, str] | No:
    files = attached.blocks(job.files)
    if not job.private:
        shown = view.asked(job.asker_id, job.text, files)
        sent = await _post_in(desk, job, job.channel_id, job.thread_ts, shown)
        return sent if isinstance(sent, No) else (job.channel_id, sent)
    opened = await call(desk.limits, "conversations.open", lambda: desk.client.conversations_open(users=job.asker_id))
    if isinstance(opened, No):
        return opened
    channel_id = str(opened["channel"]["id"])
    sent = await _post_in(desk, job, channel_id, None, view.root(job.asker_id, job.text, job.from_channel_id, files))
    return sent if isinstance(sent, No) else (channel_id, sent)


async def _post_in(desk: Desk, job: Job, channel_id: str, thread_ts: str | None, shown: Reply) -> str | No:
    where: dict[str, Any] = {"channel": channel_id} | ({"thread_ts": thread_ts} if thread_ts else {})
    return await post_once(
        desk.client, f"{job.ask_id}:question", look_first=job.attempt > 0, limits=desk.limits, sleep=desk.limits.sleep,
        text=shown.text, blocks=list(shown.blocks), unfurl_links=False, unfurl_media=False, **where,
    )  # fmt: skip
