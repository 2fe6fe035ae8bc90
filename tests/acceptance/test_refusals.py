"""Every refusal and its buttons, and projects that pay: a real bot, judged by what people see and who pays."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.model.standin import says, usage
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, PLATFORM
from sandbox.workspace import payloads
from store import policies
from store.database import Database
from tests.acceptance.stage import Stage, footer, on_stage
from tests.acceptance.test_costly import DEAR, SMALL, asked, became, buttons, click, inject, offer
from tests.commanding import START
from tests.workspace_client import JsonObject

SHORT = says("Use `git reset --soft HEAD~1`.", usage=usage(300, 20))


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(SHORT)
        await made.start_bot(**(offer(made, DEAR, SMALL) | {"STIPEND_CONFIRM_ABOVE": "$5"}))
        await made.stock()
        yield made
        assert "Traceback" not in made.log, made.log
        await made.verified()


async def decide(stage: Stage, toml: str) -> None:
    """The company's policy from now on, as if an admin had set it."""
    workspace_id = stage.workspace.world.state.team_id
    database = await Database.open(stage.url)
    try:
        await database.write(
            lambda conn: policies.add(conn, workspace_id, toml, actor_id=None, origin="test", at=START)
        )
    finally:
        await database.close()


async def answered_line(stage: Stage, ts: str, channel: str = GENERAL) -> str:
    return footer(await stage.answered(ts, channel))


async def no_answer(stage: Stage, ts: str) -> None:
    assert await stage.answers(ts, GENERAL) == []


async def test_each_refusal_has_a_way_on_that_works(stage: Stage) -> None:
    await stage.command(FRANCES, "/tokens team pool Platform on")
    await stage.command(GRACE, "/tokens move $4.9999 from @Ada Lovelace to Platform")
    await decide(stage, '[pools]\nfallback = "ask"')
    ts, told = await asked(stage)
    assert "The Platform pool has enough, and can pay if you say so. Grace Hopper can grant you more." in told["text"]
    pay, more, retry = buttons(told).values()
    assert pay["text"]["text"].startswith("Let Platform pay, from $0.0")
    assert (more["action_id"], more["value"], retry["text"]["text"]) == (
        "form_request", f"ask {retry['value']}", "Ask again",
    )  # fmt: skip
    await click(stage, told, "Ask for more")
    await stage.people.wait_for(lambda: _a_form(stage))
    await inject(stage, ALAN, told, pay["action_id"], pay["value"])
    await asyncio.gather(*(inject(stage, ADA, told, pay["action_id"], pay["value"]) for _ in range(3)))
    line = await answered_line(stage, ts)
    assert "paid by the Platform pool" in line
    await became(stage, told, "a")
    assert len(await stage.answers(ts, GENERAL)) == 1, "three clicks are one question, and a stranger's none"

    await decide(stage, '[models]\nallowed = ["small"]\n[ask]\nleast = "$0.50"')
    ts, told = await asked(stage, "--model dear how?")
    assert "The company's policy does not let you use *dear*" in told["text"]
    assert (
        "You can use, with what a typical question costs: *small* $0.0025. Frances Allen can change that."
        in (told["text"])
    )
    await click(stage, told, "Ask small")
    await became(stage, told, "Asked *small*")
    assert "paid by the Platform pool" in await answered_line(stage, ts), "the wallet has less than $0.50"
    await decide(stage, '[pools]\nfallback = "never"\n[ask]\nleast = "$0.50"')
    ts, told = await asked(stage)
    assert "By the company's policy $0.50 (500.0k tokens) must be there before anything is asked" in told["text"]
    assert list(buttons(told)) == ["Ask for more", "Ask again"]
    await stage.command(FRANCES, "/tokens grant @Ada Lovelace $3")
    await click(stage, told, "Ask again")
    assert "paid by" not in await answered_line(stage, ts)

    await decide(stage, '[ask]\nmost = "$0.20"')
    ts, told = await asked(stage)
    assert "By the company's policy a question may cost *$0.20* at most." in told["text"]
    agree, small, leave = buttons(told)
    assert agree.startswith("Ask for a shorter answer, up to $0.")
    assert small.startswith("Ask small for up to $0.00")
    assert leave == "Leave it"
    await click(stage, told, "Ask for a shorter answer")
    await became(stage, told, "Agreed: up to $0.2")
    assert (await answered_line(stage, ts)).startswith("dear")
    assert stage.standin.requests[-1].body["max_tokens"] < 1_000


async def _a_form(stage: Stage) -> JsonObject | None:
    return next(iter(await stage.people.views(ADA)), None)


async def test_frozen_until_it_is_lifted(stage: Stage) -> None:
    await stage.command(FRANCES, "/tokens freeze @Ada Lovelace for a lost laptop")
    ts, told = await asked(stage)
    assert "Your questions are frozen" in told["text"]
    assert ": a lost laptop." in told["text"]
    assert "Frances Allen can lift that. Nothing was asked, and nothing that you have is lost." in told["text"]
    assert list(buttons(told)) == ["Ask again"]
    await no_answer(stage, ts)
    await stage.command(FRANCES, "/tokens unfreeze @Ada Lovelace")
    await click(stage, told, "Ask again")
    assert (await answered_line(stage, ts)).startswith("dear")


async def test_a_project_pays_in_its_channels_and_when_it_is_empty_that_is_said(stage: Stage) -> None:
    people = stage.people
    made = await stage.command(GRACE, "/tokens project create Apollo $0.50")
    assert "*$0.50 (500.0k tokens)* went from the Platform pool into *Apollo*" in made
    bound = await people.run_command(GRACE, PLATFORM, "/tokens project channel apollo here")
    assert "From now on *Apollo* pays for what is asked in" in bound["text"]
    ts = await people.send(ADA, PLATFORM, "@stipend how?")
    assert (await answered_line(stage, ts, PLATFORM)).endswith("paid by the Apollo project")
    private = await people.run_command(ADA, PLATFORM, "/tokens ask what of this alone?")
    assert "I answer you in" in private["text"]
    dm = await people.app_dm(ADA)
    root = await people.wait_for_message(ADA, dm, lambda m: "what of this alone?" in str(m["blocks"]))
    assert footer(await stage.answered(root["ts"], dm)).endswith("paid by the Apollo project")
    shown = await stage.command(GRACE, "/tokens project Apollo")
    assert "looked after by Grace Hopper" in shown
    assert "It pays for what is asked in" in shown
    assert "Its pool has *$0.43" in shown
    assert "You look after no project." in await stage.command(ADA, "/tokens project")

    world = stage.workspace.world  # the workspace itself, as Slack's clients, does not let her type where she is not
    state, words = world.state, "ask what of a stranger?"
    typed = payloads.command(
        world, state.users[FRANCES], state.channels[PLATFORM], "/tokens", words, state.new_trigger(FRANCES), None
    )
    await world.hub.ask("slash_commands", typed)
    theirs = await people.app_dm(FRANCES)
    root = await people.wait_for_message(FRANCES, theirs, lambda m: "what of a stranger?" in str(m["blocks"]))
    told = await stage.people.wait_for_message(
        FRANCES, theirs, lambda m: "is missing" in m["text"], thread_ts=root["ts"]
    )
    assert "Apollo" not in told["text"], "she is not in the channel: neither does it pay for her"
    into = await stage.command(FRANCES, "/tokens project fund Apollo $0.01 for a little")
    assert "went from the company pool into *Apollo*" in into
    await people.wait_for_message(GRACE, await people.app_dm(GRACE), lambda m: "for a little" in m["text"])
    await stage.command(FRANCES, "/tokens project cost Apollo CC-104")
    await decide(stage, '[ask]\nleast = "$1"')
    ts = await people.send(ADA, PLATFORM, "@stipend and now?")
    line = await answered_line(stage, ts, PLATFORM)
    assert line.endswith("paid by the asker · the Apollo project has too little left")
    note = await stage.whispered(ts, PLATFORM)
    assert "from your wallet: the Apollo project has $0.4" in note["text"]
    await decide(stage, "")
    closed = await stage.command(GRACE, "/tokens project close Apollo")
    assert "*Apollo* is closed, and pays for nothing more." in closed
    assert "to the Platform pool" in closed
    assert "Its cost centre is CC-104." in await stage.command(GRACE, "/tokens project Apollo")
    ts = await people.send(ADA, PLATFORM, "@stipend who pays?")
    assert "paid by" not in await answered_line(stage, ts, PLATFORM)
