"""One answer on its way to Slack: seen to be worked on, shown while it grows, whole at the end whatever breaks."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack.answering.live import Block, LiveMessage, excerpt
from handlers.slack.answering.split import MAX_PARTS, MESSAGE_CHARS, SMALLEST_LIMIT, cut, is_for_a_file, split
from handlers.slack.wire.faults import No, SlackDown, attempt
from handlers.slack.wire.limits import Limits
from handlers.slack.wire.line import Line, Target
from handlers.slack.wire.posting import mark
from handlers.slack.wire.safe import SafeStream

__all__ = ["Reply", "SlackDown", "Target", "Undeliverable"]

PART_CHARS = MESSAGE_CHARS - 500  # Slack may count an emoji as two
PLAIN_CHARS = 2_900  # of a section, which takes 3,000
STATUS = "is thinking…"
REACTION = "hourglass_flowing_sand"
NO_WORDS = "_The model gave an answer without any words._"
NO_MORE_WORDS = "_This is the end of the answer._"
IN_THE_FILE = "This is only the beginning: the whole answer is in the file *answer.md* in this thread."
FILE_TITLE = "The whole answer ({key})"  # the key tells it from the files of other answers in the thread

_TOO_LONG = frozenset({"msg_too_long", "msg_blocks_too_long", "markdown_text_too_long"})
_BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format"})


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """Slack will not take the answer here. `kind` is its own word: `channel_not_found`, `is_archived` …"""

    kind: str


class Reply:
    """`working`, then `show` for each piece of the model's text, then one of `finish` and `end_with`.

    After SlackDown the same of the two may be called again; it goes on where it stopped. `key` marks the posts of
    this answer, so that each is made once. For a second worker: `reply_ts` is the message that an earlier one began,
    and with `look_first` posts are looked for before they are made. `noted` is the caller's: `ts` is written down.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        limits: Limits,
        target: Target,
        *,
        key: str,
        reply_ts: str | None = None,
        look_first: bool = False,
    ) -> None:
        self.noted = False
        self._line = Line(client, limits, target)
        self._key, self._look_first = key, look_first
        self._safe = SafeStream()
        self._whole: list[str] = []  # all of the answer, for the file
        self._pending = ""  # what belongs into the message that is written now
        self._parts = 0  # messages that are finished
        self._stuck = False  # nothing more is shown before the end
        self._waiting: deque[str] | None = None  # parts still to be delivered, once the end has come
        self._in_a_file = False
        self._first_ts: str | None = None
        self._live = LiveMessage(self._line, key, ts=reply_ts, look_first=look_first)
        self._status = self._reaction = False

    @property
    def ts(self) -> str | None:
        """The ts of the first message, as soon as something is shown."""
        return self._first_ts or self._live.ts

    @property
    def has_text(self) -> bool:
        """Whether the model has said anything that can be seen."""
        return any(piece.strip() for piece in self._whole)

    async def working(self) -> None:
        """Let the asker see at once that work goes on; a refusal of Slack's is taken quietly."""
        self._status = await self._set_status(STATUS)
        message_ts = self._line.target.message_ts
        if not self._status and message_ts:
            added = await self._line.try_call(
                "reactions.add",
                lambda: self._line.client.reactions_add(
                    channel=self._line.target.channel_id, timestamp=message_ts, name=REACTION
                ),
            )
            self._reaction = isinstance(added, dict)

    async def show(self, text: str) -> None:
        """The next piece of what the model says, raw. Never raises for Slack's troubles; `finish` makes up for them."""
        self._take(self._safe.feed(text))
        await self._roll_on()
        if self._pending.strip() and not self._stuck:
            await self._live.grow(self._pending)

    async def finish(self, notes: list[str], blocks_after: list[Block]) -> str | Undeliverable:
        """Everything is there, with the notes (sentences in mrkdwn) and blocks under it; the first message's ts.

        Raises SlackDown when Slack stays out of reach.
        """
        self._take(self._safe.flush())
        if self._waiting is None:
            await self._prepare_end()
        notes = [*notes, IN_THE_FILE] if self._in_a_file else notes
        ended = await self._deliver([*_note_block(notes), *blocks_after])
        await self.clear()
        return _or_down(ended)

    async def end_with(self, text: str, blocks: list[Block]) -> str | Undeliverable:
        """No answer: this sentence (mrkdwn, already safe) instead of what may be shown. Raises SlackDown."""
        ended = await self._live.replace(text, blocks or [_section(text)])
        await self.clear()
        return _or_down(ended)

    async def whisper(self, text: str, blocks: list[Block] | None = None) -> bool:
        """To the asker alone (mrkdwn, already safe); whether it was shown. In a DM, an ordinary message.

        Slack shows an ephemeral message only in a thread that has replies (docs.slack.dev/reference/methods/
        chat.postEphemeral), so below a question that nothing answers yet it goes to the channel.
        """
        target, client = self._line.target, self._line.client
        where: dict[str, Any] = {"channel": target.channel_id, "text": text, "blocks": blocks or None}
        if target.thread_ts and (target.private or self.ts or target.thread_ts != target.message_ts):
            where["thread_ts"] = target.thread_ts
        if target.private:
            told = await self._line.call(
                "chat.postMessage",
                lambda: client.chat_postMessage(unfurl_links=False, metadata=mark(f"aside:{self._key}"), **where),
            )
        else:
            told = await self._line.call(
                "chat.postEphemeral", lambda: client.chat_postEphemeral(user=target.user_id, **where)
            )
        return isinstance(told, dict)

    def _take(self, safe: str) -> None:
        self._whole.append(safe)
        self._pending += safe

    async def _roll_on(self) -> None:
        """When the answer outgrows its message: finish that one, and go on in the next."""
        while len(self._pending) > PART_CHARS and not self._stuck:
            first, second = cut(self._pending, PART_CHARS)[:2]
            ended: str | No = ""
            if self._parts + 1 == MAX_PARTS:  # the rest will have to be a file
                ended = No("too_many_parts")
            elif first.text.strip():
                ended = await self._live.settle(first.text, [])
            if isinstance(ended, No):
                self._stuck = True
                return
            self._next_message(ended)
            self._pending = second.opened + self._pending[len(first.content) :]

    def _next_message(self, ended_ts: str) -> None:
        if ended_ts:
            self._first_ts = self._first_ts or ended_ts
            self._parts += 1
            self._live = LiveMessage(self._line, f"{self._key}:{self._parts}", look_first=self._look_first)

    async def _prepare_end(self) -> None:
        parts = split(self._pending, PART_CHARS) or [NO_MORE_WORDS if self._parts else NO_WORDS]
        self._in_a_file = is_for_a_file(self._parts + len(parts)) and await self._attach()
        self._waiting = deque(parts[:1] if self._in_a_file else parts)

    async def _deliver(self, tail: list[Block]) -> str | No:
        """The waiting parts one after the other, `tail` under the last; what turns out too long is cut further."""
        waiting = self._waiting or deque()
        while waiting:
            text = waiting[0]
            ended = await self._say(text, tail if len(waiting) == 1 else [])
            if isinstance(ended, No) and (ended.error not in _TOO_LONG or len(text) <= SMALLEST_LIMIT):
                return ended
            waiting.popleft()
            if isinstance(ended, No):
                waiting.extendleft(reversed(split(text, max(SMALLEST_LIMIT, len(text) * 2 // 3))))
            else:
                self._next_message(ended)
        return self._first_ts or No("no_text")

    async def _say(self, text: str, tail: list[Block]) -> str | No:
        """One part; as plain text when Slack cannot make sense of its Markdown (a table too large, say)."""
        ended = await self._live.settle(text, tail)
        plain: list[Block] = [_section(piece, kind="plain_text") for piece in split(text, PLAIN_CHARS)]
        for blocks in ([*plain, *tail], plain):
            if not isinstance(ended, No) or ended.error not in _BAD_BLOCKS:
                break
            ended = await self._live.replace(excerpt(text), blocks)
        return ended

    async def _attach(self) -> bool:
        """The whole answer as a file in the thread; whether Slack took it."""
        target, limits = self._line.target, self._line.limits
        if not await limits.take("files.getUploadURLExternal") or not await limits.take("files.completeUploadExternal"):
            return False
        sent = await attempt(
            self._line.client.files_upload_v2(
                channel=target.channel_id,
                thread_ts=target.thread_ts,
                filename="answer.md",
                title=FILE_TITLE.format(key=self._key),
                content="".join(self._whole),
            )
        )
        return not isinstance(sent, No)

    async def _set_status(self, status: str) -> bool:
        target = self._line.target
        if not target.thread_ts:
            return False
        done = await self._line.try_call(
            "assistant.threads.setStatus",
            lambda: self._line.client.assistant_threads_setStatus(
                channel_id=target.channel_id, thread_ts=target.thread_ts or "", status=status
            ),
        )
        return isinstance(done, dict)

    async def clear(self) -> None:
        """Work is over: take the status or the reaction away. `finish` and `end_with` do so themselves."""
        target = self._line.target
        if self._status:
            await self._set_status("")
        if self._reaction and target.message_ts:
            await self._line.try_call(
                "reactions.remove",
                lambda: self._line.client.reactions_remove(
                    channel=target.channel_id, timestamp=target.message_ts, name=REACTION
                ),
            )


def _or_down(ended: str | No) -> str | Undeliverable:
    if isinstance(ended, No) and ended.is_down:
        raise SlackDown(ended.error)
    return Undeliverable(ended.error) if isinstance(ended, No) else ended


def _section(text: str, *, kind: str = "mrkdwn") -> Block:
    return {"type": "section", "text": {"type": kind, "text": text}}


def _note_block(notes: list[str]) -> list[Block]:
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": note} for note in notes]}] if notes else []
