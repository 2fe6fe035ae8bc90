"""Who may send, lend, give back and take back: rights, the policy, people who have left."""

import pytest

from budget.outcome import No
from budget.transfers.choices import choices
from budget.transfers.grants import Moved
from budget.transfers.lending import Lent, collect_due
from budget.transfers.returning import Part, Returned
from budget.transfers.seen import loans_of
from budget.transfers.undoing import Undone
from store.database import Database
from store.people import Person
from tests.commanding import Office
from tests.offices import BOB, COMPANY, EVE, GRACE, wallet
from tests.transferring import decree, do, last, lots, mark, no, undo

TO_BOB = f"send {BOB} $1"


@pytest.fixture
async def database(sqlite_database: Database) -> Database:
    """Rules are the same on both engines; what the engines do differently is in `test_transfer_races`."""
    return sqlite_database


@pytest.fixture
async def given(office: Office, grace: Person, bob: Person, eve: Person) -> Office:
    """Grace, Bob and Eve have $5 each."""
    for person in (grace, bob, eve):
        await office.post("grant", COMPANY, wallet(person), 5_000_000)
    return office


async def test_who_may_send_to_whom(given: Office, ada: Person, bob: Person, eve: Person) -> None:
    assert isinstance(await do(given, eve, TO_BOB), Moved)
    assert "your own tokens already" in await no(given, bob, TO_BOB)
    await decree(given, '[send]\nwho = "team"')
    assert "is in none of yours" in await no(given, eve, TO_BOB)
    assert "is in none of yours" in await no(given, eve, f"lend {BOB} $1 until 2026-12-01")
    assert isinstance(await do(given, bob, f"send {GRACE} $1"), Moved)
    await decree(given, '[send]\nwho = "nobody"')
    assert "not sent from person to person" in await no(given, bob, f"send {GRACE} $1")
    assert "not lent from person to person" in await no(given, bob, f"lend {GRACE} $1 until 2026-12-01")
    assert isinstance(await do(given, ada, f"lend {BOB} $1 until 2026-12-01 from company"), Lent)


async def test_frozen_people_keep_and_get(given: Office, bob: Person, eve: Person) -> None:
    await mark(given, bob, frozen_at=given.at, frozen_reason="audit")
    assert "Your tokens are frozen (audit), so nothing can be sent." in await no(given, bob, f"send {EVE} $1")
    assert "frozen" in await no(given, bob, f"lend {EVE} $1 until 2026-12-01")
    assert isinstance(await do(given, eve, TO_BOB), Moved)
    assert isinstance(await do(given, bob, "return $1"), Returned)


async def test_who_has_left_gives_back_and_nothing_else(given: Office, bob: Person, eve: Person) -> None:
    await mark(given, bob, left_at=given.at)
    for text, done in ((f"send {EVE} $1", "sent"), (f"lend {EVE} $1 until 2026-12-01", "lent")):
        assert await no(given, bob, text) == f"You have left, so nothing can be {done}; `return` gives it back."
    assert isinstance(await do(given, bob, "return $1"), Returned)
    assert await given.on(wallet(bob)) == 4_000_000


async def test_a_month_of_nothing_is_nothing(given: Office, bob: Person) -> None:
    await decree(given, '[send]\nwho = "nobody"\nmost_a_month = 0')
    assert "not sent from person to person" in await no(given, bob, f"send {EVE} $1")
    found = await choices(given.house, bob.id, "send")
    assert isinstance(found, No)


async def test_nothing_goes_to_guests_or_to_who_has_left(given: Office, ada: Person, bob: Person, eve: Person) -> None:
    await mark(given, eve, is_guest=True)
    assert "is a guest here" in await no(given, bob, f"send {EVE} $1")
    await decree(given, "[guests]\nallowed = true")
    assert isinstance(await do(given, bob, f"send {EVE} $1"), Moved)
    await mark(given, eve, left_at=given.at)
    for text in (f"send {EVE} $1", f"lend {EVE} $1 until 2026-12-01"):
        assert "Ueve has left, so nothing can go to them." in await no(given, bob, text)
    for text in (f"grant {EVE} $1", f"move $1 from company to {EVE}"):
        assert "has left" in await no(given, ada, text)
    assert isinstance(await do(given, ada, f"move $1 from {EVE} to company"), Moved)


async def test_a_month_has_its_limit(given: Office, bob: Person, eve: Person) -> None:
    await decree(given, '[send]\nmost_a_month = "$3"')
    await do(given, bob, f"send {EVE} $2", key="S")
    await do(given, bob, f"lend {EVE} $1 until 2026-12-20", key="L")
    for text, key in ((f"send {EVE} $2", "S"), (f"lend {EVE} $1 until 2026-12-20", "L")):
        again = await do(given, bob, text, key=key)
        assert isinstance(again, Moved | Lent), again
        assert again.replayed
    told = await no(given, bob, f"send {EVE} $1")
    assert told == (
        "Everybody can give $3.00 (3M tokens) of their own in a calendar month, and all of it is given "
        "until 1 December. Nothing was sent."
    )
    assert isinstance(await do(given, eve, f"return $0.50 to {BOB}"), Returned)
    assert "$0.50 (500.0k tokens) of it is left until 1 December" in await no(given, bob, f"send {EVE} $1")
    assert isinstance(await undo(given, bob, await last(given, bob)), Undone)
    assert isinstance(await do(given, bob, f"send {EVE} $1"), Moved)
    given.pass_time(days=8, hours=11)  # 30 November, 24:00 in Berlin
    assert isinstance(await do(given, bob, f"send {EVE} $2"), Moved)


async def test_a_gift_keeps_its_end(given: Office, ada: Person, bob: Person, eve: Person) -> None:
    await do(given, ada, f"grant {BOB} $2 until 2026-11-30")
    await do(given, bob, f"send {EVE} $3")
    ends = [(micros, at.year) for micros, at in await lots(given, wallet(eve))]
    assert ends[0] == (2_000_000, 2026), "what ends earliest moves first"
    assert sorted(ends[1:]) == [(1_000_000, 9999), (5_000_000, 9999)]
    given.pass_time(days=9)
    await given.post("grant", COMPANY, wallet(eve), 1)
    assert await given.on(wallet(eve)) == 6_000_001


async def test_where_what_is_given_back_goes(given: Office, ada: Person, bob: Person, eve: Person) -> None:
    to_pool = await do(given, bob, "return $1")
    assert isinstance(to_pool, Returned)
    assert to_pool.parts == (Part("the Platform pool", 1_000_000),)
    to_company = await do(given, eve, "return $1")
    assert isinstance(to_company, Returned)
    assert to_company.parts == (Part("the company pool", 1_000_000),)
    await given.done(ada, "team create Data", f"team add data {BOB}")
    assert "say whether it goes to the Data pool or the Platform pool, or to the company" in await no(
        given, bob, "return $1"
    )
    assert isinstance(await do(given, bob, "return $1 to data"), Returned)
    assert "the Platform pool is neither" in await no(given, eve, "return $1 to platform")
    assert "borrowed nothing from Ueve" in await no(given, bob, f"return $1 to {EVE}")
    assert "$2.00 (2M tokens) less than this takes" in await no(given, bob, "return $5 to data")


async def test_more_loans_than_one_return_settles_are_not_passed_over(given: Office, bob: Person, eve: Person) -> None:
    for number in range(21):
        await do(given, eve, f"lend {BOB} $0.10 until 2026-12-20", key=f"L{number}")
    told = await no(given, bob, "return $2.10")
    assert told == (
        "One return settles 20 loans at most, those that are due first: $2.00 (2M tokens). Give that back first."
    )
    for text in ("return $2", "return $0.10"):
        assert isinstance(await do(given, bob, text), Returned)
    assert (await given.database.read(lambda conn: loans_of(conn, wallet(bob)))).borrowed == []
    assert await given.on(wallet(eve)) == 5_000_000


async def test_a_return_settles_the_earliest_loan_first(given: Office, grace: Person, bob: Person, eve: Person) -> None:
    await do(given, eve, f"lend {BOB} $2 until 2026-12-20", key="late")
    await do(given, grace, f"lend {BOB} $1 until 2026-12-01", key="early")
    seen = await given.database.read(lambda conn: loans_of(conn, wallet(bob)))
    assert [(each.other, each.loan.out_micros) for each in seen.borrowed] == [
        ("Ugrace", 1_000_000),
        ("Ueve", 2_000_000),
    ]
    first = await do(given, bob, "return $4 for fun", key="R")
    assert isinstance(first, Returned)
    assert first.parts == (
        Part("Ugrace", 1_000_000, 0), Part("Ueve", 2_000_000, 0), Part("the Platform pool", 1_000_000),
    )  # fmt: skip
    again = await do(given, bob, "return $4 for fun", key="R")
    assert isinstance(again, Returned)
    assert (again.replayed, [part.to for part in again.parts]) == (True, [part.to for part in first.parts])
    assert await given.on(wallet(bob)) == 4_000_000
    assert (await given.database.read(lambda conn: loans_of(conn, wallet(bob)))).borrowed == []


async def test_a_loan_of_a_lender_who_has_left_goes_to_the_company(given: Office, bob: Person, eve: Person) -> None:
    await do(given, eve, f"lend {BOB} $2 until 2026-12-01")
    await mark(given, eve, left_at=given.at)
    before = await given.on(COMPANY)
    assert isinstance(await do(given, bob, "return $1"), Returned)
    assert await given.on(COMPANY) == before + 1_000_000
    given.pass_time(days=10)
    await collect_due(given.house)
    assert await given.on(COMPANY) == before + 2_000_000
    assert await given.on(wallet(eve)) == 3_000_000


async def test_a_loan_of_a_borrower_whose_wallet_is_closed_is_written_off(
    given: Office, bob: Person, eve: Person
) -> None:
    await do(given, eve, f"lend {BOB} $2 until 2026-12-01")
    await given.post("return", wallet(bob), COMPANY, 6_500_000)
    await mark(given, bob, left_at=given.at, closes_at=given.at, closed_at=given.at)
    given.pass_time(days=10)
    await collect_due(given.house)
    assert await given.on(wallet(eve)) == 3_500_000
    assert (await given.database.read(lambda conn: loans_of(conn, wallet(eve)))).lent == []
