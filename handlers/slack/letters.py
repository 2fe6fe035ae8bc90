"""Sending what waits in the outbox: each letter once, as a direct message, updated when it is revised.

A view of a letter is made of its payload alone, for a reader: `VIEWS` is filled by the modules that know the kinds.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from budget.balance import zone_of
from handlers.slack.views.pieces import Reader, Reply
from handlers.slack.wire.faults import No
from handlers.slack.wire.line import call
from handlers.slack.wire.posting import find_key, post_once
from store import outbox, people
from store.database import Unavailable
from store.outbox import MOST_TRIES, Letter

if TYPE_CHECKING:
    from handlers.slack.desk import Desk

log = structlog.get_logger(__name__)

View = Callable[[Mapping[str, Any], Reader], Reply]
VIEWS: dict[str, View] = {}  # by kind
AT_ONCE = 8
LOOK_EVERY_S = 2.0  # so late at most is a letter that another replica wrote, or the clock
FIRST_WAIT = timedelta(seconds=5)  # doubled with each further try
SEND_S = 100.0  # for one letter, waiting for its turn included: less than it is kept from others (`outbox.CLAIMED`)
CLOSE_S = 10.0  # for what is being sent when the process closes; another looks for it, and sends it if it is not there
ROOMS_KEPT = 20_000
TRIES_AFTER_A_NO = 3  # where Slack says that it cannot be done: the person is gone, say


def view(kind: str) -> Callable[[View], View]:
    """Register the view of a kind of letter."""

    def keep(made: View) -> View:
        assert kind not in VIEWS, kind
        VIEWS[kind] = made
        return made

    return keep


class Letters:
    """Sends what is due: when nudged, and every two seconds."""

    def __init__(self) -> None:
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self.rooms: dict[str, str] = {}  # where somebody's direct messages go, as Slack has said

    def nudge(self) -> None:
        """Something was written just now."""
        self._wanted.set()

    def start(self, desk: "Desk") -> None:
        """From now on."""
        self._task = asyncio.create_task(self._run(desk), name="letters")

    async def close(self, timeout_s: float) -> None:
        """Send what is being sent, so long at most; the rest waits for another process."""
        self._closing.set()
        self._wanted.set()
        if self._task:
            await asyncio.wait({self._task}, timeout=min(timeout_s, CLOSE_S))
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, desk: "Desk") -> None:
        while not self._closing.is_set():
            self._wanted.clear()
            try:
                while await deliver(desk):
                    if self._closing.is_set():
                        return
            except Unavailable as away:
                log.warning("database is away", what="letters", reason=str(away))
            except Exception:
                log.exception("letters not sent")
            try:
                await asyncio.wait_for(self._wanted.wait(), LOOK_EVERY_S)
            except TimeoutError:
                continue


async def deliver(desk: "Desk") -> int:
    """Send some of what is due; how many were taken up."""
    house = desk.house
    if not await house.database.look_up(lambda conn: outbox.due(conn, desk.workspace_id, house.now())):
        return 0
    taken = await house.database.write(lambda conn: outbox.take(conn, desk.workspace_id, house.now(), AT_ONCE))
    await asyncio.gather(*(send(desk, letter) for letter in taken))
    return len(taken)


async def send(desk: "Desk", letter: Letter) -> None:
    """Send one letter, or update the message that it was; note what became of it.

    What cannot be noted is tried again when the letter is nobody's any more, and found then if it was sent.
    """
    try:
        await _send(desk, letter)
    except Unavailable as away:
        log.warning("database is away", what="a letter", reason=str(away))


async def _send(desk: "Desk", letter: Letter) -> None:
    house = desk.house
    try:
        reply = VIEWS[letter.kind](letter.payload, await reader(desk, letter))
    except Unavailable:
        raise
    except Exception:
        log.exception("letter not written", kind=letter.kind)
        return await house.database.write(lambda conn: outbox.not_sent(conn, letter, None, house.now()))
    where = await _deliver(desk, letter, reply)
    now = house.now()
    if isinstance(where, No):
        again_at = next_try(letter, where, now)
        told = log.error if again_at is None else log.warning
        told("letter given up" if again_at is None else "letter not sent", kind=letter.kind, error=where.error,
             attempts=letter.attempts + 1)  # fmt: skip
        return await house.database.write(lambda conn: outbox.not_sent(conn, letter, again_at, now))
    await house.database.write(lambda conn: outbox.sent(conn, letter, *where, now))
    return desk.homes.touch(letter.slack_id)


def next_try(letter: Letter, why: No, now: datetime) -> datetime | None:
    """When to try again after a no; None: it is given up."""
    if letter.attempts + 1 >= (MOST_TRIES if why.is_down else TRIES_AFTER_A_NO):
        return None
    return now + max(FIRST_WAIT * (1 << min(letter.attempts, 10)), timedelta(seconds=why.retry_after_s))


async def _deliver(desk: "Desk", letter: Letter, reply: Reply) -> tuple[str, str] | No:
    """Where it is now, or why not; never longer than it is ours alone."""
    try:
        async with asyncio.timeout(SEND_S):
            return await (_update if letter.message_ts else _post)(desk, letter, reply)
    except TimeoutError:
        return No("network", maybe_done=True)
    except Exception:
        log.exception("letter not sent", kind=letter.kind)
        return No("fault", maybe_done=True)


async def reader(desk: "Desk", letter: Letter) -> Reader:
    """For whom it is: in their zone, where that is known."""
    house, office = desk.house, desk.house.rules.timezone
    found = await house.database.read(lambda conn: people.by_slack_id(conn, letter.workspace_id, letter.slack_id))
    return Reader(zone_of(found, office) if found else office, office, house.face, house.now())


async def _post(desk: "Desk", letter: Letter, reply: Reply) -> tuple[str, str] | No:
    channel = await _room(desk, letter.slack_id)
    if isinstance(channel, No):
        return channel
    if letter.attempts > 0:  # somebody may have sent it and not noted that; perhaps before it was revised
        found = await find_key(desk.client, letter.key, channel, None, desk.limits)
        if isinstance(found, str):
            return await _change(desk, channel, found, reply)
        if isinstance(found, No) and found.is_passing:
            return found
    sent = await post_once(
        desk.client, letter.key, limits=desk.limits, sleep=desk.limits.sleep, channel=channel, text=reply.text,
        blocks=list(reply.blocks),
    )  # fmt: skip
    if isinstance(sent, No):
        desk.letters.rooms.pop(letter.slack_id, None)
        return sent
    return channel, sent


async def _room(desk: "Desk", slack_id: str) -> str | No:
    """Where somebody's direct messages go; asked for once, since Slack lets that be asked fifty times a minute."""
    rooms = desk.letters.rooms
    if slack_id not in rooms:
        opened = await call(
            desk.limits, "conversations.open", lambda: desk.client.conversations_open(users=slack_id)
        )  # fmt: skip
        if isinstance(opened, No):
            return opened
        if len(rooms) >= ROOMS_KEPT:
            rooms.clear()
        rooms[slack_id] = str(opened["channel"]["id"])
    return rooms[slack_id]


async def _update(desk: "Desk", letter: Letter, reply: Reply) -> tuple[str, str] | No:
    return await _change(desk, str(letter.channel_id), str(letter.message_ts), reply)


async def _change(desk: "Desk", channel: str, ts: str, reply: Reply) -> tuple[str, str] | No:
    done = await call(
        desk.limits,
        "chat.update",
        lambda: desk.client.chat_update(channel=channel, ts=ts, text=reply.text, blocks=list(reply.blocks)),
    )
    return done if isinstance(done, No) else (channel, ts)
