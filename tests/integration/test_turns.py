"""One row that cannot be gone on with keeps no other from its turn, and is told of."""

import pytest
from sqlalchemy import select

from budget.allowances.payout import pay_due
from budget.org.leaving import leave_due
from budget.outcome import No
from budget.packages import setting
from budget.packages.typed import SetPackage
from budget.packages.vesting import vest_due
from budget.typed import PersonRef
from store import allowances, tables
from store.ledger.steps import Transfer
from store.people import Person
from tests.allowing import allowed, change
from tests.commanding import WORKSPACE, Office
from tests.departing import now
from tests.offices import BOB, COMPANY, EVE, GRACE, wallet

USD = 1_000_000


async def in_the_way(office: Office, key: str) -> None:
    """A transfer of another kind under a key that the clock will want to use."""
    await office.database.post(Transfer(key, "grant", COMPANY, await office.team_pool("platform"), 1, office.at))


async def test_allowances(office: Office, ada: Person, grace: Person, bob: Person, eve: Person) -> None:
    for whom in (GRACE, BOB, EVE):
        await allowed(office, ada, f"{whom} $3 monthly")
    found = await office.database.read(lambda conn: allowances.active(conn, WORKSPACE))
    await in_the_way(office, f"allowance:{found[0].id}:2026-11-01:{found[0].scope_id}:now")
    with pytest.raises(ExceptionGroup, match="1 allowances or payouts not gone on with"):
        await pay_due(office.house)
    assert sorted([await office.on(wallet(each)) for each in (grace, bob, eve)]) == [0, 3 * USD, 3 * USD]


async def test_packages(office: Office, ada: Person, grace: Person, bob: Person, eve: Person) -> None:
    for each in (grace, bob, eve):
        shown = await setting.show(office.house, ada.id, SetPackage(PersonRef(each.slack_id), 12 * USD))
        assert not isinstance(shown, No)
        await setting.confirm(office.house, ada.id, shown.draft, origin="test")
    package = tables.package.c
    bobs = await office.database.read(lambda conn: conn.scalar(select(package.id).where(package.person_id == bob.id)))
    await in_the_way(office, f"vest:{bobs}:1")
    office.pass_time(days=31)
    with pytest.raises(ExceptionGroup, match="packages not vested"):
        await vest_due(office.house)
    assert [await office.on(wallet(each)) for each in (grace, bob, eve)] == [USD, 0, USD]


async def test_leaving(office: Office, grace: Person, bob: Person, eve: Person) -> None:
    for each in (grace, bob, eve):
        await office.post("grant", COMPANY, wallet(each), USD)
        await change(office, each, ends_on="2026-11-21")
    await in_the_way(office, f"close:{bob.id}:{office.at:%Y%m%dT%H%M%S%f}:0")
    with pytest.raises(ExceptionGroup, match="1 people neither let go nor their wallets closed"):
        await leave_due(office.house)
    assert [await office.on(wallet(each)) for each in (grace, bob, eve)] == [0, USD, 0]
    assert [(await now(each, office)).left_at == office.at for each in (grace, bob, eve)] == [True] * 3
