"""The form in which an admin sets an allowance."""

import json
from collections.abc import AsyncIterator

import pytest

from budget.allowances.payout import pay_due
from handlers.slack.views import allowances_form as form
from sandbox.seed import ADA, FRANCES, GENERAL
from store import allowances
from store.allowances import Allowance
from store.database import Database
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject


@pytest.fixture
async def acme(sqlite_database: Database) -> AsyncIterator[Floor]:
    async with floor(sqlite_database) as opened:
        await opened.set_up()
        yield opened


async def opened(at: Floor, who: str) -> JsonObject:
    """Type the command and wait for the form, filled in or closed."""
    await at.bench.command(who, GENERAL, "/tokens allowance set")

    async def look() -> JsonObject | None:
        views = await at.bench.views(who)
        return views[-1] if views and "One moment" not in json.dumps(views[-1]) else None

    return await at.bench.wait_for(look)


async def send(at: Floor, sender: str, shown: JsonObject, **values: str) -> JsonObject:
    """Fill it in, and send it; what was there before stays otherwise, so all of it is said."""
    given = {"rollover": None, "expires": None, "from": None, **values}
    return await at.bench.submit(sender, shown["id"], {name: {name: value} for name, value in given.items()})


async def active(at: Floor) -> list[Allowance]:
    return await at.office.database.read(lambda conn: allowances.active(conn, at.desk.workspace_id))


async def test_an_admin_sets_one_and_it_is_paid(acme: Floor) -> None:
    shown = await opened(acme, FRANCES)
    assert "Everybody in Platform" in json.dumps(shown)
    await send(acme, FRANCES, shown, whom=f"{form.TEAM}Platform", amount="$2", often="weekly", rollover="50%",
               expires="2", pool="company")  # fmt: skip
    (one,) = await active(acme)
    assert (one.scope, one.amount_micros, one.period, one.rollover_micros, one.rollover_periods, one.payer_id) == (
        "team", 2_000_000, "week", 1_000_000, 2, f"company:{acme.desk.workspace_id}")  # fmt: skip
    (after,) = await acme.bench.views(FRANCES)
    assert "Everybody in Platform gets *$2.00 (2M tokens)* a week from the company pool" in json.dumps(after)
    assert await pay_due(acme.office.house) == 2


async def test_what_is_wrong_is_said_below_its_field_and_changes_nothing(acme: Floor) -> None:
    shown = await opened(acme, FRANCES)
    for values, field, part in (
        ({"amount": "lots"}, "amount", "lots is not an amount"),
        ({"amount": "$5", "rollover": "$6"}, "rollover", "No more can roll over than the amount itself"),
        ({"amount": "$5", "rollover": "all", "expires": "x"}, "expires", "is no number of periods"),
        ({"amount": "$5", "whom": form.PERSON}, "who", "Choose the person"),
        ({"amount": "$5", "from": "2020-01-01"}, "from", "is over already"),
        ({"amount": "$5 weekly by platform"}, "amount", "is not an amount"),
    ):
        answer = await send(acme, FRANCES, shown, **{"whom": form.EVERYONE, "often": "monthly"} | values)
        assert part in answer["errors"].get(field, ""), (values, answer)
    assert await active(acme) == []
    await send(acme, FRANCES, shown, whom=form.PERSON, who=ADA, amount="$5", often="quarterly")
    (one,) = await active(acme)
    assert (one.scope, one.period) == ("person", "quarter")


async def test_it_is_for_admins(acme: Floor) -> None:
    assert "Only an admin decides on allowances." in json.dumps(await opened(acme, ADA))
    assert await active(acme) == []
