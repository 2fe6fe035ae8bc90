"""Every command there is: how it is written, an example, what it does, whom it is for. Help and errors read it here."""

import difflib

from handlers.commands import allowances, moving, nesting, organising, packages, policies, projects, requesting
from handlers.commands.entry import Entry, For

__all__ = ["BY_NAME", "COMMANDS", "Entry", "For", "nearest"]

OWN = (
    Entry(
        "balance",
        ("balance [@person | TEAM | company]",),
        "balance",
        "What you have, what is held for answers under way, and how long it lasts.",
        For.EVERYONE,
    ),
    Entry(
        "history",
        ("history [@person]",),
        "history",
        "The last ten movements: grants, questions, what was given back.",
        For.EVERYONE,
    ),
    Entry("models", ("models",), "models", "The models, and what a typical question costs with each.", For.EVERYONE),
    Entry(
        "model",
        ("model", "model NAME", "model default", "model NAME|default in channel", "model NAME|default in #channel"),
        "model default",
        "Choose the model that answers you; `default` goes back to the company's choice. Managers of a channel's team "
        "choose for everybody `in` a channel. For one question alone, begin or end it with `--model NAME`.",
        For.EVERYONE,
        ("model default in channel", "model default in #platform"),
    ),
    Entry(
        "channel",
        ("channel", "channel follow on|off"),
        "channel",
        "What is set for this channel: its team, model, instructions and follow-ups. With `follow on`, a reply in a "
        "thread is answered without a mention when its author has asked me there before; the managers of the channel's "
        "team and admins decide that.",
        For.EVERYONE,
        ("channel follow on", "channel follow off"),
    ),
    Entry(
        "prompt",
        ("prompt", "prompt edit [channel]", "prompt clear [channel]"),
        "prompt",
        "The instructions that the model gets here, and who wrote them. Admins edit and clear the company's, or with "
        "`channel` those of the channel where they type.",
        For.EVERYONE,
        ("prompt edit", "prompt clear channel"),
    ),
    Entry(
        "ask",
        ("ask QUESTION",),
        "ask how do I undo the last commit?",
        "Ask without anybody seeing it: I answer in your direct messages, and what was asked in a channel can be "
        "shared there afterwards, with a button.",
        For.EVERYONE,
    ),
    Entry("help", ("help [COMMAND]",), "help grant", "All commands, or one of them with an example.", For.EVERYONE),
    Entry(
        "grant",
        ("grant @person|TEAM AMOUNT [for REASON] [until YYYY-MM-DD]",),
        "grant @ada 250k for the on-call week",
        "Give from your team's pool to one of its members; admins give from the company's pool, to teams as well.",
        For.MANAGERS,
        ('grant "Data Platform" $5 until 2026-12-31',),
    ),
    Entry(
        "move",
        ("move AMOUNT from SOURCE to TARGET [for REASON]",),
        "move $5 from platform to @ada for the migration",
        "Move between a team's pool and its members. SOURCE and TARGET: `@person`, a team's name, or `company`.",
        For.MANAGERS,
    ),
    Entry(
        "team",
        (
            "team",
            "team NAME",
            "team create NAME",
            "team add NAME @person…",
            "team remove NAME @person…",
            "team manager NAME @person",
            "team channel NAME #channel",
            "team pool NAME on|off",
            "team group NAME @group|none",
            "team sync NAME|all",
            *nesting.FORMS,
        ),
        'team create "Data Platform"',
        "Your teams, or one of them. Admins create teams, set who is in them, who manages them and which channel is "
        "theirs; `pool` says whether the team's pool pays when a member's own balance is empty. With `group`, whoever "
        "is in a user group of Slack is in the team; `sync` looks who that is now. A team `under` another is looked "
        "after by the managers of both; `cost` says where its spending is booked, and that of teams below it without "
        "a cost centre of their own.",
        For.EVERYONE,
    ),
    Entry(
        "fund",
        ("fund AMOUNT [for REASON]",),
        "fund $500 for the fourth quarter",
        "Put new budget into the company's pool.",
        For.ADMINS,
    ),
)
AREAS = (requesting, moving, allowances, packages, projects, organising, policies)
COMMANDS = OWN + tuple(entry for area in AREAS for entry in area.ENTRIES)
BY_NAME = {entry.name: entry for entry in COMMANDS}
TEAM_EXAMPLES = {
    "create": 'team create "Data Platform"',
    "add": "team add platform @ada @grace",
    "remove": "team remove platform @ada",
    "manager": "team manager platform @grace",
    "channel": "team channel platform #platform",
    "pool": "team pool platform on",
    **organising.GROUP_EXAMPLES,
    **nesting.EXAMPLES,
}

CHANNEL_EXAMPLES = {"follow": "channel follow on"}
PROMPT_EXAMPLES = {"edit": "prompt edit", "clear": "prompt clear channel"}


def nearest(typed: str, names: tuple[str, ...] = tuple(BY_NAME)) -> str | None:
    """The name most like what was typed, if any is like it at all."""
    close = difflib.get_close_matches(typed.casefold(), names, n=1, cutoff=0.6)
    return close[0] if close else None
