"""The app was opened: show the Home tab, or offer prompts in the Messages tab."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from budget.home import home as home_tab
from budget.outcome import No
from handlers.slack.desk import Desk
from handlers.slack.telling import reader_of
from handlers.slack.views import home as view
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.late import Late
from handlers.slack.wire.line import call
from store.database import Unavailable

log = structlog.get_logger(__name__)

AWAY = No("The books cannot be reached just now. Open this tab again in a minute.")


def register(app: AsyncApp, desk: Desk) -> Late:
    """Acknowledged at once: showing it may have to wait for Slack."""
    late = Late()

    async def on_opened(event: Mapping[str, Any]) -> None:
        late.start(show(desk, event))

    app.event("app_home_opened")(on_opened)
    return late


async def show(desk: Desk, event: Mapping[str, Any]) -> None:
    """The tab that was opened; a fault leaves it as it was."""
    try:
        shown = await offer_prompts(desk, event) if event.get("tab") == "messages" else await publish(desk, event)
    except Exception:
        log.exception("home not shown", tab=event.get("tab"))
        return
    if isinstance(shown, SlackNo):
        log.warning("home not shown", tab=event.get("tab"), error=shown.error)


async def publish(desk: Desk, event: Mapping[str, Any]) -> object:
    """The Home tab of whoever opened it."""
    user = str(event["user"])
    return await desk.homes.publish(desk, user, await home_of(desk, user))


async def home_of(desk: Desk, user: str) -> dict[str, Any]:
    """What someone sees on their Home tab."""
    try:
        who = await desk.identity.who(user)
        if isinstance(who, No):
            return view.turned_away(who)
        return view.home(await home_tab(desk.house, who.id), reader_of(desk.house, who), desk.house.retention.sentence)
    except Unavailable:
        return view.turned_away(AWAY)


async def offer_prompts(desk: Desk, event: Mapping[str, Any]) -> object:
    """Things to ask, in the Messages tab."""
    prompts = [dict(prompt) for prompt in view.PROMPTS]
    return await call(
        desk.limits,
        "assistant.threads.setSuggestedPrompts",
        lambda: desk.client.assistant_threads_setSuggestedPrompts(
            channel_id=str(event["channel"]), prompts=prompts, title=view.PROMPTS_TITLE
        ),
    )
