"""What Slack tells by itself: who came, changed or left, who is in a user group. Written down, then acknowledged."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from budget.org import missed
from budget.org.hearing import hear
from handlers.slack.areas.organising_groups import Followers
from handlers.slack.desk import Desk
from handlers.slack.identity import card_of
from handlers.slack.wire.late import Late
from store import groups
from store.database import Unavailable

log = structlog.get_logger(__name__)

NEITHER = ("app", "unknown")  # nobody who could have tokens


def register(app: AsyncApp, desk: Desk) -> Late:
    """Three events. What they are told again, or too late, changes nothing."""
    late, followers = Late(), Followers(desk)

    async def on_joined(event: Mapping[str, Any]) -> None:
        await changed(desk, event, joins=True)

    async def on_changed(event: Mapping[str, Any]) -> None:
        await changed(desk, event)

    async def on_members(event: Mapping[str, Any]) -> None:
        group_id = str(event.get("subteam_id"))
        found = await desk.house.database.read(lambda conn: groups.following(conn, desk.workspace_id, group_id))
        for team in found:
            late.start(followers.look(team))

    late.start(catch_up(desk, followers))
    app.event("team_join")(on_joined)
    app.event("user_change")(on_changed)
    app.event("subteam_members_changed")(on_members)
    return late


async def catch_up(desk: Desk, followers: Followers) -> None:
    """What Slack told while nobody listened, made up for: of people and of groups. Harmless on every replica."""
    try:
        known = await missed.known(desk.house, desk.workspace_id)
        cards = await desk.identity.cards(known) if known else {}
        now = {each: None if card.problem == "gone" else card.profile for each, card in cards.items()
               if card.problem not in NEITHER}  # fmt: skip
        changed = await missed.make_up(desk.house, desk.workspace_id, now) if now else 0
        log.info("people looked through", known=len(known), changed=changed)
        desk.letters.nudge()
        for team in await desk.house.database.read(lambda conn: groups.following(conn, desk.workspace_id)):
            await followers.look(team)
    except Unavailable as away:
        log.warning("database is away", what="people", reason=str(away))
    except Exception:
        log.exception("people not looked through")


async def changed(desk: Desk, event: Mapping[str, Any], *, joins: bool = False) -> None:
    """Somebody came, changed, or their account was deactivated."""
    user = event["user"]
    card = card_of(str(user["id"]), user, desk.workspace_id)
    if card.problem in NEITHER:
        return
    heard = await hear(
        desk.house, desk.workspace_id, card.profile, at_ts=str(event["event_ts"]), deactivated=card.problem == "gone",
        joins=joins,
    )  # fmt: skip
    if heard:
        desk.identity.heard(card)
        desk.letters.nudge()
