"""Forms (modals): opened at once, since Slack lets that be done for three seconds only, then filled in.

Whoever sends a form is looked up anew; what goes wrong is said below one of its fields, and changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from budget.outcome import No
from handlers.slack.desk import Desk
from handlers.slack.identity import REFUSED
from handlers.slack.views.forms import closed, waiting
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.line import call
from handlers.slack.wire.safe import escape
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

WHO_S = 1.5  # to learn who submits; Slack waits 3 s for what becomes of a form
OPENED = Reply("")
NOT_OPENED = "Slack did not open the form: try again."
AWAY = "The books cannot be reached just now, so nothing was changed. Try again in a minute."
FAULT = "Something went wrong on our side, and nothing was changed. The reference for an admin: {reference}"

ViewJson = dict[str, Any]
Fill = Callable[[Person], Awaitable[ViewJson | No]]
Submit = Callable[[Person, Mapping[str, Any]], Awaitable[dict[str, Any]]]


async def open_form(desk: Desk, body: Mapping[str, Any], title: str, fill: Fill) -> Reply:
    """Open a form, then look who asks for it, and fill it in. Says something only when Slack does not open it."""
    trigger_id = str(body.get("trigger_id") or "")
    opened = await call(
        desk.limits, "views.open", lambda: desk.client.views_open(trigger_id=trigger_id, view=waiting(title))
    )
    if isinstance(opened, SlackNo):
        log.warning("form not opened", error=opened.error)
        return refused(No(NOT_OPENED))
    view_id, filled = str(opened["view"]["id"]), await _filled(desk, user_of(body), title, fill)
    shown = await call(desk.limits, "views.update", lambda: desk.client.views_update(view_id=view_id, view=filled))
    if isinstance(shown, SlackNo):  # closed by hand meanwhile, mostly
        log.warning("form not filled in", error=shown.error)
    return OPENED


async def _filled(desk: Desk, user_id: str, title: str, fill: Fill) -> ViewJson:
    """The form as it stands, or the sentence that says why there is none."""
    try:
        who = await desk.identity.who(user_id)
        made = who if isinstance(who, No) else await fill(who)
        return closed(title, [escape(made.sentence)]) if isinstance(made, No) else made
    except Unavailable:
        return closed(title, [AWAY])
    except Exception:
        reference = desk.new_id()
        log.exception("form not filled in", reference=reference)
        return closed(title, [FAULT.format(reference=reference)])


async def submitted(desk: Desk, body: Mapping[str, Any], field: str, work: Submit) -> dict[str, Any]:
    """What becomes of a form that is sent: the arguments of the acknowledgement (Slack's `response_action`).

    `field`: the block below which a fault is shown. `work` gets the sender and the values by block id (`values_of`).
    """
    try:
        async with asyncio.timeout(WHO_S):
            who = await desk.identity.who(user_of(body))
        if isinstance(who, No):
            return errors({field: who.sentence})
        done = await work(who, body["view"])
        desk.letters.nudge()
        desk.homes.touch(who.slack_id)
        return done
    except TimeoutError:
        return errors({field: REFUSED["silent"]})
    except Unavailable:
        return errors({field: AWAY})
    except Exception:
        reference = desk.new_id()
        log.exception("form not taken", reference=reference)
        return errors({field: FAULT.format(reference=reference)})


def user_of(body: Mapping[str, Any]) -> str:
    """Of a command, or of an interaction."""
    return str(body.get("user_id") or (body.get("user") or {}).get("id"))


def errors(by_field: Mapping[str, str]) -> dict[str, Any]:
    """Sentences below fields; the form stays open."""
    return {"response_action": "errors", "errors": dict(by_field)}


def show(view: ViewJson) -> dict[str, Any]:
    """Another view in the place of the form."""
    return {"response_action": "update", "view": view}


def done(title: str, sentences: list[str]) -> dict[str, Any]:
    """Say what was done in the place of the form."""
    return show(closed(title, sentences))
