"""Pages of the audit: whose rows they are, months in the workspace's zone, what of a look is told to whom."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import update

from budget.outcome import No
from budget.policy import audit_pages
from budget.policy.audit_pages import Page
from budget.policy.typed import ShowAudit, Topic
from budget.typed import PersonRef, TeamRef
from store import asks, audit
from store.asks import NewAsk
from store.database import Connection
from store.people import Person
from store.rows import insert_rows
from store.tables import ask
from tests.commanding import WORKSPACE, Office
from tests.offices import BOB, EVE


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """On one engine: what people see of it is tested on both."""
    return sqlite_url


def written(page: Page | No) -> list[str]:
    assert isinstance(page, Page), page
    return [row.sentence for row in page.rows]


async def shown(office: Office, who: Person, command: ShowAudit, before: int | None = None) -> Page | No:
    return await audit_pages.show(office.house, who, command, before, origin="test")


def note(conn: Connection, office: Office, action: str, target: str, at: datetime, new: str = "why") -> None:
    audit.record(conn, workspace_id=WORKSPACE, at=at, actor_id="os:root", origin="cli", action=action, target=target,
                 old=None, new=new)  # fmt: skip


async def test_reading_somebodys_texts_is_a_look_and_why_is_for_admins(
    office: Office, ada: Person, bob: Person
) -> None:
    def work(conn: Connection) -> None:
        new = NewAsk("a1", WORKSPACE, "Ev1", "C1", "1.1", "1.1", None, "channel", bob.slack_id, "gone")
        insert_rows(conn, [asks.new_row(new, at=office.at, lease_owner="w", lease_until_at=office.at)])
        conn.execute(update(ask).where(ask.c.id == "a1").values(person_id=bob.id))
        note(conn, office, "list asks", bob.id, office.at)
        note(conn, office, "read texts", "a1", office.at)
        note(conn, office, "read texts", "a2", office.at)

    await office.database.write(work)
    assert written(await audit_pages.looks_at(office.house, bob)) == [
        "Root at the command line read a question and its answer.",
        "Root at the command line listed the questions of Ubob, without their texts.",
    ]
    assert written(await audit_pages.looks_at(office.house, ada)) == []
    told = written(await shown(office, ada, ShowAudit("looks")))
    assert told[0] == "Root at the command line read a question and its answer, because: why."
    assert len(told) == 3


async def test_what_concerns_somebody_is_what_they_did_and_what_was_done_to_them(office: Office, ada: Person) -> None:
    await office.done(await office.meet("UGRACE"), f"grant {BOB} $1")
    await office.done(ada, f"grant {EVE} $1")
    told = written(await shown(office, ada, ShowAudit(PersonRef("UGRACE"))))
    assert told[0] == "Ada looked at the audit of Ugrace."
    assert told[1] == "Ugrace granted Ubob $1.00 (1M tokens) from the Platform pool: $0.00 → $1.00."
    assert not any("Ueve" in words for words in told)
    assert written(await shown(office, ada, ShowAudit(PersonRef("UBOB"))))[1] == told[1]
    team = written(await shown(office, ada, ShowAudit(TeamRef("platform"))))
    assert "Ada put Ubob into the Platform team." in team
    assert "Ada granted the Platform pool $10.00 (10M tokens) from the company pool: $0.00 → $10.00." in team


async def test_a_month_begins_at_midnight_in_the_workspace(office: Office, ada: Person) -> None:
    edge = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)  # midnight in Berlin

    def work(conn: Connection) -> None:
        for number, at in enumerate((edge - timedelta(seconds=1), edge)):
            note(conn, office, "create team", "team:x", at, f"Made{number}")

    await office.database.write(work)
    november, december = [
        " ".join(written(await shown(office, ada, ShowAudit("rights", month)))) for month in ("2026-11", "2026-12")
    ]
    assert ("Made0" in november, "Made1" in november) == (True, False)
    assert ("Made0" in december, "Made1" in december) == (False, True)


async def test_topics_divide_everything(office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {EVE} $1")
    await shown(office, ada, ShowAudit(PersonRef("UBOB")))
    everything = written(await shown(office, ada, ShowAudit()))
    divided = [words for topic in get_args(Topic) for words in written(await shown(office, ada, ShowAudit(topic)))]
    assert sorted(divided) == sorted(everything)


async def test_pages_meet_without_a_gap_or_a_double(office: Office, ada: Person) -> None:
    def work(conn: Connection) -> None:
        for number in range(audit_pages.PAGE * 2):
            note(conn, office, "create team", "team:x", office.at, f"Made{number}")

    await office.database.write(work)
    found: list[str] = []
    before: int | None = None
    for _ in range(9):
        page = await shown(office, ada, ShowAudit("rights"), before)
        assert isinstance(page, Page)
        found += written(page)
        before = page.older
        if before is None:
            break
    made = [words for words in found if "Made" in words]
    assert len(made) == len(set(made)) == audit_pages.PAGE * 2
    assert before is None


async def test_it_is_for_admins(office: Office, grace: Person, bob: Person) -> None:
    before = await office.audit()
    for who in (grace, bob):
        for of in (None, "money", PersonRef("UBOB"), TeamRef("platform")):
            answer = await shown(office, who, ShowAudit(of))
            assert isinstance(answer, No)
    assert await office.audit() == before
