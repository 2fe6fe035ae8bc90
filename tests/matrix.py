"""A stage for the matrix of rights: every role in one office, commands as Slack hands them over, the books put back."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from budget.house import Rules
from handlers.slack import commands
from handlers.slack.desk import Desk
from handlers.slack.identity import Identity
from handlers.slack.wire.client import make_client
from handlers.slack.wire.limits import Limits
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, PLATFORM, STRANGER, demo_seed
from sandbox.workspace.seeds import Person
from sandbox.workspace.server import start_workspace
from store.database import Database
from store.tables import metadata
from tests.commanding import Office

TOP, EVE, GUEST = "U0TOP", "U0EVE", "U0GUEST"
ACTORS = {"s": STRANGER, "u": GUEST, "m": ADA, "g": GRACE, "t": TOP, "a": FRANCES}  # one letter per role
ROLES = {"s": "stranger", "u": "guest", "m": "member", "g": "manager", "t": "manager above", "a": "admin"}
RULES = Rules(ZoneInfo("Europe/Berlin"), admins=frozenset({FRANCES}))
MORE = (
    Person(TOP, "top", "Rear Admiral Top", "manager"),
    Person(EVE, "eve", "Eve Other", "member"),
    Person(GUEST, "guest", "Guido Guest", "guest"),
)
NAMES = {"ada": ADA, "alan": ALAN, "grace": GRACE, "frances": FRANCES, "top": TOP, "eve": EVE, "guest": GUEST}
SET_UP = (
    *["fund $100"] * 6, "team create Platform", "team create Top", "team create Other", "team under Platform Top",
    "team manager top @top", "team manager platform @grace", "team add platform @ada @alan", "team add other @eve",
    "team channel platform #platform", "team pool platform on", "grant platform $100", "grant top $100",
    "grant other $100", "project create Mine-a @frances", "project create Mine-g @grace", "project create Mine-t @top",
    "project create Mine-m @ada", "project create Eves @eve", "grant @ada $20", "grant @alan $20", "grant @eve $20",
    "grant @grace $20", "grant @top $20", "grant @frances $20", "guest refuse @guest",
    "project fund Mine-m $5", "project fund Eves $5",
)  # fmt: skip

Rows = dict[str, set[tuple[Any, ...]]]


@dataclass
class Cell:
    """What somebody was answered, and the tables in which anything is otherwise since."""

    text: str
    changed: set[str]


class Books:
    """The file of the books as it was when this was made: what differs since, and putting it back."""

    def __init__(self, path: str) -> None:
        self.live, self.kept = sqlite3.connect(path), sqlite3.connect(":memory:")
        self.live.backup(self.kept)
        self.rows, self.version = _rows(self.kept), self._version()

    def changed(self) -> set[str]:
        """The tables that differ. Where nobody has written anything, they are not read."""
        if self._version() == self.version:
            return set()
        now = _rows(self.live)
        return {table for table, rows in now.items() if rows != self.rows[table]}

    def put_back(self) -> None:
        """All as it was."""
        self.kept.backup(self.live)
        self.version = self._version()

    def _version(self) -> int:
        return int(self.live.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Done with both."""
        self.live.close()
        self.kept.close()


def _rows(conn: sqlite3.Connection) -> Rows:
    """Every row of every table."""
    names = [table.name for table in metadata.sorted_tables]
    return {name: set(conn.execute(f"SELECT * FROM {name}")) for name in names}  # our own names


@dataclass
class Matrix:
    """The office, and the books as they were when everything was set up."""

    office: Office
    desk: Desk
    turns: int = 0

    async def say(self, who: str, line: str, channel: str = PLATFORM) -> str:
        """A command as Slack hands it over; what is answered."""
        self.turns += 1
        for name, slack_id in NAMES.items():
            line = line.replace(f"@{name}", f"<@{slack_id}|{name}>")
        line = line.replace("#platform", f"<#{PLATFORM}|platform>").replace("#general", f"<#{GENERAL}|general>")
        body = {"user_id": who, "text": line, "trigger_id": f"cell.{self.turns}", "channel_id": channel}
        return (await commands.answer(self.desk, body)).text

    async def cell(self, books: Books, letter: str, line: str) -> Cell:
        """The same with the books looked at, and put back where they have changed. `{self}`, `{own}`: the actor's."""
        me = next((name for name, slack_id in NAMES.items() if slack_id == ACTORS[letter]), "ada")
        project = f"Mine-{letter}" if letter in "mgta" else "Eves"
        text = await self.say(ACTORS[letter], line.replace("{self}", f"@{me}").replace("{own}", project))
        changed = books.changed()
        if changed:
            books.put_back()
        return Cell(text, changed)


@asynccontextmanager
async def matrix(database: Database) -> AsyncIterator[Matrix]:
    """Everybody has been seen, so that what is answered to them changes nothing by itself."""
    seed = demo_seed()
    rooms = tuple(replace(room, members=(*room.members, TOP, EVE, GUEST)) for room in seed.rooms)
    workspace = await start_workspace(replace(seed, people=(*seed.people, *MORE), rooms=rooms))
    office = Office(database, RULES)
    client = make_client(workspace.bot_token, workspace.api_url)
    auth = await client.auth_test()
    limits = Limits(monotonic_s=asyncio.get_running_loop().time, sleep=asyncio.sleep)
    identity = Identity(office.house, client, limits, auth["team_id"])
    desk = Desk(office.house, client, limits, identity, auth["team_id"], auth["user_id"], office.new_id)
    made = Matrix(office, desk)
    try:
        for who in ACTORS.values():
            await made.say(who, "balance")
        for line in SET_UP:
            told = await made.say(FRANCES, line)
            assert "For example" not in told, (line, told)
        yield made
        await office.verified()
    finally:
        await workspace.close()
