"""Commands with slips in them: each is read as something, or answered with a sentence; none moves money by mistake."""

import random
import re

from budget import typed
from budget.money import Face
from budget.projects.typed import CreateProject, FundProject
from budget.transfers.typed import Lend, Return, Send
from handlers.commands.catalogue import CHANNEL_EXAMPLES, COMMANDS, PROMPT_EXAMPLES, TEAM_EXAMPLES
from handlers.commands.grammar import parse
from handlers.commands.parts import Misread
from handlers.slack.views.pieces import refused
from handlers.slack.wire.markup import read
from tests.fuzz_rules import allowed_micros
from tests.fuzzing import PIECES, dice_of, how_many, typed_wrong, words

COMMANDS_MADE = 95_000
LONGEST_SENTENCE = 700
UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")  # control, direction, half a pair
MONEY = (typed.Grant, typed.Move, typed.Fund, Send, Return, Lend, FundProject, CreateProject)


def as_slack_sends(line: str) -> str:
    """A line with mentions in Slack's form: user groups are those whose names have a hyphen."""
    line = re.sub(r"@([a-z]+(?:-[a-z]+)*)", mention, line)
    return re.sub(r"#([a-z]+)", lambda found: f"<#C0{found[1].upper()}|{found[1]}>", line)


def mention(found: re.Match[str]) -> str:
    """What is picked from the list after an `@`."""
    name = found[1]
    if "-" in name:
        return f"<!subteam^S0{name.upper().replace('-', '')}|@{name}>"
    return f"<@U0{name.upper()}|{name}>"


EXAMPLES = sorted(
    {example for entry in COMMANDS for example in (entry.example, *entry.more)}
    | {*TEAM_EXAMPLES.values(), *CHANNEL_EXAMPLES.values(), *PROMPT_EXAMPLES.values()}
)
LINES = [as_slack_sends(line) for line in EXAMPLES] + [
    "", "fund 40,000", "fund 2B for Q4", "fund .5m", "grant Platform $0.50 until 2027-01-31 for the year",
    "grant <@U0ADA|ada> 1.5M", "move 250k from company to <@U0ADA|ada>", "move $5 from <@U0ADA|ada> to Platform for x",
    'move $1 from "Data Platform" to company', "send <@U0ADA|ada> $5", "request $5 for a test", "freeze <@U0ADA|ada>",
    "/tokens fund $1", "help fund", "balance company", "history <@U0ADA|ada>", "export 2026-11", "fund -$5",
    "fund $1e3", "lend <@U0ADA|ada> $5 from Platform until 2026-12-31 for x", "return 40k to Platform for now",
]  # fmt: skip
WORDS = sorted(
    {word for line in LINES for word in line.split()} | {"for", "until", "from", "to", "$5", "1.5M", "2026-12-31"}
)


def made(dice: random.Random) -> str:
    """A line: one that works, one with slips, words in any order, or noise."""
    kind = dice.randrange(10)
    if kind == 0:
        return dice.choice(LINES)
    if kind < 6:
        return typed_wrong(dice, dice.choice(LINES))
    if kind < 9:
        gap: str = dice.choice((" ", " ", "  ", "\xa0"))
        return gap.join(dice.choices(WORDS, k=dice.randrange(1, 9)))
    return words(dice) + dice.choice(LINES) + dice.choice(PIECES)


def judge(line: str) -> str:
    """What a line is read as; an AssertionError when that is wrong."""
    command = parse(read(line), Face())
    if isinstance(command, Misread):
        said = refused(command)
        assert command.sentence.strip(), "a refusal without a word"
        assert 0 < len(said.text) <= LONGEST_SENTENCE, len(said.text)
        assert not UNSHOWN.search(command.sentence), "a character in an answer that cannot be shown"
        again = parse(read(as_slack_sends(command.example)), Face())
        assert not isinstance(again, Misread), f"the example {command.example!r} does not work"
        return "refused"
    if isinstance(command, MONEY) and command.amount_micros is not None:
        assert command.amount_micros == allowed_micros(line), f"{command} moves money by the line"
        return "money"
    return "other"


def test_every_line_is_read_or_answered_and_money_moves_only_by_those_that_say_so() -> None:
    dice, seed = dice_of("commands")
    kinds = dict.fromkeys(("refused", "money", "other"), 0)
    for number in range(how_many(COMMANDS_MADE)):
        line = made(dice)
        try:
            kinds[judge(line)] += 1
        except Exception as fault:
            raise AssertionError(f"{seed} command {number}: {line[:2_000]!a}: {fault}") from fault
    print(kinds)
    assert all(count > how_many(COMMANDS_MADE) / 100 for count in kinds.values()), kinds


def test_every_example_works() -> None:
    for example in EXAMPLES:
        assert not isinstance(parse(read(as_slack_sends(example)), Face()), Misread), example
