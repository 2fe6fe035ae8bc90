"""What the model is told: to be read by everybody, and the form in which admins write it."""

import json
from dataclasses import dataclass

from budget.org.instructions import LONGEST, Changed, Prompt, Written, fingerprint
from handlers.slack.views import forms
from handlers.slack.views.forms import View
from handlers.slack.views.pieces import SECTION_CHARACTERS, Block, Reader, Reply, context, example, said, section
from handlers.slack.views.pieces import when as at
from handlers.slack.wire.safe import escape

FORM = "instructions"  # callback id
INPUT = "text"  # block and action id
EDIT = {False: "instructions_edit_company", True: "instructions_edit_channel"}  # action ids, by: for a channel?
TITLE = "Instructions"  # Slack shows 24 characters
COSTS = "They are part of each question, so each question pays for them: 1,000 characters are about 250 tokens in."
ORDER = "What the model is told with every question asked here, in this order:"


@dataclass(frozen=True, slots=True)
class About:
    """What a form is about, as it travels with it: a channel or (None) the company, and the text it began with."""

    channel_id: str | None
    read: str

    def written(self) -> str:
        """One line of JSON."""
        return json.dumps({"channel": self.channel_id, "read": self.read})

    @classmethod
    def of(cls, metadata: str) -> "About":
        """The reverse of `written`. Raises ValueError, KeyError, TypeError when it is not."""
        plain = json.loads(metadata)
        return cls(str(plain["channel"]) if plain["channel"] else None, str(plain["read"]))


def prompt(seen: Prompt, channel_id: str | None, reader: Reader) -> Reply:
    """`/tokens prompt`."""
    parts = [("*Built in*", seen.built_in), (f"*By the company* · {state(seen.company, reader)}", seen.company.text)]
    if seen.channel and channel_id:
        parts.append((f"*For <#{channel_id}>* · {state(seen.channel, reader)}", seen.channel.text))
    blocks = [section(ORDER)]
    for heading, text in parts:
        blocks += [section(heading), *verbatim(text or "")]
    text = "\n".join([ORDER, *(f"{heading}\n{escape(text or '')}".strip() for heading, text in parts)])
    return Reply(text, [*blocks, *(edit_buttons(seen, channel_id) if seen.may else [])])


def state(written: Written, reader: Reader) -> str:
    """`by Frances Allen, 22 Nov, 14:05`, `none`"""
    stamp = f"by {escape(written.by or 'somebody')}, {at(written.at, reader)}" if written.at else ""
    if written.text is None:
        return f"none; taken back {stamp}" if stamp else "none"
    return stamp or "set"


def verbatim(text: str) -> list[Block]:
    """A text as it is, without any mark-up."""
    pieces = [text[at : at + SECTION_CHARACTERS] for at in range(0, len(text), SECTION_CHARACTERS)]
    return [{"type": "section", "text": {"type": "plain_text", "text": piece, "emoji": False}} for piece in pieces]


def edit_buttons(seen: Prompt, channel_id: str | None) -> list[Block]:
    """For who may write them, with the commands that do the same where they stand."""
    names = {False: "Edit the company's", True: "Edit this channel's"}
    shown = [forms.button(names[channel], EDIT[channel]) for channel in ((False, True) if channel_id else (False,))]
    clear = ["prompt clear"] if seen.company.text else []
    if channel_id:
        clear += ["prompt clear channel"] if seen.channel and seen.channel.text else []
    edit = ["prompt edit", "prompt edit channel"] if channel_id else ["prompt edit"]
    return [forms.buttons(shown), context(" · ".join(map(example, [*edit, *clear])))]


def form(channel_id: str | None, now: Written, reader: Reader, *, mine: str | None = None) -> View:
    """The form with the text as it stands. `mine`: what its writer has written, when somebody else was faster."""
    about = About(channel_id, fingerprint(now.text)).written()
    blocks = [
        section(f"Told to the model with every question in {place(channel_id)}, {after(channel_id)}."),
        *(overtaken(now, reader) if mine is not None else []),
        _field(channel_id, now.text if mine is None else mine),
        context(f"As it stands: {state(now, reader)}. `/tokens prompt` shows it to everybody."),
    ]
    return forms.form(TITLE, FORM, blocks, submit="Set", about=about)


def _field(channel_id: str | None, text: str | None) -> Block:
    """Where the text is written."""
    label = "For this channel" if channel_id else "For the whole company"
    hint = f"At most {LONGEST:,} characters; empty: none. {COSTS}"
    return forms.field(INPUT, label, forms.text_input(text, multiline=True, most=LONGEST), hint=hint, optional=True)


def place(channel_id: str | None) -> str:
    """Where it counts."""
    return f"<#{channel_id}>" if channel_id else "every channel and direct message"


def after(channel_id: str | None) -> str:
    """What comes before it."""
    return "after the company's instructions" if channel_id else "after what is built in"


def overtaken(now: Written, reader: Reader) -> list[Block]:
    """What somebody else wrote meanwhile."""
    words = f"*This was changed while you were writing* ({state(now, reader)}). Nothing of yours is set yet:"
    theirs = verbatim(now.text) if now.text else []
    return [section(words), *theirs, section("*Set* again replaces it with your text below; *Cancel* leaves it.")]


def changed(done: Changed) -> list[str]:
    """What was changed, in sentences."""
    whose = f"the instructions for <#{done.channel_id}>" if done.channel_id else "the company's instructions"
    if done.now == done.before:
        return [f"Nothing changed: {whose} are as before." if done.now else f"Nothing changed: {whose} are empty."]
    if done.now is None:
        return [f"Taken back: {whose}. The next question is asked without them."]
    return [f"Set: {whose}. They count from the next question on; `/tokens prompt` shows them to everybody."]


def cleared(done: Changed) -> Reply:
    """`/tokens prompt clear`."""
    return said(changed(done))
