"""Words of refusals, of who paid, of what was not asked, of projects and letters about them: exact, safe, and short."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budget.ask import Result
from budget.asking.admission import OF_MONEY, Refill, Refusal, Shortage, Ways
from budget.money import Face
from budget.projects.closing import Back, ClosedProject, share
from handlers.slack.views import answers, costly, history, projects, refusals
from handlers.slack.views.pieces import Reader
from store.history import AskSeen
from store.ledger.steps import Balance
from store.payers import Frozen, Payer
from store.projects import Giver, Project

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
READER = Reader(ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin"), Face(), NOW)
EVIL = "<!channel> *x*"
WALLET, POOL = Payer("person:1", "person", "Ada"), Payer("team:a", "team", "Platform")
APOLLO = Payer("project:1", "project", "Apollo")


def shortage(payer: Payer, micros: int = 0, held: int = 0) -> Shortage:
    return Shortage(payer, Balance(payer.account_id, micros + held, held))


def refusal(**more: Any) -> Refusal:
    plain = Refusal("spent", "big", 30_000, 10_000, (shortage(APOLLO), shortage(WALLET, 20_000)))
    return replace(plain, **more)


def words(refused: Refusal) -> str:
    return " ".join(refusals.sentences(refused, READER))


def test_every_payer_is_named_with_what_it_has() -> None:
    assert words(refusal()) == (
        "An ask like this on *big* sets aside at least $0.03 (30.0k tokens), and the Apollo project has $0.00 "
        "(0 tokens) available; your wallet has $0.02 (20.0k tokens) available: $0.01 (10.0k tokens) is missing. "
        "You were not charged."
    )


def test_what_comes_by_itself_comes_on_a_day_of_the_workspace() -> None:
    midnight = datetime(2026, 12, 1, tzinfo=ZoneInfo("Europe/Berlin"))  # still November in London
    told = words(refusal(ways=Ways(refill=Refill(midnight, 20_000_000, "allowance"))))
    assert "Your next allowance, $20.00, comes on 1 December." in told
    later = Refill(midnight.replace(year=2027), 1_000_000, "package")
    assert "The next part of your package, $1.00, comes on 1 December 2027." in words(refusal(ways=Ways(refill=later)))


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        (Ways(helpers=("Grace",)), "Grace can grant you more."),
        (Ways(helpers=("Frances",), by_admins=True), "Frances, an admin, can grant you more."),
        (Ways(helpers=("Ada", "Frances"), by_admins=True), "Ada or Frances, admins, can grant you more."),
        (Ways(helpers=("Frances",), is_admin=True), "As an admin you can give yourself more"),
        (Ways(pools=(POOL,)), "The Platform pool has enough, and can pay if you say so."),
    ],
)
def test_who_can_help_is_said_as_it_is(ways: Ways, told: str) -> None:
    assert told in words(refusal(ways=ways))
    assert "manager" not in words(refusal(ways=ways))


def test_nobody_is_named_where_nobody_can_help() -> None:
    assert words(refusal()).endswith("You were not charged.")
    assert "grant you more" not in words(refusal(limit="held", ways=Ways(helpers=("Grace",))))


def test_frozen_left_and_guest() -> None:
    frozen = refusal(limit="frozen", frozen=Frozen(NOW, f"{EVIL}."), ways=Ways(helpers=("Frances",)))
    told = words(frozen)
    assert "Your questions are frozen since 22 November: &lt;!channel&gt; *x*." in told.replace("\u200b", "")
    assert "Frances can lift that. Nothing was asked, and nothing that you have is lost." in told
    assert "frozen since 22 November. An admin can lift that." in words(
        refusal(limit="frozen", frozen=Frozen(NOW, None))
    )
    assert words(refusal(limit="left")).startswith("By the books you have left")
    assert words(refusal(limit="guest")).startswith("Guests ask nothing here")


def test_names_of_others_ping_nobody() -> None:
    evil = Payer("team:e", "team", EVIL)
    told = words(refusal(shortages=(shortage(evil),), ways=Ways(pools=(evil,), helpers=(EVIL,))))
    assert "<!channel>" not in told


def test_buttons_carry_the_ask_and_who_is_to_pay_and_no_amount() -> None:
    found = refusal(ways=Ways(pools=(POOL,), helpers=("Grace",)))
    ways = costly.others_pay(found, "a1")
    assert [(each["text"]["text"], each["action_id"], each["value"]) for each in ways] == [
        ("Let Platform pay, from $0.03", "ask_pool_0", "a1 team:a"), ("Ask for more", "form_request", "ask a1"),
    ]  # fmt: skip
    long = Payer("team:l", "team", "n" * 60)
    (button, _) = costly.others_pay(refusal(needed_micros=10**12, ways=Ways(pools=(long,), helpers=("G",))), "a1")
    assert len(button["text"]["text"]) <= costly.BUTTON_CHARS
    for limit in ("frozen", "left", "guest", "not allowed"):
        assert limit not in OF_MONEY
        assert costly.others_pay(refusal(limit=limit, ways=Ways(helpers=("Frances",))), "a1") == []


def result(**more: Any) -> Result:
    plain = Result(
        "settled", "answered", "big", WALLET, 16_000, False, None, Balance("person:1", 5_000_000, 0), 0, 0, 900, False
    )
    return replace(plain, **more)


def test_who_paid_instead_of_the_project() -> None:
    said = answers.footer(result(passed=(shortage(APOLLO),)))["elements"][0]["text"]
    assert said.endswith("$0.016 · paid by the asker · the Apollo project has too little left")
    assert "$0.00" not in said, "what it has is for the asker"
    note = answers.receipt(result(passed=(shortage(APOLLO, 4_999),)), Face(), None)
    assert note.startswith("$0.016 from your wallet: the Apollo project has $0.0049 left.")
    team = result(payer=POOL, passed=(shortage(APOLLO), shortage(WALLET)))
    assert "paid by the Platform pool · the Apollo project" in answers.footer(team)["elements"][0]["text"]
    assert "project has $0.00 left and your wallet has $0.00 left." in answers.receipt(team, Face(), None)
    assert answers.footer(result(payer=APOLLO))["elements"][0]["text"].endswith("paid by the Apollo project")
    assert "paid" not in answers.footer(result(passed=(shortage(POOL),)))["elements"][0]["text"]


def test_a_shorter_answer_says_why() -> None:
    shorter = "The cap was lowered to 900 output tokens: no question may cost more than $0.50."
    assert shorter in answers.receipt(result(within_micros=500_000), Face(), None)
    assert "balance covered" in answers.receipt(result(within_micros=500_000, shrunk=True), Face(), None)


@pytest.mark.parametrize("outcome", list(history.NOT_ASKED))
def test_what_was_not_asked_says_why(outcome: str) -> None:
    seen = AskSeen(NOW, "refused", outcome, EVIL, None, None, None, False, None)
    line = history.asked(seen, READER)
    assert line.startswith("• 22 Nov, 12:00 · not asked: ")
    assert "$" not in line
    assert "no answer" not in line
    assert "<!channel>" not in line


PROJECT = Project("p1", "T1", EVIL, "T1:U1", NOW, None)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"event": "created", "amount": None}, "made you the owner of a new project"),
        ({"event": "created", "amount": 5_000_000}, "with *$5.00 (5M tokens)* in its pool"),
        (
            {"event": "funded", "amount": 5_000_000, "source": "the X pool", "reason": "it", "left": 1},
            "from the X pool",
        ),
        ({"event": "took", "amount": 5_000_000, "source": "the X pool", "reason": None, "left": 1}, "The X pool has"),
        ({"event": "bound", "channel": "C1", "other": "Zeus"}, "has *Zeus* pay in <#C1> instead of"),
        ({"event": "owner", "owner": EVIL}, "look after the project"),
        ({"event": "closed", "back": [], "held": 0}, "Nothing was left in its pool."),
        ({"event": "closed", "back": [["the X pool", 5]], "held": 7}, "still hold $0.000007"),
    ],
)
def test_letters_about_a_project(told: dict[str, Any], says: str) -> None:
    reply = projects.letter({"project": EVIL, "by": EVIL, **told}, READER)
    assert says in reply.text
    assert "<!channel>" not in reply.text


def test_what_a_change_of_a_project_says() -> None:
    closed = ClosedProject(PROJECT, (Back("team:a", "the A pool", 5_000_000),), ("C1",), 2)
    told = projects.done(closed, READER).text
    assert "What was left went back: *$5.00 (5M tokens)* to the A pool." in told
    assert "What is asked in <#C1> is paid by its askers again." in told
    assert "Answers under way still hold $0.000002" in told
    assert "<!channel>" not in told


givers = st.lists(
    st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(
        lambda pair: Giver("company:1", "company", "", max(pair), min(pair))
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**10), givers)
def test_what_is_given_back_is_never_more_than_there_is_or_was_given(left: int, given_by: list[Giver]) -> None:
    back = share(left, given_by)
    owed = sum(each.given_micros - each.returned_micros for each in given_by)
    assert sum(each.amount_micros for each in back) == min(left, owed)
    assert all(each.amount_micros > 0 for each in back)
