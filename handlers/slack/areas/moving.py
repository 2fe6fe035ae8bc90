"""Sending, returning, lending, taking back: commands and forms."""

from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp

from budget.outcome import No
from budget.transfers import changing
from budget.transfers.typed import Change, Lend, Return, Send
from budget.typed import AreaCommand
from handlers.slack.answering.worker import Worker
from handlers.slack.areas.call import ORIGIN, Answer, Call, Opener
from handlers.slack.desk import Desk
from handlers.slack.views import money
from handlers.slack.views import moving_letters as moving_letters  # registers the views of this area's letters
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.wire.late import Late


async def change(call: Call, command: Change) -> Reply:
    """Carry out a change of money; those it concerns read a letter of it."""
    done = await changing.change(call.desk.house, call.who.id, command, key=call.key, origin=ORIGIN)
    return refused(done) if isinstance(done, No) else money.done(done, call.reader)


ANSWERS: Mapping[type[AreaCommand], Answer] = {Send: change, Return: change, Lend: change}
OPENERS: Mapping[type[AreaCommand], Opener] = {}


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:  # noqa: ARG001  # one shape for all areas
    """Buttons, forms and events of this area; what is still under way when the process closes can be waited for."""
    return ()
