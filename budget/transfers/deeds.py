"""What somebody has moved lately and can take back."""

from dataclasses import dataclass
from datetime import timedelta

from budget.house import House
from budget.policy.current import current
from budget.transfers.repaying import holder_of
from store import loans, moving, people
from store.database import Connection
from store.moving import Holder, Made

KINDS = ("grant", "move", "send", "fund")
MOST = 10


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be taken back. `source` None: newly issued; `reason`: as it was given, of a loan as well."""

    made: Made
    source: Holder | None
    target: Holder
    lent: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Deeds:
    """What can be taken back, newest first; within so many hours."""

    deeds: tuple[Deed, ...]
    hours: int


async def list_deeds(house: House, actor_id: str) -> Deeds:
    """What somebody can take back now."""
    at = house.now()

    def work(conn: Connection) -> Deeds:
        person = people.person(conn, actor_id)
        assert person is not None, "whoever looks was met before"
        hours = current(conn, house, person.workspace_id).moves.undo_hours
        found = moving.by_hand(conn, actor_id, KINDS, at - timedelta(hours=hours), MOST) if hours else []
        return Deeds(tuple(deed_of(conn, each) for each in found), hours)

    return await house.database.read(work)


def deed_of(conn: Connection, made: Made) -> Deed:
    """A transfer with whose its two ends are."""
    source, target = holder_of(conn, made.debit_id), holder_of(conn, made.credit_id)
    loan = loans.get(conn, made.key)
    reason = loan.reason if loan else made.reason
    return Deed(made, None if source.kind == "issued" else source, target, loan is not None, reason)
