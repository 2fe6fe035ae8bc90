"""Random misfortune for the fault tests: what may happen to Slack, to the model and to the database, by a seed."""

import asyncio
import random
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.model.script import Script, error, refuses, says, usage
from tests.acceptance.stage import Stage
from tests.cluster import Cluster, name_of

Misfortune: TypeAlias = Callable[[], Awaitable[None]]

METHODS = (
    "chat.postMessage", "chat.postMessage", "chat.postEphemeral", "chat.update", "chat.startStream",
    "chat.appendStream", "chat.stopStream", "conversations.replies", "conversations.open", "users.info",
    "assistant.threads.setStatus", "reactions.add", "*",
)  # fmt: skip
DEAD = "message_not_in_streaming_state"
SHORT, LONG = "Use `git reset --soft HEAD~1`.", " ".join(f"word{number}" for number in range(150))


class Wire:
    """A TCP port in front of a PostgreSQL server's socket, which can be slow, dead, or cut."""

    def __init__(self, path: str) -> None:
        self.path, self.port, self.delay_s = path, 0, 0.0
        self.flows = asyncio.Event()
        self.flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either side ends it."""
        try:
            reader, writer = await asyncio.open_unix_connection(self.path)
        except OSError:
            back.transport.abort()
            return
        ends = (back, writer)
        self._writers.update(ends)
        try:
            await asyncio.gather(self._pump(client, writer), self._pump(reader, back))
        finally:
            for end in ends:
                end.transport.abort()
            self._writers.difference_update(ends)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                await asyncio.sleep(self.delay_s)
                await self.flows.wait()
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.transport.abort()

    def cut(self) -> None:
        """End all connections without a word."""
        for writer in set(self._writers):
            writer.transport.abort()


@asynccontextmanager
async def wire(cluster: Cluster) -> AsyncIterator[Wire]:
    """A wire to a server, on a free port."""
    made = Wire(str(cluster.folder / ".s.PGSQL.5432"))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.flows.set()
        made.cut()
        await asyncio.sleep(0.1)


@dataclass
class Slack:
    """What Slack does to us."""

    stage: Stage
    dice: random.Random

    async def fault(self) -> None:
        """A call or some of one method, or of any, go wrong."""
        method = self.dice.choice(METHODS)
        kind = self.dice.choice(("ratelimited", "http_500", "drop_before", "drop_after", "slow", "error"))
        if kind == "error" and method not in ("chat.appendStream", "chat.stopStream"):
            kind = "http_500"
        await self.stage.people.fault(
            method, kind, times=self.dice.randrange(1, 5), retry_after_s=1, delay_s=self.dice.choice((0.5, 3)),
            error=DEAD,
        )  # fmt: skip

    async def socket(self) -> None:
        """The connection is lost, renewed, or lost before an acknowledgement; an event comes several times."""
        people = self.stage.people
        kind = self.dice.randrange(4)
        if kind == 0:
            await people.drop_sockets()
        elif kind == 1:
            await people.refresh_sockets()
        elif kind == 2:
            await people.drop_before_ack()
        else:
            await people.duplicate_next(3)


@dataclass
class Model:
    """What the model does to us."""

    stage: Stage
    dice: random.Random

    def script(self) -> Script:
        """One call."""
        kinds: tuple[Callable[[], Script], ...] = (
            lambda: refuses(429, retry_after="1"),
            lambda: refuses(self.dice.choice((500, 503))),
            lambda: refuses(400, error("no", code="content_filter")),
            lambda: says(LONG, cut_after=self.dice.randrange(150), between_s=0.002),
            lambda: says(SHORT, cut_after=0),
            lambda: says(LONG, hang_after=self.dice.randrange(100)),
            lambda: says(LONG, error_after=self.dice.randrange(100)),
            lambda: says(SHORT, first_s=self.dice.choice((1, 3, 6))),
            lambda: says(SHORT, usage=None),
            lambda: says(SHORT, finish_reason=None, done=False),
            lambda: Script(pieces=()),
        )
        return self.dice.choice(kinds)()

    async def fault(self) -> None:
        """The next calls, good ones among them."""
        good = (says(SHORT, usage=usage(300, 20)), says(LONG, between_s=0.01, usage=usage(300, 300)))
        scripts = [self.script() if self.dice.random() < 0.5 else self.dice.choice(good) for _ in range(8)]
        self.stage.standin.script(*scripts, self.dice.choice(good))


@dataclass
class FullDisk:
    """SQLite on a disk that fills up and is emptied again: no file of the bot's may grow."""

    stage: Stage
    dice: random.Random
    happened: list[str] = field(default_factory=list)

    async def fault(self) -> None:
        """For a few seconds."""
        bots = [bot for bot in self.stage.bots if bot.returncode is None]
        limit = (len(self.stage.log.encode()) // 4096 + 64) * 4096
        before = [resource.prlimit(bot.pid, resource.RLIMIT_FSIZE) for bot in bots]
        for bot, (_, most) in zip(bots, before, strict=True):
            resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (limit, most))
        self.happened.append("disk full")
        await asyncio.sleep(self.dice.choice((0.5, 2, 4)))
        for bot, limits in zip(bots, before, strict=True):
            resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, limits)


@dataclass
class Server:
    """What happens to PostgreSQL, or to the wire in between; each is over after a few seconds."""

    cluster: Cluster
    wire: Wire
    url: str
    dice: random.Random
    happened: list[str] = field(default_factory=list)

    async def fault(self) -> None:
        """One of them."""
        kind = self.dice.choice((self.crash, self.stop, self.slow, self.freeze, self.cut, self.read_only))
        self.happened.append(kind.__name__)
        await kind()

    async def crash(self) -> None:
        """Killed and started again."""
        await self._away("immediate")

    async def stop(self) -> None:
        """Stopped as an operator does, and started again."""
        await self._away("fast")

    async def _away(self, how: str) -> None:
        await asyncio.to_thread(self.cluster.stop, how)
        await asyncio.sleep(self.dice.choice((0.2, 1, 3)))
        await asyncio.to_thread(self.cluster.start)

    async def slow(self) -> None:
        """Every packet is late."""
        self.wire.delay_s = self.dice.choice((0.05, 0.2, 0.5))
        await asyncio.sleep(3)
        self.wire.delay_s = 0.0

    async def freeze(self) -> None:
        """Nothing comes through, and nobody says so."""
        self.wire.flows.clear()
        await asyncio.sleep(self.dice.choice((1, 3, 6)))
        self.wire.flows.set()

    async def cut(self) -> None:
        """All connections end, in the middle of whatever they carry."""
        for _ in range(self.dice.randrange(1, 4)):
            self.wire.cut()
            await asyncio.sleep(0.3)

    async def read_only(self) -> None:
        """A standby in place of the server: it can be read, and not written."""
        name = name_of(self.url)
        await asyncio.to_thread(self.cluster.admin, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        self.wire.cut()
        await asyncio.sleep(self.dice.choice((1, 3)))
        await asyncio.to_thread(self.cluster.admin, f"ALTER DATABASE {name} RESET default_transaction_read_only")
        self.wire.cut()
