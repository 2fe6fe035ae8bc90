"""Which models see: an image's bound is never below what its provider counts at most."""

import pytest

from budget.files.vision import known_image_tokens


@pytest.mark.parametrize(
    ("name", "provider", "tokens"),
    [
        ("gpt-4o", "openai", 1_445),
        ("gpt-4o-2024-08-06", "openai", 1_445),
        ("gpt-4o-mini", "openai", 48_169),
        ("gpt-4.1", "openai", 1_445),
        ("gpt-5-mini", "openai", 3_779),
        ("GPT-5-nano", "openai", 3_779),
        ("gpt-5.4", "openai", 6_150),
        ("o3", "openai", 1_275),
        ("claude-sonnet-4-5", "anthropic", 4_784),
        ("o3-mini", "openai", None),
        ("gpt-4o-audio-preview", "openai", None),
        ("gpt-oss-120b", "openai", None),
        ("gpt-4o", "somebody else", None),  # what they call gpt-4o is not known to us
        ("claude-2", "anthropic", None),
        ("qwen3-32b", None, None),
    ],
)
def test_who_sees(name: str, provider: str | None, tokens: int | None) -> None:
    assert known_image_tokens(name, provider) == tokens
