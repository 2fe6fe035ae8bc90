"""A company at random: teams below teams, a policy, weeks of commands, spending and due days, through the bot.

Whatever was asked for, allowed or refused: the books verify, no token appears or vanishes, and nobody is below zero.
`STIPEND_WALKS` says how many companies are tried on each engine.
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from budget.allowances.payout import pay_due
from budget.org.leaving import leave_due
from budget.packages.vesting import vest_due
from budget.policy.current import parse
from budget.policy.policy import Policy
from budget.projects.closing import return_due
from budget.requests.lapsing import remind_and_lapse
from budget.transfers.lending import collect_due
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE
from store import policies, schema
from store.accounts import balance
from store.database import Connection, Database
from store.sweep import expire_due
from store.tables import account
from store.verify import verify
from tests.cluster import Cluster
from tests.floor import Floor, floor

WALKS = int(os.environ.get("STIPEND_WALKS", "1"))
STEPS = 18
TICKS = (pay_due, vest_due, collect_due, remind_and_lapse, leave_due, return_due)
TEAMS = ("Alpha", "Beta", "Gamma")
NAMES = {ADA: "ada", ALAN: "alan", GRACE: "grace", FRANCES: "frances"}
STAFF = (ADA, ALAN, GRACE)

person = some.sampled_from([f"@{name}" for name in NAMES.values()])
team = some.sampled_from(TEAMS)
amount = some.sampled_from(["$0.50", "$2", "$5", "$12.345678", "900k", "$40"])
place = some.one_of(person, team, some.just("company"))
day = some.sampled_from(["2026-11-24", "2026-11-30", "2026-12-31"])
COMMANDS = some.one_of(
    some.builds("grant {} {}".format, some.one_of(person, team), amount),
    some.builds("grant {} {} until {}".format, person, amount, day),
    some.builds("move {} from {} to {}".format, amount, place, place),
    some.builds("send {} {}".format, person, amount),
    some.builds("lend {} {} until {}".format, person, amount, day),
    some.builds("return {}".format, amount),
    some.builds("request {}".format, amount),
    some.builds("allowance {} {} {} rollover {}".format, some.one_of(person, team, some.just("everyone")), amount,
                some.sampled_from(["weekly", "monthly"]), some.sampled_from(["none", "50%", "all"])),
    some.builds("package {} {} a year from 2026-08-31 for 5 months".format, person, amount),
    some.builds("package {} end".format, person),
    some.builds("project create {} {} {}".format, some.sampled_from(["Apollo", "Gemini"]), person, amount),
    some.builds("project fund {} {}".format, some.sampled_from(["Apollo", "Gemini"]), amount),
    some.builds("project close {}".format, some.sampled_from(["Apollo", "Gemini"])),
    some.builds("{} {}".format, some.sampled_from(["freeze", "unfreeze", "offboard"]), person),
    some.builds("team under {} {}".format, team, some.sampled_from([*TEAMS, "none"])),
    some.builds("team {} {} {}".format, some.sampled_from(["add", "remove", "manager"]), team, person),
)  # fmt: skip
POLICIES = some.builds(
    '[send]\nwho = "{}"\nmost_a_month = "{}"\n[requests]\nsmall = "$2"\nsmall_a_month = "$4"\n'
    '[leaving]\nvested = "{}"\n[allowances]\norder = "{}"\n[moves]\nconfirm_above = "{}"\n'.format,
    some.sampled_from(["anyone", "team", "nobody"]), some.sampled_from(["$3", "$500"]),
    some.sampled_from(["return", "keep"]), some.sampled_from(["joined", "name", "poorest"]),
    some.sampled_from(["$1", "$1000"]),
)  # fmt: skip


@dataclass(frozen=True)
class Command:
    """Somebody types something, and agrees to what is asked back."""

    who: str
    text: str


@dataclass(frozen=True)
class Later:
    """Time passes, and what is due is done."""

    hours: int


@dataclass(frozen=True)
class Spend:
    """A question took so much of somebody's balance."""

    who: str
    micros: int


who = some.sampled_from([*STAFF, FRANCES, FRANCES, GRACE])
HAPPENINGS = some.lists(
    some.one_of(
        some.builds(Command, who, COMMANDS),
        some.builds(Command, who, COMMANDS),
        some.builds(Later, some.sampled_from([1, 24, 200])),
        some.builds(Spend, some.sampled_from(STAFF), some.sampled_from([1, 700_000, 3_000_000])),
    ),
    min_size=STEPS,
    max_size=STEPS,
)
CHARTS = some.tuples(
    some.sampled_from(["none", "Beta"]), some.sampled_from(["none", "Gamma"]), some.lists(team, min_size=3, max_size=3)
)
COMPANY = settings(max_examples=WALKS + 1, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
                   suppress_health_check=list(HealthCheck), database=None)  # fmt: skip


async def found(company: Floor, chart: tuple[str, str, list[str]], toml: str) -> None:
    """Three teams, who is in them and manages them; a policy; money."""
    workspace_id = company.desk.workspace_id
    assert isinstance(parse(toml, company.office.house.face), Policy)
    alpha_under, beta_under, homes = chart
    await type_and_agree(company, Command(FRANCES, "fund $90"))
    await company.office.database.write(
        lambda conn: policies.add(conn, workspace_id, toml, actor_id=None, origin="test", at=company.office.at)
    )
    for name in TEAMS:
        await company.say(FRANCES, f"team create {name}")
    for text in (f"team under Alpha {alpha_under}", f"team under Beta {beta_under}", "team manager Beta @grace"):
        await company.say(FRANCES, text)
    for slack_id, name in zip(STAFF, homes, strict=True):
        await company.say(FRANCES, f"team add {name} @{NAMES[slack_id]}")


async def type_and_agree(company: Floor, command: Command) -> None:
    """Type it; where something is asked back, click the button that stands out."""
    said = await company.answer(command.who, command.text)
    yes = next((each for block in said.get("blocks") or [] for each in block.get("elements") or []
                if each.get("style") in ("primary", "danger")), None)  # fmt: skip
    if yes is not None:
        await company.bench.click(command.who, str(yes["action_id"]), channel=GENERAL, ts=str(said["ts"]))


async def happens(company: Floor, what: Command | Later | Spend) -> None:
    house, workspace_id = company.office.house, company.desk.workspace_id
    match what:
        case Command():
            await type_and_agree(company, what)
        case Later(hours):
            company.office.pass_time(hours=hours)
            await house.database.write(lambda conn: expire_due(conn, house.now()))
            for tick in TICKS:
                await tick(house)
        case Spend(slack_id, micros):
            wallet = f"person:{workspace_id}:{slack_id}"
            now = await house.database.read(lambda conn: balance(conn, wallet))
            if now and now.available_micros >= micros:
                await company.office.post("consume", wallet, f"consumed:{workspace_id}", micros)


def all_together(conn: Connection) -> int:
    """Every account's balance, the system's too: what was issued is somewhere, so this is nothing."""
    ids = list(conn.execute(select(account.c.id)).scalars())
    found = [balance(conn, account_id) for account_id in ids]
    assert all(
        each is not None and (each.posted_micros >= 0 or each.account_id.startswith("issued:")) for each in found
    )
    return sum(each.posted_micros for each in found if each is not None)


async def live(url: str, chart: tuple[str, str, list[str]], toml: str, life: list[Command | Later | Spend]) -> None:
    database = await Database.open(url)
    try:
        async with floor(database) as company:
            await found(company, chart, toml)
            for what in [*life, Later(24 * 40)]:
                await happens(company, what)
            await asyncio.sleep(0.2)  # clicks that were answered after their acknowledgement
            report = await database.read(verify)
            assert report.sound, (report, life)
            assert await database.read(all_together) == 0
    finally:
        await database.close()


@COMPANY
@given(chart=CHARTS, toml=POLICIES, life=HAPPENINGS)
def check(url_of: object, chart: tuple[str, str, list[str]], toml: str, life: list[Command | Later | Spend]) -> None:
    assert callable(url_of)
    asyncio.run(live(url_of(), chart, toml, life))


def test_a_company_at_random_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> None:
    def url_of() -> str:
        path: Path = tmp_path_factory.mktemp("company") / "books.db"
        schema.upgrade(f"sqlite:///{path}")
        return f"sqlite:///{path}"

    check(url_of)


def test_a_company_at_random_on_postgresql(cluster: Cluster) -> None:
    check(cluster.database)
