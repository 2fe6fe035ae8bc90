"""What is set for people, channels and the company, on both engines: rights, audit, and who was faster."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from budget.org import channels, instructions, people
from budget.org.channels import ChannelModel, Following
from budget.org.instructions import Changed, Meanwhile, fingerprint
from budget.org.people import Chosen
from budget.outcome import No
from store import channels as channel_store
from store import payers
from store import people as people_store
from store.channels import ChannelSettings
from store.database import Database
from store.people import Person
from tests.commanding import WORKSPACE, Office

ROOM, OTHER = "C1", "C2"
GRACE, BOB, LEAD = "<@UGRACE|grace>", "<@UBOB|bob>", "<@ULEAD|lead>"


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """Ada is an admin; Grace manages Platform, Bob is in it, Lead manages Tech above it; C1 is Platform's channel."""
    made = Office(database)
    ada = await made.meet("UADA", "Ada")
    for slack_id in ("UGRACE", "UBOB", "UEVE", "ULEAD"):
        await made.meet(slack_id)
    await made.done(
        ada, "team create Platform", "team create Tech", f"team manager platform {GRACE}", f"team add PLATFORM {BOB}",
        f"team manager tech {LEAD}", "team channel platform <#C1|room>",
    )  # fmt: skip
    await made.database.write(lambda conn: conn.exec_driver_sql(ABOVE))
    yield made
    await made.verified()


ABOVE = "UPDATE team SET parent_id = (SELECT id FROM team WHERE name_key = 'tech') WHERE name_key = 'platform'"


async def person(office: Office, name: str) -> Person:
    found = await office.database.read(lambda conn: people_store.by_slack_id(conn, WORKSPACE, f"U{name}"))
    assert found is not None
    return found


async def settings(office: Office, channel_id: str = ROOM) -> ChannelSettings:
    return await office.database.read(lambda conn: channel_store.get(conn, WORKSPACE, channel_id))


async def noted(office: Office, action: str) -> list[tuple[str | None, str, str | None, str | None]]:
    """Who changed what, from what to what, the oldest first."""
    entries = [entry for entry in await office.audit() if entry.action == action]
    return [(entry.actor_id, entry.target, entry.old, entry.new) for entry in reversed(entries)]


async def told_in(office: Office, channel_id: str, who: Person) -> tuple[str, ...]:
    """What the model is told with a question."""
    standing = await office.database.read(lambda conn: payers.standing(conn, WORKSPACE, channel_id, who.id))
    return standing.instructions


WHO = [("ADA", ROOM, True), ("GRACE", ROOM, True), ("LEAD", ROOM, True), ("BOB", ROOM, False), ("EVE", ROOM, False),
       ("ADA", OTHER, True), ("GRACE", OTHER, False), ("LEAD", OTHER, False), ("BOB", OTHER, False)]  # fmt: skip


@pytest.mark.parametrize(("name", "channel_id", "may"), WHO)
async def test_who_sets_what_for_a_channel(office: Office, name: str, channel_id: str, may: bool) -> None:
    who, before = await person(office, name), await office.audit()
    set_ = await channels.set_model(office.house, who, channel_id, "BIG", origin="test")
    followed = await channels.follow_threads(office.house, who, channel_id, True, origin="test")
    assert (await channels.see_channel(office.house, who, channel_id)).may is may
    if not may:
        whose = "Ugrace, Ulead or an admin" if channel_id == ROOM else "an admin"
        assert set_ == followed == No(f"Only {whose} can set that for this channel.")
        assert await office.audit() == before
        now = await settings(office, channel_id)
        assert (now.model, now.follow_threads) == (None, False)
        return
    assert isinstance(set_, ChannelModel)
    assert set_.now is not None
    assert (set_.now.name, set_.before, followed) == ("big", None, Following(channel_id, True, same=False))
    now = await settings(office, channel_id)
    assert (now.model, now.follow_threads) == ("big", True)
    assert await noted(office, "channel model") == [(who.id, f"channel:{channel_id}", None, "big")]
    assert await noted(office, "follow threads") == [(who.id, f"channel:{channel_id}", "off", "on")]


async def test_a_channels_model_and_what_was_before(office: Office) -> None:
    grace = await person(office, "GRACE")
    for name in ("big", "big", "mini", None, None):
        done = await channels.set_model(office.house, grace, ROOM, name, origin="test")
        assert isinstance(done, ChannelModel)
    steps = [(old, new) for *_, old, new in await noted(office, "channel model")]
    assert steps == [(None, "big"), ("big", "mini"), ("mini", None)]
    turned = [
        await channels.follow_threads(office.house, grace, ROOM, on, origin="test") for on in (True, True, False, False)
    ]
    assert turned == [
        Following(ROOM, on, same=same) for on, same in ((True, False), (True, True), (False, False), (False, True))
    ]
    assert [(old, new) for *_, old, new in await noted(office, "follow threads")] == [("off", "on"), ("on", "off")]


async def test_a_model_that_is_not_on_offer(office: Office) -> None:
    ada = await person(office, "ADA")
    answer = await channels.set_model(office.house, ada, ROOM, "bigg", origin="test")
    assert answer == No("There is no model called “bigg”; `/tokens models` lists them.", "model big in channel")
    assert await noted(office, "channel model") == []


async def test_a_channel_whose_model_was_withdrawn(office: Office) -> None:
    await office.database.write(lambda conn: channel_store.set_model(conn, WORKSPACE, ROOM, "withdrawn"))
    seen = await channels.see_channel(office.house, await person(office, "BOB"), ROOM)
    assert (seen.model, seen.settings.model, seen.team and seen.team.name) == (None, "withdrawn", "Platform")
    assert (seen.managers, seen.may) == (["Ugrace", "Ulead"], False)


async def test_a_channel_where_nothing_is_set(office: Office) -> None:
    seen = await channels.see_channel(office.house, await person(office, "ADA"), OTHER)
    assert (seen.settings, seen.team, seen.model, seen.managers, seen.may) == (
        ChannelSettings(WORKSPACE, OTHER), None, None, [], True,
    )  # fmt: skip


async def test_ones_own_model_with_what_it_was_before(office: Office) -> None:
    bob = await person(office, "BOB")
    house = office.house
    first = await people.choose_model(house, bob, "Big", origin="test", channel_id=ROOM)
    assert isinstance(first, Chosen)
    assert (first.model.name, first.own, first.before and first.before.name, first.here) == ("big", True, "mini", None)
    again = await people.choose_model(house, bob, "big", origin="test")
    assert isinstance(again, Chosen)
    assert again.before is None
    await channels.set_model(house, await person(office, "GRACE"), ROOM, "mini", origin="test")
    there = await people.choose_model(house, bob, "big", origin="test", channel_id=ROOM)
    assert isinstance(there, Chosen)
    assert there.here is not None
    assert there.here.name == "mini"
    assert await noted(office, "model") == [(bob.id, bob.id, None, "big")]


async def test_a_manager_who_is_one_no_more(office: Office) -> None:
    grace, ada = await person(office, "GRACE"), await person(office, "ADA")
    await office.done(ada, f"team remove platform {GRACE}")
    answer = await channels.set_model(office.house, grace, ROOM, "big", origin="test")
    assert isinstance(answer, No)
    await office.done(ada, "team channel tech <#C1|room>", f"team manager platform {GRACE}")
    followed = await channels.follow_threads(office.house, grace, ROOM, True, origin="test")
    assert isinstance(followed, No), "the channel is another team's now"


@pytest.mark.parametrize("name", ["GRACE", "LEAD", "BOB", "EVE"])
@pytest.mark.parametrize("channel_id", [None, ROOM, OTHER])
async def test_only_admins_write_instructions(office: Office, name: str, channel_id: str | None) -> None:
    who, before, read = await person(office, name), await office.audit(), fingerprint(None)
    answers = [
        await instructions.to_edit(office.house, who, channel_id),
        await instructions.write(office.house, who, channel_id, "Obey me.", origin="test", read=read),
        await instructions.clear(office.house, who, channel_id, origin="test"),
    ]
    assert answers == [No(instructions.ONLY_ADMINS)] * 3
    assert await office.audit() == before
    assert not (await instructions.see(office.house, who, channel_id)).may


@pytest.mark.parametrize("channel_id", [None, ROOM, OTHER])
async def test_instructions_are_written_read_and_taken_back(office: Office, channel_id: str | None) -> None:
    ada, bob, house = await person(office, "ADA"), await person(office, "BOB"), office.house
    done = await instructions.write(
        house, ada, channel_id, "  Be kind.\r\nBe\0 brief.\ud800 ", origin="test", read=fingerprint(None)
    )
    text = "Be kind.\nBe brief.\N{REPLACEMENT CHARACTER}"
    assert done == Changed(channel_id, text, None)
    seen = await instructions.see(house, bob, channel_id)
    mine = seen.company if channel_id is None else seen.channel
    assert mine is not None
    assert (mine.text, mine.by, mine.at, seen.may) == (text, "Ada", office.at, False)
    assert await told_in(office, channel_id or ROOM, bob) == (text,)
    same = await instructions.write(house, ada, channel_id, text, origin="test", read="whatever")
    assert same == Changed(channel_id, text, text), "what stands there already is no conflict"
    cleared = await instructions.clear(house, ada, channel_id, origin="test")
    assert cleared == Changed(channel_id, None, text)
    assert await instructions.clear(house, ada, channel_id, origin="test") == Changed(channel_id, None, None)
    target = f"channel:{channel_id}" if channel_id else f"workspace:{WORKSPACE}"
    assert await noted(office, "instructions") == [(ada.id, target, None, text), (ada.id, target, text, None)]


async def test_the_channels_come_after_the_companys(office: Office) -> None:
    ada, none = await person(office, "ADA"), fingerprint(None)
    await instructions.write(office.house, ada, ROOM, "Second.", origin="test", read=none)
    await instructions.write(office.house, ada, None, "First.", origin="test", read=none)
    for channel_id, told in ((ROOM, ("First.", "Second.")), (OTHER, ("First.",))):
        assert await told_in(office, channel_id, ada) == told


async def test_what_somebody_else_wrote_meanwhile_is_not_lost(office: Office) -> None:
    ada, house, read = await person(office, "ADA"), office.house, fingerprint(None)
    root = await office.meet("UROOT", "Root")
    writes = [instructions.write(house, who, ROOM, f"By {who.name}.", origin="test", read=read) for who in (ada, root)]
    answers = await asyncio.gather(*writes)
    (first,) = [answer for answer in answers if isinstance(answer, Changed)]
    (second,) = [answer for answer in answers if isinstance(answer, Meanwhile)]
    assert second.current.text == first.now
    assert second.current.by in ("Ada", "Root")
    assert (await settings(office)).instructions == first.now
    assert len(await noted(office, "instructions")) == 1
    on = await instructions.write(house, root, ROOM, "Root's.", origin="test", read=fingerprint(second.current.text))
    assert on == Changed(ROOM, "Root's.", first.now)


async def test_instructions_of_three_thousand_characters_and_no_more(office: Office) -> None:
    ada, read = await person(office, "ADA"), fingerprint(None)
    longest = "ä" * instructions.LONGEST
    answer = await instructions.write(office.house, ada, None, f"{longest}b", origin="test", read=read)
    assert answer == No("Instructions have at most 3,000 characters; these have 3,001.")
    assert isinstance(await instructions.write(office.house, ada, None, longest, origin="test", read=read), Changed)


async def test_an_admin_who_is_one_no_more(office: Office) -> None:
    ada = await person(office, "ADA")
    office.house = replace(office.house, rules=replace(office.rules, admins=frozenset()))
    await office.meet("UADA", "Ada")
    written = await instructions.write(office.house, ada, None, "Still here.", origin="test", read=fingerprint(None))
    assert written == No(instructions.ONLY_ADMINS)
