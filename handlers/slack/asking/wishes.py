"""What a question says about itself: `--model NAME` as its very first or very last words. Pure.

In the middle of a text, in quotations and in code it is part of the question: people ask about such flags as well.
"""

import re

LONGEST = 100  # characters of a model's name
FLAG = "(?:--|[\u2013\u2014])model(?:=|[ \t\u00a0]+)"  # phones make one dash of two
AT_START = re.compile(rf"{FLAG}(?P<name>\S+)", re.IGNORECASE)
LAST_LINE = re.compile(rf"(?:^|(?<=\s)){FLAG}(?P<name>\S*[^\s?])$", re.IGNORECASE)
AROUND = "\"'`\u201c\u201d\u201e\u2018\u2019"
AFTER = ".,;:!"


def wish_in(text: str) -> tuple[str, str | None]:
    """The question without its wish, and the model's name as it was typed; None when no model is named."""
    text = text.strip()
    first = AT_START.match(text)
    if first and (name := _name(first["name"])):
        return text[first.end() :].strip(), name
    start, _, line = text.rpartition("\n")
    last = None if line.startswith(">") or text.count("```") % 2 else LAST_LINE.search(line)
    if last and (name := _name(last["name"])):
        return f"{start}\n{line[: last.start()]}".strip(), name
    return text, None


def _name(typed: str) -> str | None:
    """None when what follows is the end of a piece of code, or no name at all."""
    if typed.count("`") % 2:
        return None
    return typed.strip(AROUND).rstrip(AFTER)[:LONGEST] or None
