"""`/tokens`: translate in, call one use case, translate out. Answers are for the one who typed alone."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget import balance, typed
from budget.org import channels, instructions, people, teams, teams_seen
from budget.org.rights import Role
from budget.outcome import No
from budget.transfers import confirming
from handlers.commands.grammar import parse
from handlers.commands.parts import Misread
from handlers.slack import instructions as form
from handlers.slack import models, telling
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import moving_clicks
from handlers.slack.areas import register as areas
from handlers.slack.areas.call import ORIGIN, Call
from handlers.slack.asking import private
from handlers.slack.desk import Desk
from handlers.slack.views import balance as balance_view
from handlers.slack.views import channels as channels_view
from handlers.slack.views import help as help_view
from handlers.slack.views import history as history_view
from handlers.slack.views import instructions as instructions_view
from handlers.slack.views import models as models_view
from handlers.slack.views import teams as teams_view
from handlers.slack.views.pieces import Reader, Reply, refused, said
from handlers.slack.wire import markup
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.late import Late
from handlers.slack.wire.line import call
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

COMMAND = "/tokens"
ACK_S = 1.5  # Slack waits 3 s for the acknowledgement; an answer that takes longer follows it
NOT_TO_POST = "I am not in that channel, so I could not post there: invite me with `/invite` first."
AWAY = "The books cannot be reached just now. Try again in a minute, and look at `/tokens balance` first."
FAULT = "Something went wrong on our side. If it happens again, tell an admin this reference: {reference}"


def register(app: AsyncApp, desk: Desk, worker: Worker | None = None) -> Late:
    """The command; what is still being answered when the process closes can be waited for.

    Questions go to the worker.
    """
    late = Late()

    async def on_tokens(ack: AsyncAck, respond: AsyncRespond, body: Mapping[str, Any]) -> None:
        answering = late.start(answer(desk, body, worker))
        done, _ = await asyncio.wait({answering}, timeout=ACK_S)
        if done:
            await ack(**message(answering.result()))
            return
        await ack()
        late.start(follow_up(respond, answering))

    app.command(COMMAND)(on_tokens)
    return late


def message(reply: Reply) -> dict[str, Any]:
    """A reply that only the one who typed sees; nothing where it says nothing."""
    return {"text": reply.text, "blocks": list(reply.blocks), "response_type": "ephemeral"} if reply.text else {}


async def follow_up(respond: AsyncRespond, answering: asyncio.Task[Reply]) -> None:
    """Send an answer after the acknowledgement. `respond` never raises on an HTTP error: its status tells."""
    reply = await answering
    if not reply.text:
        return
    try:
        sent = await respond(**message(reply))
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        log.warning("answer to a command not delivered", kind=type(fault).__name__)
        return
    if sent.status_code != 200:
        log.warning("answer to a command not delivered", status=sent.status_code)


async def answer(desk: Desk, body: Mapping[str, Any], worker: Worker | None = None) -> Reply:
    """What a command is answered with, whatever happens; without a word when a form has opened."""
    try:
        reply = await answer_person(desk, body, worker)
        desk.homes.touch(str(body["user_id"]))
        return reply
    except Unavailable as away:
        log.warning("database away", command=COMMAND, kind=type(away).__name__)
        return said([AWAY])
    except Exception:
        reference = desk.new_id()
        log.exception("command failed", reference=reference)
        return said([FAULT.format(reference=reference)])


async def answer_person(desk: Desk, body: Mapping[str, Any], worker: Worker | None) -> Reply:
    """Who asks, for what, about whom; then do it. A form has to be opened before anything else."""
    command, here = parse(markup.read(str(body.get("text") or "")), desk.house.face), form.channel_of(body)
    if isinstance(command, typed.EditPrompt) and (here or not command.channel):
        return await form.open_form(desk, body, here if command.channel else None)
    opens = areas.opener(command)
    if isinstance(command, typed.AreaCommand) and opens is not None and not (command.in_channel and here is None):
        return await opens(desk, body, command)
    who = await desk.identity.who(str(body["user_id"]))
    if isinstance(who, No):
        return refused(who)
    if isinstance(command, Misread):
        return refused(command)
    if isinstance(command, typed.AskPrivately):
        if worker is None:
            raise AssertionError("where questions are asked, there is a worker")
        return await private.ask(desk, worker, body)
    if typed.needs_channel(command) and here is None:
        return said([channels_view.ONLY_THERE])
    problem = await met(desk, command) or await absent(desk, command, here)
    if problem:
        return refused(problem)
    return await carry_out(desk, who, command, key=f"{ORIGIN}:{body['trigger_id']}", here=here)


async def met(desk: Desk, command: typed.Command) -> No | None:
    """Everyone who is mentioned, in our books from now on; or why somebody cannot be."""
    for mentioned in typed.people_in(command):
        found = await desk.identity.mentioned(mentioned.id)
        if isinstance(found, No):
            return found
    return None


async def absent(desk: Desk, command: typed.Command, here: str | None) -> No | None:
    """Why something cannot be set for a channel: we are not in it."""
    match command:
        case typed.BindChannel(channel=channel):
            there, sentence = channel.id, NOT_TO_POST
        case typed.ChooseChannelModel(name=str(), channel=typed.ChannelRef(id=channel_id)):
            there, sentence = channel_id, channels_view.NOT_THERE
        case typed.ChooseChannelModel(name=str()) | typed.FollowThreads(on=True):
            there, sentence = here or "", channels_view.NOT_THERE
        case _:
            return None
    return None if await is_in(desk, there) else No(sentence)


async def is_in(desk: Desk, channel_id: str) -> bool:
    """Whether the bot is in a channel, and so may post there."""
    found = await call(desk.limits, "conversations.info", lambda: desk.client.conversations_info(channel=channel_id))
    channel = {} if isinstance(found, SlackNo) else found.get("channel") or {}
    return bool(channel.get("is_member")) and not channel.get("is_archived")


async def carry_out(desk: Desk, who: Person, command: typed.Command, *, key: str, here: str | None) -> Reply:
    """One use case for each command."""
    match command:
        case typed.Grant() | typed.Move() | typed.Fund():
            return await change_money(desk, who, command, key)
        case (
            typed.CreateTeam()
            | typed.AddMembers()
            | typed.RemoveMembers()
            | typed.SetManager()
            | typed.BindChannel()
            | typed.SetPool()
            | typed.NestTeam()
            | typed.SetTeamCost()
        ):
            changed = await teams.change_team(desk.house, who.id, command, key=key, origin=ORIGIN)
            return refused(changed) if isinstance(changed, No) else teams_view.changed(changed)
        case typed.ChooseModel() | typed.ChooseChannelModel() | typed.FollowThreads() | typed.ClearPrompt():
            return await change_setting(desk, who, command, here)
        case typed.AreaCommand():
            return await areas.answer(Call(desk, who, key, here), command)
        case typed.EditPrompt() | typed.AskPrivately():
            raise AssertionError("that was seen to before")
        case _:
            return await look(desk, who, command, here)


async def change_setting(desk: Desk, who: Person, command: typed.SettingChange, here: str | None) -> Reply:
    """What a person chooses for themselves, or for everybody in a channel."""
    house = desk.house
    match command:
        case typed.ChooseModel(name):
            chosen = await people.choose_model(house, who, name, origin=ORIGIN, channel_id=here)
            return refused(chosen) if isinstance(chosen, No) else models_view.chosen(chosen)
        case typed.ChooseChannelModel(name, channel):
            there = channel.id if isinstance(channel, typed.ChannelRef) else here or ""
            answers = await channels.set_model(house, who, there, name, origin=ORIGIN)
            return refused(answers) if isinstance(answers, No) else models_view.chosen_here(answers)
        case typed.FollowThreads(on):
            done = await channels.follow_threads(house, who, here or "", on, origin=ORIGIN)
            return refused(done) if isinstance(done, No) else channels_view.following(done)
        case typed.ClearPrompt(channel=of_channel):
            cleared = await instructions.clear(house, who, here if of_channel else None, origin=ORIGIN)
            return refused(cleared) if isinstance(cleared, No) else instructions_view.cleared(cleared)


async def look(desk: Desk, who: Person, command: typed.Look, here: str | None) -> Reply:
    """Commands that change nothing."""
    reader = reader_of(desk, who)
    match command:
        case typed.ShowBalance(of=typed.PersonRef() | typed.TeamRef() | typed.Company() as of):
            seen = await balance.balance_of(desk.house, who.id, of, origin=ORIGIN)
            return refused(seen) if isinstance(seen, No) else balance_view.others(seen, reader)
        case typed.Overview() | typed.ShowBalance():
            return balance_view.own(await balance.overview(desk.house, who.id), reader)
        case typed.ShowHistory(of=of):
            moves = await balance.history_of(desk.house, who.id, of, origin=ORIGIN)
            return refused(moves) if isinstance(moves, No) else history_view.history(moves, reader)
        case typed.ShowModels():
            return await models.listed(desk, who, here)
        case typed.ShowChannel():
            return channels_view.channel(await channels.see_channel(desk.house, who, here or ""))
        case typed.ShowPrompt():
            return instructions_view.prompt(await instructions.see(desk.house, who, here), here, reader)
        case typed.ShowHelp(command=name):
            return help_view.one(name) if name else help_view.overview(await role_of(desk, who))
        case typed.ShowTeams():
            return teams_view.listing(await teams_seen.list_teams(desk.house, who.id), reader)
        case typed.ShowTeam(team=team):
            found = await teams_seen.see_team(desk.house, who.id, team)
            return refused(found) if isinstance(found, No) else teams_view.team(found, reader)


async def change_money(desk: Desk, who: Person, command: typed.MoneyChange, key: str) -> Reply:
    """Change it, or ask first where it is much; those it concerns read a letter of it."""
    done = await confirming.ask_or_do(desk.house, who.id, command, key=key, origin=ORIGIN)
    desk.letters.nudge()
    return moving_clicks.answered(desk, who, done)


async def role_of(desk: Desk, who: Person) -> Role:
    """What someone is in the company."""
    return (await desk.house.database.read(lambda conn: balance.known(conn, who.id))).role


def reader_of(desk: Desk, who: Person) -> Reader:
    """For whom a view is made."""
    return telling.reader_of(desk.house, who)
