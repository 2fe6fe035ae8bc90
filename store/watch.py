"""The books as somebody sees them who looks on: holds, transfers and balances with the names that go with them.

For the demo and for tests, where tables are small: nothing here is on an index made for it. Nothing is locked or
changed, and what people asked is not read.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, case, func, select, text
from sqlalchemy.exc import DBAPIError

from store.accounts import moved
from store.batches import connect, raise_plainly
from store.engines import make_engine, parse
from store.tables import SYSTEM_KINDS, account, ask, hold, person, team, transfer

RECENT = 100


@dataclass(frozen=True, slots=True)
class Side:
    """An account: its kind, and whose it is (None: the company or the system, which have no name of their own)."""

    kind: str
    name: str | None


@dataclass(frozen=True, slots=True)
class HoldSeen:
    """A hold from its opening to its end, and the ask that it is for (`asker` and `model` None: not known)."""

    key: str
    payer: Side
    state: str
    amount_micros: int
    charged_micros: int | None
    overrun_micros: int
    estimated: bool
    created_at: datetime
    dispatched_at: datetime | None
    closed_at: datetime | None
    asker: str | None
    model: str | None


@dataclass(frozen=True, slots=True)
class TransferSeen:
    """A movement of money; `actor` None: the system. `hold_key` set: it is the end of that hold."""

    id: int
    kind: str
    amount_micros: int
    debit: Side
    credit: Side
    hold_key: str | None
    actor: str | None
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class BalanceSeen:
    """What is on an account, and how much of it is set aside for answers under way."""

    account_id: str
    owner: Side
    posted_micros: int
    held_micros: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The books at one moment. Holds and transfers: the last hundred, oldest first."""

    holds: tuple[HoldSeen, ...]
    transfers: tuple[TransferSeen, ...]
    balances: tuple[BalanceSeen, ...]
    consumed_micros: int


class Watch:
    """A database that others write to. Not for two threads at once; `close()` lets it go."""

    def __init__(self, url: str) -> None:
        """`url` as for Database.open; connects at the first look. Raises ValueError."""
        self._engine: Engine = make_engine(parse(url), reading=True, pool_size=1)
        self._conn: Connection | None = None
        self._version: object = None

    def look(self) -> Seen | None:
        """The books, or None when nobody has written since the last look. Raises Unavailable."""
        try:
            # One connection is kept: SQLite's version tells what others did since this one looked.
            self._conn = self._conn or connect(self._engine)
            with self._conn.begin():
                version = self._conn.execute(text(VERSION[self._conn.dialect.name])).scalar_one()
                if version == self._version:
                    return None
                found = seen(self._conn)
            self._version = version
        except DBAPIError as error:
            self.close()
            raise_plainly(error)
        return found

    def forget(self) -> None:
        """Let the next look find everything anew."""
        self._version = None

    def close(self) -> None:
        """Close the connection; a look after it opens another, and finds everything anew."""
        if self._conn is not None:
            self._conn.close()
        self._conn, self._version = None, None
        self._engine.dispose()


VERSION = {  # changes with every commit of somebody else
    "sqlite": "PRAGMA data_version",  # sqlite.org/pragma.html#pragma_data_version
    "postgresql": "SELECT pg_current_snapshot()::text",
}


def seen(conn: Connection) -> Seen:
    """The books now."""
    holds = tuple(_hold(row) for row in conn.execute(_holds()))
    transfers = tuple(_transfer(row) for row in conn.execute(_transfers()))
    balances = tuple(BalanceSeen(row[0], Side(*row[1:3]), *row[3:]) for row in conn.execute(_balances()))
    systems = conn.execute(select(account.c.id).where(account.c.kind == "consumed")).scalars().all()
    consumed = sum(moved(conn, "credit_account_id", name) - moved(conn, "debit_account_id", name) for name in systems)
    return Seen(holds[::-1], transfers[::-1], balances, consumed)


def _hold(row: Any) -> HoldSeen:
    key, kind, name, *rest = row
    return HoldSeen(key, Side(kind, name), *rest)


def _transfer(row: Any) -> TransferSeen:
    number, kind, amount, debit_kind, debit_name, credit_kind, credit_name, *rest = row
    return TransferSeen(number, kind, amount, Side(debit_kind, debit_name), Side(credit_kind, credit_name), *rest)


def _holds() -> Select[*tuple[Any, ...]]:
    payer, owner, group, asker = (account.alias("payer"), person.alias("owner"), team.alias("grp"), person.alias("by"))
    return (
        select(
            hold.c.key,
            payer.c.kind,
            func.coalesce(owner.c.name, group.c.name),
            *(hold.c[name] for name in ("state", "amount_micros", "charged_micros", "overrun_micros", "estimated")),
            *(hold.c[name] for name in ("created_at", "dispatched_at", "closed_at")),
            asker.c.name,
            ask.c.model,
        )
        .join(payer, payer.c.id == hold.c.account_id)
        .outerjoin(owner, and_(payer.c.kind == "person", owner.c.id == payer.c.owner_id))
        .outerjoin(group, and_(payer.c.kind == "team", group.c.id == payer.c.owner_id))
        .outerjoin(ask, ask.c.hold_key == hold.c.key)
        .outerjoin(asker, asker.c.id == ask.c.person_id)
        .order_by(hold.c.created_at.desc(), hold.c.key)
        .limit(RECENT)
    )


def _transfers() -> Select[*tuple[Any, ...]]:
    gives, gets, actor = account.alias("gives"), account.alias("gets"), person.alias("actor")
    giver, giving = person.alias("giver"), team.alias("giving")
    getter, getting = person.alias("getter"), team.alias("getting")
    return (
        select(
            transfer.c.id,
            transfer.c.kind,
            transfer.c.amount_micros,
            gives.c.kind,
            func.coalesce(giver.c.name, giving.c.name),
            gets.c.kind,
            func.coalesce(getter.c.name, getting.c.name),
            transfer.c.hold_key,
            actor.c.name,
            transfer.c.reason,
            transfer.c.created_at,
        )
        .join(gives, gives.c.id == transfer.c.debit_account_id)
        .join(gets, gets.c.id == transfer.c.credit_account_id)
        .outerjoin(giver, and_(gives.c.kind == "person", giver.c.id == gives.c.owner_id))
        .outerjoin(giving, and_(gives.c.kind == "team", giving.c.id == gives.c.owner_id))
        .outerjoin(getter, and_(gets.c.kind == "person", getter.c.id == gets.c.owner_id))
        .outerjoin(getting, and_(gets.c.kind == "team", getting.c.id == gets.c.owner_id))
        .outerjoin(actor, actor.c.id == transfer.c.actor_id)
        .order_by(transfer.c.id.desc())
        .limit(RECENT)
    )


def _balances() -> Select[*tuple[Any, ...]]:
    """The company first, then teams, projects and people, by name."""
    rank = case({"company": 0, "team": 1, "project": 2}, value=account.c.kind, else_=3)
    name = func.coalesce(person.c.name, team.c.name)
    return (
        select(account.c.id, account.c.kind, name, account.c.posted_micros, account.c.held_micros)
        .outerjoin(person, and_(account.c.kind == "person", person.c.id == account.c.owner_id))
        .outerjoin(team, and_(account.c.kind == "team", team.c.id == account.c.owner_id))
        .where(account.c.kind.not_in(SYSTEM_KINDS))
        .order_by(rank, name, account.c.id)
    )
