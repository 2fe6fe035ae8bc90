"""From words to a command. Nothing is guessed: what does not fit is a `Misread` with a sentence and an example."""

from collections.abc import Sequence
from dataclasses import replace

from budget import typed
from budget.money import Face
from budget.transfers.typed import OpenForm
from handlers.commands import parts
from handlers.commands.catalogue import AREAS, BY_NAME, nearest
from handlers.commands.entry import Parser
from handlers.commands.parts import Misread, code, several_words, trailing
from handlers.commands.settings import parse_channel, parse_model, parse_models, parse_prompt
from handlers.commands.teams import parse_team
from handlers.commands.words import Text, Word, shown


def parse(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """The command that was typed after `/tokens`."""
    if words and shown(words[0]).casefold() == "/tokens":
        words = words[1:]
    if not words:
        return typed.Overview()
    name = shown(words[0]).casefold()
    parser = PARSERS.get(name)
    if parser is None:
        return unknown(shown(words[0]))
    command = parser(words[1:], face)
    if isinstance(command, Misread) and not command.example:
        return replace(command, example=BY_NAME[name].example)
    return command


def unknown(name: str) -> Misread:
    """No such command: the nearest one, if any, with an example of it."""
    near = nearest(name)
    if near is None:
        return Misread(f"There is no command {code(name)}, and none like it.", "help")
    return Misread(f"There is no command {code(name)}; the nearest is `{near}`.", BY_NAME[near].example)


def parse_balance(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`balance [@person | TEAM | company]`"""
    if not words:
        return typed.ShowBalance()
    if len(words) > 1:
        return several_words(words)
    party = parts.party(words[0])
    return party if isinstance(party, Misread) else typed.ShowBalance(party)


def parse_history(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`history [@person]`"""
    if not words:
        return typed.ShowHistory()
    if len(words) > 1:
        return trailing(words[1:])
    person = parts.person(words[0])
    return person if isinstance(person, Misread) else typed.ShowHistory(person)


def parse_ask(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`ask QUESTION`"""
    if not words:
        return Misread("Write your question after `ask`.")
    return typed.AskPrivately(" ".join(map(shown, words)))


def parse_help(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`help [COMMAND]`"""
    if not words:
        return typed.ShowHelp()
    name = shown(words[0]).casefold().removeprefix("/tokens").strip()
    return typed.ShowHelp(name) if name in BY_NAME else unknown(shown(words[0]))


def parse_grant(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`grant @person|TEAM AMOUNT [for REASON] [until YYYY-MM-DD]`"""
    if not words:
        return OpenForm("grant")
    if len(words) < 2:
        return Misread("Say who gets it, and how much.")
    if not isinstance(parts.amount(words[0], face), Misread):
        return Misread("First who gets it, then the amount.")
    to = parts.party(words[0])
    if isinstance(to, typed.Company):
        return Misread("New budget for the company's pool comes from `fund`, and what others have from `move`.")
    if isinstance(to, Misread):
        return to
    amount = parts.amount(words[1], face)
    if isinstance(amount, Misread):
        return unquoted(words, face) or amount
    tail = parts.tail(words[2:], may_end=True)
    return tail if isinstance(tail, Misread) else typed.Grant(to, amount, tail.reason, tail.until)


def unquoted(words: Sequence[Word], face: Face) -> Misread | None:
    """`grant Data Platform $5`: a name of several words before the amount, which is an example of itself in quotes."""
    at = next((at for at, word in enumerate(words) if not isinstance(parts.amount(word, face), Misread)), None)
    name = [word.text for word in words[:at] if isinstance(word, Text) and not word.quoted]
    if at is None or len(name) != at or any('"' in word for word in name):
        return None
    return Misread(
        f"{code(name[1])} is not an amount; a name of several words goes in quotes.",
        f'grant "{" ".join(name)}" {shown(words[at])}',
    )


def parse_move(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`move AMOUNT from SOURCE to TARGET [for REASON]`"""
    if not words:
        return OpenForm("move")
    if len(words) < 5 or not parts.is_keyword(words[1], "from") or not parts.is_keyword(words[3], "to"):
        return Misread(
            "Say how much, `from` whom and `to` whom, in this order; a name of several words goes in quotes."
        )
    amount = parts.amount(words[0], face)
    if isinstance(amount, Misread):
        return amount
    source, target = parts.party(words[2]), parts.party(words[4])
    if isinstance(source, Misread):
        return source
    if isinstance(target, Misread):
        return target
    tail = parts.tail(words[5:], may_end=False)
    return tail if isinstance(tail, Misread) else typed.Move(amount, source, target, tail.reason)


def parse_fund(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`fund AMOUNT [for REASON]`"""
    if not words:
        return Misread("Say how much.")
    amount = parts.amount(words[0], face)
    if isinstance(amount, Misread):
        return amount
    tail = parts.tail(words[1:], may_end=False)
    return tail if isinstance(tail, Misread) else typed.Fund(amount, tail.reason)


PARSERS: dict[str, Parser] = {
    "balance": parse_balance,
    "history": parse_history,
    "models": parse_models,
    "model": parse_model,
    "channel": parse_channel,
    "prompt": parse_prompt,
    "ask": parse_ask,
    "help": parse_help,
    "grant": parse_grant,
    "move": parse_move,
    "fund": parse_fund,
    "team": parse_team,
} | {name: parser for area in AREAS for name, parser in area.PARSERS.items()}
