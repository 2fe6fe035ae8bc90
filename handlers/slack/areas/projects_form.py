"""The form that makes a project: opened by a button, sent as the command would be."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from budget.money import BadAmount, parse_amount
from budget.outcome import No
from budget.projects import changing, seen
from budget.projects.typed import CreateProject
from budget.typed import PersonRef
from handlers.commands.projects import name_problem
from handlers.commands.words import tidy
from handlers.slack import forms
from handlers.slack.desk import Desk
from handlers.slack.telling import reader_of
from handlers.slack.views import projects as view
from handlers.slack.views.forms import View, closed, value_of
from handlers.slack.views.pieces import Reply
from handlers.slack.wire.late import Late
from store.people import Person

ORIGIN = "slack:form"
NOT_YOURS = No("Only managers of a team and admins can create a project.")


def register(app: AsyncApp, desk: Desk) -> Late:
    """The button, acknowledged at once, and the form."""
    late = Late()

    async def on_open(body: Mapping[str, Any], ack: AsyncAck) -> None:
        late.start(open_form(desk, body))
        await ack()

    async def on_submit(body: Mapping[str, Any], ack: AsyncAck) -> None:
        await ack(**await forms.submitted(desk, body, view.NAME, lambda who, sent: take(desk, who, sent)))
        desk.homes.touch(forms.user_of(body))

    app.action(view.OPEN)(on_open)
    app.view(view.FORM)(on_submit)
    return late


async def open_form(desk: Desk, body: Mapping[str, Any]) -> Reply:
    """The form, for those who may."""

    async def fill(who: Person) -> View | No:
        listing = await seen.list_projects(desk.house, who.id)
        return view.form(who.slack_id) if listing.may_create else NOT_YOURS

    return await forms.open_form(desk, body, view.TITLE, fill)


async def take(desk: Desk, who: Person, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A form that was sent: the same use case as the command, under the form's own id."""
    command = command_of(desk, sent)
    if isinstance(command, dict):
        return forms.errors(command)
    for mentioned in command.mentions:
        met = await desk.identity.mentioned(mentioned.id)
        if isinstance(met, No):
            return forms.errors({view.OWNER: met.sentence})
    done = await changing.change_project(desk.house, who.id, command, key=f"{ORIGIN}:{sent.get('id')}", origin=ORIGIN)
    if isinstance(done, No):
        field = view.AMOUNT if command.amount_micros else view.NAME
        return forms.errors({field: done.sentence.replace("`", "")})
    reply = view.done(done, reader_of(desk.house, who))
    return forms.show({**closed(view.TITLE, []), "blocks": list(reply.blocks)})


def command_of(desk: Desk, sent: Mapping[str, Any]) -> CreateProject | dict[str, str]:
    """What was put in, or what is wrong with it, by field."""
    name = " ".join(tidy(value_of(sent, view.NAME)).split())
    owner, typed = value_of(sent, view.OWNER), value_of(sent, view.AMOUNT)
    problem = name_problem(name, desk.house.face)
    if problem:
        return {view.NAME: problem.replace("`", "")}
    amount = parse_amount(typed, desk.house.face) if typed else None
    if isinstance(amount, BadAmount):
        return {view.AMOUNT: amount.sentence.replace("`", "")}
    return CreateProject(name, PersonRef(owner) if owner else None, amount)
