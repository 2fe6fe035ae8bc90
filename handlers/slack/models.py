"""The menu that chooses a model, under the list of models."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget.offer.mine import Mine, mine
from budget.org import people
from budget.outcome import No
from handlers.slack.desk import Desk
from handlers.slack.instructions import channel_of
from handlers.slack.views import models as view
from handlers.slack.views.pieces import Reply, refused, said
from store import channels
from store.database import Connection, Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

ORIGIN = "slack:menu"
AWAY = "The books cannot be reached just now, so nothing was changed. Try again in a minute."


def register(app: AsyncApp, desk: Desk) -> None:
    """Whoever chooses, chooses for themselves."""

    async def on_choice(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        wanted = (action.get("selected_option") or {}).get("value")
        if not wanted:
            await ack()
            return
        reply = await chosen(desk, str((body.get("user") or {}).get("id")), str(wanted), channel_of(body))
        await ack()
        await respond(text=reply.text, blocks=list(reply.blocks), response_type="ephemeral", replace_original=True)

    app.action(view.CHOOSE)(on_choice)


async def chosen(desk: Desk, user_id: str, wanted: str, channel_id: str | None) -> Reply:
    """What the list becomes after a choice; where that failed, why, with the list as it was."""
    try:
        who = await desk.identity.who(user_id)
        if isinstance(who, No):
            return refused(who)
        name = None if wanted == view.DEFAULT else wanted
        choice = await people.choose_model(desk.house, who, name, origin=ORIGIN, channel_id=channel_id)
        done = refused(choice) if isinstance(choice, No) else view.chosen(choice)
        shown = await listed(desk, who, channel_id)
        return Reply(f"{done.text}\n{shown.text}", [*done.blocks, *shown.blocks])
    except Unavailable as away:
        log.warning("database is away", what="a choice of model", reason=str(away))
        return said([AWAY])


async def listed(desk: Desk, who: Person, channel_id: str | None) -> Reply:
    """The models, as they stand for someone in some place."""

    def work(conn: Connection) -> Mine | No:
        here = channels.get(conn, who.workspace_id, channel_id).model if channel_id else None
        return mine(conn, desk.house, who.id, here)

    found = await desk.house.database.read(work)
    return refused(found) if isinstance(found, No) else view.models(found, desk.house.models.default)
