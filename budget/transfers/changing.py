"""Every change of money by hand, one transaction each: what may be done, doing it, telling those it concerns."""

from datetime import datetime

from budget.house import House
from budget.org.places import Place
from budget.org.rights import Standing, standing
from budget.outcome import No
from budget.transfers.grants import Moved, carry_out
from budget.transfers.lending import Lent, lend
from budget.transfers.letters import tell
from budget.transfers.plans import Plan, plan_fund, plan_grant, plan_move
from budget.transfers.returning import Returned, give_back
from budget.transfers.sending import plan_lend, plan_send
from budget.transfers.typed import Change, Lend, Return, Send
from budget.typed import Command, Fund, Grant, Move, people_in
from store import moving, people
from store.database import Connection

Done = Moved | Lent | Returned
Planned = Grant | Move | Fund | Send | Lend


async def change(house: House, actor_id: str, command: Change, *, key: str, origin: str) -> Done | No:
    """Carry out a command about money. The same key again changes nothing and gives the same answer."""
    at = house.now()

    def work(conn: Connection) -> Done | No:
        return perform(conn, house, acting(conn, actor_id, command), command, key=key, origin=origin, at=at)

    return await house.database.write(work)


def acting(conn: Connection, actor_id: str, command: Command | None = None) -> Standing:
    """Whoever acts, who is here or not and has their rights until the transaction ends; whom it names stays too."""
    workspace_id = actor_id.partition(":")[0]
    named = {people.person_id(workspace_id, each.id) for each in people_in(command)} if command else set()
    # In the order of their ids and before teams and accounts, as whoever leaves or is paid is locked.
    found = {each: moving.stays(conn, each) for each in sorted({actor_id} | named)}
    person = found[actor_id]
    assert person is not None, "whoever acts was met before"
    return standing(conn, person, lock=True)


def perform(
    conn: Connection, house: House, actor: Standing, command: Change, *, key: str, origin: str, at: datetime
) -> Done | No:
    """The same in the caller's transaction."""
    if isinstance(command, Return):
        return give_back(conn, house, actor, command, key=key, origin=origin, at=at)
    plan = decide(conn, house, actor, command, key, at)
    if isinstance(plan, No):
        return plan
    if isinstance(command, Lend):
        return lend_planned(conn, house, actor, command, plan, key, origin, at)
    done = carry_out(conn, actor, plan, key, origin, at, house.face)
    if isinstance(done, Moved) and not done.replayed:
        tell(conn, done, at)
    return done


def decide(conn: Connection, house: House, actor: Standing, command: Planned, key: str, at: datetime) -> Plan | No:
    """Whether it is allowed, and which accounts it is about; `key` is what it is done under, perhaps already."""
    match command:
        case Grant():
            return plan_grant(conn, actor, command, at, house.rules.timezone)
        case Move():
            return plan_move(conn, actor, command)
        case Fund():
            return plan_fund(conn, actor, command)
        case Send():
            return plan_send(conn, house, actor, command, key, at)
        case Lend():
            return plan_lend(conn, house, actor, command, key, at)


def lend_planned(
    conn: Connection, house: House, actor: Standing, command: Lend, plan: Plan, key: str, origin: str, at: datetime
) -> Lent | No:
    """A loan that is allowed."""
    assert isinstance(plan.source, Place), plan
    assert plan.target.person is not None, plan
    return lend(
        conn, house, lender_account_id=plan.source.account_id, borrower=plan.target.person,
        amount_micros=command.amount_micros, due_on=command.until, reason=command.reason, actor_id=actor.person.id,
        key=key, origin=origin, at=at,
    )  # fmt: skip
