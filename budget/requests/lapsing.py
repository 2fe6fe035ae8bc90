"""Requests that nobody decides on."""

from budget.house import House


async def remind_and_lapse(house: House) -> int:  # noqa: ARG001  # nothing is due yet
    """Remind of requests before they lapse, and let them lapse; how many changed."""
    return 0
