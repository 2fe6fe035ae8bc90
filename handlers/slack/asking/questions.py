"""From a Slack event to a question: which messages are for us, and what they say in plain text. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from budget.asking.context import Said
from handlers.slack.answering import attached
from handlers.slack.asking.wishes import wish_in
from handlers.slack.views.asked import asked_in
from handlers.slack.wire.posting import words_of
from store.asks import NewAsk

Event = Mapping[str, Any]

# Messages with other subtypes (edits, deletions, joins, bots) are not questions.
ASKING_SUBTYPES = (None, "file_share", "thread_broadcast")
ID_CHARS, TS_CHARS = 64, 32  # the widths of our columns; Slack's own ids and times are far shorter
LONGEST = (("channel", ID_CHARS), ("ts", TS_CHARS), ("user", ID_CHARS))
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})  # Unicode's categories of what cannot be seen
HANGUL_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"  # letters by their category, and blank all the same
# No class here may take a `<`: a text full of them would otherwise be searched to its end from each one.
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|([^<>]*))?>")
CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|([^<>]*))?>")
SPECIAL = re.compile(r"<!([^<>]*)>")
NOBODY = "someone"  # the author of a message that names none
HALF_A_PAIR = re.compile("[\ud800-\udfff]")  # UTF-8 has no bytes for it; nor does PostgreSQL take a NUL
LINK = re.compile(r"<((?:https?|mailto|ftp|tel):[^|<>]+)(?:\|([^<>]*))?>")


def new_ask(body: Event, event: Event, *, ask_id: str, workspace_id: str, bot_user_id: str) -> NewAsk | None:
    """The question in an `app_mention` or `message` event, or None when it is not one for us."""
    if not _is_for_us(event, bot_user_id):
        return None
    ts, thread = str(event["ts"]), _text_of(event, "thread_ts", TS_CHARS)
    place = "dm" if event.get("channel_type") == "im" else "thread" if thread else "channel"
    return NewAsk(
        id=ask_id,
        workspace_id=workspace_id,
        event_id=_text_of(body, "event_id", ID_CHARS) or f"{event['channel']}:{ts}"[:ID_CHARS],
        channel_id=str(event["channel"]),
        message_ts=ts,
        thread_ts=str(thread or ts),
        client_msg_id=_text_of(event, "client_msg_id", ID_CHARS),
        place=place,
        asker_id=str(event["user"]),
        question=question_of(event, bot_user_id),
        files=attached.record(event),
        wanted_model=model_named(event, bot_user_id),
    )


def _text_of(event: Event, name: str, most: int | None = None) -> str | None:
    """A field that is a text, and no longer than what we can keep of it."""
    value = event.get(name)
    return value if isinstance(value, str) and value and len(value) <= (most or len(value)) else None


def question_of(message: Event, bot_user_id: str) -> str:
    """What a message asks in words, without `--model NAME`; empty when it says nothing that can be seen.

    Of a post of ours that asks in somebody's name: what they asked.
    """
    posted = asked_in(message, bot_user_id)
    if posted:
        return posted.text
    text, _ = wish_in(plain_text(_text_of(message, "text") or "", bot_user_id))
    return text if any(is_visible(letter) for letter in text) else ""


def model_named(message: Event, bot_user_id: str) -> str | None:
    """The model that a message names for its question, as typed."""
    if asked_in(message, bot_user_id):  # named before that was posted
        return None
    return wish_in(plain_text(_text_of(message, "text") or "", bot_user_id))[1]


def is_visible(letter: str) -> bool:
    """Whether a character leaves a mark on the screen: no space, control, or zero-width one."""
    return unicodedata.category(letter) not in INVISIBLE and letter not in HANGUL_FILLERS


def _is_for_us(event: Event, bot_user_id: str) -> bool:
    if not all(_text_of(event, name, most) for name, most in LONGEST):
        return False
    if event.get("bot_id") or event.get("subtype") not in ASKING_SUBTYPES:
        return False
    if event["user"] in (bot_user_id, "USLACKBOT"):
        return False
    mentioned = any(found[1] == bot_user_id for found in MENTION.finditer(str(event.get("text") or "")))
    return event.get("type") == "app_mention" or event.get("channel_type") == "im" or mentioned


def plain_text(text: str, bot_user_id: str) -> str:
    """Slack's markup as a person reads it; mentions of the bot are left out."""
    text = MENTION.sub(lambda found: "" if found[1] == bot_user_id else f"@{found[2] or found[1]}", text)
    text = CHANNEL.sub(lambda found: f"#{found[2] or found[1]}", text)
    text = LINK.sub(lambda found: f"{found[2]} ({found[1]})" if found[2] and found[2] != found[1] else found[1], text)
    text = SPECIAL.sub(lambda found: _special(found[1]), text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return HALF_A_PAIR.sub("\N{REPLACEMENT CHARACTER}", text.replace("\0", "")).strip()


def _special(inside: str) -> str:
    """`<!here>`, `<!subteam^S1|@crew>`, `<!date^…|Monday>`: the words that Slack would show."""
    what, _, label = inside.partition("|")
    name = what.partition("^")[0]
    return label if name == "date" else f"@{label.removeprefix('@') or name}"


def thread_so_far(messages: Sequence[Event], *, before_ts: str, bot_user_id: str) -> list[Said]:
    """The messages of a thread before a question, oldest first; posts of other apps and empty ones are left out.

    Their authors are Slack's ids.
    """
    said = []
    for message in sorted(messages, key=lambda message: float(message.get("ts") or 0)):
        by_us = message.get("user") == bot_user_id
        posted = asked_in(message, bot_user_id)
        if posted and float(message.get("ts") or 0) < float(before_ts):
            said.append(Said(posted.asker_id, posted.text, by_us=False))
            continue
        text = words_of(message) if by_us else plain_text(str(message.get("text") or ""), bot_user_id)
        if float(message.get("ts") or 0) >= float(before_ts) or not text or (message.get("bot_id") and not by_us):
            continue
        said.append(Said(str(message.get("user") or NOBODY), text, by_us))
    return said
