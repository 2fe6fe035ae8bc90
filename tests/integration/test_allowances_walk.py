"""Random decisions, people, pools and clocks: whatever happens, what lines say is what was paid, once for each time."""

import random
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from sqlalchemy import Connection, select

from budget.allowances.payout import pay_due
from budget.allowances.periods import BY_NAME, Period
from budget.outcome import No
from store import tables
from store.database import Database
from store.people import Person
from store.sweep import expire_due
from tests.allowing import allow, change, policy
from tests.commanding import Office

STEPS, PEOPLE = 70, 5
POLICIES = ("", '[allowances]\nmissed = "skip"', '[allowances]\norder = "poorest"', '[allowances]\norder = "name"')


async def step(office: Office, ada: Person, people: list[Person], dice: random.Random) -> None:
    """Something happens."""
    who = f"<@{dice.choice(people).slack_id}|x>"
    scope = dice.choice([who, who, "everyone", "red", "blue"])
    amount = f"${dice.randrange(1, 9)} {dice.choice(['weekly', 'monthly', 'quarterly'])}"
    more = dice.choice(["", " rollover all", " rollover 50% expires 1", " by company", " by red"])
    match dice.randrange(10):
        case 0 | 1:
            await allow(office, ada, f"{scope} {amount}{more}")
        case 2:
            await allow(office, ada, f"{scope} stop")
        case 3:
            await office.run(ada, f"team {dice.choice(['add', 'remove'])} {dice.choice(['red', 'blue'])} {who}")
        case 4:
            await change(office, dice.choice(people), left_at=dice.choice([None, office.at]))
        case 5:
            await office.run(ada, dice.choice(["fund $30", "grant red $20", "grant blue $5"]))
            await allow(office, ada, "pay")
        case 6:
            await policy(office, dice.choice(POLICIES))
        case _:
            office.pass_time(hours=dice.choice([1, 24, 24 * 7, 24 * 30, 24 * 70]))


@dataclass(frozen=True)
class Paid:
    """A line that says it is paid: when that was decided on, and when it was done."""

    person_id: str
    period: Period
    began_at: datetime
    paid_at: datetime


def paid_lines(conn: Connection) -> list[Paid]:
    """What lines say is what the books say."""
    line, one, row, of = tables.payout_line.c, tables.allowance.c, tables.transfer.c, tables.payout.c
    got: dict[str, tuple[int, datetime]] = {}
    moved = select(row.request_key, row.amount_micros, row.created_at).where(row.kind == "allowance")
    for key, micros, at in conn.execute(moved):
        got[key.rpartition(":")[0]] = (got.get(key.rpartition(":")[0], (0, at))[0] + micros, at)
    same = (of.allowance_id == line.allowance_id) & (of.period_on == line.period_on)
    columns = (line.allowance_id, line.period_on, line.person_id, line.amount_micros, one.period, of.began_at)
    joined = select(*columns).join_from(tables.payout_line, tables.allowance, line.allowance_id == one.id)
    found = []
    for allowance_id, on, person_id, micros, kind, began_at in conn.execute(
        joined.join(tables.payout, same).where(line.state == "paid")
    ):
        paid, paid_at = got.pop(f"allowance:{allowance_id}:{on}:{person_id}")
        assert paid == micros
        found.append(Paid(person_id, Period(date.fromisoformat(on), BY_NAME[kind]), began_at, paid_at))
    assert not got, "nothing was paid that no line says"
    return found


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens(sqlite_database: Database, seed: int) -> None:
    dice, office = random.Random(seed), Office(sqlite_database)
    ada = await office.meet("UADA", "Ada")
    people = [await office.meet(f"U{number}") for number in range(PEOPLE)]
    await office.done(ada, "fund $200", "team create red", "team create blue", "grant red $40", "grant blue $20")
    for _ in range(STEPS):
        await step(office, ada, people, dice)
        if dice.random() < 0.7:
            await office.database.write(lambda conn: expire_due(conn, office.at))
            await pay_due(office.house)
    await pay_due(office.house)
    await office.verified()
    found = await office.database.read(paid_lines)
    assert len(found) > 20, "hardly anything was paid"
    for one in found:
        same = [other for other in found if other.person_id == one.person_id and other is not one]
        assert one.period not in [other.period for other in same], "twice for the same period"
        before = [other for other in same if other.paid_at < one.began_at and other.period.covers(one.period)]
        assert not before, "for a time that had been paid for"
    assert await pay_due(office.house) == 0
    assert not isinstance(await allow(office, ada, "pay"), No)
