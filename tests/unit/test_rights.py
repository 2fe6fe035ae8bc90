"""The table of rights, written out by hand once more, and how relations come about."""

import itertools
from collections.abc import Mapping

import pytest

from budget.org.rights import (
    Action,
    Relation,
    Role,
    Standing,
    allows,
    of_move,
    shared_managed,
    to_channel,
    to_person,
    to_team,
)
from store.people import Person

# role: member, manager, admin. One letter per role that may; "-" nobody.
#                 self  report colleag other managed lower own   other company inside to-own across project other
MATRIX = """
balance           mga   ga     a       a     ga      ga    mga   a     a       a      a      a      a       a
history           mga   a      a       a     a       a     a     a     a       a      a      a      a       a
see-team          a     a      a       a     ga      ga    mga   a     a       a      a      a      a       a
grant             a     ga     a       a     a       ga    a     a     a       a      a      a      a       a
move              a     a      a       a     a       a     a     a     a       ga     a      a      a       a
fund              a     a      a       a     a       a     a     a     a       a      a      a      a       a
create-team       a     a      a       a     a       a     a     a     a       a      a      a      a       a
add-member        a     a      a       a     a       a     a     a     a       a      a      a      a       a
remove-member     a     a      a       a     a       a     a     a     a       a      a      a      a       a
set-manager       a     a      a       a     a       a     a     a     a       a      a      a      a       a
bind-channel      a     a      a       a     a       a     a     a     a       a      a      a      a       a
set-pool          a     a      a       a     ga      ga    a     a     a       a      a      a      a       a
set-channel-model a     a      a       a     ga      ga    a     a     a       a      a      a      a       a
follow-threads    a     a      a       a     ga      ga    a     a     a       a      a      a      a       a
set-instructions  a     a      a       a     a       a     a     a     a       a      a      a      a       a
send              -     mga    mga     mga   -       -     -     -     -       -      -      -      -       -
return            -     mga    -       -     mga     mga   mga   -     mga     -      -      -      -       -
lend              -     mga    mga     mga   a       ga    a     a     a       a      a      a      a       a
undo              mga   -      -       -     -       -     -     -     -       -      -      -      -       -
request           mga   -      -       -     -       -     -     -     -       -      -      -      -       -
decide-request    -     ga     a       a     -       -     -     -     -       -      -      -      -       -
sync-team         a     a      a       a     a       a     a     a     a       a      a      a      a       a
nest-team         a     a      a       a     a       a     a     a     a       a      a      a      a       a
set-cost-centre   a     a      a       a     a       a     a     a     a       a      a      a      a       a
import-people     a     a      a       a     a       a     a     a     a       a      a      a      a       a
allow-guest       a     a      a       a     a       a     a     a     a       a      a      a      a       a
freeze            a     a      a       a     a       a     a     a     a       a      a      a      a       a
offboard          a     a      a       a     a       a     a     a     a       a      a      a      a       a
see-allowance     mga   ga     a       a     ga      ga    mga   a     mga     a      a      a      a       a
set-allowance     a     a      a       a     a       a     a     a     a       a      a      a      a       a
see-package       mga   a      a       a     a       a     a     a     a       a      a      a      a       a
set-package       a     a      a       a     a       a     a     a     a       a      a      a      a       a
see-statement     mga   a      a       a     a       a     a     a     a       a      a      a      a       a
see-state         mga   ga     a       a     a       a     a     a     a       a      a      a      a       a
see-policy        a     a      a       a     a       a     a     a     mga     a      a      a      a       a
set-policy        a     a      a       a     a       a     a     a     a       a      a      a      a       a
see-audit         mga   a      a       a     a       a     a     a     a       a      a      a      a       a
see-project       a     a      a       a     a       a     a     a     a       a      a      a      mga     a
create-project    a     a      a       a     a       a     a     a     ga      a      a      a      a       a
set-project       a     a      a       a     a       a     a     a     a       a      a      a      mga     a
fund-project      a     a      a       a     a       a     a     a     a       a      a      a      ga      a
"""
COLUMNS = (
    Relation.SELF, Relation.REPORT, Relation.COLLEAGUE, Relation.OTHER, Relation.MANAGED_TEAM, Relation.LOWER_TEAM,
    Relation.OWN_TEAM, Relation.OTHER_TEAM, Relation.COMPANY, Relation.INSIDE, Relation.TO_OWN_WALLET, Relation.ACROSS,
    Relation.OWN_PROJECT, Relation.OTHER_PROJECT,
)  # fmt: skip
LETTERS = {"m": Role.MEMBER, "g": Role.MANAGER, "a": Role.ADMIN}


def written() -> dict[tuple[Role, Action, Relation], bool]:
    cells = {}
    for line in MATRIX.strip().splitlines():
        name, *letters = line.split()
        assert len(letters) == len(COLUMNS), line
        action = Action(name.replace("-", " "))
        for (relation, cell), (letter, role) in itertools.product(zip(COLUMNS, letters, strict=True), LETTERS.items()):
            cells[role, action, relation] = letter in cell
    return cells


WRITTEN = written()


def test_every_cell_is_written() -> None:
    assert set(WRITTEN) == set(itertools.product(Role, Action, Relation))


@pytest.mark.parametrize(("role", "action"), list(itertools.product(Role, Action)), ids=str)
def test_matrix(role: Role, action: Action) -> None:
    for relation in Relation:
        assert allows(role, action, relation) is WRITTEN[role, action, relation], relation


def person(name: str, *, admin: bool = False) -> Person:
    return Person(f"T1:{name}", "T1", name, name, None, None, admin, None)


# top > data > lake, and apart from them: shop
PARENTS = {"top": None, "data": "top", "lake": "data", "shop": None}


def stands(name: str, roles: Mapping[str, str], *, admin: bool = False) -> Standing:
    return Standing(person(name, admin=admin), roles, PARENTS)


@pytest.mark.parametrize(
    ("standing", "role"),
    [
        (stands("ada", {}), Role.MEMBER),
        (stands("ada", {"data": "member"}), Role.MEMBER),
        (stands("ada", {"data": "member", "shop": "manager"}), Role.MANAGER),
        (stands("ada", {}, admin=True), Role.ADMIN),
        (stands("ada", {"data": "manager"}, admin=True), Role.ADMIN),
    ],
)
def test_role(standing: Standing, role: Role) -> None:
    assert standing.role is role


@pytest.mark.parametrize(
    ("roles", "team", "relation"),
    [
        ({"data": "manager"}, "data", Relation.MANAGED_TEAM),
        ({"data": "manager"}, "lake", Relation.LOWER_TEAM),
        ({"top": "manager"}, "lake", Relation.LOWER_TEAM),
        ({"data": "manager"}, "top", Relation.OTHER_TEAM),
        ({"data": "manager", "top": "manager"}, "data", Relation.LOWER_TEAM),
        ({"data": "member"}, "data", Relation.OWN_TEAM),
        ({"data": "member"}, "lake", Relation.OTHER_TEAM),
        ({}, "data", Relation.OTHER_TEAM),
        ({"data": "manager", "shop": "member"}, "shop", Relation.OWN_TEAM),
    ],
)
def test_relation_to_a_team(roles: dict[str, str], team: str, relation: Relation) -> None:
    assert to_team(stands("ada", roles), team) is relation
    assert to_channel(stands("ada", roles), team) is relation


@pytest.mark.parametrize("roles", [{}, {"data": "member"}, {"top": "manager"}])
def test_a_channel_without_a_team_is_the_companys(roles: dict[str, str]) -> None:
    assert to_channel(stands("ada", roles), None) is Relation.COMPANY


@pytest.mark.parametrize(
    ("mine", "theirs", "relation"),
    [
        ({"data": "manager"}, {"data": "member"}, Relation.REPORT),
        ({"data": "manager"}, {"data": "manager"}, Relation.REPORT),
        ({"top": "manager"}, {"lake": "member"}, Relation.REPORT),
        ({"lake": "manager"}, {"top": "member"}, Relation.OTHER),
        ({"data": "member"}, {"data": "member"}, Relation.COLLEAGUE),
        ({"data": "member", "shop": "manager"}, {"data": "member"}, Relation.COLLEAGUE),
        ({"data": "member"}, {"shop": "member"}, Relation.OTHER),
        ({}, {}, Relation.OTHER),
    ],
)
def test_relation_to_a_person(mine: dict[str, str], theirs: dict[str, str], relation: Relation) -> None:
    assert to_person(stands("ada", mine), stands("bob", theirs)) is relation


def test_relation_to_oneself() -> None:
    manager = stands("ada", {"data": "manager"})
    assert to_person(manager, manager) is Relation.SELF


@pytest.mark.parametrize(
    ("mine", "source", "target", "relation"),
    [
        ({"data": "manager"}, {"data"}, {"data"}, Relation.INSIDE),
        ({"data": "manager"}, {"data"}, {"data", "shop"}, Relation.INSIDE),
        ({"top": "manager"}, {"data"}, {"lake"}, Relation.INSIDE),
        ({"data": "manager", "shop": "manager"}, {"data"}, {"shop"}, Relation.ACROSS),
        ({"data": "manager"}, {"data"}, set(), Relation.ACROSS),
        ({"data": "manager"}, set(), {"data"}, Relation.ACROSS),
        ({"data": "member"}, {"data"}, {"data"}, Relation.ACROSS),
    ],
)
def test_relation_of_a_move(mine: dict[str, str], source: set[str], target: set[str], relation: Relation) -> None:
    actor = stands("ada", mine)
    assert of_move(actor, frozenset(source), frozenset(target), to_own_wallet=False) is relation
    assert of_move(actor, frozenset(source), frozenset(target), to_own_wallet=True) is Relation.TO_OWN_WALLET


def test_teams_that_both_share() -> None:
    actor = stands("ada", {"data": "manager", "shop": "manager", "top": "member"})
    assert shared_managed(actor, frozenset({"lake", "shop"})) == ["data", "shop"]
    assert shared_managed(actor, frozenset({"top"})) == []


def test_a_circle_of_teams_ends() -> None:
    circle = Standing(person("ada"), {"a": "manager"}, {"a": "b", "b": "a"})
    assert circle.line("a") == ["a", "b"]
    assert to_team(circle, "b") is Relation.LOWER_TEAM
