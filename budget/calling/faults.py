"""What can go wrong between us and a model. A class's docstring is its message, and no text of a question is in it."""

import re
from collections.abc import Mapping

from budget.calling.waits import Phase


class LlmError(Exception):
    """The model could not be asked, or did not finish.

    `reached` is False only when the model surely did no work. `status` and `code` are the provider's, for logs.
    """

    def __init__(
        self, *, reached: bool, retry_after_s: float | None = None, status: int | None = None, code: str | None = None
    ) -> None:
        super().__init__()
        self.reached = reached
        self.retry_after_s = retry_after_s
        self.status = status
        self.code = code

    def __str__(self) -> str:
        facts = [f"status {self.status}"] if self.status else []
        facts += [f"code {self.code}"] if self.code else []
        return ", ".join([(type(self).__doc__ or "").partition("\n")[0].rstrip("."), *facts])


class BadSecret(LlmError):
    """The provider refused the key."""


class UnknownModel(LlmError):
    """The provider does not know the model."""


class RateLimited(LlmError):
    """The provider takes no more requests for now."""


class ContextTooLong(LlmError):
    """The question is longer than the model reads."""


class ContentRefused(LlmError):
    """The provider refused the content."""


class Unreachable(LlmError):
    """The provider could not be reached, or hung up before it answered."""


class ServerFault(LlmError):
    """The provider could not serve the request."""


class TimedOut(LlmError):
    """The model took too long."""

    def __init__(self, phase: Phase, *, reached: bool) -> None:
        super().__init__(reached=reached)
        self.phase = phase

    def __str__(self) -> str:
        return f"{super().__str__()}: {self.phase}"


class Cut(LlmError):
    """The stream broke off, or an error came inside it."""


WORDS: dict[type[LlmError], tuple[str, ...]] = {
    ContextTooLong: (
        "context_length_exceeded", "exceed_context_size", "context length", "context size", "context window",
        "prompt is too long", "string_above_max_length",
    ),
    ContentRefused: ("content_filter", "content_policy", "content management policy", "responsibleaipolicy"),
    UnknownModel: ("model_not_found",),
}  # fmt: skip


def kind_by_words(parts: Mapping[str, object]) -> type[LlmError] | None:
    """What an error's code, type and message say: servers disagree about the status for these."""
    words = " ".join(str(parts.get(name)) for name in ("code", "type", "message")).casefold()
    return next((kind for kind, signs in WORDS.items() if any(sign in words for sign in signs)), None)


def safe_code(parts: Mapping[str, object]) -> str | None:
    """The provider's code, when it is one word: anything longer might quote the question."""
    code = parts.get("code") or parts.get("type")
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", code) else None
