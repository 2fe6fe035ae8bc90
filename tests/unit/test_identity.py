"""What Slack says of a user, and who is turned away."""

import asyncio
from typing import Any

import pytest

from handlers.slack.identity import REFUSED, card_of, clean, problem_of
from handlers.slack.wire.late import Late

HOME = "T1"


def user(**more: Any) -> dict[str, Any]:
    return {"id": "U1", "team_id": HOME, "name": "ada", **more}


@pytest.mark.parametrize(
    ("slack_id", "found", "problem"),
    [
        ("U1", user(), None),
        ("U1", user(is_restricted=True), None),
        ("U1", {}, "unknown"),
        ("U1", user(is_bot=True), "app"),
        ("USLACKBOT", user(id="USLACKBOT", is_bot=False), "app"),
        ("U1", user(is_workflow_bot=True), "app"),
        ("U1", user(deleted=True), "gone"),
        ("U1", user(team_id="T2"), "foreign"),
        ("U1", user(is_stranger=True), "foreign"),
        ("U1", user(team_id="E1", enterprise_user={"teams": ["T9", HOME]}), None),
        ("U1", user(team_id="E1", enterprise_user={"teams": ["T9"]}), "foreign"),
        ("U1", {"id": "U1", "name": "no team told"}, "foreign"),
    ],
)
def test_who_is_turned_away(slack_id: str, found: dict[str, Any], problem: str | None) -> None:
    assert problem_of(slack_id, found, HOME) == problem
    assert problem is None or REFUSED[problem].endswith((".", "`@`."))


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (user(real_name="Outer", profile={"real_name": "Ada Lovelace", "display_name": "ada"}), "Ada Lovelace"),
        (user(real_name="Outer", profile={"real_name": "", "display_name": "ada"}), "Outer"),
        (user(profile={"display_name": "countess"}), "countess"),
        (user(), "ada"),
        ({}, "U1"),
        (user(real_name="\u202eevil\n\x00name "), "evilname"),
        (user(real_name="x" * 500), "x" * 80),
    ],
)
def test_what_someone_is_called(found: dict[str, Any], name: str) -> None:
    assert card_of("U1", found, HOME).profile.name == name


def test_mail_and_zone() -> None:
    profile = card_of("U1", user(tz="Europe/Berlin", profile={"email": " Ada@Example.COM "}), HOME).profile
    assert (profile.email, profile.timezone) == ("ada@example.com", "Europe/Berlin")
    bare = card_of("U1", user(), HOME).profile
    assert (bare.email, bare.timezone) == (None, None)


def test_a_field_that_is_no_text() -> None:
    assert clean(None) == ""
    assert clean(7) == "7"


async def test_late_work_is_waited_for_and_cut_off_in_the_end() -> None:
    late, done = Late(), []

    async def work(seconds: float) -> None:
        await asyncio.sleep(seconds)
        done.append(seconds)

    await late.drain(0.01)
    late.start(work(0.01))
    endless = late.start(work(60))
    await late.drain(0.2)
    assert done == [0.01]
    assert endless.cancelled()
