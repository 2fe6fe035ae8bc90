"""What does not look like Slack's is told apart from what does, and texts come in so that a database takes them."""

from typing import Any

import pytest

from handlers.slack.wire.shape import mend, problem

CLICK: dict[str, Any] = {
    "type": "block_actions", "user": {"id": "U1"}, "channel": {"id": "C1"}, "response_url": "https://hooks.example/1",
    "actions": [{"action_id": "ask_retry", "value": None, "selected_option": None}],
}  # fmt: skip
COMMAND = {"command": "/tokens", "text": "", "user_id": "U1", "channel_id": "D1", "trigger_id": "1.2.3"}
FORM: dict[str, Any] = {
    "type": "view_submission", "user": {"id": "U1"},
    "view": {"id": "V1", "state": {"values": {"text": {"text": {"value": None}}}}},
}  # fmt: skip
HOME = {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1", "channel": "D1"}}


@pytest.mark.parametrize("body", [CLICK, COMMAND, FORM, HOME, {"type": "event_callback", "event": {"type": "message"}}])
def test_what_slack_sends_comes_in(body: dict[str, Any]) -> None:
    assert problem(body) is None


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (CLICK | {"user": "U1"}, "block_actions.user"),
        (CLICK | {"user": {"id": "\u200d"}}, "block_actions.user.id"),
        (CLICK | {"user": {}}, "user"),
        (CLICK | {"actions": [{}]}, "block_actions.actions.action_id"),
        (CLICK | {"actions": [None]}, "block_actions.actions"),
        (CLICK | {"actions": [{"action_id": "a", "value": 5}]}, "block_actions.actions.value"),
        (CLICK | {"actions": [{"action_id": "a", "selected_option": []}]}, "block_actions.actions.selected_option"),
        (CLICK | {"response_url": "null"}, "block_actions.response_url"),
        (CLICK | {"message": {"text": "no ts"}}, "block_actions.message.ts"),
        (CLICK | {"message": {"ts": "1.1", "thread_ts": "1" * 33}}, "block_actions.message.thread_ts"),
        (CLICK | {"view": {}}, "view"),
        ({name: value for name, value in CLICK.items() if name != "response_url"}, "response_url"),
        (COMMAND | {"text": None} | {"trigger_id": ""}, "trigger_id"),
        (COMMAND | {"text": ["fund $5"]}, "command.text"),
        (COMMAND | {"user_id": "U" * 65}, "command.user_id"),
        (FORM | {"view": {"id": "V1", "state": {"values": {"text": None}}}}, "view_submission.view.state.values"),
        (HOME | {"event": {"type": "app_home_opened", "channel": "D1"}}, "app_home_opened.event.user"),
        (HOME | {"event": {"type": 5}}, "event_callback.event.type"),
        (HOME | {"event": "message"}, "event_callback.event"),
    ],
)
def test_what_slack_does_not_send_is_named(body: dict[str, Any], where: str) -> None:
    assert problem(body) == where


def test_texts_are_mended_wherever_they_stand() -> None:
    body = {"text": "a\0b", "deep": [{"value": "\ud83d"}, "\udfff", "👩\u200d👧"], "plain": 5, "none": None}
    mend(body)
    assert body == {"text": "ab", "deep": [{"value": "\ufffd"}, "\ufffd", "👩\u200d👧"], "plain": 5, "none": None}
