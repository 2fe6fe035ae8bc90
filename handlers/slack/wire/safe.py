"""Text that cannot ping anyone: for what we interpolate, and for what a model writes.

Two mark-ups are in play. In `mrkdwn` (our own sentences) Slack asks for `&`, `<` and `>` as entities, so `escape`
does that. A `markdown` block takes ordinary Markdown, where links, code and generics need their angle brackets; but
Slack still reads its own `<!channel>` and `<@U…>` tokens there, inside code as well (observed by others on a live
workspace, together with: an entity is decoded for display and not read again as a token). So model output keeps its
text, and only where a token would begin, an invisible break goes in between.

Sources: https://docs.slack.dev/messaging/formatting-message-text (tokens and escaping).
"""

import re

BREAK = "\u200b"  # zero width: the reader sees the same words, Slack no longer sees a token

# Invisible characters which, were Slack to drop them, would put a token together again. BREAK is not one of them:
# what we have made safe stays as it is when made safe again.
_HIDDEN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u034f\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_WORDS = ("channel", "here", "everyone", "group")
_ANY_WORD = "|".join(_WORDS)
_STARTS = "|".join(sorted({word[:n] for word in (*_WORDS, "subteam") for n in range(1, len(word))}))
_BROKEN_WORD = f"(?:{_STARTS})?{_HIDDEN}"
_AT_WORD = f"(?<![a-z0-9])@(?=(?:{_ANY_WORD})(?![a-z0-9])|{_BROKEN_WORD})"
_AFTER_BRACKET = rf"{_HIDDEN}|!(?:{_ANY_WORD}|subteam|{_BROKEN_WORD})|@(?:{_HIDDEN}|[uwb](?:[a-z0-9]|{_HIDDEN}))"
_TOKEN = rf"<(?=\\?(?:{_AFTER_BRACKET}))"

RISKY = re.compile(f"{_AT_WORD}|{_TOKEN}", re.IGNORECASE | re.ASCII)
"""The `@` or `<` that Slack could read as the start of a mention."""

LOOKAHEAD = len("\\!everyone")  # how far behind an `@` or `<` the pattern looks; bounds what a stream holds back

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SURROGATES = re.compile("[\ud800-\udfff]")


def defuse(text: str) -> str:
    """Markdown in which no mention works; everything else is unchanged."""
    return RISKY.sub(lambda match: match.group() + BREAK, _mended(text))


def escape(text: str) -> str:
    """Any text (a name, a reason, a model's name) as plain text inside `mrkdwn`: no mention, link or entity."""
    return defuse(_mended(text).translate(_ENTITIES))


class SafeStream:
    """`defuse` for text that arrives in pieces: the pieces given back, joined, are `defuse` of the pieces fed, joined.

    At most LOOKAHEAD characters (and half a surrogate pair) are held back, and only behind an `@` or `<`.
    """

    def __init__(self) -> None:
        self._held = ""
        self._before = " "  # the last character given out, for the look behind an `@`

    def feed(self, piece: str) -> str:
        """What can be shown by now; possibly nothing."""
        text = self._held + piece
        whole = len(text) - 1 if text[-1:] and "\ud800" <= text[-1] <= "\udbff" else len(text)
        ready = _mended(text[:whole])
        cut = _undecided_from(ready)
        self._held = ready[cut:] + text[whole:]
        return self._release(ready, cut)

    def flush(self) -> str:
        """The rest, when no more will come."""
        text, self._held = _mended(self._held), ""
        return self._release(text, len(text))

    def _release(self, text: str, cut: int) -> str:
        """The first `cut` characters made safe; the others are only looked at."""
        seen, shown, at = self._before + text, [], 1
        for match in RISKY.finditer(seen):
            if 1 <= match.start() <= cut:
                shown += [seen[at : match.end()], BREAK]
                at = match.end()
        self._before = seen[cut]
        return "".join([*shown, seen[at : cut + 1]])


def _undecided_from(text: str) -> int:
    """Where the first `@` or `<` stands that too little follows to judge."""
    window = max(0, len(text) - LOOKAHEAD)
    starts = [at for at in (text.find("@", window), text.find("<", window)) if at >= 0]
    return min(starts, default=len(text))


def _mended(text: str) -> str:
    """Surrogate halves joined to characters: a provider may send an emoji's two halves in two pieces of JSON."""
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
