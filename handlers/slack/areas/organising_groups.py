"""Teams that follow a user group: asking Slack who is in it, meeting whom we do not know, bringing the team in line."""

import asyncio
from dataclasses import replace

import structlog

from budget.org import groups
from budget.org.groups import Synced
from budget.org.guests import turned_away
from budget.org.hearing import meet_all
from budget.org.typed import BindGroup, SyncGroups
from budget.outcome import No
from handlers.slack.areas.call import ORIGIN, Call
from handlers.slack.desk import Desk
from handlers.slack.views import groups as view
from handlers.slack.views.groups import Failed
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.line import call as ask
from store.teams import Team

log = structlog.get_logger(__name__)

PATIENCE_S = (5.0, 30.0, 120.0)  # between looks that Slack told us of, while it does not answer
PASSING = ("network", "server_error", "ratelimited")


async def on_bind(call: Call, command: BindGroup) -> Reply:
    """`team group NAME @group|none`: the team follows it from now on, beginning now."""
    bound = await groups.bind(call.desk.house, call.who.id, command, origin=ORIGIN)
    if isinstance(bound, No):
        return refused(bound)
    if bound.group_id is None:
        return view.unbound(bound)
    found = await bring_in_line(call.desk, replace(bound.team, usergroup_id=bound.group_id), call.who.id, ORIGIN)
    return view.synced([found], bound=True)


async def on_sync(call: Call, command: SyncGroups) -> Reply:
    """`team sync NAME|all`, a team after the other."""
    wanted = await groups.to_sync(call.desk.house, call.who.id, command.team)
    if isinstance(wanted, No):
        return refused(wanted)
    return view.synced([await bring_in_line(call.desk, team, call.who.id, ORIGIN) for team in wanted])


async def bring_in_line(desk: Desk, team: Team, actor_id: str | None, origin: str) -> Synced | Failed:
    """Ask Slack who is in a team's group, and put them there; whom we do not know is looked up first."""
    group_id = str(team.usergroup_id)
    found = await ask(
        desk.limits, "usergroups.users.list", lambda: desk.client.usergroups_users_list(usergroup=group_id)
    )
    if isinstance(found, SlackNo):
        log.warning("user group not read", error=found.error)
        return Failed(team, found.error)
    slack_ids = {str(each) for each in found.get("users") or []}
    synced = await groups.sync(desk.house, team, slack_ids, actor_id=actor_id, origin=origin)
    if synced is None:
        return Failed(team, view.BOUND_OTHERWISE)
    return await with_unknown(desk, synced) if synced.unknown else synced


async def with_unknown(desk: Desk, synced: Synced) -> Synced:
    """Meet those of a group whom we do not know, as far as Slack says who they are: they join by being met."""
    cards = await desk.identity.cards(synced.unknown)
    people = [card for card in cards.values() if card.problem in (None, "foreign")]
    away = [card for card in people if card.profile.is_guest and await turned_away(
        desk.house, desk.workspace_id, card.profile.slack_id) is not None]  # fmt: skip
    met = await meet_all(desk.house, desk.workspace_id, [card.profile for card in people if card not in away])
    return replace(
        synced, joined=[*synced.joined, *met], unknown=[each for each in synced.unknown if each not in cards],
        nobody=len(cards) - len(met),
    )  # fmt: skip


class Followers:
    """Brings teams in line when Slack tells of changes: one look at a time for each, however many there are."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._busy: set[str] = set()
        self._again: set[str] = set()

    async def look(self, team: Team) -> None:
        """A team's group changed. Faults are written down: the next change, or a command, looks again."""
        if team.id in self._busy:
            self._again.add(team.id)
            return
        self._busy.add(team.id)
        try:
            await self._until_quiet(team)
        except Exception:
            log.exception("team not brought in line")
        finally:
            self._busy.discard(team.id)

    async def _until_quiet(self, team: Team) -> None:
        self._again.add(team.id)
        while team.id in self._again:
            self._again.discard(team.id)
            for wait_s in (*PATIENCE_S, None):
                found = await bring_in_line(self._desk, team, None, "slack:group")
                if wait_s is None or not isinstance(found, Failed) or found.error not in PASSING:
                    break
                await asyncio.sleep(wait_s)
