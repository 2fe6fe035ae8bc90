"""Statements and offers through the workspace: the message, and the PDF in the direct messages of whoever asked."""

import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from pypdf import PdfReader

from handlers.slack.views import statements as view
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE
from store.audit import Entry, recent
from store.database import Database
from store.people import person_id, wallet_id
from tests.floor import Floor, floor

OFFER = """
*Tokens that come with the job*
Łukasz Nowak, with this job come tokens worth $1,200.00 (1.2B tokens) a year for 48 months, $4,800.00 (4.8B tokens) \
in all. They pay for what you ask AI models at work, at the models' list prices.
That is $100.00 (100M tokens) a month, enough for about
• 50,000 questions to mini at $0.002
• 5,000 questions to big at $0.02
*How it vests.* Nothing vests in the first 12 months (the cliff). Then $1,200.00 does at once, and after that $100.00 \
with each full month, over 48 months.
*What has vested.* It is on your own balance, for any question you like. It has no end date: what you do not use rolls \
over from month to month.
*What has not.* It is a promise: it comes out of the company's pool month by month, and is not on your balance before.
*If you leave.* What has not vested by your last day is forfeited. What is left on your balance goes back to the \
company.
*Giving it to others.* You may send of it to anybody in the company, $25.00 (25M tokens) a month at most.
"""


@pytest.fixture
async def small(sqlite_database: Database) -> AsyncIterator[Floor]:
    async with floor(sqlite_database) as opened:
        await opened.set_up()
        await opened.say(FRANCES, "grant @ada $5 for the on-call week until 2026-12-31")
        await opened.say(GRACE, "grant @ada $2.50")
        yield opened
        await opened.office.verified()


async def papers(small: Floor, who: str, channel: str | None = None) -> list[tuple[str, str, str]]:
    """The files in somebody's direct messages with the app: name, title and text."""
    found = []
    for message in await small.bench.messages(who, channel or await small.bench.app_dm(who)):
        for file in message.get("files") or []:
            text = await text_of(small, file["url_private"])
            found.append((file["name"], file["title"], text))
    return found


async def text_of(small: Floor, url: str) -> str:
    token = small.desk.client.token
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers={"Authorization": f"Bearer {token}"}) as got,
    ):
        pages = PdfReader(io.BytesIO(await got.read())).pages
        return "\n".join(page.extract_text() for page in pages)


async def test_ones_own_statement(small: Floor) -> None:
    told = await small.say(ADA, "statement")
    assert told.splitlines() == [
        "*Your statement, November 2026, so far*",
        "Opening balance: $0.00 (0 tokens)",
        "• Grants (2): +$7.50",
        "*Balance now: $7.50 (7.5M tokens)*",
        "$5.00 (5M tokens) can be used until the end of 31 December 2026, and expires then.",
        "$2.50 (2.5M tokens) has no end date: it rolls over until it is used.",
        "*Movements*",
        "• 22 Nov 2026 · *+$5.00* · Grant from the company pool by Frances Allen · the on-call week",
        "• 22 Nov 2026 · *+$2.50* · Grant from the Platform pool by Grace Hopper",
    ]
    ((name, title, text),) = await papers(small, ADA)
    assert (name, title) == ("statement-2026-11.pdf", "Statement, November 2026")
    for part in (
        "Ada Lovelace",
        "1 November 2026 to 22 November 2026",
        "$7.50",
        "Grant from the Platform pool by Grace",
    ):
        assert part in text
    assert await papers(small, ADA, GENERAL) == []
    assert not [entry for entry in await audit_of(small) if entry.action == "look"]


async def test_anothers_statement_is_for_admins_and_written_down(small: Floor) -> None:
    for who in (GRACE, ADA):
        told = await small.say(who, "statement @frances last month")
        assert "The statement of Frances Allen is for Frances Allen and admins to see." in told
        assert await papers(small, who) == []
    told = await small.say(FRANCES, "statement @ada 2026")
    assert told.startswith("*The statement of Ada Lovelace, 2026, so far*")
    (paper,) = await papers(small, FRANCES)
    assert paper[:2] == ("statement-2026.pdf", "Statement of Ada Lovelace, 2026")
    assert await papers(small, ADA) == []
    (look,) = [entry for entry in await audit_of(small) if entry.action == "look"]
    workspace_id = small.desk.workspace_id
    assert (look.actor_id, look.new) == (person_id(workspace_id, FRANCES), "statement")
    assert look.target == wallet_id(person_id(workspace_id, ADA))


async def test_a_time_in_which_nothing_was(small: Floor) -> None:
    told = await small.say(ADA, "statement last month")
    assert told.splitlines()[:3] == [
        "*Your statement, October 2026*", "Opening balance: $0.00 (0 tokens)", "*Closing balance: $0.00 (0 tokens)*",
    ]  # fmt: skip
    assert "As of 22 November 2026, when this was made:" in told
    assert told.endswith("Nothing came in or went out.")
    assert "December 2026 has not begun yet." in await small.say(ADA, "statement 2026-12")
    assert "There is nothing in the books of 1999." in await small.say(ADA, "statement 1999")
    assert "There is nothing in the books of 2027." in await small.say(ADA, "statement 2027")


async def test_a_pdf_that_slack_does_not_take(small: Floor) -> None:
    await small.bench.fault("files.completeUploadExternal", "error", times=1, error="internal_error")
    answer = await small.answer(ADA, "statement")
    assert view.NOT_SENT in str(answer["blocks"])
    assert "Balance now" in answer["text"]
    await small.bench.fault("conversations.open", "error", times=1, error="user_not_found")
    assert view.NOT_SENT in str((await small.answer(ADA, "statement"))["blocks"])


async def test_an_offer(small: Floor) -> None:
    assert "Only an admin can make an offer." in await small.say(GRACE, "offer $1200 a year")
    told = await small.say(FRANCES, 'offer $1200 a year cliff 12 months for 48 months to "Łukasz Nowak"')
    assert told == OFFER.strip()
    ((name, title, text),) = await papers(small, FRANCES)
    assert (name, title) == ("offer-2026-11-22.pdf", "Tokens that come with the job, for Łukasz Nowak")
    assert "Łukasz Nowak, with this job come tokens worth $1,200.00" in " ".join(text.split())
    assert "about 50,000" in text


async def audit_of(small: Floor) -> list[Entry]:
    return await small.office.database.read(lambda conn: recent(conn, small.desk.workspace_id, 100))
