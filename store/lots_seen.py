"""What of a balance ends when: for looking only, nothing is folded."""

from datetime import datetime

from sqlalchemy import Connection, select

from store.tables import FAR, account, lot


def ending(conn: Connection, account_id: str, at: datetime) -> list[tuple[datetime, int]]:
    """What is on an account with an end, as (until, micros), earliest first; each moment once, past ones left out.

    What was spent since the lots were folded last came from the earliest, as folding would have it; what open holds
    keep is counted as if it were not spent.
    """
    spent = conn.execute(select(account.c.unattributed_micros).where(account.c.id == account_id)).scalar_one_or_none()
    live = select(lot.c.expires_at, lot.c.remaining_micros).where(
        lot.c.account_id == account_id, lot.c.remaining_micros > 0, lot.c.expires_at < FAR
    )
    found = [(until_at, micros) for until_at, micros in conn.execute(live.order_by(lot.c.expires_at, lot.c.id))]
    return left(found, spent or 0, at)


def left(lots: list[tuple[datetime, int]], spent: int, at: datetime) -> list[tuple[datetime, int]]:
    """What is left of lots, earliest first, once so much is taken from them; those past their end are left out."""
    found: dict[datetime, int] = {}
    for until_at, micros in lots:
        rest = max(0, micros - spent)
        spent -= micros - rest
        if rest and until_at > at:
            found[until_at] = found.get(until_at, 0) + rest
    return list(found.items())
