"""A recorded question as the worker has it in hand."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from handlers.slack.answering.reply import Reply, Target
from handlers.slack.desk import Desk
from store.asks import Ask, NewAsk
from store.database import Unavailable


class Stop:
    """The brake of one job. It works until the model has ended; `by`: the name of whoever pulled it."""

    def __init__(self) -> None:
        self.by: str | None = None
        self.is_late = False
        self._task: asyncio.Task[object] | None = None

    def arm(self) -> str | None:
        """The job begins, in this task; who has pulled already."""
        self._task = asyncio.current_task()
        return self.by

    def pull(self, by: str) -> bool:
        """Cancel the job; False when it was pulled before, or is too late."""
        if self.by or self.is_late:
            return False
        self.by = by
        if self._task:
            self._task.cancel()
        return True


class Lease:
    """Whose job it is. What the books said last holds until it lapses; after that, they have to be asked again."""

    def __init__(self) -> None:
        self.is_lost = False
        self.until_at: datetime | None = None
        self._now: Callable[[], datetime] | None = None
        self._renew: Callable[[], Awaitable[None]] | None = None

    def begin(self, until_at: datetime, now: Callable[[], datetime], renew: Callable[[], Awaitable[None]]) -> None:
        """The job is ours until then; `renew` asks the books and notes here what they say."""
        self.until_at, self._now, self._renew = until_at, now, renew

    async def is_ours(self) -> bool:
        """Whether nobody else has taken the job over. While the books are away, nobody can."""
        if not self.is_lost and self._now and self._renew and self.until_at and self._now() >= self.until_at:
            with contextlib.suppress(Unavailable):
                await self._renew()
        return not self.is_lost


class Turn:
    """One of the turns at work, of which a process has so many. It ends with the job, or once its asker was told."""

    def __init__(self) -> None:
        self._give_back: Callable[[], None] | None = None

    def begin(self, give_back: Callable[[], None]) -> None:
        """The job has its turn."""
        self._give_back = give_back

    def end(self) -> None:
        """Let another job have it; harmless when repeated."""
        give_back, self._give_back = self._give_back, None
        if give_back:
            give_back()


@dataclass(slots=True)
class Job:
    """An ask to work on. `attempt` counts how often it was taken up before; `files` is what `attached.record` wrote.

    `from_channel_id`, `from_thread_ts`: where a private ask was asked. A question that has no message yet gets one
    while it is worked on; whoever looks for the job by its thread then finds it there.
    """

    ask_id: str
    attempt: int
    channel_id: str
    message_ts: str
    thread_ts: str
    private: bool
    asker_id: str
    text: str
    reply_ts: str | None = None
    wanted_model: str | None = None
    confirmed_micros: int | None = None
    wanted_payer: str | None = None
    files: str | None = None
    from_channel_id: str | None = None
    from_thread_ts: str | None = None
    stop: Stop = field(default_factory=Stop, compare=False)
    turn: Turn = field(default_factory=Turn, compare=False)
    lease: Lease = field(default_factory=Lease, compare=False)

    @classmethod
    def of(cls, new: NewAsk | Ask) -> "Job":
        """The job of a question, new or taken over."""
        attempt, reply_ts = (new.attempts, new.reply_ts) if isinstance(new, Ask) else (0, None)
        return cls(
            new.id, attempt, new.channel_id, new.message_ts, new.thread_ts, new.place == "dm", new.asker_id,
            new.question or "", reply_ts, new.wanted_model, new.confirmed_micros, new.wanted_payer, new.files,
            new.from_channel_id, new.from_thread_ts,
        )  # fmt: skip

    def place(self, channel_id: str, message_ts: str, thread_ts: str) -> None:
        """The question stands there now."""
        self.channel_id, self.message_ts, self.thread_ts = channel_id, message_ts, thread_ts


def reply_for(desk: Desk, job: Job) -> Reply:
    """The reply to a job, in its thread. Its key makes a second reply to the same ask find the first."""
    target = Target(
        job.channel_id, job.thread_ts, job.asker_id, desk.workspace_id, private=job.private, message_ts=job.message_ts
    )
    again = job.attempt > 0
    return Reply(desk.client, desk.limits, target, key=job.ask_id, reply_ts=job.reply_ts, look_first=again)
