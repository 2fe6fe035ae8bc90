"""What somebody reads who changed their question."""

from handlers.slack.views.answers import RETRY
from handlers.slack.views.pieces import Reply, section
from store.asks import LIVE, Ask

ASK_AGAIN = "Ask again with the new text"


def changed(ask: Ask) -> Reply:
    """The offer to ask again, with what that means."""
    if ask.state in LIVE:
        text = (
            "You changed your question while I am answering the old text. Once that is done, you can ask again; it is "
            "charged as a new question."
        )
    elif ask.state == "settled":
        text = "You changed your question; the answer is to the old text. Asking again is charged as a new question."
    else:
        text = "You changed your question. Asking again is charged as any question is."
    button = {
        "type": "button", "action_id": RETRY, "value": ask.id, "text": {"type": "plain_text", "text": ASK_AGAIN},
    }  # fmt: skip
    return Reply(text, [section(text), {"type": "actions", "elements": [button]}])
