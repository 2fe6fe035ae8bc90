"""`stipend policy`: the policy shown, a file checked against it, and applied after it was shown what it changes."""

import argparse
import sys
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bot.importing import chosen
from bot.settings import Settings
from bot.texts import harmless, operator, with_books
from bot.wiring import models_of, new_id, now, rules_of
from budget.house import House
from budget.llm import Llm
from budget.outcome import No
from budget.policy import changing, seeing
from budget.policy.changing import LONGEST, Applied, Mistaken, Overtaken, Previewed, Setter
from budget.policy.current import of_text
from budget.policy.seeing import Held
from budget.policy.template import TEMPLATE
from budget.policy.words import sections
from store.database import Database
from store.roster import workspaces

ORIGIN = "cli"
NO_WORKSPACE = "There is no workspace in these books yet: start the bot once, and set its policy then."
NOT_ASKED = "Nothing was applied: say --yes to apply it without being asked."
LEFT = "Nothing was applied."
FASTER = (
    "Somebody else changed the policy at the same moment, so nothing was applied. See what it is now, and apply yours "
    "again."
)

Work = Callable[[House, str, argparse.Namespace], Coroutine[Any, Any, int]]


def add_to(command: argparse.ArgumentParser) -> None:
    """The grammar of `stipend policy …`."""
    each = command.add_subparsers(required=True, metavar="COMMAND")
    shown = each.add_parser("show", help="the policy in words")
    shown.add_argument("--toml", action="store_true", help="as it is written, to be changed and applied")
    _in_books(shown, show)
    checked = each.add_parser("check", help="say every mistake in a file, or what it would change")
    checked.add_argument("path", type=Path, metavar="FILE")
    _in_books(checked, check)
    done = each.add_parser("apply", help="show what a file changes, ask, and set it")
    done.add_argument("path", type=Path, metavar="FILE")
    done.add_argument("--yes", action="store_true", help="do not ask")
    _in_books(done, apply)


def _in_books(command: argparse.ArgumentParser, work: Work) -> None:
    command.add_argument("--workspace", metavar="ID|NAME", help="whose policy, where there are several")
    command.set_defaults(run=partial(with_books, partial(_in_workspace, work)))


async def _in_workspace(work: Work, database: Database, settings: Settings, options: argparse.Namespace) -> int:
    """Do the work for the workspace that is meant; 2 where none is. Raises Problems."""
    place = await chosen(database, options.workspace) if await database.read(workspaces) else NO_WORKSPACE
    if isinstance(place, str):
        return _complain([place], 2)
    llm = Llm(random=float)  # no model is called here
    house = House(database, models_of(settings), llm, now, new_id, settings.face, rules_of(settings))
    try:
        return await work(house, place[0], options)
    finally:
        await llm.close()


async def show(house: House, workspace_id: str, options: argparse.Namespace) -> int:
    """The policy, in words or as it is written."""
    now_held = await house.database.read(lambda conn: seeing.held(conn, workspace_id))
    if options.toml:
        print(harmless(now_held.toml or TEMPLATE), end="")
        return 0
    for each in sections(of_text(house, now_held.toml), seeing.terms_of(house)):
        print(each.heading)
        for rule in each.rules:
            print(harmless(f"  {rule.sentence}{' (changed)' if rule.changed else ''}"))
    print(harmless(_stamp(house, now_held)))
    return 0


def _stamp(house: House, held: Held) -> str:
    if held.at is None:
        return "Nobody has changed a rule yet: these are the ones that come with Stipend."
    return f"Version {held.number}, set by {held.by}, {held.at.astimezone(house.rules.timezone):%Y-%m-%d %H:%M}."


async def check(house: House, workspace_id: str, options: argparse.Namespace) -> int:
    """0 when the file is right, with what it would change; 1 with every mistake; 2 when it cannot be read."""
    text = _text(options.path)
    if isinstance(text, No):
        return _complain([text.sentence], 2)
    found = await changing.propose(house, _setter(workspace_id), text, read_number=None)
    return _told(found)


async def apply(house: House, workspace_id: str, options: argparse.Namespace) -> int:
    """0 when it counts; 1 with every mistake, or when it was not agreed to, or somebody was faster; 2 unreadable."""
    text = _text(options.path)
    if isinstance(text, No):
        return _complain([text.sentence], 2)
    found = await changing.propose(house, _setter(workspace_id), text, read_number=None)
    status = _told(found)
    if not isinstance(found, Previewed) or found.same_text:
        return status
    if not options.yes and (refusal := _asked()):
        return _complain([refusal], 1)
    done = await changing.apply(house, _setter(workspace_id), text, read_number=found.read)
    return _told(done)


def _setter(workspace_id: str) -> Setter:
    return Setter(workspace_id, operator(), ORIGIN)


def _text(path: Path) -> str | No:
    try:
        data = path.read_bytes()
    except OSError as error:
        return No(f"{path} cannot be read: {error.strerror or type(error).__name__}.")
    if len(data) > 4 * LONGEST:
        return No(f"{path} is too long for a policy: it has {len(data):,} bytes.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return No(f"{path} is not a text in UTF-8.")


def _asked() -> str | None:
    """Whether to apply it, asked at the terminal; a sentence when not."""
    if not sys.stdin.isatty():
        return NOT_ASKED
    try:
        answer = input("Apply it? [y/N] ")
    except EOFError:
        answer = ""
    return None if answer.strip().casefold() in ("y", "yes") else LEFT


def _told(found: Previewed | Applied | Mistaken | Overtaken | No) -> int:
    """Print what was found or done; the exit status."""
    match found:
        case No(sentence):
            return _complain([sentence], 1)
        case Mistaken():
            return _complain([each.sentence for each in found.mistakes], 1)
        case Overtaken():
            return _complain([FASTER], 1)
        case Previewed(same_text=True):
            print("Nothing would change: this is the policy as it is.")
        case Previewed():
            follows = [each.sentence for each in found.effects]
            print(harmless("\n".join(["This changes:", *follows] if follows else ["No rule changes, only the text."])))
        case Applied():
            print(f"Version {found.number} counts from now on.")
    return 0


def _complain(sentences: Sequence[str], status: int) -> int:
    print(harmless("\n".join(sentences)), file=sys.stderr)
    return status
