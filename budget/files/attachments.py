"""What comes with a question besides its words: documents as text, images, and what could not be read."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text. `part`: what of it this is, when it is not all ("pages 1 to 40 of 200"). Stays out of logs."""

    name: str
    text: str = field(repr=False)
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, for models that see. `media_type`: image/png, image/jpeg, image/gif or image/webp.

    `part`: what this is of the attached one, when it is not that itself ("a smaller copy").
    """

    name: str
    media_type: str
    data: bytes = field(repr=False)
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that the model will not see; `reason` ends the sentence "I did not read NAME: …"."""

    name: str
    reason: str


Attachment = Document | Image | Unread
