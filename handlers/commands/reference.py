"""`docs/commands.md`, made from the catalogue: `python -m handlers.commands.reference > docs/commands.md`.

A test compares the two, so that the page never says anything else than the commands themselves.
"""

from collections.abc import Iterator

from handlers.commands.catalogue import COMMANDS, TEAM_EXAMPLES
from handlers.commands.entry import Entry, For

HEAD = """# Commands

Everything is typed after `/tokens`, and answered for the one who typed alone. `@x` is a mention; a name of several
words goes into quotes; an amount is tokens (`40000`, `40,000`, `250k`, `1.5M`, `2B`) or dollars (`$20`, `$0.50`); a
day is written `2026-12-31`. What may be left out stands in brackets. A mistyped command is answered with the nearest
one, and never guesses with money.

`/tokens` alone shows your balance, what it lasts for and what you can do.
"""
FOR = {For.EVERYONE: "For everyone", For.MANAGERS: "For managers and admins", For.ADMINS: "For admins"}


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for who in For for line in section(who))])


def section(who: For) -> Iterator[str]:
    """The commands for some people."""
    yield f"## {FOR[who]}\n"
    for entry in COMMANDS:
        if entry.who is who:
            yield from described(entry)


def described(entry: Entry) -> Iterator[str]:
    """One command: its forms, what it does, examples."""
    yield f"### {entry.name}\n"
    yield "```"
    yield from (f"/tokens {form}" for form in entry.forms)
    yield "```\n"
    examples = TEAM_EXAMPLES.values() if entry.name == "team" else dict.fromkeys((entry.example, *entry.more))
    yield f"{entry.does} For example: {', '.join(f'`/tokens {each}`' for each in examples)}.\n"


if __name__ == "__main__":
    print(page(), end="")
