"""Slack's text encoding: what a person types, `<@U1>` and `&lt;`, and rich_text blocks."""

import re
from collections.abc import Mapping

from sandbox.workspace.wire import JsonObject

_TOKEN = re.compile(r"<([^<>]+)>")
_URL = re.compile(r"https?://[^\s<>]+[^\s<>.,;:!?)\]]")
_BROADCASTS = {"@channel": "<!channel>", "@here": "<!here>", "@everyone": "<!everyone>"}


def escape(text: str) -> str:
    """`& < >` as Slack sends them; nothing else is escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """The reverse of `escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def encode_typed(text: str, people: Mapping[str, str], rooms: Mapping[str, str]) -> str:
    """Typed text as Slack stores it. `people` and `rooms` map a name, without @ or #, to its encoded form (`<@U1>`).

    Names are matched without regard to case, the longest first, and only where a word begins and ends.
    """
    known = {f"@{name}".lower(): form for name, form in people.items()}
    known |= {f"#{name}".lower(): form for name, form in rooms.items()}
    known |= _BROADCASTS
    out: list[str] = []
    position = 0
    for found in _names(known).finditer(text):
        out += [_encode_links(text[position : found.start()]), known[found.group(0).lower()]]
        position = found.end()
    return "".join([*out, _encode_links(text[position:])])


def _names(known: Mapping[str, str]) -> re.Pattern[str]:
    longest_first = sorted(known, key=len, reverse=True)
    return re.compile(r"(?<![\w@#/])(?:" + "|".join(re.escape(n) for n in longest_first) + r")(?![\w])", re.IGNORECASE)


def _encode_links(text: str) -> str:
    out: list[str] = []
    position = 0
    for found in _URL.finditer(text):
        out += [escape(text[position : found.start()]), f"<{escape(found.group(0))}>"]
        position = found.end()
    return "".join([*out, escape(text[position:])])


def mentioned_users(text: str) -> list[str]:
    """User ids in `<@U1>` or `<@U1|name>`, in order, each once."""
    ids = [token[1:].split("|", 1)[0] for token in _TOKEN.findall(text) if token.startswith("@")]
    return list(dict.fromkeys(ids))


def rich_text(text: str) -> JsonObject:
    """The rich_text block Slack attaches to a message that carries text alone (styles are not told apart here)."""
    elements: list[JsonObject] = []
    position = 0
    for found in _TOKEN.finditer(text):
        elements += _plain(text[position : found.start()])
        elements.append(_special(found.group(1)))
        position = found.end()
    elements += _plain(text[position:])
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _plain(text: str) -> list[JsonObject]:
    return [{"type": "text", "text": unescape(text)}] if text else []


def _special(token: str) -> JsonObject:
    body, _, label = token.partition("|")
    if body.startswith("@"):
        return {"type": "user", "user_id": body[1:]}
    if body.startswith("#"):
        return {"type": "channel", "channel_id": body[1:]}
    if body.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": body.removeprefix("!subteam^")}
    if body.startswith("!"):
        return {"type": "broadcast", "range": body[1:]}
    return {"type": "link", "url": unescape(body)} | ({"text": unescape(label)} if label else {})
