"""The people that tests of commands know, and where their money is."""

from store import people as people_store
from store.people import Person
from tests.commanding import WORKSPACE, Office

COMPANY = f"company:{WORKSPACE}"
GRACE, BOB, EVE = "<@UGRACE|grace>", "<@UBOB|bob>", "<@UEVE|eve>"


def wallet(person: Person) -> str:
    return f"person:{person.id}"


async def known(office: Office, slack_id: str) -> Person:
    found = await office.database.read(lambda conn: people_store.by_slack_id(conn, WORKSPACE, slack_id))
    assert found is not None
    return found
