"""What is kept of questions and answers: by which rule, past its time or not, and whether it can be read."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.books import opened
from bot.checks.finding import Finding, counted, ok, problem, warning
from bot.settings import Settings
from bot.wiring import Problems
from budget.texts import State, look
from store.database import Unavailable
from store.inspect import file_of
from store.schema import TooNew

ABOUT = "retention"
LATE = timedelta(hours=1)  # the bot purges every few minutes


async def look_at_texts(settings: Settings, bad: frozenset[str], now: Callable[[], datetime]) -> list[Finding]:
    """The findings. While a setting is wrong the rule may be another one: none."""
    if bad:
        return []
    rule, url = ok(ABOUT, settings.retention.sentence), settings.database_url.get_secret_value()
    file = await asyncio.to_thread(file_of, url)
    if file and not file.exists:  # to look would make one
        return [rule]
    try:
        async with opened(url) as database:
            return [rule, *about_state(await look(database, settings.retention, now() - LATE))]
    except (Problems, TooNew, Unavailable):  # told by the check of the database
        return [rule]


def about_state(state: State) -> list[Finding]:
    """What is kept, if there is something wrong with it."""
    found = []
    if state.overdue:
        which = counted(state.overdue, "ask", "asks")
        remedy = "Start the bot, which deletes them, or run `stipend texts purge`."
        found.append(warning(ABOUT, f"the texts of {which} or more are kept past their time.", remedy))
    if state.unreadable:
        remedy = "Put the key of then behind the others in STIPEND_RETENTION_KEY, or run `stipend texts purge --all`."
        found.append(problem(ABOUT, "texts that are kept cannot be decrypted with the keys that are set.", remedy))
    return found
