"""The audit in words, a page at a time."""

import json
import re
from typing import get_args

from budget.policy.audit_pages import Page
from budget.policy.typed import ShowAudit, ShowLooks, Topic
from budget.typed import PersonRef, TeamRef
from handlers.slack.views.forms import button, buttons
from handlers.slack.views.pieces import Reader, Reply, context, example, said, when
from handlers.slack.wire.safe import escape

PAGES = "audit_page"  # action id
CHANNEL = re.compile(r"#([CG][A-Z0-9]{2,63})\b", re.ASCII)  # as the words name a channel

Asked = ShowAudit | ShowLooks


def page(found: Page, asked: Asked, reader: Reader, *, first: bool = True) -> Reply:
    """`/tokens audit …`"""
    month = f" in {asked.month}" if isinstance(asked, ShowAudit) and asked.month else ""
    about = f"{escape(found.about)}{month}"
    if not found.rows:
        return said(
            [f"The audit has nothing {'older ' if not first else ''}on {about}."], [context(HINTS[type(asked)])]
        )
    rows = [f"• {when(row.at, reader)} · {linked(row.sentence)} _{escape(row.origin)}_" for row in found.rows]
    pages = [button("Older", f"{PAGES}_older", value(asked, found.older))] if found.older else []
    pages += [button("Newest", f"{PAGES}_newest", value(asked, None))] if not first else []
    return said([f"*Audit: {about}*", *rows], [*([buttons(pages)] if pages else []), context(HINTS[type(asked)])])


def linked(sentence: str) -> str:
    """A sentence with its channels as links."""
    return CHANNEL.sub(r"<#\1>", escape(sentence))


HINTS = {
    ShowLooks: "Every look at your balance, history, package or statement by somebody else is kept, once an hour.",
    ShowAudit: f"Narrower: {example('audit money 2026-11')} · {example('audit @ada')} · {example('audit policy')}",
}


def value(asked: Asked, before: int | None) -> str:
    """What a button says is wanted; whoever clicks needs the right to it."""
    if isinstance(asked, ShowLooks):
        return json.dumps({"me": True, "before": before})
    of = asked.of
    kind = "person" if isinstance(of, PersonRef) else "team" if isinstance(of, TeamRef) else "topic"
    name = of.id if isinstance(of, PersonRef) else of.name if isinstance(of, TeamRef) else of
    return json.dumps({kind: name, "month": asked.month, "before": before})


def wanted(value: str) -> tuple[Asked, int | None]:
    """The reverse of `value`. Raises ValueError, KeyError, TypeError when it is not."""
    plain = json.loads(value)
    before = None if plain["before"] is None else int(plain["before"])
    if plain.get("me"):
        return ShowLooks(), before
    month = str(plain["month"]) if plain["month"] else None
    if plain.get("person"):
        return ShowAudit(PersonRef(str(plain["person"])), month), before
    if plain.get("team"):
        return ShowAudit(TeamRef(str(plain["team"])), month), before
    topic: Topic | None = next((each for each in get_args(Topic) if each == plain.get("topic")), None)
    return ShowAudit(topic, month), before
