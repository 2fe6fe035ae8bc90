"""How large an image is, read from its bytes, so that what a provider would refuse is said before anything is asked.

Pure. The formats' own descriptions: PNG (w3.org/TR/png), GIF (w3.org/Graphics/GIF/spec-gif89a.txt), JPEG (itu.int
T.81, annex B), WebP (developers.google.com/speed/webp/docs/riff_container).
"""

from collections.abc import Callable, Mapping

MOST_SIDE_PX = 8_000  # the smallest limit that a provider of today states for one image
DAMAGED = "the image is damaged"
TOO_LARGE = "the image is larger than 8,000 pixels"

Size = tuple[int, int]  # width and height, in pixels


def problem_of(media_type: str, data: bytes) -> str | None:
    """Why a model would not take this image; None when it will."""
    size = SIZES[media_type](data)
    if size is None or min(size) < 1:
        return DAMAGED
    return TOO_LARGE if max(size) > MOST_SIDE_PX else None


def _png(data: bytes) -> Size | None:
    if data[12:16] != b"IHDR" or b"IEND" not in data[-64:]:
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _gif(data: bytes) -> Size | None:
    if len(data) < 14:
        return None
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def _jpeg(data: bytes) -> Size | None:
    """From segment to segment, up to the frame's header: marker, length, precision, height, width."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return None


def _webp(data: bytes) -> Size | None:
    if len(data) < 30 or int.from_bytes(data[4:8], "little") + 8 > len(data) + 1:  # the last byte may be padding
        return None
    match data[12:16]:
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
        case _:
            return None


SIZES: Mapping[str, Callable[[bytes], Size | None]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
}
