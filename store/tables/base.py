"""What all tables share: times, names of constraints, the values that columns of a kind may have."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.types import TypeEngine

FAR = datetime(9999, 1, 1, tzinfo=UTC)  # "never", as a finite date: psycopg cannot read PostgreSQL's infinity


class Utc(TypeDecorator[datetime]):
    """Aware UTC times: timestamptz on PostgreSQL, sortable ISO text on SQLite. Naive times are refused."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = DateTime(timezone=True) if dialect.name == "postgresql" else String(32)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.isoformat(timespec="microseconds")

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ACCOUNT_KINDS = ("company", "team", "project", "person", "issued", "consumed", "expired")
SYSTEM_KINDS = ("issued", "consumed", "expired")
TRANSFER_KINDS = (
    "fund", "grant", "allowance", "vest", "move", "send", "return", "expire", "consume", "overrun", "correct",
)  # fmt: skip
HOLD_STATES = ("open", "dispatched", "settled", "released", "expired", "rejected")
ASK_STATES = ("received", "held", "streaming", "settled", "refused", "failed", "cancelled")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """SQL for `column IN (values)`; the values are our own constants."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


PERIODS = ("week", "month", "quarter")
SCOPES = ("person", "team", "everyone")
PAYOUT_STATES = ("paying", "short", "done", "skipped")
LINE_STATES = ("due", "paid", "left out", "gone")
LEAVING_BY = ("slack", "date", "admin")
PENDING_STATES = ("waiting", "done", "left")
REQUEST_STATES = ("waiting", "approved", "lent", "refused", "lapsed", "withdrawn")

# Conditions of partial indexes. A query must say them in these very words, never by parameters, to be given the index.
LIVE_HOLD = "state IN ('open', 'dispatched')"
LIVE_ASK = "state IN ('received', 'held', 'streaming')"
OPEN_ASK = f"{LIVE_ASK} OR told_at IS NULL"
DUE_ACCOUNT = "next_event_at < '9999-01-01 00:00:00+00'"  # earlier than FAR, as a time and as SQLite's text
LEAVING = "closes_at IS NOT NULL AND closed_at IS NULL"
ENDING = "ends_on IS NOT NULL AND left_at IS NULL"
CLOSED = "closed_at IS NOT NULL"
BY_HAND = "actor_id IS NOT NULL"
WAITING = "state = 'waiting'"
OPEN_LOAN = "closed_at IS NULL"
ACTIVE = "ended_at IS NULL"
LASTING = "ended_at IS NULL AND until_on IS NULL"
LIVE_PAYOUT = "state IN ('paying', 'short')"
UNPAID = "state = 'due'"
