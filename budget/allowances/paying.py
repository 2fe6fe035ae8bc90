"""An admin pays those whom a pool that was too small left out, as far as it lasts now."""

from dataclasses import dataclass
from datetime import datetime

from budget.allowances.payout import pay
from budget.allowances.setting import ADMINS_ONLY
from budget.balance import known
from budget.house import House
from budget.org.rights import Action, Relation
from budget.outcome import No
from store import audit, payouts, people
from store.database import Connection
from store.payouts import Payout


@dataclass(frozen=True, slots=True)
class PaidNow:
    """How many were paid, how many are still left out, and what those would get."""

    paid: int
    left_out: int
    left_out_micros: int


async def pay_left_out(house: House, person_id: str, *, origin: str) -> PaidNow | No:
    """Pay those who were left out of the present periods. Repeated, it pays nobody twice."""
    at = house.now()
    found = await house.database.write(lambda conn: begin(conn, person_id, origin, at))
    if isinstance(found, No):
        return found
    paid = sum([await pay(house, payout.key, at) for payout in found])
    workspace_id = person_id.partition(":")[0]
    left, micros = await house.database.read(lambda conn: still_left(conn, workspace_id))
    return PaidNow(paid, left, micros)


def begin(conn: Connection, person_id: str, origin: str, at: datetime) -> list[Payout] | No:
    """The payouts that left people out, written down as ones that an admin goes on with."""
    actor = known(conn, person_id)
    if not actor.may(Action.SET_ALLOWANCE, Relation.COMPANY):
        return No(ADMINS_ONLY)
    workspace_id = actor.person.workspace_id
    found = [payout for payout in payouts.live(conn, workspace_id) if payout.state == "short"]
    if found:
        audit.record(
            conn, workspace_id=workspace_id, at=at, actor_id=person_id, origin=origin, action="pay allowances",
            target=people.company_id(workspace_id), old=None, new=f"{len(found)} payouts that left people out",
        )  # fmt: skip
    return found


def still_left(conn: Connection, workspace_id: str) -> tuple[int, int]:
    """How many are left out of the present periods, and what they would get."""
    tallies = [
        payouts.tally(conn, payout.key).get("left out")
        for payout in payouts.live(conn, workspace_id)
        if payout.state == "short"
    ]
    return sum(one.count for one in tallies if one), sum(one.micros for one in tallies if one)
