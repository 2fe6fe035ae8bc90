"""Deciding on a request: once, whoever clicks how often. The right, the pool and the asker are looked at anew."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from budget.house import House
from budget.money import show
from budget.org.rights import Action, Relation, Role, Standing, standing, to_person
from budget.outcome import No
from budget.policy.current import current
from budget.requests import cards
from budget.requests.approvers import payer
from budget.requests.making import amount_problem
from budget.requests.org import Above, above, account_of, is_there, pool_name
from budget.requests.paying import granted_words, lend, note, pay, until_at_of
from budget.transfers.plans import start
from store import people, requests
from store.database import Connection
from store.ledger.steps import Balance, Short
from store.moving import stays
from store.people import Person
from store.requests import Request


@dataclass(frozen=True, slots=True)
class Approve:
    """Grant what was asked for (None), or another amount."""

    amount_micros: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Lend:
    """Lend it to the end of a day."""

    due_on: date
    amount_micros: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Say no, with a reason."""

    note: str


Verdict = Approve | Lend | Refuse


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided just now. `pool` and `left_micros`: what paid, and what it has left; None for a refusal."""

    request: Request
    asker: Person
    pool: str | None = None
    left_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A request that waits, with those it is about and what is around them, as of this transaction."""

    request: Request
    asker: Person
    actor: Standing
    around: Above
    origin: str
    at: datetime


async def decide(house: House, actor_id: str, request_id: str, verdict: Verdict, *, origin: str) -> Decided | No:
    """Decide on a request that waits; where it does not any more, the sentence says who decided what."""
    at = house.now()
    return await house.database.write(
        lambda conn: carry_out(conn, house, actor_id, request_id, verdict, origin, at)
    )  # fmt: skip


def carry_out(
    conn: Connection, house: House, actor_id: str, request_id: str, verdict: Verdict, origin: str, at: datetime
) -> Decided | No:
    """`decide` within a transaction."""
    found = case(conn, house, actor_id, request_id, origin, at)
    if isinstance(found, No):
        return found
    match verdict:
        case Refuse(words):
            return close(conn, found, Settled("refused", note=words))
        case Approve() | Lend():
            amount = verdict.amount_micros or found.request.amount_micros
            problem = asker_problem(found.asker) or amount_problem(amount)
            return problem or give(conn, house, found, verdict, amount)


def case(
    conn: Connection, house: House, actor_id: str, request_id: str, origin: str, at: datetime, *, lock: bool = True
) -> Case | No:
    """The request, locked, if this person may decide on it and nobody has."""
    seen, me = requests.get(conn, request_id), people.person(conn, actor_id)
    if seen is None or me is None or seen.workspace_id != me.workspace_id:
        return No("There is no such request any more.")
    if lock:
        lock_all(conn, seen, actor_id)
    request = requests.get(conn, request_id) or seen
    me, asker = people.person(conn, actor_id) or me, people.person(conn, seen.person_id)
    assert asker is not None, "whoever asked was met before"
    actor, theirs = standing(conn, me, lock=lock), standing(conn, asker, lock=lock)
    problem = right_problem(conn, house, actor, theirs)
    if problem is not None:
        return problem
    if not request.is_waiting:
        return No(decided_already(conn, house, request, actor_id))
    return Case(request, asker, actor, above(conn, asker), origin, at)


def lock_all(conn: Connection, request: Request, actor_id: str) -> None:
    """In the order of whoever leaves, so that neither waits for the other: first people, then what is theirs."""
    for person_id in sorted({actor_id, request.person_id}):
        stays(conn, person_id)
    requests.get(conn, request.id, lock=True)


def right_problem(conn: Connection, house: House, actor: Standing, theirs: Standing) -> No | None:
    """Why somebody may not decide on what another asks for."""
    asker, relation = theirs.person, to_person(actor, theirs)
    if relation is Relation.SELF:
        return No("Nobody decides on their own request.")
    if not actor.may(Action.DECIDE_REQUEST, relation):
        return No(f"Managers of {asker.name}'s teams and admins decide on this; you are neither.")
    if not is_there(actor.person):
        return No("Your account is frozen or closed, so you cannot decide on this. An admin can.")
    policy = current(conn, house, asker.workspace_id)
    if policy.requests.approver == "admins" and actor.role is not Role.ADMIN:
        return No("By this company's policy admins decide on requests.")
    return None


def asker_problem(asker: Person) -> No | None:
    """Why somebody can be given nothing."""
    if asker.left_at is not None:
        return No(f"{asker.name} has left, so nothing was granted. Refuse the request.")
    if asker.frozen_at is not None:
        return No(f"{asker.name} is frozen, so nothing was granted. An admin can unfreeze them, or refuse the request.")
    return None


@dataclass(frozen=True, slots=True)
class Settled:
    """How a request ends, and what moved for it."""

    state: str
    note: str | None = None
    granted_micros: int | None = None
    payer_id: str | None = None
    due_on: str | None = None
    pool: str | None = None
    left_micros: int | None = None
    available_micros: int | None = None
    audit: tuple[str, str] | None = None


def give(conn: Connection, house: House, found: Case, verdict: Approve | Lend, amount: int) -> Decided | No:
    """Move the money from the pool that pays, and close the request."""
    org = found.around.org
    team_id = payer(org, found.actor.person.id, amount)
    payer_id, pool = account_of(found.asker, team_id), pool_name(found.around, team_id)
    settled = partial(Settled, note=verdict.note, granted_micros=amount, payer_id=payer_id, pool=pool)
    request, actor_id, at = found.request, found.actor.person.id, found.at
    if isinstance(verdict, Lend):
        lent = lend(
            conn, house, request, found.asker, payer_id=payer_id, amount_micros=amount, due_on=verdict.due_on,
            actor_id=actor_id, origin=found.origin, at=at,
        )  # fmt: skip
        if isinstance(lent, No):
            return lent
        there = lent.borrower_balance
        return close(
            conn, found,
            settled(
                "lent", due_on=verdict.due_on.isoformat(), left_micros=lent.lender_balance.available_micros,
                available_micros=there.available_micros, audit=audited(there, amount, f"lent by {payer_id}"),
            ),
        )  # fmt: skip
    until_at = until_at_of(request, at, house.rules.timezone)
    if isinstance(until_at, No):
        return No(f"It was needed until {request.until_on}, which is over. Refuse it; {found.asker.name} can ask anew.")
    answer = pay(conn, request, payer_id=payer_id, amount_micros=amount, actor_id=actor_id, until_at=until_at, at=at)
    if isinstance(answer, Short):
        return too_little(house, pool, answer)
    words = (f"{answer.credit.posted_micros - amount} micros", granted_words(answer, payer_id))
    left = answer.debit.available_micros
    return close(
        conn, found,
        settled("approved", left_micros=left, available_micros=answer.credit.available_micros, audit=words),
    )  # fmt: skip


def audited(there: Balance, amount: int, how: str) -> tuple[str, str]:
    """A balance before and after."""
    return f"{there.posted_micros - amount} micros", f"{there.posted_micros} micros ({amount} {how})"


def too_little(house: House, pool: str, answer: Short) -> No:
    """The pool that would pay has less than that."""
    has, lacks = answer.balance.available_micros, answer.needed_micros - answer.balance.available_micros
    return No(
        f"{start(pool)} has {show(has, house.face)} available: {show(lacks, house.face, up=True)} less than this "
        "takes. Nothing was granted: choose “Other amount…”, or have the pool filled up first."
    )


def close(conn: Connection, found: Case, settled: Settled) -> Decided:
    """Write the decision down, and tell everybody whom it concerns."""
    request, actor, at = found.request, found.actor.person, found.at
    columns: dict[str, Any] = {
        "decided_by": actor.id, "granted_micros": settled.granted_micros, "payer_id": settled.payer_id,
        "due_on": settled.due_on, "note": settled.note,
    }  # fmt: skip
    closed = requests.close(conn, request.id, state=settled.state, at=at, **columns)
    if not closed:
        raise RuntimeError(f"request {request.id} was locked, and yet decided on by another")
    done = replace(request, state=settled.state, decided_at=at, **columns)
    cards.settle_cards(conn, done, found.asker, actor.name, at, pool=settled.pool, left_micros=settled.left_micros)
    cards.tell_asker(conn, done, found.asker, actor.name, at, {"available": settled.available_micros})
    old, new = settled.audit or (None, settled.note or "")
    note(conn, done, actor_id=actor.id, origin=found.origin, action=f"request {settled.state}", at=at, old=old, new=new)
    return Decided(done, found.asker, settled.pool, settled.left_micros)


def decided_already(conn: Connection, house: House, request: Request, reader_id: str) -> str:
    """Who decided what, to somebody who comes late."""
    by = request.decided_by
    who = "You" if by == reader_id else requests.names(conn, [by]).get(by, "Somebody") if by else "The policy"
    amount = show(request.granted_micros, house.face) if request.granted_micros else ""
    words = {
        "approved": f"{who} granted {amount} already",
        "lent": f"{who} lent {amount} already, until {request.due_on}",
        "refused": f"{who} refused this already",
        "lapsed": "This lapsed already, since nobody decided in time",
        "withdrawn": "This was taken back already",
    }
    return f"{words[request.state]}; nothing more was done."
