"""Teams that follow user groups: who comes in, who is taken out, who stays whatever the group says."""

from collections.abc import Iterable

import pytest

from budget.org import groups, guests
from budget.org.groups import Synced
from budget.org.people import Profile, arrive
from budget.org.typed import BindGroup, GroupRef
from budget.outcome import No
from budget.typed import PersonRef, TeamRef
from store import groups as records
from store import teams
from store.people import Person
from store.teams import Team
from tests import departing as out
from tests.commanding import WORKSPACE, Office
from tests.importing import Hr, file_of
from tests.offices import BOB, EVE, wallet

PLATFORM = TeamRef("Platform")


async def bound(office: Office, actor: Person, group_id: str | None = "S1") -> Team:
    """Platform follows a group."""
    command = BindGroup(PLATFORM, GroupRef(group_id) if group_id else None)
    assert not isinstance(await groups.bind(office.house, actor.id, command, origin="test"), No)
    return await platform(office)


async def platform(office: Office) -> Team:
    found = await office.database.read(lambda conn: teams.by_name(conn, WORKSPACE, "Platform"))
    assert found is not None
    return found


async def sync(office: Office, team: Team, slack_ids: Iterable[str]) -> Synced:
    """Slack says who is in the group."""
    synced = await groups.sync(office.house, team, set(slack_ids), actor_id=None, origin="test")
    assert synced is not None
    return synced


async def inside(office: Office, team: Team) -> dict[str, tuple[str, str]]:
    """Slack id -> role and who put them there."""
    members = await office.database.read(lambda conn: records.members(conn, team.id))
    return {member.person.slack_id: (member.role, member.source) for member in members}


def names(people: Iterable[Person]) -> list[str]:
    return sorted(person.slack_id for person in people)


async def test_in_and_out_by_the_group_alone(office: Office, ada: Person) -> None:
    team = await bound(office, ada)
    first = await sync(office, team, ["UEVE", "UADA", "UBOB"])
    assert (names(first.joined), names(first.left), names(first.otherwise)) == (["UADA", "UEVE"], [], ["UBOB"])
    second = await sync(office, team, ["UADA"])
    assert (names(second.joined), names(second.left)) == ([], ["UEVE"])
    assert await inside(office, team) == {
        "UADA": ("member", "group"), "UBOB": ("member", "hand"), "UGRACE": ("manager", "hand"),
    }  # fmt: skip
    seen = await office.audit()
    again = await sync(office, team, ["UADA"])
    assert (again.joined, again.left) == ([], [])
    assert await office.audit() == seen
    mine = [(e.action, e.old or e.new) for e in seen if e.origin == "test" and "member" in e.action and not e.actor_id]
    assert sorted(mine) == [
        ("add member", "T1:UADA"), ("add member", "T1:UEVE"), ("remove member", "T1:UEVE (member)"),
    ]  # fmt: skip


async def test_a_group_takes_out_no_manager(office: Office, ada: Person) -> None:
    team = await bound(office, ada)
    await sync(office, team, ["UEVE"])
    await office.done(ada, f"team manager platform {EVE}")
    assert (await sync(office, team, ["UBOB"])).left == []
    assert (await inside(office, team))["UEVE"][0] == "manager"


async def test_an_empty_answer_takes_out_nobody(office: Office, ada: Person) -> None:
    team = await bound(office, ada)
    await sync(office, team, ["UEVE"])
    assert (await sync(office, team, [])).empty
    assert "UEVE" in await inside(office, team)


async def test_unbound_they_are_in_by_hand(office: Office, ada: Person) -> None:
    team = await bound(office, ada)
    await sync(office, team, ["UEVE", "UNKNOWN"])
    await bound(office, ada, None)
    assert (await inside(office, team))["UEVE"] == ("member", "hand")
    assert (
        await groups.sync(office.house, team, {"UBOB"}, actor_id=None, origin="test") is None
    )  # an old look comes late
    await office.meet("UNKNOWN")
    assert "UNKNOWN" not in await inside(office, team)


async def test_whom_we_have_not_met_joins_on_appearing(office: Office, ada: Person) -> None:
    team = await bound(office, ada)
    assert (await sync(office, team, ["UZOE", "UYAN"])).unknown == ["UYAN", "UZOE"]
    await office.meet("UZOE", comes=False)
    assert (await inside(office, team))["UZOE"] == ("member", "group")
    assert (await sync(office, team, ["UYAN"])).left[0].slack_id == "UZOE"
    await office.meet("UYAN")
    assert "UYAN" in await inside(office, team)


async def test_who_has_left_is_not_taken_in(office: Office, ada: Person, eve: Person) -> None:
    team = await bound(office, ada)
    await out.offboarded(office, ada, eve)
    assert names((await sync(office, team, ["UEVE", "UBOB"])).turned_away) == ["UEVE"]
    assert "UEVE" not in await inside(office, team)
    no = await office.run(ada, f"team add platform {EVE} {BOB}")
    assert isinstance(no, No)
    assert no.sentence == "Ueve has left, so no team can take them in."
    assert isinstance(await office.run(ada, f"team manager platform {EVE}"), No)


async def test_a_guest_is_taken_in_once_let_in(office: Office, ada: Person) -> None:
    team = await bound(office, ada)
    await arrive(office.house, WORKSPACE, Profile("UHED", "Hedy", None, None, is_guest=True), comes=False)
    assert names((await sync(office, team, ["UHED"])).turned_away) == ["UHED"]
    let_in = await guests.let_in(office.house, ada.id, PersonRef("UHED"), True, origin="test")
    assert not isinstance(let_in, No)
    assert names((await sync(office, team, ["UHED"])).joined) == ["UHED"]


@pytest.mark.parametrize("who", ["UGRACE", "UBOB", "UEVE"])
async def test_only_admins_bind_and_sync(office: Office, ada: Person, who: str) -> None:
    actor = await office.meet(who)
    bind = await groups.bind(office.house, actor.id, BindGroup(PLATFORM, GroupRef("S1")), origin="test")
    assert bind == No(groups.ONLY_ADMINS)
    assert await groups.to_sync(office.house, actor.id, PLATFORM) == No(groups.ONLY_ADMINS)
    assert (await platform(office)).usergroup_id is None
    no = await groups.to_sync(office.house, ada.id, PLATFORM)
    assert isinstance(no, No)
    assert "follows no user group" in no.sentence


async def test_a_thousand_people(office: Office, ada: Person) -> None:
    team = await bound(office, ada)
    ids = [f"UP{number:04}" for number in range(1_000)]
    assert len((await sync(office, team, ids)).unknown) == 1_000
    for slack_id in ids[:3]:
        await office.meet(slack_id, comes=False)
    synced = await sync(office, team, ids)
    assert (len(synced.unknown), synced.joined) == (997, [])
    assert len(await inside(office, team)) == 5


async def test_a_newcomer_of_a_group_has_the_cost_centre_that_hr_gave_from_its_day(office: Office, ada: Person) -> None:
    """There is no past of theirs that the team's code could rewrite: HR's counts from the day that HR named."""
    await office.done(ada, "team cost platform CC-7")
    office.pass_time(days=3)
    hr, team = Hr(office), await bound(office, ada)
    await hr.done(file_of("zoe@example.com,,,CC-2,2026-01-01"))
    await sync(office, team, ["UZOE"])
    zoe = await office.meet("UZOE", email="zoe@example.com")
    assert "UZOE" in await inside(office, team)
    assert [await hr.code(wallet(zoe), day) for day in ("2026-01-15", "2026-11-22")] == ["CC-2", "CC-2"]
