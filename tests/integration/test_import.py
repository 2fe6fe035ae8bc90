"""An import on both engines: who is known is bound at once, others when they appear; what was done by hand stays."""

from typing import Any

import pytest
from sqlalchemy import update

from budget.org.roster_plan import Difference
from store import people as people_store
from store.database import Connection
from store.people import Person
from store.roster import Row
from store.tables import person as person_table
from tests.commanding import WORKSPACE, Office
from tests.importing import Hr, file_of
from tests.offices import EVE, known, wallet

BY_HAND = {("Platform", "UGRACE", "manager", "hand"), ("Platform", "UBOB", "member", "hand")}


@pytest.fixture
def hr(office: Office) -> Hr:
    return Hr(office)


async def person(office: Office, slack_id: str) -> Person:
    return await known(office, slack_id)


def cells(differences: Any) -> dict[str, dict[str, Any]]:
    return {each.email: dict(each.cells) for each in differences}


async def test_who_is_known_is_bound_at_once(hr: Hr, office: Office) -> None:
    text = file_of(
        "bob@example.com,Data Lake,grace@example.com,CC-1,2026-01-01,2024-02-29,2027-01-31",
        "new@example.com,data  LAKE,bob@example.com,CC-2,,2026-12-01",
    )
    plan = await hr.done(text)
    assert list(plan.differences) == [
        Difference(2, "bob@example.com", f"{WORKSPACE}:UBOB", True, {
            "team": (None, "Data Lake"), "manager": (None, "grace@example.com"), "start": (None, "2024-02-29"),
            "end": (None, "2027-01-31"), "cost centre": (None, "CC-1 from 2026-01-01"),
        }),
        Difference(3, "new@example.com", None, True, {
            "team": (None, "Data Lake"), "manager": (None, "bob@example.com"), "start": (None, "2026-12-01"),
            "cost centre": (None, "CC-2 from 2026-11-22"),
        }),
    ]  # fmt: skip
    assert [(team.name, list(team.lines)) for team in plan.missing] == [("Data Lake", [2, 3])]
    bob, grace = await person(office, "UBOB"), await person(office, "UGRACE")
    assert (bob.manager_id, bob.starts_on, bob.ends_on) == (grace.id, "2024-02-29", "2027-01-31")
    assert await hr.members() == BY_HAND | {("Data Lake", "UBOB", "member", "roster")}
    assert [await hr.code(wallet(bob), day) for day in ("2025-12-31", "2026-01-01")] == [None, "CC-1"]
    notes = [
        (note.action, note.actor_id, note.origin, note.target, note.old, note.new) for note in await office.audit()
    ]
    assert ("import people", None, "cli", f"workspace:{WORKSPACE}", None, (
        "people.csv by os:hr: 2 lines, 2 people changed"
    )) in notes  # fmt: skip
    assert ("roster", None, "cli", bob.id, None, (
        "team Data Lake; manager grace@example.com; start 2024-02-29; end 2027-01-31; cost centre CC-1 from 2026-01-01"
    )) in notes  # fmt: skip
    pool = await office.team_pool("data lake")
    assert ("create team", None, "cli", pool, None, "Data Lake") in notes
    assert ("add member", None, "cli", pool, None, bob.id) in notes
    assert await office.on(pool) == 0


async def test_who_appears_later_finds_their_place(hr: Hr, office: Office) -> None:
    await hr.done(file_of(
        "new@example.com,Platform,boss@example.com,CC-2,2026-01-01,2026-12-01,2027-12-31",
        "boss@example.com,Platform,grace@example.com",
    ))  # fmt: skip
    office.pass_time(days=3)
    new = await office.meet("UNEW", email="New@Example.com")
    assert (new.manager_id, new.starts_on, new.ends_on) == (None, "2026-12-01", "2027-12-31")
    assert ("Platform", "UNEW", "member", "roster") in await hr.members()
    assert [await hr.code(wallet(new), day) for day in ("2025-12-31", "2026-01-01")] == [None, "CC-2"]
    boss = await office.meet("UBOSS", email="boss@example.com")
    assert boss.manager_id == f"{WORKSPACE}:UGRACE"
    assert (await person(office, "UNEW")).manager_id == boss.id, "whoever waited for their manager has them now"
    notes = [(note.action, note.origin, note.target, note.new) for note in await office.audit()]
    assert ("roster", "roster", new.id, "manager boss@example.com") in notes
    assert ("add member", "roster", await office.team_pool("platform"), new.id) in notes
    assert ("roster", "roster", new.id, "team Platform; start 2026-12-01; end 2027-12-31") in notes
    before = len(notes)
    await office.meet("UNEW", email="New@Example.com")
    assert len(await office.audit()) == before


async def test_what_is_by_hand_stays(hr: Hr, office: Office, ada: Person) -> None:
    await office.done(ada, "team create Data", "team create Ops", f"team add ops {EVE}")
    await hr.done(file_of("bob@example.com,Platform", "eve@example.com,Data", "grace@example.com,Data"))
    by_roster = {("Data", "UEVE", "member", "roster"), ("Data", "UGRACE", "member", "roster")}
    assert await hr.members() == BY_HAND | {("Ops", "UEVE", "member", "hand")} | by_roster
    await office.done(ada, f"team manager data {EVE}")
    await hr.done(file_of("bob@example.com,Data", "eve@example.com,Ops", "grace@example.com,Ops"))
    found = {(name, who) for name, who, _, _ in await hr.members()}
    assert found == {
        ("Platform", "UGRACE"), ("Platform", "UBOB"), ("Data", "UBOB"), ("Data", "UEVE"), ("Ops", "UEVE"),
        ("Ops", "UGRACE"),
    }, "who was made a manager by hand stays; the others move with the file"  # fmt: skip


async def test_a_team_left_empty_takes_out_only_whom_the_roster_put_in(hr: Hr, office: Office, ada: Person) -> None:
    await hr.done(file_of("bob@example.com,Data", "eve@example.com,Data"))
    plan = await hr.done(file_of("bob@example.com", "eve@example.com,Data"))
    assert cells(plan.differences) == {"bob@example.com": {"team": ("Data", None)}}
    assert await hr.members() == BY_HAND | {("Data", "UEVE", "member", "roster")}


async def test_who_was_taken_out_by_hand_is_put_back_and_said_so(hr: Hr, office: Office, ada: Person) -> None:
    text = file_of("eve@example.com,Platform")
    await hr.done(text)
    await office.done(ada, f"team remove platform {EVE}")
    plan = await hr.look(text)
    assert cells(plan.differences) == {"eve@example.com": {"team": (None, "Platform")}}
    await hr.done(text)
    assert [each.new for each in await office.audit() if each.action == "import people"] == (
        ["people.csv by os:hr: 1 line, 1 person changed"] * 2
    )


async def test_a_missing_column_changes_nothing(hr: Hr, office: Office) -> None:
    await hr.done(file_of("bob@example.com,Data,grace@example.com,CC-1,2026-01-01,2024-01-01,2027-01-01"))
    plan = await hr.done(file_of("bob@example.com,2027-06-30", head="email,end"))
    assert cells(plan.differences) == {"bob@example.com": {"end": ("2027-01-01", "2027-06-30")}}
    team = (await hr.rows())["bob@example.com"].team_id
    assert await hr.rows() == {"bob@example.com": Row(
        "bob@example.com", team, "grace@example.com", "2024-01-01", "2027-06-30", f"{WORKSPACE}:UBOB"
    )}  # fmt: skip
    bob = await person(office, "UBOB")
    assert (bob.starts_on, bob.ends_on, bob.manager_id) == ("2024-01-01", "2027-06-30", f"{WORKSPACE}:UGRACE")


async def test_who_is_missing_in_a_newer_file_stays(hr: Hr, office: Office) -> None:
    await hr.done(file_of("bob@example.com,Data", "eve@example.com,Data"))
    before = await hr.members()
    plan = await hr.done(file_of("eve@example.com,Data"))
    assert (plan.absent, list(plan.differences)) == (1, [])
    assert await hr.members() == before


async def test_an_end_that_has_come(hr: Hr, office: Office) -> None:
    plan = await hr.carry_out(file_of(
        "bob@example.com,Data,,,,,2026-11-22", "eve@example.com,Data,,,,,2026-11-23", "new@example.com,,,,,,2026-01-01"
    ))  # fmt: skip
    assert list(plan.leaving) == [("bob@example.com", "2026-11-22")]
    assert (await person(office, "UBOB")).ends_on == "2026-11-22"
    assert await hr.members() == BY_HAND | {("Data", "UEVE", "member", "roster")}, "who leaves joins no team first"


async def test_days_set_by_hand_stay_while_the_file_says_the_same(hr: Hr, office: Office) -> None:
    text = file_of("bob@example.com,Platform", "eve@example.com,Platform,,,,,2027-01-01")
    await hr.done(text)

    def by_hand(conn: Connection) -> None:
        conn.execute(
            update(person_table).where(person_table.c.slack_id.in_(["UBOB", "UEVE"])).values(ends_on="2026-12-01")
        )

    await office.database.write(by_hand)
    assert not (await hr.look(text)).differences
    await hr.done(file_of("bob@example.com,Platform", "eve@example.com,Platform,,,,,2027-02-01"))
    assert [(await person(office, who)).ends_on for who in ("UBOB", "UEVE")] == ["2026-12-01", "2027-02-01"]


async def test_another_e_mail(hr: Hr, office: Office, bob: Person) -> None:
    text = file_of("bob@example.com,Data,,CC-1,2026-01-01")
    await hr.done(text)
    office.pass_time(days=30)
    await office.meet("UBOB", email="bob.new@example.com")
    assert not (await hr.look(text)).differences, "HR still calls him so"
    newer = file_of("bob.new@example.com,Ops,,CC-9,")
    plan = await hr.done(newer)
    assert cells(plan.differences)["bob.new@example.com"]["team"] == ("Data", "Ops")
    rows = await hr.rows()
    assert (rows["bob@example.com"].person_id, rows["bob.new@example.com"].person_id) == (None, bob.id)
    assert await hr.members() == BY_HAND | {("Ops", "UBOB", "member", "roster")}
    assert [await hr.code(wallet(bob), day) for day in ("2026-12-21", "2026-12-22")] == ["CC-1", "CC-9"]


async def test_an_e_mail_that_the_file_knows_already(hr: Hr, office: Office, eve: Person) -> None:
    await hr.done(file_of("eve@example.com,Data", "eve.new@example.com,Ops,,CC-2"))
    assert ("Data", "UEVE", "member", "roster") in await hr.members()
    await office.meet("UEVE", email="eve.new@example.com")
    assert await hr.members() == BY_HAND | {("Ops", "UEVE", "member", "roster")}
    assert {email: row.person_id for email, row in (await hr.rows()).items()} == {
        "eve@example.com": None, "eve.new@example.com": eve.id,
    }  # fmt: skip
    assert await hr.code(wallet(eve), "2026-11-22") == "CC-2"


async def test_two_accounts_with_one_e_mail(hr: Hr, office: Office) -> None:
    text = file_of("eve@example.com,Data")
    await hr.done(text)
    twin = await office.meet("UTWIN", email="EVE@example.com")
    assert (await hr.rows())["eve@example.com"].person_id == twin.id, "the one who came last"
    assert await hr.members() == BY_HAND | {("Data", "UTWIN", "member", "roster")}
    assert not (await hr.look(text)).differences


async def test_who_has_left_is_in_the_roster_alone(hr: Hr, office: Office, bob: Person) -> None:
    def leave(conn: Connection) -> None:
        conn.execute(update(person_table).where(person_table.c.id == bob.id).values(left_at=office.at))

    await office.database.write(leave)
    plan = await hr.done(file_of("bob@example.com,Data,grace@example.com,,,2024-01-01,2026-01-01"))
    assert not plan.leaving
    found = await office.database.read(lambda conn: people_store.person(conn, bob.id))
    assert found is not None
    assert (found.manager_id, found.ends_on) == (None, None)
    assert await hr.members() == BY_HAND
