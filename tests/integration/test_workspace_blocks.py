"""Blocks that Slack would refuse are refused here; those that its library can make are known."""

import inspect
from typing import Any

import pytest
import slack_sdk.models.blocks as library

from sandbox.seed import ADA, GENERAL
from sandbox.workspace import fields
from sandbox.workspace.blocks import checked
from sandbox.workspace.wire import SlackError
from tests.integration.workspace_app import desk
from tests.workspace_client import JsonObject

NEWER = {"agent_prompt", "agent_prompt_display", "visible_to_user_ids"}  # of buttons, in the library alone


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


def button(**more: Any) -> JsonObject:
    return {"type": "button", "action_id": "b", "text": plain("Go"), **more}


def in_actions(*elements: JsonObject) -> JsonObject:
    return {"type": "actions", "elements": list(elements)}


CONFIRM = {"title": plain("Sure?"), "text": plain("It moves money."), "confirm": plain("Yes"), "deny": plain("No")}
OPTION = {"text": plain("One"), "value": "1"}
SELECT = {"type": "static_select", "action_id": "s", "options": [OPTION]}
REFUSED: list[tuple[JsonObject, str]] = [
    ({"type": "divider", "text": plain("x")}, "invalid additional property: text"),
    ({"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}, "property: emoji"),
    ({"type": "section", "text": plain("x"), "fields": [{**plain("y"), "verbatim": True}]}, "property: verbatim"),
    ({"type": "context", "elements": [{**plain("x"), "colour": "red"}]}, "property: colour"),
    (in_actions(button(title="x")), "property: title"),
    (in_actions(button(confirm={**CONFIRM, "cancel": plain("x")})), "property: cancel"),
    (in_actions(button(confirm={"title": plain("Sure?")})), "confirm.text"),
    (in_actions(button(confirm={**CONFIRM, "deny": plain("x" * 31)})), "confirm.deny"),
    (in_actions(button(confirm=True)), "confirm must be an object"),
    (in_actions({**SELECT, "options": [{**OPTION, "id": "1"}]}), "property: id"),
    (in_actions({**SELECT, "type": "multi_static_select"}), "in a block of type actions"),
    (in_actions({"type": "plain_text_input", "action_id": "t"}), "in a block of type actions"),
    ({"type": "section", "text": plain("x"), "accessory": {"type": "datetimepicker", "action_id": "d"}}, "section"),
    ({"type": "input", "label": plain("x"), "element": button()}, "in a block of type input"),
]


@pytest.mark.parametrize(("block", "words"), REFUSED)
def test_what_slack_does_not_know_is_refused(block: JsonObject, words: str) -> None:
    with pytest.raises(SlackError) as refused:
        checked([block], surface="message")
    assert refused.value.code == "invalid_blocks"
    assert any(words in problem for problem in refused.value.extra["errors"])  # type: ignore[attr-defined]  # a list


def _kinds() -> list[tuple[str, set[str], frozenset[str]]]:
    found = []
    for made in vars(library).values():
        kind = getattr(made, "type", None) if inspect.isclass(made) else None
        if not isinstance(kind, str):
            continue
        known = (fields.ELEMENTS if made.__name__.endswith("Element") else fields.BLOCKS).get(kind)
        if known is not None:
            names = set(inspect.signature(made.__init__).parameters) - {"self", "others", "block_id", "action_id"}
            found.append((made.__name__, names - NEWER, known))
    return found


def test_every_field_that_slacks_library_can_set_is_known() -> None:
    unknown = {name: wanted - known for name, wanted, known in _kinds() if wanted - known}
    assert unknown == {}
    assert len(_kinds()) > 35


async def test_an_external_select_asks_the_app() -> None:
    async with desk() as at:
        select = {"type": "external_select", "action_id": "ext"}
        posted = await at.client.chat_postMessage(channel=GENERAL, text="x", blocks=[in_actions(select)])
        wish = {"as": ADA, "channel": GENERAL, "ts": posted["ts"], "action_id": "ext", "value": "pro"}
        with pytest.raises(Exception, match="offered no choices"):
            await at.bench.post("options", wish)
