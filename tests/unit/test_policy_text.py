"""The policy as it is written: the example and the form's first text against what holds, mistakes, differences."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from budget.money import Face
from budget.policy.changing import LONGEST, LONGEST_LINE, written
from budget.policy.differences import SETTINGS, changes
from budget.policy.doubts import Known
from budget.policy.mistakes import read
from budget.policy.policy import Policy
from budget.policy.preview import COUNTS
from budget.policy.template import TEMPLATE
from budget.policy.words import Terms, sections
from handlers.slack.views.policies import MOST_PARTS, PART_CHARACTERS, split

EXAMPLE = (Path(__file__).parents[2] / "policy.example.toml").read_text(encoding="utf-8")
KNOWN = Known(("mini", "big"), ("Platform", "Data Lake"))
TERMS = Terms(Face(), 2_000_000, 1_000_000)
COMMENTED = re.compile(r"^# (?=\S+ = |\"Data)", re.MULTILINE)


def keys(kind: type[BaseModel] = Policy, above: str = "") -> Iterator[str]:
    """Every key there is, as `send.who`."""
    for name, each in kind.model_fields.items():
        if isinstance(each.annotation, type) and issubclass(each.annotation, BaseModel):
            yield from keys(each.annotation, f"{name}.")
        else:
            yield f"{above}{name}"


def parsed(toml: str) -> Policy:
    found = read(toml, Face(), KNOWN)
    assert isinstance(found, Policy), found
    return found


def mistakes(toml: str) -> list[str]:
    found = read(toml, Face(), KNOWN)
    assert not isinstance(found, Policy)
    return [each.sentence for each in found]


@pytest.mark.parametrize("text", [EXAMPLE, TEMPLATE], ids=["example", "template"])
def test_what_is_shown_as_the_default_is_the_default(text: str) -> None:
    assert parsed(text) == Policy()
    told = parsed(COMMENTED.sub("", text))
    said = {change.key for change in changes(Policy(), told, TERMS)}
    assert said <= {"starter.grant", "models.teams.Platform", "models.teams.Data Lake"}, "all others are as they stand"
    assert told.starter.grant == 5_000_000


@pytest.mark.parametrize("text", [EXAMPLE, TEMPLATE], ids=["example", "template"])
def test_every_key_is_named(text: str) -> None:
    for key in keys():
        section, name = key.split(".")
        table = text.partition(f"[{section}.{name}]" if name == "teams" else f"[{section}]")[2]
        assert name == "teams" or re.search(rf"^(# )?{name} = ", table.partition("\n[")[0], re.MULTILINE), key
        assert table


def test_the_first_text_fits_into_one_field() -> None:
    assert len(TEMPLATE) <= PART_CHARACTERS
    assert split(TEMPLATE) == [TEMPLATE]


def test_every_key_has_words_for_what_changes_and_whom_it_concerns() -> None:
    told = {each.key for each in SETTINGS}
    assert told | {"models.teams"} == set(keys())
    assert set(COUNTS) == told - {"models.allowed"}


OTHER = """
[starter]
grant = "$7"
[send]
who = "team"
most_a_month = "$9"
[requests]
approver = "admins"
small = "$1"
small_a_month = "$3"
lapse_days = 9
remind_days = 0
[moves]
confirm_above = 0
undo_hours = 0
[ask]
least = "$0.01"
most = "$0.50"
[models]
allowed = ["mini"]
[models.teams]
Platform = ["mini", "big"]
[pools]
fallback = "never"
[leaving]
vested = "keep"
grace_days = 1
[guests]
allowed = true
[allowances]
missed = "skip"
order = "poorest"
[privacy]
floor = 8
"""


def test_where_everything_is_otherwise_every_sentence_and_setting_says_so() -> None:
    policy = parsed(OTHER)
    assert all(rule.changed for each in sections(policy, TERMS) for rule in each.rules)
    assert not any(rule.changed for each in sections(Policy(), TERMS) for rule in each.rules)
    assert [each.key for each in changes(Policy(), policy, TERMS)] == [
        *(each.key for each in SETTINGS), "models.teams.Platform",
    ]  # fmt: skip
    told = " ".join(rule.sentence for each in sections(policy, TERMS) for rule in each.rules)
    for words in ("gets $7.00 (7M tokens) from", "people of their teams, $9.00", "asks the admins", "$3.00 (3M",
                  "after 9 days.", "of any amount", "nobody takes it back", "has $0.01", "more than $0.50 (500.0k",
                  "never pay", "may use mini.", "Platform may use mini and big", "left out", "has least",
                  "keeps what they have for 1 day;", "like everybody", "fewer than 8"):  # fmt: skip
        assert words in told, words
    assert "_" not in told
    assert "micros" not in told


def test_money_stands_first() -> None:
    assert sections(Policy(), TERMS)[0].heading == "Money"
    assert "$2.00 (2M tokens)" in sections(Policy(), TERMS)[0].rules[0].sentence


CANNOT = 'this cannot be read: texts and amounts stand in quotes, like grant = "$20", and lists in brackets.'
MISTAKES = [
    ('[send]\nwho = "all"', 'Line 2, send.who: write "anyone", "team" or "nobody", not "all".'),
    ("[send]\nmost_a_month = $25", f"Line 2, most_a_month: {CANNOT}"),
    ('\n[send]\nmost_a_month = "25 dollars"', "Line 3, send.most_a_month: `25 dollars` is not an amount. Write"),
    ("[send]\nmost_a_month = 1.5", 'Line 2, send.most_a_month: write an amount in quotes, like "$20" or "250k", or 0.'),
    ("[send]\nmost_a_month = 0", "with 0 nobody could send anything: write an amount, or who = "),
    ("[request]\nsmall = 1", "Line 1, request: there is no such section; the nearest is requests."),
    ("[requests]\nsmal = 1", "Line 2, requests.smal: there is no such key; the nearest is small."),
    ("[zzz]", "Line 1, zzz: there is no such section; there are starter, send, requests,"),
    ("[requests]\nlapse_days = 0", "Line 2, requests.lapse_days: write a whole number from 1 to 90, not 0."),
    ("[requests]\nlapse_days = true", "Line 2, requests.lapse_days: write a whole number from 1 to 90, not true."),
    ('[moves]\nundo_hours = "2"', 'Line 2, moves.undo_hours: write a whole number from 0 to 744, not "2".'),
    ('[guests]\nallowed = "yes"', 'Line 2, guests.allowed: write true or false, without quotes, not "yes".'),
    ('[models]\nallowed = "mini"', 'Line 2, models.allowed: write names of models in brackets, like ["mini", "big"].'),
    ('[models]\nallowed = ["minni"]', "models.allowed: there is no model called “minni”; the nearest is “mini”."),
    ("[models.teams]\nplatfrom = []", "there is no team called “platfrom”; the nearest is “Platform”."),
    ("[models.teams]\nXyz = []", "Line 2, models.teams.Xyz: there is no team called “Xyz”; there are Platform, Data"),
    ("[models.teams]\nplatform = []\nPlatform = []", "Line 3, models.teams.Platform: this team stands there twice."),
    ("send = 3", "Line 1, send: this is a section: [send] on a line of its own, and its keys below."),
    ("[send]\n[send]", "Line 2: this section stands there twice; put its keys together."),
    ('[send]\nwho="team"\nwho="team"', "Line 3, who: this is set twice."),
    ("[requests]\nlapse_days = 3\nremind_days = 3", "Line 3, requests.remind_days: a request lapses after 3 days"),
    ('[requests]\nsmall = "$2"', "Line 1, requests.small_a_month: this must be at least as much as small"),
    ('[ask]\nleast = "$2"\nmost = "$1"', "Line 3, ask.most: this must be at least as much as least"),
]


@pytest.mark.parametrize(("toml", "told"), MISTAKES, ids=[toml for toml, _ in MISTAKES])
def test_a_mistake_is_a_sentence_with_its_line_and_key(toml: str, told: str) -> None:
    (said,) = mistakes(toml)
    assert told in said
    assert said.endswith(".")


def test_all_mistakes_are_told_at_once_from_above() -> None:
    bad = '[send]\nwho = "x"\nmost_a_month = $1\n[guests]\nallowed = 1\n[models]\nallowed = ["minni"]\n[nothing]\n'
    assert [each.partition(":")[0] for each in mistakes(bad)] == [
        "Line 2, send.who", "Line 3, most_a_month", "Line 5, guests.allowed", "Line 7, models.allowed",
        "Line 8, nothing",
    ]  # fmt: skip


def test_at_the_bounds_it_is_no_mistake() -> None:
    assert parsed("[requests]\nlapse_days = 3\nremind_days = 2").requests.remind_days == 2
    assert parsed('[requests]\nsmall = "$2"\nsmall_a_month = "$2"').requests.small == 2_000_000
    assert parsed('[send]\nwho = "nobody"\nmost_a_month = 0').send.most_a_month == 0
    assert parsed('[ask]\nleast = "$2"\nmost = "$2"').ask.most == 2_000_000
    assert parsed('[ask]\nleast = "$2"\nmost = 0').ask.least == 2_000_000
    assert parsed('[models.teams]\n"data  LAKE" = ["MINI"]').models.teams == {"data  LAKE": ("MINI",)}


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_whatever_is_written_is_a_policy_or_mistakes(text: str) -> None:
    found = read(written(text), Face(), KNOWN)
    assert isinstance(found, Policy) or all(each.sentence.endswith(".") for each in found)


def test_the_longest_policy_fits_into_the_fields_of_a_form() -> None:
    for size in (30, 700, 1_000, 1_451, 1_500, 2_899, 2_901, 5_000):
        section = (
            "[a]\n" + ("x" * (LONGEST_LINE - 1) + "\n") * (size // LONGEST_LINE) + "y" * (size % LONGEST_LINE) + "\n"
        )
        text = section * (LONGEST // len(section))
        parts = split(text)
        assert "".join(parts) == text
        assert len(parts) <= MOST_PARTS
        assert all(len(part) <= PART_CHARACTERS for part in parts)


@given(st.lists(st.text("ab[]\n #", max_size=1_500), max_size=12))
def test_a_long_text_is_split_and_nothing_gets_lost(pieces: list[str]) -> None:
    text = "\n".join(piece[:200] for piece in pieces)
    parts = split(text)
    assert "".join(parts) == text
    assert all(len(part) <= PART_CHARACTERS for part in parts)
    assert len(parts) <= MOST_PARTS
