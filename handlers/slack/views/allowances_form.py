"""The form in which an admin sets an allowance: what is put in reads as the command does."""

from collections.abc import Mapping
from typing import Any

from budget.allowances.setting import Choices
from handlers.commands.words import Mention, Text, Word
from handlers.slack.views.forms import (
    View,
    choice,
    day_input,
    field,
    form,
    person_input,
    text_input,
    value_of,
)
from handlers.slack.views.pieces import context

TITLE = "Set an allowance"
CALLBACK = "allowance_form"
EVERYONE, PERSON, COMPANY, TEAM = "everyone", "person", "company", "team:"
WHOM, WHO, AMOUNT, OFTEN, ROLLOVER, EXPIRES, FROM, POOL = (
    "whom", "who", "amount", "often", "rollover", "expires", "from", "pool",
)  # fmt: skip
ABOUT = (
    "One's own allowance comes before that of one's team, and a team's before everybody's. What is set already goes on "
    "until its present period is over."
)


def allowance_form(found: Choices) -> View:
    """Whom, how much, how often, what rolls over, from when, and who pays."""
    teams = [(f"{TEAM}{name}", f"Everybody in {name}") for name in found.teams]
    pools = [(COMPANY, "The company pool"), *((f"{TEAM}{name}", f"The {name} pool") for name in found.teams)]
    often = [("weekly", "Every week"), ("monthly", "Every month"), ("quarterly", "Every quarter")]
    rolls = text_input(placeholder="none", most=30)
    return form(
        TITLE,
        CALLBACK,
        [
            field(WHOM, "For whom", choice([(EVERYONE, "Everybody"), (PERSON, "One person"), *teams], EVERYONE)),
            field(WHO, "Which person", person_input(), optional=True),
            field(AMOUNT, "How much for each", text_input(placeholder="$20", most=30)),
            field(OFTEN, "How often", choice(often, "monthly")),
            field(ROLLOVER, "What may roll over", rolls, hint="50%, an amount, all or none", optional=True),
            field(EXPIRES, "What rolled over ends after", text_input(placeholder="never", most=5), optional=True,
                  hint="So many more periods, like 1 or 3, or never"),
            field(FROM, "Not before", day_input(), optional=True),
            field(POOL, "Who pays", choice(pools), hint="Else a team for its people, the company for all others",
                  optional=True),
            context(ABOUT),
        ],
        submit="Set",
    )  # fmt: skip


def words_of(view: Mapping[str, Any]) -> list[Word] | None:
    """What was put in, as the words of the command; None when no person was named where one was meant."""
    whom, who = value_of(view, WHOM), value_of(view, WHO)
    if whom == PERSON and not who:
        return None
    scope: Word = Mention(who) if whom == PERSON else named(whom)
    words = [scope, typed(view, AMOUNT), typed(view, OFTEN)]
    for name, keyword in ((ROLLOVER, "rollover"), (EXPIRES, "expires"), (FROM, "from")):
        if value_of(view, name):
            words += [Text(keyword), typed(view, name)]
    pool = value_of(view, POOL)
    return [*words, Text("by"), named(pool)] if pool else words


def typed(view: Mapping[str, Any], name: str) -> Text:
    """One field as one word, whatever is in it."""
    return Text(" ".join(value_of(view, name).split()))


def named(value: str) -> Text:
    """A team by its name, which is quoted; everybody or the company by their word."""
    return Text(value.removeprefix(TEAM), quoted=True) if value.startswith(TEAM) else Text(value)
