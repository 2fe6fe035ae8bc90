"""Who is this? Slack's word on a person, kept for a short while, and the person in our books that follows from it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from budget.house import House
from budget.org.guests import turned_away
from budget.org.hearing import gone
from budget.org.people import Profile, arrive
from budget.outcome import No
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.limits import Limits
from handlers.slack.wire.line import Answer, call
from store.people import Person

log = structlog.get_logger(__name__)

KEPT = timedelta(seconds=60)  # so long a deactivated or renamed account may look as it did
CARDS_KEPT = 2_000
LONGEST_NAME = 80
UNKNOWN_ERRORS = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
METHOD, LISTING = "users.info", "users.list"
FEW = 25  # people who are asked for one by one
PAGE, MOST_PAGES = 500, 20  # of the list of all: ten thousand people at most, in calls of which 20 a minute are free
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Card:
    """What Slack says of a user. `problem`: why they can have no tokens here ("app", "gone", "unknown"), or only where
    they were let in ("foreign"; guests of this workspace have no problem, and `profile.is_guest`)."""

    profile: Profile
    problem: str | None


REFUSED = {
    "app": "Tokens are for people, and {name} is an app.",
    "gone": "The account of {name} is deactivated, so it has no tokens.",
    "foreign": "{name} belongs to another organisation, and guests have tokens only where an admin allows it: "
    "{admins}.",
    "guest": "{name} is a guest here, and guests have tokens only where an admin allows it: {admins}.",
    "unknown": "Slack knows nobody by that mention: pick the name from the list that opens after `@`.",
    "silent": "Slack did not tell me who that is; please try again in a minute.",
}
REFUSED_THEMSELVES = REFUSED | {  # said to the one whom it is about
    "gone": "Your account is deactivated, so it has no tokens.",
    "foreign": "You belong to another organisation, and guests have tokens only where an admin allows it: {admins}.",
    "guest": "You are a guest here, and guests have tokens only where an admin allows it: {admins}.",
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
        """Whoever was mentioned: in our books, with a wallet; who has left, too, so that their account can be seen."""
        return await self._meet(slack_id, comes=False)

    async def name(self, slack_id: str) -> str:
        """What to call someone; their id when Slack does not say."""
        card = await self._card(slack_id, patient=False)
        return card.profile.name if card else slack_id

    async def anyone(self, slack_id: str) -> Person | No:
        """The same, guests who were not let in as well: for whoever decides about them."""
        return await self._meet(slack_id, comes=False, guests=True)

    async def cards(self, slack_ids: Sequence[str]) -> dict[str, Card]:
        """What Slack says of several users: one by one where they are few, else out of the list of all.

        Of those beyond MOST_PAGES of the list, and while Slack does not answer, nothing.
        """
        if len(slack_ids) <= FEW:
            found = [(each, await self._card(each)) for each in slack_ids]
            return {each: card for each, card in found if card is not None}
        return await self._listed(set(slack_ids))

    def heard(self, card: Card) -> None:
        """Slack told of a change by itself."""
        self._keep(card.profile.slack_id, card)

    async def _meet(self, slack_id: str, *, comes: bool, guests: bool = False) -> Person | No:
        card = await self._card(slack_id)
        if card is not None and card.problem == "gone":
            left = await gone(self._house, self._workspace_id, slack_id)
            return refusal(card, comes) if left is None or comes else left
        if card is None or card.problem not in (None, "foreign"):
            return refusal(card, comes)
        if card.profile.is_guest and not guests:
            admins = await turned_away(self._house, self._workspace_id, slack_id)
            if admins is not None:
                return refusal(card, comes, admins)
        return await arrive(self._house, self._workspace_id, card.profile, comes=comes)

    async def _listed(self, wanted: set[str]) -> dict[str, Card]:
        found: dict[str, Card] = {}
        cursor = ""
        for _ in range(MOST_PAGES):
            page = await self._page(cursor)
            if isinstance(page, SlackNo):
                log.warning("people not listed", error=page.error)
                break
            users = [user for user in page.get("members") or [] if user.get("id") in wanted]
            found |= {str(user["id"]): card_of(str(user["id"]), user, self._workspace_id) for user in users}
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor or found.keys() == wanted:
                break
        return found

    async def _page(self, cursor: str) -> Answer:
        return await call(self._limits, LISTING, lambda: self._client.users_list(limit=PAGE, cursor=cursor or None))

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
        self._keep(slack_id, card)
        return card

    def _keep(self, slack_id: str, card: Card) -> None:
        if len(self._cards) >= CARDS_KEPT:
            self._cards.clear()
        self._cards[slack_id] = (self._house.now(), card)

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
    problem = problem_of(slack_id, user, workspace_id)
    guest = problem == "foreign" or bool(user.get("is_restricted") or user.get("is_ultra_restricted"))
    mail, zone = clean(about.get("email")).lower() or None, clean(user.get("tz")) or None
    return Card(Profile(slack_id, name, mail, zone, is_guest=guest), problem)


def refusal(card: Card | None, comes: bool, admins: Sequence[str] = ()) -> No:
    """Why somebody has no tokens: to themselves (`comes`), or to who mentioned them. `admins`: who let guests in."""
    if card is None:
        return No(REFUSED["silent"])
    words = (REFUSED_THEMSELVES if comes else REFUSED)[card.problem or "guest"]
    sentence = words.format(name=card.profile.name, admins=" or ".join(admins) or "ask one")
    return No(sentence, "" if comes or not card.profile.is_guest else f"guest allow @{card.profile.name}")


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
