"""What kind of file bytes are, by how they begin. A small table of what arrives by mail."""

from __future__ import annotations

from typing import Final

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x00\x00\x01\x00", "image/vnd.microsoft.icon"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-elf"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"#!", "text/x-shellscript"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (b"ITSF", "application/vnd.ms-htmlhelp"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"-----BEGIN PGP ", "application/pgp-encrypted"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
)
_CONTAINERS: Final = {
    (b"RIFF", b"WEBP"): "image/webp",
    (b"RIFF", b"WAVE"): "audio/vnd.wave",
    (b"RIFF", b"AVI "): "video/x-msvideo",
}
_BRANDS: Final = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
_ZIPPED: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
    (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
)
_STORED_TYPE: Final = b"mimetypeapplication/"
_MARKUP: Final = (
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "application/xml"),
)
_REACH: Final = 4_096


def detected_type(data: bytes, declared: str) -> str:
    """Return the media type that the content shows, or the declared one where it shows none."""
    head = data[:_REACH]
    for magic, content_type in _MAGIC:
        if head.startswith(magic):
            return _zipped(head) if content_type == "application/zip" else content_type
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"BM") and len(data) == int.from_bytes(head[2:6], "little"):
        return "image/bmp"
    container = _CONTAINERS.get((head[:4], head[8:12]))
    return container or _markup(head) or declared


def _zipped(head: bytes) -> str:
    """Return which format a zip archive is the wrapping of."""
    at = head.find(_STORED_TYPE, 0, 100)
    if at >= 0:
        named = head[at + 8 : at + 108].split(b"PK", 1)[0]
        return named.decode("ascii", "replace").strip("\x00").lower()
    for name, content_type in _ZIPPED:
        if name in head:
            return content_type
    return "application/zip"


def _markup(head: bytes) -> str:
    text = head[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, content_type in _MARKUP:
        if text.startswith(start):
            return (
                "image/svg+xml"
                if content_type.endswith("/xml") and b"<svg" in text
                else content_type
            )
    return ""
