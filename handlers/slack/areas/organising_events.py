"""What Slack tells by itself: who came, changed or left, who is in a user group. Written down, then acknowledged."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from budget.org.hearing import hear
from handlers.slack.areas.organising_groups import Followers
from handlers.slack.desk import Desk
from handlers.slack.identity import card_of
from handlers.slack.wire.late import Late
from store import groups

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

    app.event("team_join")(on_joined)
    app.event("user_change")(on_changed)
    app.event("subteam_members_changed")(on_members)
    return late


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
