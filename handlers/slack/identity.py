"""Who is this? Slack's word on a person, kept for a short while, and the person in our books that follows from it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from budget.house import House
from budget.org.people import Profile, arrive
from budget.outcome import No
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.limits import Limits
from handlers.slack.wire.line import Answer, call
from store.people import Person

KEPT = timedelta(seconds=60)  # so long a deactivated or renamed account may look as it did
CARDS_KEPT = 2_000
LONGEST_NAME = 80
UNKNOWN_ERRORS = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
METHOD = "users.info"
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Card:
    """What Slack says of a user. `problem`: why they can have no tokens here ("app", "gone", "foreign", "unknown")."""

    profile: Profile
    problem: str | None


REFUSED = {
    "app": "Tokens are for people, and {name} is an app.",
    "gone": "The account of {name} is deactivated, so it has no tokens.",
    "foreign": "{name} belongs to another organisation, and tokens are for people of this workspace.",
    "unknown": "Slack knows nobody by that mention: pick the name from the list that opens after `@`.",
    "silent": "Slack did not tell me who that is; please try again in a minute.",
}
REFUSED_THEMSELVES = REFUSED | {  # said to the one whom it is about
    "gone": "Your account is deactivated, so it has no tokens.",
    "foreign": "You belong to another organisation, and tokens are for people of this workspace.",
    "unknown": "Slack does not know you here, so you have no tokens.",
}


class Identity:
    """The people of one workspace."""

    def __init__(self, house: House, client: AsyncWebClient, limits: Limits, workspace_id: str) -> None:
        self._house = house
        self._client = client
        self._limits = limits
        self._workspace_id = workspace_id
        self._cards: dict[str, tuple[datetime, Card]] = {}
        self._asking: dict[str, asyncio.Task[Answer]] = {}

    async def who(self, slack_id: str) -> Person | No:
        """Whoever acts, in our books from now on, with the starter grant; or why they cannot."""
        return await self._meet(slack_id, comes=True)

    async def mentioned(self, slack_id: str) -> Person | No:
        """Whoever was mentioned: in our books, with a wallet."""
        return await self._meet(slack_id, comes=False)

    async def name(self, slack_id: str) -> str:
        """What to call someone; their id when Slack does not say."""
        card = await self._card(slack_id, patient=False)
        return card.profile.name if card else slack_id

    async def _meet(self, slack_id: str, *, comes: bool) -> Person | No:
        card = await self._card(slack_id)
        problem = card.problem if card else "silent"
        if card is None or problem is not None:
            words = REFUSED_THEMSELVES if comes else REFUSED
            return No(words[problem or "silent"].format(name=card.profile.name if card else ""))
        return await arrive(self._house, self._workspace_id, card.profile, comes=comes)

    async def _card(self, slack_id: str, *, patient: bool = True) -> Card | None:
        """A fresh card; an older one when Slack does not answer; None when there is none.

        Without patience, no answer is what there is when it is not our turn to ask.
        """
        now = self._house.now()
        kept = self._cards.get(slack_id)
        if kept and now - kept[0] < KEPT:
            return kept[1]
        found = await self._ask(slack_id, patient=patient)
        if isinstance(found, SlackNo) and found.error not in UNKNOWN_ERRORS:
            return kept[1] if kept else None
        user = {} if isinstance(found, SlackNo) else found.get("user") or {}
        card = card_of(slack_id, user, self._workspace_id)
        if len(self._cards) >= CARDS_KEPT:
            self._cards.clear()
        self._cards[slack_id] = (now, card)
        return card

    async def _ask(self, slack_id: str, *, patient: bool) -> Answer:
        if not patient and not self._limits.is_free(METHOD):
            return SlackNo("ratelimited")
        return await asyncio.shield(self._asking.get(slack_id) or self._ask_once(slack_id))

    def _ask_once(self, slack_id: str) -> asyncio.Task[Answer]:
        """One call for all who want to know the same at the same time: a burst of questions is no burst of calls."""
        asking = asyncio.create_task(call(self._limits, METHOD, lambda: self._client.users_info(user=slack_id)))
        self._asking[slack_id] = asking
        asking.add_done_callback(lambda _: self._asking.pop(slack_id, None))
        return asking


def card_of(slack_id: str, user: Mapping[str, Any], workspace_id: str) -> Card:
    """What `users.info` said, as far as it matters here. Source: https://docs.slack.dev/reference/objects/user-object"""
    about = user.get("profile") or {}
    names = (about.get("real_name"), user.get("real_name"), about.get("display_name"), user.get("name"), slack_id)
    name = next(cleaned for cleaned in map(clean, names) if cleaned)
    profile = Profile(slack_id, name, clean(about.get("email")).lower() or None, clean(user.get("tz")) or None)
    return Card(profile, problem_of(slack_id, user, workspace_id))


def clean(text: object) -> str:
    """A field as one line of printable text."""
    return "".join(letter for letter in str(text or "") if letter.isprintable()).strip()[:LONGEST_NAME]


def problem_of(slack_id: str, user: Mapping[str, Any], workspace_id: str) -> str | None:
    """Why this user can have no tokens here. Team ids decide: Slack's own flags on strangers are unreliable."""
    if not user:
        return "unknown"
    if slack_id == SLACKBOT or user.get("is_bot") or user.get("is_workflow_bot"):
        return "app"
    if user.get("deleted"):
        return "gone"
    grid = (user.get("enterprise_user") or {}).get("teams") or []
    at_home = user.get("team_id") == workspace_id or workspace_id in grid
    return None if at_home and not user.get("is_stranger") else "foreign"
