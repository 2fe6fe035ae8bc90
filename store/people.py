"""Workspaces and the people in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from store.accounts import account_id, open_account
from store.rows import insert_missing
from store.tables import person as person_table
from store.tables import transfer, workspace


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of a workspace, as last seen. `id` is "<workspace>:<slack id>"; `model` None: the company's default.

    `manager_id`, `starts_on` and `ends_on` (ISO days) are what the roster says. `frozen_at`: asks are refused since.
    `left_at`: gone since then; `closes_at`: what is left on the wallet goes back then, and did at `closed_at`.
    `gone_at`: deactivated in Slack since then; `heard_ts`: Slack's time of the last change that it told of.
    """

    id: str
    workspace_id: str
    slack_id: str
    name: str
    email: str | None
    timezone: str | None
    is_admin: bool
    model: str | None
    manager_id: str | None = None
    starts_on: str | None = None
    ends_on: str | None = None
    is_guest: bool = False
    allowed_at: datetime | None = None
    frozen_at: datetime | None = None
    frozen_reason: str | None = None
    left_at: datetime | None = None
    closes_at: datetime | None = None
    closed_at: datetime | None = None
    home_at: datetime | None = None
    gone_at: datetime | None = None
    heard_ts: str | None = None


COLUMNS = (
    person_table.c.id,
    person_table.c.workspace_id,
    person_table.c.slack_id,
    person_table.c.name,
    person_table.c.email,
    person_table.c.timezone,
    person_table.c.is_admin,
    person_table.c.model,
    person_table.c.manager_id,
    person_table.c.starts_on,
    person_table.c.ends_on,
    person_table.c.is_guest,
    person_table.c.allowed_at,
    person_table.c.frozen_at,
    person_table.c.frozen_reason,
    person_table.c.left_at,
    person_table.c.closes_at,
    person_table.c.closed_at,
    person_table.c.home_at,
    person_table.c.gone_at,
    person_table.c.heard_ts,
)  # in the order of Person's fields


def person_id(workspace_id: str, slack_id: str) -> str:
    """The id of a person, known before the row is there."""
    return f"{workspace_id}:{slack_id}"


def wallet_id(person_id: str) -> str:
    """The account a person spends from."""
    return account_id("person", person_id)


def company_id(workspace_id: str) -> str:
    """The account of the company's pool."""
    return account_id("company", workspace_id)


def ensure_workspace(conn: Connection, workspace_id: str, name: str, at: datetime) -> None:
    """The workspace with its pool and its system accounts; harmless when repeated."""
    insert_missing(conn, workspace, {"id": workspace_id, "name": name, "created_at": at})
    for kind in ("company", "issued", "consumed", "expired"):
        open_account(conn, workspace_id, kind, workspace_id)


def ensure_person(
    conn: Connection,
    *,
    workspace_id: str,
    slack_id: str,
    name: str,
    email: str | None,
    timezone: str | None,
    is_admin: bool,
    at: datetime,
    is_guest: bool = False,
) -> tuple[Person, bool]:
    """The person with a wallet, as described; True when the person is new."""
    key = person_id(workspace_id, slack_id)
    seen = {"name": name, "email": email, "timezone": timezone, "is_admin": is_admin, "is_guest": is_guest}
    made = {"id": key, "workspace_id": workspace_id, "slack_id": slack_id, "model": None, "created_at": at}
    is_new = insert_missing(conn, person_table, made | seen)
    if is_new:
        open_account(conn, workspace_id, "person", key)
    else:
        conn.execute(update(person_table).where(person_table.c.id == key).values(seen))
    found = person(conn, key)
    assert found is not None, "just written in this transaction"
    return found, is_new


def person(conn: Connection, person_id: str) -> Person | None:
    """A person by id."""
    return read(conn.execute(select(*COLUMNS).where(person_table.c.id == person_id)).one_or_none())


def by_slack_id(conn: Connection, workspace_id: str, slack_id: str) -> Person | None:
    """A person by Slack id."""
    return person(conn, person_id(workspace_id, slack_id))


def set_model(conn: Connection, person_id: str, model: str | None) -> None:
    """The person's own choice of model; None goes back to the company's default."""
    conn.execute(update(person_table).where(person_table.c.id == person_id).values(model=model))


def has_transfer(conn: Connection, key: str) -> bool:
    """Was a transfer with this key ever made?"""
    return conn.execute(select(transfer.c.id).where(transfer.c.request_key == key)).first() is not None


def read(row: Row[*tuple[Any, ...]] | None) -> Person | None:
    """A row of COLUMNS as a Person."""
    return None if row is None else Person(*row)
