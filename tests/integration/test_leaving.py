"""Leaving: what ends with it, what goes back, what is told to whom; staying, and coming back."""

from datetime import UTC, datetime, timedelta

import pytest

from budget.org import leaving
from budget.org.leaving import Left, Planned
from budget.outcome import No
from budget.typed import PersonRef
from store import requests, tables
from store.people import Person
from tests import departing as out
from tests.allowing import allowed
from tests.commanding import START, WORKSPACE, Office
from tests.offices import BOB, wallet
from tests.packaging import give, made, of
from tests.requesting import Asking

USD = 1_000_000


async def test_everything_goes_back_at_once_and_both_sides_get_the_statement(
    office: Office, ada: Person, bob: Person
) -> None:
    await office.done(ada, f"grant {BOB} $4.12 for a start")
    before = await out.on_company(office)
    left = await out.offboarded(office, ada, bob)
    assert left.closing is not None
    assert (left.closing.returned_micros, left.closing.waits_micros) == (4_120_000, 0)
    assert await office.on(wallet(bob)) == 0
    assert await out.on_company(office) == before + 4_120_000
    gone = await out.now(bob, office)
    assert (gone.left_at, gone.closed_at) == (START, START)
    told = dict(await out.letters(office, out.STATEMENT))
    assert told.keys() == {"UADA", "UBOB"}
    assert told["UADA"].splitlines() == [
        "*Closing statement of Ubob*",
        "Left 22 Nov, 13:00, by the word of Ada; closed 22 Nov, 13:00.",
        "On leaving: *$4.12 (4.12M tokens)*",
        "Returned to the company pool: −$4.12",
        "Left on the account: *$0.00 (0 tokens)*",
        "• No longer in Platform.",
    ]
    assert told["UBOB"].startswith("*Your closing statement*")


async def test_a_second_time_nothing_happens(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4")
    await out.offboarded(office, ada, bob)
    seen = await office.verified(), await office.audit(), await out.letters(office, out.STATEMENT)
    again = await out.offboarded(office, ada, bob)
    assert (again.departure, again.closing) == (None, None)
    assert await out.tick(office) == 0
    assert (await office.verified(), await office.audit(), await out.letters(office, out.STATEMENT)) == seen


async def test_all_that_ends(office: Office, ada: Person, bob: Person, eve: Person) -> None:
    await office.done(ada, f"grant {BOB} $5")
    await allowed(office, ada, f"{BOB} $3 weekly")
    await give(office, made(bob, "2026-08-10", months=12))
    asked = await Asking(office).asked(bob, 7 * USD)
    row = {"id": "P1", "workspace_id": WORKSPACE, "name": "Apollo", "name_key": "apollo", "owner_id": bob.id}
    await office.database.write(lambda conn: conn.execute(tables.project.insert(), row | {"created_at": START}))
    await out.lent(office, wallet(bob), eve, 2 * USD)
    left = await out.offboarded(office, ada, bob)
    assert left.departure is not None
    ended = left.departure.ended
    assert ended["teams"] == [["Platform", "member"]]
    assert ended["allowances"] == [[3 * USD, "week"]]
    assert ended["requests"] == [7 * USD]
    assert ended["projects"] == ["Apollo"]
    assert ended["lent_micros"] == 2 * USD
    assert ended["packages"] == [
        {"vested_micros": 300 * USD, "paid_micros": 0, "unpaid_micros": 300 * USD, "forfeited_micros": 900 * USD}
    ]
    found = await office.database.read(lambda conn: requests.get(conn, asked.request.id))
    assert found is not None
    assert found.state == "withdrawn"
    assert all(package.ended_at or package.ends_on for package in await of(office, bob))
    actions = {entry.action for entry in await office.audit()}
    assert {"leave", "remove member", "end allowance", "end package", "request withdrawn", "close"} <= actions


async def test_what_vests_on_leaving_is_paid_and_then_returned(office: Office, ada: Person, bob: Person) -> None:
    await give(office, made(bob, "2026-09-22", annual_micros=120 * USD, months=12))
    left = await out.offboarded(office, ada, bob)
    assert left.departure is not None
    assert left.departure.had_micros == 0
    assert left.departure.ended["packages"][0]["paid_micros"] > 0
    assert left.closing is not None
    assert left.closing.returned_micros == left.departure.ended["packages"][0]["paid_micros"]
    told = dict(await out.letters(office, out.STATEMENT))["UADA"]
    assert "Vested on leaving: +$" in told
    assert "is forfeited" in told
    assert "Left on the account: *$0.00 (0 tokens)*" in told


async def test_a_grace_period_keeps_it_until_it_is_over(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4")
    await out.policy(office, out.KEEP)
    left = await out.offboarded(office, ada, bob)
    assert left.closing is None
    assert await office.on(wallet(bob)) == 4 * USD
    (told,) = await out.letters(office, "leaving")
    assert told[0] == "UBOB"
    assert "What you have, $4.00 (4M tokens), stays on your account until the end of 22 December 2026" in told[1]
    assert await out.letters(office, out.STATEMENT) == []
    office.pass_time(days=29, hours=23)
    assert await out.tick(office) == 0
    office.pass_time(hours=1)
    assert await out.tick(office) == 1
    assert await office.on(wallet(bob)) == 0
    assert len(await out.letters(office, out.STATEMENT)) == 2
    assert await out.tick(office) == 0


async def test_what_was_borrowed_goes_back_first_and_what_was_lent_to_the_company(
    office: Office, ada: Person, bob: Person, eve: Person
) -> None:
    await office.done(ada, "grant <@UEVE> $10", f"grant {BOB} $1")
    await out.lent(office, wallet(eve), bob, 6 * USD)
    await office.post("consume", wallet(bob), "consumed:T1", 3 * USD)
    left = await out.offboarded(office, ada, bob)
    assert left.closing is not None
    assert (left.closing.given_back_micros, left.closing.returned_micros) == (4 * USD, 0)
    assert await office.on(wallet(eve)) == 8 * USD
    told = dict(await out.letters(office, out.STATEMENT))["UADA"]
    assert "Given back to lenders: −$4.00" in told
    assert "that they borrowed goes back first" in told


async def test_shown_is_what_happens_and_changes_nothing(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4")
    before = await office.verified(), await office.audit(), await out.now(bob, office)
    shown = await leaving.show(office.house, ada.id, PersonRef("UBOB"))
    assert isinstance(shown, Left)
    assert (await office.verified(), await office.audit(), await out.now(bob, office)) == before
    assert await out.letters(office, out.STATEMENT) == []
    done = await out.offboarded(office, ada, bob)
    assert shown.departure == done.departure


async def test_after_a_last_day(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4")
    planned = await out.end_on(office, ada, bob, "2026-11-23")
    assert isinstance(planned, Planned)
    office.at = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)  # a minute before midnight in Berlin
    assert await out.tick(office) == 0
    office.at += timedelta(minutes=1)
    assert await out.tick(office) == 2  # left, and closed
    gone = await out.departure(office, bob)
    assert (gone.why, gone.actor_id) == ("date", ada.id)
    assert await office.on(wallet(bob)) == 0
    assert {who for who, _ in await out.letters(office, out.STATEMENT)} == {"UADA", "UBOB"}


@pytest.mark.parametrize(("day", "part"), [("2026-11-21", "is over"), ("2037-01-01", "more than ten years")])
async def test_no_such_last_day(office: Office, ada: Person, bob: Person, day: str, part: str) -> None:
    no = await out.end_on(office, ada, bob, day)
    assert isinstance(no, No)
    assert part in no.sentence


async def test_a_last_day_is_taken_back(office: Office, ada: Person, bob: Person) -> None:
    await out.end_on(office, ada, bob, "2026-11-23")
    kept = await out.keep(office, ada, bob)
    assert not isinstance(kept, No)
    assert (kept.came_back, kept.last_on) == (False, "2026-11-23")
    office.pass_time(days=9)
    assert await out.tick(office) == 0
    assert (await out.now(bob, office)).left_at is None
    again = await out.keep(office, ada, bob)
    assert isinstance(again, No)
    assert again.sentence == "Ubob is here, and no last day is set."


async def test_only_admins(office: Office, grace: Person, bob: Person, eve: Person) -> None:
    for actor in (grace, eve, bob):
        before = await office.audit()
        for no in (
            await out.offboard(office, actor, bob), await out.end_on(office, actor, bob, "2026-12-01"),
            await out.keep(office, actor, bob), await leaving.show(office.house, actor.id, PersonRef("UBOB")),
        ):  # fmt: skip
            assert isinstance(no, No)
            assert no.sentence.startswith("Only an admin")
        assert await office.audit() == before


async def test_an_admin_who_has_left_is_none(office: Office, ada: Person) -> None:
    root = await office.meet("UROOT")
    assert root.is_admin
    await out.offboarded(office, ada, root)
    assert not (await office.meet("UROOT")).is_admin
    await out.keep(office, ada, root)
    assert (await office.meet("UROOT")).is_admin
