"""Making up for what Slack told while nobody listened: people whom we know, compared with what Slack says now."""

from collections.abc import Mapping

from budget.house import House
from budget.org.hearing import gone
from budget.org.people import Profile, arrive, as_described
from store import groups


async def known(house: House, workspace_id: str) -> list[str]:
    """The ids of everybody whom we know."""
    return await house.database.read(lambda conn: groups.slack_ids(conn, workspace_id))


async def make_up(house: House, workspace_id: str, now: Mapping[str, Profile | None]) -> int:
    """Let those go whose account is deactivated (None), and write down what is new of the others; how many changed."""
    before = await house.database.read(lambda conn: groups.known(conn, workspace_id, list(now)))
    changed = 0
    for slack_id, profile in now.items():
        person = before[slack_id]
        if profile is None and person.gone_at is None:
            await gone(house, workspace_id, slack_id)
        elif profile is not None and not as_described(house, person, profile):
            await arrive(house, workspace_id, profile, comes=False)
        else:
            continue
        changed += 1
    return changed
