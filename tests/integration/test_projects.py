"""Projects: making and funding them, whose they are, where they pay, closing them. On both engines."""

import asyncio

from sqlalchemy import update

from budget.outcome import No
from budget.projects import seen
from budget.projects.changing import Bound, Created
from budget.projects.closing import ClosedProject, return_due, share
from budget.projects.funding import Funded
from budget.typed import ProjectRef
from store import payers
from store.ledger.steps import Short
from store.people import Person
from store.projects import Giver
from store.tables import person
from tests.commanding import WORKSPACE, Office
from tests.offices import COMPANY
from tests.projecting import HERE, change, done, hold, letters, pool, project, refused, settle


async def test_an_admin_makes_one_for_somebody_and_the_company_pays(office: Office, ada: Person) -> None:
    made = await change(office, ada, 'create "Moon landing" <@UEVE|eve> $20', key="k1")
    assert isinstance(made, Created)
    assert made.funded is not None
    assert made.owner.slack_id == "UEVE"
    assert await office.on(await pool(office, "moon LANDING")) == 20_000_000
    assert await office.on(COMPANY) == 70_000_000
    again = await change(office, ada, 'create "Moon landing" <@UEVE|eve> $20', key="k1")
    assert isinstance(again, Created)
    assert again.funded is not None
    assert again.funded.replayed
    assert await office.on(COMPANY) == 70_000_000
    assert await letters(office) == [("UEVE", "created")]


async def test_a_manager_pays_from_their_teams_pool(office: Office, grace: Person, ada: Person) -> None:
    await done(office, grace, "create Apollo $4")
    assert await office.on(await office.team_pool("platform")) == 6_000_000
    await done(office, grace, "fund apollo $1 for the launch")
    assert await office.on(await pool(office)) == 5_000_000
    assert await letters(office) == [], "nobody is told of what they did themselves"
    await done(office, ada, "fund Apollo $1 from Platform")
    assert await letters(office) == [("UGRACE", "funded")], "its owner manages the pool as well: one letter"


async def test_all_or_nothing(office: Office, grace: Person) -> None:
    assert "$90.00" in await refused(office, grace, "create Apollo $100")
    listed = await seen.list_projects(office.house, grace.id)
    assert (list(listed.projects), listed.may_create) == ([], True)


REFUSALS = (
    ("bob", "create Zeus", "Only managers of a team and admins"),
    ("bob", "fund Apollo $1", "Only its owner"),
    ("bob", f"channel Apollo {HERE}", "Apollo is for Ugrace"),
    ("bob", "channel Apollo none", "Apollo is for Ugrace"),
    ("bob", "close Apollo", "Apollo is for Ugrace"),
    ("bob", "owner Apollo <@UBOB|bob>", "Apollo is for Ugrace"),
    ("grace", "cost Apollo CC-1", "Only an admin"),
    ("grace", "fund Apollo $1 from company", "for admins to give from"),
    ("grace", "fund Apollo $99", "Nothing was moved"),
    ("grace", "fund Hermes $1", "A manager funds the projects that they look after"),
    ("grace", "fund Nowhere $1", "There is no project called"),
    ("grace", "create apollo", "There is a project called"),
    ("ada", "fund Apollo $1 from Nowhere", "There is no team called"),
    ("ada", 'cost Apollo "-"', "A cost centre has"),
)


async def test_who_may_not(office: Office, ada: Person, grace: Person, bob: Person) -> None:
    await done(office, grace, "create Apollo $4")
    await done(office, ada, "create Hermes")
    for who, text, said in REFUSALS:
        assert said in await refused(office, {"ada": ada, "grace": grace, "bob": bob}[who], text), text


async def test_its_owner_sees_it_and_others_learn_nothing(
    office: Office, ada: Person, grace: Person, bob: Person
) -> None:
    await done(office, grace, "create Apollo $4", f"channel Apollo {HERE}")
    await done(office, ada, "cost Apollo CC-104")
    found = await seen.see_project(office.house, grace.id, ProjectRef("apollo"))
    assert not isinstance(found, No)
    assert (found.balance.available_micros, list(found.channels), found.cost_centre) == (4_000_000, ["C1"], "CC-104")
    assert (found.may_set, found.may_fund, found.may_cost) == (True, True, False)
    hidden = await seen.see_project(office.house, bob.id, ProjectRef("Apollo"))
    unknown = await seen.see_project(office.house, bob.id, ProjectRef("Apolla"))
    assert isinstance(hidden, No)
    assert isinstance(unknown, No)
    assert hidden.sentence.replace("Apollo", "Apolla") == unknown.sentence


async def test_a_channel_has_one_project_and_is_taken_only_by_who_may(
    office: Office, ada: Person, grace: Person
) -> None:
    await done(office, grace, "create Apollo $4", f"channel Apollo {HERE}")
    await done(office, ada, "create Zeus <@UBOB|bob> $1", "owner Zeus <@UEVE|eve>")
    assert await letters(office) == [("UBOB", "created"), ("UBOB", "owner"), ("UEVE", "owner")]
    eve = await office.meet("UEVE")
    assert "which Ugrace looks after" in await refused(office, eve, f"channel Zeus {HERE}")
    taken = await change(office, ada, f"channel Zeus {HERE}")
    assert isinstance(taken, Bound)
    assert taken.before is not None
    assert taken.before.name == "Apollo"
    assert await letters(office) == [("UGRACE", "bound")]
    standing = await office.database.read(lambda conn: payers.standing(conn, WORKSPACE, "C1", ada.id))
    assert standing.payers[0].name == "Zeus"
    await done(office, eve, "channel zeus none")
    standing = await office.database.read(lambda conn: payers.standing(conn, WORKSPACE, "C1", ada.id))
    assert [payer.kind for payer in standing.payers] == ["person"]


async def test_closing_gives_back_and_frees_its_channels(office: Office, ada: Person, grace: Person) -> None:
    await done(office, ada, "create Apollo <@UGRACE|grace> $10")
    await done(office, grace, "fund Apollo $2", f"channel Apollo {HERE}")
    await office.post("consume", await pool(office), f"consumed:{WORKSPACE}", 3_000_000)
    await letters(office)
    closed = await change(office, grace, "close Apollo", key="c1")
    assert isinstance(closed, ClosedProject)
    assert [(each.name, each.amount_micros) for each in closed.back] == [
        ("the Platform pool", 2_000_000), ("the company pool", 7_000_000),
    ]  # fmt: skip
    assert (closed.channels, closed.held_micros) == (("C1",), 0)
    assert await office.on(await pool(office)) == 0
    assert "was closed" in await refused(office, grace, "close Apollo")
    assert "was closed" in await refused(office, ada, "fund Apollo $1")
    assert "was closed" in await refused(office, ada, f"channel Apollo {HERE}")
    assert "now closed" in await refused(office, ada, "create Apollo")


async def test_a_small_gift_at_the_end_does_not_win_the_pool(office: Office, ada: Person, grace: Person) -> None:
    await done(office, ada, "create Apollo <@UGRACE|grace> $50")
    await done(office, grace, "fund Apollo $1", "close Apollo")
    assert await office.on(await office.team_pool("platform")) == 10_000_000
    assert await office.on(COMPANY) == 90_000_000


def test_shares() -> None:
    company, team = Giver("company:1", "company", "", 100, 30), Giver("team:a", "team", "A", 10, 0)
    assert [(each.account_id, each.amount_micros) for each in share(60, [team, company])] == [
        ("team:a", 10), ("company:1", 50),
    ]  # fmt: skip
    assert [each.amount_micros for each in share(200, [team, company])] == [10, 70]
    assert share(0, [team]) == []


async def test_what_an_answer_under_way_holds_goes_back_when_it_ends(office: Office, grace: Person) -> None:
    await done(office, grace, "create Apollo $4")
    account = await pool(office)
    await hold(office, account, 1_000_000)
    closed = await change(office, grace, "close Apollo")
    assert isinstance(closed, ClosedProject)
    assert (sum(each.amount_micros for each in closed.back), closed.held_micros) == (3_000_000, 1_000_000)
    assert await return_due(office.house) == 0, "it is still held"
    await settle(office, 250_000)
    assert 1 in await asyncio.gather(return_due(office.house), return_due(office.house))
    assert await office.on(account) == 0
    assert await office.on(await office.team_pool("platform")) == 9_750_000
    assert await return_due(office.house) == 0


async def test_a_late_correction_goes_back_as_well(office: Office, grace: Person) -> None:
    await done(office, grace, "create Apollo $4")
    account = await pool(office)
    await hold(office, account, 1_000_000)
    await settle(office, 1_000_000)
    await done(office, grace, "close Apollo")
    await office.post("correct", f"consumed:{WORKSPACE}", account, 400_000)
    assert await return_due(office.house) == 1
    assert await office.on(await office.team_pool("platform")) == 9_400_000


async def test_closing_and_funding_and_asking_at_once(office: Office, ada: Person, grace: Person) -> None:
    await done(office, ada, "create Apollo <@UGRACE|grace> $5")
    account = await pool(office)
    answers = await asyncio.gather(
        change(office, grace, "close Apollo"),
        *(change(office, ada, "fund Apollo $1") for _ in range(3)),
        *(hold(office, account, 100_000, f"h{n}") for n in range(4)),
        change(office, grace, "close Apollo"),
    )
    closed = [each for each in answers if isinstance(each, ClosedProject)]
    assert len(closed) == 1
    for key, answer in zip([f"h{n}" for n in range(4)], answers[4:8], strict=True):
        if not isinstance(answer, Short):
            await settle(office, 50_000, key)
    while await return_due(office.house):
        pass
    held = sum(not isinstance(answer, Short) for answer in answers[4:8])
    assert (await office.balance(account)).posted_micros == 0
    assert await office.on(COMPANY) == 90_000_000 - 50_000 * held
    funded = [each for each in answers if isinstance(each, Funded)]
    assert all(isinstance(each, No) or each in funded for each in answers[1:4])


async def test_who_has_left_looks_after_nothing(office: Office, ada: Person, eve: Person) -> None:
    gone = update(person).where(person.c.id == eve.id).values(left_at=office.at)
    await office.database.write(lambda conn: conn.execute(gone))
    assert "has left" in await refused(office, ada, "create Apollo <@UEVE|eve>")
    await done(office, ada, "create Apollo")
    assert "has left" in await refused(office, ada, "owner Apollo <@UEVE|eve>")
    assert (await project(office)).owner_id == ada.id
