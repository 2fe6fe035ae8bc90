"""Kinds of files as Slack names them (docs.slack.dev/reference/objects/file-object), and the size of pictures."""

import mimetypes
import struct

# Slack's own words for common kinds: ending -> (filetype, pretty_type, mimetype).
_KINDS = {
    "txt": ("text", "Plain Text", "text/plain"),
    "md": ("markdown", "Markdown", "text/markdown"),
    "py": ("python", "Python", "text/x-python"),
    "js": ("javascript", "JavaScript", "text/javascript"),
    "ts": ("typescript", "TypeScript", "text/plain"),
    "json": ("json", "JSON", "application/json"),
    "csv": ("csv", "CSV", "text/csv"),
    "yml": ("yaml", "YAML", "text/yaml"),
    "yaml": ("yaml", "YAML", "text/yaml"),
    "toml": ("toml", "TOML", "application/toml"),
    "sh": ("shell", "Shell", "text/x-sh"),
    "sql": ("sql", "SQL", "text/plain"),
    "log": ("text", "Plain Text", "text/plain"),
    "go": ("go", "Go", "text/plain"),
    "rs": ("rust", "Rust", "text/plain"),
    "html": ("html", "HTML", "text/html"),
    "svg": ("svg", "SVG", "image/svg+xml"),
    "pdf": ("pdf", "PDF", "application/pdf"),
    "zip": ("zip", "Zip", "application/zip"),
    "png": ("png", "PNG", "image/png"),
    "jpg": ("jpg", "JPEG", "image/jpeg"),
    "jpeg": ("jpg", "JPEG", "image/jpeg"),
    "gif": ("gif", "GIF", "image/gif"),
    "webp": ("webp", "WebP", "image/webp"),
    "docx": ("docx", "Word Document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("xlsx", "Excel Spreadsheet", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def kind_of(name: str) -> tuple[str, str, str]:
    """`(filetype, pretty_type, mimetype)` by a file's name; a binary of unknown kind when it says nothing."""
    ending = name.lower().rpartition(".")[2] if "." in name else ""
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _KINDS.get(ending, (ending or "binary", ending.upper() or "Binary", guessed))


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG in pixels, by its header; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:6] in {b"GIF87a", b"GIF89a"} and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    return _jpeg_size(content) if content.startswith(b"\xff\xd8") else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """The size is in the first "start of frame" segment: C0 to CF, but for C4, C8 and CC (ITU T.81, table B.1)."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
