"""What people see of allowances: the next one, what ends when, whose they may look at; through the bot as well."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.allowances import seen
from budget.allowances.payout import pay_due
from budget.allowances.seen import Next, next_for
from budget.allowances.typed import Everyone
from budget.outcome import No
from budget.typed import PersonRef, TeamRef
from sandbox.seed import ADA, FRANCES
from store import lots_seen
from store.database import Database
from store.ledger.steps import Dispatch, Hold, Settle
from store.people import Person
from tests.allowing import MICROS, allow, allowed, change, letters, policy, set_clock, tick
from tests.commanding import START, Office
from tests.floor import floor
from tests.offices import BOB, COMPANY, wallet

WAS_SET = """\
Everybody gets *$5.00 (5M tokens)* a month from the company pool; up to $2.50 (2.5M tokens) rolls over \
for 2 more months.
It begins with November 2026, which is paid within moments; then again on Tuesday, 1 December 2026.
At present that is 3 people: $15.00 (15M tokens) a month. The company pool has $90.00 (90M tokens), enough for 6 months.
Who comes in the middle of a period gets it from the next one on.
""".splitlines()
MINE = [
    "You get *$5.00 (5M tokens)* a month from the company pool as everybody does, next on Tuesday, 1 December 2026.",
    "Of what is left when the period ends, up to $2.50 (2.5M tokens) stays yours until the end of 28 February 2027.",
    (
        "*What ends of your balance*: $2.50 (2.5M tokens) after 30 November 2026, $2.50 (2.5M tokens) after "
        "31 January 2027."
    ),
]


async def upcoming(office: Office, person: Person) -> Next | None:
    return await office.database.read(lambda conn: next_for(conn, office.house, person, office.at))


async def test_what_comes_next(office: Office, ada: Person, bob: Person, eve: Person) -> None:
    assert await upcoming(office, bob) is None
    await allowed(office, ada, "everyone $5 monthly rollover 50% expires 2 months", f"{BOB} $3 weekly")
    now = await upcoming(office, bob)
    assert now is not None
    assert now.at < office.at, "the present week's is on its way"
    await tick(office)
    found = await upcoming(office, bob)
    assert found is not None
    assert (found.amount_micros, found.whose.scope, found.keeps_micros) == (3 * MICROS, "person", 0)
    assert f"{found.at.astimezone(office.rules.timezone):%Y-%m-%d %H:%M}" == "2026-11-23 00:00"
    other = await upcoming(office, eve)
    assert other is not None
    assert (other.amount_micros, other.keeps_micros, other.pool) == (5 * MICROS, 2_500_000, "the company pool")
    assert other.keeps_until_at is not None
    assert f"{other.keeps_until_at.astimezone(office.rules.timezone):%Y-%m-%d}" == "2027-03-01"


async def test_what_comes_next_follows_a_change(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, f"{BOB} $3 weekly")
    await tick(office)
    await allowed(office, ada, f"{BOB} $30 monthly", "everyone $1 quarterly")
    found = await upcoming(office, bob)
    assert found is not None
    assert (found.amount_micros, found.period.first.isoformat()) == (3 * MICROS, "2026-11-23")
    set_clock(office, "2026-11-24 12:00")
    await tick(office)
    found = await upcoming(office, bob)
    assert found is not None
    assert (found.amount_micros, found.period.first.isoformat()) == (30 * MICROS, "2026-12-01")


async def test_whoever_was_left_out_sees_it(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, "everyone $60 monthly")
    await tick(office)
    found = await upcoming(office, bob)
    assert found is not None
    assert found.left_out


async def test_what_ends_when(office: Office, ada: Person, bob: Person) -> None:
    await allowed(office, ada, f"{BOB} $5 monthly rollover 40% expires 1 month")
    await tick(office)
    await office.done(ada, f"grant {BOB} $1")
    now = office.at
    await office.database.post(Hold("h", wallet(bob), 4 * MICROS, 4 * MICROS, now, now + timedelta(hours=1)))
    ends = await office.database.read(lambda conn: lots_seen.ending(conn, wallet(bob), now))
    assert [(f"{end.astimezone(office.rules.timezone):%m-%d}", micros) for end, micros in ends] == [
        ("12-01", 3 * MICROS), ("01-01", 2 * MICROS),
    ]  # fmt: skip
    await office.database.post(Dispatch("h", now))
    await office.database.post(Settle("h", 4 * MICROS, now))
    ends = await office.database.read(lambda conn: lots_seen.ending(conn, wallet(bob), now))
    assert [micros for _, micros in ends] == [1 * MICROS], "the earliest was spent first, before anything is folded"
    assert await office.database.read(lambda conn: lots_seen.ending(conn, COMPANY, now)) == []
    assert await office.database.read(lambda conn: lots_seen.ending(conn, "person:nobody", now)) == []


@given(st.lists(st.tuples(st.integers(-2, 5), st.integers(1, 50)), max_size=8), st.integers(0, 200))
def test_what_is_left_of_lots(lots: list[tuple[int, int]], spent: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = sorted((at + timedelta(days=days), micros) for days, micros in lots)
    found = lots_seen.left(rows, spent, at)
    assert [end for end, _ in found] == sorted({end for end, _ in found}), "each moment once, earliest first"
    assert all(end > at and micros > 0 for end, micros in found)
    coins = [end for end, micros in rows for _ in range(micros)][spent:]
    assert dict(found) == {end: coins.count(end) for end in coins if end > at}


async def test_whose_one_may_see(office: Office, ada: Person, grace: Person, bob: Person, eve: Person) -> None:
    await allowed(
        office, ada, f"{BOB} $3 weekly", "everyone $5 monthly", "platform $1 monthly", "<@UEVE|eve> $2 weekly"
    )
    listed = {}
    for person in (ada, grace, bob, eve):
        found = await seen.mine(office.house, person.id)
        listed[person.name] = {each.whose.name or "everybody" for each in found.listed}
    assert listed == {
        "Ada": {"Ubob", "Ueve", "Platform", "everybody"},
        "Ugrace": {"Ubob", "Platform", "everybody"},
        "Ubob": {"Platform", "everybody"},
        "Ueve": {"everybody"},
    }
    for person, may in ((ada, True), (grace, True), (bob, True), (eve, False)):
        for scope in (PersonRef("UBOB"), TeamRef("platform")):
            answer = await seen.of_one(office.house, person.id, scope)
            assert isinstance(answer, No) != may
        assert not isinstance(await seen.of_one(office.house, person.id, Everyone()), No)


async def test_through_the_bot(sqlite_database: Database) -> None:
    async with floor(sqlite_database) as on:
        await on.set_up()
        told = await on.say(FRANCES, "allowance everyone $5 monthly rollover 50% expires 2 months")
        assert told.splitlines() == WAS_SET
        assert await pay_due(on.office.house) == 3
        assert (await on.say(ADA, "allowance")).splitlines()[:3] == MINE
        assert await on.say(ADA, "allowance @grace $5 weekly") == "Only an admin decides on allowances."
        assert "Grace Hopper has no allowance of their own" in await on.say(FRANCES, "allowance @grace")
        assert await on.say(FRANCES, "allowance pay") == (
            "Nobody was left out of an allowance: there is nothing to pay."
        )
        assert await on.say(FRANCES, "allowance everyone stop") == (
            "The allowance of everybody is stopped. What was paid stays theirs."
        )
        assert await on.say(FRANCES, "allowance everyone") == "There is no allowance for everybody."


async def test_a_person_and_a_teams_managers_are_told(office: Office, ada: Person, grace: Person) -> None:
    await allowed(office, ada, f"{BOB} $3 weekly rollover all", "platform $1 monthly", "everyone $1 monthly")
    told = dict(await letters(office, "allowance_set"))
    more = "\n`/tokens allowance` shows what comes next, and what ends when."
    assert told == {
        "UBOB": "Ada has set an allowance: you get *$3.00 (3M tokens)* a week from the company pool, beginning with "
        "the week of 16 November 2026; all that is left rolls over for good." + more,
        "UGRACE": "Ada has set an allowance: everybody in Platform gets *$1.00 (1M tokens)* a month from the Platform "
        "pool, beginning with November 2026; nothing rolls over." + more,
    }


@pytest.mark.parametrize("toml", ["", "[guests]\nallowed = true"])
async def test_how_many_it_is_for(office: Office, ada: Person, toml: str) -> None:
    await policy(office, toml)
    guest = await office.meet("UGUEST")
    await change(office, guest, is_guest=True)
    soon = await office.meet("USOON")
    await change(office, soon, starts_on="2026-11-25")
    done = await allowed(office, ada, f"{BOB} $1 monthly", "everyone $1 monthly from 2026-12-01")
    assert done.people == (5 if toml else 4), "Ada, Grace, Eve, and by then the one who comes soon; Bob has his own"
    assert isinstance(await allow(office, ada, "everyone $1 monthly from 2026-11-21"), No)
    assert office.at == START
