"""Replies in a thread that are questions without a mention, where a channel is set so."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from handlers.slack.asking.questions import SPECIAL, is_visible, new_ask
from handlers.slack.desk import Desk
from store import channels, messages
from store.asks import NewAsk
from store.database import Unavailable

log = structlog.get_logger(__name__)

KEPT = timedelta(seconds=5)  # so long a channel may go on as it was set before
CHANNELS_KEPT = 2_000
PLACES = ("channel", "group", "mpim")  # channel_type of message events
SUBTYPES = (None, "file_share")  # what is "also sent to the channel" speaks to everybody
SAYS_NAMES = ("<@", "<!subteam^")
SAYS_ALL = frozenset({"here", "channel", "everyone", "group"})


class Follower:
    """What the books said of channels a few seconds ago, and what they say of threads now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: dict[str, tuple[datetime, bool]] = {}

    async def question(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> NewAsk | None:
        """The question in a reply whose author has asked in its thread before; None: let people talk.

        Raises Unavailable where replies are followed: then it has to come again.
        """
        desk = self._desk
        if not may_follow(event):
            return None
        new = new_ask(
            body, {**event, "type": "app_mention"}, ask_id=desk.new_id(), workspace_id=desk.workspace_id,
            bot_user_id=desk.bot_user_id,
        )  # fmt: skip
        if new is None or new.thread_ts == new.message_ts or not await self._follows(new.channel_id):
            return None
        asked = await desk.house.database.read(
            lambda conn: messages.has_asked(
                conn, new.workspace_id, new.channel_id, new.thread_ts, new.asker_id, but_ts=new.message_ts
            )
        )
        return new if asked else None

    async def _follows(self, channel_id: str) -> bool:
        now, (kept_at, on) = self._desk.house.now(), self._kept.get(channel_id, (None, False))
        if kept_at and now - kept_at < KEPT:
            return on
        try:
            found = await self._desk.house.database.read(
                lambda conn: channels.get(conn, self._desk.workspace_id, channel_id)
            )
        except Unavailable as away:  # people's talk in all other channels must not pile up
            log.warning("database is away", what="a reply", reason=str(away))
            return on
        if len(self._kept) >= CHANNELS_KEPT:
            self._kept.clear()
        self._kept[channel_id] = (now, found.follow_threads)
        return found.follow_threads


def may_follow(event: Mapping[str, Any]) -> bool:
    """Whether a message is a person's reply in a thread that turns to nobody else."""
    text = event.get("text")
    if event.get("type") != "message" or event.get("channel_type") not in PLACES or not event.get("thread_ts"):
        return False
    if event.get("bot_id") or event.get("subtype") not in SUBTYPES or not isinstance(text, str):
        return False
    return any(map(is_visible, text)) and not turns_to_others(text)


def turns_to_others(text: str) -> bool:
    """Whether a text mentions somebody, a group, or everybody."""
    return any(name in text for name in SAYS_NAMES) or any(
        found[1].partition("|")[0] in SAYS_ALL for found in SPECIAL.finditer(text)
    )
