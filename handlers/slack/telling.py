"""Direct messages to those whom a grant or move concerns. That one cannot be sent never undoes anything."""

import asyncio

import structlog

from budget.balance import zone_of
from budget.house import House
from budget.transfers.grants import Moved, Notice
from handlers.slack.desk import Desk
from handlers.slack.views.money import notice
from handlers.slack.views.pieces import Reader
from handlers.slack.wire.faults import No
from handlers.slack.wire.line import call
from handlers.slack.wire.posting import post_once
from store.people import Person

log = structlog.get_logger(__name__)

PATIENCE_S = (1.0, 4.0)  # between tries; after that whoever did it is asked to tell them


def reader_of(house: House, person: Person) -> Reader:
    """For whom a view is made."""
    office = house.rules.timezone
    return Reader(zone_of(person, office), office, house.face, house.now())


async def tell_all(desk: Desk, moved: Moved) -> list[str]:
    """Tell everyone it concerns; the names of those who could not be told."""
    reached = await asyncio.gather(*(tell(desk, moved, each) for each in moved.notices))
    return [each.person.name for each, was in zip(moved.notices, reached, strict=True) if not was]


async def tell(desk: Desk, moved: Moved, told: Notice) -> bool:
    """Send one message, once however often the change is repeated; False when Slack would not take it."""
    opened = await call(
        desk.limits, "conversations.open", lambda: desk.client.conversations_open(users=told.person.slack_id)
    )
    if isinstance(opened, No):
        log.warning("direct message not opened", error=opened.error)
        return False
    desk.homes.touch(told.person.slack_id)
    reply = notice(moved, told, reader_of(desk.house, told.person))
    sent = await post_once(
        desk.client,
        f"{moved.key}:{told.person.slack_id}",
        look_first=moved.replayed,
        limits=desk.limits,
        patience_s=PATIENCE_S,
        channel=str(opened["channel"]["id"]),
        text=reply.text,
        blocks=list(reply.blocks),
    )
    if isinstance(sent, No):
        log.warning("direct message not sent", error=sent.error)
    return isinstance(sent, str)
