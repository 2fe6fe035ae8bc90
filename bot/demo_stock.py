"""What the demo is stocked with: a few people do something before anybody opens the page, by the bot's own commands."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, TypeVar

import aiohttp

from bot.children import Part
from bot.wiring import Problems, now

COMMAND_S = 20.0
ADMIN, MANAGER, MEMBER = "U0FRANCES", "U0GRACE", "U0ADA"
LOOK = "looks at the Home tab"
STOCK = (  # who types what, before anybody opens the page
    (ADMIN, "/tokens fund $500 for the demo"),
    (ADMIN, "/tokens team create Platform"),
    (ADMIN, "/tokens team manager Platform @Grace Hopper"),
    (ADMIN, "/tokens team add Platform @Ada Lovelace @Alan Turing"),
    (ADMIN, "/tokens team channel Platform #platform"),
    (ADMIN, "/tokens grant Platform $100 for the quarter"),
    (MEMBER, LOOK),  # and has the starter grant, so that the balance told with the next one counts it
    (MANAGER, "/tokens grant @Ada Lovelace $5 for getting started"),
    (ADMIN, "/tokens project create Apollo @Grace Hopper $25"),
    (ADMIN, "/tokens project channel Apollo #random"),
    (ADMIN, "/tokens allowance Platform $10 monthly rollover 50%"),
    (ADMIN, "/tokens package @Ada Lovelace $60 a year from {start} cliff 3 months"),
)

T = TypeVar("T")


async def stock(http: aiohttp.ClientSession, bot: Part) -> None:
    """Do all of it, one after the other. Raises Problems."""
    started = f"{months_before(now().date(), 3):%Y-%m-%d}"
    for actor, text in STOCK:
        typed = text.format(start=started)
        await (_look(http, bot, actor) if text == LOOK else _type(http, bot, actor, typed))


def months_before(day: date, months: int) -> date:
    """The first day of a month so long ago, so that the same has vested whenever the demo is looked at."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


async def _type(http: aiohttp.ClientSession, bot: Part, actor: str, text: str) -> None:
    """Have someone type a command into their DM with the app, wait for the answer, and agree where that asks first."""
    async with http.get("/control/state", params={"as": actor}) as answer:
        state = await answer.json()
    channel = next(room["id"] for room in state["channels"] if room["kind"] == "app")
    before = {message["ts"] for message in await _messages(http, actor, channel)}
    await _post(http, "command", {"as": actor, "channel": channel, "text": text})

    async def answered() -> dict[str, Any] | None:
        said = [message for message in await _messages(http, actor, channel) if message["ts"] not in before]
        return next((message for message in said if message.get("ephemeral")), None)

    said = await _until(answered, f"The bot did not answer `{text}`", bot)
    yes = next((each for block in said.get("blocks") or [] for each in block.get("elements") or []
                if each.get("style") == "primary"), None)  # fmt: skip
    if yes is None:
        return
    click = {"as": actor, "channel": channel, "ts": said["ts"], "action_id": yes["action_id"]}
    await _post(http, "click", click)

    async def agreed() -> bool:
        now = await _messages(http, actor, channel)
        return all(message["ts"] != said["ts"] or message["text"] != said["text"] for message in now)

    await _until(agreed, f"The bot did not heed the click after `{text}`", bot)


async def _look(http: aiohttp.ClientSession, bot: Part, actor: str) -> None:
    """Have someone open the Home tab, and wait until it shows something."""
    await _post(http, "open", {"as": actor, "tab": "home"})

    async def shown() -> object:
        async with http.get("/control/home", params={"as": actor}) as answer:
            return (await answer.json())["view"]

    await _until(shown, "The bot did not fill the Home tab", bot)


async def _until(found: Callable[[], Awaitable[T | None]], problem: str, bot: Part) -> T:
    for _ in range(int(COMMAND_S / 0.05)):
        got = await found()
        if got:
            return got
        await asyncio.sleep(0.05)
    raise Problems([f"{problem}:\n{bot.last_words()}"])


async def _post(http: aiohttp.ClientSession, what: str, body: dict[str, Any]) -> None:
    async with http.post(f"/control/{what}", json=body) as answer:
        if answer.status != 200:
            raise Problems([f"The demo could not be stocked: {await answer.text()}"])


async def _messages(http: aiohttp.ClientSession, actor: str, channel: str) -> list[dict[str, Any]]:
    async with http.get("/control/messages", params={"as": actor, "channel": channel}) as answer:
        found: list[dict[str, Any]] = (await answer.json())["messages"]
        return found
