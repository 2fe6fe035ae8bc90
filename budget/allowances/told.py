"""Telling people of a decision about their allowance: the person, or the managers of the team; not everybody."""

from datetime import datetime

from budget.allowances.named import Whose, about, kind_of
from budget.allowances.periods import from_day
from store import outbox, teams
from store.allowances import Allowance
from store.database import Connection
from store.people import Person, person


def tell_of_setting(conn: Connection, actor: Person, one: Allowance, of: Whose, at: datetime) -> None:
    """What they get from now on."""
    first = from_day(kind_of(one), datetime.fromisoformat(one.from_on).date())
    said = {
        **about(conn, one, first),
        "whose": of.as_json(),
        "kind": one.period,
        "rollover_micros": one.rollover_micros,
        "rollover_periods": one.rollover_periods,
        "from_on": one.from_on,
        "by": actor.name,
    }
    for other in concerned(conn, actor, one):
        key = f"allowance-set:{one.id}:{other.slack_id}"
        values = {"workspace_id": one.workspace_id, "slack_id": other.slack_id, "kind": "allowance_set"}
        outbox.put(conn, key=key, payload=said, at=at, **values)


def tell_of_stop(conn: Connection, actor: Person, one: Allowance, of: Whose, at: datetime) -> None:
    """That no more comes."""
    said = {"whose": of.as_json(), "each_micros": one.amount_micros, "kind": one.period, "by": actor.name}
    for other in concerned(conn, actor, one):
        key = f"allowance-stop:{one.id}:{other.slack_id}"
        values = {"workspace_id": one.workspace_id, "slack_id": other.slack_id, "kind": "allowance_stop"}
        outbox.put(conn, key=key, payload=said, at=at, **values)


def concerned(conn: Connection, actor: Person, one: Allowance) -> list[Person]:
    """The person, or the team's managers; never whoever did it."""
    if one.scope == "person":
        found = [person(conn, one.scope_id)]
    elif one.scope == "team":
        found = [member for member, role in teams.members(conn, one.scope_id) if role == "manager"]
    else:
        found = []
    return [each for each in found if each is not None and each.id != actor.id]
