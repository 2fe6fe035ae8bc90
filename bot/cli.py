"""The command line: `stipend run | demo | doctor | db … | ledger verify | import FILE | policy … | texts …`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import doctor, importing, log, policies, secrets, texts
from bot.books import opened
from bot.settings import Settings, load
from bot.wiring import Problems, model_problems, now, serve
from handlers.slack.app import NotConnected
from store import backup, schema
from store.backup import NotDone
from store.database import Unavailable
from store.schema import TooNew
from store.verify import Report, lines, verify


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0 good, 1 a difference or a fault, 2 something to mend first."""
    os.umask(0o077)  # the books and their copies are for the operator's eyes
    options = parser().parse_args(argv)
    try:
        status: int = options.run(options)
        return status
    except Problems as problems:
        return _tell(problems.sentences)
    except (NotConnected, TooNew, Unavailable, ValueError) as problem:
        return _tell([str(problem)])
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    top = argparse.ArgumentParser(prog="stipend", description="Token budgets for people, in chat.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("run", help="run the bot against a workspace").set_defaults(run=run)
    demo = commands.add_parser(
        "demo", help="start a local workspace, a model and the bot, and print the page's address"
    )
    demo.add_argument("--port", type=int, default=8080, help="where the page is served; a busy one is passed over")
    demo.set_defaults(run=demonstrate)
    db = commands.add_parser("db", help="the database").add_subparsers(required=True, metavar="COMMAND")
    db.add_parser("upgrade", help="bring the tables up to this version").set_defaults(run=upgrade)
    copy = db.add_parser("backup", help="copy the database into a new file, while the bot works")
    copy.add_argument("path", type=Path, metavar="PATH", help="a file that is not there yet")
    copy.set_defaults(run=back_up)
    ledger = commands.add_parser("ledger", help="the ledger").add_subparsers(required=True, metavar="COMMAND")
    ledger.add_parser("verify", help="recompute every balance and compare").set_defaults(run=check_ledger)
    importing.add_to(commands.add_parser("import", help="compare HR's file with the books; --apply carries it out"))
    policies.add_to(commands.add_parser("policy", help="the rules of a workspace: show, check a file, apply it"))
    texts.add_to(commands.add_parser("texts", help="questions and answers that are kept"))
    _add_doctor(commands.add_parser("doctor", help="check settings, Slack, database and models; say what to mend"))
    return top


def _add_doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    command.add_argument("--ask-model", action="store_true", help="also ask the default model for one token; it costs")
    command.add_argument("--verify", action="store_true", help="also recompute every balance, as `ledger verify` does")
    command.set_defaults(run=examine)


def run(_: argparse.Namespace) -> int:
    """Run the bot until it is told to stop."""
    settings = settings_or_problems(needs_slack=True)
    log.configure(settings.log_format, settings.log_level, secrets.known(os.environ))
    asyncio.run(serve(settings))
    return 0


def demonstrate(options: argparse.Namespace) -> int:
    """Start the demo: workspace, model and bot as one process tree."""
    from bot.demo import demo  # the demo's parts are not needed in production

    return asyncio.run(demo(options.port))


def upgrade(_: argparse.Namespace) -> int:
    """Upgrade the database that the settings name."""
    schema.upgrade(settings_or_problems(needs_slack=False).database_url.get_secret_value())
    print("The database is up to date.")
    return 0


def back_up(options: argparse.Namespace) -> int:
    """Copy the database: 0 when the copy is good, 1 when its ledger does not add up, 2 when there is none."""
    url = settings_or_problems(needs_slack=False).database_url.get_secret_value()
    done = backup.backup(url, options.path)
    if isinstance(done, NotDone):
        return _tell([done.sentence])
    print(f"The backup is {done.path} ({done.bytes:,} bytes).")
    print("\n".join(lines(done.report)) if done.report else f"Not verified: {done.why}.")
    return 0 if done.report is None or done.report.sound else 1


def examine(options: argparse.Namespace) -> int:
    """Look at everything: 0 all well, 1 warnings only, 2 at least one problem."""
    # Errors alone: the findings repeat what the libraries warn of.
    log.configure("console", "error", secrets.known(os.environ))
    findings = asyncio.run(doctor.examine(doctor.Wishes(options.ask_model, options.verify), now))
    print(doctor.as_json(findings) if options.json else doctor.as_text(findings))
    return doctor.status_of(findings)


def check_ledger(_: argparse.Namespace) -> int:
    """Prove the books: 0 when everything adds up."""
    url = settings_or_problems(needs_slack=False).database_url.get_secret_value()
    report = asyncio.run(_verify(url))
    print(log.mask(f"Database: {url}", secrets.known(os.environ)))
    print("\n".join(lines(report)))
    return 0 if report.sound else 1


async def _verify(url: str) -> Report:
    async with opened(url) as database:
        return await database.read(verify)


def settings_or_problems(*, needs_slack: bool) -> Settings:
    """The settings. Raises Problems with every sentence at once."""
    found = load(needs_slack=needs_slack)
    if isinstance(found, list):
        raise Problems(found + (model_problems() if needs_slack else []))
    return found


def _tell(sentences: Sequence[str]) -> int:
    hidden = secrets.known(os.environ)
    print("\n".join(log.mask(sentence, hidden) for sentence in sentences), file=sys.stderr)
    return 2
