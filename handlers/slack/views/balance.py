"""Balances: one's own, and of others."""

from budget.balance import Overview, Seen, lasts_sentence
from budget.money import show
from budget.org.rights import Relation, Role
from handlers.slack.views.pieces import Reader, Reply, bold, context, last_day, said
from handlers.slack.wire.safe import escape

MOST_ENDS = 3
CAN_DO = (
    "`/tokens request` ask for more",
    "`/tokens history` what it went for",
    "`/tokens models` what questions cost",
    "`/tokens help` all commands",
)
LEFT_CAN = ("`/tokens statement` all that came and went", "`/tokens return AMOUNT` give back")
MANAGERS_CAN = "`/tokens grant @person AMOUNT` give from your pool"
ADMINS_CAN = "`/tokens fund AMOUNT` new budget"


def own(seen: Overview, reader: Reader) -> Reply:
    """`/tokens` and `/tokens balance`."""
    return said(
        [*own_sentences(seen, reader), *ends(seen, reader), *looked_after(seen, reader)],
        [context(" · ".join(can_do(seen)))],
    )


def can_do(seen: Overview) -> list[str]:
    """What someone can do, in a line; who has left, only what is left to do."""
    if seen.person.left_at is not None:
        return [*LEFT_CAN]
    more = {Role.MEMBER: [], Role.MANAGER: [MANAGERS_CAN], Role.ADMIN: [ADMINS_CAN]}
    return [*CAN_DO, *more[seen.role]]


def own_sentences(seen: Overview, reader: Reader) -> list[str]:
    """What one has, what is held, how long it lasts, and what pays after that."""
    balance = seen.wallet.balance
    sentences = [f"You have {bold(balance.available_micros, reader.face)}."]
    if balance.held_micros:
        sentences.append(f"Another {show(balance.held_micros, reader.face)} is held for answers under way.")
    if seen.person.left_at is not None:
        return [*sentences, "By the books you have left: nothing is asked for you any more, and nothing comes."]
    if balance.available_micros:
        sentences += lasting(seen.wallet, reader)
    elif seen.managers:
        sentences.append(f"{escape(' or '.join(seen.managers))} can grant you more.")
    elif seen.role is not Role.ADMIN:
        sentences.append("An admin can grant you more.")
    sentences += [
        f"When your own is used up, {escape(pool.place.name)} pays: it has "
        f"{show(pool.balance.available_micros, reader.face)}."
        for pool in seen.backing
    ]
    return sentences


def ends(seen: Overview, reader: Reader) -> list[str]:
    """`$12.00 (12M tokens) of it is usable until the end of 30 November 2026.`"""
    return [
        f"{show(micros, reader.face)} of it is usable until the end of {last_day(until_at, reader)}."
        for until_at, micros in seen.ending[:MOST_ENDS]
    ]


def looked_after(seen: Overview, reader: Reader) -> list[str]:
    """The pools that one grants from, which the Home tab lists apart."""
    pools = [*seen.managed, *([seen.company] if seen.company else [])]
    verb = {True: "look after", False: "manage"}
    return [
        f"You {verb[pool is seen.company]} {escape(pool.place.name)}: it has "
        f"{show(pool.balance.available_micros, reader.face)}."
        for pool in pools
    ]


def lasting(seen: Seen, reader: Reader) -> list[str]:
    """How long it lasts, if there is anything to last."""
    if seen.lasts is None or not seen.balance.available_micros:
        return []
    return [escape(lasts_sentence(seen.lasts, reader.zone, reader.now))]


def others(seen: Seen, reader: Reader) -> Reply:
    """`/tokens balance @person | TEAM | company`."""
    name = "You" if seen.place.relation is Relation.SELF else escape(seen.place.name)
    have = "have" if name == "You" else "has"
    sentences = [f"{name[:1].upper()}{name[1:]} {have} {bold(seen.balance.available_micros, reader.face)} available."]
    if seen.balance.held_micros:
        sentences.append(f"Another {show(seen.balance.held_micros, reader.face)} is held for answers under way.")
    if seen.lasts and seen.lasts.day_micros:
        sentences += lasting(seen, reader)
    if seen.place.team is not None:
        sentences.append(pool_words(seen.place.team.pool_for_members))
    return said(sentences)


def pool_words(on: bool) -> str:
    """Whether a pool pays for members."""
    if on:
        return "It pays for its members' questions when their own balance is used up."
    return "It pays for nobody's questions by itself: its manager grants from it."
