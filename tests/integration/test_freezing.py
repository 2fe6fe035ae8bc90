"""Freezing and guests: what is so afterwards, who is told, who may."""

import pytest

from budget.house import Rules
from budget.org import freezing, guests
from budget.org.freezing import Frozen
from budget.org.guests import LetIn
from budget.org.people import Profile, arrive
from budget.outcome import No
from budget.typed import PersonRef
from handlers.slack.views import organising as organising  # registers the letters that are read here
from store.database import Database
from store.people import Person
from tests import departing as out
from tests.commanding import WORKSPACE, Office
from tests.offices import BOB, wallet

USD = 1_000_000
HEDY = Profile("UHED", "Hedy Lamarr", None, None, is_guest=True)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One engine: nothing here depends on which."""
    return sqlite_database


async def test_frozen_once_with_its_reason_and_nothing_is_lost(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4")
    done = await out.freeze(office, ada, bob, "a lost laptop")
    assert isinstance(done, Frozen)
    assert (done.same, done.since) == (False, office.at)
    office.pass_time(hours=1)
    again = await out.freeze(office, ada, bob)
    assert isinstance(again, Frozen)
    assert (again.same, again.reason, again.since) == (True, "a lost laptop", done.since)
    assert await office.on(wallet(bob)) == 4 * USD
    (told,) = await out.letters(office, freezing.LETTER)
    assert told[0] == "UBOB"
    assert told[1].splitlines() == [
        "Ada froze your tokens, for a lost laptop: until that ends, your questions are refused.",
        "Nothing is lost: you keep what you have, $4.00 (4M tokens). Talk to <@UADA> about it.",
    ]
    entry = (await office.audit())[0]
    assert (entry.action, entry.old, entry.new) == ("freeze", "no", "frozen: a lost laptop")
    await office.done(ada, f"grant {BOB} $1")  # who is frozen can be given


async def test_another_reason_is_a_change(office: Office, ada: Person, bob: Person) -> None:
    first = await out.freeze(office, ada, bob)
    office.pass_time(hours=1)
    second = await out.freeze(office, ada, bob, "an audit")
    assert isinstance(first, Frozen)
    assert isinstance(second, Frozen)
    assert (second.same, second.since) == (False, first.since)
    assert len(await out.letters(office, freezing.LETTER)) == 2


async def test_unfrozen(office: Office, ada: Person, bob: Person) -> None:
    await out.freeze(office, ada, bob, "an audit")
    done = await freezing.unfreeze(office.house, ada.id, PersonRef("UBOB"), origin="test")
    assert isinstance(done, Frozen)
    assert not done.same
    now = await out.now(bob, office)
    assert (now.frozen_at, now.frozen_reason) == (None, None)
    again = await freezing.unfreeze(office.house, ada.id, PersonRef("UBOB"), origin="test")
    assert isinstance(again, Frozen)
    assert again.same
    assert len(await out.letters(office, freezing.LETTER)) == 2


async def test_who_may_not(office: Office, ada: Person, grace: Person, bob: Person) -> None:
    for actor in (grace, bob):
        assert await out.freeze(office, actor, bob) == No(freezing.ONLY_ADMINS)
        no = await freezing.unfreeze(office.house, actor.id, PersonRef("UBOB"), origin="test")
        assert no == No(freezing.ONLY_ADMINS)
    await out.offboarded(office, ada, bob)
    gone = await out.freeze(office, ada, bob)
    assert isinstance(gone, No)
    assert "has left" in gone.sentence


async def test_a_guest_is_let_in_and_turned_away_again(office: Office, ada: Person, grace: Person) -> None:
    office.rules = Rules(office.rules.timezone, starter_grant_micros=USD, admins=office.rules.admins)
    office.__post_init__()
    assert await guests.turned_away(office.house, WORKSPACE, "UHED") == ("Ada",)
    hedy = await arrive(office.house, WORKSPACE, HEDY)
    assert await office.on(wallet(hedy)) == 0
    assert await guests.let_in(office.house, grace.id, PersonRef("UHED"), True, origin="t") == No(guests.ONLY_ADMINS)
    done = await guests.let_in(office.house, ada.id, PersonRef("UHED"), True, origin="t")
    assert isinstance(done, LetIn)
    assert not done.same
    assert await guests.turned_away(office.house, WORKSPACE, "UHED") is None
    await arrive(office.house, WORKSPACE, HEDY)
    assert await office.on(wallet(hedy)) == USD
    refused = await guests.let_in(office.house, ada.id, PersonRef("UHED"), False, origin="t")
    assert isinstance(refused, LetIn)
    assert await office.on(wallet(hedy)) == USD
    assert await guests.turned_away(office.house, WORKSPACE, "UHED") == ("Ada",)
    told = [(entry.old, entry.new) for entry in await office.audit() if entry.action == "guest"]
    assert told == [("allowed", "refused"), ("refused", "allowed")]


@pytest.mark.parametrize("allowed", [True, False])
async def test_the_policy_lets_all_guests_in(office: Office, allowed: bool) -> None:
    await out.policy(office, f"[guests]\nallowed = {str(allowed).lower()}\n")
    assert (await guests.turned_away(office.house, WORKSPACE, "UHED") is None) == allowed


async def test_nobody_needs_a_word_on_a_member(office: Office, ada: Person) -> None:
    done = await guests.let_in(office.house, ada.id, PersonRef("UBOB"), True, origin="test")
    assert isinstance(done, LetIn)
    assert done.needless
    assert "guest" not in {entry.action for entry in await office.audit()}
