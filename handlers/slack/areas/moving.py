"""Sending, returning, lending, taking back: commands and forms."""

from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp

from budget.typed import AreaCommand
from handlers.slack.answering.worker import Worker
from handlers.slack.areas.call import Answer, Opener
from handlers.slack.desk import Desk
from handlers.slack.views import moving_letters as moving_letters  # registers the views of this area's letters
from handlers.slack.wire.late import Late

ANSWERS: Mapping[type[AreaCommand], Answer] = {}
OPENERS: Mapping[type[AreaCommand], Opener] = {}


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:  # noqa: ARG001  # one shape for all areas
    """Buttons, forms and events of this area; what is still under way when the process closes can be waited for."""
    return ()
