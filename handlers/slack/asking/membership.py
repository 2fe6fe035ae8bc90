"""A channel as it matters to us: what it is called, whether we are in it, and whether somebody is."""

from dataclasses import dataclass
from typing import Any

from handlers.slack.desk import Desk
from handlers.slack.wire.faults import No
from handlers.slack.wire.line import call

PAGES, PAGE = 10, 999  # of the channels someone is in: PAGE is the largest Slack allows
ID_CHARS = 64  # the width of our column; Slack's own ids are far shorter
KINDS = "public_channel,private_channel"


@dataclass(frozen=True, slots=True)
class Room:
    """`name` None: we cannot see it. `open`: we are in it, and it takes messages."""

    name: str | None
    open: bool


def is_channel(channel_id: str, name: str) -> bool:
    """Whether it is a channel, and not a direct message of two or several people, as Slack names them in payloads."""
    return channel_id.startswith(("C", "G")) and len(channel_id) <= ID_CHARS and not name.startswith("mpdm-")


async def look(desk: Desk, channel_id: str) -> Room | No:
    """What Slack says of a channel now; a No when it does not say."""
    found = await call(desk.limits, "conversations.info", lambda: desk.client.conversations_info(channel=channel_id))
    if isinstance(found, No):
        return found if found.is_passing else Room(None, open=False)
    channel = found.get("channel") or {}
    return Room(channel.get("name"), bool(channel.get("is_member")) and not channel.get("is_archived"))


async def has(desk: Desk, channel_id: str, user_id: str) -> bool | No:
    """Whether someone is in a channel that we can see. Their channels are fewer than a channel's people may be."""
    cursor = ""
    for _ in range(PAGES):
        page = await _channels(desk, user_id, cursor)
        if isinstance(page, No):
            return page
        if any(channel.get("id") == channel_id for channel in page.get("channels") or []):
            return True
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return False


async def _channels(desk: Desk, user_id: str, cursor: str) -> dict[str, Any] | No:
    return await call(
        desk.limits,
        "users.conversations",
        lambda: desk.client.users_conversations(
            user=user_id, types=KINDS, exclude_archived=True, limit=PAGE, cursor=cursor or None
        ),
    )
