"""The policy as people in a workspace see it: commands, and the form with its mistakes and its preview."""

import asyncio
import json
from collections.abc import AsyncIterator, Set

import pytest
from sqlalchemy import NullPool, create_engine, text

from budget.policy import changing
from budget.policy.current import current
from budget.policy.policy import Policy
from handlers.slack.areas import policies as area
from handlers.slack.views import policies as view
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE, PLATFORM, STRANGER
from store import policies
from store.database import Database
from store.engines import parse
from store.people import Person
from tests.cluster import Cluster
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject

FIRST = view.PART.format(1)
ONCE_MORE = "The text below can still be changed"


@pytest.fixture
async def acme(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as opened:
        await opened.set_up()
        yield opened
        await opened.office.verified()


@pytest.fixture
async def small(sqlite_database: Database) -> AsyncIterator[Floor]:
    """The same where the engine does not matter."""
    async with floor(sqlite_database) as opened:
        await opened.set_up()
        yield opened


async def in_force(at: Floor) -> Policy:
    house = at.office.house
    return await house.database.read(lambda conn: current(conn, house, at.desk.workspace_id))


async def shown(at: Floor, who: str, before: Set[str] = frozenset()) -> JsonObject:
    """The view on somebody's screen, once it is filled in."""

    async def look() -> JsonObject | None:
        views = [each for each in await at.bench.views(who) if each["id"] not in before]
        return views[-1] if views and "One moment" not in words(views[-1]) else None

    return await at.bench.wait_for(look)


async def form(at: Floor, who: str, text: str = "policy edit") -> JsonObject:
    before = {each["id"] for each in await at.bench.views(who)}
    await at.bench.command(who, GENERAL, f"/tokens {text}")
    return await shown(at, who, before)


def words(seen: JsonObject) -> str:
    return json.dumps(seen["blocks"], ensure_ascii=False)


async def send(at: Floor, who: str, view_id: str, text: str) -> JsonObject:
    """Send the form; the view that follows in its place."""
    answer = await at.bench.submit(who, view_id, {FIRST: {FIRST: text}})
    assert not answer.get("errors"), answer
    return await shown(at, who)


async def test_the_policy_is_for_everybody_to_read(small: Floor) -> None:
    told = await small.answer(ADA, "policy")
    lines = told["text"].splitlines()
    assert lines[0] == "*Money*"
    assert lines[1] == "• Nobody gets anything just for coming."
    assert lines[-1] == view.NONE_SET
    assert "_(changed)_" not in told["text"]
    assert not [block for block in told["blocks"] if block["type"] == "actions"], "only admins may change it"
    assert "You belong to another organisation" in (await small.answer(STRANGER, "policy", PLATFORM))["text"]


async def test_from_the_form_over_the_preview_to_what_counts(acme: Floor) -> None:
    opened = await form(acme, FRANCES)
    assert "# who = " in words(opened)
    again = await send(acme, FRANCES, opened["id"], '[send]\nwho = "all"\n[ask]\nleast = $1')
    assert "*2 things have to be put right.* Nothing is set." in words(again)
    assert "• Line 4, least: this cannot be read" in words(again)
    assert again["state"]["values"][FIRST][FIRST]["value"] == '[send]\nwho = "all"\n[ask]\nleast = $1'
    text = '# Quiet & calm\n[send]\nwho = "nobody"\n[models.teams]\nPlatform = ["mini"]\n'
    await acme.say(ADA, "model big")
    seen = await send(acme, FRANCES, again["id"], text)
    assert "• Sending: from anyone to nobody. Nobody has sent in the last 30 days." in words(seen)
    assert (
        "• Models for Platform: from everybody's to mini. Model big is no longer allowed for Platform: 1 person has "
        "chosen it; mini answers from now on."
    ) in words(seen)
    assert seen["submit"]["text"] == "Apply"
    assert await in_force(acme) == Policy(), "nothing is set before it is agreed to"
    done = await send(acme, FRANCES, seen["id"], text)
    assert "*Version 1 counts from now on.*" in words(done)
    assert (await in_force(acme)).send.who == "nobody"
    told = (await acme.answer(ADA, "policy"))["text"]
    assert "• Nobody sends of their own to others. _(changed)_" in told
    assert "Version 1, set by Frances Allen, " in told
    assert words(await form(acme, FRANCES)).count("# Quiet & calm") == 1, "comments are kept"
    past = (await acme.answer(FRANCES, "policy history"))["text"].splitlines()
    assert past[0].startswith("*Version 1* · Frances Allen, ")
    assert past[1] == "• Sending: from anyone to nobody."
    assert "for admins to see" in (await acme.answer(GRACE, "policy history"))["text"]


async def test_a_text_that_is_changed_after_its_preview_is_shown_anew(small: Floor) -> None:
    seen = await send(small, FRANCES, (await form(small, FRANCES))["id"], '[send]\nwho = "nobody"')
    other = await send(small, FRANCES, seen["id"], '[send]\nwho = "team"')
    assert "Sending: from anyone to people of one's teams." in words(other)
    assert ONCE_MORE in words(other)
    assert await in_force(small) == Policy()
    done = await send(small, FRANCES, other["id"], '[send]\nwho = "team"')
    assert "Version 1 counts" in words(done)


async def test_another_change_meanwhile_is_shown(small: Floor) -> None:
    seen = await send(small, FRANCES, (await form(small, FRANCES))["id"], '[send]\nwho = "nobody"')
    body = {"user": {"id": FRANCES}, "view": {**seen, "state": _typed('[ask]\nmost = "$1"')}}
    mark = area.mark('[ask]\nmost = "$1"')
    body["view"]["private_metadata"] = view.About(0, mark).written()
    who = await small.desk.identity.who(FRANCES)
    assert "Version 1" in str(await area.apply(small.desk, who, body["view"]))  # type: ignore[arg-type]  # an admin is met
    late = await send(small, FRANCES, seen["id"], '[send]\nwho = "nobody"')
    assert "*The policy was changed while you were writing.* Version 1, set by Frances Allen" in words(late)
    assert "• Cost of a question, at most: from no bound to $1.00 (1M tokens)." in words(late)
    assert (await in_force(small)).send.who == "anyone"
    anew = await send(small, FRANCES, late["id"], '[send]\nwho = "nobody"')
    assert "Cost of a question, at most: from $1.00 (1M tokens) to no bound." in words(anew), "what it replaces is said"


def _typed(text: str) -> JsonObject:
    return {"values": {FIRST: {FIRST: {"value": text}}}}


async def test_two_clicks_on_apply_make_one_version(small: Floor) -> None:
    seen = await send(small, FRANCES, (await form(small, FRANCES))["id"], '[send]\nwho = "nobody"')
    sent = {**seen, "state": _typed('[send]\nwho = "nobody"')}
    who = await small.desk.identity.who(FRANCES)
    assert isinstance(who, Person)
    answers = await asyncio.gather(*(area.apply(small.desk, who, sent) for _ in range(3)))
    assert sum("counts from now on" in str(each) for each in answers) == 1
    assert sum("This is the policy: version 1." in str(each) for each in answers) == 2
    found = await small.office.database.read(lambda conn: policies.versions(conn, small.desk.workspace_id, 9))
    assert len(found) == 1


@pytest.mark.parametrize("who", [ADA, GRACE])
async def test_the_form_is_for_admins(small: Floor, who: str) -> None:
    opened = await form(small, who)
    assert not opened.get("submit")
    assert "Only an admin can change the policy" in words(opened)
    for callback in (view.CHECK, view.APPLY):
        text = '[send]\nwho = "nobody"'
        made = {
            "callback_id": callback, "state": _typed(text), "private_metadata": view.About(0, area.mark(text)).written()
        }  # fmt: skip
        person = await small.desk.identity.who(who)
        assert isinstance(person, Person)
        answer = await (area.check if callback == view.CHECK else area.apply)(small.desk, person, made)
        assert "Only an admin can change the policy" in answer["errors"][FIRST]
    assert await in_force(small) == Policy()


async def test_counting_that_takes_long_follows_in_the_same_place(cluster: Cluster, postgresql_url: str) -> None:
    database = await Database.open(postgresql_url)
    async with floor(database) as opened:
        form_id = (await form(opened, FRANCES))["id"]
        engine = create_engine(parse(postgresql_url), poolclass=NullPool)
        with engine.connect() as other:
            other.execute(text("LOCK TABLE loan IN ACCESS EXCLUSIVE MODE"))
            answer = await opened.bench.submit(FRANCES, form_id, {FIRST: {FIRST: '[send]\nwho = "nobody"'}})
            assert not answer.get("errors")
            assert "One moment" in words((await opened.bench.views(FRANCES))[-1])
            other.rollback()
        seen = await shown(opened, FRANCES)
        assert "Sending: from anyone to nobody." in words(seen)
        assert "counts from now on" in words(await send(opened, FRANCES, seen["id"], '[send]\nwho = "nobody"'))
        assert (await opened.bench.sockets())["unacked"] == 0
    await database.close()


async def test_a_long_policy_has_several_fields(small: Floor) -> None:
    long = "".join(f"# {n} {'x' * 90}\n\n" for n in range(60)) + '[send]\nwho = "nobody"\n'
    done = await changing.apply(
        small.office.house, changing.setter(await _met(small, FRANCES), "test"), long, read_number=0
    )
    assert getattr(done, "number", None) == 1
    opened = await form(small, FRANCES)
    parts = [block for block in opened["blocks"] if block["type"] == "input"]
    assert [block["label"]["text"] for block in parts] == [f"Policy, part {part} of 3" for part in (1, 2, 3)]
    values = {b["block_id"]: {b["block_id"]: b["element"]["initial_value"]} for b in parts}
    await small.bench.submit(FRANCES, opened["id"], values)
    assert "Nothing would change" in words(await shown(small, FRANCES)), "the parts make the whole text again"


async def _met(at: Floor, who: str) -> Person:
    person = await at.desk.identity.who(who)
    assert isinstance(person, Person)
    return person
