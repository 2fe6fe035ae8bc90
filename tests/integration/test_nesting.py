"""Teams below teams and their cost centres, as commands on both engines: rights, circles, history, races."""

import asyncio
import itertools
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from budget.money import Face
from budget.org import cost_centres, teams_seen
from budget.org.nesting import MOST_LEVELS
from budget.org.rights import Action, standing, to_person
from budget.org.teams import Changed
from budget.outcome import No
from budget.typed import TeamRef
from handlers.slack.views.pieces import Reader
from handlers.slack.views.teams import changed
from handlers.slack.views.teams import team as team_view
from sandbox.seed import ADA, FRANCES
from store import teams
from store.database import Database
from store.people import Person
from store.teams import Team
from tests.commanding import START, WORKSPACE, Office
from tests.floor import floor
from tests.offices import BOB, EVE, wallet

READER = Reader(ZoneInfo("UTC"), ZoneInfo("UTC"), Face(), START)


async def named(office: Office, name: str) -> Team:
    found = await office.database.read(lambda conn: teams.by_name(conn, WORKSPACE, name))
    assert found is not None
    return found


async def code(office: Office, owner: str, day: str) -> str | None:
    return await office.database.read(lambda conn: cost_centres.of(conn, owner, date.fromisoformat(day)))


async def said(office: Office, person: Person, text: str) -> str:
    done = await office.run(person, text)
    assert isinstance(done, Changed), done
    return changed(done).text


async def test_a_team_below_another(office: Office, ada: Person, grace: Person, bob: Person, eve: Person) -> None:
    await office.done(ada, "team create Engineering", f"team manager engineering {EVE}")
    assert await said(office, ada, "team under platform ENGINEERING") == (
        "*Platform* is below *Engineering* now: the managers of *Engineering* look after it too."
    )
    note = (await office.audit())[0]
    engineering, platform = await named(office, "engineering"), await named(office, "platform")
    assert (note.action, note.target, note.old, note.new) == (
        "nest team", f"team:{platform.id}", None, engineering.id,
    )  # fmt: skip
    assert platform.parent_id == engineering.id

    def reach(conn: object) -> bool:
        above, other = standing(conn, eve), standing(conn, bob)  # type: ignore[arg-type]  # a connection, as read gives
        return above.may(Action.GRANT, to_person(above, other))

    assert await office.database.read(reach), "who manages a team above manages those in it"
    before = len(await office.audit())
    assert await said(office, ada, "team under platform engineering") == (
        "*Platform* is below *Engineering* already; nothing was changed."
    )
    assert len(await office.audit()) == before
    assert "below no team any more" in await said(office, ada, "team under platform none")
    assert not await office.database.read(reach)


async def test_circles_and_towers_are_refused(office: Office, ada: Person) -> None:
    names = [f"L{level}" for level in range(1, MOST_LEVELS + 2)]
    await office.done(ada, *(f"team create {name}" for name in names))
    await office.done(ada, *(f"team under {low} {high}" for high, low in itertools.pairwise(names[:-1])))
    assert await office.refused(ada, "team under L1 L1") == "A team cannot be below itself."
    circle = await office.run(ada, "team under L1 L4")
    assert circle == No("L4 is below L1 already, so L1 cannot be below it.", "team under L4 none")
    assert f"{MOST_LEVELS + 1} levels" in await office.refused(ada, f"team under {names[-1]} {names[-2]}")
    assert f"{MOST_LEVELS + 1} levels" in await office.refused(ada, f"team under L1 {names[-1]}")
    await office.done(ada, f"team under {names[-1]} {names[-3]}")


@pytest.mark.parametrize("text", ["team under platform other", "team cost platform CC-1", "team under platform none"])
async def test_only_admins(office: Office, ada: Person, grace: Person, text: str) -> None:
    await office.done(ada, "team create other")
    assert "Only an admin" in await office.refused(grace, text)


async def test_two_nestings_at_once_make_no_circle(office: Office, ada: Person) -> None:
    await office.done(ada, "team create a1", "team create b1")
    for _ in range(4):
        answers = await asyncio.gather(office.run(ada, "team under a1 b1"), office.run(ada, "team under b1 a1"))
        assert sorted(isinstance(answer, No) for answer in answers) == [False, True]
        await office.done(ada, "team under a1 none", "team under b1 none")


async def test_codes_come_from_above(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, "team create Engineering", "team cost engineering CC-1 from 2026-01-01")
    assert await code(office, wallet(bob), "2026-11-22") is None
    await office.done(ada, "team under platform engineering")
    assert await code(office, wallet(bob), "2026-11-22") == "CC-1"
    pool = await office.team_pool("platform")
    assert [await code(office, owner, "2026-11-21") for owner in (wallet(bob), pool)] == [None, None], "so it was"
    assert await said(office, ada, "team cost platform CC-2 from 2027-01-01") == (
        "*Platform* has cost centre CC-2 from 1 January 2027 on. It counts for its people, and for teams below it, "
        "that have none of their own.\nDays before that stay as they were."
    )
    assert [await code(office, wallet(bob), day) for day in ("2026-12-31", "2027-01-01")] == ["CC-1", "CC-2"]


async def test_moving_rewrites_nothing(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, "team create Data", "team cost data CC-D from 2026-02-01")
    await office.done(ada, "team cost platform CC-P from 2026-01-01", "team cost platform CC-P2 from 2026-06-01")
    days = ["2025-12-31", "2026-01-01", "2026-02-01", "2026-06-01", "2026-11-21", "2026-11-22", "2026-12-31"]
    assert [await code(office, wallet(bob), day) for day in days] == [None, "CC-P", "CC-P"] + ["CC-P2"] * 4
    await office.done(ada, f"team add data {BOB}", f"team remove platform {BOB}")
    moved = [None, "CC-P", "CC-P", "CC-P2", "CC-P2", "CC-D", "CC-D"]
    assert [await code(office, wallet(bob), day) for day in days] == moved
    await office.done(ada, "team under platform data", "team create Board", "team cost board CC-B from 2025-01-01")
    await office.done(ada, "team under data board", f"team manager board {BOB}", f"team remove data {BOB}")
    assert [await code(office, wallet(bob), day) for day in days] == moved[:5] + ["CC-B"] * 2
    everything = await office.database.read(lambda conn: cost_centres.chart(conn, WORKSPACE))
    assert [everything.code(wallet(bob), day) for day in days] == moved[:5] + ["CC-B"] * 2


async def test_leaving_a_team_keeps_the_past(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, "team cost platform CC-P from 2026-01-01", "team create Data", "team cost data CC-D")
    office.pass_time(days=10)
    assert await code(office, wallet(bob), "2026-12-01") == "CC-P"
    await office.done(ada, f"team remove platform {BOB}", f"team add data {BOB}")
    assert [await code(office, wallet(bob), day) for day in ("2026-12-01", "2026-12-02")] == ["CC-P", "CC-D"]
    office.pass_time(days=10)
    await office.done(ada, f"team remove data {BOB}")
    found = [await code(office, wallet(bob), day) for day in ("2025-12-01", "2026-12-01", "2026-12-11", "2026-12-12")]
    assert found == [None, "CC-P", "CC-D", None]


async def test_days_gone_by_are_not_rewritten(office: Office, ada: Person) -> None:
    await office.done(ada, "team cost platform CC-1 from 2026-06-01")
    gone = await office.run(ada, "team cost platform CC-2 from 2026-05-01")
    assert gone == No(
        "Since 2026-06-01 the cost centre is CC-1, and days gone by are not rewritten: name a later day, such as "
        "2026-11-22.",
        "team cost Platform CC-2",
    )
    assert isinstance(await office.run(ada, "team cost platform none from 2026-06-01"), No)
    before = len(await office.audit())
    assert "nothing was changed" in await said(office, ada, "team cost platform CC-1 from 2026-07-01")
    assert len(await office.audit()) == before
    await office.done(ada, "team cost platform CC-2", "team cost platform CC-3", "team cost platform none")
    note = (await office.audit())[0]
    assert (note.action, note.old, note.new) == ("cost centre", "CC-3", "none from 2026-11-22")
    assert note.target == await office.team_pool("platform")


async def test_a_team_shows_where_it_is(office: Office, ada: Person, grace: Person, bob: Person) -> None:
    await office.done(
        ada, "team create Engineering", 'team create "Data Lake"', "team create Secret",
        "team under platform engineering", 'team under "data lake" platform', "team under secret platform",
        "team cost engineering CC-1",
    )  # fmt: skip
    for_manager = await teams_seen.see_team(office.house, grace.id, TeamRef("platform"))
    assert not isinstance(for_manager, No)
    text = team_view(for_manager, READER).text
    assert "It is below *Engineering*, whose managers look after it too." in text
    assert "Below it: *Data Lake* and *Secret*." in text
    assert "Cost centre: CC-1, from *Engineering*." in text
    for_member = await teams_seen.see_team(office.house, bob.id, TeamRef("platform"))
    assert not isinstance(for_member, No)
    assert "Below it" not in team_view(for_member, READER).text, "a member sees their own team"


async def test_in_slack(sqlite_database: Database) -> None:
    async with floor(sqlite_database) as acme:
        await acme.set_up()
        await acme.say(FRANCES, 'team create "R & D"')
        assert await acme.say(FRANCES, 'team under platform "r & d"') == (
            "*Platform* is below *R &amp; D* now: the managers of *R &amp; D* look after it too."
        )
        assert "has cost centre A&amp;B 4/7 from 1 January 2031 on" in await acme.say(
            FRANCES, 'team cost "R & D" "A&B 4/7" from 2031-01-01'
        )
        assert await acme.say(FRANCES, "team cost platform CC-1") != ""
        shown = await acme.say(ADA, "team platform")
        assert "It is below *R &amp; D*, whose managers look after it too." in shown
        assert "Cost centre: CC-1." in shown
        assert "Only an admin" in await acme.say(ADA, "team under platform none")
        assert "`/tokens team cost platform CC-100 from 2027-01-01`" in await acme.say(ADA, "help team")
