"""The grammar of what is set rather than moved: `model …`, `channel …`, `prompt …`."""

from collections.abc import Sequence

from budget import typed
from budget.money import Face
from handlers.commands import parts
from handlers.commands.catalogue import CHANNEL_EXAMPLES, PROMPT_EXAMPLES, nearest
from handlers.commands.parts import Misread, code, trailing
from handlers.commands.words import Place, Word, shown

IN_A_CHANNEL = "model default in #platform"


def parse_models(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`models`"""
    return trailing(words) if words else typed.ShowModels()


def parse_model(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`model NAME`, `model default`, each with `in channel` or `in #channel`; `model` alone looks."""
    if not words:
        return typed.ShowModels()
    if parts.is_keyword(words[0], "in"):
        return Misread("First the name of the model, then `in` and the channel.", IN_A_CHANNEL)
    typed_name = shown(words[0]).strip('"')
    name = None if typed_name.casefold() == "default" else typed_name
    if len(words) == 1:
        return typed.ChooseModel(name)
    if not parts.is_keyword(words[1], "in"):
        return trailing(words[1:])
    where = _where(words[2:])
    return where if isinstance(where, Misread) else typed.ChooseChannelModel(name, where)


def _where(words: Sequence[Word]) -> typed.Where | Misread:
    """A channel that was picked, or the word for the one where this is typed."""
    if not words:
        return Misread("After `in` comes a channel: `#` and its name, or `channel` for this one.", IN_A_CHANNEL)
    if len(words) > 1:
        return trailing(words[1:])
    if parts.is_keyword(words[0], "channel"):
        return typed.Here()
    if isinstance(words[0], Place):
        return parts.channel(words[0])
    return Misread(f"{code(shown(words[0]))} is not a channel I can see: pick it after `#`, or write `channel`.",
                   IN_A_CHANNEL)  # fmt: skip


def parse_channel(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`channel`, `channel follow on|off`"""
    if not words:
        return typed.ShowChannel()
    verb = shown(words[0]).casefold()
    if verb != "follow":
        return _unknown("channel", verb, CHANNEL_EXAMPLES)
    if len(words) != 2 or not (parts.is_keyword(words[1], "on") or parts.is_keyword(words[1], "off")):
        return Misread("Say `on` or `off`, and nothing after it.", CHANNEL_EXAMPLES["follow"])
    return typed.FollowThreads(parts.is_keyword(words[1], "on"))


def parse_prompt(words: Sequence[Word], face: Face) -> typed.Command | Misread:  # noqa: ARG001  # one shape for all
    """`prompt`, `prompt edit [channel]`, `prompt clear [channel]`"""
    if not words:
        return typed.ShowPrompt()
    verb = shown(words[0]).casefold()
    if verb not in PROMPT_EXAMPLES:
        return _unknown("prompt", verb, PROMPT_EXAMPLES)
    rest = words[1:]
    if len(rest) > 1 or (rest and not parts.is_keyword(rest[0], "channel")):
        return Misread(
            "After that comes nothing, for the company's instructions, or `channel`, for those of the channel where "
            "you type; a text is written in the form that opens.",
            PROMPT_EXAMPLES[verb],
        )
    return typed.EditPrompt(bool(rest)) if verb == "edit" else typed.ClearPrompt(bool(rest))


def _unknown(command: str, verb: str, examples: dict[str, str]) -> Misread:
    near = nearest(verb, tuple(examples)) or next(iter(examples))
    return Misread(f"There is no command {code(f'{command} {verb}')}; the nearest is `{command} {near}`.",
                   examples[near])  # fmt: skip
