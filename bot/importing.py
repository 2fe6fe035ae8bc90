"""`stipend import people.csv`: HR's file compared with the books, and carried out with `--apply`."""

import argparse
import hashlib
import sys
from functools import partial
from pathlib import Path

from bot.import_words import bad_words, difference_lines, file_words, problem_lines, sums
from bot.settings import Settings
from bot.texts import harmless, operator, with_books
from bot.wiring import new_id, now
from budget.org import roster
from budget.org.roster import Import
from budget.org.roster_lines import MOST_BYTES, File, read
from budget.org.roster_plan import Plan
from handlers.commands.parts import name_problem
from store.database import Database
from store.many import Wrote, tell_nobody
from store.roster import workspaces

LONG = 2_000  # lines from which on it is told how far it is
DRY = "Nothing was changed. The same with --apply does it."
DONE = "Done: all of it is in the books."
NOT_DONE = "Nothing was changed."


def add_to(command: argparse.ArgumentParser) -> None:
    """The grammar of `stipend import …`."""
    command.add_argument("path", metavar="FILE", help="a CSV file with people's e-mails; - for standard input")
    command.add_argument("--apply", action="store_true", help="do it; without, the difference is shown and that is all")
    command.add_argument("--create-teams", action="store_true", help="make the teams that are not there yet")
    command.add_argument("--workspace", metavar="ID|NAME", help="whose people they are, where there are several")
    command.add_argument("--all", action="store_true", help="show everybody who differs, however many")
    command.set_defaults(run=partial(with_books, bring_in))


async def bring_in(database: Database, settings: Settings, options: argparse.Namespace) -> int:
    """Compare, and do it if asked to: 0 done or shown, 1 something is in the way, 2 it could not begin."""
    place = await chosen(database, options.workspace)
    if isinstance(place, str):
        return _refuse(place)
    data = contents(options.path)
    if isinstance(data, str):
        return _refuse(data)
    name = "standard input" if options.path == "-" else Path(options.path).name
    file = read(data)
    print("\n".join(file_words(name, file, f"{place[1]} ({place[0]})" if place[1] != place[0] else place[0])))
    asked = wish(place[0], file, name, data, settings, create_teams=options.create_teams)
    if options.apply and not file.problems:
        found = await roster.carry_out(database, asked, partial(progress, is_long=file.read >= LONG))
    else:
        found = await roster.look(database, asked)
    return told(found, asked, options)


def wish(place: str, file: File, name: str, data: bytes, settings: Settings, *, create_teams: bool) -> Import:
    """What is asked for, with what the audit keeps of where it came from."""
    at, mark = now(), hashlib.sha256(data).hexdigest()[:16]
    source = f"{harmless(name)[:100]} (sha256 {mark}) by {operator()}"
    day = at.astimezone(settings.zone).date()
    return Import(place, file, day, at, new_id, lambda each: name_problem(each, settings.face), create_teams, source)


def told(found: Plan, asked: Import, options: argparse.Namespace) -> int:
    """Print what was found, or done; the exit status."""
    done = options.apply and roster.can_be_done(found, asked)
    if not (found.problems and options.apply) and found.file.columns:
        said = difference_lines(found, everybody=options.all)
        print("\n".join([*said, *sums(found, create_teams=asked.create_teams, applied=done)]))
    if found.problems:
        print("\n".join([*problem_lines(found.problems), bad_words(found.problems)]), file=sys.stderr)
        return 1
    if found.missing and not asked.create_teams:
        print(NOT_DONE, file=sys.stderr)
        return 1
    if found.differences:
        print(DONE if done else DRY)
    return 0


async def chosen(database: Database, wanted: str | None) -> tuple[str, str] | str:
    """The workspace, as id and name; or a sentence."""
    found = await database.read(workspaces)
    if not found:
        return "There is no workspace in these books yet: start the bot once, say something to it, and import then."
    fits = [each for each in found if wanted is None or wanted.casefold() in (each[0].casefold(), each[1].casefold())]
    if len(fits) == 1:
        return fits[0]
    named = ", ".join(each[0] if each[0] == each[1] else f"{each[0]} ({each[1]})" for each in found)
    if wanted is None:
        return f"There are several workspaces in these books, {named}: say which with --workspace."
    if fits:
        return f"Several workspaces are called {wanted!r}: name one of {named} by its id."
    return f"No workspace is called {wanted!r}. In these books: {named}."


def contents(path: str) -> bytes | str:
    """The file's bytes; or a sentence."""
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or type(error).__name__}."


def progress(rows: int, *, is_long: bool) -> Wrote:
    """Tell how far it is, on standard error, in steps of a tenth."""
    if not is_long:
        return tell_nobody
    said = Said(rows)
    said.say(0)
    return said.say


class Said:
    """How many rows were written, and how many tenths that was when it was last told."""

    def __init__(self, rows: int) -> None:
        self.rows, self.written, self.tenth = rows, 0, -1

    def say(self, more: int) -> None:
        """So many more were written."""
        self.written += more
        tenth = 10 * self.written // max(self.rows, 1)
        if tenth > self.tenth:
            self.tenth = tenth
            print(f"Written {self.written:,} of {self.rows:,} rows.", file=sys.stderr, flush=True)


def _refuse(sentence: str) -> int:
    print(harmless(sentence), file=sys.stderr)
    return 2
