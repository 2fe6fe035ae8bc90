"""All areas together: which answers what."""

from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp

from budget.typed import AreaCommand
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import allowances, moving, organising, packages, policies, projects, requesting
from handlers.slack.areas.call import Answer, Call, Opener
from handlers.slack.desk import Desk
from handlers.slack.views.pieces import Reply
from handlers.slack.wire.late import Late

AREAS = (requesting, moving, allowances, packages, projects, organising, policies)
ANSWERS: Mapping[type[AreaCommand], Answer] = {kind: each for area in AREAS for kind, each in area.ANSWERS.items()}
OPENERS: Mapping[type[AreaCommand], Opener] = {kind: each for area in AREAS for kind, each in area.OPENERS.items()}


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:
    """Every area's buttons, forms and events."""
    return tuple(late for area in AREAS for late in area.register(app, desk, worker))


def opener(command: object) -> Opener | None:
    """What opens a form for a command, if one does."""
    return OPENERS.get(type(command)) if isinstance(command, AreaCommand) else None


async def answer(call: Call, command: AreaCommand) -> Reply:
    """Carry a command out, and send what has to be told to others right away."""
    reply = await ANSWERS[type(command)](call, command)
    call.desk.letters.nudge()
    return reply
