"""The audit in words, a page at a time."""

import json
import re
from collections.abc import Mapping
from typing import Any, get_args

from budget.policy.audit_pages import Page
from budget.policy.typed import ShowAudit, ShowLooks, Topic
from budget.typed import PersonRef, TeamRef
from handlers.slack.views.forms import button, buttons
from handlers.slack.views.pieces import Reader, Reply, context, example, said, when
from handlers.slack.wire.safe import escape

PAGES = "audit_page"  # action id
MONTH = re.compile(r"2\d{3}-(0[1-9]|1[0-2])", re.ASCII)
MOST = 2**63  # the number of a row is less
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
    rows = [
        f"• {when(row.at, reader)} · {linked(row.sentence.removesuffix('.'))} · {escape(row.origin)}"
        for row in found.rows
    ]
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


def wanted(value: str) -> tuple[Asked, int | None] | None:
    """The reverse of `value`; None for what is no such value."""
    try:
        plain = json.loads(value)
        before = None if plain["before"] is None else int(plain["before"])
        month = str(plain["month"]) if plain.get("month") else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if (before is not None and not 0 <= before < MOST) or (month is not None and not MONTH.fullmatch(month)):
        return None
    return (ShowLooks() if plain.get("me") else ShowAudit(_of(plain), month)), before


def _of(plain: Mapping[str, Any]) -> PersonRef | TeamRef | Topic | None:
    if plain.get("person"):
        return PersonRef(str(plain["person"]))
    if plain.get("team"):
        return TeamRef(str(plain["team"]))
    return next((each for each in get_args(Topic) if each == plain.get("topic")), None)
