"""The last movements of a wallet."""

from budget.balance import History
from budget.money import dollars, show
from handlers.slack.views.pieces import Reader, Reply, context, last_day, lines, section, signed, when, whose
from handlers.slack.wire.safe import escape
from store.history import AskSeen, Movement

LONGEST_REASON = 80
NAMES = {
    "fund": "new budget",
    "grant": "grant",
    "allowance": "allowance",
    "vest": "package",
    "move": "moved",
    "send": "sent",
    "return": "given back",
    "expire": "expired unused",
    "consume": "question",
    "overrun": "above what was set aside",
    "correct": "correction",
}


def history(seen: History, reader: Reader) -> Reply:
    """`/tokens history`."""
    whose_own = "Your last movements" if seen.own else f"The last movements of {escape(seen.person.name)}"
    if not seen.movements:
        nothing = "Nothing has come in or gone out yet."
        return Reply(nothing, [section(nothing)])
    listed = [line(movement, reader) for movement in seen.movements]
    now = f"Now: {show(seen.balance.available_micros, reader.face)} available. Times are in {reader.zone.key}."
    return Reply(
        "\n".join([f"{whose_own}:", *listed, now]), [*lines([f"*{whose_own}*", *listed]), context(escape(now))]
    )


def line(movement: Movement, reader: Reader) -> str:
    """`• 22 Nov, 14:05 · *−$0.016* · question to gpt-5-mini`"""
    parts = [when(movement.at, reader), f"*{signed(movement.amount_micros)}*", what(movement), *why(movement)]
    if movement.until_at and movement.amount_micros > 0:
        parts.append(f"until {last_day(movement.until_at, reader)}")
    return f"• {' · '.join(parts)}"


def what(movement: Movement) -> str:
    """What happened, and with whom."""
    if movement.kind == "consume":
        return f"question to {escape(movement.model)}" if movement.model else "question"
    name = NAMES.get(movement.kind, movement.kind)
    other = whose(movement.other_name, movement.other_kind)
    side = f" {'from' if movement.amount_micros > 0 else 'to'} {other}" if other else ""
    by = f" by {escape(movement.actor)}" if movement.actor and movement.actor != movement.other_name else ""
    return f"{name}{side}{by}"


def why(movement: Movement) -> list[str]:
    """The reason, shortened, if one was given."""
    if not movement.reason:
        return []
    reason = movement.reason
    return [escape(reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1]}…")]


def asked(ask: AskSeen, reader: Reader) -> str:
    """`• 22 Nov, 14:05 · *$0.016* · gpt-5-mini`: an ask that ended, never what was asked."""
    if ask.state == "refused":
        return f"• {when(ask.at, reader)} · {NOT_ASKED.get(ask.outcome or '', 'not asked')}{_of(ask)}"
    cost = dollars(ask.cost_micros or 0) + (" (estimated)" if ask.estimated else "")
    parts = [when(ask.at, reader), f"*{cost}*", escape(ask.model or "no model")]
    if ask.state != "settled":
        parts.append("stopped" if ask.state == "cancelled" else "no answer")
    if ask.payer_kind not in (None, "person") and ask.cost_micros:
        parts.append(f"paid by the {ask.payer_kind} pool")
    return f"• {' · '.join(parts)}"


def _of(ask: AskSeen) -> str:
    return f" · {escape(ask.model)}" if ask.model else ""


NOT_ASKED = {
    "costly": "not asked: its cost was yours to agree to first",
    "too dear": "not asked: it could cost more than a question may",
    "spent": "not asked: there was not enough left",
    "least": "not asked: less was there than must be",
    "held": "not asked: running questions held what was left",
    "no wallet": "not asked: there was nothing to pay from",
    "too long": "not asked: it was longer than the model reads",
    "no model": "not asked: there is no model of that name",
    "not allowed": "not asked: the policy does not allow that model",
    "frozen": "not asked: your questions were frozen",
    "left": "not asked: by the books you had left",
    "guest": "not asked: no admin had let you in",
    "empty": "not asked: it came without a question",
    "only_files": "not asked: files came without a question",
    "not_posted": "not asked: I could not post it there",
}
"""What happened instead, by the outcome."""
