"""Imports over random org charts, with hands in between: no circles, the same again no difference, hands win, no past
is rewritten, no money moves."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from budget.org.cost_centres import chart
from budget.org.rights import standing
from store import people as people_store
from store import roster, teams
from store.database import Connection, Database
from tests.cluster import Cluster
from tests.commanding import WORKSPACE, Office
from tests.importing import Hr, file_of

KNOWN = ("UBOB", "UEVE", "UGRACE")
LATER = ("UNEW", "UZOE")
PEOPLE = (*KNOWN, *LATER)
TEAMS = ("Alpha", "Beta", "Gamma", "Platform")
OFFICE = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def mail(slack_id: str) -> str:
    return f"{slack_id.removeprefix('U').lower()}@example.com"


@some.composite
def charts(draw: some.DrawFn) -> str:
    """A file: some people, each in a team, below somebody before them, with a code and days."""
    who = draw(some.lists(some.sampled_from(PEOPLE), unique=True, min_size=1))
    lines = []
    for at, slack_id in enumerate(who):
        manager = draw(some.sampled_from(["", *(mail(each) for each in who[:at])]))
        cells = [
            mail(slack_id),
            draw(some.sampled_from(["", *TEAMS])),
            manager,
            draw(some.sampled_from(["", "C1", "C2"])),
        ]
        days = draw(some.sampled_from(["", "2024-01-01"])), draw(some.sampled_from(["", "2027-01-01", "2029-05-05"]))
        lines.append(",".join([*cells, "", *days]))
    return file_of(*lines)


commands = some.one_of(
    some.builds("team under {} {}".format, some.sampled_from(TEAMS), some.sampled_from([*TEAMS, "none"])),
    some.builds("team cost {} {}".format, some.sampled_from(TEAMS), some.sampled_from(["C7", "C8", "none"])),
    some.builds("team add {} <@{}>".format, some.sampled_from(TEAMS), some.sampled_from(KNOWN)),
    some.builds("team remove {} <@{}>".format, some.sampled_from(TEAMS), some.sampled_from(KNOWN)),
    some.builds("team manager {} <@{}>".format, some.sampled_from(TEAMS), some.sampled_from(KNOWN)),
    some.builds("appears {}".format, some.sampled_from(LATER)),
)
happenings = some.lists(some.one_of(charts(), commands), min_size=3, max_size=9)


Seen = dict[tuple[str, str], str | None]  # the codes of owners on days that are over


def by_hand(members: set[tuple[str, str, str, str]]) -> set[tuple[str, str, str, str]]:
    return {each for each in members if each[3] == "hand" or each[2] == "manager"}


def sound(conn: Connection) -> None:
    """No circle of teams or managers; nobody by the roster in two teams."""
    ada = people_store.by_slack_id(conn, WORKSPACE, "UADA")
    assert ada is not None
    parents = {team.id: team.parent_id for team in teams.all_teams(conn, WORKSPACE)}
    for team_id, parent in parents.items():
        line = standing(conn, ada).line(team_id)
        assert parent is None or line[1] == parent
        assert parents[line[-1]] is None, "it ends at the top, not in a circle"
    found = [people_store.by_slack_id(conn, WORKSPACE, slack_id) for slack_id in PEOPLE]
    managers = {each.id: each.manager_id for each in found if each}
    for each in managers:
        at, steps = managers[each], 0
        while at is not None:
            at, steps = managers.get(at), steps + 1
            assert steps <= len(managers), "nobody is above themselves"


async def past(hr: Hr, seen: Seen) -> None:
    """Every day that is over reads as it did; yesterday is written down for later."""
    midnight = hr.office.at.replace(hour=0)
    codes = await hr.office.database.read(lambda conn: chart(conn, WORKSPACE))
    people = await hr.office.database.read(lambda conn: roster.people(conn, WORKSPACE))
    pools = [await hr.office.team_pool(name) for name in TEAMS]
    for (owner, day), code in seen.items():
        assert codes.code(owner, day) == code, (owner, day)
    yesterday = (hr.office.at.date() - timedelta(days=1)).isoformat()
    for owner in [*pools, *(f"person:{each.id}" for each in people if each.created_at < midnight)]:
        seen.setdefault((owner, yesterday), codes.code(owner, yesterday))


async def happen(hr: Hr, text: str) -> None:
    """A file, somebody's first contact, or a command."""
    office = hr.office
    ada = await office.meet("UADA", "Ada")
    if text.startswith("appears"):
        slack_id = text.split()[1]
        await office.meet(slack_id, email=mail(slack_id).upper())
    elif text.startswith("email"):
        before = by_hand(await hr.members())
        await hr.done(text)
        after = await hr.members()
        assert by_hand(after) == before
        placed = [who for _, who, _, source in after - by_hand(after) if source == "roster"]
        assert len(placed) == len(set(placed)), "the roster has everybody in one team at most"
    else:
        await office.run(ada, text)  # a circle is refused, and that is fine


async def walk(office: Office, steps: Sequence[str]) -> None:
    hr, seen = Hr(office), dict[tuple[str, str], str | None]()
    ada = await office.meet("UADA", "Ada")
    for slack_id in KNOWN:
        await office.meet(slack_id)
    await office.done(ada, "fund $10", *(f"team create {name}" for name in TEAMS), f"grant <@{KNOWN[0]}> $1")
    for text in steps:
        await past(hr, seen)
        await happen(hr, text)
        await office.database.read(sound)
        await past(hr, seen)
        office.pass_time(days=1)
    assert await office.on(f"person:{WORKSPACE}:{KNOWN[0]}") == 1_000_000
    await office.verified()


async def on(url: str, steps: Sequence[str]) -> None:
    database = await Database.open(url)
    try:
        await walk(Office(database), steps)
    finally:
        await database.close()


@settings(OFFICE, max_examples=20)
@given(happenings)
def test_random_org_charts_on_sqlite(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    path = tmp_path_factory.mktemp("chart") / "stipend.db"
    shutil.copy(sqlite_template, path)
    asyncio.run(on(f"sqlite:///{path}", steps))


@settings(OFFICE, max_examples=6)
@given(happenings)
def test_random_org_charts_on_postgresql(cluster: Cluster, steps: list[str]) -> None:
    url = cluster.database()
    try:
        asyncio.run(on(url, steps))
    finally:
        cluster.drop(url)
