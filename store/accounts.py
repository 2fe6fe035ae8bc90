"""Accounts: their names, opening them, what is on them."""

from sqlalchemy import BigInteger, Connection, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite

from store.ledger.steps import Balance
from store.tables import ACCOUNT_KINDS, FAR, SYSTEM_KINDS, account, transfer


def account_id(kind: str, owner_id: str) -> str:
    """`person:T1:U1`, `team:<id>`, `company:T1`, `issued:T1`: the id says whose it is, so opening it is idempotent."""
    assert kind in ACCOUNT_KINDS, kind
    return f"{kind}:{owner_id}"


def open_account(conn: Connection, workspace_id: str, kind: str, owner_id: str) -> str:
    """Make sure that an account exists; its id. It starts at zero."""
    name = account_id(kind, owner_id)
    values = {"id": name, "workspace_id": workspace_id, "kind": kind, "owner_id": owner_id, "next_event_at": FAR}
    insert_into = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    conn.execute(insert_into(account).on_conflict_do_nothing(), values)
    return name


def balance(conn: Connection, account_id: str) -> Balance | None:
    """What is on an account, None when there is no such account. A system account's is the sum of its transfers.

    A lot past its expiry counts until it is burnt: by the next step on the account, or by `sweep.expire_due`.
    """
    row = conn.execute(
        select(account.c.kind, account.c.posted_micros, account.c.held_micros).where(account.c.id == account_id)
    ).one_or_none()
    if row is None:
        return None
    kind, posted, held = row
    if kind in SYSTEM_KINDS:
        posted = moved(conn, "credit_account_id", account_id) - moved(conn, "debit_account_id", account_id)
    return Balance(account_id, posted, held)


def moved(conn: Connection, side: str, account_id: str) -> int:
    """The sum of the transfers that have an account on one side."""
    total = cast(func.coalesce(func.sum(transfer.c.amount_micros), 0), BigInteger)
    return conn.execute(select(total).where(transfer.c[side] == account_id)).scalar_one()
