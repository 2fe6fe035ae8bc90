"""`python -m benchmarks`: measure everything, print it, and write results.md beside this file."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import asks, ledger

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


def main() -> None:
    """Measure, print, write."""
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    text = HEAD.format(date=date, machine=machine(), python=platform.python_version())
    text += LEDGER + "\n".join(ledger.table(ledger.run())) + "\n"
    text += ASKS + "\n".join(ask_line(row) for row in asks.run()) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
