"""Cost centres by day: what is set counts from its day on, and no day gone by changes, whoever moves where."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from budget.org.cost_centres import ALWAYS, CODE, Chart, Gone, code_on, decide, kept
from store.cost_centres import Since

FIRST = date(2026, 1, 1)
DAYS = [(FIRST + timedelta(days=each)).isoformat() for each in range(12)]
TODAY = DAYS[6]
PAST = [day for day in (ALWAYS, *DAYS) if day < TODAY]

codes = some.sampled_from([None, "A", "B", "C"])
days = some.sampled_from(DAYS)


@some.composite
def recorded(draw: some.DrawFn) -> list[Since]:
    found = draw(some.dictionaries(days, codes, max_size=5))
    return [Since(day, found[day]) for day in sorted(found)]


def after(rows: list[Since], new: Since) -> list[Since]:
    """The rows, with a new one in the place of that of its day."""
    return sorted([*(row for row in rows if row.from_on != new.from_on), new], key=lambda row: row.from_on)


@given(recorded(), days, codes)
def test_a_code_counts_from_its_day_on_and_no_day_before_changes(rows: list[Since], day: str, code: str | None) -> None:
    new = decide(rows, day, code, TODAY)
    if isinstance(new, Gone):
        assert day <= TODAY, "days to come can be planned anew"
        assert new.since in rows
        assert new.since.code != code
        return
    changed = after(rows, new) if new else rows
    assert decide(changed, day, code, TODAY) is None, "the same again changes nothing"
    assert code_on(changed, day) == code
    assert day > TODAY or code_on(changed, TODAY) == code
    assert all(code_on(changed, each) == code_on(rows, each) for each in DAYS if each < day)
    assert all(row in changed for row in rows if row.from_on < TODAY), "no row of a day gone by is replaced"
    following = [row.from_on for row in rows if row.from_on > day]
    assert all(code_on(changed, each) == code_on(rows, each) for each in DAYS if following and each >= following[0])


@pytest.mark.parametrize(
    ("rows", "day", "code", "expected"),
    [
        ([], TODAY, None, None),
        ([], DAYS[2], "A", Since(DAYS[2], "A")),
        ([Since(DAYS[1], "A")], DAYS[3], "A", None),
        ([Since(DAYS[3], "A")], DAYS[1], "A", Since(DAYS[1], "A")),
        ([Since(DAYS[3], "A")], DAYS[1], "B", Gone(Since(DAYS[3], "A"))),
        ([Since(DAYS[3], "A")], DAYS[3], "B", Gone(Since(DAYS[3], "A"))),
        ([Since(DAYS[3], "A")], DAYS[4], "B", Since(DAYS[4], "B")),
        ([Since(TODAY, "A")], TODAY, "B", Since(TODAY, "B")),
        ([Since(DAYS[8], "A")], DAYS[8], "B", Since(DAYS[8], "B")),
        ([Since(DAYS[1], "A"), Since(DAYS[8], "B")], DAYS[2], "A", None),
        ([Since(DAYS[1], "A")], TODAY, None, Since(TODAY, None)),
    ],
)
def test_what_is_written(rows: list[Since], day: str, code: str | None, expected: object) -> None:
    assert decide(rows, day, code, TODAY) == expected


TEAMS = ("t1", "t2", "t3", "t4")


@some.composite
def trees(draw: some.DrawFn) -> Mapping[str, str | None]:
    """A team is below one of those before it, or below none."""
    return {team: draw(some.sampled_from([None, *TEAMS[:at]])) for at, team in enumerate(TEAMS)}


@some.composite
def charts(draw: some.DrawFn) -> Chart:
    owners = ["person:p", *(f"team:{team}" for team in TEAMS)]
    rows = {owner: draw(recorded()) for owner in owners if draw(some.booleans())}
    return Chart(rows, draw(trees()), {"p": draw(some.lists(some.sampled_from(TEAMS), unique=True, max_size=3))})


@settings(max_examples=150)
@given(charts(), trees(), some.lists(some.sampled_from(TEAMS), unique=True, max_size=3), some.sampled_from(TEAMS))
def test_moving_changes_no_day_gone_by(
    before: Chart, tree: Mapping[str, str | None], homes: list[str], moved: str
) -> None:
    """A person moves to other teams, or a team elsewhere in the tree, with everything below it."""
    parents = dict(before.parents) | {moved: tree[moved]}
    for owner, now in (
        ("person:p", Chart(before.recorded, before.parents, {"p": homes})),
        (f"team:{moved}", Chart(before.recorded, parents, before.homes)),
    ):
        rows = {key: list(value) for key, value in before.recorded.items()}
        for entry in kept(before, now, owner, TODAY):
            rows[owner] = after(rows.get(owner, []), Since(entry.from_on, entry.code))
        settled = Chart(rows, now.parents, now.homes)
        for everybody in ("person:p", *(f"team:{team}" for team in TEAMS)):
            past = [(settled.code(everybody, day), before.code(everybody, day)) for day in PAST]
            assert all(has == had for has, had in past), (owner, everybody)
            ahead = [day for day in DAYS if day >= TODAY]
            assert [settled.code(everybody, day) for day in ahead] == [now.code(everybody, day) for day in ahead]


def test_nothing_is_written_where_nobody_has_a_cost_centre() -> None:
    tree = dict.fromkeys(TEAMS)
    assert kept(Chart({}, tree, {"p": ["t1"]}), Chart({}, tree, {"p": ["t2"]}), "person:p", TODAY) == []
    rows = {"person:p": [Since(ALWAYS, "A")], "team:t2": [Since(ALWAYS, "B")]}
    assert kept(Chart(rows, tree, {"p": ["t1"]}), Chart(rows, tree, {"p": ["t2"]}), "person:p", TODAY) == []


def test_a_code_of_ones_own_comes_first_and_a_circle_ends() -> None:
    rows = {"team:t1": [Since(ALWAYS, "A")], "project:x": [Since(ALWAYS, "P")], "team:t2": [Since(ALWAYS, "")]}
    seen = Chart(rows, {"t1": "t2", "t2": "t3", "t3": "t2", "t4": "t2"}, {"p": ["t3", "t4", "t1"]})
    assert seen.code("person:p", TODAY) == "A", "a team that has none at all does not keep the next from being asked"
    assert seen.code("project:x", TODAY) == "P"
    assert seen.code("project:y", TODAY) is None
    assert seen.code("team:t4", TODAY) is None
    assert seen.code("team:t3", TODAY) is None


@pytest.mark.parametrize("text", ["CC-100", "Köln 4/7 & mehr", "4711", "a" * 40])
def test_codes(text: str) -> None:
    assert CODE.fullmatch(text)


@pytest.mark.parametrize("text", ["", "a" * 41, "=1", "-1", "+1", "@x", " a", "a\n", "_a", "a|b", "`a`"])
def test_no_codes(text: str) -> None:
    assert not CODE.fullmatch(text)
