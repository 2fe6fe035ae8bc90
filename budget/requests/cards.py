"""What is written to people about a request: plain values for letters, each with only what its reader may see.

Kinds of letters: `request_card` to those who may decide (revised once somebody has), `request_outcome` to the asker,
`request_report` of what the policy granted by itself. Times are ISO texts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from budget import audits
from budget.balance import look
from budget.house import House
from budget.offer.mine import answering
from budget.org.places import of_person
from budget.org.rights import Action, standing
from budget.requests.approvers import payer
from budget.requests.org import Above, pool_name
from store import outbox, requests
from store.database import Connection
from store.people import Person
from store.requests import Request

CARD, OUTCOME, REPORT = "request_card", "request_outcome", "request_report"
Payload = dict[str, Any]


def card_key(request_id: str, person_id: str, *, reminder: bool = False) -> str:
    """Of the card to one approver, or of the reminder."""
    return f"request:{request_id}:{'reminder' if reminder else 'card'}:{person_id}"


def outcome_key(request_id: str) -> str:
    """Of the letter to the asker."""
    return f"request:{request_id}:outcome"


def facts(conn: Connection, request: Request, asker: Person) -> Payload:
    """What everybody who learns of a request reads of it."""
    project = requests.project_named(conn, request.project_id) if request.project_id else None
    return {
        "request": request.id,
        "state": request.state,
        "who": asker.name,
        "amount": request.amount_micros,
        "reason": request.reason,
        "project": project[1] if project else None,
        "until": request.until_on,
    }


def put_cards(
    conn: Connection, house: House, found: Above, request: Request, asker: Person, rung: Sequence[str], at: datetime,
    *, undecided: Sequence[str] = (),
) -> list[Person]:  # fmt: skip
    """Ask these people to decide; those who were not asked before. `undecided`: who was, by name, and did not."""
    new = [found.people[who] for who in rung if requests.put_to(conn, request.id, who, at)]
    others = [person.name for person in requests.asked(conn, request.id)]
    for person in new:
        also = [name for name in others if name != person.name and name not in undecided]
        payload = card(conn, house, found, request, asker, person, at) | {"also": also, "undecided": list(undecided)}
        _put(conn, card_key(request.id, person.id), person, CARD, payload, at)
    return new


def put_reminder(
    conn: Connection, house: House, found: Above, request: Request, asker: Person, approver: Person, at: datetime
) -> None:
    """Tell somebody who was asked that the request lapses before long."""
    payload = card(conn, house, found, request, asker, approver, at) | {"reminder": True}
    _put(conn, card_key(request.id, approver.id, reminder=True), approver, CARD, payload, at)


def card(
    conn: Connection, house: House, found: Above, request: Request, asker: Person, approver: Person, at: datetime
) -> Payload:
    """A request as one approver sees it: with the asker's balance, where they may see that, and the pool that pays."""
    team_id = payer(found.org, approver.id, request.amount_micros)
    pools = {team.id: team.available_micros for team in found.org.teams}
    before = found.org.company_micros if team_id is None else pools[team_id]
    return facts(conn, request, asker) | {
        "lapses": request.lapse_at.isoformat(),
        "balance": seen_balance(conn, house, asker, approver, at),
        "pool": pool_name(found, team_id),
        "before": before,
    }


def seen_balance(conn: Connection, house: House, asker: Person, approver: Person, at: datetime) -> Payload | None:
    """What the asker has and how long it lasts, if that is for this approver to see; the look is written down."""
    actor = standing(conn, approver)
    place = of_person(conn, actor, asker)
    if not actor.may(Action.BALANCE, place.relation):
        return None
    audits.looked(conn, actor, place.account_id, "balance", at, "request")
    seen = look(conn, place, answering(conn, house, asker), at)
    lasts = seen.lasts
    assert lasts is not None, "a wallet has a pace, or questions that it lasts for"
    return {
        "available": seen.balance.available_micros,
        "held": seen.balance.held_micros,
        "a_day": lasts.day_micros,
        "empty_at": lasts.empty_at.isoformat() if lasts.empty_at else None,
        "questions": lasts.questions,
        "model": lasts.model,
    }


def settle_cards(
    conn: Connection, request: Request, asker: Person, by: str | None, at: datetime, *, pool: str | None = None,
    left_micros: int | None = None,
) -> None:  # fmt: skip
    """Make every card of a request say what became of it.

    `by`: the name of who decided, and who alone reads what the pool has left.
    """
    told = facts(conn, request, asker) | outcome(request, by) | {"pool": pool}
    for person in requests.asked(conn, request.id):
        mine = person.id == request.decided_by
        own = told | {"mine": mine, "left": left_micros if mine else None}
        for reminder in (False, True):
            outbox.revise(conn, card_key(request.id, person.id, reminder=reminder), own, at)


def decided_facts(
    request: Request, asker: Person, by: str, *, pool: str | None, left_micros: int | None
) -> Payload:  # fmt: skip
    """The same for the one who decided, in a form's place: what a card would say of it."""
    seen = {"who": asker.name, "amount": request.amount_micros, "reason": request.reason}
    return seen | outcome(request, by) | {"mine": True, "pool": pool, "left": left_micros}


def outcome(request: Request, by: str | None) -> Payload:
    """What was decided."""
    return {
        "state": request.state,
        "by": by,
        "granted": request.granted_micros,
        "due": request.due_on,
        "note": request.note,
        "at": request.decided_at.isoformat() if request.decided_at else None,
    }


def tell_asker(
    conn: Connection, request: Request, asker: Person, by: str | None, at: datetime, more: Mapping[str, Any]
) -> None:
    """The letter to the asker."""
    payload = facts(conn, request, asker) | outcome(request, by) | {"ask": request.ask_id} | dict(more)
    _put(conn, outcome_key(request.id), asker, OUTCOME, payload, at)


def report(
    conn: Connection, request: Request, asker: Person, rung: Sequence[Person], at: datetime, more: Mapping[str, Any]
) -> None:
    """Tell those who would have been asked what the policy granted without them."""
    payload = facts(conn, request, asker) | outcome(request, None) | dict(more)
    for person in rung:
        _put(conn, f"request:{request.id}:report:{person.id}", person, REPORT, payload, at)


def _put(conn: Connection, key: str, to: Person, kind: str, payload: Payload, at: datetime) -> None:
    outbox.put(
        conn, key=key, workspace_id=to.workspace_id, slack_id=to.slack_id, kind=kind, payload=payload, at=at
    )  # fmt: skip
