"""Write the fields of a header (RFC 5322 2.2, RFC 2047), and read them back to be sure.

The standard library's `email.policy.SMTP` is not used for this: it decodes an encoded word in a
text that is assigned to a field and writes its CR LF as a line of its own, and it turns a message
id of more than a line into encoded words that no mail program threads by.
"""

from __future__ import annotations

from base64 import b64encode
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Field = tuple[str, str]
"""A name, and what stands behind its colon: folded already."""

_LINE = 76
_CHUNK = 39
"""Bytes of UTF-8 in one encoded word: it then fits a line of 76 behind `Subject:` (RFC 2047 2)."""
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


def unstructured(name: str, text: str) -> Field:
    """Return a field with text that `postroom.hooks.letters.text.one_line` made fit."""
    words = text.split(" ") if text.isascii() else list(_encoded_words(text))
    return _folded(name, words)


def listed(name: str, items: Sequence[str], separator: str = "") -> Field:
    """Return a field with items that must stay whole: addresses, message ids."""
    last = len(items) - 1
    return _folded(name, [each + (separator if at < last else "") for at, each in enumerate(items)])


def _folded(name: str, words: Iterable[str]) -> Field:
    lines = [""]
    used = len(name) + 1
    for word in words:
        if lines[-1] and used + 1 + len(word) > _LINE:
            lines.append("")
            used = 0
        lines[-1] += f" {word}"
        used += 1 + len(word)
    return name, "\r\n".join(lines)


def _encoded_words(text: str) -> Iterator[str]:
    """Yield encoded words; each holds whole characters, so that each can be read by itself."""
    chunk = b""
    for letter in text:
        data = letter.encode("utf-8")
        if len(chunk) + len(data) > _CHUNK:
            yield _encoded(chunk)
            chunk = b""
        chunk += data
    yield _encoded(chunk)


def _encoded(chunk: bytes) -> str:
    return f"=?utf-8?b?{b64encode(chunk).decode('ascii')}?="


def is_name(name: str) -> bool:
    """Return whether a field can have this name."""
    return bool(name) and _NAME.issuperset(name)


def written(fields: Iterable[Field]) -> bytes:
    """Return the fields as bytes, each line ended, without the empty line behind them."""
    return "".join(f"{name}:{value}\r\n" for name, value in fields).encode("utf-8")


def names(raw: bytes) -> list[str]:
    """Return the names of the fields that a reader finds in a message."""
    end = raw.find(b"\r\n\r\n")
    return BytesHeaderParser().parsebytes(raw[:end] if end >= 0 else raw).keys()
