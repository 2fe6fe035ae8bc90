"""Taking back what one moved, and agreeing to what is much: once, in time, with the right that it takes."""

import pytest

from budget.outcome import No
from budget.transfers.confirming import Doubt, agree, leave
from budget.transfers.grants import Moved
from budget.transfers.seen import loans_of
from budget.transfers.undoing import Undone
from store.database import Database
from store.people import Person
from tests.commanding import WORKSPACE, Office
from tests.offices import BOB, COMPANY, GRACE, wallet
from tests.transferring import ask, decree, do, last, lots, undo

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


async def test_undo_takes_back_what_is_unspent_once(given: Office, grace: Person, bob: Person) -> None:
    await do(given, grace, f"grant {BOB} $3 for on-call")
    deed = await last(given, grace)
    await given.post("consume", wallet(bob), f"consumed:{WORKSPACE}", 7_000_000)
    first, again = await undo(given, grace, deed), await undo(given, grace, deed)
    assert isinstance(first, Undone)
    assert isinstance(again, Undone)
    assert (first.amount_micros, first.replayed, again.amount_micros, again.replayed) == (
        1_000_000,
        False,
        1_000_000,
        True,
    )
    assert await given.on(wallet(bob)) == 0
    assert await given.on(await given.team_pool("platform")) == 8_000_000
    assert [entry.action for entry in await given.audit()].count("undo grant") == 1


async def test_undo_is_for_who_did_it_in_time_with_the_right(
    given: Office, ada: Person, grace: Person, bob: Person
) -> None:
    await do(given, grace, f"grant {BOB} $3")
    deed = await last(given, grace)
    for other in (ada, bob):
        assert await undo(given, other, deed) == No("Only who moved it can take it back.")
    await given.done(ada, f"team remove platform {GRACE}")
    refused = await undo(given, grace, deed)
    assert isinstance(refused, No)
    assert "You may no longer move tokens there" in refused.sentence
    await given.done(ada, f"team manager platform {GRACE}")
    given.pass_time(hours=24, seconds=1)
    late = await undo(given, grace, deed)
    assert isinstance(late, No)
    assert "can be taken back for 24 hours" in late.sentence
    await decree(given, "[moves]\nundo_hours = 48")
    assert isinstance(await undo(given, grace, deed), Undone)


async def test_what_comes_back_keeps_its_end_and_says_so(given: Office, ada: Person, bob: Person) -> None:
    await do(given, ada, f"grant {BOB} $2 until 2026-11-30")
    done = await undo(given, ada, await last(given, ada))
    assert isinstance(done, Undone)
    assert done.until_at is not None
    assert done.until_at.isoformat().startswith("2026-11-30T23:00")


async def test_a_loan_that_is_taken_back_is_settled(given: Office, bob: Person, eve: Person) -> None:
    await do(given, eve, f"lend {BOB} $2 until 2026-12-01")
    done = await undo(given, eve, await last(given, eve))
    assert isinstance(done, Undone)
    assert (done.amount_micros, done.source_micros, done.target_micros) == (2_000_000, 5_000_000, None)
    assert (await given.database.read(lambda conn: loans_of(conn, wallet(eve)))).lent == []


async def test_new_budget_can_be_taken_back(given: Office, ada: Person) -> None:
    before = await given.on(COMPANY)
    await do(given, ada, "fund $7")
    assert isinstance(await undo(given, ada, await last(given, ada)), Undone)
    assert await given.on(COMPANY) == before


async def test_what_is_agreed_to_is_planned_anew(given: Office, ada: Person, grace: Person, bob: Person) -> None:
    await decree(given, '[moves]\nconfirm_above = "$2"')
    doubt = await ask(given, grace, f"grant {BOB} $3")
    assert isinstance(doubt, Doubt)
    assert doubt.source is not None
    assert (doubt.source.before_micros, doubt.target.after_micros) == (10_000_000, 8_000_000)
    assert await ask(given, grace, f"grant {BOB} $3") == doubt, "the same command again asks the same"
    stranger = await agree(given.house, ada.id, doubt.id, origin="test")
    assert isinstance(stranger, No)
    await given.done(ada, f"team remove platform {GRACE}")
    refused = await agree(given.house, grace.id, doubt.id, origin="test")
    assert isinstance(refused, No)
    assert "Only admins and managers" in refused.sentence
    await given.done(ada, f"team manager platform {GRACE}")
    given.pass_time(minutes=9)
    first = await agree(given.house, grace.id, doubt.id, origin="test")
    again = await agree(given.house, grace.id, doubt.id, origin="test")
    assert isinstance(first, Moved)
    assert isinstance(again, Moved)
    assert (first.replayed, again.replayed) == (False, True)
    assert isinstance(await ask(given, grace, f"grant {BOB} $3"), Moved)
    assert await given.on(wallet(bob)) == 8_000_000
    assert "was decided on before" in (await leave(given.house, grace.id, doubt.id)).sentence


async def test_what_is_left_or_lapsed_is_not_done(given: Office, grace: Person, bob: Person) -> None:
    await decree(given, '[moves]\nconfirm_above = "$2"')
    doubt = await ask(given, grace, f"grant {BOB} $3")
    assert isinstance(doubt, Doubt)
    given.pass_time(minutes=10)
    lapsed = await agree(given.house, grace.id, doubt.id, origin="test")
    assert isinstance(lapsed, No)
    assert "more than ten minutes ago" in lapsed.sentence
    other = await ask(given, grace, f"grant {BOB} $3", key="K2")
    assert isinstance(other, Doubt)
    await leave(given.house, grace.id, other.id)
    assert isinstance(await agree(given.house, grace.id, other.id, origin="test"), No)
    assert isinstance(await ask(given, grace, f"grant {BOB} $3", key="K2"), No)
    assert await given.on(wallet(bob)) == 5_000_000


async def test_what_is_short_is_said_before_anything_is_asked(given: Office, grace: Person) -> None:
    answer = await ask(given, grace, f"grant {BOB} $300")
    assert isinstance(answer, No)
    assert "has $10.00 (10M tokens) available" in answer.sentence


async def test_dollars_that_were_meant(given: Office, ada: Person, bob: Person) -> None:
    doubt = await ask(given, ada, f"grant {BOB} 250")
    assert isinstance(doubt, Doubt)
    assert doubt.dollars_micros == 250_000_000
    short = await agree(given.house, ada.id, doubt.id, as_dollars=True, origin="test")
    assert isinstance(short, No), "the company has less: nothing is asked, nothing done"
    doubt = await ask(given, ada, f"grant {BOB} 5", key="K2")
    assert isinstance(doubt, Doubt)
    for _ in range(2):
        await agree(given.house, ada.id, doubt.id, as_dollars=True, origin="test")
    await agree(given.house, ada.id, doubt.id, origin="test")
    assert await given.on(wallet(bob)) == 10_000_000


async def test_what_was_spent_is_not_taken_from_what_came_later(given: Office, grace: Person, bob: Person) -> None:
    await do(given, grace, f"grant {BOB} $3")
    deed = await last(given, grace)
    await given.post("consume", wallet(bob), f"consumed:{WORKSPACE}", 7_000_000)
    await given.post("grant", COMPANY, wallet(bob), 4_000_000)
    done = await undo(given, grace, deed)
    assert isinstance(done, Undone)
    assert done.amount_micros == 1_000_000, "of the $3 there was $1 left"
    assert await given.on(wallet(bob)) == 4_000_000


async def test_what_was_left_is_not_done_in_dollars_and_what_was_done_in_dollars_not_left(
    given: Office, ada: Person, bob: Person
) -> None:
    doubt = await ask(given, ada, f"grant {BOB} 5")
    assert isinstance(doubt, Doubt)
    await leave(given.house, ada.id, doubt.id)
    late = await agree(given.house, ada.id, doubt.id, as_dollars=True, origin="test")
    assert isinstance(late, No), "a second click, on another button, right after the first"
    assert await given.on(wallet(bob)) == 5_000_000
    other = await ask(given, ada, f"grant {BOB} 5", key="K2")
    assert isinstance(other, Doubt)
    await agree(given.house, ada.id, other.id, as_dollars=True, origin="test")
    assert "was decided on before" in (await leave(given.house, ada.id, other.id)).sentence
    again = await ask(given, ada, f"grant {BOB} 5", key="K2")
    assert isinstance(again, No)
    assert "was decided on before" in again.sentence, "it would be untrue that nothing was moved"
    assert await given.on(wallet(bob)) == 10_000_000


async def test_a_form_that_is_sent_again_with_another_amount_means_that_one(
    given: Office, grace: Person, bob: Person
) -> None:
    await decree(given, '[moves]\nconfirm_above = "$2"')
    await ask(given, grace, f"grant {BOB} $3")  # the answer was lost on its way
    doubt = await ask(given, grace, f"grant {BOB} $4")
    assert isinstance(doubt, Doubt)
    assert doubt.amount_micros == 4_000_000
    done = await agree(given.house, grace.id, doubt.id, origin="test")
    assert isinstance(done, Moved)
    assert done.amount_micros == 4_000_000
    assert await given.on(wallet(bob)) == 9_000_000


async def test_what_goes_back_is_what_came_not_what_ends_first(
    given: Office, ada: Person, grace: Person, bob: Person, eve: Person
) -> None:
    await do(given, ada, f"grant {BOB} $4 until 2026-11-30")
    await do(given, grace, f"grant {BOB} $3")
    done = await undo(given, grace, await last(given, grace))
    assert isinstance(done, Undone)
    assert done.until_at is None, "the pool has no use for tokens that end"
    await do(given, eve, f"lend {BOB} $2 until 2026-12-01")
    await do(given, bob, "return $2")
    assert {ends.year for _, ends in await lots(given, wallet(eve))} == {9999}
    assert [(micros, ends.year) for micros, ends in await lots(given, wallet(bob))] == [
        (4_000_000, 2026), (5_000_000, 9999),
    ]  # fmt: skip
