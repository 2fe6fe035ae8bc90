"""Asking for more: a request that waits for somebody's decision, or that the policy grants at once."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from budget.house import House
from budget.money import MICROS, dollars
from budget.org.rights import Action, Relation, standing
from budget.outcome import No
from budget.policy.current import current
from budget.policy.policy import Policy
from budget.requests import cards
from budget.requests.approvers import ladder, payer_at_once
from budget.requests.org import Above, above, account_of, pool_name
from budget.requests.paying import granted_words, note, pay, until_at_of
from budget.requests.typed import MakeRequest
from budget.transfers.plans import end_of
from store import requests
from store.database import Connection
from store.ledger.steps import Short
from store.people import Person
from store.requests import Request

MOST_WAITING = 3  # of one person
LEAST_MICROS, MOST_MICROS = MICROS // 100, 1_000_000 * MICROS


@dataclass(frozen=True, slots=True)
class Made:
    """A request that stands. `asked`: the names of those who may decide now.

    Granted at once, it came from `pool`, and `available_micros` is what the asker has since.
    """

    request: Request
    asked: tuple[str, ...] = ()
    pool: str | None = None
    available_micros: int | None = None
    replayed: bool = False


async def make(house: House, person_id: str, wanted: MakeRequest, *, key: str, origin: str) -> Made | No:
    """Ask for more. The same key again changes nothing and gives the request as it stands."""
    at, request_id = house.now(), house.new_id()

    def work(conn: Connection) -> Made | No:
        asker = requests.lock_asker(conn, person_id)
        assert asker is not None, "whoever asks was met before"
        known = requests.by_key(conn, key)
        if known is not None:
            return replay(conn, known, asker)
        policy = current(conn, house, asker.workspace_id)
        new = draft(conn, house, asker, wanted, policy, request_id, key, at)
        return new if isinstance(new, No) else carry_out(conn, house, asker, new, policy, origin, at)

    return await house.database.write(work)


def replay(conn: Connection, known: Request, asker: Person) -> Made | No:
    """What was made under that key before."""
    if known.person_id != asker.id:
        return No("That was asked before, by somebody else; nothing more was done.")
    return Made(known, tuple(person.name for person in requests.asked(conn, known.id)), replayed=True)


def draft(
    conn: Connection, house: House, asker: Person, wanted: MakeRequest, policy: Policy, request_id: str, key: str,
    at: datetime,
) -> Request | No:  # fmt: skip
    """The request as it would be written down, or why it cannot be."""
    zone = house.rules.timezone
    problem = may_not(conn, asker) or amount_problem(wanted.amount_micros)
    until_at = None if wanted.until is None else end_of(wanted.until, at, zone)
    if problem or isinstance(until_at, No):
        return problem or No(f"{wanted.until} is over already or too far ahead; name a day to come, or none.")
    project = None if wanted.project_id is None else requests.project_named(conn, wanted.project_id)
    if wanted.project_id is not None and (project is None or project[0] != asker.workspace_id or not project[2]):
        return No("That project is closed by now; choose another, or none.")
    lapse_at = at + timedelta(days=policy.requests.lapse_days)
    lapse_at = min(lapse_at, until_at) if until_at else lapse_at
    theirs = wanted.ask_id if wanted.ask_id and requests.refused_ask(conn, wanted.ask_id, asker.id) else None
    return Request(
        id=request_id, workspace_id=asker.workspace_id, key=key, person_id=asker.id,
        amount_micros=wanted.amount_micros, reason=wanted.reason, project_id=wanted.project_id,
        until_on=wanted.until.isoformat() if wanted.until else None, ask_id=theirs, state="waiting", created_at=at,
        next_at=remind_at(at, lapse_at, policy.requests.remind_days), lapse_at=lapse_at,
    )  # fmt: skip


def may_not(conn: Connection, asker: Person) -> No | None:
    """Why somebody cannot ask for more just now."""
    if not standing(conn, asker).may(Action.REQUEST, Relation.SELF):
        return No("You cannot ask for tokens here.")
    if asker.left_at is not None:
        return No("You have left, so nothing can be granted to you.")
    if asker.frozen_at is not None:
        why = f" ({asker.frozen_reason})" if asker.frozen_reason else ""
        return No(f"Your account is frozen{why}, so nothing can be granted to you. An admin can unfreeze it.")
    if len(requests.waiting_of(conn, asker.id)) >= MOST_WAITING:
        return No(
            f"{MOST_WAITING} requests of yours are waiting already. Wait for a decision, or take one back first.",
            "request withdraw",
        )
    return None


def amount_problem(micros: int) -> No | None:
    """Why nobody asks for so much, or so little."""
    if micros < LEAST_MICROS:
        return No(f"The least to ask for is {dollars(LEAST_MICROS)}.", "request $5 for the demo")
    if micros > MOST_MICROS:
        return No(f"The most to ask for at once is {dollars(MOST_MICROS)}; speak with an admin about more.")
    return None


def remind_at(at: datetime, lapse_at: datetime, days: int) -> datetime:
    """When to remind of a request: so many days before it lapses, half way where that is past; 0: not at all."""
    early = lapse_at - timedelta(days=days)
    return early if early > at else at + (lapse_at - at) / 2


def carry_out(
    conn: Connection, house: House, asker: Person, new: Request, policy: Policy, origin: str, at: datetime
) -> Made | No:
    """Grant it at once, or put it to whoever decides."""
    found = above(conn, asker)
    rungs = ladder(found.org, new.amount_micros, admins_only=policy.requests.approver == "admins")
    granted = at_once(conn, house, found, asker, new, policy, origin, at, rungs[0] if rungs else ())
    if granted is not None:
        return granted
    if not rungs:
        return nobody(asker)
    requests.add(conn, new)
    asked = cards.put_cards(conn, house, found, new, asker, rungs[0], at)
    names = tuple(person.name for person in asked)
    note(
        conn, new, actor_id=asker.id, origin=origin, action="request", at=at,
        new=f"{new.amount_micros} micros, put to {', '.join(person.id for person in asked)}",
    )  # fmt: skip
    return Made(new, names)


def nobody(asker: Person) -> No:
    """There is nobody who could decide."""
    if asker.is_admin:
        return No(
            "There is nobody but you to decide on this, and nobody decides on their own request. As an admin you can "
            "grant yourself tokens openly; the audit shows it.",
            "grant @you $5",
        )
    return No(
        "There is nobody who could decide on this: no manager above you has a pool that could pay, and no admin has "
        "been here yet. Tell whoever set me up."
    )


def at_once(
    conn: Connection, house: House, found: Above, asker: Person, new: Request, policy: Policy, origin: str,
    at: datetime, rung: tuple[str, ...],
) -> Made | None:  # fmt: skip
    """What the policy grants by itself: small, and not too often in a month; None: somebody has to decide."""
    rules = policy.requests
    before = requests.granted_at_once(conn, asker.id, month_start(at, house.rules.timezone))
    if new.amount_micros > rules.small or before + new.amount_micros > rules.small_a_month:
        return None
    enough, team_id = payer_at_once(found.org, new.amount_micros)
    if not enough:
        return None
    payer_id = account_of(asker, team_id)
    until_at = until_at_of(new, at, house.rules.timezone)
    assert not isinstance(until_at, No), "its end was looked at when it was drafted"
    answer = pay(conn, new, payer_id=payer_id, amount_micros=new.amount_micros, actor_id=None, until_at=until_at, at=at)
    if isinstance(answer, Short):
        return None  # the pool was emptied at this very moment: somebody has to look
    done = replace(new, state="approved", decided_at=at, granted_micros=new.amount_micros, payer_id=payer_id)
    requests.add(conn, done)
    told, pool = [found.people[who] for who in rung], pool_name(found, team_id)
    month = {"pool": pool, "small_a_month": rules.small_a_month, "this_month": before + new.amount_micros}
    cards.report(conn, done, asker, told, at, month)
    note(
        conn, done, actor_id=None, origin=origin, action="request approved", at=at,
        old=f"{answer.credit.posted_micros - answer.amount_micros} micros", new=granted_words(answer, payer_id),
    )  # fmt: skip
    return Made(done, tuple(person.name for person in told), pool, answer.credit.available_micros)


def month_start(at: datetime, zone: ZoneInfo) -> datetime:
    """When the calendar month began, in the workspace's zone."""
    return datetime.combine(at.astimezone(zone).date().replace(day=1), time(), zone)
