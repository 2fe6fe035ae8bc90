"""An office with an admin, a manager, a member and an outsider, on both engines."""

from collections.abc import AsyncIterator

import pytest

from store.database import Database
from store.people import Person
from tests.commanding import Office
from tests.offices import BOB, GRACE, known


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """Ada is an admin, Grace manages Platform, Bob is in it, Eve is in nothing; the company has $100."""
    made = Office(database)
    ada = await made.meet("UADA", "Ada")
    for slack_id in ("UGRACE", "UBOB", "UEVE"):
        await made.meet(slack_id)
    await made.done(
        ada, "fund $100 for the start", "team create Platform", f"team manager platform {GRACE}",
        f"team add PLATFORM {BOB}", "grant platform $10",
    )  # fmt: skip
    yield made
    await made.verified()


@pytest.fixture
async def ada(office: Office) -> Person:
    return await known(office, "UADA")


@pytest.fixture
async def grace(office: Office) -> Person:
    return await known(office, "UGRACE")


@pytest.fixture
async def bob(office: Office) -> Person:
    return await known(office, "UBOB")


@pytest.fixture
async def eve(office: Office) -> Person:
    return await known(office, "UEVE")
