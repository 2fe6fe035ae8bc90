"""The Home tab's view: from data to blocks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from budget.allowances.named import Whose
from budget.allowances.periods import of_day
from budget.allowances.seen import Next
from budget.balance import Overview
from budget.home import CompanySeen, Home
from budget.home import TeamSeen as HomeTeam
from budget.org.rights import Role
from budget.requests.seen import Waiting
from budget.transfers.seen import Loans
from handlers.slack.views import balance, home  # a view
from store.history import AskSeen
from store.homes import Member, Total
from store.loans import Loan, Named
from tests.viewing import ADA, COMPANY, EVIL, NOW, POOL, READER, TEXTS, overview, seen, words


def asked(**more: Any) -> AskSeen:
    found: dict[str, Any] = {
        "at": NOW, "state": "settled", "outcome": None, "model": "mini", "cost_micros": 16_000, "input_tokens": 5,
        "output_tokens": 5, "estimated": False, "payer_kind": "person",
    }  # fmt: skip
    return AskSeen(**(found | more))


def at_home(seen: Overview, *, teams: Sequence[HomeTeam] = (), company: CompanySeen | None = None) -> str:
    made = home.home(Home(seen, teams, company), READER, TEXTS)
    assert made["type"] == "home"
    assert len(made["blocks"]) <= 100
    return words(made["blocks"])


def test_home_of_a_member() -> None:
    text = at_home(overview(asks=[asked(), asked(payer_kind="team", estimated=True)]))
    assert "*$0.016* · mini" in text
    assert "(estimated)" in text
    assert "paid by the team pool" in text
    assert "company pool" not in text
    assert "Ask for more" in text
    assert "Grant" not in text
    assert TEXTS in text
    ended = at_home(overview(asks=[asked(state="cancelled"), asked(state="failed")]))
    assert "mini · stopped" in ended
    assert "mini · no answer" in ended


def test_home_shows_what_ends_what_comes_what_is_lent_and_what_waits() -> None:
    begins = datetime(2026, 12, 1, tzinfo=UTC)
    loan = Loan("l", "T1", "team:t", "person:T1:A", 3_000_000, 1_000_000, begins, NOW, None, None, NOW, None)
    period = of_day("month", date(2026, 12, 1))
    request = Waiting("r1", "T1:B", EVIL, 5_000_000, "tests", None, None, NOW, NOW, ("Grace",))
    made = Home(
        overview(ending=[(begins, 12_000_000)]),
        next=Next(20_000_000, begins, period, begins, 0, None, Whose("everyone"), "the company pool"),
        loans=Loans((Named(loan, "team", "Data Platform"),), ()),
        mine=[request],
        to_decide=[request],
    )
    text = words(home.home(made, READER, TEXTS)["blocks"])
    assert "*Ends after 30 November 2026*\\n$12.00\\n12M tokens" in text
    assert "*Next allowance:* $20.00 (20M tokens) on 1 December 2026." in text
    assert "*Borrowed:* $2.00 (2M tokens) from the Data Platform pool, due after 30 November 2026." in text
    assert "*Asked for:* $5.00 (5M tokens); it waits for Grace." in text
    assert "*&lt;!channel&gt; &amp; *Ada* &lt;@U9&gt;* asks for *$5.00 (5M tokens)*, for tests." in text
    assert '"value": "r1"' in text
    balance_text = balance.own(made.overview, READER).text
    assert "$12.00 (12M tokens) of it is usable until the end of 30 November 2026." in balance_text


def test_home_of_somebody_who_is_frozen_says_so() -> None:
    frozen = replace(ADA, frozen_at=NOW, frozen_reason="a lost laptop")
    assert "*Your account is frozen*: a lost laptop." in at_home(replace(overview(), person=frozen))


def test_home_of_a_manager_shows_people_and_what_they_have() -> None:
    pool = seen(POOL, 7_000_001, 1)
    members = [Member("T1:A", EVIL, "member", 4_120_000, True), Member("T1:B", "Bob", "manager", 1, False)]
    text = at_home(overview(Role.MANAGER, managed=[pool]), teams=[HomeTeam(pool, members, 9)])
    assert "*Data Platform* · $7.00 (7M tokens) available" in text
    assert "• &lt;!channel&gt; &amp; *Ada* &lt;@U9&gt; · $4.12 (4.12M tokens) · frozen" in text
    assert "• Bob · manager · " in text
    assert "… and 6 more" in text  # the manager is the ninth
    assert "Grant" in text


def test_home_of_an_admin_shows_sums() -> None:
    totals = {"person": Total(10_000, 5_000_000), "team": Total(1, 2_000_000)}
    text = at_home(overview(Role.ADMIN), company=CompanySeen(seen(COMPANY, 9_000_000), totals))
    assert "*The company pool:* $9.00 (9M tokens) available" in text
    assert "• 10,000 wallets: $5.00 (5M tokens)" in text
    assert "• 1 team pool: $2.00 (2M tokens)" in text
    assert "None yet" in text
