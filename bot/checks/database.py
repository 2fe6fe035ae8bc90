"""The database: the disk under it, its version, whether it takes writes, and what should have been done long ago."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from bot.checks.finding import Finding, counted, ok, problem, warning
from bot.checks.slack import clock
from bot.settings import Settings
from store import schema
from store.database import Database, Unavailable
from store.inspect import File, State, file_of, look_into
from store.verify import lines, verify

DISK_WARNING_BYTES, DISK_PROBLEM_BYTES = 1 << 30, 100 << 20  # a busy company writes some megabytes a day
MEGABYTE = 1 << 20
UPGRADE = "Run `stipend db upgrade`; take a backup first, with `stipend db backup PATH`."


async def look_at_database(
    settings: Settings, bad: frozenset[str], now: Callable[[], datetime], *, prove: bool
) -> list[Finding]:
    """The findings; with `prove`, `ledger verify` too, which reads the whole database."""
    if "DATABASE_URL" in bad:
        return []
    url = settings.database_url.get_secret_value()
    file = await asyncio.to_thread(file_of, url)
    on_disk = about_file(file) if file else []
    if file and not file.exists:
        return [*on_disk, ok("database", f"there is none at {file.path} yet; `stipend run` makes it.")]
    try:
        state = await asyncio.to_thread(look_into, url, now)
    except Unavailable as fault:
        remedy = "Check DATABASE_URL, the server or the file behind it, and the rights of the bot's user."
        return [*on_disk, problem("database", str(fault), remedy)]
    proof = [await _proof(url)] if prove and state.version == schema.expected() else []
    return [*on_disk, *about_state(state), *proof]


def about_file(file: File) -> list[Finding]:
    """The disk under a SQLite file."""
    free = f"{file.free_bytes / MEGABYTE:,.0f} MB are free at {file.path.parent}."
    more = "Make room: without it nothing can be booked, and nobody is answered."
    disk = [ok("disk", free)]
    if file.free_bytes < DISK_WARNING_BYTES:
        disk = [(problem if file.free_bytes < DISK_PROBLEM_BYTES else warning)("disk", free, more)]
    if file.on_network:
        remedy = "Keep the file on a disk of this machine, or use PostgreSQL: locks are not to be relied on there."
        disk.append(problem("disk", f"{file.path} is on a network file system ({file.filesystem}).", remedy))
    if not file.writable:
        remedy = "Let the bot's user write the file and its folder, where SQLite keeps its journal."
        disk.append(problem("disk", f"{file.path} or its folder may not be written by this user.", remedy))
    return disk


def about_state(state: State) -> list[Finding]:
    """A database that answers."""
    time = clock(state.ahead_s, "the database's")
    found = [_version(state), *_journal(state), *([time] if time else [])]
    return found if state.version != schema.expected() else [*found, _writes(state), *_overdue(state)]


def _version(state: State) -> Finding:
    expected = schema.expected()
    if state.version == expected:
        return ok("database", f"it answers, and has this version's schema ({expected}).")
    if state.version is None:
        return ok("database", "it answers, and is empty; `stipend run` makes the tables.")
    if state.version not in schema.versions():
        found, _, remedy = schema.too_new(state.version).partition(" Install")
        return problem("database", found, f"Install{remedy}")
    return warning("database", f"it answers, with an older schema ({state.version}; this is {expected}).", UPGRADE)


def _journal(state: State) -> list[Finding]:
    if state.journal is None:
        return []
    if state.journal == "wal":
        return [ok("journal", "SQLite writes ahead (WAL), so readers and the writer do not wait for each other.")]
    found = f"SQLite cannot use its write-ahead log here (journal_mode is {state.journal})."
    return [problem("journal", found, "Move the file to a local disk, or use PostgreSQL.")]


def _writes(state: State) -> Finding:
    if not state.forbidden:
        return ok("writing", "every table can be written.")
    found = f"the database's user may not write {', '.join(state.forbidden)}."
    return problem("writing", found, "GRANT SELECT, INSERT, UPDATE, DELETE on all tables to the user in DATABASE_URL.")


def _overdue(state: State) -> list[Finding]:
    remedy = "Start the bot, which sees to it within seconds; if it runs, its log says what keeps it from it."
    counts = (
        ("holds", counted(state.holds_overdue, "hold is", "holds are"), "open past the expiry."),
        ("asks", counted(state.asks_untold, "ask", "asks"), "ended without the asker being told."),
        ("asks", counted(state.asks_abandoned, "ask", "asks"), "not ended, with nobody at work on it."),
    )
    late = [warning(about, f"{count} {what}", remedy) for about, count, what in counts if not count.startswith("0 ")]
    return late or [ok("open ends", "no hold is past its expiry, and no ask waits for its end to be shown.")]


async def _proof(url: str) -> Finding:
    database = await Database.open(url)
    try:
        report = await database.read(verify)
    except Unavailable as fault:
        return problem("ledger", str(fault), "Run `stipend ledger verify` when the database is back.")
    finally:
        await database.close()
    summary = lines(report)[0]
    if report.sound:
        return ok("ledger", summary)
    return problem("ledger", summary, "Run `stipend ledger verify` for the list, and ask for help before spending on.")
