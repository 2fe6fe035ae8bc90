"""Taking back what one has moved: within the policy's hours, as far as it is unspent, once, as a new transfer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from budget.house import House
from budget.org.places import of_person, of_team
from budget.org.rights import Action, Relation, Standing, of_move, to_project
from budget.outcome import No
from budget.policy.current import current
from budget.transfers import undo_letters
from budget.transfers.changing import acting
from budget.transfers.deeds import KINDS, Deed, deed_of
from budget.transfers.repaying import holder_of
from store import audit, loans, moving, people, teams
from store.accounts import balance
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Balance, Transfer, Transferred
from store.moving import UNDO, Holder, Made

NOT_YOURS = No("Only who moved it can take it back.")


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: of `deed.made.amount_micros` so much. `until_at`: what came back ends then, the first of it.

    `source_micros`, `target_micros`: what is there now; None: not for the one who did it to see.
    """

    deed: Deed
    amount_micros: int
    until_at: datetime | None
    source_micros: int | None
    target_micros: int | None
    replayed: bool


async def undo(house: House, actor_id: str, transfer_id: int, *, origin: str) -> Undone | No:
    """Take back a transfer of one's own. Again, it changes nothing and gives the same answer."""
    at = house.now()

    def work(conn: Connection) -> Undone | No:
        actor = acting(conn, actor_id)
        hours = current(conn, house, actor.person.workspace_id).moves.undo_hours
        since = at - timedelta(hours=hours)
        made = moving.by_id(conn, transfer_id)
        if made is None:
            return NOT_YOURS
        refused = refusal(conn, actor, made, since, hours)
        return refused or take_back(conn, actor, made, origin, at)

    return await house.database.write(work)


def refusal(conn: Connection, actor: Standing, made: Made, since: datetime, hours: int) -> No | None:
    """Why it cannot be taken back by this person; None: it can."""
    if made.actor_id != actor.person.id or made.kind not in KINDS:
        return NOT_YOURS
    if people.has_transfer(conn, UNDO + made.key):
        return None  # the answer is given again
    if not hours or made.created_at < since:
        return No(f"What was moved can be taken back for {hours} hours, and this was before that.")
    if not still_may(conn, actor, made):
        return No("You may no longer move tokens there, so an admin has to take that back.")
    source = holder_of(conn, made.debit_id)
    if source.closed:
        return No(f"It came from {source.spoken}, and nothing can go there any more. An admin can move it elsewhere.")
    return None


def still_may(conn: Connection, actor: Standing, made: Made) -> bool:
    """Whether the right that it took is there still."""
    if made.debit_id == people.wallet_id(actor.person.id):
        return actor.may(Action.UNDO, Relation.SELF)
    source, target = holder_of(conn, made.debit_id), holder_of(conn, made.credit_id)
    if source.kind == "issued":
        return actor.may(Action.FUND, Relation.COMPANY)
    if "project" in (source.kind, target.kind):
        keeper_id = source.keeper_id or target.keeper_id or ""
        return actor.may(Action.FUND_PROJECT, to_project(actor, keeper_id))
    (from_teams, _), (to_teams, relation) = end(conn, actor, source), end(conn, actor, target)
    if made.kind == "move":
        own = relation is Relation.SELF
        return actor.may(Action.MOVE, of_move(actor, from_teams, to_teams, to_own_wallet=own))
    return actor.may(Action.GRANT, relation)


def end(conn: Connection, actor: Standing, holder: Holder) -> tuple[frozenset[str], Relation]:
    """One end of a transfer: its teams, and what it is to the one who acts."""
    if holder.kind == "person":
        person = people.person(conn, holder.owner_id)
        assert person is not None, holder
        found = of_person(conn, actor, person)
        return found.teams, found.relation
    team = teams.by_id(conn, holder.owner_id) if holder.kind == "team" else None
    if team is None:
        return frozenset(), Relation.COMPANY
    pool = of_team(actor, team)
    return pool.teams, pool.relation


def take_back(conn: Connection, actor: Standing, made: Made, origin: str, at: datetime) -> Undone | No:
    """Take back what is there of it, in the caller's transaction; a loan is settled by as much."""
    loan, key = loans.get(conn, made.key, lock=True), UNDO + made.key
    there, deed = moving.unspent(conn, made, at), deed_of(conn, made)
    before = moving.by_keys(conn, [key])
    if before:
        return undone(conn, actor, deed, before[0].amount_micros, replayed=True)
    micros = min(made.amount_micros, there, loan.out_micros if loan else there)
    if not micros:
        return No(f"Nothing of it is left at {deed.target.spoken} to take back: it is spent, moved on or held.")
    why = f"taken back: {made.reason}" if made.reason else "taken back"
    step = Transfer(key, "correct", made.credit_id, made.debit_id, micros, at, actor.person.id, why, lots_of=made.key)
    (answer,) = apply(conn, [step])
    assert isinstance(answer, Transferred), answer
    if loan:
        loans.came_back(conn, loan, micros, at)
    note(conn, actor, made, answer, origin, at)
    undo_letters.tell(conn, actor.person, deed, answer, at)
    return undone(conn, actor, deed, micros, replayed=False)


def note(conn: Connection, actor: Standing, made: Made, answer: Transferred, origin: str, at: datetime) -> None:
    """The audit row: of the account that it was taken from."""
    new = answer.debit.posted_micros
    audit.record(
        conn, workspace_id=actor.person.workspace_id, at=at, actor_id=actor.person.id, origin=origin,
        action=f"undo {made.kind}", target=made.credit_id, old=f"{new + answer.amount_micros} micros",
        new=f"{new} micros ({answer.amount_micros} back to {made.debit_id}, {answer.key})",
    )  # fmt: skip


def undone(conn: Connection, actor: Standing, deed: Deed, micros: int, *, replayed: bool) -> Undone:
    """What was taken back, for the one who did it."""
    until_at = moving.first_end(conn, deed.made.debit_id, UNDO + deed.made.key)
    source = seen(conn, actor, deed.source) if deed.source else None
    return Undone(deed, micros, until_at, source, seen(conn, actor, deed.target), replayed)


def seen(conn: Connection, actor: Standing, holder: Holder) -> int | None:
    """What is there now, if the one who acts may see it."""
    _, relation = end(conn, actor, holder)
    may = holder.kind != "project" and actor.may(Action.BALANCE, relation)
    found: Balance | None = balance(conn, holder.account_id) if may else None
    return found.available_micros if found else None
