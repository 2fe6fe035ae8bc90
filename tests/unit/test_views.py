"""Views: from data to blocks, without Slack."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budget.balance import History, Lasts, estimate, lasts_sentence
from budget.offer.allowed import Typical
from budget.offer.mine import Mine
from budget.offer.model import Model, Models
from budget.org.people import Chosen
from budget.org.places import Place
from budget.org.rights import Role
from budget.org.teams import Changed
from budget.org.teams_seen import Listed, Listing, TeamSeen
from budget.outcome import No
from budget.transfers.grants import Moved, Notice
from budget.transfers.letters import payload
from budget.typed import AddMembers, BindChannel, ChannelRef, CreateTeam, SetPool, TeamRef
from handlers.commands.catalogue import COMMANDS
from handlers.slack.views import balance, help, history, home, models, money, pieces, teams  # noqa: A004  # a view
from handlers.slack.views.pieces import Reply
from store.history import Movement, Spent
from store.ledger.steps import Balance
from tests.viewing import (
    ADA,
    BERLIN,
    COMPANY,
    EVE,
    EVIL,
    EVIL_WALLET,
    MINI,
    NOW,
    POOL,
    READER,
    TEAM,
    WALLET,
    overview,
    price,
    seen,
    words,
)


def fits_slack(reply: Reply) -> None:
    assert reply.text
    assert len(reply.blocks) <= 50
    for block in reply.blocks:
        text = block.get("text", {}).get("text", "x")
        assert 0 < len(text) <= 3_000


def test_own_balance_says_money_first() -> None:
    reply = balance.own(overview(held=20_000), READER)
    fits_slack(reply)
    assert reply.text.splitlines() == [
        "You have *$4.10 (4.1M tokens)*.",
        "Another $0.02 (20.0k tokens) is held for answers under way.",
        "That is about 2,990 typical questions to mini.",
    ]
    assert "/tokens history" in words(reply.blocks)


def test_who_has_left_is_promised_nothing() -> None:
    seen = overview(posted=0, managers=["Grace"])
    reply = balance.own(replace(seen, person=replace(seen.person, left_at=NOW)), READER)
    assert reply.text.endswith("By the books you have left: nothing is asked for you any more, and nothing comes.")
    assert "Grace" not in reply.text
    assert "/tokens request" not in words(reply.blocks)


def test_an_empty_balance_says_who_can_help() -> None:
    assert "Grace can grant you more." in balance.own(overview(posted=0, managers=["Grace"]), READER).text
    assert "An admin can grant you more." in balance.own(overview(posted=0), READER).text


def test_the_pool_that_backs_one_up_is_named() -> None:
    reply = balance.own(overview(backing=[seen(POOL, 2_000_000)]), READER)
    assert "When your own is used up, the Data Platform pool pays: it has $2.00 (2M tokens)." in reply.text


def test_the_pools_that_one_looks_after_are_shown() -> None:
    manager = balance.own(overview(Role.MANAGER, managed=[seen(POOL, 2_000_000)]), READER)
    assert "You manage the Data Platform pool: it has $2.00 (2M tokens)." in manager.text
    admin = balance.own(overview(Role.ADMIN, company=seen(COMPANY, 2_000_000)), READER)
    assert "You look after the company pool: it has $2.00 (2M tokens)." in admin.text


@pytest.mark.parametrize(("role", "command"), [(Role.MANAGER, "grant"), (Role.ADMIN, "fund")])
def test_what_one_can_do_depends_on_the_role(role: Role, command: str) -> None:
    assert f"/tokens {command}" in words(balance.own(overview(role), READER).blocks)
    assert f"/tokens {command}" not in words(balance.own(overview(), READER).blocks)


def test_another_balance() -> None:
    assert (
        balance.others(seen(COMPANY, 5_000_000), READER).text == "The company pool has *$5.00 (5M tokens)* available."
    )
    assert "You have" in balance.others(seen(WALLET, 1), READER).text
    assert "pays for its members' questions" in balance.others(seen(POOL, 1), READER).text


@pytest.mark.parametrize(
    ("lasts", "sentence"),
    [
        (Lasts(None, None, 1, "mini"), "That is about 1 typical question to mini."),
        (
            Lasts(550_000, NOW + timedelta(days=7, hours=11, minutes=30), 9, "mini"),
            "At the pace of the last week ($0.55 a day) it lasts until about 30 November 2026.",
        ),
        (
            Lasts(550_000, NOW + timedelta(minutes=90), 9, "mini"),
            "At the pace of the last week ($0.55 a day) it lasts for about 2 more hours.",
        ),
        (Lasts(None, None, 0, "mini"), "That is less than a typical question to mini costs."),
        (
            Lasts(1_000, None, 9, "mini"),
            "At the pace of the last week ($0.001 a day) it lasts for more than a year.",
        ),
    ],
)
def test_how_long_it_lasts(lasts: Lasts, sentence: str) -> None:
    assert lasts_sentence(lasts, BERLIN, NOW) == sentence


@pytest.mark.parametrize(
    ("available", "spent", "day_micros", "empty_at"),
    [
        (7_000_000, Spent(7_000_000, NOW - timedelta(days=7)), 1_000_000, NOW + timedelta(days=7)),
        (1_000_000, Spent(1_000_000, NOW - timedelta(hours=47)), None, None),  # too soon to tell
        (10**15, Spent(2, NOW - timedelta(days=2)), 1, None),
        (0, Spent(1_000, NOW - timedelta(days=2)), 500, NOW),
        (1_000_000, Spent(0, None), None, None),
    ],
)
def test_pace(available: int, spent: Spent, day_micros: int | None, empty_at: datetime | None) -> None:
    found = estimate(available, spent, MINI, NOW)
    assert (found.day_micros, found.empty_at) == (day_micros, empty_at)
    assert found.questions == available // MINI.price.typical_micros()


def movement(kind: str, amount: int, **more: Any) -> Movement:
    found: dict[str, Any] = {
        "at": NOW, "kind": kind, "amount_micros": amount, "other_kind": "company", "other_name": None, "reason": None,
        "actor": None, "model": None, "until_at": None,
    }  # fmt: skip
    return Movement(**(found | more))


@pytest.mark.parametrize(
    ("moved", "line"),
    [
        (
            movement("consume", -16_000, other_kind="consumed", model="mini"),
            "• 22 Nov, 13:00 · *−$0.016* · question to mini",
        ),
        (movement("consume", -16_000, other_kind="consumed"), "• 22 Nov, 13:00 · *−$0.016* · question"),
        (
            movement("grant", 4_000_000, actor="Grace", reason="onboarding"),
            "• 22 Nov, 13:00 · *+$4.00* · grant from the company pool by Grace · onboarding",
        ),
        (
            movement("grant", 4_000_000, until_at=datetime(2026, 12, 31, 0, 0, tzinfo=UTC)),
            "• 22 Nov, 13:00 · *+$4.00* · grant from the company pool · until 30 December 2026",
        ),
        (
            movement("move", -1_000_000, other_kind="team", other_name="Data", actor="Grace"),
            "• 22 Nov, 13:00 · *−$1.00* · moved to the Data pool by Grace",
        ),
        (
            movement("expire", -5, other_kind="expired", at=datetime(2025, 12, 31, 23, 0, tzinfo=UTC)),
            "• 1 Jan, 00:00 · *−$0.000005* · expired unused",
        ),
        (
            movement("move", 7, other_kind="person", other_name=EVIL),
            "• 22 Nov, 13:00 · *+$0.000007* · moved from &lt;!channel&gt; &amp; *Ada* &lt;@U9&gt;",
        ),
    ],
)
def test_a_movement_as_a_line(moved: Movement, line: str) -> None:
    assert history.line(moved, READER) == line


def test_history() -> None:
    ten = [movement("grant", 1, reason="x" * 200) for _ in range(10)]
    reply = history.history(History(ADA, True, ten, Balance("a", 5, 0)), READER)
    fits_slack(reply)
    assert reply.text.count("•") == 10
    assert "Europe/Berlin" in words(reply.blocks)
    assert "x" * 81 not in reply.text
    nothing = history.history(History(ADA, True, [], Balance("a", 0, 0)), READER)
    assert nothing.text == "Nothing has come in or gone out yet."


def moved(kind: str = "grant", **more: Any) -> Moved:
    found: dict[str, Any] = {
        "key": "k", "actor": ADA, "kind": kind, "amount_micros": 4_000_000, "source": COMPANY, "target": EVIL_WALLET,
        "source_balance": Balance("c", 1_000_000, 0), "target_balance": Balance("w", 9_000_000, 0), "reason": "R&D",
        "until_at": None, "notices": (), "replayed": False,
    }  # fmt: skip
    return Moved(**(found | more))


def test_a_grant_in_words() -> None:
    end = datetime(2027, 1, 1, tzinfo=UTC)
    reply = money.done(moved(until_at=end), READER)
    fits_slack(reply)
    name = "&lt;!channel&gt; &amp; *Ada* &lt;@U9&gt;"
    assert reply.text.splitlines() == [
        f"*$4.00 (4M tokens)* went from the company pool to {name}, for R&amp;D.",
        "It can be used until the end of 31 December 2026.",
        f"{name} now has $9.00 (9M tokens).",
        "The company pool now has $1.00 (1M tokens).",
    ]


def test_new_budget_and_a_grant_to_oneself_in_words() -> None:
    funded = money.done(moved("fund", source=None, target=COMPANY), READER)
    assert funded.text.startswith("*$4.00 (4M tokens)* of new budget went to the company pool, for R&amp;D.")
    own = money.done(moved(target=WALLET), READER)
    assert "to you, for" in own.text
    assert "You now have $9.00" in own.text


@pytest.mark.parametrize(
    ("kind", "place", "came", "first", "last"),
    [
        ("grant", WALLET, True, "Ada Lovelace granted you *$4.00 (4M tokens)*, for R&amp;D.", "You now have $9.00"),
        ("grant", POOL, True, "Ada Lovelace granted the Data Platform pool *$4.00", "The Data Platform pool now has"),
        ("move", WALLET, True, "Ada Lovelace moved *$4.00 (4M tokens)* from the company pool to you", "You now have"),
        ("move", WALLET, False, "Ada Lovelace moved *$4.00 (4M tokens)* from your balance to", "You now have"),
    ],
)
def test_a_direct_message_about_it(kind: str, place: Place, came: bool, first: str, last: str) -> None:
    told = payload(moved(kind), Notice(ADA, place, Balance("x", 9_000_000, 0), came))
    reply = money.notice(told, READER)
    fits_slack(reply)
    assert reply.text.startswith(first)
    assert reply.text.splitlines()[-1].startswith(last)


def test_models() -> None:
    other = Model("<big>", "big", None, None, "none", price(), 32_000, 4_000)
    reply = models.models(Mine(Models("mini", (MINI, other)), other, True, Typical()), "mini")
    assert "• *mini* · $0.0014 for a typical question · the company's default" in reply.text
    assert "*&lt;big&gt;* · $0.0014 for a typical question · answers you" in reply.text
    assert models.chosen(Chosen(MINI, True)).text.startswith("*mini* answers you from now on")
    assert "company's default, *mini*" in models.chosen(Chosen(MINI, False)).text


def test_help_shows_what_is_of_use() -> None:
    shown = {role: help.overview(role).text for role in Role}
    assert "/tokens grant" not in shown[Role.MEMBER]
    assert "/tokens grant" in shown[Role.MANAGER]
    assert "/tokens fund" not in shown[Role.MANAGER]
    assert "/tokens fund" in shown[Role.ADMIN]
    for entry in COMMANDS:
        reply = help.one(entry.name)
        fits_slack(reply)
        assert "xample" in reply.text


def test_a_refusal_shows_an_example_and_pings_nobody() -> None:
    reply = pieces.refused(No(f"{EVIL} is short.", "fund $5"))
    assert reply.text == "&lt;!channel&gt; &amp; *Ada* &lt;@U9&gt; is short. For example: `/tokens fund $5`"


def test_teams() -> None:
    listed = Listing([Listed(TEAM, "manager", Balance("p", 40_000_000, 0), 1)], all=False)
    assert "• *Data Platform* · $40.00 (40M tokens) in its pool · 1 person · you manage it" in (
        teams.listing(listed, READER).text
    )
    assert "no team yet" in teams.listing(Listing([], all=False), READER).text
    assert "/tokens team create" in teams.listing(Listing([], all=True), READER).text
    many = Listing([Listed(TEAM, None, Balance("p", 0, 0), 2)] * 400, all=True)
    fits_slack(teams.listing(many, READER))
    one = teams.team(TeamSeen(TEAM, [(ADA, "manager"), (EVE, "member")], Balance("p", 5, 0), "C1"), READER)
    assert "Managed by Ada Lovelace." in one.text
    assert "Members: &lt;!channel&gt;" in one.text
    assert "<#C1>" in one.text


def test_changed_teams() -> None:
    team = TeamRef("Data Platform")
    made = teams.changed(Changed(CreateTeam("Data Platform"), TEAM)).text
    assert '`/tokens team add "Data Platform" @person`' in made
    added = teams.changed(Changed(AddMembers(team, ()), TEAM, [ADA, EVE], [EVE])).text
    assert "Ada Lovelace is now in *Data Platform*." in added
    assert "was in *Data Platform* before; nothing changed there." in added
    assert "<#C1>" in teams.changed(Changed(BindChannel(team, ChannelRef("C1")), TEAM)).text
    assert "is on" in teams.changed(Changed(SetPool(team, True), TEAM)).text


def test_suggested_prompts_are_at_most_four() -> None:
    assert 1 <= len(home.PROMPTS) <= 4
    assert all(prompt["title"] and prompt["message"] for prompt in home.PROMPTS)
