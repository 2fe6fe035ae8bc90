"""Whether and how long questions and answers are kept, and how they are encrypted. Only this imports cryptography.

A text is sealed with Fernet (AES-128-CBC with HMAC-SHA256: https://github.com/fernet/spec/blob/master/Spec.md). What is
sealed says of which ask, and which of its texts, it is, so that rows that were swapped are noticed on reading.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

Part = Literal["question", "answer"]

MOST_DAYS = 3_650
MAKE_ONE = "make one with `stipend texts new-key`"
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")  # 32 bytes; the decoder behind Fernet would pass over what does not belong


@dataclass(frozen=True, slots=True)
class BadKey:
    """What was given is no list of keys; a sentence of the form `what is wrong; what to do`, without the value."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that cannot be given: sealed with a key that we do not have, changed since, or moved to another place."""

    sentence: str


NO_KEY = Unreadable("It cannot be decrypted: it was changed, or encrypted with a key that is not set.")
MOVED = Unreadable("It is the text of another ask: somebody has moved it in the database.")


class Keys:
    """One or more keys: the first encrypts, all decrypt. No representation shows one."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._each = [Fernet(text) for text in texts]
        self._all = MultiFernet(self._each)

    def __repr__(self) -> str:
        return f"Keys({len(self._each)})"

    def __len__(self) -> int:
        return len(self._each)

    def seal(self, ask_id: str, part: Part, text: str, at: datetime) -> str:
        """The text, encrypted for this place alone. The time can be read by whoever sees the ciphertext."""
        plain = json.dumps({"ask": ask_id, "part": part, "text": text})
        return self._all.encrypt_at_time(plain.encode("ascii"), int(at.timestamp())).decode("ascii")

    def unseal(self, ask_id: str, part: Part, sealed: str) -> str | Unreadable:
        """What `seal` was given, if it was given that for this place."""
        try:
            said = json.loads(self._all.decrypt(sealed.encode("utf-8")))
        except InvalidToken:
            return NO_KEY
        if (said["ask"], said["part"]) != (ask_id, part):
            return MOVED
        text: str = said["text"]
        return text

    def is_newest(self, sealed: str) -> bool:
        """Whether the first key sealed it."""
        try:
            self._each[0].extract_timestamp(sealed.encode("utf-8"))
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: str) -> str | Unreadable:
        """The same, encrypted with the first key. Its place is bound as before."""
        try:
            return self._all.rotate(sealed.encode("utf-8")).decode("ascii")
        except InvalidToken:
            return NO_KEY


def keys_of(listed: str) -> Keys | BadKey:
    """Keys from a list with commas, the newest first."""
    texts = [text.strip() for text in listed.split(",") if text.strip()]
    bad = next((at for at, text in enumerate(texts, start=1) if not _KEY.fullmatch(text)), None)
    if bad or not texts:
        which = "this is no key" if len(texts) < 2 else f"number {bad} of the {len(texts)} listed here is no key"
        return BadKey(f"{which}; {MAKE_ONE}")
    return Keys(texts)


def new_key() -> str:
    """A fresh key, for the environment."""
    return Fernet.generate_key().decode("ascii")


@dataclass(frozen=True, slots=True)
class Retention:
    """The company's choice. `days` 0: nothing is kept. Keys without days: what was kept before can still be read."""

    days: int = 0
    keys: Keys | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        assert self.days == 0 or self.keys is not None, "what is kept is encrypted"

    @property
    def sentence(self) -> str:
        """What people are told."""
        if not self.days:
            return "Questions and answers are not kept."
        days = "1 day" if self.days == 1 else f"{self.days:,} days"
        return f"Questions and answers are kept for {days}, encrypted; operators can read them with a recorded reason."

    def purge_at(self, asked_at: datetime) -> datetime:
        """When the texts of a question asked then are to go."""
        return asked_at + timedelta(days=self.days)

    def kept_since(self, now: datetime) -> datetime:
        """Texts of questions asked at that moment or before are not to be there any more."""
        return now - timedelta(days=self.days)
