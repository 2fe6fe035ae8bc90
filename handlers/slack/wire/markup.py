"""Slack's markup of a typed command as words. Source: https://docs.slack.dev/interactivity/implementing-slash-commands"""

import re
from collections.abc import Iterator

from handlers.commands.words import Circle, Mention, Place, Text, Unclosed, Word, split, tidy

MARK = re.compile(r"<(?P<kind>[@#!]?)(?P<body>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
USER = re.compile(r"[UW][A-Z0-9]+", re.ASCII)
CHANNEL = re.compile(r"[CG][A-Z0-9]+", re.ASCII)
GROUP = re.compile(r"subteam\^(S[A-Z0-9]+)", re.ASCII)
# While quotes are matched, a mention is one character from a private plane, where nothing that people type is.
FIRST, LAST = 0xF0000, 0xFFFFD
STAND_IN = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")


Mark = Mention | Place | Circle


def read(text: str) -> list[Word]:
    """The words of a slash command's text: `<@U1|ada>`, `<#C1|general>` and `<!subteam^S1|@crew>` become a Mention, a
    Place and a Circle."""
    marks: list[Mark] = []

    def keep(match: re.Match[str]) -> str:
        kind, body, label = match["kind"], match["body"], tidy(unescape(match["label"] or ""))
        mark = mark_of(kind, body, label)
        if mark is not None and FIRST + len(marks) <= LAST:
            marks.append(mark)
            return chr(FIRST + len(marks) - 1)
        sign = "@" if kind == "!" else kind  # a mention of nobody stays one: its label could be the name of a team
        return f"{sign}{(label or body).lstrip(sign)}" if sign else label or body

    plain = unescape(MARK.sub(keep, STAND_IN.sub("", text)))
    return [word for each in split(tidy(plain)) for word in restored(each, marks)]


def mark_of(kind: str, body: str, label: str) -> Mark | None:
    """Who or what is mentioned; None where nobody is."""
    if kind == "@" and USER.fullmatch(body):
        return Mention(body, label)
    if kind == "#" and CHANNEL.fullmatch(body):
        return Place(body, label)
    group = GROUP.fullmatch(body) if kind == "!" else None
    return Circle(group[1], label.removeprefix("@")) if group else None


def unescape(text: str) -> str:
    """The three characters that Slack sends as entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def restored(word: Word, marks: list[Mark]) -> Iterator[Word]:
    """A word with its mentions back: words of their own, or their labels where they stand within quotes."""

    def label(match: re.Match[str]) -> str:
        mark = marks[ord(match[0]) - FIRST]
        return f"{'#' if isinstance(mark, Place) else '@'}{mark.label or mark.id}"

    if isinstance(word, Unclosed):
        yield Unclosed(STAND_IN.sub(label, word.text))
    elif isinstance(word, Text) and word.quoted:
        yield Text(STAND_IN.sub(label, word.text), quoted=True)
    elif isinstance(word, Text):
        yield from apart(word.text, marks)


def apart(text: str, marks: list[Mark]) -> Iterator[Word]:
    """Mentions and what is glued to them; a comma right after a mention only lists."""
    if not STAND_IN.search(text):
        yield Text(text)
        return
    for piece in re.split(f"({STAND_IN.pattern})", text):
        if STAND_IN.fullmatch(piece):
            yield marks[ord(piece) - FIRST]
        elif piece.strip(","):
            yield Text(piece)
