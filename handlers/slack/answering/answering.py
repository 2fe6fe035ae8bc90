"""A recorded question, worked on: who asks, the thread so far, the ask itself, and what the asker is shown."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from budget import outcome
from budget.ask import Answer, Question, Result, TakenOver
from budget.asking.recovery import give_up
from budget.balance import lasts
from budget.files.attachments import Attachment
from budget.texts import ask_and_keep
from handlers.slack.answering import attached
from handlers.slack.answering.delivering import deliver, give, note_told, tell_alone, was_shown
from handlers.slack.answering.jobs import Job, reply_for
from handlers.slack.answering.lost import Nameless, lost_start
from handlers.slack.answering.reply import Reply
from handlers.slack.asking.placing import counted_in, is_placed, place
from handlers.slack.asking.questions import NOBODY, thread_so_far
from handlers.slack.asking.sharing import share_blocks
from handlers.slack.asking.threads import MOST_MESSAGES, read_thread
from handlers.slack.desk import Desk
from handlers.slack.identity import REFUSED
from handlers.slack.telling import reader_of
from handlers.slack.views import answers, costly
from handlers.slack.wire.faults import SlackDown
from store import asks
from store.asks import Ask
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

LAST_WORDS_S = 5.0  # to say that an answer was stopped, when the process is asked to end


async def answer(desk: Desk, job: Job) -> None:
    """Answer a question and show the end, whatever it is. Raises Unavailable and TakenOver: then others go on."""
    if not is_placed(job.message_ts) and not await place(desk, job):
        return await _end(desk, job, reply_for(desk, job), "not_posted")
    reply = reply_for(desk, job)
    if by := job.stop.arm():
        return await _stopped(desk, job, reply, by)
    try:
        await _answer(desk, job, reply)
    except (Unavailable, TakenOver):
        raise
    except asyncio.CancelledError:
        if job.stop.by:
            return await _stopped(desk, job, reply, job.stop.by)
        await _last_words(desk, job, reply)
        raise
    except Exception:
        log.exception("ask failed", ask=job.ask_id)
        await _end(desk, job, reply, "fault")
    return None


async def _answer(desk: Desk, job: Job, reply: Reply) -> None:
    if not job.text:
        return await _end(desk, job, reply, "only_files" if job.files else "empty")
    begun_s = desk.limits.monotonic_s()
    await reply.working()
    who = await desk.identity.who(job.asker_id)
    if isinstance(who, outcome.No):
        return await _turn_away(desk, job, reply, who)
    answered, read_of = await _ask(desk, job, reply, who, begun_s)
    job.stop.is_late = True
    with desk.house.traces.span("reply", {}):
        await _show(desk, job, reply, who, answered, read_of)
    return None


async def _ask(desk: Desk, job: Job, reply: Reply, who: Person, begun_s: float) -> tuple[Answer, list[str]]:
    """The answer, and what to say of files that were read from earlier in the thread, or in part."""
    messages = await read_thread(desk, job.channel_id, job.thread_ts, job.message_ts)
    files = attached.recall(job.files) if job.files else attached.newest(messages, desk.bot_user_id)
    async with desk.files.of(desk.client, desk.limits, files) as read:
        question = await _question(desk, job, who, messages, read)
        async with ask_and_keep(desk.house, question) as answered:
            is_first = True
            async for piece in answered.pieces():
                if is_first:
                    desk.house.meters.first_token.observe(desk.limits.monotonic_s() - begun_s)
                    is_first = False
                await reply.show(piece)
                await _note_begin(desk, job, reply)
        unread = answered.result.unread if answered.result else ()
        return answered, answers.read_of(read, unread, earlier=not job.files)


async def _question(
    desk: Desk, job: Job, who: Person, messages: list[dict[str, Any]], read: Sequence[Attachment]
) -> Question:
    said = thread_so_far(messages, before_ts=job.message_ts, bot_user_id=desk.bot_user_id)
    newest = said[-MOST_MESSAGES:]
    names = {author: await desk.identity.name(author) for author in {each.author for each in newest} - {NOBODY}}
    thread = [replace(each, author=names.get(each.author, each.author)) for each in newest]
    return Question(
        job.ask_id, job.attempt, desk.workspace_id, who.id, await counted_in(desk, job), job.text, thread,
        skipped=len(said) - len(newest), attachments=read, wanted_model=job.wanted_model,
        confirmed_micros=job.confirmed_micros, wanted_payer=job.wanted_payer,
    )  # fmt: skip


async def _note_begin(desk: Desk, job: Job, reply: Reply) -> None:
    """Write down where the answer began, once, so that whoever takes over after a crash continues there."""
    if reply.ts and reply.ts != job.reply_ts and not reply.noted:
        reply.noted = True
        ts = reply.ts
        try:
            await desk.house.database.write(lambda conn: asks.note_reply(conn, job.ask_id, ts))
        except Unavailable as away:  # no reason to break off an answer that goes on well
            log.warning("database is away", ask=job.ask_id, reason=str(away))


async def _show(desk: Desk, job: Job, reply: Reply, who: Person, answered: Answer, read_of: list[str]) -> None:
    if answered.refusal:
        told = costly.refusal(desk.house, answered.refusal, job.ask_id, reader_of(desk.house, who))
        return await tell_alone(desk, job, reply, told.text, list(told.blocks))
    result = answered.result
    if result is None:
        raise AssertionError("an ask that was let through has a result")
    if not reply.has_text:
        return await _failed(desk, job, reply, result)
    notes = [*read_of, *answers.notes(result)]
    reply = await give(desk, job, reply, answered.text, notes, answers.footer(result), await share_blocks(desk, job))
    await note_told(desk, job, reply.ts)
    await reply.whisper(answers.receipt(result, desk.house.face, await _lasting(desk, who, result)))
    return None


async def _lasting(desk: Desk, who: Person, result: Result) -> str | None:
    try:
        return await lasts(desk.house, who) if result.payer.kind == "person" else None
    except Unavailable:  # then the receipt does without
        return None


async def _failed(desk: Desk, job: Job, reply: Reply, result: Result) -> None:
    """There is nothing to show: a fault, or an answer of nothing but blanks."""
    outcome = answers.NO_WORDS.get(result.outcome, result.outcome)
    text = answers.failure(
        outcome, model=result.model, cost_micros=result.cost_micros, estimated=result.estimated,
        retry_after_s=result.retry_after_s,
    )  # fmt: skip
    retry = outcome not in answers.NO_RETRY
    blocks = answers.failure_blocks(text, ask_id=job.ask_id, retry=retry, reference=True)
    await tell_alone(desk, job, reply, text, blocks)


async def _end(desk: Desk, job: Job, reply: Reply, why: str) -> None:
    """End an ask, before it got to the model unless that had settled it already, and say so."""
    ended = await _end_early(desk, job, "failed" if why == "fault" else "refused", why)
    text = answers.failure(
        why,
        model=None,
        cost_micros=ended.cost_micros or 0,
        estimated=ended.estimated,
        files=attached.names(attached.recall(job.files)),
    )
    retry = why not in answers.NO_RETRY
    await tell_alone(
        desk, job, reply, text, answers.failure_blocks(text, ask_id=job.ask_id, retry=retry, reference=why == "fault")
    )


async def _turn_away(desk: Desk, job: Job, reply: Reply, no: outcome.No) -> None:
    await _end_early(desk, job, "refused", "no_person")
    text, may_pass = answers.turned_away(no), no.sentence == REFUSED["silent"]
    await tell_alone(desk, job, reply, text, answers.failure_blocks(text, ask_id=job.ask_id, retry=may_pass))


async def _end_early(desk: Desk, job: Job, state: str, why: str) -> Ask:
    """End it, whatever it got to; the ask as it stands then. Raises TakenOver."""
    ended = await give_up(desk.house, job.ask_id, job.attempt, state=state, outcome=why)
    if ended is None:
        raise TakenOver(job.ask_id)
    return ended


async def tell_end(desk: Desk, ended: Ask) -> None:
    """Tell the asker of an ask that ended in another worker's hands, unless it can be seen that they were told."""
    job = Job.of(ended)
    below = Nameless(desk, job)
    if await was_shown(desk, job, below.note):
        return await note_told(desk, job, None)
    if not ended.reply_ts and ended.cap_tokens:  # the model was called, and may have been heard
        job.reply_ts = await lost_start(desk, job, below)
    outcome = "answered" if ended.state == "settled" else ended.outcome or "fault"
    text = answers.failure(outcome, model=ended.model, cost_micros=ended.cost_micros or 0, estimated=ended.estimated)
    retry = outcome not in answers.NO_RETRY
    blocks = answers.failure_blocks(text, ask_id=ended.id, retry=retry, reference=True)
    return await tell_alone(desk, job, reply_for(desk, job), text, blocks)


async def _stopped(desk: Desk, job: Job, reply: Reply, by: str) -> None:
    """Someone pressed Stop: what was said so far stays, with a note; before that, the asker is told."""
    ended = await _end_early(desk, job, "cancelled", "cancelled")
    cost_micros = ended.cost_micros or 0
    if reply.has_text:
        await deliver(job, partial(reply.finish, [answers.stopped(cost_micros, by, estimated=ended.estimated)], []))
        return await note_told(desk, job, reply.ts)
    text = answers.failure("cancelled", model=None, cost_micros=cost_micros, estimated=ended.estimated)
    return await tell_alone(desk, job, reply, text, answers.failure_blocks(text, ask_id=job.ask_id, retry=True))


async def _last_words(desk: Desk, job: Job, reply: Reply) -> None:
    """The process is ending: what was charged is settled by now; keep the text so far and say that it stops here."""
    try:
        ended = await desk.house.database.read(lambda conn: asks.get(conn, job.ask_id))
        if ended is None or ended.state in asks.LIVE or ended.told_at:
            return None
        async with asyncio.timeout(LAST_WORDS_S):
            if not reply.has_text:
                return await tell_end(desk, ended)
            await reply.finish([answers.stopped(ended.cost_micros or 0, estimated=ended.estimated)], [])
            await note_told(desk, job, reply.ts)
    except (Unavailable, SlackDown, TimeoutError):
        log.warning("no time to tell; the next worker will", ask=job.ask_id)
