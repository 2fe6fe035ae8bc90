"""Commands that change money and rights, on both engines: rights, amounts, replays, audit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from budget import balance, people, teams_seen
from budget.grants import Moved
from budget.house import Rules
from budget.outcome import No
from budget.teams import Changed
from budget.typed import Company, PersonRef, TeamRef
from store import history as history_store
from store import people as people_store
from store.database import Database
from store.people import Person
from tests.asking import PERSON, bench
from tests.commanding import START, WORKSPACE, Office

COMPANY = f"company:{WORKSPACE}"
GRACE, BOB, EVE = "<@UGRACE|grace>", "<@UBOB|bob>", "<@UEVE|eve>"


def wallet(person: Person) -> str:
    return f"person:{person.id}"


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """Ada is an admin, Grace manages Platform, Bob is in it, Eve is in nothing; the company has $100."""
    made = Office(database)
    ada = await made.meet("UADA", "Ada")
    for slack_id in ("UGRACE", "UBOB", "UEVE"):
        await made.meet(slack_id)
    await made.done(
        ada, "fund $100 for the start", "team create Platform", f"team manager platform {GRACE}",
        f"team add PLATFORM {BOB}", "grant platform $10",
    )  # fmt: skip
    yield made
    await made.verified()


async def known(office: Office, slack_id: str) -> Person:
    found = await office.database.read(lambda conn: people_store.by_slack_id(conn, WORKSPACE, slack_id))
    assert found is not None
    return found


@pytest.fixture
async def ada(office: Office) -> Person:
    return await known(office, "UADA")


@pytest.fixture
async def grace(office: Office) -> Person:
    return await known(office, "UGRACE")


@pytest.fixture
async def bob(office: Office) -> Person:
    return await known(office, "UBOB")


@pytest.fixture
async def eve(office: Office) -> Person:
    return await known(office, "UEVE")


async def test_a_manager_grants_from_the_pool(office: Office, grace: Person, bob: Person) -> None:
    moved = await office.run(grace, f"grant {BOB} $4 for onboarding until 2026-12-31")
    assert isinstance(moved, Moved)
    assert moved.source is not None
    assert (moved.source.name, moved.target.name, moved.reason) == ("the Platform pool", "Ubob", "onboarding")
    assert moved.until_at == datetime(2026, 12, 31, 23, 0, tzinfo=UTC)  # midnight in Berlin
    assert [notice.person.id for notice in moved.notices] == [bob.id]
    assert await office.on(wallet(bob)) == 4_000_000
    assert await office.on(await office.team_pool("platform")) == 6_000_000
    entry = (await office.audit())[0]
    assert (entry.actor_id, entry.origin, entry.action, entry.target) == (grace.id, "test", "grant", wallet(bob))
    assert (entry.old, (entry.new or "").split()[0]) == ("0 micros", "4000000")


async def test_an_admin_grants_from_the_company(office: Office, ada: Person, eve: Person) -> None:
    await office.done(ada, f"grant {EVE} 250k", "grant platform 1M", "grant <@UADA> $1")
    assert await office.on(wallet(eve)) == 250_000
    assert await office.on(COMPANY) == 100_000_000 - 10_000_000 - 250_000 - 1_000_000 - 1_000_000
    assert (await office.audit())[0].action == "grant to self"


async def test_a_repeated_command_changes_nothing_twice(office: Office, grace: Person, bob: Person) -> None:
    first = await office.run(grace, f"grant {BOB} $4", key="trigger-1")
    notes = len(await office.audit())
    again = await asyncio.gather(*(office.run(grace, f"grant {BOB} $4", key="trigger-1") for _ in range(5)))
    assert isinstance(first, Moved)
    assert again == [replace(first, replayed=True)] * 5
    assert await office.on(wallet(bob)) == 4_000_000
    assert len(await office.audit()) == notes
    other = await office.run(grace, f"grant {BOB} $5", key="trigger-1")
    assert isinstance(other, No)
    assert "carried out before" in other.sentence


async def test_a_team_is_made_once_for_a_key(office: Office, ada: Person) -> None:
    made = [await office.run(ada, 'team create "Data Lake"', key="trigger-2") for _ in range(2)]
    assert isinstance(made[0], Changed)
    assert made[0] == made[1]
    taken = await office.run(ada, 'team create "data  LAKE"')
    assert isinstance(taken, No)
    assert taken.example == 'team "data LAKE"'


REFUSED = [
    ("bob", f"grant {EVE} 5k", "Only admins and managers"),
    ("bob", "move 5k from platform to <@UBOB>", "Only admins and managers"),
    ("bob", "fund 5k", "Only an admin"),
    ("grace", "fund 5k", "Only an admin"),
    ("grace", f"grant {EVE} 5k", "Ueve is not one of them"),
    ("grace", "grant <@UADA> 5k", "Uada is not one of them"),
    ("grace", f"grant {GRACE} 5k", "Nobody but an admin grants tokens to themselves"),
    ("grace", "grant platform 5k", "is filled by an admin"),
    ("grace", f"grant {BOB} $11", "$1.00 (1M tokens) less than this takes"),
    ("grace", f"grant {BOB} 5k until 2026-11-21", "is over already"),
    ("grace", f"grant {BOB} 5k until 9999-12-31", "fifty years"),
    ("grace", f"grant {BOB} 5k until 2077-01-01", "fifty years"),
    ("grace", f"move 5k from platform to {GRACE}", "Nobody but an admin moves tokens to themselves"),
    ("grace", f"move 5k from {BOB} to {GRACE}", "Nobody but an admin moves tokens to themselves"),
    ("grace", f"move 5k from platform to {EVE}", "one team that you manage"),
    ("grace", "move 5k from platform to company", "one team that you manage"),
    ("grace", "move 5k from company to platform", "one team that you manage"),
    ("grace", f"move 5k from {BOB} to platform", "Ubob has $0.00 (0 tokens) available"),
    ("grace", "move 5k from platform to platform", "the same place twice"),
    ("grace", "move 5k from nowhere to platform", "no team called “nowhere”"),
    ("grace", "team create Mine", "Only an admin"),
    ("grace", f"team add platform {EVE}", "Only an admin"),
    ("grace", f"team remove platform {BOB}", "Only an admin"),
    ("grace", f"team manager platform {EVE}", "Only an admin"),
    ("grace", "team channel platform <#C1|x>", "Only an admin"),
    ("bob", "team pool platform on", "Only an admin or the team's manager"),
    ("ada", "grant nowhere 5k", "no team called “nowhere”"),
    ("ada", f"team add nowhere {BOB}", "no team called “nowhere”"),
    ("ada", "grant platform $91", "The company pool has $90.00 (90M tokens) available"),
    ("ada", "team create PLATFORM", "already"),
]


@pytest.mark.parametrize(("who", "text", "part"), REFUSED, ids=[f"{who}: {text}" for who, text, _ in REFUSED])
async def test_refused(sqlite_database: Database, who: str, text: str, part: str) -> None:
    office = Office(sqlite_database)
    ada = await office.meet("UADA", "Ada")
    actor = {"ada": ada} | {name: await office.meet(f"U{name.upper()}") for name in ("grace", "bob", "eve")}
    await office.done(
        ada, "fund $100", "team create Platform", f"team manager platform {GRACE}", f"team add platform {BOB}",
        "grant platform $10",
    )  # fmt: skip
    assert part in await office.refused(actor[who], text)


async def test_a_shortage_says_what_would_help(office: Office, grace: Person, ada: Person) -> None:
    short = await office.run(grace, f"grant {BOB} $10.000001")
    assert isinstance(short, No)
    assert short.example == "grant Platform $0.000001"
    assert isinstance(await office.run(ada, short.example), Moved)
    assert isinstance(await office.run(grace, f"grant {BOB} $10.000001"), Moved)


async def test_moves_within_a_team(office: Office, grace: Person, ada: Person, bob: Person, eve: Person) -> None:
    await office.done(grace, f"move $4 from platform to {BOB}", f"move $1 from {BOB} to platform")
    assert await office.on(wallet(bob)) == 3_000_000
    moved = await office.run(ada, f"move $2 from {BOB} to {EVE} for the move")
    assert isinstance(moved, Moved)
    assert {notice.person.id: notice.came for notice in moved.notices} == {bob.id: False, eve.id: True}
    assert await office.on(wallet(eve)) == 2_000_000


async def test_a_pool_is_told_through_its_managers(office: Office, ada: Person, grace: Person) -> None:
    moved = await office.run(ada, "grant platform $1 for more")
    assert isinstance(moved, Moved)
    assert [notice.person.id for notice in moved.notices] == [grace.id]


async def test_a_manager_of_two_shared_teams_says_which(office: Office, ada: Person, grace: Person) -> None:
    await office.done(
        ada, 'team create "Data Lake"', f'team manager "Data Lake" {GRACE}', f'team add "data lake" {BOB}'
    )
    answer = await office.run(grace, f"grant {BOB} $4")
    assert isinstance(answer, No)
    assert "the Data Lake pool and the Platform pool" in answer.sentence
    assert answer.example == 'move $4.00 from "Data Lake" to @person'


async def test_a_right_that_ended_is_gone_at_once(office: Office, ada: Person, grace: Person) -> None:
    await office.done(grace, f"grant {BOB} 5k")
    await office.done(ada, f"team remove platform {GRACE}")
    assert "Only admins and managers" in await office.refused(grace, f"grant {BOB} 5k")


async def test_many_grants_at_once_never_overdraw_a_pool(office: Office, grace: Person, bob: Person) -> None:
    answers = await asyncio.gather(*(office.run(grace, f"grant {BOB} $1") for _ in range(25)))
    assert sum(isinstance(answer, Moved) for answer in answers) == 10
    assert await office.on(wallet(bob)) == 10_000_000
    assert await office.on(await office.team_pool("platform")) == 0


async def test_members_and_managers(office: Office, ada: Person, grace: Person, bob: Person, eve: Person) -> None:
    added = await office.run(ada, f"team add platform {BOB} {EVE} {GRACE}")
    assert isinstance(added, Changed)
    assert [person.id for person in added.same] == [bob.id, grace.id]
    seen = await teams_seen.see_team(office.house, bob.id, TeamRef("platform"))
    assert not isinstance(seen, No)
    assert [(person.id, role) for person, role in seen.members] == [
        (grace.id, "manager"), (bob.id, "member"), (eve.id, "member"),
    ]  # fmt: skip
    removed = await office.run(ada, f"team remove platform {EVE} {EVE}")
    assert isinstance(removed, Changed)
    assert removed.same == []
    await office.done(ada, f"team manager platform {BOB}")
    actions = [entry.action for entry in await office.audit()]
    assert actions[:3] == ["set manager", "remove member", "add member"]


async def test_channel_and_pool(office: Office, ada: Person, grace: Person) -> None:
    await office.done(ada, "team channel platform <#C1|one>", "team channel platform <#C2|two>", "team create other")
    await office.done(ada, "team channel other <#C2|two>", "team channel platform <#C1|one>")
    await office.done(grace, "team pool platform on")
    seen = await teams_seen.see_team(office.house, grace.id, TeamRef("Platform"))
    assert not isinstance(seen, No)
    assert (seen.channel_id, seen.team.pool_for_members) == ("C1", True)
    before = len(await office.audit())
    await office.done(grace, "team pool platform on")
    assert len(await office.audit()) == before


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
