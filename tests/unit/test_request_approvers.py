"""Who decides on a request: from examples, and from properties over random organisations."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budget.requests.approvers import COMPANY, Org, TeamAt, ladder, line, payer, payer_at_once
from budget.requests.seen import round_up, suggested

PARENTS = {"parsers": "platform", "platform": "engineering", "engineering": None, "sales": None}


def org(**changed: Any) -> Org:
    """Bob is in Parsers, whose manager is Mia; Grace manages Platform above it, Edsger Engineering; Ada is an admin."""
    steps = {"parsers": ("mia",), "platform": ("grace",), "engineering": ("edsger",)}
    funds = changed.pop("funds", {})
    teams = tuple(
        TeamAt(name, step, frozenset(managers), funds.get(name, 100))
        for step, (name, managers) in enumerate(steps.items())
    )
    away = changed.pop("away", ())
    everyone = {"bob", "mia", "grace", "edsger", "ada"}
    picture = {
        "asker": "bob", "manager": None, "teams": teams, "admins": frozenset({"ada"}),
        "there": frozenset(everyone - set(away)), "company_micros": 1_000,
    }  # fmt: skip
    return Org(**(picture | changed))


def test_the_line_above_somebody() -> None:
    assert line(PARENTS, ["parsers"]) == {"parsers": 0, "platform": 1, "engineering": 2}
    assert line(PARENTS, ["platform", "parsers"]) == {"parsers": 0, "platform": 0, "engineering": 1}
    assert line({"a": "b", "b": "a"}, ["a"]) == {"a": 0, "b": 1}
    assert line(PARENTS, []) == {}


def test_nearest_first_then_upward_in_the_end_the_admins() -> None:
    assert ladder(org(), 100) == (("mia",), ("grace",), ("edsger",), ("ada",))


def test_whoever_the_roster_names_comes_first_if_they_have_a_pool() -> None:
    assert ladder(org(manager="grace"), 100) == (("grace",), ("mia",), ("edsger",), ("ada",))
    assert ladder(org(manager="somebody"), 100) == ladder(org(), 100)
    assert ladder(org(manager="bob"), 100) == ladder(org(), 100)


@pytest.mark.parametrize(
    ("changed", "first"),
    [
        ({"away": ("mia",)}, "grace"),
        ({"away": ("mia", "grace", "edsger")}, "ada"),
        ({"funds": {"parsers": 99}}, "grace"),
        ({"funds": {"parsers": 0, "platform": 0, "engineering": 0}}, "ada"),
        ({"asker": "mia"}, "grace"),
        ({"manager": "grace", "funds": {"platform": 99}}, "mia"),
        ({"manager": "grace", "away": ("grace",)}, "mia"),
    ],
)
def test_passed_over_upwards(changed: dict[str, Any], first: str) -> None:
    assert ladder(org(**changed), 100)[0] == (first,)


def test_the_policy_may_leave_it_to_admins_and_there_may_be_nobody() -> None:
    assert ladder(org(), 100, admins_only=True) == (("ada",),)
    assert ladder(org(asker="ada"), 100, admins_only=True) == ()
    assert ladder(org(away=("ada",)), 100, admins_only=True) == ()


def test_what_pays_for_a_manager_is_the_nearest_team_of_theirs_that_has_enough() -> None:
    assert payer(org(), "mia", 100) == "parsers"
    assert payer(org(), "grace", 100) == "platform"
    both = org(teams=(TeamAt("a", 0, frozenset({"mia"}), 5), TeamAt("b", 1, frozenset({"mia"}), 50)))
    assert payer(both, "mia", 5) == "a"
    assert payer(both, "mia", 6) == "b"
    assert payer(both, "mia", 51) == "a"
    level = org(teams=(TeamAt("a", 0, frozenset({"mia"}), 5), TeamAt("b", 0, frozenset({"mia"}), 50)))
    assert payer(level, "mia", 5) == "b"


def test_what_pays_for_an_admin() -> None:
    assert payer(org(), "ada", 100) is COMPANY
    assert payer(org(company_micros=99), "ada", 100) == "parsers"
    assert payer(org(company_micros=99, funds={"parsers": 0}), "ada", 100) == "platform"
    assert payer(org(company_micros=0), "ada", 101) is COMPANY
    manages = org(admins=frozenset({"ada", "mia"}))
    assert payer(manages, "mia", 100) == "parsers"
    assert payer(manages, "mia", 101) is COMPANY


def test_what_pays_for_a_small_one() -> None:
    assert payer_at_once(org(), 100) == (True, "parsers")
    assert payer_at_once(org(), 101) == (True, COMPANY)
    assert payer_at_once(org(company_micros=0), 101) == (False, COMPANY)
    assert payer_at_once(org(funds={"parsers": 99}, company_micros=100), 100) == (True, COMPANY)


@pytest.mark.parametrize(
    ("needed", "has", "usd"),
    [(None, 0, 1), (0, 0, 1), (5_000_000, 5_000_000, 1), (1_000_000, 0, 5), (7_000_000, 1, 50)],
)
def test_the_suggestion_is_a_round_sum_that_does(needed: int | None, has: int, usd: int) -> None:
    assert suggested(needed, has) == usd * 1_000_000


@settings(max_examples=40)
@given(st.integers(1, 10**13))
def test_a_round_sum_is_the_next_one(micros: int) -> None:
    up = round_up(micros)
    assert up >= micros
    assert str(up).rstrip("0") in {"1", "2", "5"}
    assert up < max(1_000_001, micros * 5 // 2 + 1)


PEOPLE = [f"p{number}" for number in range(6)]
TEAMS = ["t0", "t1", "t2"]


@st.composite
def orgs(draw: st.DrawFn) -> Org:
    some = st.frozensets(st.sampled_from(PEOPLE))
    teams = tuple(
        TeamAt(name, draw(st.integers(0, 2)), draw(some), draw(st.integers(0, 20)))
        for name in draw(st.lists(st.sampled_from(TEAMS), unique=True))
    )
    manager = draw(st.none() | st.sampled_from(PEOPLE))
    return Org(draw(st.sampled_from(PEOPLE)), manager, teams, draw(some), draw(some), draw(st.integers(0, 20)))


@settings(max_examples=60)
@given(orgs(), st.integers(1, 20))
def test_whoever_is_asked_may_decide_is_there_and_can_pay(picture: Org, amount: int) -> None:
    rungs = ladder(picture, amount)
    asked = [who for rung in rungs for who in rung]
    assert len(asked) == len(set(asked))
    assert all(rungs)
    assert picture.asker not in asked
    assert set(asked) <= picture.there
    funds = {team.id: team.available_micros for team in picture.teams}
    for who in asked:
        if who not in picture.admins:
            team_id = payer(picture, who, amount)
            assert team_id is not None
            assert funds[team_id] >= amount
            assert who in next(team.managers for team in picture.teams if team.id == team_id)
    assert picture.admins & picture.there - {picture.asker} <= set(asked)
    paying = {who for team in picture.teams if team.available_micros >= amount for who in team.managers}
    assert paying & picture.there - {picture.asker} <= set(asked)
