"""The whole app, to be sent payloads: those of the workspace for every action, form, shortcut and command there is."""

import asyncio
import json
import logging
import re
import traceback
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from sqlalchemy import text
from structlog.processors import format_exc_info

from budget.house import House, Rules
from budget.llm import Llm
from budget.money import Face
from budget.offer.model import Models
from handlers.slack.answering.worker import Worker
from handlers.slack.app import register_all, sit_down
from handlers.slack.wire.client import make_client
from handlers.slack.wire.limits import Limits
from sandbox.model.standin import ModelStandin
from sandbox.seed import FRANCES, demo_seed
from sandbox.workspace.server import start_workspace
from sandbox.workspace.world import World
from store.database import Connection, Database
from store.ledger.apply import apply
from store.ledger.steps import Transfer
from tests.asking import Clock, model

PAYLOADS_MADE, COMMANDS_RUN = 3_500, 1_500
AT_ONCE = 8
FASTER = 1_000  # so much faster than Slack's limits the test's clock runs
OURS = re.compile(r"/(bot|handlers|budget|store)/[a-z_/]+\.py")
INFERENCE = ("consume", "correct", "expire")
EXPECTED = {"the asker cannot be told"}  # by a channel and a person that do not exist
UNTRUE = {"form not taken", "form failed"}  # answered with a reference: what a form keeps and asks is ours
FORMS_OPEN = r"^(?:/tokens )?(?:send|return|lend|grant|move|request|policy edit|allowance set)$"  # without an amount
SILENT = re.compile(
    f"prompt|ask|statement|{FORMS_OPEN}", re.IGNORECASE
)  # a form opens, or an answer comes by direct message

JsonObject = dict[str, Any]


class Listening(AsyncApp):
    """A Bolt app that knows what is listened to."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.heard: dict[str, list[Any]] = {"action": [], "view": [], "shortcut": [], "command": []}

    def action(self, constraints: Any, *more: Any, **named: Any) -> Any:
        self.heard["action"].append(constraints)
        return super().action(constraints, *more, **named)

    def view(self, constraints: Any, *more: Any, **named: Any) -> Any:
        self.heard["view"].append(constraints)
        return super().view(constraints, *more, **named)

    def shortcut(self, constraints: Any, *more: Any, **named: Any) -> Any:
        self.heard["shortcut"].append(constraints)
        return super().shortcut(constraints, *more, **named)

    def command(self, command: Any, *more: Any, **named: Any) -> Any:
        self.heard["command"].append(command)
        return super().command(command, *more, **named)

    def names(self, kind: str) -> list[str]:
        """The ids of one kind; of a pattern, what it is made of."""
        found: list[str] = []
        for each in self.heard[kind]:
            plain = each.get("callback_id") or each.get("action_id") if isinstance(each, dict) else each
            found += spelled(plain.pattern) if isinstance(plain, re.Pattern) else [str(plain)]
        return found


def spelled(pattern: str) -> list[str]:
    """What a pattern of ids fits: one id for each of its choices."""
    plain = re.sub(r"\[0-9\]\+|\\d\+|\.\*|\.\+", "1", pattern).strip("^$")
    plain = re.sub(r"\(([^()|]*)\)\?", r"\1", plain)
    group = re.search(r"\(([^()]*)\)", plain)
    if group is None:
        return plain.split("|")
    return [
        one for each in group[1].split("|") for one in spelled(plain[: group.start()] + each + plain[group.end() :])
    ]


@dataclass
class Bot:
    """The app in its workspace, and what went wrong."""

    app: Listening
    world: World
    database: Database
    worker: Worker
    logs: list[Any]
    wrong: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    kept: set[str] = field(default_factory=set)  # what the app has written into its forms, and asked in them

    async def dispatch(self, body: JsonObject) -> str:
        """Hand a payload to the app as it comes over a socket; the body of the acknowledgement."""
        self.kinds[str(body.get("type") or ("command" if "command" in body else "other"))[:30]] += 1
        try:
            request = AsyncBoltRequest(body=json.loads(json.dumps(body)), mode="socket_mode")
            response = await self.app.async_dispatch(request)
        except Exception as fault:  # noqa: BLE001  # whatever the library raises on what is no payload
            trace = "".join(traceback.format_exception(fault))
            if OURS.search(trace.replace("/tests/", "/")):
                self.wrong.append(trace)
            self.kinds["refused by the library"] += 1
            return ""
        if response.status not in (200, 404):
            self.wrong.append(f"status {response.status}")
        while len(self.worker._jobs) > 40:
            await asyncio.sleep(0.005)
        return str(response.body or "")

    def complaints(self, body: JsonObject) -> list[str]:
        """What has gone wrong since the last look."""
        may_fail = "view" in body and kept_in(body["view"]) not in self.kept
        found, self.wrong[:] = list(self.wrong), []
        for entry in self.logs:
            if entry["event"] == "listener failed" and not OURS.search(entry["exception"]):
                found.remove("status 500")  # the library gave up before any of us was called
                self.kinds["refused by the library"] += 1
                continue
            known = entry["event"] in EXPECTED or (may_fail and entry["event"] in UNTRUE)
            if entry["log_level"] in ("error", "critical") and not known:
                found.append(f"{entry['event']}: {entry.get('exception') or entry}")
        self.logs.clear()
        return found

    async def moved(self) -> list[tuple[str, int]]:
        """Every movement of money that is not inference: kind and amount, oldest first."""
        return await self.database.read(_moved)


def kept_in(view: Any) -> str:
    """What a form keeps for the app, and which fields it has."""
    view = view if isinstance(view, dict) else {}
    state = view.get("state")
    values = state.get("values") if isinstance(state, dict) else None
    fields = {name: sorted(each) if isinstance(each, dict) else each for name, each in values.items()} if isinstance(
        values, dict
    ) else values  # fmt: skip
    return f"{view.get('private_metadata')} {fields}"


def _moved(conn: Connection) -> list[tuple[str, int]]:
    rows = conn.execute(text("SELECT kind, amount_micros FROM transfer ORDER BY id"))
    return [(str(kind), int(micros)) for kind, micros in rows if kind not in INFERENCE]


def _stock(conn: Connection) -> None:
    apply(conn, [Transfer("stock", "fund", "issued:T0ACME", "company:T0ACME", 10**12, Clock()())])


class Complaints(logging.Handler):
    """Errors that the libraries log about us."""

    def __init__(self, wrong: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.wrong = wrong

    def emit(self, record: logging.LogRecord) -> None:
        trace = "".join(traceback.format_exception(record.exc_info[1])) if record.exc_info else ""
        if OURS.search(trace) or record.name == "asyncio":
            self.wrong.append(f"{record.getMessage()}\n{trace}")


@asynccontextmanager
async def bot_on(url: str) -> AsyncIterator[Bot]:
    """The whole app without a socket, on a database and a workspace of its own."""
    loop, ids = asyncio.get_running_loop(), iter(range(10**9))
    workspace, database = await start_workspace(demo_seed()), await Database.open(url)
    llm, wrong = Llm(random=lambda: 0.5, retries=0), list[str]()
    handler = Complaints(wrong)
    logging.getLogger().addHandler(handler)
    try:
        async with ModelStandin() as standin:
            rules = Rules(ZoneInfo("UTC"), admins=frozenset({FRANCES}), wait_for_holds_s=0)
            offered = Models("standin", (model(standin),))
            house = House(database, offered, llm, Clock(), lambda: f"id{next(ids):08d}", Face(), rules)
            limits = Limits(monotonic_s=lambda: loop.time() * FASTER, sleep=lambda s: asyncio.sleep(s / FASTER))
            client = make_client(workspace.bot_token, workspace.api_url)
            with structlog.testing.capture_logs(processors=[format_exc_info]) as logs:
                desk = await sit_down(house, client, limits, house.new_id)
                await database.write(_stock)
                worker = Worker(desk, "w1")
                app = Listening(client=client, process_before_response=True)
                late = register_all(app, desk, worker)
                try:
                    yield Bot(app, workspace.world, database, worker, logs, wrong)
                finally:
                    await worker.close(5)
                    await asyncio.gather(*(each.drain(5) for each in late))
    finally:
        logging.getLogger().removeHandler(handler)
        await llm.close()
        await database.close()
        await workspace.close()
