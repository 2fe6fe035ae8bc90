"""Statements and offers: a message, and the same on paper in the direct messages of whoever asked.

Never anywhere else: what somebody has is theirs to show.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog

from budget.money import Face
from budget.outcome import No
from budget.packages.offer import Offer, offer_of
from budget.packages.papers import offer_paper, statement_paper
from budget.packages.statement import Statement, statement_of
from budget.packages.typed import MakeOffer, ShowStatement
from budget.typed import AreaCommand
from handlers.slack.areas.call import ORIGIN, Answer, Call
from handlers.slack.desk import Desk
from handlers.slack.views import statements as view
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.line import call as slack_call

log = structlog.get_logger(__name__)

UPLOAD = ("files.getUploadURLExternal", "files.completeUploadExternal")
PRESS = ThreadPoolExecutor(1, "paper")  # one at a time: it is work for a processor, and answers have to go on


async def statement(call: Call, command: ShowStatement) -> Reply:
    """`statement [@person] [PERIOD]`"""
    made = await statement_of(call.desk.house, call.who.id, command.of, command.period, origin=ORIGIN)
    if isinstance(made, No):
        return refused(made)
    sent = await send(call, lambda face: statement_paper(made, face), name_of(made), title_of(made))
    return view.statement(made, call.reader, sent=sent)


async def offer(call: Call, command: MakeOffer) -> Reply:
    """`offer AMOUNT a year …`"""
    made = await offer_of(call.desk.house, call.who.id, command)
    if isinstance(made, No):
        return refused(made)
    sent = await send(call, lambda face: offer_paper(made, face), f"offer-{made.made_on}.pdf", offer_title(made))
    return view.offer(made, call.reader, sent=sent)


def name_of(made: Statement) -> str:
    """`statement-2026-11.pdf`"""
    return f"statement-{made.from_on:%Y}.pdf" if made.is_year else f"statement-{made.from_on:%Y-%m}.pdf"


def title_of(made: Statement) -> str:
    """As the file is called in the conversation."""
    return f"Statement, {made.title}" if made.own else f"Statement of {made.person.name}, {made.title}"


def offer_title(made: Offer) -> str:
    """As the file is called in the conversation."""
    return f"Tokens that come with the job, for {made.to}" if made.to else "Tokens that come with the job"


async def send(call: Call, paper: Callable[[Face], bytes], name: str, title: str) -> bool:
    """Make a PDF and upload it to the direct messages of whoever asked; whether it is there."""
    desk, face = call.desk, call.desk.house.face
    content = await asyncio.get_running_loop().run_in_executor(PRESS, paper, face)
    slack_id = call.who.slack_id
    opened = await slack_call(desk.limits, "conversations.open", lambda: desk.client.conversations_open(users=slack_id))
    if isinstance(opened, SlackNo):
        log.warning("direct message not opened", error=opened.error)
        return False
    return await upload(desk, str(opened["channel"]["id"]), name, title, content)


async def upload(desk: Desk, channel_id: str, name: str, title: str, content: bytes) -> bool:
    """Three steps, behind one call of the library."""
    if not await desk.limits.take(UPLOAD[0]):
        return False
    sent = await slack_call(
        desk.limits,
        UPLOAD[1],
        lambda: desk.client.files_upload_v2(channel=channel_id, filename=name, title=title, content=content),
    )
    if isinstance(sent, SlackNo):
        log.warning("file not uploaded", error=sent.error)
    return not isinstance(sent, SlackNo)


ANSWERS: Mapping[type[AreaCommand], Answer] = {ShowStatement: statement, MakeOffer: offer}
