"""A recorded question, worked on: who asks, the thread so far, the ask itself, and what the asker is shown."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog

from budget import outcome
from budget.ask import Answer, Question, Result, TakenOver, ask
from budget.balance import lasts
from handlers.slack.desk import Desk
from handlers.slack.faults import No, SlackDown, attempt
from handlers.slack.posting import post_once
from handlers.slack.questions import thread_so_far
from handlers.slack.reply import Reply, Target, Undeliverable
from handlers.slack.threads import read_thread
from handlers.slack.views import answers
from store import asks
from store.asks import Ask, NewAsk
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

DELIVERY_PAUSES_S = (2.0, 5.0, 15.0, 30.0, 60.0)  # between tries to show an end that Slack would not take
LAST_WORDS_S = 5.0  # to say that an answer was stopped, when the process is asked to end


@dataclass(frozen=True, slots=True)
class Job:
    """An ask to work on. `attempt` counts how often it was taken up before."""

    ask_id: str
    attempt: int
    channel_id: str
    message_ts: str
    thread_ts: str
    private: bool
    asker_id: str
    text: str
    reply_ts: str | None = None

    @classmethod
    def of(cls, new: NewAsk | Ask) -> "Job":
        """The job of a question, new or taken over."""
        attempt, reply_ts = (new.attempts, new.reply_ts) if isinstance(new, Ask) else (0, None)
        return cls(
            new.id, attempt, new.channel_id, new.message_ts, new.thread_ts, new.place == "dm", new.asker_id,
            new.question or "", reply_ts,
        )  # fmt: skip


def reply_for(desk: Desk, job: Job) -> Reply:
    """The reply to a job, in its thread. Its key makes a second reply to the same ask find the first."""
    target = Target(
        job.channel_id, job.thread_ts, job.asker_id, desk.workspace_id, private=job.private, message_ts=job.message_ts
    )
    again = job.attempt > 0
    return Reply(desk.client, desk.limits, target, key=job.ask_id, reply_ts=job.reply_ts, look_first=again)


async def answer(desk: Desk, job: Job) -> None:
    """Answer a question and show the end, whatever it is. Raises Unavailable and TakenOver: then others go on."""
    reply = reply_for(desk, job)
    try:
        await _answer(desk, job, reply)
    except (Unavailable, TakenOver):
        raise
    except asyncio.CancelledError:
        await _last_words(desk, job, reply)
        raise
    except Exception:
        log.exception("ask failed", ask=job.ask_id)
        await _end(desk, job, reply, "fault")


async def _answer(desk: Desk, job: Job, reply: Reply) -> None:
    if not job.text:
        return await _end(desk, job, reply, "empty")
    await reply.working()
    who = await desk.identity.who(job.asker_id)
    if isinstance(who, outcome.No):
        return await _turn_away(desk, job, reply, who)
    answered = await _ask(desk, job, reply, who)
    await _show(desk, job, reply, who, answered)
    return None


async def _ask(desk: Desk, job: Job, reply: Reply, who: Person) -> Answer:
    messages = await read_thread(desk, job.channel_id, job.thread_ts, job.message_ts)
    names = {user: await desk.identity.name(user) for user in {str(message.get("user")) for message in messages}}
    thread = thread_so_far(messages, before_ts=job.message_ts, bot_user_id=desk.bot_user_id, names=names)
    question = Question(job.ask_id, job.attempt, desk.workspace_id, who.id, job.channel_id, job.text, thread)
    async with ask(desk.house, question) as answered:
        async for piece in answered.pieces():
            await reply.show(piece)
            await _note_begin(desk, job, reply)
    return answered


async def _note_begin(desk: Desk, job: Job, reply: Reply) -> None:
    """Write down where the answer began, once, so that whoever takes over after a crash continues there."""
    if reply.ts and reply.ts != job.reply_ts and not reply.noted:
        reply.noted = True
        ts = reply.ts
        await desk.house.database.write(lambda conn: asks.note_reply(conn, job.ask_id, ts))


async def _show(desk: Desk, job: Job, reply: Reply, who: Person, answered: Answer) -> None:
    if answered.refusal:
        text = answers.refusal(answered.refusal, desk.house.face)
        return await _tell_alone(desk, job, reply, text, answers.failure_blocks(text, ask_id=job.ask_id, retry=True))
    result = answered.result
    if result is None:
        raise AssertionError("an ask that was let through has a result")
    if not reply.has_text:
        return await _failed(desk, job, reply, result)
    await _deliver(job, partial(reply.finish, answers.notes(result), [answers.footer(result)]))
    await _told(desk, job, reply)
    lasting = await lasts(desk.house, who) if result.payer.kind == "person" else None
    await reply.whisper(answers.receipt(result, desk.house.face, lasting))
    return None


async def _failed(desk: Desk, job: Job, reply: Reply, result: Result) -> None:
    outcome = "cut" if result.state == "settled" else result.outcome
    text = answers.failure(
        outcome, model=result.model, cost_micros=result.cost_micros, estimated=result.estimated,
        retry_after_s=result.retry_after_s,
    )  # fmt: skip
    retry = outcome not in answers.NO_RETRY
    blocks = answers.failure_blocks(text, ask_id=job.ask_id, retry=retry, reference=True)
    await _tell_alone(desk, job, reply, text, blocks)


async def _end(desk: Desk, job: Job, reply: Reply, outcome: str) -> None:
    """End an ask that never got to the model, and say so."""
    await _end_early(desk, job, "refused" if outcome == "empty" else "failed", outcome)
    text = answers.failure(outcome, model=None, cost_micros=0, estimated=False)
    retry = outcome not in answers.NO_RETRY
    blocks = answers.failure_blocks(text, ask_id=job.ask_id, retry=retry, reference=outcome != "empty")
    await _tell_alone(desk, job, reply, text, blocks)


async def _turn_away(desk: Desk, job: Job, reply: Reply, no: outcome.No) -> None:
    await _end_early(desk, job, "refused", "no_person")
    text = answers.turned_away(no)
    await _tell_alone(desk, job, reply, text, answers.failure_blocks(text, ask_id=job.ask_id, retry=False))


async def _end_early(desk: Desk, job: Job, state: str, outcome: str) -> None:
    now = desk.house.now()
    await desk.house.database.write(
        lambda conn: asks.end_early(conn, job.ask_id, state=state, outcome=outcome, person_id=None, model=None, at=now)
    )


async def tell_end(desk: Desk, ended: Ask) -> None:
    """Tell the asker of an ask that ended in another worker's hands, and which was never shown to them."""
    job = Job.of(ended)
    outcome = "answered" if ended.state == "settled" else ended.outcome or "fault"
    text = answers.failure(outcome, model=ended.model, cost_micros=ended.cost_micros or 0, estimated=ended.estimated)
    retry = outcome not in answers.NO_RETRY
    blocks = answers.failure_blocks(text, ask_id=ended.id, retry=retry, reference=True)
    await _tell_alone(desk, job, reply_for(desk, job), text, blocks)


async def _tell_alone(desk: Desk, job: Job, reply: Reply, text: str, blocks: list[answers.Block]) -> None:
    """Show an end that is the asker's business alone; where a partial answer stands already, in its place."""
    if reply.ts:
        await _deliver(job, partial(reply.end_with, text, blocks))
    else:
        await _deliver(job, partial(_alone, desk, job, reply, text, blocks))
    await _told(desk, job, reply)


async def _alone(desk: Desk, job: Job, reply: Reply, text: str, blocks: list[answers.Block]) -> None:
    """Below the question, for the asker's eyes; by direct message where Slack will not show that. Raises SlackDown."""
    await reply.clear()
    if await reply.whisper(text, blocks):
        return
    opened = await attempt(desk.client.conversations_open(users=job.asker_id))
    channel = "" if isinstance(opened, No) else str(opened["channel"]["id"])
    sent = (
        opened
        if isinstance(opened, No)
        else await post_once(desk.client, job.ask_id, limits=desk.limits, channel=channel, text=text, blocks=blocks)
    )
    if isinstance(sent, No) and sent.is_down:
        raise SlackDown(sent.error)
    if isinstance(sent, No):
        log.error("the asker cannot be told", ask=job.ask_id, error=sent.error)


async def _deliver(job: Job, show: Callable[[], Awaitable[object]]) -> None:
    """Show it, again and again while Slack is away; after that the lapsed lease brings it back."""
    for pause_s in DELIVERY_PAUSES_S:
        try:
            shown = await show()
        except SlackDown as down:
            log.warning("slack is down", ask=job.ask_id, kind=down.kind)
            await asyncio.sleep(pause_s)
            continue
        if isinstance(shown, Undeliverable):
            log.error("slack will not take it", ask=job.ask_id, error=shown.kind)
        return
    await show()


async def _told(desk: Desk, job: Job, reply: Reply) -> None:
    now, ts = desk.house.now(), reply.ts
    await desk.house.database.write(lambda conn: asks.mark_told(conn, job.ask_id, now, ts))


async def _last_words(desk: Desk, job: Job, reply: Reply) -> None:
    """The process is ending: what was charged is settled by now; keep the text so far and say that it stops here."""
    try:
        ended = await desk.house.database.read(lambda conn: asks.get(conn, job.ask_id))
        if ended is None or ended.state in asks.LIVE or ended.told_at:
            return None
        async with asyncio.timeout(LAST_WORDS_S):
            if not reply.has_text:
                return await tell_end(desk, ended)
            await reply.finish([answers.stopped(ended.cost_micros or 0)], [])
            await _told(desk, job, reply)
    except (Unavailable, SlackDown, TimeoutError):
        log.warning("no time to tell; the next worker will", ask=job.ask_id)
