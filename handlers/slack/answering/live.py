"""One message that people can watch grow: streamed where Slack lets us, edited now and then where not."""

import re
from typing import Any, Literal

from handlers.slack.wire.faults import PATIENCE_S, No, patiently
from handlers.slack.wire.line import Answer, Line
from handlers.slack.wire.posting import Message, find_key, find_post, mark, post_once, words_of
from handlers.slack.wire.safe import escape

Block = dict[str, Any]
Mode = Literal["waiting", "resumed", "streaming", "editing", "silent"]

SHORT_CHARS = 400  # an answer up to this long, given within SHORT_S, is posted in one go at its end
SHORT_S = 3.0
STREAM_CHARS, STREAM_EVERY_S = 256, 1.0  # how much, or how long after, is worth an append
STREAM_LIFE_S = 270.0  # Slack ends a stream after about 300 s: slackapi/python-slack-sdk issue 1859
STREAM_REFUSED_S = 600.0  # how long we do not ask again where streaming does not exist
EDIT_EVERY_S, EDIT_SLOWEST_S = 3.0, 20.0  # each edit waits twice as long as the one before
EXCERPT_CHARS = 3_900  # of `text` beside blocks; chat.update takes about 4,000
MORE = " …"
DEAD = "message_not_in_streaming_state"
UNSURE = "\0"  # no text begins so: what the stream has got is not known
UNFURL_NOTHING = {"unfurl_links": False, "unfurl_media": False}

_NO_STREAMS_HERE = frozenset({"unknown_method", "missing_scope", "not_allowed_token_type", "method_deprecated"})
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "message_not_owned_by_app"})


class LiveMessage:
    """Call `grow` with the whole text so far as often as you like, then `settle` or `replace` once.

    `ts` is known as soon as something is shown. `grow` never raises for Slack's no: at worst nothing moves until the
    end. `key` marks the post, so that it is made once.
    """

    def __init__(self, line: Line, key: str, *, ts: str | None = None, look_first: bool = False) -> None:
        self.ts = ts
        self._line = line
        self._key = key
        # "resumed" is a message of an earlier worker, perhaps still a stream; "silent": nothing more before the end.
        self._mode: Mode = "resumed" if ts else "waiting"
        self._sent = ""  # what the stream has got
        self._lost_start = ""  # the first words of a stream whose ts we never learned
        self._look_first = look_first
        self._first_words_s: float | None = None
        self._opened_s = self._shown_s = 0.0
        self._edit_every_s = EDIT_EVERY_S

    async def grow(self, text: str) -> None:
        """Show the text so far, if it is time to."""
        now_s = self._line.limits.monotonic_s()
        self._first_words_s = now_s if self._first_words_s is None else self._first_words_s
        if self._mode == "waiting" and (len(text) > SHORT_CHARS or now_s - self._first_words_s > SHORT_S):
            await self._open(text)
        elif self._mode == "streaming":
            await self._append(text, now_s)
        elif self._mode == "resumed":
            await self._leave_stream()
            self._mode = "editing"
        elif self._mode == "editing" and now_s - self._shown_s >= self._edit_every_s:
            await self._edit(text, now_s)

    async def settle(self, text: str, tail: list[Block]) -> str | No:
        """The final text with `tail` under it; the message's ts."""
        if self._mode == "streaming" and text.startswith(self._sent):
            stopped = await self._stop(text[len(self._sent) :], tail)
            if not isinstance(stopped, No) and self.ts:
                self._mode = "silent"
                return self.ts
            if isinstance(stopped, No) and stopped.error == DEAD:
                self._mode = "silent"
        return await self.replace(excerpt(text), [{"type": "markdown", "text": text}, *tail])

    async def replace(self, text: str, blocks: list[Block]) -> str | No:
        """Instead of what may be shown already: this. The message's ts."""
        await self._leave_stream()
        lost = await self._find_lost()
        if lost:
            return lost
        if self.ts:
            updated = await patiently(lambda: self._update(text, blocks), self._line.limits.sleep)
            if not isinstance(updated, No):
                return self.ts
            if updated.error not in _GONE:
                return updated
            self._key, self.ts = f"{self._key}:again", None
        self._look_first = False  # we have just looked
        return await self._post(text, blocks)

    async def _open(self, text: str) -> None:
        if await self._start_stream(text) or self._mode == "silent":
            return
        limits, channel_id = self._line.limits, self._line.target.channel_id
        # Its end will be an edit: one more is counted for each beginning, and where they are short, there is none.
        if not limits.is_free("chat.postMessage", channel_id) or not limits.try_take("chat.update", channel_id):
            return
        limits.try_take("chat.postMessage", channel_id)
        self._mode, self._opened_s = "editing", self._line.limits.monotonic_s()
        posted = await self._post(excerpt(text), [{"type": "markdown", "text": text + MORE}], now_or_never=True)
        self._shown_s = self._line.limits.monotonic_s()
        if isinstance(posted, No):
            self._mode = "silent"

    async def _start_stream(self, text: str) -> bool:
        target = self._line.target
        if not target.thread_ts:
            return False
        self._lost_start = text  # until we know better: this call, too, may be cancelled
        started = await self._line.try_call(
            "chat.startStream",
            lambda: self._line.client.chat_startStream(
                channel=target.channel_id,
                thread_ts=target.thread_ts or "",
                recipient_team_id=target.team_id,
                recipient_user_id=target.user_id,
                chunks=_chunks(text),
            ),
        )
        if started is None or isinstance(started, No):
            self._refused(started)
            return False
        self._lost_start = ""
        self.ts, self._mode, self._sent = str(started["ts"]), "streaming", text
        self._opened_s = self._shown_s = self._line.limits.monotonic_s()
        return True

    def _refused(self, no: No | None) -> None:
        if no and no.maybe_done:
            self._mode = "silent"
            return
        self._lost_start = ""
        if no and no.error in _NO_STREAMS_HERE:
            self._line.limits.pause("chat.startStream", STREAM_REFUSED_S)

    async def _append(self, text: str, now_s: float) -> None:
        more = text[len(self._sent) :]
        if now_s - self._opened_s > STREAM_LIFE_S:
            await self._leave_stream()
            self._mode = "editing"
        elif more and (len(more) >= STREAM_CHARS or now_s - self._shown_s >= STREAM_EVERY_S):
            sent, self._sent = self._sent, UNSURE
            appended = await self._line.try_call(
                "chat.appendStream",
                lambda: self._line.client.chat_appendStream(
                    channel=self._line.target.channel_id, ts=self.ts or "", chunks=_chunks(more)
                ),
            )
            if appended is None or (isinstance(appended, No) and appended.error == "ratelimited"):
                self._sent = sent  # what is left goes with the next append
            elif isinstance(appended, No):
                await self._leave_stream(is_dead=appended.error == DEAD)
                self._mode = "editing"
            else:
                self._sent, self._shown_s = text, now_s

    async def _stop(self, rest: str, tail: list[Block]) -> Answer:
        return await self._line.call(
            "chat.stopStream",
            lambda: self._line.client.chat_stopStream(
                channel=self._line.target.channel_id,
                ts=self.ts or "",
                chunks=_chunks(rest) if rest else None,
                blocks=tail or None,
                metadata=mark(self._key),
            ),
        )

    async def _leave_stream(self, *, is_dead: bool = False) -> None:
        """Slack ends the stream without more words; whether it did matters little, an update has the last word."""
        if self._mode in ("streaming", "resumed"):
            if not is_dead:
                await self._stop("", [])
            self._mode = "silent"

    async def _find_lost(self) -> No | None:
        """A message of ours whose ts we never learned becomes `ts`; a No when it cannot be looked for right now."""
        if self.ts or not (self._lost_start or self._look_first):
            return None
        client, target, found = self._line.client, self._line.target, None
        if self._look_first:
            found = await find_key(client, self._key, target.channel_id, target.thread_ts, self._line.limits)
        if self._lost_start and found is None:
            start = _letters(self._lost_start)[:60]
            found = await find_post(
                client, target.channel_id, target.thread_ts, lambda seen: _began_with(seen, start), self._line.limits
            )
        if isinstance(found, No):
            return found if found.is_passing else None
        self.ts, self._lost_start = found, ""
        return None

    async def _edit(self, text: str, now_s: float) -> None:
        edited = await self._line.try_call(
            "chat.update", lambda: self._chat_update(excerpt(text), [{"type": "markdown", "text": text + MORE}])
        )
        if edited is not None:
            self._shown_s, self._edit_every_s = now_s, min(EDIT_SLOWEST_S, self._edit_every_s * 2)

    async def _update(self, text: str, blocks: list[Block]) -> Answer:
        return await self._line.call("chat.update", lambda: self._chat_update(text, blocks))

    def _chat_update(self, text: str, blocks: list[Block]) -> Any:
        return self._line.client.chat_update(
            channel=self._line.target.channel_id, ts=self.ts or "", text=text, blocks=blocks, metadata=mark(self._key)
        )

    async def _post(self, text: str, blocks: list[Block], *, now_or_never: bool = False) -> str | No:
        line, target = self._line, self._line.target
        message: dict[str, Any] = {"channel": target.channel_id, "text": text, "blocks": blocks, **UNFURL_NOTHING}
        look, self._look_first = self._look_first, True  # should this be cancelled, the next one has to look
        posted = await post_once(
            line.client,
            self._key,
            look_first=look,
            limits=None if now_or_never else line.limits,
            sleep=line.limits.sleep,
            patience_s=() if now_or_never else PATIENCE_S,
            **message | ({"thread_ts": target.thread_ts} if target.thread_ts else {}),
        )
        if isinstance(posted, No):
            self._look_first = look or posted.maybe_done
        else:
            self.ts, self._look_first = posted, look
        return posted


def excerpt(text: str) -> str:
    """The beginning as `text` for notifications and screen readers, escaped, of at most EXCERPT_CHARS."""
    length = EXCERPT_CHARS - len(MORE)
    while len(short := escape(text[:length])) > EXCERPT_CHARS - len(MORE):
        length = length * 3 // 4
    return short + MORE if length < len(text) else short


def _chunks(text: str) -> list[dict[str, str]]:
    return [{"type": "markdown_text", "text": text}]


def _began_with(message: Message, start: str) -> bool:
    return bool(message.get("bot_id")) and not message.get("metadata") and _letters(words_of(message)).startswith(start)


def _letters(text: str) -> str:
    """Without what Slack may change on the way: marks, spaces, entities."""
    return re.sub(r"\W|_|&(?:amp|lt|gt);", "", text)
