"""What people see of a question that we post for them: in a thread for all, or in their direct messages."""

from collections.abc import Sequence

from handlers.slack.views.asked import MOST_CHARS, apart, question_blocks
from handlers.slack.views.pieces import DIVIDER, Block, Reply, said, section
from handlers.slack.wire.safe import escape

EXCERPT_CHARS = 300

AWAY = "The books cannot be reached just now, so nothing was asked. Try again in a minute."
TOO_LONG = (
    f"A question after a command has at most {MOST_CHARS:,} characters, and this one is longer, so nothing was asked. "
    "Send it to me as a direct message instead."
)
NOT_WRITTEN = "I could not write to you in your direct messages, so nothing was asked. You were not charged."


def asked(asker_id: str, text: str, files: Sequence[Block] = ()) -> Reply:
    """In a thread: `@ada asks:`, the question and its files, set apart from the answer, which has the same author."""
    blocks = [section(f"<@{asker_id}> asks:"), *question_blocks(asker_id, text), *files, DIVIDER]
    return Reply(f"<@{asker_id}> asks: {_excerpt(text)}", blocks)


def root(asker_id: str, text: str, from_channel_id: str | None, files: Sequence[Block] = ()) -> Reply:
    """In the asker's direct messages: the question that the answer will stand below."""
    where = f" in <#{from_channel_id}>" if from_channel_id else ""
    what = ", about this message" if apart(text)[1] else ""
    head = f"You asked privately{where}{what}:"
    return Reply(f"{head} {_excerpt(text)}", [section(head), *question_blocks(asker_id, text), *files])


def answered_there(link: str | None) -> Reply:
    """What the command is answered with."""
    there = f"<{link}|your direct messages>" if link else "your direct messages"
    return said([f"I answer you in {there}; only you see that."])


def _excerpt(text: str) -> str:
    question = " ".join(apart(text)[0].split())
    return escape(question if len(question) <= EXCERPT_CHARS else f"{question[:EXCERPT_CHARS]} …")
