"""The audit as people in a workspace see it: sentences, pages by buttons, who looked at one's own account."""

from collections.abc import AsyncIterator

import pytest

from budget.policy.typed import ShowAudit
from handlers.slack.areas import policies_audit
from handlers.slack.views import policies_audit as view
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE
from store import audit
from store.database import Connection, Database
from tests.floor import Floor, floor
from tests.workspace_client import JsonObject


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


async def test_the_audit_reads_as_sentences(acme: Floor) -> None:
    told = await acme.answer(FRANCES, "audit")
    lines = told["text"].splitlines()
    assert lines[0] == "*Audit: everything*"
    assert "Frances Allen granted the Platform pool $10.00 (10M tokens) from the company pool" in lines[1]
    assert lines[1].endswith(": $0.00 → $10.00 · by a command")
    assert "Frances Allen put Ada Lovelace into the Platform team · by a command" in lines[2]
    assert "put $100.00 (100M tokens) of new budget into the company pool" in told["text"]
    assert "The audit is for admins to see." in await acme.say(ADA, "audit")
    assert "The audit is for admins to see." in await acme.say(GRACE, "audit @ada")


async def test_pages_of_the_audit_are_turned_by_buttons(small: Floor) -> None:
    def many(conn: Connection) -> None:
        for number in range(45):
            audit.record(
                conn, workspace_id=small.desk.workspace_id, at=small.office.at, actor_id=None, origin="clock",
                action="vest", target=f"company:{small.desk.workspace_id}", old=None,
                new=f"{number}0000 micros (1 from x)",
            )  # fmt: skip

    await small.office.database.write(many)
    await small.say(FRANCES, "team create Other")
    first = await small.answer(FRANCES, "audit money")
    assert first["text"].count("\n• ") == 20
    for button, most, count in (("older", "0.24", 20), ("older", "0.04", 7), ("newest", "0.44", 20)):
        await small.bench.click(FRANCES, f"{view.PAGES}_{button}", channel=GENERAL, ts=first["ts"])

        def turned(message: JsonObject, most: str = most) -> bool:
            return message["ts"] == first["ts"] and f"→ ${most} ·" in message["text"].splitlines()[1]

        now = await small.bench.wait_for_message(FRANCES, GENERAL, turned)
        assert now["text"].count("\n• ") == count
        assert "Other" not in now["text"], "it stays about money alone"
    gone = await policies_audit.page_of(small.desk, {"user": {"id": ADA}}, view.value(ShowAudit(), 9))
    assert "The audit is for admins to see." in gone.text, "a button is no authority"


async def test_everybody_sees_who_looked_at_theirs(acme: Floor) -> None:
    assert "The audit has nothing on looks at your account." in await acme.say(ADA, "audit me")
    await acme.say(GRACE, "balance @ada")
    await acme.say(FRANCES, "history @ada")
    await acme.say(FRANCES, "audit @ada")
    told = (await acme.say(ADA, "audit me")).splitlines()
    assert told[0] == "*Audit: looks at your account*"
    assert [line.partition(" · ")[2] for line in told[1:]] == [
        "Frances Allen looked at the audit of Ada Lovelace · by a command",
        "Frances Allen looked at the history of Ada Lovelace · by a command",
        "Grace Hopper looked at the balance of Ada Lovelace · by a command",
    ]
    assert "Grace Hopper looked" not in await acme.say(GRACE, "audit me")
    assert "Grace Hopper looked at the balance of Ada" in await acme.say(FRANCES, "audit looks")
    assert "looked" not in await acme.say(FRANCES, "audit rights")


async def test_the_audit_of_a_month_a_team_and_a_mistake(small: Floor) -> None:
    assert "granted the Platform pool" in await small.say(FRANCES, "audit platform 2026-11")
    assert "nothing on what concerns the Platform team in 2026-10" in await small.say(FRANCES, "audit platform 2026-10")
    assert "nothing on everything in 2026-12" in await small.say(FRANCES, "audit 2026-12")
    assert "There is no team called “nowhere”" in await small.say(FRANCES, "audit nowhere")
    assert "`2026-13` is not a month" in await small.say(FRANCES, "audit 2026-13")
    assert "For example: `/tokens audit`" in await small.say(FRANCES, "audit company")
