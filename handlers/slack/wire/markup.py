"""Slack's markup of a typed command as words. Source: https://docs.slack.dev/interactivity/implementing-slash-commands"""

import re
from collections.abc import Iterator

from handlers.commands.words import Mention, Place, Text, Unclosed, Word, split, tidy

MARK = re.compile(r"<(?P<kind>[@#!]?)(?P<body>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
USER = re.compile(r"[UW][A-Z0-9]+", re.ASCII)
CHANNEL = re.compile(r"[CG][A-Z0-9]+", re.ASCII)
# While quotes are matched, a mention is one character from a private plane, where nothing that people type is.
FIRST, LAST = 0xF0000, 0xFFFFD
STAND_IN = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")


def read(text: str) -> list[Word]:
    """The words of a slash command's text: `<@U1|ada>` and `<#C1|general>` become a Mention and a Place."""
    marks: list[Mention | Place] = []

    def keep(match: re.Match[str]) -> str:
        kind, body, label = match["kind"], match["body"], tidy(unescape(match["label"] or ""))
        is_user, is_channel = kind == "@" and USER.fullmatch(body), kind == "#" and CHANNEL.fullmatch(body)
        if (is_user or is_channel) and FIRST + len(marks) <= LAST:
            marks.append(Mention(body, label) if is_user else Place(body, label))
            return chr(FIRST + len(marks) - 1)
        sign = "@" if kind == "!" else kind  # a mention of nobody stays one: its label could be the name of a team
        return f"{sign}{(label or body).lstrip(sign)}" if sign else label or body

    plain = unescape(MARK.sub(keep, STAND_IN.sub("", text)))
    return [word for each in split(tidy(plain)) for word in restored(each, marks)]


def unescape(text: str) -> str:
    """The three characters that Slack sends as entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def restored(word: Word, marks: list[Mention | Place]) -> Iterator[Word]:
    """A word with its mentions back: words of their own, or their labels where they stand within quotes."""

    def label(match: re.Match[str]) -> str:
        mark = marks[ord(match[0]) - FIRST]
        return f"{'@' if isinstance(mark, Mention) else '#'}{mark.label or mark.id}"

    if isinstance(word, Unclosed):
        yield Unclosed(STAND_IN.sub(label, word.text))
    elif isinstance(word, Text) and word.quoted:
        yield Text(STAND_IN.sub(label, word.text), quoted=True)
    elif isinstance(word, Text):
        yield from apart(word.text, marks)


def apart(text: str, marks: list[Mention | Place]) -> Iterator[Word]:
    """Mentions and what is glued to them; a comma right after a mention only lists."""
    if not STAND_IN.search(text):
        yield Text(text)
        return
    for piece in re.split(f"({STAND_IN.pattern})", text):
        if STAND_IN.fullmatch(piece):
            yield marks[ord(piece) - FIRST]
        elif piece.strip(","):
            yield Text(piece)
