"""Views of models, channels, instructions and refusals: within Slack's limits, true, and a way on in each."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from budget.asking.admission import Cheaper, Refusal, Shortage
from budget.house import House, Rules
from budget.money import Face
from budget.offer.allowed import Typical
from budget.offer.mine import Mine
from budget.offer.model import Model, Models
from budget.offer.pricing import Price, own_price
from budget.org.channels import ChannelModel, ChannelSeen, Following
from budget.org.instructions import LONGEST, Changed, Prompt, Written, fingerprint, tidy
from budget.org.people import Chosen
from handlers.slack.views import channels, costly, instructions, models
from handlers.slack.views.instructions import About
from handlers.slack.views.pieces import Reader, Reply
from sandbox.workspace import blocks as slack
from store.channels import ChannelSettings
from store.ledger.steps import Balance
from store.payers import Payer
from store.teams import Team

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
READER = Reader(ZoneInfo("Europe/Berlin"), ZoneInfo("UTC"), Face(), NOW)
EVIL = "<!channel> & *x* `y`"
LONG = "m" * 100
WALLET = Payer("person:1", "person", "")


def model(name: str, usd: str = "1", context_tokens: int = 32_000) -> Model:
    made = own_price("test", input_usd=Decimal(usd), output_usd=Decimal(usd))
    assert isinstance(made, Price)
    return Model(name, name, None, None, "none", made, context_tokens, 4_000)


MINI, BIG = model("mini"), model("big", "10")


def house(*offered: Model) -> House:
    """As much of a house as a view looks at."""
    found = offered or (MINI, BIG)
    rules = Rules(ZoneInfo("UTC"), confirm_above_micros=1_000_000)
    return cast(House, SimpleNamespace(models=Models(found[0].name, found), face=Face(), rules=rules))


def seen(*offered: Model, answers: Model | None = None, own: bool = False, typical: Typical | None = None) -> Mine:
    """What someone sees of models."""
    return Mine(Models(offered[0].name, offered), answers or offered[0], own, typical or Typical())


def elements(reply: Reply | Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in reply.blocks if isinstance(reply, Reply) else reply:
        if block["type"] == "actions":
            yield from block["elements"]


def taken_by_slack(reply: Reply) -> None:
    assert 0 < len(reply.text) <= 4_000
    assert len(slack.checked([json.loads(json.dumps(block)) for block in reply.blocks], surface="message"))
    ids = [element["action_id"] for element in elements(reply)]
    assert len(ids) == len(set(ids)), "Slack refuses two of one name in a block"
    assert all(len(each["text"]["text"]) <= 75 for each in elements(reply) if each["type"] == "button")


def test_costly_names_one_amount_alike_in_words_and_on_its_button() -> None:
    reply = costly.refusal(house(), Refusal("costly", "m", 35_410, input_tokens=398, cap_tokens=512), "a1", READER)
    assert "as much as *$0.0355 (35.5k tokens)*" in reply.text
    assert next(iter(elements(reply)))["text"]["text"] == "Ask for up to $0.0355"


def test_costly_says_what_and_why_and_rounds_up() -> None:
    refused = Refusal(
        "costly", EVIL, 3_091_000, input_tokens=270_000, cap_tokens=4_096, cheaper=Cheaper("mini", 112_001)
    )
    reply = costly.refusal(house(), refused, "a1", READER)
    taken_by_slack(reply)
    assert "as much as *$3.10 (3.1M tokens)* on *&lt;!channel&gt; &amp; *x* `y`*" in reply.text.replace("\u200b", "")
    assert "270.0k tokens in, and an answer of up to 4,096 tokens out" in reply.text
    assert "Above $1.00 I ask first." in reply.text
    assert [(each["text"]["text"], each["value"]) for each in elements(reply)] == [
        ("Ask for up to $3.10", "a1"), ("Ask mini for up to $0.12", "a1 mini"), ("Leave it", "a1"),
    ]  # fmt: skip
    assert len(list(elements(costly.refusal(house(), replace(refused, cheaper=None), "a1", READER)))) == 2


def test_no_amount_travels_in_a_button() -> None:
    refused = Refusal("costly", "big", 3_091_000, cheaper=Cheaper("mini", 112_001))
    values = [each["value"] for each in elements(costly.refusal(house(), refused, "a1", READER))]
    assert not any("3" in value or "112" in value for value in values)


@pytest.mark.parametrize(
    ("typed", "first"), [("bigg", "Ask big, $0.02"), ("mini2", "Ask mini, $0.002"), ("xyzzy", "Ask mini, $0.002")]
)
def test_a_model_that_is_not_on_offer_has_the_nearest_first(typed: str, first: str) -> None:
    reply = costly.refusal(house(), Refusal("no model", typed), "a1", READER)
    taken_by_slack(reply)
    assert next(elements(reply))["text"]["text"] == first
    assert ("Did you mean" in reply.text) is (typed != "xyzzy")
    assert "*mini* $0.002, *big* $0.02" in reply.text


def test_many_models_with_long_names_still_fit() -> None:
    many = tuple(model(f"{LONG[:96]}{n:04}", str(n + 1)) for n in range(150))
    listed = models.models(seen(*many, answers=many[3], own=True), many[0].name)
    taken_by_slack(Reply("x", listed.blocks))
    (menu,) = elements(listed)
    assert len(menu["options"]) == 100
    assert menu["initial_option"]["value"] == many[3].name
    assert all(len(each["text"]["text"]) <= 75 for each in menu["options"])
    assert all("a typical question" in each["text"]["text"] for each in menu["options"])
    reply = costly.refusal(house(*many), Refusal("no model", LONG), "a" * 64, READER)
    taken_by_slack(reply)
    assert "and 130 more (`/tokens models`)" in reply.text
    taken_by_slack(costly.refusal(house(*many), Refusal("costly", LONG, 5, cheaper=Cheaper(LONG, 1)), "a1", READER))


def test_a_choice_beyond_the_menu_is_shown_as_the_default_there() -> None:
    many = tuple(model(f"m{n:03}", str(n + 1)) for n in range(150))
    (menu,) = elements(models.models(seen(*many, answers=many[140], own=True), "m000"))
    assert menu["initial_option"]["value"] == models.DEFAULT


def test_one_model_leaves_nothing_to_choose() -> None:
    assert not list(elements(models.models(seen(MINI), "mini")))


def spent(cheaper: Cheaper | None = None) -> Refusal:
    short = Shortage(WALLET, Balance("person:1", 20_000, 0))
    return Refusal("spent", "big", 30_000, 10_000, (short,), cheaper)


def test_too_little_money_offers_the_cheaper_model_beside_asking_again() -> None:
    reply = costly.refusal(house(), spent(Cheaper("mini", 19_500)), "a1", READER)
    taken_by_slack(reply)
    assert [each["text"]["text"] for each in elements(reply)] == ["Ask mini instead, from $0.02", "Ask again"]
    assert [each["text"]["text"] for each in elements(costly.refusal(house(), spent(), "a1", READER))] == ["Ask again"]


def test_too_long_offers_the_cheapest_model_that_reads_more() -> None:
    roomy = (model("roomy", "5", 400_000), model("dear", "9", 900_000))
    refused = Refusal("too long", "mini", input_tokens=100_000, context_tokens=32_000)
    reply = costly.refusal(house(MINI, BIG, *roomy), refused, "a1", READER)
    taken_by_slack(reply)
    assert [each["text"]["text"] for each in elements(reply)] == ["Ask roomy, $0.01", "Ask again"]
    assert reply.text.endswith("Or ask the model below, which reads more.")
    alone = costly.refusal(house(), refused, "a1", READER)
    assert [each["text"]["text"] for each in elements(alone)] == ["Ask again"]
    assert "reads more" not in alone.text


def test_what_a_choice_costs_instead_of_the_one_before() -> None:
    assert models.chosen(Chosen(MINI, True, BIG)).text == (
        "*mini* answers you from now on: $0.002 for a typical question instead of $0.02 with *big*."
    )
    assert models.chosen(Chosen(MINI, True)).text == "*mini* answers you from now on: $0.002 for a typical question."
    assert "whatever they choose" in models.chosen(Chosen(MINI, True, BIG, here=BIG)).text
    assert "whatever they choose" not in models.chosen(Chosen(BIG, True, MINI, here=BIG)).text


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (BIG, None, "*big* answers everybody from now on instead of their own choice: $0.02"),
        (BIG, MINI, "*big* answers everybody from now on: $0.02 for a typical question instead of $0.002 with *mini*."),
        (BIG, BIG, "*big* answers everybody from now on, as before: $0.02 for a typical question."),
        (None, BIG, "own choice of model answers again, instead of *big* at $0.02 for a typical question."),
        (None, None, "own choice of model answers, as before."),
    ],
)
def test_a_channels_model_in_words(now: Model | None, before: Model | None, told: str) -> None:
    assert told in models.chosen_here(ChannelModel("C1", now, before)).text


def test_how_to_choose_is_said_where_there_is_something_to_choose() -> None:
    assert "/tokens model NAME" in str(models.models(seen(MINI, BIG), "mini").blocks)
    assert "/tokens model NAME" not in str(models.models(seen(MINI), "mini").blocks)


def test_a_channel_in_words() -> None:
    team = Team("t1", "T1", EVIL, None, False)
    withdrawn = ChannelSettings("T1", "C1", "t1", None, "<gone>", "x", follow_threads=True)
    reply = channels.channel(ChannelSeen(withdrawn, team, None, [EVIL, "Grace"], may=True))
    taken_by_slack(reply)
    assert "<!channel>" not in reply.text.replace("\u200b", "")
    assert "each asker's own, since *&lt;gone&gt;* is no longer on offer" in reply.text
    assert "yes; `/tokens prompt` shows them" in reply.text
    assert "or Grace or an admin to change" in reply.text
    assert offered(reply) == ["model NAME in channel", "model default in channel", "channel follow off"]
    plain = ChannelSettings("T1", "C1", None, None, None, None, follow_threads=False)
    assert offered(channels.channel(ChannelSeen(plain, None, None, [], may=True))) == [
        "model NAME in channel", "channel follow on",
    ]  # fmt: skip
    assert offered(channels.channel(ChannelSeen(plain, None, None, [], may=False))) == []
    assert "as before" in channels.following(Following("C1", on=True, same=True)).text


def test_who_writes_instructions_is_offered_what_would_change_something_here() -> None:
    set_, none = Written("Be brief.", "Grace", NOW), Written(None, None, None)
    offers = [
        (Prompt("B.", none, none, may=True), None, ["prompt edit"]),
        (Prompt("B.", set_, none, may=True), "C1", ["prompt edit", "prompt edit channel", "prompt clear"]),
        (Prompt("B.", none, set_, may=True), "C1", ["prompt edit", "prompt edit channel", "prompt clear channel"]),
        (Prompt("B.", set_, set_, may=False), "C1", []),
    ]
    for seen, channel_id, commands in offers:
        assert offered(instructions.prompt(seen, channel_id, READER)) == commands


def offered(reply: Reply) -> list[str]:
    """The commands on the last, small line."""
    small = [block["elements"][0]["text"] for block in reply.blocks if block["type"] == "context"]
    return re.findall(r"`/tokens ([^`]+)`", small[-1]) if small else []


def test_instructions_are_shown_as_they_are() -> None:
    text = f"{EVIL}\n> not a quotation\n{'x' * (LONGEST - 40)}"
    seen = Prompt("Built in.", Written(text, EVIL, NOW), Written(None, "Grace", NOW), may=True)
    reply = instructions.prompt(seen, "C1", READER)
    taken_by_slack(Reply("x", reply.blocks))
    plain = "".join(
        block["text"]["text"] for block in reply.blocks if block.get("text", {}).get("type") == "plain_text"
    )
    assert plain == f"Built in.{text}"
    assert "by &lt;!channel&gt;" in reply.text.replace("\u200b", "")
    assert "22 Nov, 13:00" in reply.text
    assert "*For <#C1>* · none; taken back by Grace, 22 Nov, 13:00" in reply.text
    assert [each["action_id"] for each in elements(reply)] == ["instructions_edit_company", "instructions_edit_channel"]
    assert not list(elements(instructions.prompt(replace(seen, may=False), "C1", READER)))


def test_the_form_fits_slack_whatever_stands_in_it() -> None:
    longest = Written("ä" * LONGEST, EVIL * 20, NOW)
    for channel_id in (None, "C1"):
        for mine in (None, "", "ö" * LONGEST):
            shown = instructions.form(channel_id, longest, READER, mine=mine)
            assert slack.checked(json.loads(json.dumps(shown["blocks"])), surface="modal")
            assert len(shown["private_metadata"]) <= 3_000
            assert About.of(shown["private_metadata"]) == About(channel_id, fingerprint(longest.text))
            assert len(shown["title"]["text"]) <= 24


def test_a_text_is_kept_without_what_no_line_is_made_of() -> None:
    assert tidy(" a\r\nb\rc\0\x07\u2028\ud800\t\n ") == "a\nb\nc\N{REPLACEMENT CHARACTER}"
    assert tidy("\t\n \r") == ""
    assert fingerprint(None) == fingerprint("") != fingerprint("a")


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (Changed(None, "a", None), "Set: the company's instructions."),
        (Changed("C1", "a", "b"), "Set: the instructions for <#C1>."),
        (Changed(None, None, "a"), "Taken back: the company's instructions."),
        (Changed(None, "a", "a"), "are as before."),
        (Changed("C1", None, None), "are empty."),
    ],
)
def test_what_was_changed_in_words(done: Changed, told: str) -> None:
    assert told in instructions.cleared(done).text
