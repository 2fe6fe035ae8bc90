"""What a change of the policy says it will do, for how many people: counted in books that have something of each."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from budget.policy import changing
from budget.policy.changing import Applied, Previewed, setter
from store import allowances, asks, channels, loans, requests
from store.allowances import Allowance
from store.asks import NewAsk
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Transfer
from store.people import Person, ensure_person, ensure_workspace, set_model
from store.requests import Request
from store.rows import insert_rows
from store.tables import ask, person, team
from tests.commanding import WORKSPACE, Office
from tests.offices import COMPANY, wallet

DAY = timedelta(days=1)


def asked(conn: Connection, office: Office, ask_id: str, who: Person, micros: int, ago: timedelta) -> None:
    at = office.at - ago
    new = NewAsk(ask_id, WORKSPACE, f"Ev{ask_id}", "C1", ask_id, ask_id, None, "channel", who.slack_id, "gone")
    insert_rows(conn, [asks.new_row(new, at=at, lease_owner="w", lease_until_at=at)])
    ended = dict(state="settled", outcome="answered", question=None, model="mini", cost_micros=micros, person_id=who.id)
    conn.execute(update(ask).where(ask.c.id == ask_id).values(**ended, ended_at=at, told_at=at))


def wanted(conn: Connection, office: Office, key: str, who: Person, micros: int, ago: timedelta, state: str) -> None:
    at = office.at - ago
    done = at if state != "waiting" else None
    requests.add(conn, Request(key, WORKSPACE, key, who.id, micros, None, None, None, None, state, at, at, at,
                               decided_at=done))  # fmt: skip


def someone(conn: Connection, office: Office, slack_id: str, **more: Any) -> None:
    found, _ = ensure_person(
        conn, workspace_id=WORKSPACE, slack_id=slack_id, name=slack_id, email=None, timezone=None, is_admin=False,
        at=office.at,
    )  # fmt: skip
    conn.execute(update(person).where(person.c.id == found.id).values(**more))


@pytest.fixture
async def books(office: Office, ada: Person, grace: Person, bob: Person, eve: Person) -> Office:
    """22 November: sent this month, last month and lent; asked for; asked dear; chosen; come as guests; left."""
    at = office.at

    def work(conn: Connection) -> None:
        def step(key: str, kind: str, debit: str, credit: str, micros: int, ago: timedelta, who: Person | None) -> None:
            actor = who.id if who else None
            (answer,) = apply(conn, [Transfer(key, kind, debit, credit, micros, at - ago, actor)])
            assert type(answer).__name__ == "Transferred", answer

        for each in (grace, bob, eve):
            step(f"s{each.id}", "grant", COMPANY, wallet(each), 20_000_000, 60 * DAY, None)
        step("1", "send", wallet(bob), wallet(eve), 3_000_000, 1 * DAY, bob)
        step("2", "send", wallet(bob), wallet(eve), 2_000_000, 21 * DAY, bob)  # 1 November
        step("3", "send", wallet(eve), wallet(bob), 4_000_000, 22 * DAY, eve)  # 31 October
        step("4", "send", wallet(grace), wallet(bob), 1_000_000, 31 * DAY, grace)
        step("5", "send", wallet(grace), wallet(bob), 9_000_000, 1 * DAY, grace)  # lent, not sent
        loans.add(conn, key="5", workspace_id=WORKSPACE, lender_id=wallet(grace), borrower_id=wallet(bob),
                  amount_micros=9_000_000, due_at=at, reason=None, created_by=grace.id, at=at)  # fmt: skip
        step("6", "grant", COMPANY, wallet(eve), 7_000_000, 2 * DAY, ada)
        for key, who, micros, ago, state in (
            ("a", bob, 1_000_000, 1 * DAY, "waiting"), ("b", eve, 5_000_000, 2 * DAY, "waiting"),
            ("c", bob, 500_000, 29 * DAY, "refused"), ("d", bob, 500_000, 31 * DAY, "refused"),
        ):  # fmt: skip
            wanted(conn, office, key, who, micros, ago, state)
        for ask_id, who, micros, ago in (
            ("a1", bob, 2_000_000, 1 * DAY), ("a2", bob, 2_000_001, 2 * DAY), ("a3", eve, 3_000_000, 29 * DAY),
            ("a4", eve, 9_000_000, 31 * DAY), ("a5", eve, 1, 1 * DAY),
        ):  # fmt: skip
            asked(conn, office, ask_id, who, micros, ago)
        for each in (grace, bob, eve):
            set_model(conn, each.id, "big")
        channels.ensure(conn, WORKSPACE, "C1")
        channels.set_model(conn, WORKSPACE, "C1", "big")
        conn.execute(update(team).values(pool_for_members=True))
        someone(conn, office, "UIN", is_guest=True, allowed_at=at)
        someone(conn, office, "UOUT1", is_guest=True)
        someone(conn, office, "UOUT2", is_guest=True)
        someone(conn, office, "UGONE", left_at=at, closes_at=at + DAY, model="big")
        someone(conn, office, "UDONE", left_at=at, closes_at=at, closed_at=at)
        allowances.put(conn, Allowance("al", WORKSPACE, "everyone", WORKSPACE, 1, "month", 0, None, COMPANY,
                                       "2026-12-01", "2026-12-01", None, None, at))  # fmt: skip

    def elsewhere(conn: Connection) -> None:
        """Another workspace, of which nothing is to be counted."""
        ensure_workspace(conn, "T2", "Other", at)
        values = {"id": "t2", "workspace_id": "T2", "name": "X", "name_key": "x", "pool_for_members": True}
        conn.execute(insert(team).values(**values, created_at=at))
        ensure_person(
            conn, workspace_id="T2", slack_id="U9", name="X", email=None, timezone=None, is_admin=False, at=at
        )
        set_model(conn, "T2:U9", "big")

    await office.database.write(work)
    await office.database.write(elsewhere)
    return office


async def follows(office: Office, ada: Person, toml: str) -> list[str]:
    found = await changing.propose(office.house, setter(ada, "test"), toml, read_number=None)
    assert isinstance(found, Previewed), found
    return [" ".join(effect.follows) for effect in found.effects]


GONE = "Model big is no longer allowed for everybody: 1 person has chosen it; mini answers from now on."
SAID = [
    ('[send]\nwho = "nobody"', "2 people have sent in the last 30 days."),
    ('[send]\nmost_a_month = "$4"', "1 person has sent more than that this month, and can send again in the next."),
    ('[send]\nmost_a_month = "$5"', "Nobody has sent more than that this month."),
    ('[send]\nmost_a_month = "$26"', "2 people have sent in the last 30 days."),
    ('[requests]\napprover = "admins"', "It counts for new requests; 2 requests waiting now stay as they are."),
    ("[requests]\nlapse_days = 9", "It counts for new requests; 2 requests waiting now stay as they are."),
    ('[moves]\nconfirm_above = "$6"', "In the last 30 days, 2 grants and moves took more than that."),
    ('[moves]\nconfirm_above = "$10"', "In the last 30 days, no grants and moves took more than that."),
    ("[moves]\nundo_hours = 47", "It counts for what was done before, too: 1 grant or move can be taken back now."),
    ("[moves]\nundo_hours = 0", "What was granted or moved already stays as well."),
    ('[ask]\nleast = "$1"', "4 people have less than that now."),
    ('[ask]\nmost = "$2"', "In the last 30 days, 2 questions of 2 people cost more than that."),
    ('[ask]\nmost = "$3"', "No question in the last 30 days cost more than that."),
    ('[pools]\nfallback = "never"', "1 team has the pool open to members, 2 people in all."),
    ('[leaving]\nvested = "keep"', "1 person who left before keeps their date."),
    ("[guests]\nallowed = true", "2 people known as a guest and not let in so far get in."),
    ('[allowances]\norder = "name"', "1 allowance is running."),
    ("[privacy]\nfloor = 3", "1 team has fewer people than that."),
    (
        '[models.teams]\nPlatform = ["mini"]',
        "Model big is no longer allowed for Platform: 2 people have chosen it; mini answers from now on.",
    ),
    (
        '[models]\nallowed = ["mini"]\n[models.teams]\n"platform" = ["big"]',
        f"{GONE} 1 channel has big for everybody, and not everybody may use it.",
    ),
]


async def test_each_change_says_whom_it_concerns(books: Office, ada: Person) -> None:
    for toml, told in SAID:
        assert (await follows(books, ada, toml))[0] == told, toml


async def test_small_requests_and_several_changes_at_once(books: Office, ada: Person) -> None:
    told = await follows(books, ada, '[requests]\nsmall = "$1"\nsmall_a_month = "$2"\n[models]\nallowed = ["big"]\n')
    small = "Of 3 requests in the last 30 days, 2 would have been small enough."
    assert told == [small, small, "Nobody has chosen a model that is no longer theirs."]


async def test_guests_who_were_let_in_stay(books: Office, ada: Person) -> None:
    done = await changing.apply(books.house, setter(ada, "test"), "[guests]\nallowed = true\n", read_number=0)
    assert isinstance(done, Applied)
    told = await follows(books, ada, "")
    assert told == ["1 guest whom an admin let in stays in. 2 other guests are turned away from now on."]
