"""What people see of an answer that is shared: the button, the confirmation, the post, and what did not work."""

from handlers.slack.views.asked import question_blocks
from handlers.slack.views.pieces import DIVIDER, Block, Reply, context, section
from handlers.slack.wire.safe import escape

SHARE = "answer_share"  # action id
LABEL_CHARS = 75  # of a button: docs.slack.dev/reference/block-kit/block-elements/button-element

NOT_YOURS = "Only the person who asked can share the answer."
AWAY = "The books cannot be reached just now. If it is not shared in a minute, try again; nothing is posted twice."
BUSY = "This is being shared just now."
NOT_THERE = "I cannot find the answer any more, so nothing was shared."
SLACK_AWAY = "Slack did not let me share this just now. Try again in a minute; nothing is posted twice."
NO_MEMBER = "You are not in {there} any more, so I cannot share this there."
NOT_IN = "I am not in {there}, so I cannot post there. Invite me there with `/invite`, then press the button again."
REFUSED = "Slack does not let me post in {there}, so this was not shared."


def button(ask_id: str, name: str | None) -> list[Block]:
    """`Share to #platform`; Slack asks once more before it tells us."""
    where = f"#{name}" if name else "the channel"
    confirm = {
        "title": _plain("Share this answer?"),
        "text": _plain(f"Your question and this answer become visible to everyone in {where}, as asked by you."),
        "confirm": _plain("Share"),
        "deny": _plain("Cancel"),
    }
    pressed = {
        "type": "button", "action_id": SHARE, "value": ask_id,
        "text": _plain(f"Share to {where}"[:LABEL_CHARS]), "confirm": confirm,
    }  # fmt: skip
    return [{"type": "actions", "elements": [pressed]}]


def shared(channel_id: str, link: str | None) -> Block:
    """What stands in the button's place."""
    see = f": <{link}|see it there>" if link else ""
    return context(f"Shared to <#{channel_id}>{see}")


def post(asker_id: str, text: str) -> Reply:
    """The question, where it was asked, set apart from the answer that follows under the same name."""
    head = f"Asked by <@{asker_id}>"
    blocks = [section(f"{head}:"), *question_blocks(asker_id, text), DIVIDER]
    return Reply(f"{head}: {escape(text[:200])}", blocks)


def there(channel_id: str) -> str:
    """A channel in a sentence."""
    return f"<#{channel_id}>"


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
