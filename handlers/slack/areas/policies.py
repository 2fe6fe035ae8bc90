"""The policy in words, changing it in a form, and the audit."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from budget.org.instructions import fingerprint
from budget.outcome import No
from budget.policy import changing, seeing
from budget.policy.changing import Applied, Mistaken, Overtaken, Previewed, setter, written
from budget.policy.typed import EditPolicy, ShowAudit, ShowLooks, ShowPolicy, ShowPolicyHistory
from budget.typed import AreaCommand
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import policies_audit
from handlers.slack.areas.call import Answer, Call, Opener
from handlers.slack.desk import Desk
from handlers.slack.forms import ViewJson, errors, open_form, show, submitted
from handlers.slack.telling import reader_of
from handlers.slack.views import policies as view
from handlers.slack.views.forms import closed, waiting
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.late import Late
from handlers.slack.wire.line import call
from handlers.slack.wire.safe import escape
from store.people import Person

log = structlog.get_logger(__name__)

ORIGIN = "slack:form"
ACK_S = 2.0  # Slack waits 3 s for what becomes of a form; counting in large books may take longer, and follows then
FIRST = view.PART.format(1)


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:  # noqa: ARG001  # one shape for all areas
    """Buttons that open the form, the form and what it shows before it applies; the audit's pages."""
    late = Late()

    async def on_open(body: Mapping[str, Any], ack: AsyncAck) -> None:
        late.start(open_policy(desk, body))
        await ack()

    async def on_check(body: Mapping[str, Any], ack: AsyncAck) -> None:
        checking = late.start(submitted(desk, body, FIRST, lambda who, sent: check(desk, who, sent)))
        done, _ = await asyncio.wait({checking}, timeout=ACK_S)
        if done:
            await ack(**checking.result())
            return
        late.start(follow_up(desk, str(body["view"]["id"]), checking))
        await ack(**show(waiting(view.TITLE)))

    async def on_apply(body: Mapping[str, Any], ack: AsyncAck) -> None:
        await ack(**await submitted(desk, body, FIRST, lambda who, sent: apply(desk, who, sent)))

    app.action(view.OPEN)(on_open)
    app.view(view.CHECK)(on_check)
    app.view(view.APPLY)(on_apply)
    return late, policies_audit.register(app, desk)


async def show_policy(call: Call, command: ShowPolicy) -> Reply:  # noqa: ARG001  # one shape for all answers
    """`/tokens policy`"""
    seen = await seeing.see(call.desk.house, call.who)
    return refused(seen) if isinstance(seen, No) else view.policy(seen, call.reader)


async def show_history(call: Call, command: ShowPolicyHistory) -> Reply:  # noqa: ARG001  # one shape for all answers
    """`/tokens policy history`"""
    versions = await seeing.history(call.desk.house, call.who)
    return refused(versions) if isinstance(versions, No) else view.history(versions, call.reader)


async def open_policy(desk: Desk, body: Mapping[str, Any], command: AreaCommand | None = None) -> Reply:  # noqa: ARG001  # as openers
    """`/tokens policy edit`, and the buttons that do the same."""

    async def fill(who: Person) -> ViewJson | No:
        found = await changing.draft(desk.house, who)
        return found if isinstance(found, No) else view.edit(found)

    return await open_form(desk, body, view.TITLE, fill)


async def check(desk: Desk, who: Person, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The form was sent: what the text would change, or what is wrong with it."""
    about, text = view.About.of(str(sent["private_metadata"])), view.text_of(sent)
    found = await changing.propose(desk.house, setter(who, ORIGIN), text, read_number=about.read)
    return _next(desk, who, found, text, about)


async def follow_up(desk: Desk, view_id: str, checking: asyncio.Task[dict[str, Any]]) -> None:
    """What took longer than Slack waits, in the place of the form that says so."""
    answer = await checking
    sentences = [escape(sentence) for sentence in answer.get("errors", {}).values()]
    found = answer.get("view") or closed(view.TITLE, sentences)
    shown = await call(desk.limits, "views.update", lambda: desk.client.views_update(view_id=view_id, view=found))
    if isinstance(shown, SlackNo):  # closed by hand meanwhile, mostly
        log.warning("form not filled in", error=shown.error)


async def apply(desk: Desk, who: Person, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was shown is agreed to. A text that is another than the one it was shown for is checked first."""
    about, text = view.About.of(str(sent["private_metadata"])), view.text_of(sent)
    if about.shown != mark(text):
        return await check(desk, who, sent)
    done = await changing.apply(desk.house, setter(who, ORIGIN), text, read_number=about.read)
    return _next(desk, who, done, text, about)


def _next(
    desk: Desk, who: Person, found: Previewed | Applied | Mistaken | Overtaken | No, text: str, about: view.About
) -> dict[str, Any]:
    match found:
        case No(sentence):
            return errors({FIRST: sentence})
        case Mistaken():
            return show(view.mistaken(found, text, about.read))
        case Overtaken():
            return show(view.overtaken(found, text, reader_of(desk.house, who)))
        case Previewed():
            return show(view.preview(found, mark(found.toml)))
        case Applied():
            return show(view.applied(found))


def mark(text: str) -> str:
    """Tells one text from another, in little room."""
    return fingerprint(written(text))


ANSWERS: Mapping[type[AreaCommand], Answer] = {
    ShowPolicy: show_policy,
    ShowPolicyHistory: show_history,
    ShowLooks: policies_audit.show_looks,
    ShowAudit: policies_audit.show_audit,
}
OPENERS: Mapping[type[AreaCommand], Opener] = {EditPolicy: open_policy}
