"""What the form about a message keeps until it is sent has to fit, whatever the message was like."""

import json

from handlers.slack.views.about import METADATA_CHARS, About, brought, carried


def about(**more: object) -> About:
    """A message."""
    plain: dict[str, object] = {
        "channel_id": "C1",
        "message_ts": "1.1",
        "thread_ts": "1.1",
        "author": "Ada",
        "text": "",
    }
    return About(**{**plain, "cut": False, "files": None, **more})  # type: ignore[arg-type]  # fields by name


def test_a_long_message_is_cut_until_it_fits() -> None:
    kept = carried(about(text="words " * 5_000, files="f" * 2_000))
    assert len(kept) <= METADATA_CHARS
    assert brought(kept).cut
    assert brought(kept).author == "Ada"


def test_what_cannot_be_made_to_fit_comes_to_an_end() -> None:
    kept = json.loads(carried(about(author="a" * METADATA_CHARS, text="words")))
    assert kept["text"] == ""
