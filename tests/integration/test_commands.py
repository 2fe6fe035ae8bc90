"""Commands that change money and rights, on both engines: rights, amounts, replays, audit."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from budget.org import teams_seen
from budget.org.teams import Changed
from budget.outcome import No
from budget.transfers.grants import Moved
from budget.typed import TeamRef
from store.database import Database
from store.people import Person
from tests.commanding import Office
from tests.offices import BOB, COMPANY, EVE, GRACE, wallet


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
