"""`python -m benchmarks`: measure everything, print it, and write results.md beside this file.

`--only c` (a letter or several) measures those parts and prints them, and leaves results.md as it is.
"""

import argparse
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import asks, burst, home_tab, in_flight, kills, last_money, ledger, payouts, people_import
from benchmarks.stage import Result

RESULTS = Path(__file__).parent / "results.md"
HEAD = """# Results

Measured {date} on {machine}, Python {python}, by `make bench`. Each figure is the median of turns taken one after the
other with its counterpart in the same run: read the ratios, not the machine.
"""
LEDGER = """
## Ledger: rounds of question, hold, dispatch and settle

Four commits a round, each with its note on the ask, against hand-written SQL that does the same work. A ratio above 1
means that the ledger is faster; one at a time, the goal is 3 ms for hold and settle, so 6 ms for a round.

"""
ASKS = """
## Asks: what an ask adds to calling the model

Record, hold, dispatch, stream, settle, against the openai SDK alone; the model is a stand-in in another process that
answers after 50 ms. Figures per process; model and bot share the machine.

| engine | at once | ask | bare call | added | asks/s | bare calls/s | goal | met |
|---|---|---|---|---|---|---|---|---|
"""
BOTS = """
## Whole bots: bursts, crowds, the last money, kills

Real processes, on a local workspace and a model that is a process of its own; all of it shares the machine. The time to
an acknowledgement begins when the workspace writes the envelope and ends when it has read the acknowledgement, so that
what the workspace itself is busy with counts as well.

| what | engine | measured | goal | met |
|---|---|---|---|---|
"""


def machine() -> str:
    """What it ran on, in short."""
    names = (line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    return f"{os.cpu_count()} cores ({next(names, 'unknown').partition(':')[2].strip()}), {platform.system()}"


def ask_line(row: asks.Row) -> str:
    """One row of the asks' table."""
    return (
        f"| {row.engine} | {row.at_once} | {row.ask_ms:.1f} ms | {row.bare_ms:.1f} ms | {row.added_ms:.1f} ms "
        f"| {row.asks_per_s:,.0f} | {row.bare_per_s:,.0f} | {row.goal} | {'yes' if row.met else 'no'} |"
    )


def result_line(row: Result) -> str:
    """One row of the bots' table."""
    return f"| {row.what} | {row.engine} | {row.figures} | {row.goal} | {'yes' if row.met else 'no'} |"


def bots(run: Callable[[], list[Result]]) -> Callable[[], list[str]]:
    """The lines of a benchmark of whole bots."""
    return lambda: [result_line(row) for row in run()]


PARTS: dict[str, tuple[str, Callable[[], list[str]]]] = {
    "a": (LEDGER, lambda: ledger.table(ledger.run())),
    "b": (ASKS, lambda: [ask_line(row) for row in asks.run()]),
    "c": (BOTS, bots(burst.run)),
    "d": (BOTS, bots(in_flight.run)),
    "e": (BOTS, bots(last_money.run)),
    "f": (BOTS, bots(kills.run)),
    "h": (BOTS, bots(payouts.run)),
    "i": (BOTS, bots(home_tab.run)),
    "j": (BOTS, bots(people_import.run)),
}
"""By letter: the words above its table, and what makes its lines; neighbours with the same words share the table."""


def measure(letters: str) -> str:
    """The tables of these parts."""
    found, above = [], ""
    for letter in letters:
        words, run = PARTS[letter]
        found += ([words.removesuffix("\n")] if words != above else []) + run()
        above = words
        print(f"measured: {letter}", flush=True)
    return "\n".join(found) + "\n"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, side by side.")
    parser.add_argument("--only", default="", help="letters of parts, such as `c` or `cf`; results.md is left alone")
    only = "".join(letter for letter in sorted(set(parser.parse_args().only)) if letter in PARTS)
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    text = HEAD.format(date=date, machine=machine(), python=platform.python_version()) + measure(only or "".join(PARTS))
    print(text)
    if not only:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
