"""Every right that changes something leaves a row in the audit, and every row reads as a sentence."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from budget.audits import actor_name
from budget.money import Face
from budget.org import instructions, leaving, roster
from budget.org.instructions import fingerprint
from budget.org.rights import Action
from budget.org.roster import Import
from budget.org.roster_lines import read as read_roster
from budget.packages import setting
from budget.packages.typed import SetPackage
from budget.policy import changing
from budget.policy.audit_pages import names_in
from budget.policy.audit_sayings import SAYS, TOPICS
from budget.policy.audit_words import Names, origin, sentence
from budget.policy.changing import setter
from budget.requests.deciding import Approve, decide
from budget.transfers import undoing
from budget.typed import PersonRef
from handlers.commands.grammar import parse
from handlers.slack.wire.markup import read
from sandbox.seed import ADA, ALAN, FRANCES, GRACE
from store import audit, people, requests
from store.audit import Entry
from store.database import Connection, Database
from store.many import tell_nobody
from store.people import Person
from store.tables import transfer
from tests.matrix import EVE, TOP, Matrix, matrix

Deed = str | Callable[[Matrix], Awaitable[object]]


async def whom(at: Matrix, slack_id: str) -> Person:
    found = await at.office.database.read(lambda conn: people.by_slack_id(conn, at.desk.workspace_id, slack_id))
    assert found is not None
    return found


async def decided(at: Matrix) -> object:
    await at.say(ADA, "request $1 for tests")
    ada, grace = await whom(at, ADA), await whom(at, GRACE)
    (waiting,) = await at.office.database.read(lambda conn: requests.waiting_of(conn, ada.id))
    return await decide(at.office.house, grace.id, waiting.id, Approve(), origin="slack:button")


async def undone(at: Matrix) -> object:
    await at.say(GRACE, "grant @alan $1")
    grace = await whom(at, GRACE)
    last = select(func.max(transfer.c.id)).where(transfer.c.actor_id == grace.id)
    made = await at.office.database.read(lambda conn: conn.scalar(last))
    return await undoing.undo(at.office.house, grace.id, made or 0, origin="slack:button")


async def packaged(at: Matrix) -> object:
    frances = await whom(at, FRANCES)
    wanted = parse(read(f"package <@{ALAN}|alan> $1200 a year"), Face())
    assert isinstance(wanted, SetPackage)
    shown = await setting.show(at.office.house, frances.id, wanted)
    assert isinstance(shown, setting.Shown)
    return await setting.confirm(at.office.house, frances.id, shown.draft, origin="slack:button")


async def instructed(at: Matrix) -> object:
    frances, none = await whom(at, FRANCES), fingerprint(None)
    return await instructions.write(at.office.house, frances, None, "Be kind.", origin="slack:form", read=none)


async def ruled(at: Matrix) -> object:
    frances, text = await whom(at, FRANCES), '[send]\nwho = "team"\n'
    return await changing.apply(at.office.house, setter(frances, "slack:form"), text, read_number=0)


async def imported(at: Matrix) -> object:
    house, file = at.office.house, read_roster(b"email,cost centre\nada@acme.example,CC-9\n")
    asked = Import(at.desk.workspace_id, file, at.office.at.date(), at.office.at, house.new_id, lambda _: None)
    return await roster.carry_out(house.database, asked, lambda _: tell_nobody)


async def left(at: Matrix) -> object:
    frances = await whom(at, FRANCES)
    return await leaving.offboard(at.office.house, frances.id, PersonRef(EVE), origin="slack:button")


GROUP = "<!subteam^S0PLATFORM|@platform-team>"
DEEDS: dict[Action, tuple[str, Deed]] = {
    Action.GRANT: (FRANCES, "grant @eve $1 for the move"),
    Action.MOVE: (GRACE, "move $1 from platform to @ada"),
    Action.FUND: (FRANCES, "fund $1"),
    Action.CREATE_TEAM: (FRANCES, "team create New"),
    Action.ADD_MEMBER: (FRANCES, "team add other @ada"),
    Action.REMOVE_MEMBER: (FRANCES, "team remove other @ada"),
    Action.SET_MANAGER: (FRANCES, "team manager other @eve"),
    Action.BIND_CHANNEL: (FRANCES, "team channel other #platform"),
    Action.SET_POOL: (FRANCES, "team pool other on"),
    Action.SET_CHANNEL_MODEL: (FRANCES, "model big in channel"),
    Action.FOLLOW_THREADS: (FRANCES, "channel follow on"),
    Action.SET_INSTRUCTIONS: (FRANCES, instructed),
    Action.SEND: (ADA, "send @alan $1"),
    Action.RETURN: (ADA, "return $1 to platform"),
    Action.LEND: (GRACE, "lend @ada $1 until 2026-12-31 from platform"),
    Action.UNDO: (GRACE, undone),
    Action.REQUEST: (TOP, "request $1"),
    Action.DECIDE_REQUEST: (GRACE, decided),
    Action.SYNC_TEAM: (FRANCES, f"team group other {GROUP}"),
    Action.NEST_TEAM: (FRANCES, "team under other top"),
    Action.SET_COST_CENTRE: (FRANCES, "team cost platform CC-1"),
    Action.IMPORT_PEOPLE: (FRANCES, imported),
    Action.ALLOW_GUEST: (FRANCES, "guest allow @guest"),
    Action.FREEZE: (FRANCES, "freeze @alan for a lost laptop"),
    Action.SET_ALLOWANCE: (FRANCES, "allowance platform $1 monthly"),
    Action.SET_PACKAGE: (FRANCES, packaged),
    Action.SET_POLICY: (FRANCES, ruled),
    Action.CREATE_PROJECT: (GRACE, "project create Zeus $1"),
    Action.SET_PROJECT: (GRACE, "project channel Zeus #general"),
    Action.FUND_PROJECT: (GRACE, "project fund Zeus $1"),
    Action.OFFBOARD: (FRANCES, left),
    # Looks at what is another person's.
    Action.BALANCE: (TOP, "balance @ada"),
    Action.HISTORY: (FRANCES, "history @ada"),
    Action.SEE_PACKAGE: (FRANCES, "package @ada"),
    Action.SEE_STATEMENT: (FRANCES, "statement @ada"),
    Action.SEE_AUDIT: (FRANCES, "audit @ada"),
}
SHOWN_ONLY = {
    Action.SEE_TEAM: "pools and names, nobody's account",
    Action.SEE_ALLOWANCE: "what was agreed on, nobody's account",
    Action.SEE_STATE: "whether somebody is there",
    Action.SEE_POLICY: "for everybody",
    Action.SEE_PROJECT: "a pool",
}
FURTHER = (
    (FRANCES, "team under other none"), (FRANCES, "team group other none"), (FRANCES, "unfreeze @alan"),
    (FRANCES, "guest refuse @guest"), (FRANCES, "allowance platform stop"), (GRACE, "project owner Zeus @ada"),
    (FRANCES, "project cost Zeus CC-2"), (ADA, "project close Zeus"), (ADA, "model big"), (TOP, "request withdraw"),
    (ADA, "return $1"), (FRANCES, "team remove platform @grace"), (FRANCES, "allowance everyone $1 monthly"),
    (FRANCES, "model default in channel"), (FRANCES, "grant @frances $1"),
)  # fmt: skip
RAW = re.compile(
    r"micros|\b(person|team|project|company|workspace|issued|channel|slack):\S|T0ACME|\bU0[A-Z]+\b|id\d{6}|[{}]|None"
)


def test_every_right_has_its_deed_or_is_a_look() -> None:
    assert set(DEEDS) | set(SHOWN_ONLY) == set(Action)


async def test_each_leaves_a_row_that_reads_as_a_sentence(database: Database) -> None:
    async with matrix(database) as at:
        for action, (who, deed) in DEEDS.items():
            before = len(await rows(at))
            done = await at.say(who, deed) if isinstance(deed, str) else await deed(at)
            assert len(await rows(at)) > before, f"{action}: {done}"
        for who, line in FURTHER:
            await at.say(who, line)
        entries = await rows(at)
        said = await at.office.database.read(lambda conn: sentences(conn, at, entries))
    unclear = [f"{entry.action}: {words}" for entry, words in said if RAW.search(words) or entry.action not in SAYS]
    assert unclear == []
    told = "\n".join(words for _, words in said)
    for words in TOLD:
        assert words in told, words


TOLD = (
    "Frances Allen granted Eve Other $1.00 (1M tokens) from the company pool: $20.00 → $21.00.",
    "Frances Allen granted themselves $1.00 (1M tokens) from the company pool: $20.00 → $21.00.",
    "Grace Hopper moved $1.00 (1M tokens) from the Platform pool to Ada Lovelace: $20.00 → $21.00.",
    "Frances Allen put $1.00 (1M tokens) of new budget into the company pool: ",
    "Frances Allen put Ada Lovelace into the Other team.",
    "Frances Allen took Ada Lovelace out of the Other team.",
    "Frances Allen put Eve Other in charge of the Other team.",
    "Frances Allen made #C0PLATFORM (was Platform's) the channel of the Other team; before: nothing.",
    "Frances Allen put the Other team below another: Top; before: no team.",
    "Ada Lovelace sent Alan Turing $1.00 (1M tokens): ",
    "Ada Lovelace gave $1.00 (1M tokens) back to the Platform pool: ",
    "Grace Hopper lent Ada Lovelace $1.00 (1M tokens) from the Platform pool: ",
    "Grace Hopper took back a grant: $1.00 (1M tokens) went from Alan Turing to the Platform pool: ",
    "Grace Hopper approved a request: Ada Lovelace got $1.00 (1M tokens) from the Platform pool: ",
    "Ada Lovelace asked for $1.00, put to Grace Hopper.",
    "Frances Allen froze the tokens of Alan Turing: frozen: a lost laptop.",
    "Frances Allen set the policy (nothing set before): version 1: Sending: from anyone to people of one's teams.",
    "Grace Hopper put $1.00 (1M tokens) from the Platform pool into the Zeus project: $1.00 → $2.00.",
    "Frances Allen agreed on a package with Alan Turing: package: $1,200.00 a year from 2026-11-22",
    "Frances Allen set an allowance, team Platform: $1.00 each month from the Platform team, $0.00 roll over",
    "Rear Admiral Top looked at the balance of Ada Lovelace.",
    "Frances Allen looked at the statement of Ada Lovelace.",
)


async def rows(at: Matrix) -> list[Entry]:
    return await at.office.database.read(lambda conn: audit.recent(conn, at.desk.workspace_id, 1_000))


def sentences(conn: Connection, at: Matrix, entries: list[Entry]) -> list[tuple[Entry, str]]:
    names = names_in(conn, at.office.house, at.desk.workspace_id, entries)
    return [(entry, f"{sentence(entry, actor_name(conn, entry.actor_id), names)} {origin(entry)}") for entry in entries]


NAMES = Names("T1", {"T1:U1": "Ada"}, {"t1": "Core", "abc123def": "Deep"}, {"p1": "Zeus"}, Face(), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("action", "target", "old", "new", "told"),
    [
        ("lend", "person:T1:U1", "0 micros", "1000000 micros (1000000 from person:T1:U2)",
         "Bob lent Ada $1.00 (1M tokens): $0.00 → $1.00."),
        ("lend", "person:T1:U1", "0 micros", "1000000 micros (1000000 from team:t1)",
         "Bob lent Ada $1.00 (1M tokens) from the Core pool: $0.00 → $1.00."),
        ("vest", "person:T1:U1", "0 micros", "5 micros (5 from company:T1, package x1y2, months 1 to 2)",
         "$0.000005 (5 tokens) of the package of Ada vested, from the company pool: $0.00 → $0.000005."),
        ("request lent", "person:T1:U1", "0 micros", "1000000 micros (1000000 lent by team:t1) [request r1]",
         "Bob lent Ada $1.00 (1M tokens) upon a request: $0.00 → $1.00."),
        ("leave", "person:T1:U1", "4000000 micros", "admin; the wallet closes 2026-11-30T22:00:00+00:00",
         "Ada left with $4.00: admin; the wallet closes 30 Nov 2026, 22:00."),
        ("nest team", "team:t1", None, "abc123def", "Bob put the Core team below another: Deep; before: no team."),
        ("roster", "roster:T1:ada@x.example", None, "manager T1:U1", "roster, ada@x.example: manager Ada; before"),
        ("remove member", "team:zzz", "T1:U9 (manager)", None, "Bob took somebody out of the former team."),
        ("something new", "project:p1", "a", "b {who}", "Bob: something new, the Zeus project: a → b {who}."),
        ("instructions", "workspace:T1", None, "x" * 400, "told in the whole company, from nothing to xxx"),
    ],
)  # fmt: skip
def test_a_row_in_words(action: str, target: str, old: str | None, new: str | None, told: str) -> None:
    said = sentence(Entry(datetime(2026, 11, 22, tzinfo=UTC), "T1:U2", "cli", action, target, old, new), "bob", NAMES)
    assert told in said
    assert len(said) < 400


def test_every_saying_can_be_filled_in_and_has_one_topic() -> None:
    parts = dict.fromkeys(("who", "to", "amount", "other", "old", "new", "action"), "x")
    assert all("x" in words.format(**parts) for words in SAYS.values())
    assert sum(len(topic) for topic in TOPICS.values()) == len(set().union(*TOPICS.values()))
