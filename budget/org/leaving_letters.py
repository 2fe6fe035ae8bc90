"""Letters about leaving, as plain values: what is coming to an end, and the closing statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from store import leaving, outbox, people
from store.database import Connection
from store.leaving import Departure, Flow
from store.people import Person

LEAVING, STATEMENT, STRAY = "leaving", "closing statement", "after closing"


def put(conn: Connection, kind: str, to: Person, key: str, payload: Mapping[str, Any], at: datetime) -> None:
    """A letter to someone, once by its key."""
    outbox.put(
        conn, key=f"{key}:{to.slack_id}", workspace_id=to.workspace_id, slack_id=to.slack_id, kind=kind,
        payload=payload, at=at,
    )  # fmt: skip


def stamp(departure: Departure) -> str:
    """Tells one departure of somebody from another."""
    return f"{departure.person_id}:{departure.left_at:%Y%m%dT%H%M%S%f}"


def put_leaving(conn: Connection, person: Person, departure: Departure) -> None:
    """To who leaves with a grace period: what stays theirs until when, and what ended."""
    payload = {
        "had_micros": departure.had_micros, "held_micros": departure.held_micros,
        "closes_at": departure.closes_at.isoformat(), "ended": dict(departure.ended),
        "by": name_of(conn, departure.actor_id),
    }  # fmt: skip
    put(conn, LEAVING, person, f"leaving:{stamp(departure)}", payload, departure.left_at)


def put_statements(conn: Connection, person: Person, departure: Departure, at: datetime) -> None:
    """The closing statement, to who left and to those who keep it."""
    payload = statement(conn, person, departure, at)
    key = f"closing:{stamp(departure)}"
    put(conn, STATEMENT, person, key, payload | {"own": True}, at)
    for admin in keepers(conn, person, departure):
        put(conn, STATEMENT, admin, key, payload | {"own": False}, at)


def put_stray(conn: Connection, person: Person, departure: Departure, micros: int, at: datetime) -> None:
    """To those who keep the statement: more went back afterwards."""
    payload = {"name": person.name, "micros": micros}
    for admin in keepers(conn, person, departure):
        put(conn, STRAY, admin, f"stray:{stamp(departure)}:{departure.returns}", payload, at)


def keepers(conn: Connection, person: Person, departure: Departure) -> list[Person]:
    """The admin who let them go, or else every admin; never the person."""
    admins = [admin for admin in leaving.admins(conn, person.workspace_id) if admin.id != person.id]
    by = [admin for admin in admins if admin.id == departure.actor_id]
    return by or admins


def name_of(conn: Connection, person_id: str | None) -> str | None:
    """What somebody is called."""
    found = people.person(conn, person_id) if person_id else None
    return found.name if found else None


def statement(conn: Connection, person: Person, departure: Departure, at: datetime) -> dict[str, Any]:
    """All figures of a closing. What was had, plus what came, less what went, is what is left: nothing."""
    flows = leaving.flows(conn, person.id, departure.last_id)
    return {
        "name": person.name, "why": departure.why, "by": name_of(conn, departure.actor_id),
        "left_at": departure.left_at.isoformat(), "closed_at": at.isoformat(),
        "had_micros": departure.had_micros, "held_micros": departure.held_micros, "ended": dict(departure.ended),
        **sums(flows),
    }  # fmt: skip


def sums(flows: list[Flow]) -> dict[str, int]:
    """What came and went since they left, under the names that the statement has."""
    found = {"vested_micros": 0, "came_micros": 0, "spent_micros": 0, "expired_micros": 0, "loans_micros": 0,
             "returned_micros": 0, "went_micros": 0}  # fmt: skip
    for flow in flows:
        found[name_of_flow(flow)] += flow.micros
    return found


def name_of_flow(flow: Flow) -> str:
    """Where a sum stands in the statement."""
    if flow.came:
        return "vested_micros" if flow.kind == "vest" else "came_micros"
    if flow.kind == "return":
        return "returned_micros" if flow.other_kind == "company" else "loans_micros"
    return {"consume": "spent_micros", "expire": "expired_micros"}.get(flow.kind, "went_micros")
