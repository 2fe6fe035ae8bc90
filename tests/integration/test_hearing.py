"""Slack's word on people: in any order, several times, late; who leaves by it, who comes back, what that restores."""

from dataclasses import replace
from decimal import Decimal

import pytest

from budget.house import Rules
from budget.org import hearing
from budget.org.hearing import gone, hear, is_old
from budget.org.people import Profile
from budget.outcome import No
from store import audit, teams
from store.database import Database
from store.people import Person
from tests import departing as out
from tests.commanding import WORKSPACE, Office
from tests.offices import BOB, known, wallet

USD = 1_000_000
NEW = Profile("UNEW", "Nora New", "nora@example.com", "Europe/Paris")


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One engine: nothing here depends on which."""
    return sqlite_database


async def told(office: Office, who: Profile, ts: str, *, deactivated: bool = False, joins: bool = False) -> bool:
    return await hear(office.house, WORKSPACE, who, at_ts=ts, deactivated=deactivated, joins=joins)


async def test_a_changed_name_mail_and_zone(office: Office, bob: Person) -> None:
    assert await told(office, out.profile(bob, name="Robert", timezone="Asia/Tokyo"), "10.1")
    now = await out.now(bob, office)
    assert (now.name, now.timezone, now.email) == ("Robert", "Asia/Tokyo", bob.email)


async def test_again_or_older_is_no_news(office: Office, bob: Person) -> None:
    assert await told(office, out.profile(bob, name="Second"), "10.000002")
    assert not await told(office, out.profile(bob, name="First"), "9.999999")
    assert not await told(office, out.profile(bob, name="Second again"), "10.000002")
    assert (await out.now(bob, office)).name == "Second"
    assert is_old(replace(bob, heard_ts="9.5"), "9.5")
    assert not is_old(replace(bob, heard_ts="9.5"), "10.5")  # as numbers, not as texts
    assert Decimal("10.5") > Decimal("9.5")


async def test_nobody_is_made_of_a_change(office: Office) -> None:
    assert not await told(office, NEW, "1.1")
    assert not await told(office, NEW, "1.2", deactivated=True, joins=True)
    with pytest.raises(AssertionError):
        await known(office, "UNEW")


async def test_who_joins_is_known_and_gets_the_starter_when_they_come(office: Office) -> None:
    office.rules = Rules(office.rules.timezone, starter_grant_micros=2 * USD)
    office.__post_init__()
    assert await told(office, NEW, "1.1", joins=True)
    nora = await known(office, "UNEW")
    assert await office.on(wallet(nora)) == 0
    await office.meet("UNEW", "Nora New", email="nora@example.com")
    assert await office.on(wallet(nora)) == 2 * USD


async def test_a_guest_who_joins_is_not_known_unless_guests_may(office: Office) -> None:
    guest = replace(NEW, is_guest=True)
    assert not await told(office, guest, "1.1", joins=True)
    await out.policy(office, "[guests]\nallowed = true\n")
    assert await told(office, guest, "1.1", joins=True)
    assert (await known(office, "UNEW")).is_guest


async def test_deactivated_is_leaving_and_active_again_restores_nothing(
    office: Office, ada: Person, bob: Person
) -> None:
    office.rules = replace(office.rules, starter_grant_micros=USD)
    office.__post_init__()
    await office.meet("UBOB")
    await office.done(ada, f"grant {BOB} $4")
    assert await told(office, out.profile(bob), "20.1", deactivated=True)
    left = await out.now(bob, office)
    assert left.left_at == left.gone_at == left.closed_at == office.at
    assert (await out.departure(office, bob)).why == "slack"
    assert await office.on(wallet(bob)) == 0
    assert not await told(office, out.profile(bob), "20.0")  # an older word that comes late brings nobody back
    assert (await out.now(bob, office)).left_at is not None
    office.pass_time(days=40)
    assert await told(office, out.profile(bob), "30.1")
    back = await out.now(bob, office)
    assert (back.left_at, back.gone_at, back.closes_at, back.closed_at) == (None, None, None, None)
    await office.meet("UBOB")
    assert await office.on(wallet(bob)) == 0  # no second starter grant
    assert await office.database.read(lambda conn: teams.memberships(conn, bob.id)) == []
    assert "come back" in {entry.action for entry in await office.audit()}


async def test_frozen_stays_frozen(office: Office, ada: Person, bob: Person) -> None:
    await out.freeze(office, ada, bob, "a lost laptop")
    await told(office, out.profile(bob), "20.1", deactivated=True)
    await told(office, out.profile(bob), "30.1")
    back = await out.now(bob, office)
    assert back.left_at is None
    assert (back.frozen_at is not None, back.frozen_reason) == (True, "a lost laptop")


async def test_who_was_let_go_does_not_come_back_by_changing_their_picture(
    office: Office, ada: Person, bob: Person
) -> None:
    await out.offboarded(office, ada, bob)
    assert await told(office, out.profile(bob, name="Bobby"), "20.1")
    assert (await out.now(bob, office)).left_at is not None
    await told(office, out.profile(bob), "21.1", deactivated=True)
    no = await out.keep(office, ada, bob)
    assert isinstance(no, No)
    assert "deactivated" in no.sentence
    await told(office, out.profile(bob), "22.1")
    assert (await out.now(bob, office)).left_at is None
    leaves = [entry for entry in await office.audit() if entry.action == "leave"]
    assert len(leaves) == 1


async def test_an_account_that_turns_out_to_be_deactivated(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4")
    left = await gone(office.house, WORKSPACE, "UBOB")
    assert left is not None
    assert left.left_at == office.at
    assert await office.on(wallet(bob)) == 0
    seen = await office.audit()
    again = await gone(office.house, WORKSPACE, "UBOB")
    assert again is not None
    assert again.left_at == office.at
    assert await office.audit() == seen
    assert await gone(office.house, WORKSPACE, "UNOBODY") is None


async def test_a_right_from_the_settings_follows_the_mail(office: Office, bob: Person) -> None:
    await told(office, out.profile(bob, email="root@example.com"), "1.1")
    assert not (await out.now(bob, office)).is_admin
    office.rules = replace(office.rules, admins=frozenset({"boss@example.com"}))
    office.__post_init__()
    await told(office, out.profile(bob, email="boss@example.com"), "2.1")
    assert (await out.now(bob, office)).is_admin
    last = await office.database.read(lambda conn: audit.last(conn, WORKSPACE, "admin", bob.id))
    assert last is not None
    assert (last.old, last.new) == ("no", "yes")


async def test_back_in_the_grace_period_keeps_what_is_there(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4")
    await out.policy(office, out.KEEP)
    await out.offboarded(office, ada, bob)
    await out.keep(office, ada, bob)
    office.pass_time(days=90)
    assert await out.tick(office) == 0
    assert await office.on(wallet(bob)) == 4 * USD


async def test_many_are_met_in_one_go(office: Office) -> None:
    profiles = [replace(NEW, slack_id=f"UM{number:03}", email=f"m{number}@example.com") for number in range(120)]
    met = await hearing.meet_all(office.house, WORKSPACE, profiles)
    assert [person.slack_id for person in met] == [each.slack_id for each in profiles]
