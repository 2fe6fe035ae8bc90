"""Giving back: what was lent first, then to the pool that one's tokens come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from budget.house import House
from budget.money import exact_dollars, show
from budget.org.places import Place, of_person, of_team, place
from budget.org.rights import Action, Standing
from budget.outcome import No
from budget.transfers.grants import Moved, carry_out
from budget.transfers.letters import tell
from budget.transfers.plans import Plan
from budget.transfers.repaying import goes_to, holder_of, sides, take_back
from budget.transfers.typed import Return
from budget.typed import Company
from store import loans, moving, people, teams
from store.accounts import balance
from store.database import Connection
from store.loans import Loan

MOST_LOANS = 20  # that one return can settle


@dataclass(frozen=True, slots=True)
class Part:
    """So much went back to somebody. Of a loan: `out_micros` is what is still out, else None."""

    to: str
    amount_micros: int
    out_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """What was given back, in the order in which it was, and what is left. A replay says nothing of loans."""

    key: str
    amount_micros: int
    parts: tuple[Part, ...]
    reason: str | None
    available_micros: int
    replayed: bool


def give_back(
    conn: Connection, house: House, actor: Standing, command: Return, *, key: str, origin: str, at: datetime
) -> Returned | No:
    """Give back in the caller's transaction; the same key again changes nothing."""
    wallet = people.wallet_id(actor.person.id)
    borrowed = loans.borrowed(conn, wallet, lock=True)
    before = moving.by_keys(conn, keys(key))
    if before:
        return again(conn, command, key, before)
    meant = [each for each in borrowed if is_meant(conn, actor, command, each)]
    mine = meant[:MOST_LOANS]
    rest = max(0, command.amount_micros - sum(each.out_micros for each in mine))
    if rest and len(meant) > MOST_LOANS:
        return too_many(command.amount_micros - rest, house)
    target = target_of(conn, actor, command, mine) if rest else None
    if isinstance(target, No):
        return target
    there = moving.locked(conn, ends(conn, wallet, mine, target), at)[wallet]
    before = moving.by_keys(conn, keys(key))  # the same at the same moment: it was done while this one waited
    if before:
        return again(conn, command, key, before)
    if there.available_micros < command.amount_micros:
        return No(short(there.available_micros, there.held_micros, command, house))
    parts = repay(conn, mine, command.amount_micros - rest, actor, key, origin, at)
    if target is not None:
        parts.append(to_pool(conn, house, actor, target, rest, command, key, origin, at))
    return answer(conn, command, key, parts, wallet, replayed=False)


def too_many(owed_micros: int, house: House) -> No:
    """The rest would go to a pool while loans are still out."""
    return No(
        f"One return settles {MOST_LOANS} loans at most, those that are due first: {show(owed_micros, house.face)}. "
        "Give that back first.",
        f"return {exact_dollars(owed_micros)}",
    )


def keys(key: str) -> list[str]:
    """Of the transfers that one return can make."""
    return [key, *(f"{key}:{number}" for number in range(MOST_LOANS))]


def is_meant(conn: Connection, actor: Standing, command: Return, found: Loan) -> bool:
    """Whether a loan is to be settled: all are, unless it is said to whom the tokens go."""
    if command.to is None:
        return True
    named = place(conn, actor, command.to)
    return isinstance(named, Place) and named.account_id in {found.lender_id, goes_to(conn, found).account_id}


def target_of(conn: Connection, actor: Standing, command: Return, mine: Sequence[Loan]) -> Place | No:
    """Where what is not owed goes: where they say, else to the pool of their team, else to the company's."""
    target = place(conn, actor, command.to) if command.to else default_of(conn, actor, command)
    if isinstance(target, No):
        return target
    if target.person is not None:
        owed = sum(each.out_micros for each in mine)
        if not owed:
            return No(f"You have borrowed nothing from {target.name}; to give them of your own, use `send`.")
        return No(f"You have borrowed {exact_dollars(owed)} from {target.name}; to give them more, use `send`.")
    if not actor.may(Action.RETURN, target.relation):
        return No(f"You can give back to a team that you are in, and to the company; {target.name} is neither.")
    return target


def default_of(conn: Connection, actor: Standing, command: Return) -> Place | No:
    """The pool of one's team; of several, which one is asked."""
    own = [team for team, _ in teams.memberships(conn, actor.person.id)]
    if not own:
        return place(conn, actor, Company())
    if len(own) == 1:
        return of_team(actor, own[0])
    pools = [of_team(actor, team) for team in own]
    names = ", ".join(pool.name for pool in pools[:-1]) + f" or {pools[-1].name}"
    return No(
        f"You are in several teams: say whether it goes to {names}, or to the company.",
        f"return {exact_dollars(command.amount_micros)} to {pools[0].typed}",
    )


def ends(conn: Connection, wallet: str, mine: Sequence[Loan], target: Place | None) -> set[str]:
    """Every account that is touched: locked together, in one order."""
    return {wallet, *(goes_to(conn, each).account_id for each in mine), *([target.account_id] if target else [])}


def short(available_micros: int, held_micros: int, command: Return, house: House) -> str:
    """What is lacking."""
    held = f", and {show(held_micros, house.face)} held for answers under way" if held_micros else ""
    missing = command.amount_micros - available_micros
    return (
        f"You have {show(available_micros, house.face)} available{held}: {show(missing, house.face, up=True)} less "
        "than this takes. Nothing was given back."
    )


def repay(
    conn: Connection, mine: Sequence[Loan], micros: int, actor: Standing, key: str, origin: str, at: datetime
) -> list[Part]:
    """So much to those who lent it, the earliest due first."""
    parts: list[Part] = []
    for number, found in enumerate(mine):
        part = min(micros, found.out_micros)
        if not part:
            break
        lender, borrower = sides(conn, found)
        taken = take_back(
            conn, found, lender, borrower, actor_id=actor.person.id, origin=origin, by_hand=True, at=at,
            most_micros=part, key=f"{key}:{number}",
        )  # fmt: skip
        assert taken == part, "the wallet is locked, and has enough"
        parts.append(Part(goes_to(conn, found).spoken, part, found.out_micros - part))
        micros -= part
    return parts


def to_pool(
    conn: Connection, house: House, actor: Standing, target: Place, micros: int, command: Return, key: str,
    origin: str, at: datetime,
) -> Part:  # fmt: skip
    """The rest to a pool, whose managers are told."""
    plan = Plan("return", of_person(conn, actor, actor.person), target, micros, command.reason)
    moved = carry_out(conn, actor, plan, key, origin, at, house.face)
    assert isinstance(moved, Moved), moved
    tell(conn, moved, at)
    return Part(target.name, micros)


def again(conn: Connection, command: Return, key: str, before: Sequence[moving.Made]) -> Returned:
    """The answer to a key that was used before."""
    parts = [Part(holder_of(conn, each.credit_id).spoken, each.amount_micros) for each in before]
    return answer(conn, command, key, parts, before[0].debit_id, replayed=True)


def answer(
    conn: Connection, command: Return, key: str, parts: Sequence[Part], wallet: str, *, replayed: bool
) -> Returned:
    """What was given back, and what is left."""
    now = balance(conn, wallet)
    assert now is not None, wallet
    total = sum(part.amount_micros for part in parts)
    return Returned(key, total, tuple(parts), command.reason, now.available_micros, replayed)
