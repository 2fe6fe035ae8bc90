"""The policy in words, its versions, and the forms in which it is changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from budget.policy.changing import Applied, Draft, Mistaken, Overtaken, Previewed
from budget.policy.differences import Change
from budget.policy.seeing import Held, Past, Seen
from handlers.slack.views.forms import View, button, buttons, closed, field, form, text_input
from handlers.slack.views.pieces import Block, Reader, Reply, context, example, lines, said, section, when
from handlers.slack.wire.safe import escape

TITLE = "Policy"
CHECK, APPLY = "policy_check", "policy_apply"  # callback ids: the form, and what it shows before anything is set
OPEN = "form_policy"  # action id, of every button that opens the form
PART = "policy_{}"  # block ids: a field of Slack takes 3,000 characters, so a longer policy has several
PART_CHARACTERS = 2_900
MOST_PARTS = 30  # any two side by side are more than one field takes, and a policy has 20,000 characters
MOST_MISTAKES = 30
NONE_SET = "Nobody has changed a rule yet: these are the ones that come with Stipend."


@dataclass(frozen=True, slots=True)
class About:
    """What travels with a form: the version that its writer read, and whether what it changes was shown (by a mark)."""

    read: int
    shown: str = ""

    def written(self) -> str:
        """One line of JSON."""
        return json.dumps({"read": self.read, "shown": self.shown})

    @classmethod
    def of(cls, metadata: str) -> "About":
        """The reverse of `written`. Raises ValueError, KeyError, TypeError when it is not."""
        plain = json.loads(metadata)
        return cls(int(plain["read"]), str(plain["shown"]))


def policy(seen: Seen, reader: Reader) -> Reply:
    """`/tokens policy`"""
    sentences: list[str] = []
    for each in seen.sections:
        rules = [f"• {escape(rule.sentence)}{' _(changed)_' if rule.changed else ''}" for rule in each.rules]
        sentences += [f"*{each.heading}*", *rules]
    changed = any(rule.changed for each in seen.sections for rule in each.rules)
    mark = " _(changed)_: differs from what holds where nothing is set." if changed else ""
    after = [context(f"{stamp(seen.held, reader)}{mark}")]
    if seen.may_change:
        after += [
            buttons([button("Change it", OPEN)]),
            context(f"{example('policy edit')} · {example('policy history')}"),
        ]
    reply = said(sentences, after)
    return Reply(f"{reply.text}\n{stamp(seen.held, reader)}{mark}", reply.blocks)


def stamp(held: Held, reader: Reader) -> str:
    """`Version 3, set by Frances Allen, 22 Nov, 14:05.`"""
    if held.number == 0 or held.at is None:
        return NONE_SET
    return f"Version {held.number}, set by {escape(held.by or 'somebody')}, {when(held.at, reader)}."


def history(versions: Sequence[Past], reader: Reader) -> Reply:
    """`/tokens policy history`"""
    if not versions:
        return said([NONE_SET])
    sentences: list[str] = []
    for each in versions:
        sentences.append(f"*Version {each.number}* · {escape(each.by)}, {when(each.at, reader)}")
        sentences += bullets(each.changes) or ["• Only the text was changed."]
    return said(sentences)


def bullets(changes: Sequence[Change]) -> list[str]:
    """Changes, a line each."""
    return [f"• {escape(change.sentence)}" for change in changes]


def edit(draft: Draft) -> View:
    """The form with the policy as it stands."""
    hint = "A line for each rule; what begins with # is a comment, and a section left out is as it is without a policy."
    blocks = [section(f"{hint} Nothing is set yet when you press *Check*: you see first what will change."),
              *fields(draft.toml)]  # fmt: skip
    return form(TITLE, CHECK, blocks, submit="Check", about=About(draft.read).written())


def mistaken(found: Mistaken, toml: str, read: int) -> View:
    """The form again, with everything that is wrong with the text."""
    listed = [f"• {escape(each.sentence)}" for each in found.mistakes[:MOST_MISTAKES]]
    more = len(found.mistakes) - len(listed)
    many = "One thing has" if len(found.mistakes) == 1 else f"{len(found.mistakes)} things have"
    head = [f"*{many} to be put right.* Nothing is set.", *listed, *([f"… and {more} more."] if more else [])]
    return form(TITLE, CHECK, [*lines(head), *fields(toml)], submit="Check", about=About(read).written())


def preview(found: Previewed, mark: str) -> View:
    """What will change, for how many people; nothing is set before *Apply*."""
    if found.same_text:
        return closed(TITLE, ["Nothing would change: this is the policy as it is."])
    follows = [f"• {escape(each.sentence)}" for each in found.effects]
    nothing = ["*No rule changes*, only the text is another."]
    head = ["*This will change, at once:*", *follows] if follows else nothing
    about = About(found.read, mark).written()
    again = context("The text below can still be changed; then what it does is shown again before it counts.")
    return form(TITLE, APPLY, [*lines(head), again, *fields(found.toml)], submit="Apply", about=about)


def overtaken(found: Overtaken, toml: str, reader: Reader) -> View:
    """Somebody else was faster: what they changed, above what was written here."""
    theirs = bullets(found.changes) or ["• Only the text was changed."]
    head = [
        f"*The policy was changed while you were writing.* {stamp(found.now, reader)}",
        *theirs,
        "Nothing of yours is set. *Check* shows what your text below would make of it; *Cancel* leaves it as it is.",
    ]
    about = About(found.now.number).written()
    return form(TITLE, CHECK, [*lines(head), *fields(toml)], submit="Check", about=about)


def applied(done: Applied) -> View:
    """What was set."""
    if not done.is_new:
        return closed(TITLE, [f"This is the policy: version {done.number}."])
    what = bullets(done.changes) or ["• Only the text was changed."]
    return closed(
        TITLE, [f"*Version {done.number} counts from now on.*", *what, f"{example('policy')} shows all of it."]
    )


def fields(toml: str) -> list[Block]:
    """The text, in as many fields as it needs."""
    parts = split(toml)
    return [
        field(
            PART.format(number),
            "Policy" if len(parts) == 1 else f"Policy, part {number} of {len(parts)}",
            text_input(part, multiline=True, most=3_000),
            optional=True,
        )
        for number, part in enumerate(parts, start=1)
    ]


def split(toml: str) -> list[str]:
    """A text in parts that fit a field: between sections where that can be, else between lines."""
    parts, section_lines = [""], list[str]()
    for line in [*toml.splitlines(keepends=True), None]:
        if section_lines and (line is None or line.startswith("[")):
            _place(parts, "".join(section_lines))
            section_lines = []
        if line is not None:
            section_lines.append(line)
    return parts


def _place(parts: list[str], text: str) -> None:
    if parts[-1] and len(parts[-1]) + len(text) > PART_CHARACTERS:
        parts.append("")
    for line in text.splitlines(keepends=True):
        if len(parts[-1]) + len(line) > PART_CHARACTERS:
            parts.append("")
        parts[-1] += line


def text_of(view: Mapping[str, Any]) -> str:
    """What stands in the fields of a form that was sent."""
    values = (view.get("state") or {}).get("values") or {}
    found = []
    for number in range(1, MOST_PARTS + 1):
        name = PART.format(number)
        given = ((values.get(name) or {}).get(name) or {}).get("value")
        found += [str(given)] if given else []
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in found)
