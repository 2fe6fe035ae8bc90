"""Vesting: a month of a package becomes its owner's."""

from budget.house import House


async def vest_due(house: House) -> int:  # noqa: ARG001  # nothing is due yet
    """Pay out what has vested; how many parts."""
    return 0
