"""Projects: pools for a purpose, and their channels."""

from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp

from budget.outcome import No
from budget.projects import changing, seen
from budget.projects.typed import (
    BindProject,
    CloseProject,
    CreateProject,
    FundProject,
    ProjectChange,
    SetProjectCost,
    SetProjectOwner,
    ShowProject,
    ShowProjects,
    UnbindProject,
)
from budget.transfers import confirming
from budget.typed import AreaCommand, ChannelRef
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import moving_clicks, projects_form
from handlers.slack.areas.call import ORIGIN, Answer, Call, Opener
from handlers.slack.asking import membership
from handlers.slack.desk import Desk
from handlers.slack.views import projects as view
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.late import Late


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:  # noqa: ARG001  # one shape for all areas
    """The form that makes one."""
    return (projects_form.register(app, desk),)


async def on_list(call: Call, command: ShowProjects) -> Reply:  # noqa: ARG001  # one shape for all
    """`project`"""
    return view.listing(await seen.list_projects(call.desk.house, call.who.id), call.reader)


async def on_show(call: Call, command: ShowProject) -> Reply:
    """`project NAME`"""
    found = await seen.see_project(call.desk.house, call.who.id, command.project)
    return refused(found) if isinstance(found, No) else view.project(found, call.reader)


async def on_change(call: Call, command: ProjectChange) -> Reply:
    """Everything that changes one."""
    done = await changing.change_project(
        call.desk.house, call.who.id, command, key=call.key, origin=ORIGIN, here=call.here
    )
    return refused(done) if isinstance(done, No) else view.done(done, call.reader)


async def on_fund(call: Call, command: FundProject) -> Reply:
    """`project fund …`: asked about first where it is much."""
    done = await confirming.ask_or_do(call.desk.house, call.who.id, command, key=call.key, origin=ORIGIN)
    return moving_clicks.answered(call.desk, call.who, done)


async def on_bind(call: Call, command: BindProject) -> Reply:
    """`project channel NAME #channel|here`: where we are, since we answer nowhere else."""
    there = command.channel.id if isinstance(command.channel, ChannelRef) else call.here or ""
    room = await membership.look(call.desk, there)
    if isinstance(room, SlackNo) or not room.open:
        return refused(No(view.NOT_THERE))
    return await on_change(call, command)


ANSWERS: Mapping[type[AreaCommand], Answer] = {
    ShowProjects: on_list,
    ShowProject: on_show,
    BindProject: on_bind,
    FundProject: on_fund,
    **dict.fromkeys((CreateProject, UnbindProject, SetProjectOwner, SetProjectCost, CloseProject), on_change),
}
OPENERS: Mapping[type[AreaCommand], Opener] = {}
