"""What ledger tests share: a workspace, its accounts, and times."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from store.accounts import open_account
from store.ledger.steps import Transfer
from store.tables import workspace

START = datetime(2026, 1, 1, tzinfo=UTC)
COMPANY, ISSUED, CONSUMED, EXPIRED = "company:T1", "issued:T1", "consumed:T1", "expired:T1"


def at(seconds: float) -> datetime:
    """A time after the start."""
    return START + timedelta(seconds=seconds)


def wallet(number: int) -> str:
    """A person's account."""
    return f"person:T1:U{number}"


def set_up(conn: Connection, wallets: int = 3) -> None:
    """A workspace with its system accounts, its pool and some wallets, all empty."""
    if conn.execute(select(workspace.c.id).where(workspace.c.id == "T1")).first() is None:
        conn.execute(workspace.insert(), {"id": "T1", "name": "Test", "created_at": START})
    for kind in ("company", "issued", "consumed", "expired"):
        open_account(conn, "T1", kind, "T1")
    for number in range(wallets):
        open_account(conn, "T1", "person", f"T1:U{number}")


def fund(key: str, account_id: str, micros: int, seconds: float = 0, until: float | None = None) -> Transfer:
    """Newly issued budget."""
    until_at = None if until is None else at(until)
    return Transfer(key, "fund", ISSUED, account_id, micros, at(seconds), until_at=until_at)
