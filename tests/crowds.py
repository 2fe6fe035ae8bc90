"""Very many people at once, for payouts: written in bulk, with wallets."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from store import people
from store.ledger.apply import apply
from store.ledger.steps import Transfer
from store.tables import FAR, account, person

WORKSPACE = "T1"


def crowd(conn: Connection, count: int, at: datetime, pool_micros: int) -> None:
    """A workspace with so many people, each known a second later than the one before, and something in its pool."""
    people.ensure_workspace(conn, WORKSPACE, "Acme", at)
    ids = [f"{WORKSPACE}:U{number:05d}" for number in range(count)]
    began = at - timedelta(seconds=count)
    conn.execute(
        person.insert(),
        [
            {"id": each, "workspace_id": WORKSPACE, "slack_id": each.partition(":")[2], "name": f"Person {number}",
             "is_admin": number == 0, "created_at": began + timedelta(seconds=number)}
            for number, each in enumerate(ids)
        ],
    )  # fmt: skip
    conn.execute(
        account.insert(),
        [
            {"id": people.wallet_id(each), "workspace_id": WORKSPACE, "kind": "person", "owner_id": each,
             "next_event_at": FAR}
            for each in ids
        ],
    )  # fmt: skip
    pool = people.company_id(WORKSPACE)
    apply(conn, [Transfer("stock", "fund", f"issued:{WORKSPACE}", pool, pool_micros, at)])
