"""Allowances: who gets how much, how often."""

from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp

from budget.allowances import paying, seen, setting
from budget.allowances.typed import (
    OpenAllowanceForm,
    PayAllowances,
    SetAllowance,
    ShowAllowance,
    ShowAllowances,
    StopAllowance,
)
from budget.outcome import No
from budget.typed import AreaCommand
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import allowances_form
from handlers.slack.areas.call import ORIGIN, Answer, Call, Opener
from handlers.slack.desk import Desk
from handlers.slack.views import allowance_letters as letters  # the views of letters register themselves
from handlers.slack.views import allowances as view
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.wire.late import Late


async def show_mine(call: Call, command: ShowAllowances) -> Reply:  # noqa: ARG001  # one shape for all answers
    """What one gets, and what one may see."""
    return view.mine(await seen.mine(call.desk.house, call.who.id), call.reader)


async def show_one(call: Call, command: ShowAllowance) -> Reply:
    """Somebody's, a team's, everybody's."""
    found = await seen.of_one(call.desk.house, call.who.id, command.scope)
    return refused(found) if isinstance(found, No) else view.of_one(found, call.reader)


async def set_one(call: Call, command: SetAllowance) -> Reply:
    """Set one, and say what it comes to."""
    done = await setting.set_allowance(call.desk.house, call.who.id, command, key=call.key, origin=ORIGIN)
    return refused(done) if isinstance(done, No) else view.was_set(done, call.reader)


async def stop_one(call: Call, command: StopAllowance) -> Reply:
    """Stop one."""
    done = await setting.stop_allowance(call.desk.house, call.who.id, command, key=call.key, origin=ORIGIN)
    return refused(done) if isinstance(done, No) else view.stopped(done)


async def pay_left_out(call: Call, command: PayAllowances) -> Reply:  # noqa: ARG001  # one shape for all answers
    """Pay those who were left out."""
    done = await paying.pay_left_out(call.desk.house, call.who.id, origin=ORIGIN)
    return refused(done) if isinstance(done, No) else view.paid_now(done, call.reader)


ANSWERS: Mapping[type[AreaCommand], Answer] = {
    ShowAllowances: show_mine,
    ShowAllowance: show_one,
    SetAllowance: set_one,
    StopAllowance: stop_one,
    PayAllowances: pay_left_out,
}
OPENERS: Mapping[type[AreaCommand], Opener] = {OpenAllowanceForm: allowances_form.open_form}
LETTERS = letters.KINDS


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:  # noqa: ARG001  # one shape for all areas
    """Buttons, forms and events of this area; what is still under way when the process closes can be waited for."""
    return (allowances_form.register(app, desk),)
