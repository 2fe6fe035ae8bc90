"""What commands show to whom, on both engines: balances, history, models, teams; and who is met how."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from budget import balance
from budget.house import Rules
from budget.org import people, teams_seen
from budget.outcome import No
from budget.typed import Company, PersonRef, TeamRef
from store import history as history_store
from store import people as people_store
from store.database import Database
from store.people import Person
from tests.asking import PERSON, bench
from tests.commanding import START, WORKSPACE, Office
from tests.offices import BOB, COMPANY, known, wallet


async def test_who_sees_which_balance(office: Office, ada: Person, grace: Person, bob: Person, eve: Person) -> None:
    async def sees(person: Person, of: PersonRef | TeamRef | Company) -> bool:
        return not isinstance(await balance.balance_of(office.house, person.id, of), No)

    every: dict[str, PersonRef | TeamRef | Company] = {
        "bob": PersonRef("UBOB"), "grace": PersonRef("UGRACE"), "eve": PersonRef("UEVE"),
        "platform": TeamRef("platform"), "company": Company(),
    }  # fmt: skip
    seen = {
        person.slack_id: {name for name, of in every.items() if await sees(person, of)}
        for person in (ada, grace, bob, eve)
    }
    assert seen == {
        "UADA": set(every),
        "UGRACE": {"grace", "bob", "platform"},
        "UBOB": {"bob", "platform"},
        "UEVE": {"eve"},
    }


async def test_who_sees_which_history(office: Office, ada: Person, grace: Person, bob: Person) -> None:
    await office.done(grace, f"grant {BOB} 5k for X")
    assert isinstance(await balance.history_of(office.house, grace.id, PersonRef("UBOB")), No)
    for reader, of in ((ada, PersonRef("UBOB")), (bob, None), (bob, PersonRef("UBOB"))):
        seen = await balance.history_of(office.house, reader.id, of)
        assert isinstance(seen, balance.History)
        (movement,) = seen.movements
        assert (movement.kind, movement.amount_micros, movement.other_kind) == ("grant", 5_000, "team")
        assert (movement.other_name, movement.reason, movement.actor) == ("Platform", "X", "Ugrace")
        assert movement.at == START


async def test_history_is_newest_first_and_short(office: Office, ada: Person, bob: Person) -> None:
    for step in range(12):
        office.pass_time(minutes=1)
        await office.done(ada, f"grant {BOB} {step + 1}k")
    seen = await balance.history_of(office.house, bob.id, None)
    assert not isinstance(seen, No)
    assert [movement.amount_micros for movement in seen.movements] == [1_000 * n for n in range(12, 2, -1)]


async def test_overview_and_pace(office: Office, ada: Person, grace: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4", "team pool platform on")
    office.pass_time(days=3)
    await office.post("consume", wallet(bob), f"consumed:{WORKSPACE}", 1_000_000)
    office.pass_time(days=2)
    seen = await balance.overview(office.house, bob.id)
    lasts = seen.wallet.lasts
    assert lasts is not None
    assert lasts.day_micros == 500_000
    assert lasts.empty_at == datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
    assert [pool.place.name for pool in seen.backing] == ["the Platform pool"]
    assert (seen.managers, seen.managed, seen.company) == (["Ugrace"], [], None)
    assert await balance.lasts(office.house, bob) == (
        "At the pace of the last week ($0.50 a day) it lasts until about 3 December 2026."
    )
    office.pass_time(days=8)
    assert "typical questions to mini" in (await balance.lasts(office.house, bob) or "")
    managing = await balance.overview(office.house, grace.id)
    assert [pool.place.name for pool in managing.managed] == ["the Platform pool"]
    assert (await balance.overview(office.house, ada.id)).company is not None


async def test_spending_counts_only_what_answers_took(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $4", f"move $1 from {BOB} to company")
    spent = await office.database.read(lambda conn: history_store.spent(conn, wallet(bob), START))
    assert (spent.micros, spent.first_at) == (0, None)


async def test_choosing_a_model(office: Office, bob: Person) -> None:
    chosen = await people.choose_model(office.house, bob, "BIG", origin="test")
    assert isinstance(chosen, people.Chosen)
    assert (await balance.overview(office.house, bob.id)).model.name == "big"
    unknown = await people.choose_model(office.house, bob, "bigg", origin="test")
    assert isinstance(unknown, No)
    assert unknown.example == "model big"
    back = await people.choose_model(office.house, bob, None, origin="test")
    assert isinstance(back, people.Chosen)
    assert not back.own
    assert [(entry.old, entry.new) for entry in (await office.audit())[:2]] == [("big", None), (None, "big")]
    assert (await known(office, "UBOB")).model is None


async def test_a_model_that_is_gone_falls_back(office: Office, bob: Person) -> None:
    await office.database.write(lambda conn: people_store.set_model(conn, bob.id, "withdrawn"))
    seen = await balance.overview(office.house, bob.id)
    assert seen.model.name == "mini"


async def test_questions_show_with_their_model(sqlite_database: Database) -> None:
    async with bench(sqlite_database) as asking:
        await asking.give(1_000_000)
        await asking.ask(await asking.record("what is a lot?"))
        seen = await balance.history_of(asking.house, PERSON, None)
        assert not isinstance(seen, No)
        question, given = seen.movements
        assert (question.kind, question.model, question.other_kind) == ("consume", "standin", "consumed")
        assert (given.kind, given.amount_micros, given.other_kind) == ("fund", 1_000_000, "issued")
        (asked,) = (await balance.overview(asking.house, PERSON)).asks
        assert (asked.state, asked.model, asked.payer_kind) == ("settled", "standin", "person")
        assert asked.cost_micros == -question.amount_micros
        assert "typical question" in (await balance.lasts(asking.house, seen.person) or "")


def with_starter(database: Database) -> Office:
    rules = Rules(ZoneInfo("UTC"), starter_grant_micros=5_000_000, admins=frozenset({"ada@example.com"}))
    return Office(database, rules)


async def test_the_starter_grant_comes_once(database: Database) -> None:
    office = with_starter(database)
    ada = await office.meet("UADA")
    assert await office.on(wallet(ada)) == 0, "the company pool is empty yet"
    await office.done(ada, "fund $11")
    people = await asyncio.gather(*(office.meet("UBOB") for _ in range(8)))
    assert await office.on(wallet(people[0])) == 5_000_000
    await office.meet("UADA")
    assert await office.on(wallet(ada)) == 5_000_000, "it comes as soon as there is enough"
    eve = await office.meet("UEVE")
    assert await office.on(wallet(eve)) == 0
    assert await office.on(COMPANY) == 1_000_000
    seen = await balance.history_of(office.house, people[0].id, None)
    assert not isinstance(seen, No)
    assert [(move.reason, move.actor, move.other_kind) for move in seen.movements] == [
        ("starter grant", None, "company")
    ]
    assert [entry.action for entry in await office.audit()].count("starter grant") == 2
    await office.verified()


async def test_who_is_only_mentioned_gets_no_starter_grant_yet(database: Database) -> None:
    office = with_starter(database)
    ada = await office.meet("UADA")
    await office.done(ada, "fund $100", f"grant {BOB} $1")
    assert await office.on(f"person:{WORKSPACE}:UBOB") == 1_000_000
    await office.meet("UBOB")
    assert await office.on(f"person:{WORKSPACE}:UBOB") == 6_000_000


async def test_admins_follow_the_settings(office: Office) -> None:
    assert not (await office.meet("UBOB")).is_admin
    assert (await office.meet("UROOT")).is_admin
    bob = await office.meet("UBOB", email="ADA@example.com")
    assert bob.is_admin
    assert not (await office.meet("UBOB")).is_admin
    entries = [entry for entry in await office.audit() if entry.target == bob.id and entry.action == "admin"]
    assert [(entry.old, entry.new) for entry in entries] == [("yes", "no"), ("no", "yes")]


async def test_a_meeting_that_changes_nothing_only_reads(office: Office, bob: Person) -> None:
    renamed = await office.meet("UBOB", "Robert")
    assert (renamed.id, renamed.name) == (bob.id, "Robert")
    assert await office.meet("UBOB", "Robert") == renamed
    assert (await known(office, "UBOB")).name == "Robert"


async def test_teams_one_may_see(office: Office, ada: Person, grace: Person, eve: Person) -> None:
    await office.done(ada, "team create other")
    listed = {
        person.slack_id: [each.team.name for each in (await teams_seen.list_teams(office.house, person.id)).teams]
        for person in (ada, grace, eve)
    }
    assert listed == {"UADA": ["other", "Platform"], "UGRACE": ["Platform"], "UEVE": []}
    hidden = await teams_seen.see_team(office.house, grace.id, TeamRef("other"))
    missing = await teams_seen.see_team(office.house, grace.id, TeamRef("nothing"))
    assert hidden == missing, "whether a team exists is not told"
