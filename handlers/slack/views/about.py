"""The form behind "Ask about this": what it shows, and what it says back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from budget.money import dollars
from budget.offer.model import Model
from handlers.slack.views.pieces import Block, context, section
from handlers.slack.wire.safe import escape

FORM = "ask_about_form"  # callback id
SHOWN_CHARS = 600  # of the message, in the form
CARRIED_CHARS = 1_800  # of the message, in the form's private metadata, which takes 3,000 once it is JSON
FILES_CHARS = 1_000  # of what is attached, beside it; of more files there are pointers, ten of them in 1,200
METADATA_CHARS = 3_000  # docs.slack.dev/reference/views/modal-views
QUESTION_CHARS = 3_000  # of an input, and of this question
MODELS_MOST, OPTION_CHARS = 100, 75  # docs.slack.dev/reference/block-kit/block-elements
QUESTION, WHERE, MODEL = "question", "where", "model"  # block and action ids
THREAD, ALONE = "thread", "alone"

NO_WORDS = "Write what you want to know."
NOT_IN = "I am not in this channel, so I cannot post here. Choose “Only for me”, or invite me with /invite first."
NO_MEMBER = "You are not in this channel, so I cannot post in your name here. Choose “Only for me”."
SLACK_AWAY = "Slack did not tell me whether I may post here. Try again, or choose “Only for me”."
AWAY = "The books cannot be reached just now, so nothing was asked. Try again in a minute."
FAULT = "Something went wrong on our side, and nothing was asked. Tell an admin this reference: {reference}"


@dataclass(frozen=True, slots=True)
class About:
    """The message in question, as it travels with the form. `cut`: there is more of it than `text`."""

    channel_id: str
    message_ts: str
    thread_ts: str
    author: str
    text: str
    cut: bool
    files: str | None = None
    is_channel: bool = True


def form(about: About, models: list[Model], *, thread: bool | None) -> dict[str, Any]:
    """The form. `thread`: whether the answer goes into the thread unless told otherwise; None: it cannot at all."""
    where = [] if thread is None else [_where(thread)]
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": carried(about),
        "title": _plain("Ask about this"),
        "submit": _plain("Ask"),
        "close": _plain("Cancel"),
        "blocks": [section(_quoted(about)), _question(), *where, _model(models), *_hints(thread)],
    }


def carried(about: About) -> str:
    """What a form needs to know again when it is sent."""
    plain = asdict(about)
    while len(packed := json.dumps(plain, ensure_ascii=False)) > METADATA_CHARS and (plain["text"] or plain["files"]):
        if plain["text"]:
            plain |= {"text": plain["text"][: len(plain["text"]) * 3 // 4], "cut": True}
        elif plain["files"]:
            plain["files"] = None
        else:
            break
    return packed


def brought(metadata: str) -> About:
    """The same, read."""
    return About(**json.loads(metadata))


def _quoted(about: About) -> str:
    text = about.text if len(about.text) <= SHOWN_CHARS else f"{about.text[:SHOWN_CHARS]} …"
    lines = escape(text).split("\n") if text else ["_no text_"]
    return "\n".join([f"*{escape(about.author)}* wrote:", *(f"> {line}" for line in lines)])


def _question() -> Block:
    typed = {
        "type": "plain_text_input", "action_id": QUESTION, "multiline": True, "max_length": QUESTION_CHARS,
        "focus_on_load": True,
    }  # fmt: skip
    return {"type": "input", "block_id": QUESTION, "label": _plain("Your question"), "element": typed}


def _where(thread: bool) -> Block:
    options = [_option("In the thread, for all to see", THREAD), _option("Only for me, in my direct messages", ALONE)]
    chosen = {
        "type": "radio_buttons", "action_id": WHERE, "options": options,
        "initial_option": options[0 if thread else 1],
    }  # fmt: skip
    return {"type": "input", "block_id": WHERE, "label": _plain("Where to answer"), "element": chosen}


def _model(models: list[Model]) -> Block:
    by_cost = sorted(models, key=lambda model: model.price.typical_micros())[:MODELS_MOST]
    options = [_option(_model_words(model), model.name) for model in by_cost if len(model.name) <= 150]
    chosen = {
        "type": "static_select", "action_id": MODEL, "options": options, "placeholder": _plain("The usual one"),
    }  # fmt: skip
    return {
        "type": "input", "block_id": MODEL, "optional": True, "label": _plain("Model"), "element": chosen,
        "hint": _plain("The amount is what a typical question costs."),
    }  # fmt: skip


def _model_words(model: Model) -> str:
    cost = f" · {dollars(model.price.typical_micros())}"
    return f"{model.name[: OPTION_CHARS - len(cost)]}{cost}"


def _hints(thread: bool | None) -> list[Block]:
    return [context("I answer in your direct messages.")] if thread is None else []


def entered(view: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """What was filled in: the question, where, and the model's name."""
    values = (view.get("state") or {}).get("values") or {}

    def field(name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = (values.get(name) or {}).get(name) or {}
        return found

    where = (field(WHERE).get("selected_option") or {}).get("value") or ALONE
    model = (field(MODEL).get("selected_option") or {}).get("value")
    return str(field(QUESTION).get("value") or "").strip(), str(where), str(model) if model else None


def _option(text: str, value: str) -> Block:
    return {"text": _plain(text), "value": value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
