"""Help: all commands, or one of them."""

from budget.org.rights import Role
from handlers.commands.catalogue import BY_NAME, COMMANDS, TEAM_EXAMPLES, Entry, For
from handlers.slack.views.pieces import Reply, context, example, lines, said
from handlers.slack.wire.safe import escape

AMOUNTS = "An amount is tokens (`40000`, `40,000`, `250k`, `1.5M`, `2B`) or dollars (`$20`, `$0.50`)."
ONCE = "Begin or end a question with `--model NAME` to ask that model this once."
SEEN_BY = {
    Role.MEMBER: {For.EVERYONE},
    Role.MANAGER: {For.EVERYONE, For.MANAGERS},
    Role.ADMIN: {For.EVERYONE, For.MANAGERS, For.ADMINS},
}


def overview(role: Role) -> Reply:
    """`/tokens help`: what is of use to this person."""
    listed = ["• `/tokens` – what you have, and what you can do", *command_lines(role)]
    more = f"{ONCE} `/tokens help balance` explains a command."
    if role is not Role.MEMBER:
        more = f"{ONCE} {AMOUNTS} `/tokens help grant` explains a command."
    return Reply("\n".join(["Ask me anything by mentioning me or in a direct message.", *listed]), [
        *lines(["Ask me anything by mentioning me or in a direct message. The commands:", *listed]),
        context(more),
    ])  # fmt: skip


def command_lines(role: Role) -> list[str]:
    """The commands for someone, a line each: the form, then what it does."""
    return [line(entry) for entry in COMMANDS if entry.who in SEEN_BY[role]]


def line(entry: Entry) -> str:
    """`• /tokens grant … – give from …`: what it does, in its first sentence."""
    form = entry.forms[0] if len(entry.forms) < 3 else f"{entry.name} …"
    does = first_sentence(entry.does)
    return f"• `/tokens {escape(form)}` – {escape(does[0].lower() + does[1:])}"


def first_sentence(text: str) -> str:
    """Up to the first full stop."""
    return text.split(". ", 1)[0].rstrip(".")


def one(name: str) -> Reply:
    """`/tokens help COMMAND`."""
    entry = BY_NAME[name]
    several = "\n".join(f"/tokens {escape(form)}" for form in entry.forms)
    forms = example(entry.forms[0]) if len(entry.forms) == 1 else f"```{several}```"
    examples = list(TEAM_EXAMPLES.values()) if name == "team" else [entry.example, *entry.more]
    tries = ("For example: " if len(examples) == 1 else "Examples: ") + ", ".join(map(example, examples))
    about_amounts = [AMOUNTS] if any("AMOUNT" in form for form in entry.forms) else []
    return said([escape(entry.does), forms, tries, *about_amounts])
