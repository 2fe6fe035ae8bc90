"""Carrying out a plan: money and audit in the transaction that it was planned in, repeatable by its key."""

from dataclasses import dataclass
from datetime import datetime

from budget.money import Face, exact_dollars, show
from budget.org.places import Place
from budget.org.rights import Action, Relation, Standing
from budget.outcome import No
from budget.transfers.plans import Plan, start
from store import audit, teams
from store.accounts import account_id
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Balance, Conflict, Short, Transfer, Transferred
from store.people import Person


@dataclass(frozen=True, slots=True)
class Notice:
    """Who else learns of it: the person, and the place of theirs (wallet or pool) that it came to or went from."""

    person: Person
    place: Place
    balance: Balance
    came: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done. `source` None: newly issued. `until_at`: usable until then."""

    key: str
    actor: Person
    kind: str
    amount_micros: int
    source: Place | None
    target: Place
    source_balance: Balance
    target_balance: Balance
    reason: str | None
    until_at: datetime | None
    notices: tuple[Notice, ...]
    replayed: bool
    sees_source: bool = True  # whether who did it may see what is there
    sees_target: bool = True


def carry_out(
    conn: Connection, actor: Standing, plan: Plan, key: str, origin: str, at: datetime, face: Face
) -> Moved | No:
    """Post the transfer; for the first time, write it down in the audit as well."""
    workspace_id = actor.person.workspace_id
    debit_id = plan.source.account_id if plan.source else account_id("issued", workspace_id)
    step = Transfer(
        key=key,
        kind=plan.kind,
        debit_id=debit_id,
        credit_id=plan.target.account_id,
        amount_micros=plan.amount_micros,
        at=at,
        actor_id=actor.person.id,
        reason=plan.reason,
        until_at=plan.until_at,
    )
    (answer,) = apply(conn, [step])
    match answer:
        case Short():
            return No(*short(plan, answer, face))
        case Conflict():
            return No("That command was carried out before, otherwise; nothing more was done.")
        case Transferred():
            if not answer.replayed:
                note(conn, actor, plan, answer, origin, at)
            return moved(conn, actor, plan, answer)
        case _:
            raise RuntimeError(f"the ledger answered a transfer with {answer!r}")


def note(conn: Connection, actor: Standing, plan: Plan, answer: Transferred, origin: str, at: datetime) -> None:
    """The audit row: the receiving account's balance, old and new, and where it came from."""
    new = answer.credit.posted_micros
    came_from = plan.source.account_id if plan.source else "issued"
    audit.record(
        conn,
        workspace_id=actor.person.workspace_id,
        at=at,
        actor_id=actor.person.id,
        origin=origin,
        action=f"{plan.kind} to self" if plan.target.relation is Relation.SELF else plan.kind,
        target=plan.target.account_id,
        old=f"{new - answer.amount_micros} micros",
        new=f"{new} micros ({answer.amount_micros} from {came_from}, {answer.key})",
    )


def moved(conn: Connection, actor: Standing, plan: Plan, answer: Transferred) -> Moved:
    """What was done, for those who read it."""
    came = notices(conn, actor, plan.target, answer.credit, came=True)
    went = notices(conn, actor, plan.source, answer.debit, came=False) if plan.source and plan.kind == "move" else []
    told = {notice.person.id: notice for notice in (*went, *came)}
    return Moved(
        key=answer.key,
        actor=actor.person,
        kind=plan.kind,
        amount_micros=answer.amount_micros,
        source=plan.source,
        target=plan.target,
        source_balance=answer.debit,
        target_balance=answer.credit,
        reason=plan.reason,
        until_at=plan.until_at,
        notices=tuple(told.values()),
        replayed=answer.replayed,
        sees_source=plan.source is not None and actor.may(Action.BALANCE, plan.source.relation),
        sees_target=actor.may(Action.BALANCE, plan.target.relation),
    )


def notices(conn: Connection, actor: Standing, end: Place, balance: Balance, *, came: bool) -> list[Notice]:
    """A wallet's owner, or a pool's managers; never whoever did it."""
    if end.person is not None:
        whom = [end.person]
    elif end.team is not None:
        whom = [person for person, role in teams.members(conn, end.team.id) if role == "manager"]
    else:
        whom = []
    return [Notice(person, end, balance, came) for person in whom if person.id != actor.person.id]


def short(plan: Plan, answer: Short, face: Face) -> tuple[str, str]:
    """Which place is short, by how much, and what to do about it, with an example."""
    assert plan.source is not None, "what is newly issued is never short"
    missing = answer.needed_micros - answer.balance.available_micros
    held = f", and {show(answer.balance.held_micros, face)} held for answers under way" if answer.held else ""
    sentence = (
        f"{start(plan.source.name)} has {show(answer.balance.available_micros, face)} available{held}: "
        f"{show(missing, face, up=True)} less than this takes. Nothing was moved."
    )
    if answer.held:
        return f"{sentence} Once those answers are done there may be enough.", ""
    if plan.source.relation is Relation.COMPANY:
        return f"{sentence} An admin can put new budget into it.", f"fund {exact_dollars(missing)}"
    if plan.source.team is not None:
        return f"{sentence} An admin can fill it up.", f"grant {plan.source.typed} {exact_dollars(missing)}"
    return sentence, ""
