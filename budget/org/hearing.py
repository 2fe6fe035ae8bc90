"""What Slack tells of people by itself: who came, who changed, whose account was deactivated or is active again.

Such news comes several times, late, and in any order: Slack's own time of each decides which is the newest.
"""

from collections.abc import Sequence
from decimal import Decimal

from budget.house import House
from budget.org import closing
from budget.org.guests import all_may
from budget.org.leaving import leave
from budget.org.people import Profile, settle_in
from store import leaving, people, roster
from store.database import Connection
from store.people import Person

ORIGIN = "slack:user"
AT_ONCE = 50  # people met in one transaction


async def hear(
    house: House, workspace_id: str, profile: Profile, *, at_ts: str, deactivated: bool, joins: bool = False
) -> bool:
    """Somebody whom we know changed, or somebody `joins` the workspace: known from now on, without having come.

    `at_ts`: Slack's time of it; what is older than what we have heard of them changes nothing. False: nothing did.
    """
    person_id = people.person_id(workspace_id, profile.slack_id)

    def work(conn: Connection) -> bool:
        roster.hold_still(conn, workspace_id)  # before the person, as an import does
        person = leaving.locked(conn, person_id)
        if person is None:
            person = newcomer(conn, house, workspace_id, profile) if joins and not deactivated else None
        if person is None or is_old(person, at_ts):
            return False
        leaving.change(conn, person_id, heard_ts=at_ts)
        if deactivated:
            deactivate(conn, house, person)
        else:
            settle_in(conn, house, workspace_id, profile, comes=False)
        return True

    heard = await house.database.write(work)
    if heard and deactivated:
        await closing.close(house, person_id)
    return heard


def newcomer(conn: Connection, house: House, workspace_id: str, profile: Profile) -> Person | None:
    """Somebody new, in the books; a guest only where guests have tokens."""
    if profile.is_guest and not all_may(conn, house, workspace_id):
        return None
    return settle_in(conn, house, workspace_id, profile, comes=False)


def is_old(person: Person, at_ts: str) -> bool:
    """Whether this is no news: the same again, or older than what was heard last."""
    return person.heard_ts is not None and Decimal(at_ts) <= Decimal(person.heard_ts)


def deactivate(conn: Connection, house: House, person: Person) -> None:
    """The account of a locked person is deactivated: they leave, unless they have."""
    if person.gone_at is None:
        leaving.change(conn, person.id, gone_at=house.now())
    leave(conn, house, person, why="slack", actor_id=None, origin=ORIGIN)


async def gone(house: House, workspace_id: str, slack_id: str) -> Person | None:
    """An account turns out to be deactivated, though nobody told us: they leave. None: we do not know them."""
    person_id = people.person_id(workspace_id, slack_id)
    known = await house.database.look_up(lambda conn: people.person(conn, person_id))
    if known is None or known.gone_at is not None:
        return known

    def work(conn: Connection) -> Person | None:
        person = leaving.locked(conn, person_id)
        assert person is not None, "people are never taken out of the books"
        deactivate(conn, house, person)
        return people.person(conn, person_id)

    left = await house.database.write(work)
    await closing.close(house, person_id)
    return left


async def meet_all(house: House, workspace_id: str, profiles: Sequence[Profile]) -> list[Person]:
    """Several people whom we have to know, none of whom has come."""
    met: list[Person] = []
    for start in range(0, len(profiles), AT_ONCE):
        some = profiles[start : start + AT_ONCE]

        def work(conn: Connection, some: Sequence[Profile] = some) -> list[Person]:
            return [settle_in(conn, house, workspace_id, profile, comes=False) for profile in some]

        met += await house.database.write(work)
    return met
