"""Giving of one's own, and lending: who may, to whom, and how much in a month."""

from datetime import datetime
from zoneinfo import ZoneInfo

from budget.house import House
from budget.money import show
from budget.org.places import Place, of_person, place
from budget.org.rights import Action, Relation, Standing, shared_managed
from budget.outcome import No
from budget.policy.current import current
from budget.policy.policy import Policy
from budget.transfers.plans import Plan, gone
from budget.transfers.typed import Lend, Send
from store import moving, people
from store.database import Connection

TEAMMATES = frozenset({Relation.REPORT, Relation.COLLEAGUE})
DONE = {Action.SEND: "sent", Action.LEND: "lent"}


def plan_send(conn: Connection, house: House, actor: Standing, command: Send, key: str, at: datetime) -> Plan | No:
    """From one's own wallet to another's."""
    target = place(conn, actor, command.to)
    if isinstance(target, No):
        return target
    refused = refusal(conn, house, actor, target, command.amount_micros, Action.SEND, key, at)
    if refused is not None:
        return refused
    return Plan("send", of_person(conn, actor, actor.person), target, command.amount_micros, command.reason)


def plan_lend(conn: Connection, house: House, actor: Standing, command: Lend, key: str, at: datetime) -> Plan | No:
    """From one's own wallet, or from a pool that one grants from. The plan says nothing of the day it is due."""
    target = place(conn, actor, command.to)
    if isinstance(target, No):
        return target
    if command.source is None:
        source: Place | No = of_person(conn, actor, actor.person)
        refused = refusal(conn, house, actor, target, command.amount_micros, Action.LEND, key, at)
    else:
        source = place(conn, actor, command.source)
        refused = source if isinstance(source, No) else pool_refusal(conn, actor, source, target)
    if refused is not None:
        return refused
    assert isinstance(source, Place), source
    return Plan("lend", source, target, command.amount_micros, command.reason)


def pool_refusal(conn: Connection, actor: Standing, source: Place, target: Place) -> No | None:
    """Why somebody may not lend from a pool to that person; None when they may: as they may grant."""
    if target.relation is Relation.SELF:
        return No("Nobody lends to themselves from a pool; another manager or an admin can lend to you.")
    if not (actor.may(Action.LEND, target.relation) and actor.may(Action.GRANT, target.relation)):
        return No(f"You can lend from a pool to members of the teams you manage; {target.name} is not one of them.")
    from_any = actor.may(Action.MOVE, Relation.ACROSS)
    if not from_any and not (source.teams & set(shared_managed(actor, target.teams))):
        return No(f"You can lend from the pools of teams that you manage and {target.name} is in.")
    return gone(conn, target)


def refusal(
    conn: Connection, house: House, actor: Standing, target: Place, micros: int, action: Action, key: str, at: datetime
) -> No | None:
    """Why somebody may not give so much of their own to that person; None when they may.

    Both wallets are locked before the month is summed up, so that several at once cannot pass the limit together.
    """
    done, policy = DONE[action], current(conn, house, actor.person.workspace_id)
    if target.relation is Relation.SELF:
        return No(f"These are your own tokens already; nothing was {done}.")
    if actor.person.left_at is not None:  # what is theirs still is for questions, and to give back
        return No(f"You have left, so nothing can be {done}; `return` gives it back.", "return $5")
    if actor.person.frozen_at is not None:
        why = f" ({actor.person.frozen_reason})" if actor.person.frozen_reason else ""
        return No(f"Your tokens are frozen{why}, so nothing can be {done}. An admin can lift that.")
    nobody = policy.send.who == "nobody" or not policy.send.most_a_month
    if nobody or not actor.may(action, target.relation):
        return No(f"In this company tokens are not {done} from person to person; `request` asks for more.", "request")
    if policy.send.who == "team" and target.relation not in TEAMMATES:
        return No(f"Tokens can be {done} to people of one's own teams, and {target.name} is in none of yours.")
    stays = gone(conn, target) or guest(policy, target)
    if stays is not None:
        return stays
    own = of_person(conn, actor, actor.person).account_id
    moving.locked(conn, {own, target.account_id}, at)
    if people.has_transfer(conn, key):
        return None  # it was done, and is in the sum already
    return over_the_month(conn, house, own, policy, micros, done, at)


def guest(policy: Policy, target: Place) -> No | None:
    """Guests get nothing unless the policy, or an admin's word on this one, says so."""
    person = target.person
    assert person is not None, "a person was named"
    if not person.is_guest or person.allowed_at is not None or policy.guests.allowed:
        return None
    return No(f"{person.name} is a guest here, and an admin has to allow guests before they can have tokens.")


def over_the_month(
    conn: Connection, house: House, own: str, policy: Policy, micros: int, done: str, at: datetime
) -> No | None:
    """Would it be more than the policy lets anyone give in a calendar month? `own`: the wallet, which is locked."""
    most, zone = policy.send.most_a_month, house.rules.timezone
    left = max(0, most - moving.given_since(conn, own, month_of(at, zone)))
    if micros <= left:
        return None
    more = f"{show(left, house.face)} of it is left" if left else "all of it is given"
    first = next_month(at, zone)
    return No(
        f"Everybody can give {show(most, house.face)} of their own in a calendar month, and {more} "
        f"until {first.day} {first:%B}. Nothing was {done}."
    )


def month_of(at: datetime, zone: ZoneInfo) -> datetime:
    """The local midnight with which the month began."""
    local = at.astimezone(zone)
    return datetime(local.year, local.month, 1, tzinfo=zone)


def next_month(at: datetime, zone: ZoneInfo) -> datetime:
    """The local midnight with which the next one begins."""
    local = at.astimezone(zone)
    return datetime(local.year + local.month // 12, local.month % 12 + 1, 1, tzinfo=zone)
