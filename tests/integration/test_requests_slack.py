"""Requests in Slack: typed, put in a form, decided on a card or in its forms; what each side reads."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.seed import ADA, ALAN, FRANCES, GRACE
from store import policies
from store.database import Database, Unavailable
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject


@pytest.fixture
async def room(sqlite_database: Database) -> AsyncIterator[Floor]:
    async with floor(sqlite_database) as made:
        await made.set_up()
        yield made
        await made.office.verified()


async def letter(room: Floor, who: str, part: str) -> JsonObject:
    """A direct message that says something."""
    dm = await room.bench.app_dm(who)
    return await room.bench.wait_for_message(who, dm, lambda message: part in message["text"])


def buttons(shown: JsonObject) -> dict[str, str]:
    """Action ids by what the buttons say."""
    rows = [block.get("elements") or [block.get("accessory")] for block in shown["blocks"]]
    return {each["text"]["text"]: each["action_id"] for row in rows for each in row if each and "action_id" in each}


async def click(room: Floor, who: str, message: JsonObject, words: str, channel: str = "") -> None:
    """Click a button of a message."""
    there = channel or await room.bench.app_dm(who)
    await room.bench.click(who, buttons(message)[words], channel=there, ts=message["ts"])


async def form(room: Floor, who: str, part: str) -> JsonObject:
    """The form on somebody's screen, once it says something."""

    async def look() -> Any:
        views = await room.bench.views(who)
        return views[-1] if views and part in str(views[-1]["blocks"]) else None

    return dict(await room.bench.wait_for(look))


async def submitted(room: Floor, who: str, view: JsonObject, **values: str) -> JsonObject:
    """Send a form; what became of it."""
    filled = {f"request_{name}": {f"request_{name}": value} for name, value in values.items()}
    return await room.bench.submit(who, view["id"], filled)


async def alone(room: Floor, who: str, part: str) -> str:
    """What somebody alone is told beside a card."""
    return str((await letter(room, who, part))["text"])


async def test_typed_approved_with_a_click_and_told(room: Floor) -> None:
    assert await room.say(ADA, "request $4 for the <b>demo</b> until 2026-12-24") == (
        "You asked for *$4.00 (4M tokens)*, for the &lt;b&gt;demo&lt;/b&gt;.\nIt is needed until 24 December 2026.\n"
        "Grace Hopper decides. Without an answer it lapses on 29 Nov, 12:00."
    )
    card = await letter(room, GRACE, "asks for")
    assert card["text"] == (
        "*Ada Lovelace* asks for *$4.00 (4M tokens)*, for the &lt;b&gt;demo&lt;/b&gt;.\n"
        "It is needed until 24 December 2026.\nAda Lovelace has $0.00 (0 tokens) available.\n"
        "It would come from the Platform pool: *$10.00 (10M tokens)* now, *$6.00 (6M tokens)* after."
    )
    assert list(buttons(card)) == ["Approve $4.00", "Other amount…", "Lend until…", "Refuse…"]
    await click(room, GRACE, card, "Approve $4.00")
    told = await letter(room, ADA, "granted you")
    assert told["text"] == (
        "Grace Hopper granted you *$4.00 (4M tokens)*, for the &lt;b&gt;demo&lt;/b&gt;.\n"
        "It can be used until the end of 24 December 2026.\n"
        "You now have *$4.00 (4M tokens)*, from your next question on."
    )
    after = await letter(room, GRACE, "You granted")
    assert (after["ts"], buttons(after)) == (card["ts"], {})
    assert "from the Platform pool, which now has $6.00 (6M tokens)." in after["text"]
    assert "You have *$4.00 (4M tokens)*" in await room.say(ADA, "balance")


async def test_by_the_form_with_the_amount_checked_while_it_is_typed(room: Floor) -> None:
    await room.bench.command(ADA, await room.bench.app_dm(ADA), "/tokens request")
    shown = await form(room, ADA, "How much")
    for typed, said in (("250k", "That is *$0.25 (250.0k tokens)*."), ("much", "is not an amount")):
        await room.bench.click(ADA, "request_amount", view_id=shown["id"], block_id="request_amount", value=typed)
        assert "You have" in str((await form(room, ADA, said))["blocks"])
    wrong = await submitted(room, ADA, shown, amount="much", reason="the demo")
    assert wrong["errors"]["request_amount"].startswith("much is not an amount. Write an amount like 40000")
    late = await submitted(room, ADA, shown, amount="$3", until="2026-11-01")
    assert late["errors"] == {"request_until": "2026-11-01 is over already: choose a day to come, or none."}
    assert "errors" not in await submitted(room, ADA, shown, amount="$3", reason=" the\n demo ", until="2026-11-30")
    assert "Grace Hopper decides" in str((await form(room, ADA, "You asked for"))["blocks"])
    assert "asks for *$3.00 (3M tokens)*, for the demo." in (await letter(room, GRACE, "asks for"))["text"]


async def test_another_amount_lending_and_refusing_by_forms(room: Floor) -> None:
    for micros in ("$1", "$2", "$3"):
        await room.say(ADA, f"request {micros}")
    first = await letter(room, GRACE, "$1.00")
    await click(room, GRACE, first, "Other amount…")
    shown = await form(room, GRACE, "which has $10.00 (10M tokens)")
    wrong = await submitted(room, GRACE, shown, amount="$11")
    assert "The Platform pool has $10.00 (10M tokens) available" in wrong["errors"]["request_amount"]
    await submitted(room, GRACE, shown, amount="$0.50", note="half of it")
    assert "You granted *$0.50 (500.0k tokens)*" in str((await form(room, GRACE, "You granted"))["blocks"])
    assert (await letter(room, ADA, "of the $1.00 you asked for"))["text"].count("“half of it”") == 1
    await click(room, GRACE, await letter(room, GRACE, "$2.00"), "Lend until…")
    shown = await form(room, GRACE, "Until")
    assert "errors" in await submitted(room, GRACE, shown, due="2026-11-02", amount="$2")
    await submitted(room, GRACE, shown, due="2026-12-24", amount="$2")
    lent = (await letter(room, ADA, "lent you"))["text"]
    assert "Grace Hopper lent you *$2.00 (2M tokens)*.\nAt the end of 24 December 2026 it goes back" in lent
    third = await letter(room, GRACE, "$3.00")
    await click(room, GRACE, third, "Refuse…")
    shown = await form(room, GRACE, "Why not")
    assert "request_note" in (await submitted(room, GRACE, shown, note=" "))["errors"]
    await submitted(room, GRACE, shown, note="next month")
    assert (await letter(room, ADA, "refused"))["text"] == (
        "Grace Hopper refused your request for *$3.00 (3M tokens)*: “next month”\n"
        "Speak with Grace Hopper, or ask for less: `/tokens request $1.50`."
    )
    assert "You have *$2.50 (2.5M tokens)*" in await room.say(ADA, "balance")


async def test_who_comes_late_reads_who_decided_what(room: Floor) -> None:
    await room.say(ADA, "request $4")
    card = await letter(room, GRACE, "asks for")
    await click(room, GRACE, card, "Other amount…")
    shown = await form(room, GRACE, "which has")
    for _ in range(3):
        await click(room, GRACE, card, "Approve $4.00")
    assert "You granted $4.00 (4M tokens) already; nothing more was done." in await alone(room, GRACE, "already")
    late = await submitted(room, GRACE, shown, amount="$5")
    assert late["errors"] == {"request_amount": "You granted $4.00 (4M tokens) already; nothing more was done."}
    assert "You have *$4.00 (4M tokens)*" in await room.say(ADA, "balance")
    mine = [m["text"] for m in await room.bench.messages(ADA, await room.bench.app_dm(ADA))]
    assert sum("granted you" in text for text in mine) == 1


async def test_a_click_by_a_stranger_changes_nothing(room: Floor) -> None:
    await room.say(ALAN, "request $4")
    own = await letter(room, FRANCES, "asks for")
    await room.say(FRANCES, "request $4")
    assert "company pool" in own["text"]
    await room.say(ADA, "request $1")
    card = await letter(room, GRACE, "asks for")
    await room.say(FRANCES, "team remove platform @grace")
    await click(room, GRACE, card, "Approve $1.00")
    assert "you are neither" in await alone(room, GRACE, "decide on this")
    await click(room, GRACE, card, "Refuse…")
    assert "you are neither" in str((await form(room, GRACE, "neither"))["blocks"])
    assert "Approve $1.00" in buttons(await letter(room, GRACE, "asks for"))


async def test_taken_back_by_button_command_and_in_the_form(room: Floor) -> None:
    dm = await room.bench.app_dm(ADA)
    said = await room.answer(ADA, "request $1 for one", dm)
    await click(room, ADA, said, "Take it back")
    assert "Taken back: you asked for *$1.00 (1M tokens)*, for one." in await alone(room, ADA, "Taken back")
    assert "Ada Lovelace took it back" in (await letter(room, GRACE, "took it back"))["text"]
    await room.say(ADA, "request $2")
    assert "Taken back: you asked for *$2.00 (2M tokens)*." in await room.say(ADA, "request withdraw")
    assert "nothing to take back" in await room.say(ADA, "request withdraw")
    await room.say(ADA, "request $3 for three")
    await room.bench.command(ADA, dm, "/tokens request")
    shown = await form(room, ADA, "Waiting: *$3.00 (3M tokens)*, for three. Grace Hopper decides")
    await room.bench.click(ADA, "request_withdraw", view_id=shown["id"])

    async def gone() -> bool:
        return "Waiting" not in str((await room.bench.views(ADA))[-1]["blocks"])

    await room.bench.wait_for(gone)


async def test_an_only_admin_reads_what_can_be_done(room: Floor) -> None:
    said = await room.say(FRANCES, "request $5")
    assert "There is nobody but you to decide on this" in said
    assert "`/tokens grant @you $5`" in said


async def test_small_ones_are_granted_in_the_answer(room: Floor) -> None:
    at, workspace_id, toml = room.office.at, room.desk.workspace_id, '[requests]\nsmall = "$1"\nsmall_a_month = "$2"'
    await room.office.database.write(
        lambda conn: policies.add(conn, workspace_id, toml, actor_id=None, origin="test", at=at)
    )
    assert await room.say(ADA, "request $1 for tests") == (
        "*$1.00 (1M tokens)* is yours, for tests: so little is granted at once, from the Platform pool.\n"
        "You now have $1.00 (1M tokens), from your next question on."
    )
    assert (await letter(room, GRACE, "at once"))["text"] == (
        "*Ada Lovelace* was granted *$1.00 (1M tokens)* from the Platform pool, for tests: the policy lets small "
        "requests through at once.\nThat makes $1.00 of $2.00 for Ada Lovelace this month. You need not do anything."
    )


async def at_home(room: Floor, who: str, *shown: JsonObject) -> str:
    """Somebody's Home tab with these buttons on it; its id."""
    await room.desk.client.views_publish(
        user_id=who, view={"type": "home", "blocks": [{"type": "actions", "elements": list(shown)}]}
    )
    view = await room.bench.home(who)
    assert view is not None
    return str(view["id"])


async def test_the_same_buttons_work_on_home_and_answer_in_a_window(room: Floor) -> None:
    await room.say(ADA, "request $2")
    card = await letter(room, GRACE, "asks for")
    elements = next(block["elements"] for block in card["blocks"] if block["type"] == "actions")
    home = await at_home(room, GRACE, *elements)
    await room.bench.click(GRACE, "request_lend", view_id=home)
    await form(room, GRACE, "Until")
    await room.bench.click(GRACE, "request_approve", view_id=home)
    assert "You granted *$2.00 (2M tokens)*" in str((await form(room, GRACE, "You granted"))["blocks"])
    home = await at_home(room, GRACE, *elements)
    await room.bench.click(GRACE, "request_approve", view_id=home)
    await form(room, GRACE, "already; nothing more was done")
    home = await at_home(room, ADA, {**elements[0], "action_id": "form_request", "value": "ask nothing"})
    await room.bench.click(ADA, "form_request", view_id=home)
    assert "initial_value" not in str((await form(room, ADA, "How much"))["blocks"])


async def test_the_database_is_away_at_the_click(room: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.say(ADA, "request $2")
    card = await letter(room, GRACE, "asks for")

    async def away(*_: object) -> None:
        raise Unavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(room.office.database, "write", away)
        await click(room, GRACE, card, "Approve $2.00")
        assert "The books cannot be reached just now" in await alone(room, GRACE, "cannot be reached")
    await click(room, GRACE, card, "Approve $2.00")
    await letter(room, ADA, "granted you *$2.00")
