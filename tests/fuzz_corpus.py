"""The payloads that an app is sent: one of each kind as it comes, and spoilt ones."""

import asyncio
import json
import random
import re

from sqlalchemy import text

from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, PLATFORM
from sandbox.workspace import payloads
from sandbox.workspace.acts import perform
from sandbox.workspace.methods.views import replace
from sandbox.workspace.records import View
from store.database import Connection
from tests.fuzz_bot import Bot, JsonObject, kept_in
from tests.fuzzing import mutated
from tests.integration.test_fuzz_commands import LINES


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
