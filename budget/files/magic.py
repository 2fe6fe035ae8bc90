"""What bytes are, by how they begin, and what to say of those that no model reads as they are. Pure."""

IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
OTHER_IMAGE = "it is a kind of image that models do not read; send it as PNG or JPEG"
ARCHIVE = "it is an archive; send the files in it one by one"
SOUND = "it is a sound or video file"
BINARY = "it is a binary file"
WORD = "it is a word processor's file; save it as PDF or plain text, and send that"
SHEET = "it is a spreadsheet; save the sheet as CSV, and send that"
SLIDES = "they are slides; save them as PDF, and send that"
OFFICE = "it is an office program's file; save it as PDF, plain text or CSV, and send that"
REASONS = (  # each mark has a byte that no text has, RTF aside: no text is taken for something else
    (b"II*\x00", OTHER_IMAGE),
    (b"MM\x00*", OTHER_IMAGE),
    (b"8BPS\x00", OTHER_IMAGE),
    (b"\x00\x00\x01\x00", OTHER_IMAGE),
    (b"\x1f\x8b", ARCHIVE),
    (b"\xfd7zXZ\x00", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"Rar!\x1a\x07", ARCHIVE),
    (b"\x28\xb5\x2f\xfd", ARCHIVE),
    (b"ID3\x02\x00", SOUND),
    (b"ID3\x03\x00", SOUND),
    (b"ID3\x04\x00", SOUND),
    (b"OggS\x00", SOUND),
    (b"fLaC\x00", SOUND),
    (b"\x1aE\xdf\xa3", SOUND),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OFFICE),
    (b"{\\rtf", WORD),
)
# A zipped office file names its parts in the clear: the first of these that is found decides.
INSIDE_ZIP = (
    (b"word/", WORD),
    (b"opendocument.text", WORD),
    (b"xl/", SHEET),
    (b"opendocument.spreadsheet", SHEET),
    (b"ppt/", SLIDES),
    (b"opendocument.presentation", SLIDES),
    (b"[Content_Types].xml", OFFICE),
    (b"opendocument", OFFICE),
)
PDF_WITHIN = 1_024  # where a PDF's mark may stand, by what readers accept


def image_type(data: bytes) -> str | None:
    """The media type of an image that models read."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in IMAGES if data.startswith(mark)), None)


def is_pdf(data: bytes) -> bool:
    """Whether a PDF begins within the first bytes."""
    return b"%PDF-" in data[:PDF_WITHIN]


def unreadable(data: bytes) -> str | None:
    """Why bytes that are known by their beginning are not read; None when they are not known."""
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return next((reason for mark, reason in INSIDE_ZIP if mark in data), ARCHIVE)
    if data[4:8] == b"ftyp":
        return OTHER_IMAGE if data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif") else SOUND
    if data[:4] == b"RIFF" and data[8:12] in (b"WAVE", b"AVI "):
        return SOUND
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        return OTHER_IMAGE
    if data[257:262] == b"ustar" or data[4:10] == b"1AY&SY":
        return ARCHIVE
    return next((reason for mark, reason in REASONS if data.startswith(mark)), None)
