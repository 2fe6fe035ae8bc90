"""Projects through the bot: the form, the list, letters, and commands typed where they make no sense."""

import json
from collections.abc import AsyncIterator

import pytest

from handlers.slack.views import projects as view
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE
from store import policies
from store.database import Database
from tests.floor import Floor, floor
from tests.integration.test_moving_slack import buttons_of, click
from tests.workspace_client import JsonObject


@pytest.fixture
async def opened(sqlite_database: Database) -> AsyncIterator[Floor]:
    async with floor(sqlite_database) as made:
        await made.set_up()
        yield made
        await made.office.verified()


async def form_of(opened: Floor, who: str, listing: JsonObject) -> JsonObject:
    """The form behind the button below a list, filled in."""
    before = {each["id"] for each in await opened.bench.views(who)}
    await opened.bench.click(who, view.OPEN, channel=GENERAL, ts=listing["ts"])

    async def look() -> JsonObject | None:
        new = [each for each in await opened.bench.views(who) if each["id"] not in before]
        return new[-1] if new and "One moment" not in json.dumps(new[-1]) else None

    return await opened.bench.wait_for(look)


def values(name: str, amount: str = "", owner: str | None = None) -> JsonObject:
    return {
        view.NAME: {view.NAME: {"value": name}},
        view.AMOUNT: {view.AMOUNT: {"value": amount}},
        view.OWNER: {view.OWNER: {"selected_user": owner}},
    }


async def test_a_project_by_a_form(opened: Floor) -> None:
    listing = await opened.answer(GRACE, "project")
    form = await form_of(opened, GRACE, listing)
    sent = await opened.bench.submit(GRACE, form["id"], values("team", "$1"))
    assert sent["errors"] == {view.NAME: "team has a meaning of its own in commands, so no project can be called that."}
    sent = await opened.bench.submit(GRACE, form["id"], values("Apollo", "lots"))
    assert sent["errors"][view.AMOUNT].startswith("lots is not an amount")
    sent = await opened.bench.submit(GRACE, form["id"], values("Apollo", "$11"))
    assert "The Platform pool has $10.00 (10M tokens) available" in sent["errors"][view.AMOUNT]
    sent = await opened.bench.submit(GRACE, form["id"], values("Moon  landing", "$2", ALAN))
    assert not sent.get("errors")
    done = json.dumps([each for each in await opened.bench.views(GRACE) if each["id"] == form["id"]])
    assert "The project *Moon landing* is there, looked after by Alan Turing." in done
    told = await opened.told(ALAN, "made you the owner of a new project")
    assert "*Moon landing*, with *$2.00 (2M tokens)* in its pool" in told
    assert "• *Moon landing* · *$2.00 (2M tokens)* left" in await opened.say(ALAN, "project")
    assert "looked after by Alan Turing" in await opened.say(ALAN, 'project "moon landing"')


async def test_who_is_no_manager_is_offered_no_form(opened: Floor) -> None:
    listing = await opened.answer(ADA, "project")
    assert view.OPEN not in json.dumps(listing["blocks"])
    managed = await opened.answer(GRACE, "project")
    await opened.say(FRANCES, "team remove platform @grace")
    form = await form_of(opened, GRACE, managed)
    assert "Only managers of a team and admins can create a project." in json.dumps(form), "looked up at the click"


async def test_channels_are_those_where_we_are(opened: Floor) -> None:
    await opened.say(FRANCES, "project create Apollo @ada $5")
    assert "on *Apollo* pays for what is asked in <#C0GENERAL>" in await opened.say(ADA, "project channel apollo here")
    assert "the *Apollo* project; by whoever asks" in await opened.say(ALAN, "channel")
    await opened.bench.channel("quiet", [ADA])
    assert "I am not in that channel" in await opened.say(ADA, "project channel apollo #quiet")
    alone = await opened.bench.run_command(ADA, await opened.bench.app_dm(ADA), "/tokens project channel Apollo here")
    assert "this is a direct message" in alone["text"]
    assert "pays no more in <#C0GENERAL>" in await opened.say(ADA, "project channel Apollo #general off")
    assert "did not pay there" in await opened.say(ADA, "project channel Apollo none")
    assert "has no cost centre of its own" in await opened.say(FRANCES, "project cost Apollo none")
    assert "Grace Hopper looks after *Apollo* from now on." in await opened.say(ADA, "project owner Apollo @grace")
    assert "*Apollo* is for Grace Hopper" in (await opened.say(ADA, "project close Apollo")).replace(
        "Apollo is", "*Apollo* is"
    )


async def test_much_for_a_project_is_asked_for_first(opened: Floor) -> None:
    """Before and after of both sides; rights and balances are looked up anew at the click."""
    await opened.say(FRANCES, "project create Apollo @grace $5")
    asked = await opened.answer(FRANCES, "project fund Apollo $80 for the launch")
    assert list(buttons_of(asked)) == [], "it is not much"
    await opened.office.database.write(
        lambda conn: policies.add(
            conn, opened.desk.workspace_id, '[moves]\nconfirm_above = "$2"', actor_id=None, origin="test",
            at=opened.office.at,
        )
    )  # fmt: skip
    asked = await opened.answer(GRACE, "project fund Apollo $3 for the launch")
    assert asked["text"].splitlines() == [
        "Move *$3.00 (3M tokens)* from the Platform pool to the project Apollo, for the launch?",
        "• The Platform pool: $10.00 → *$7.00 (7M tokens)*",
        "• The project Apollo: $85.00 → *$88.00 (88M tokens)*",
    ]
    done = await click(opened, GRACE, asked, "Move $3.00")
    assert "went from the Platform pool into *Apollo*: it has *$88.00 (88M tokens)* available now" in done
    again = await opened.answer(GRACE, "project fund Apollo $4")
    await opened.say(FRANCES, "project owner Apollo @ada")
    assert "A manager funds the projects that they look after" in await click(opened, GRACE, again, "Move $4.00")
    assert "$88.00" in await opened.say(ADA, "project Apollo")
    meant = await opened.answer(FRANCES, "project fund Apollo 5")
    assert "did you mean $5.00? Nothing was moved yet." in meant["text"]
