"""What the Slack edge has at hand, in one frozen object made when it starts."""

from collections.abc import Callable
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from budget.house import House
from handlers.slack.answering.files import Files
from handlers.slack.homes import Homes
from handlers.slack.identity import Identity
from handlers.slack.letters import Letters
from handlers.slack.wire.limits import Limits


@dataclass(frozen=True, slots=True)
class Desk:
    """`workspace_id` is Slack's team id; `bot_user_id` is who we are there."""

    house: House
    client: AsyncWebClient
    limits: Limits
    identity: Identity
    workspace_id: str
    bot_user_id: str
    new_id: Callable[[], str]
    files: Files = field(default_factory=Files)
    letters: Letters = field(default_factory=Letters)
    homes: Homes = field(default_factory=Homes)
