"""Which models see, and the most input tokens that their providers count for one image. For the hold, not the bill.

Sources: https://platform.openai.com/docs/guides/images-vision (tiles: a base and so much for each of at most eight
tiles; patches: at most so many, times a factor) and https://docs.claude.com/en/docs/build-with-claude/vision. Newer
models are taken at the largest of these figures; a list of models says `image_tokens` where it knows better.
"""

import re

TILES = 8  # 2,048 by 768 pixels, to which a larger image is scaled, in tiles of 512
PATCHES, MORE_PATCHES = 1_536, 2_500  # of 32 by 32 pixels, at `detail: high`
LARGEST_FACTOR_PERCENT = 246

SEEING: tuple[tuple[str, str, int], ...] = (  # provider, the provider's name of the model, tokens; the first match wins
    ("openai", r"gpt-.*(audio|realtime|image|transcribe|tts|live|oss|search)", 0),
    ("openai", r"gpt-4o-mini", 2_833 + 5_667 * TILES),
    ("openai", r"gpt-4\.1-(mini|nano)|gpt-5-(mini|nano)|o4-mini", PATCHES * LARGEST_FACTOR_PERCENT // 100 + 1),
    ("openai", r"(chat)?gpt-4o|gpt-4\.1|gpt-4\.5|gpt-4-turbo", 85 + 170 * TILES),
    ("openai", r"gpt-[5-9]", MORE_PATCHES * LARGEST_FACTOR_PERCENT // 100),
    ("openai", r"o[13]-mini|o1-preview", 0),
    ("openai", r"o[13]", 75 + 150 * TILES),
    ("anthropic", r"claude-(2|v1|instant)", 0),
    ("anthropic", r"claude-", 4_784),
)


def known_image_tokens(api_name: str, provider: str | None) -> int | None:
    """The most tokens of one image; None for a model that cannot see, or of which that is not known."""
    name = api_name.casefold()
    found = (tokens for who, pattern, tokens in SEEING if who == provider and re.match(pattern, name))
    return next(found, 0) or None
