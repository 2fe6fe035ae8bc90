"""Sending, returning, lending, taking back: commands and forms."""

from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp

from budget.transfers import confirming, deeds
from budget.transfers.typed import Change, Lend, OpenForm, Return, Send, Undo
from budget.typed import AreaCommand
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import moving_clicks, moving_forms
from handlers.slack.areas.call import ORIGIN, Answer, Call, Opener
from handlers.slack.desk import Desk
from handlers.slack.views import moving as view
from handlers.slack.views import moving_letters as moving_letters  # registers the views of this area's letters
from handlers.slack.views.pieces import Reply
from handlers.slack.wire.late import Late


async def change(call: Call, command: Change) -> Reply:
    """Carry out a change of money, or ask first; those it concerns read a letter of it."""
    done = await confirming.ask_or_do(call.desk.house, call.who.id, command, key=call.key, origin=ORIGIN)
    return moving_clicks.answered(call.desk, call.who, done)


async def undo(call: Call, _command: Undo) -> Reply:
    """What can be taken back, with buttons."""
    return view.deeds(await deeds.list_deeds(call.desk.house, call.who.id), call.reader)


ANSWERS: Mapping[type[AreaCommand], Answer] = {Send: change, Return: change, Lend: change, Undo: undo}
OPENERS: Mapping[type[AreaCommand], Opener] = {OpenForm: moving_forms.open_form}


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:  # noqa: ARG001  # one shape for all areas
    """Buttons, forms and events of this area; what is still under way when the process closes can be waited for."""
    moving_clicks.register(app, desk)
    return (moving_forms.register(app, desk),)
