"""What travels to the next round of an ask: its model, who is to pay, what was agreed to."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.slack.asking.retries import again
from handlers.slack.desk import Desk
from handlers.slack.wire.limits import Limits
from store.asks import Ask, NewAsk
from tests.commanding import START

AGREED = 3_000_000


class Wire:
    """As much of Slack's client as reads one message."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def conversations_replies(self, **_: object) -> SimpleNamespace:
        message = {"ts": "1.0", "user": "U1", "text": f"<@UBOT> {self.text}"}
        return SimpleNamespace(data={"ok": True, "messages": [message]})


async def sleep(_: float) -> None:
    return None


def desk(text: str) -> Desk:
    limits = Limits(monotonic_s=lambda: 0.0, sleep=sleep)
    made = SimpleNamespace(
        client=Wire(text), limits=limits, workspace_id="T1", bot_user_id="UBOT", new_id=lambda: "new",
    )  # fmt: skip
    return cast(Desk, made)


def old(**more: Any) -> Ask:
    """An ask that ended, of which its asker had agreed to the cost with the model `dear`."""
    plain: dict[str, Any] = dict.fromkeys(Ask.__slots__)
    plain |= {
        "id": "a1", "workspace_id": "T1", "channel_id": "C1", "message_ts": "1.0", "thread_ts": "1.0",
        "place": "channel", "asker_id": "U1", "round": 1, "state": "failed", "outcome": "server_fault", "attempts": 0,
        "wanted_model": "dear", "confirmed_micros": AGREED, "estimated": False, "created_at": START, "cost_micros": 0,
    }  # fmt: skip
    return Ask(**(plain | more))


async def round_of(text: str, was: Ask, **click: Any) -> NewAsk:
    new = await again(desk(text), was, "U1", **click)
    assert isinstance(new, NewAsk), new
    return new


ROWS: Sequence[tuple[str, dict[str, Any], str | None, int | None]] = (
    ("how?", {}, "dear", AGREED),  # asked again as it was
    ("how? --model dear", {"round": 0}, "dear", AGREED),
    ("how? --model huge", {}, "huge", None),  # edited since: nobody agreed to that one's cost
    ("how?", {"round": 0}, None, None),  # the model was named in the question, and is not any more
    ("how?", {"cost_micros": 5}, "dear", None),  # something was paid: what was agreed to is used up
    ("how?", {"outcome": "no model"}, None, None),
    ("how?", {"outcome": "not allowed"}, None, None),
)


@pytest.mark.parametrize(("text", "was", "model", "agreed"), ROWS)
async def test_an_agreed_cost_holds_for_its_model_alone(
    text: str, was: dict[str, Any], model: str | None, agreed: int | None
) -> None:
    new = await round_of(text, old(**was))
    assert (new.wanted_model, new.confirmed_micros) == (model, agreed)
    assert (new.round, new.question) == (old(**was).round + 1, "how?")


async def test_a_click_that_names_a_model_brings_its_own_agreement() -> None:
    new = await round_of("how?", old(), model="small")
    assert (new.wanted_model, new.confirmed_micros) == ("small", None)
    new = await round_of("how?", old(), model="small", confirmed_micros=7)
    assert (new.wanted_model, new.confirmed_micros) == ("small", 7)


async def test_a_pool_that_was_chosen_stays_chosen_and_keeps_what_was_agreed_to() -> None:
    new = await round_of("how?", old(), payer="team:a")
    assert (new.wanted_payer, new.wanted_model, new.confirmed_micros) == ("team:a", "dear", AGREED)
    assert (await round_of("how?", old(wanted_payer="team:a"))).wanted_payer == "team:a"
    assert (await round_of("how?", old(wanted_payer="team:a"), model="small")).wanted_payer == "team:a"


async def test_where_a_private_ask_was_asked_travels_along() -> None:
    new = await round_of("how?", old(place="dm", from_channel_id="C9", from_thread_ts="2.0"))
    assert (new.from_channel_id, new.from_thread_ts, new.place) == ("C9", "2.0", "dm")


async def test_nobody_else_asks_again() -> None:
    assert isinstance(await again(desk("how?"), old(), "U2"), str)
    assert isinstance(await again(desk("how?"), old(state="streaming"), "U1"), str)
