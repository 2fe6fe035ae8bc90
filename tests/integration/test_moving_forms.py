"""The forms that move tokens, as people fill them in."""

import json
from collections.abc import AsyncIterator

import pytest

from handlers.slack.views import moving_forms as view
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, STRANGER
from store.database import Database
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject


@pytest.fixture
async def small(sqlite_database: Database) -> AsyncIterator[Floor]:
    async with floor(sqlite_database) as opened:
        await opened.set_up()
        await opened.say(GRACE, "grant @ada $8")
        yield opened
        await opened.office.verified()


async def opened_form(opened: Floor, who: str, name: str) -> JsonObject:
    """The form that a command without more words opens, filled in."""
    before = {each["id"] for each in await opened.bench.views(who)}
    await opened.bench.command(who, GENERAL, f"/tokens {name}")

    async def look() -> JsonObject | None:
        new = [each for each in await opened.bench.views(who) if each["id"] not in before]
        return new[-1] if new and "One moment" not in json.dumps(new[-1]) else None

    return await opened.bench.wait_for(look)


async def shown(opened: Floor, who: str, view_id: str) -> JsonObject:
    return next(each for each in await opened.bench.views(who) if each["id"] == view_id)


def values(**given: object) -> JsonObject:
    """What is put in, by the fields' constants in lower case."""
    made = {}
    for name, value in given.items():
        block = getattr(view, name.upper())
        key = "selected_user" if name in ("to", "source") else "selected_date" if name == "until" else "value"
        picked = {"selected_option": {"value": value}} if name.endswith("pool") else {key: value}
        made[block] = {block: picked}
    return made


async def send(opened: Floor, who: str, form: JsonObject, **given: object) -> JsonObject:
    """Send a form; the errors, or the view that takes its place."""
    answer = await opened.bench.submit(who, form["id"], values(**given))
    return dict(answer["errors"]) if answer.get("errors") else await shown(opened, who, form["id"])


async def test_sending_by_a_form(small: Floor) -> None:
    form = await opened_form(small, ADA, "send")
    assert "You have *$8.00 (8M tokens)* available." in json.dumps(form)
    assert (await send(small, ADA, form, to=ALAN, amount="lots"))[view.AMOUNT].startswith("lots is not an amount")
    assert "own tokens already" in (await send(small, ADA, form, to=ADA, amount="$3"))[view.AMOUNT]
    done = json.dumps(await send(small, ADA, form, to=ALAN, amount="$3", reason="lunch"))
    assert "*$3.00 (3M tokens)* went from you to Alan Turing, for lunch." in done
    assert "sent you *$3.00 (3M tokens)*, for lunch." in await small.told(ALAN, "sent you")


async def test_the_amount_is_looked_at_while_it_is_typed(small: Floor) -> None:
    form = await opened_form(small, ADA, "send")
    for typed, words in (
        ("$3", "That is *$3.00 (3M tokens)*; it leaves you $5.00 (5M tokens)."),
        ("$9", "That is *$9.00 (9M tokens)*: $1.00 (1M tokens) more than you have."),
        ("x", "`x` is not an amount."),
    ):
        await small.bench.click(
            ADA, view.AMOUNT, view_id=form["id"], block_id=view.AMOUNT, value=typed, type="plain_text_input"
        )

        async def says(words: str = words) -> bool:
            return words in json.dumps(await shown(small, ADA, form["id"]), ensure_ascii=False)

        await small.bench.wait_for(says)


async def test_lending_and_giving_back_by_forms(small: Floor) -> None:
    form = await opened_form(small, GRACE, "lend")
    assert "The Platform pool" in json.dumps(form)
    gone = await send(small, GRACE, form, to=ADA, amount="$1", until="2026-11-01", source_pool="team Platform")
    assert gone[view.AMOUNT] == "2026-11-01 is over already; a loan is due on a day to come."
    lent = await send(
        small, GRACE, form, to=ADA, amount="$1", until="2026-12-01", source_pool="team Platform", reason="a trial"
    )
    assert "is lent from the Platform pool to Ada Lovelace until the end of 1 December 2026, for a" in json.dumps(lent)
    form = await opened_form(small, ADA, "return")
    assert "Of it $1.00 is borrowed from the Platform pool, due at the end of 1 December 2026." in json.dumps(form)
    back = json.dumps(await send(small, ADA, form, amount="$1.50", to_pool=view.COMES_FROM))
    assert "went back to the Platform pool; nothing of that loan is out any more." in back
    assert "*$0.50 (500.0k tokens)* went back to the Platform pool." in back


async def test_granting_and_moving_by_forms(small: Floor) -> None:
    assert "Only admins and managers of a team can grant tokens." in json.dumps(await opened_form(small, ADA, "grant"))
    form = await opened_form(small, GRACE, "grant")
    assert "\\u2022 The Platform pool: $2.00" in json.dumps(form), "what it comes from"
    assert view.TO_POOL not in json.dumps(form), "a manager grants to people"
    await small.bench.click(
        GRACE, view.AMOUNT, view_id=form["id"], block_id=view.AMOUNT, value="$1", type="plain_text_input"
    )

    async def says() -> bool:
        return "it leaves the Platform pool $1.00" in json.dumps(await shown(small, GRACE, form["id"]))

    await small.bench.wait_for(says)
    granted = json.dumps(await send(small, GRACE, form, to=ADA, amount="$1", until="2026-12-31"))
    assert "It can be used until the end of 31 December 2026." in granted
    form = await opened_form(small, FRANCES, "move")
    both = await send(small, FRANCES, form, source_pool="company", source=ADA, to=ALAN, amount="$1")
    assert both == {view.SOURCE: "Choose a pool or a person, one of the two."}
    assert view.TO in await send(small, FRANCES, form, source_pool="company", source=None, to=None, amount="$1")
    moved = json.dumps(await send(small, FRANCES, form, source_pool="company", to_pool="team Platform", amount="$2"))
    assert "*$2.00 (2M tokens)* went from the company pool to the Platform pool." in moved


async def test_a_large_amount_is_asked_about_in_the_form(small: Floor) -> None:
    await small.answer(FRANCES, "fund $90")
    await small.answer(FRANCES, "fund $90")
    form = await opened_form(small, FRANCES, "grant")
    asked = await send(small, FRANCES, form, to_pool="team Platform", amount="$150")
    assert "• The company pool: $270.00 → *$120.00 (120M tokens)*" in json.dumps(asked, ensure_ascii=False)
    (buttons,) = [block["elements"] for block in asked["blocks"] if block["type"] == "actions"]
    await small.bench.click(FRANCES, buttons[0]["action_id"], view_id=asked["id"], value=buttons[0]["value"])

    async def done() -> bool:
        return "The Platform pool now has $152.00" in json.dumps(await shown(small, FRANCES, asked["id"]))

    await small.bench.wait_for(done)
    assert await small.office.on(f"company:{small.desk.workspace_id}") == 120_000_000


async def test_a_form_is_for_people_of_the_workspace(small: Floor) -> None:
    form = await opened_form(small, ADA, "send")
    assert "Hedy Lamarr belongs to another" in (await send(small, ADA, form, to=STRANGER, amount="$1"))[view.TO]
