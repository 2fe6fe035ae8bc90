"""The demo's workspace is the one that manifest.yml makes."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.seed import APP


@pytest.fixture
def manifest() -> dict[str, Any]:
    text = (Path(__file__).parents[2] / "manifest.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_the_stand_in_sends_and_allows_what_the_manifest_asks_for(manifest: dict[str, Any]) -> None:
    assert sorted(APP.bot_events) == sorted(manifest["settings"]["event_subscriptions"]["bot_events"])
    assert sorted(APP.scopes) == sorted(manifest["oauth_config"]["scopes"]["bot"])


def test_commands_and_shortcuts_are_the_manifests(manifest: dict[str, Any]) -> None:
    features = manifest["features"]
    assert [
        {
            "command": c.command,
            "description": c.description,
            "usage_hint": c.usage_hint,
            "should_escape": c.should_escape,
        }
        for c in APP.commands
    ] == features["slash_commands"]
    assert [
        {"name": s.name, "type": "message", "callback_id": s.callback_id, "description": s.description}
        for s in APP.shortcuts
    ] == features["shortcuts"]
