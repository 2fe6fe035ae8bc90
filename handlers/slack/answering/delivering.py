"""How an ask ended, on its way to the person who asked: until Slack takes it, where it takes it, and once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog

from budget.ask import TakenOver
from handlers.slack.answering.jobs import Job
from handlers.slack.answering.reply import Reply, Target, Undeliverable
from handlers.slack.desk import Desk
from handlers.slack.views import answers
from handlers.slack.views.answers import Block
from handlers.slack.wire.faults import No, SlackDown
from handlers.slack.wire.line import call
from handlers.slack.wire.posting import Message, find_post, key_of, post_once
from store import asks
from store.database import Unavailable

log = structlog.get_logger(__name__)

DELIVERY_PAUSES_S = (2.0, 5.0, 15.0, 30.0, 60.0)  # between tries to show an end that Slack would not take
NOTING_PAUSES_S = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)  # between tries to note that it was shown

T = TypeVar("T")


async def give(
    desk: Desk, job: Job, reply: Reply, text: str, notes: list[str], footer: Block, buttons: Sequence[Block] = ()
) -> Reply:
    """The whole answer in its thread; by direct message where that is gone. The reply that has it. Raises SlackDown.

    `text`: all that the model said, raw. `buttons`: for an answer that stands where it should.
    """
    shown = await deliver(job, partial(reply.finish, notes, [footer, *buttons]))
    if not isinstance(shown, Undeliverable):
        return reply
    opened = await deliver(job, partial(_open_dm, desk, job))
    if isinstance(opened, No):
        log.error("the asker cannot be told", ask=job.ask_id, error=opened.error)
        return reply
    there = Target(opened, None, job.asker_id, desk.workspace_id, private=True)
    direct = Reply(desk.client, desk.limits, there, key=f"{job.ask_id}:dm", look_first=job.attempt > 0)
    await direct.show(text)
    await deliver(job, partial(direct.finish, [answers.ELSEWHERE, *notes], [footer]))
    return direct


async def tell_alone(desk: Desk, job: Job, reply: Reply, text: str, blocks: list[Block]) -> None:
    """Show an end that is the asker's business alone; where a partial answer stands already, in its place."""
    shown: object = Undeliverable("nothing stands there")
    if reply.ts:
        shown = await deliver(job, partial(reply.end_with, text, blocks))
    if isinstance(shown, Undeliverable):
        await deliver(job, partial(_alone, desk, job, reply, text, blocks))
    await note_told(desk, job, reply.ts)


async def was_shown(desk: Desk, job: Job, note: Callable[[Message], None]) -> bool:
    """Whether an end stands in the thread already: a post of this ask with its last line. Raises SlackDown.

    `note` is told every message up to that one: to read a thread twice is dear.
    """

    def is_end(message: Message) -> bool:
        note(message)
        return _is_end(message, job.ask_id)

    found = await find_post(desk.client, job.channel_id, job.thread_ts, is_end, desk.limits)
    if isinstance(found, No) and found.is_down:
        raise SlackDown(found.error)
    return isinstance(found, str)


def _is_end(message: Mapping[str, Any], ask_id: str) -> bool:
    key, blocks = key_of(message) or "", message.get("blocks") or []
    return (key == ask_id or key.startswith(f"{ask_id}:")) and any(block.get("type") == "context" for block in blocks)


async def deliver(job: Job, show: Callable[[], Awaitable[T]]) -> T:
    """Show it, again and again while Slack is away; after that the lapsed lease brings it back. Raises SlackDown.

    Raises TakenOver when another worker has the ask by now, and tells its end.
    """
    for pause_s in DELIVERY_PAUSES_S:
        if not await job.lease.is_ours():
            raise TakenOver(job.ask_id)
        try:
            shown = await show()
        except SlackDown as down:
            log.warning("slack is down", ask=job.ask_id, kind=down.kind)
            await asyncio.sleep(pause_s)
            continue
        if isinstance(shown, Undeliverable):
            log.warning("slack will not take it there", ask=job.ask_id, error=shown.kind)
        return shown
    return await show()


async def note_told(desk: Desk, job: Job, reply_ts: str | None) -> None:
    """Note that the asker was shown the end, patiently: whoever does not find the note tells them again."""
    now = desk.house.now()
    for pause_s in (*NOTING_PAUSES_S, None):
        try:
            await desk.house.database.write(lambda conn: asks.mark_told(conn, job.ask_id, now, reply_ts))
            job.turn.end()
            desk.homes.touch(job.asker_id)
            return
        except Unavailable as away:
            if pause_s is None:
                raise
            log.warning("database is away", ask=job.ask_id, reason=str(away))
            await asyncio.sleep(pause_s)


async def _alone(desk: Desk, job: Job, reply: Reply, text: str, blocks: list[Block]) -> None:
    """Below the question, for the asker's eyes; by direct message where Slack will not show that. Raises SlackDown."""
    await reply.clear()
    if job.private:  # an ordinary post: with a key, so that it is made once
        place = {"channel": job.channel_id, "thread_ts": job.thread_ts}
        if not isinstance(await _post(desk, job, place, text, blocks), No):
            return
    elif await reply.whisper(text, blocks):
        return
    channel = await _open_dm(desk, job)
    sent = channel if isinstance(channel, No) else await _post(desk, job, {"channel": channel}, text, blocks)
    if isinstance(sent, No):
        log.error("the asker cannot be told", ask=job.ask_id, error=sent.error)


async def _post(desk: Desk, job: Job, place: Mapping[str, Any], text: str, blocks: list[Block]) -> str | No:
    key, again = f"{job.ask_id}:end", job.attempt > 0
    sent = await post_once(desk.client, key, look_first=again, limits=desk.limits, text=text, blocks=blocks, **place)
    if isinstance(sent, No) and sent.is_down:
        raise SlackDown(sent.error)
    return sent


async def _open_dm(desk: Desk, job: Job) -> str | No:
    """The conversation with the asker. Raises SlackDown."""
    opened = await call(desk.limits, "conversations.open", lambda: desk.client.conversations_open(users=job.asker_id))
    if isinstance(opened, No) and opened.is_down:
        raise SlackDown(opened.error)
    return opened if isinstance(opened, No) else str(opened["channel"]["id"])
