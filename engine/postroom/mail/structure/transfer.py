"""Undoing Content-Transfer-Encoding (RFC 2045 6) for data that may not keep to it."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final

from postroom.mail.structure.uuencode import uudecode

if TYPE_CHECKING:
    from postroom.mail.defects import Defects

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64: Final = bytes(set(range(256)) - set(_ALPHABET))

_MOST_LINES: Final = 1_000_000
"""Of broken base64; honest lines are longer than it takes to have more in one message."""

ENCODINGS: Final = {
    "": "",
    "7bit": "",
    "8bit": "",
    "binary": "",
    "7-bit": "",
    "8-bit": "",
    "base64": "base64",
    "base-64": "base64",
    "b64": "base64",
    "quoted-printable": "quoted-printable",
    "quoted/printable": "quoted-printable",
    "quotedprintable": "quoted-printable",
    "quoted_printable": "quoted-printable",
    "qp": "quoted-printable",
    "x-uuencode": "x-uuencode",
    "uuencode": "x-uuencode",
    "x-uue": "x-uuencode",
    "uue": "x-uuencode",
}
"""The spellings that occur, and what they mean; "" is the identity."""


def encoding_of(value: str, defects: Defects) -> str:
    """Return which encoding a Content-Transfer-Encoding field names; "" for none or an unknown."""
    if not value:
        return ""
    word = value.replace(";", " ").replace("(", " ").strip().strip('"').lower()
    known = ENCODINGS.get(word)
    if known is None:
        known = ENCODINGS.get(word.partition(" ")[0].strip('"'))
    if known is not None:
        return known
    defects.add("unknown_encoding", word[:40])
    return ""


def decode_transfer(data: bytes, encoding: str, defects: Defects) -> bytes:
    """Return data with its encoding undone; what cannot be undone is kept or left out, noted."""
    if encoding == "":
        return data
    if encoding == "base64":
        return base64_bytes(data, defects)
    if encoding == "quoted-printable":
        return quoted_printable_bytes(data, defects)
    return uudecode(data, defects)


def base64_bytes(data: bytes, defects: Defects) -> bytes:
    """Undo base64. Other characters are skipped; an incomplete end gives what it holds."""
    try:
        decoded = binascii.a2b_base64(data)
    except binascii.Error:
        return _mend_base64(data, defects)
    if len(data) == _encoded_size(len(decoded), data) or not data.strip():
        return decoded
    return _mend_base64(data, defects)


def _encoded_size(size: int, data: bytes) -> int:
    """Return how long the base64 of that many bytes is, in lines like the first one of data."""
    letters = (size + 2) // 3 * 4
    first = data.find(b"\n")
    if first < 0:
        return letters
    end = 2 if data[first - 1 : first] == b"\r" else 1
    width = max(1, first + 1 - end)
    lines = -(-letters // width)
    ended = data.endswith(b"\n")
    return letters + (lines - (not ended)) * end


def _mend_base64(data: bytes, defects: Defects) -> bytes:
    """Decode what can be: runs between padding, lines that are not plain text.

    What hardly holds base64 at all was never encoded, whatever the header says, and is kept.
    """
    letters = data.translate(None, _NOT_BASE64)
    foreign = len(data) - len(letters) - data.count(b"\n") - data.count(b"\r") - data.count(b"=")
    if foreign * 8 >= len(data) or data.count(b"\n") > _MOST_LINES:
        defects.add("bad_base64", "not encoded")
        return data
    kept: list[bytes] = []
    ended = False
    for line in data.split(b"\n"):
        run, padding, behind = line.strip().partition(b"=")
        if (ended or kept) and _is_prose(run):
            foreign += 1  # a footer that a list server put below the data
            continue
        kept.append(run.translate(None, _NOT_BASE64) + padding)
        behind = behind.lstrip(b"=")
        if behind and not _is_prose(behind):
            kept.append(behind.translate(None, _NOT_BASE64))
        ended = ended or bool(padding)
    runs = [run for run in b"".join(kept).split(b"=") if run]
    if foreign or len(runs) > 1 or any(len(run) % 4 == 1 for run in runs):
        defects.add("bad_base64")
    return b"".join(_base64_run(run) for run in runs)


def _is_prose(line: bytes) -> bool:
    """Whether a line is text rather than base64: blanks in it, or much that does not belong."""
    foreign = len(line) - len(line.translate(None, _NOT_BASE64))
    return b" " in line or foreign * 8 > len(line)


def _base64_run(run: bytes) -> bytes:
    """Decode letters of the alphabet alone; one letter too many at the end is dropped."""
    extra = len(run) % 4
    if extra == 1:
        run = run[:-1]
        extra = 0
    return binascii.a2b_base64(run + b"=" * (-extra % 4))


def quoted_printable_bytes(data: bytes, defects: Defects) -> bytes:
    """Undo quoted-printable. A broken escape stands as it was sent."""
    decoded = binascii.a2b_qp(data)
    if decoded.count(b"=") == data.count(b"=3D"):
        return decoded
    decoded = binascii.a2b_qp(_without_padding(data))
    if decoded.count(b"=") != data.count(b"=3D") + data.count(b"=3d"):
        defects.add("bad_quoted_printable")
    return decoded


def _without_padding(data: bytes) -> bytes:
    """Cut blanks at the ends of lines, which transports add (RFC 2045 6.7 rule 3)."""
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    return b"\n".join([line.rstrip(b" \t") for line in lines])
