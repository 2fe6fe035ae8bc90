"""`stipend texts`: what is kept of questions and answers, for operators. Each look is in the audit."""

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.books import opened
from bot.settings import Settings, load
from bot.wiring import Problems, now
from budget import texts
from budget.money import exact_dollars
from budget.outcome import No
from budget.retention import Unreadable, new_key
from budget.texts import MOST_LISTED, Shown
from store.database import Database
from store.texts import Asked

DAYS = 7
MOST_DAYS_BACK = 3_660
REASON_CHARS = 500

Work = Callable[[Database, Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def add_to(command: argparse.ArgumentParser) -> None:
    """The grammar of `stipend texts …`."""
    each = command.add_subparsers(required=True, metavar="COMMAND")
    each.add_parser("new-key", help="print a fresh key for STIPEND_RETENTION_KEY").set_defaults(run=print_key)
    one = each.add_parser("show", help="decrypt the texts of an ask; the audit keeps who did, and why")
    one.add_argument("ask_id", metavar="ASK_ID", help="the reference under a failure, or from `stipend texts list`")
    one.add_argument("--reason", required=True, type=reason, help="why you have to read it")
    one.set_defaults(run=partial(with_books, show))
    listed = each.add_parser("list", help="somebody's asks: time, id, model, cost; no texts")
    listed.add_argument("--person", required=True, metavar="E-MAIL|SLACK_ID")
    listed.add_argument("--days", type=days, default=DAYS, help=f"how far back ({DAYS})")
    listed.add_argument("--reason", type=reason, help="for the audit")
    listed.set_defaults(run=partial(with_books, show_list))
    gone = each.add_parser("purge", help="delete what is not to be kept any more, as the bot does by itself")
    gone.add_argument("--all", action="store_true", help="delete everything that is kept")
    gone.set_defaults(run=partial(with_books, purge))
    again = each.add_parser("rotate", help="encrypt what is kept with the first key")
    again.set_defaults(run=partial(with_books, rotate))


def reason(typed: str) -> str:
    """A reason with words in it. Raises ArgumentTypeError."""
    said = " ".join(typed.split())
    if not said or len(said) > REASON_CHARS:
        raise argparse.ArgumentTypeError(f"say why, in {REASON_CHARS} characters at most")
    return said


def days(typed: str) -> int:
    """A number of days. Raises ArgumentTypeError."""
    if not (typed.isascii() and typed.isdecimal() and 0 < int(typed) <= MOST_DAYS_BACK):
        raise argparse.ArgumentTypeError(f"a whole number of days from 1 to {MOST_DAYS_BACK}")
    return int(typed)


def print_key(_: argparse.Namespace) -> int:
    """A fresh key on standard output, and nothing else there."""
    print(new_key())
    return 0


def with_books(work: Work, options: argparse.Namespace) -> int:
    """Do the work on the database that the settings name. Raises Problems, TooNew, Unavailable."""
    settings = load(needs_slack=False)
    if isinstance(settings, list):
        raise Problems(settings)
    return asyncio.run(_on(settings, work, options))


async def _on(settings: Settings, work: Work, options: argparse.Namespace) -> int:
    async with opened(settings.database_url.get_secret_value()) as database:
        return await work(database, settings, options)


def operator() -> str:
    """Who runs this, as far as the operating system knows."""
    try:
        return f"os:{getpass.getuser()}"[:130]
    except (KeyError, OSError):  # a container's user may have no name
        return f"os:{os.getuid()}"


async def show(database: Database, settings: Settings, options: argparse.Namespace) -> int:
    """The texts of an ask: 0 when both can be read, 1 when not."""
    shown = await texts.show(
        database, settings.retention.keys, options.ask_id, reason=options.reason, operator=operator(), at=now()
    )
    if isinstance(shown, No):
        return _refuse(shown)
    print("\n\n".join(_paragraphs(shown, settings)))
    return 1 if isinstance(shown.question, Unreadable) or isinstance(shown.answer, Unreadable) else 0


def _paragraphs(shown: Shown, settings: Settings) -> Sequence[str]:
    found = shown.found
    what = [found.kept.ask_id, _when(found.asked_at, settings), found.asker, found.model or "no model", found.state]
    until = f"kept until {_when(found.purge_at, settings)} ({settings.timezone})"
    parts = [("Question", shown.question), ("Answer", shown.answer)]
    return [harmless(", ".join([*what, until])), *(f"{name}\n{_words(text)}" for name, text in parts)]


def _words(text: str | Unreadable) -> str:
    return text.sentence if isinstance(text, Unreadable) else harmless(text)


def harmless(text: str) -> str:
    """The text with control characters spelled out: they could make a terminal do or show something else."""
    return "".join(char if char in "\n\t" or char.isprintable() else ascii(char)[1:-1] for char in text)


def _when(at: datetime, settings: Settings) -> str:
    return f"{at.astimezone(settings.zone):%Y-%m-%d %H:%M}"


async def show_list(database: Database, settings: Settings, options: argparse.Namespace) -> int:
    """Somebody's asks, newest first."""
    at = now()
    found = await texts.list_asks(
        database, options.person, at - timedelta(days=options.days), reason=options.reason, operator=operator(), at=at
    )
    if isinstance(found, No):
        return _refuse(found)
    print("\n".join([_line(each, settings) for each in found] or [f"Nothing was asked in {options.days} days."]))
    if len(found) >= MOST_LISTED:
        print(f"These are the newest {MOST_LISTED:,}.", file=sys.stderr)
    return 0


def _line(asked: Asked, settings: Settings) -> str:
    how = asked.state if asked.outcome in (None, asked.state) else f"{asked.state} ({asked.outcome})"
    cost = "-" if asked.cost_micros is None else exact_dollars(asked.cost_micros)
    kept = "kept" if asked.is_kept else "not kept"
    return "  ".join([_when(asked.at, settings), asked.id, asked.model or "-", cost, how, kept])


async def purge(database: Database, settings: Settings, options: argparse.Namespace) -> int:
    """Delete texts, by the rule or all."""
    at = now()
    if options.all:
        gone = await texts.purge_all(database, at, operator())
    else:
        gone = await texts.purge(database, at, settings.retention.kept_since(at))
    print(f"Deleted: the texts of {gone:,} {'ask' if gone == 1 else 'asks'}.")
    return 0


async def rotate(database: Database, settings: Settings, _: argparse.Namespace) -> int:
    """Encrypt with the first key: 0 when all could be, 1 when some cannot be decrypted."""
    keys = settings.retention.keys
    if keys is None:
        return _refuse(No("STIPEND_RETENTION_KEY is not set; put the new key before the old ones."))
    done = await texts.rotate(database, keys)
    print(f"Encrypted anew: {done.changed:,}. With the first key already: {done.same:,}.")
    if done.unreadable:
        print(f"No key decrypts {done.unreadable:,}: was one taken away too early?", file=sys.stderr)
    return 1 if done.unreadable else 0


def _refuse(no: No) -> int:
    print(harmless(no.sentence), file=sys.stderr)
    return 2
