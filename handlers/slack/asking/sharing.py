"""The button that shares a private answer where it was asked: once, by its asker alone, as Slack has kept it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from handlers.slack.answering.answered import blocks_of, file_of_answer, parts_of, text_of
from handlers.slack.answering.attached import File
from handlers.slack.answering.download import Fetched, download
from handlers.slack.answering.files import MOST_FILE_BYTES
from handlers.slack.answering.jobs import Job
from handlers.slack.asking import membership
from handlers.slack.asking.threads import read_all
from handlers.slack.desk import Desk
from handlers.slack.views import sharing as view
from handlers.slack.views.asked import asked_in
from handlers.slack.views.pieces import Block, Reply
from handlers.slack.wire.faults import No, attempt
from handlers.slack.wire.late import Late
from handlers.slack.wire.line import call
from handlers.slack.wire.posting import find_key, find_post, key_of, mark, post_once
from store import asks, messages
from store.asks import Ask
from store.database import Connection, Unavailable

log = structlog.get_logger(__name__)

PAUSES_S = (0.3, 0.7, 2.0, 3.0)  # between tries to have an answer for oneself
LEASE = timedelta(seconds=60)  # so long nobody else shares the same answer, should this process die meanwhile

Message = Mapping[str, Any]


def register(app: AsyncApp, desk: Desk) -> Late:
    """Acknowledged at once; what is shared already is found, however often the button is pressed, and where."""
    late = Late()

    async def on_share(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        user_id = str((body.get("user") or {}).get("id"))
        late.start(answer_click(desk, str(action.get("value")), user_id, respond))
        await ack()

    app.action(view.SHARE)(on_share)
    return late


async def share_blocks(desk: Desk, job: Job) -> Sequence[Block]:
    """The button below a private answer that was asked for in a channel."""
    if not job.from_channel_id:
        return ()
    room = await membership.look(desk, job.from_channel_id)
    return view.button(job.ask_id, None if isinstance(room, No) else room.name)


async def answer_click(desk: Desk, ask_id: str, user_id: str, respond: AsyncRespond) -> None:
    """Share it; what stands in the way is told to whoever clicked."""
    try:
        problem = await share(desk, ask_id, user_id)
        if problem:
            await respond(text=problem, response_type="ephemeral", replace_original=False)
    except Exception:
        log.exception("not shared", ask=ask_id)


async def share(desk: Desk, ask_id: str, user_id: str) -> str | None:
    """Share an answer; a sentence when it cannot be."""
    try:
        found = await desk.house.database.read(lambda conn: asks.get(conn, ask_id))
        if found is None or found.asker_id != user_id or found.workspace_id != desk.workspace_id:
            return view.NOT_YOURS
        return await _alone(desk, found)
    except Unavailable as away:
        log.warning("database is away", what="a click", reason=str(away))
        return view.AWAY


async def _alone(desk: Desk, ask: Ask) -> str | None:
    """While nobody else shares the same answer: whoever waited finds what was posted."""
    database, sharer = desk.house.database, desk.new_id()
    if not ask.from_channel_id:
        return view.NOT_THERE
    if not await _take(desk, ask.id, sharer):
        return view.BUSY
    try:
        return await _share(desk, ask, ask.from_channel_id)
    finally:
        await database.write(lambda conn: messages.let_go(conn, ask.id, sharer, desk.house.now()))


async def _take(desk: Desk, ask_id: str, sharer: str) -> bool:
    """Have the ask; another may have it, or the answer was shown this very moment and is not noted yet."""
    for pause_s in (0.0, *PAUSES_S):
        await desk.limits.sleep(pause_s)
        if await desk.house.database.write(partial(_take_now, ask_id=ask_id, sharer=sharer, now=desk.house.now())):
            return True
    return False


def _take_now(conn: Connection, *, ask_id: str, sharer: str, now: datetime) -> bool:
    return messages.take_ended(conn, ask_id, sharer, at=now, until_at=now + LEASE)


async def _share(desk: Desk, ask: Ask, channel_id: str) -> str | None:
    problem = await _problem(desk, channel_id, ask.asker_id)
    if problem:
        return problem
    thread = await read_all(desk, ask.channel_id, ask.thread_ts)
    if isinstance(thread, No):
        return view.SLACK_AWAY
    root = next((each for each in thread if each.get("ts") == ask.message_ts), {})
    question, parts = asked_in(root, desk.bot_user_id), parts_of(thread, ask.id, desk.bot_user_id)
    if question is None or not parts:
        return view.NOT_THERE
    file = file_of_answer(thread, parts, ask.id, desk.bot_user_id)
    shared = await _Shared(desk, ask, channel_id).post(view.post(ask.asker_id, question.text), parts, file)
    if isinstance(shared, No):
        log.warning("not shared", ask=ask.id, error=shared.error)
        return view.SLACK_AWAY if shared.is_down else view.REFUSED.format(there=view.there(channel_id))
    await _say_so(desk, ask, parts, view.shared(channel_id, await _link(desk, channel_id, shared)))
    log.info("shared", ask=ask.id)
    return None


async def _problem(desk: Desk, channel_id: str, asker_id: str) -> str | None:
    """Why nothing can be shared there: both of us have to be in the channel, now."""
    room = await membership.look(desk, channel_id)
    if isinstance(room, No):
        return view.SLACK_AWAY
    if not room.open:
        return view.NOT_IN.format(there=view.there(channel_id))
    is_member = await membership.has(desk, channel_id, asker_id)
    if isinstance(is_member, No):
        return view.SLACK_AWAY
    return None if is_member else view.NO_MEMBER.format(there=view.there(channel_id))


class _Shared:
    """The posts of one shared answer, each made once; what an earlier try has made is found."""

    def __init__(self, desk: Desk, ask: Ask, channel_id: str) -> None:
        self._desk, self._key = desk, f"{ask.id}:shared"
        self._channel_id, self._thread_ts = channel_id, ask.from_thread_ts
        self._again = False  # something of it is there already

    async def post(self, head: Reply, parts: list[Message], file: File | None) -> str | No:
        """The question, the answer below it, and its file; the ts of the first."""
        first = await self._head(head)
        if isinstance(first, No):
            return first
        self._thread_ts = self._thread_ts or first
        for at, part in enumerate(parts):
            posted = await self._post(f"{self._key}:{at}", text_of(part), blocks_of(part))
            if isinstance(posted, No):
                return posted
        sent = await self._attach(file, first) if file else None
        return sent if isinstance(sent, No) else first

    async def _head(self, head: Reply) -> str | No:
        desk = self._desk
        found = await find_key(desk.client, self._key, self._channel_id, self._thread_ts, desk.limits)
        if isinstance(found, str) or (found and found.is_passing):
            self._again = True
            return found
        return await self._post(self._key, head.text, list(head.blocks))

    async def _post(self, key: str, text: str, blocks: list[Block]) -> str | No:
        desk = self._desk
        where: dict[str, Any] = {"channel": self._channel_id} | (
            {"thread_ts": self._thread_ts} if self._thread_ts else {}
        )
        return await post_once(
            desk.client, key, look_first=self._again, limits=desk.limits, sleep=desk.limits.sleep, text=text,
            blocks=blocks, unfurl_links=False, unfurl_media=False, **where,
        )  # fmt: skip

    async def _attach(self, file: File, first_ts: str) -> No | None:
        """The whole answer as a file of its own below the question, unless it is there."""
        desk = self._desk
        found = await find_post(
            desk.client, self._channel_id, self._thread_ts, lambda seen: self._has(seen, file, first_ts), desk.limits
        )
        if found:
            return found if isinstance(found, No) else None
        fetched = await download(desk.client, file.url or "", most_bytes=MOST_FILE_BYTES)
        if not isinstance(fetched, Fetched):
            return No("server_error" if fetched.is_passing else "file_not_found")
        await desk.limits.take("files.getUploadURLExternal")
        await desk.limits.take("files.completeUploadExternal")
        sent = await attempt(
            desk.client.files_upload_v2(
                channel=self._channel_id, thread_ts=self._thread_ts, filename=file.name, title="The whole answer",
                content=fetched.data,
            )
        )  # fmt: skip
        return sent if isinstance(sent, No) else None

    def _has(self, seen: Message, file: File, first_ts: str) -> bool:
        files = seen.get("files") or []
        later = float(seen.get("ts") or 0) > float(first_ts) and seen.get("user") == self._desk.bot_user_id
        return later and any(each.get("name") == file.name and each.get("size") == file.size_bytes for each in files)


async def _link(desk: Desk, channel_id: str, ts: str) -> str | None:
    found = await call(
        desk.limits,
        "chat.getPermalink",
        lambda: desk.client.chat_getPermalink(channel=channel_id, message_ts=ts),
    )
    return None if isinstance(found, No) else str(found.get("permalink"))


async def _say_so(desk: Desk, ask: Ask, parts: list[Message], said: Block) -> None:
    """In the place of the button, that it was shared. That it stays, should Slack refuse, does no harm."""
    for part in parts:
        if any(element.get("action_id") == view.SHARE for element in _elements(part)):
            changed = await _update(desk, ask, part, [*blocks_of(part), said])
            if isinstance(changed, No):
                log.warning("button not changed", ask=ask.id, error=changed.error)


async def _update(desk: Desk, ask: Ask, part: Message, blocks: list[Block]) -> dict[str, Any] | No:
    key = mark(key_of(part) or ask.id)
    return await call(
        desk.limits,
        "chat.update",
        lambda: desk.client.chat_update(
            channel=ask.channel_id, ts=str(part["ts"]), text=text_of(part), blocks=blocks, metadata=key
        ),
    )


def _elements(part: Message) -> list[Mapping[str, Any]]:
    return [element for block in part.get("blocks") or [] for element in block.get("elements") or []]
