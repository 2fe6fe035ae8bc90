"""Payloads with something wrong in them, through the whole app: none makes it fault, and none moves money by mistake.

The payloads are those of the workspace; which actions, forms, shortcuts and commands there are is read off the app.
"""

import asyncio
import json
import logging
import random
import re
import traceback
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
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
from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, PLATFORM, demo_seed
from sandbox.workspace import payloads
from sandbox.workspace.acts import perform
from sandbox.workspace.methods.views import replace
from sandbox.workspace.records import View
from sandbox.workspace.server import start_workspace
from sandbox.workspace.world import World
from store.database import Connection, Database
from store.ledger.apply import apply
from store.ledger.steps import Transfer
from store.verify import verify
from tests.asking import Clock, model
from tests.fuzz_rules import allowed_micros, gives_back, plain
from tests.fuzzing import dice_of, how_many, mutated, typed_wrong
from tests.integration.test_fuzz_commands import LINES, made

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


async def real_events(bot: Bot) -> list[JsonObject]:
    """Events as the workspace sends them when people write, edit, delete, attach, react, look and stop."""
    world, app = bot.world, bot.world.state.app.user_id
    await perform(world, "subscribe", {"message_channels": True})
    world.state.bot_events |= {"reaction_added", "member_joined_channel", "user_change", "team_join", "message.im"}
    dm = world.state.app_dm(ADA).id
    root = await perform(world, "send", {"as": ADA, "channel": GENERAL, "text": "@stipend how do I undo a commit?"})
    there = {"as": ADA, "channel": GENERAL}
    files = [{"name": "a.py", "content": "print(1)"}, {"name": "b.pdf", "content": "%PDF"}]
    for name, act in (
        ("send", {**there, "text": "and then? @stipend --model standin", "thread_ts": root["ts"]}),
        ("send", {"as": ADA, "channel": dm, "text": "and here?"}),
        ("send", {"as": ALAN, "channel": PLATFORM, "text": "no question", "files": files}),
        ("send", {"as": ADA, "channel": dm, "text": "@stipend read", "files": files}),
        ("send", {**there, "text": "to all @stipend", "thread_ts": root["ts"], "broadcast": True}),
        ("edit", {**there, "ts": root["ts"], "text": "@stipend how do I undo two commits?"}),
        ("react", {**there, "ts": root["ts"], "name": "thumbsup"}),
        ("open", {"as": ADA, "tab": "home"}),
        ("open", {"as": ADA, "tab": "messages"}),
        ("stop", {**there, "ts": root["ts"]}),
        ("user", {"id": ALAN, "name": "alan", "real_name": "Alan T."}),
        ("group", {"handle": "crew", "members": [ADA, GRACE]}),
        ("channel", {"name": "new-room", "members": [ADA, app]}),
        ("delete", {**there, "ts": root["ts"]}),
    ):
        await perform(world, name, dict(act))
    return [dict(payload) for payload in world.hub.sent.values()]


def commands_of(bot: Bot, lines: list[str]) -> list[JsonObject]:
    """Commands as the workspace sends them."""
    people = (ADA, GRACE, FRANCES)
    return [typed_by(bot, people[number % 3], line) for number, line in enumerate(lines)]


def typed_by(bot: Bot, who: str, line: str) -> JsonObject:
    """A command of somebody."""
    state, [name] = bot.world.state, bot.app.names("command")
    user, room = state.users[who], state.channels[GENERAL]
    return payloads.command(bot.world, user, room, name, line, state.new_trigger(who), None)


def clicks(bot: Bot, dice: random.Random) -> list[JsonObject]:
    """A click on everything that is listened to, with values that stand on buttons, or could."""
    state = bot.world.state
    messages = [m for room in state.messages.values() for m in room.values() if m.is_app] or [
        next(iter(next(iter(filter(None, state.messages.values()))).values()))
    ]
    values = [
        "id00000001",
        "id00000002",
        "none",
        "",
        "{}",
        *re.findall(r"'value': '([^']+)'", str([m.blocks for m in messages])),
    ]
    found = []
    for action_id in bot.app.names("action"):
        for kind in ("button", "static_select", "overflow", "feedback_buttons"):
            value = dice.choice(values)
            chosen = {"selected_option": {"text": {"type": "plain_text", "text": "x"}, "value": value}}
            action = {
                "type": kind,
                "action_id": action_id,
                "block_id": action_id,
                "value": value,
                "action_ts": "1.2",
                **chosen,
            }
            who, message = state.users[dice.choice((ADA, GRACE, FRANCES))], dice.choice(messages)
            found.append(payloads.message_action(bot.world, who, message, action, state.new_trigger(who.id)))
    return found


def form_of(bot: Bot, callback_id: str) -> View | None:
    """The form of that name, where somebody has it open."""
    return next((view for view in bot.world.state.modals.values() if view.body.get("callback_id") == callback_id), None)


async def forms(bot: Bot) -> list[JsonObject]:
    """Every form there is, opened as people open it, sent and closed."""
    found: list[JsonObject] = []
    for callback_id, opening in (await openings(bot)).items():
        await bot.dispatch(opening)
        view = await opened(bot, callback_id)
        found += forms_sent(bot, view) + amounts_typed(bot, view)
        if callback_id == "policy_check":  # the next form comes in the place of this one
            shown = json.loads(await bot.dispatch(found[-2]))["view"]
            found += forms_sent(bot, replace(bot.world, view, shown))
    there = {body["view"]["callback_id"] for body in found}
    assert there >= set(bot.app.names("view")), f"no form of {set(bot.app.names('view')) - there} has opened"
    return found


async def opened(bot: Bot, callback_id: str) -> View:
    """A form once it is filled in: it opens at once, and is filled in later."""
    async with asyncio.timeout(20):
        while (view := form_of(bot, callback_id)) is None:
            await asyncio.sleep(0.01)
    return view


def forms_sent(bot: Bot, view: View) -> list[JsonObject]:
    """A form as it stands, sent, and closed."""
    user = bot.world.state.users[view.user]
    sent = payloads.view_submission(bot.world, user, view, bot.world.state.new_trigger(user.id))
    return [sent, payloads.view_closed(bot.world, user, view, is_cleared=False)]


def amounts_typed(bot: Bot, view: View) -> list[JsonObject]:
    """What is told while an amount is typed into a form, where that is told."""
    user = bot.world.state.users[view.user]
    names = [str(block["block_id"]) for block in view.body["blocks"] if block.get("dispatch_action")]
    typed = [
        {"type": "plain_text_input", "action_id": name, "block_id": name, "value": "$3", "action_ts": "1.2"}
        for name in names
    ]
    return [payloads.view_action(bot.world, user, view, each, bot.world.state.new_trigger(user.id)) for each in typed]


async def openings(bot: Bot) -> dict[str, JsonObject]:
    """What opens each form, by its name."""
    [waiting] = await bot.database.read(_waiting)
    [shortcut] = await shortcuts(bot)
    typed = {"instructions": "prompt edit", "request_form": "request", "moving_form": "send",
             "policy_check": "policy edit", "allowance_form": "allowance set"}  # fmt: skip
    clicked = {"project_new": "form_project", "request_other_form": "request_other",
               "request_lend_form": "request_lend", "request_refuse_form": "request_refuse"}  # fmt: skip
    return (
        {"ask_about_form": shortcut}
        | {name: typed_by(bot, FRANCES, line) for name, line in typed.items()}
        | {name: click(bot, FRANCES, action_id, waiting) for name, action_id in clicked.items()}
    )


def _waiting(conn: Connection) -> list[str]:
    return list(
        conn.execute(text("SELECT id FROM token_request WHERE state = 'waiting' ORDER BY id LIMIT 1")).scalars()
    )


def click(bot: Bot, who: str, action_id: str, value: str) -> JsonObject:
    """A click on a button of one of the app's messages."""
    state = bot.world.state
    message = next(m for room in state.messages.values() for m in room.values() if m.is_app)
    action = {"type": "button", "action_id": action_id, "block_id": action_id, "value": value, "action_ts": "1.2"}
    return payloads.message_action(bot.world, state.users[who], message, action, state.new_trigger(who))


async def shortcuts(bot: Bot) -> list[JsonObject]:
    """Every shortcut, on a message; they open their forms as they are."""
    state = bot.world.state
    sent = await perform(bot.world, "send", {"as": ALAN, "channel": GENERAL, "text": "disk full again?"})
    message = state.messages[GENERAL][str(sent["ts"])]
    return [
        payloads.message_shortcut(bot.world, state.users[ADA], message, callback, state.new_trigger(ADA))
        for callback in bot.app.names("shortcut")
    ]


async def corpus(bot: Bot, dice: random.Random) -> list[JsonObject]:
    """Real payloads of every kind, each handed to the app once as it is."""
    found = [*await real_events(bot), *commands_of(bot, ["fund $500", "team create Platform", *LINES])]
    found += await shortcuts(bot)
    for body in found:
        await bot.dispatch(body)
    await asyncio.sleep(0.5)
    later = [*clicks(bot, dice), *await forms(bot)]
    for body in later:
        await bot.dispatch(body)
    bot.kept |= {kept_in(body["view"]) for body in later if "view" in body}
    assert not (complaints := bot.complaints({})), complaints
    assert bot.kinds["refused by the library"] == 0
    return found + later


def by_kind(bodies: list[JsonObject]) -> list[list[JsonObject]]:
    """So that forms are as frequent as commands; events, which are the most various, twice as frequent."""
    kinds: dict[str, list[JsonObject]] = {}
    for body in bodies:
        kinds.setdefault(str(body.get("type")), []).append(body)
    return [*kinds.values(), kinds["event_callback"]]


def spoilt(bot: Bot, dice: random.Random, body: JsonObject) -> JsonObject:
    """A payload with something wrong in it, that still comes to the listener, mostly."""
    fixed = frozenset({"type", "command"}) if dice.random() < 0.9 else frozenset[str]()
    wrong: JsonObject = mutated(dice, body, fixed)
    if "trigger_id" in wrong and wrong["trigger_id"] == body["trigger_id"]:
        wrong["trigger_id"] = bot.world.state.new_trigger(ADA)
    inner = wrong.get("event")
    if isinstance(inner, dict) and isinstance(inner.get("ts"), str) and dice.random() < 0.7:
        inner["ts"] = bot.world.state.new_ts()
    if "event_id" in wrong and dice.random() < 0.7:
        wrong["event_id"] = bot.world.state.new_id("Ev")
    return wrong


async def test_no_payload_makes_the_app_fault_or_moves_money_by_mistake(sqlite_url: str, tmp_path: Path) -> None:
    dice, seed = dice_of("payloads")
    async with bot_on(sqlite_url) as bot:
        bodies = by_kind(await corpus(bot, dice))
        for number in range(how_many(PAYLOADS_MADE)):
            body, before = spoilt(bot, dice, dice.choice(dice.choice(bodies))), await bot.moved()
            await bot.dispatch(body)
            complaints, after = bot.complaints(body), await bot.moved()
            told = f"{seed} payload {number}: {json.dumps(body)[:3_000]}"
            assert not complaints, f"{told}\n{complaints[0][-3_000:]}"
            assert after == before or allowed(body, after[len(before) :]), f"{told} moved {after[len(before) :]}"
        print(dict(bot.kinds))
        assert (await bot.database.read(verify)).sound, seed


def allowed(body: JsonObject, moved: list[tuple[str, int]]) -> bool:
    """Whether this payload may have moved this money: a command that says so, and nothing else."""
    line = body.get("text")
    if not isinstance(line, str) or "command" not in body:
        return False
    return [micros for _, micros in moved] == [allowed_micros(line)] or (
        gives_back(line) and {kind for kind, _ in moved} == {"return"}
    )


async def test_a_command_moves_what_it_says_or_nothing_and_is_always_answered(database_url: str) -> None:
    dice, seed = dice_of("executed")
    async with bot_on(database_url) as bot:
        for body in commands_of(bot, ["fund $500", "team create Platform", "team add Platform <@U0ADA|ada>"] * 3):
            await bot.dispatch({**body, "user_id": FRANCES})
        moves: Counter[str] = Counter()
        of_money = [line for line in LINES if allowed_micros(line)]
        before = await bot.moved()
        for number in range(how_many(COMMANDS_RUN)):
            line = made(dice) if dice.random() < 0.5 else typed_wrong(dice, dice.choice(of_money))
            [body] = commands_of(bot, [line])
            answer = await bot.dispatch({**body, "user_id": dice.choice((ADA, GRACE, FRANCES, FRANCES))})
            after, told = await bot.moved(), f"{seed} command {number}: {line[:2_000]!a}"
            assert not (complaints := bot.complaints(body)), f"{told}\n{complaints[0][-3_000:]}"
            assert answer or SILENT.search(plain(line)), f"{told}: no answer"
            assert after == before or allowed(body, after[len(before) :]), f"{told} moved {after[len(before) :]}"
            moves["moved" if after != before else "did not"] += 1
            before = after
        print(dict(moves))
        assert moves["moved"] > how_many(COMMANDS_RUN) / 100
        assert (await bot.database.read(verify)).sound, seed
