"""What tests of allowances share: commands as typed, the clock's tick, and what was paid."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from budget.allowances import paying, setting
from budget.allowances.paying import PaidNow
from budget.allowances.payout import pay_due
from budget.allowances.setting import Set, Stopped
from budget.allowances.typed import PayAllowances, SetAllowance, StopAllowance
from budget.money import Face
from budget.outcome import No
from handlers.commands.grammar import parse
from handlers.slack.letters import VIEWS
from handlers.slack.views import allowance_letters
from handlers.slack.views.pieces import Reader
from handlers.slack.wire.markup import read
from store import tables
from store.database import Connection
from store.outbox import COLUMNS
from store.people import Person
from store.sweep import expire_due
from tests.commanding import WORKSPACE, Office

KINDS = allowance_letters.KINDS
MICROS = 1_000_000
Done = Set | Stopped | PaidNow | No


async def allow(office: Office, person: Person, text: str, key: str | None = None) -> Done:
    """A command about allowances, as Slack would send it."""
    command, used = parse(read(f"allowance {text}"), Face()), key or office.new_id()
    match command:
        case SetAllowance():
            return await setting.set_allowance(office.house, person.id, command, key=used, origin="test")
        case StopAllowance():
            return await setting.stop_allowance(office.house, person.id, command, key=used, origin="test")
        case PayAllowances():
            return await paying.pay_left_out(office.house, person.id, origin="test")
        case _:
            raise AssertionError(command)


async def allowed(office: Office, person: Person, *texts: str) -> Set:
    """Commands that must work; what the last one set."""
    done: Done | None = None
    for text in texts:
        done = await allow(office, person, text)
        assert not isinstance(done, No), (text, done)
    assert isinstance(done, Set)
    return done


async def tick(office: Office) -> int:
    """The clock comes by: what ended is burnt, what is due is paid; how many people were paid."""
    while await office.database.write(lambda conn: len(expire_due(conn, office.at))):
        pass
    return await pay_due(office.house)


def set_clock(office: Office, shown: str) -> None:
    """Set the clock, in the workspace's zone: `2026-12-01 00:00`."""
    office.at = datetime.fromisoformat(shown).replace(tzinfo=office.rules.timezone).astimezone(UTC)


async def policy(office: Office, toml: str) -> None:
    """Set the policy behind everybody's back."""
    mine = update(tables.workspace).where(tables.workspace.c.id == WORKSPACE)
    await office.database.write(lambda conn: conn.execute(mine.values(policy=toml)))


async def change(office: Office, person: Person, **values: Any) -> None:
    """Change somebody's row behind everybody's back."""
    mine = update(tables.person).where(tables.person.c.id == person.id)
    await office.database.write(lambda conn: conn.execute(mine.values(**values)))


async def lines(office: Office, period_on: str) -> list[tuple[str, str]]:
    """The people of a period and what became of them, in the order of payment."""
    line = tables.payout_line.c
    query = select(tables.person.c.name, line.state).join_from(tables.payout_line, tables.person)
    wanted = query.where(line.period_on == period_on).order_by(line.place)
    return await office.database.read(lambda conn: [(row[0], row[1]) for row in conn.execute(wanted)])


async def payments(office: Office, person: Person) -> list[tuple[int, str | None, datetime | None]]:
    """What somebody got by allowance: dollars, why, until when."""
    row = tables.transfer.c
    query = select(row.amount_micros, row.reason, row.until_at).where(
        row.kind == "allowance", row.credit_account_id == f"person:{person.id}"
    )
    found = await office.database.read(lambda conn: conn.execute(query.order_by(row.id)).all())
    return [(micros // MICROS, reason, until_at) for micros, reason, until_at in found]


async def letters(office: Office, kind: str) -> list[tuple[str, str]]:
    """Letters of a kind, to whom, as they are read."""
    query = select(*COLUMNS).where(tables.outbox.c.kind == kind).order_by(tables.outbox.c.key)
    zone = office.rules.timezone
    reader = Reader(zone, zone, Face(), office.at)

    def work(conn: Connection) -> Sequence[Any]:
        return conn.execute(query).all()

    found = await office.database.read(work)
    return [(row.slack_id, VIEWS[kind](json.loads(row.payload), reader).text) for row in found]


def hours(office: Office, count: float) -> None:
    """Let hours pass."""
    office.at += timedelta(hours=count)


def in_zone(office: Office, zone: Any) -> Office:
    """The same office in another zone."""
    office.rules = replace(office.rules, timezone=zone)
    office.__post_init__()
    return office
