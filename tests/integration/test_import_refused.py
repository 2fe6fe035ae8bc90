"""Imports that the books make impossible, on both engines: all of the reasons, and nothing is changed."""

import pytest

from store.people import Person
from tests.commanding import Office
from tests.importing import Hr, file_of
from tests.offices import BOB


@pytest.fixture
def hr(office: Office) -> Hr:
    return Hr(office)


GONE = "and days gone by are not rewritten: name a later day, such as 2026-11-22."
REFUSED = {
    "a manager nobody knows": (
        ["bob@example.com,,who@example.com"], ["2: The manager who@example.com is neither in the file nor known."],
    ),
    "a circle": (
        ["bob@example.com,,eve@example.com", "x@y.example,,bob@example.com", "eve@example.com,,bob@example.com"],
        ["2: These would be each other's managers in a circle: bob@example.com → eve@example.com → bob@example.com."],
    ),
    "a circle through the books": (
        ["eve@example.com,,first@example.com"],
        ["2: These would be each other's managers in a circle: eve@example.com → first@example.com → eve@example.com."],
    ),
    "a name for no team": (
        ["bob@example.com,$20", "eve@example.com,=HYPERLINK(1)", "x@y.example,remove"],
        [
            "2: `$20` looks like a person, a channel or an amount; a team needs another name.",
            "3: No team can be called “=HYPERLINK(1)”: a spreadsheet would take it for a formula.",
            "4: `remove` has a meaning of its own in commands, so no team can be called that.",
        ],
    ),
    "a name too long": (
        ["bob@example.com," + "x" * 61], ["2: A team's name has at most 60 characters; this one has 61."],
    ),
    "a day gone by": (
        ["first@example.com,,,CC-2,2026-05-01", "eve@example.com,nowhere"],
        [f"2: Since 2026-06-01 the cost centre is CC-1, {GONE}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "sentences"), REFUSED.values(), ids=REFUSED.keys())
async def test_lines_that_do_not_fit_the_books(hr: Hr, lines: list[str], sentences: list[str]) -> None:
    await hr.done(file_of("first@example.com,,eve@example.com,CC-1,2026-06-01"))
    assert await hr.bad(file_of(*lines)) == sentences


async def test_a_manager_may_be_anywhere(hr: Hr, office: Office) -> None:
    await hr.done(file_of("a@example.com,,b@example.com", "b@example.com,,ada@example.com"))
    await hr.done(file_of("c@example.com,,a@example.com"))


async def test_teams_are_made_only_when_that_was_said(hr: Hr, office: Office) -> None:
    before = await hr.books()
    plan = await hr.carry_out(file_of("bob@example.com,Data", "eve@example.com,Platform"), create_teams=False)
    assert [team.name for team in plan.missing] == ["Data"]
    assert await hr.books() == before


async def test_money_is_not_touched(hr: Hr, office: Office, ada: Person) -> None:
    await office.done(ada, f"grant {BOB} $3")
    before = await office.verified()
    await hr.done(file_of("bob@example.com,Platform,,,,,2026-01-01", "eve@example.com"))
    assert await office.verified() == before
