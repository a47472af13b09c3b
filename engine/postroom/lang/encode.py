"""How text from mail is written into what goes out, by where it lands. There is no "raw".

Each encoder is total, linear, and works letter by letter, so that a prefix can be encoded alone.
"""

from __future__ import annotations

import json
import unicodedata
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from postroom.lang import limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.expression import Encoding

_NUL = {0: None}
_TURNING = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""What turns the direction of writing, by which one text can be made to look like another."""
_BREAKING = frozenset(("Cc", "Zl", "Zp"))
"""Unicode's categories of controls, among them CR and LF, and of separators of lines."""
_LONGEST_GROWTH = 12
"""Characters that one character can become: two escapes of JSON."""


def plain(text: str) -> str:
    """Return text for a plain text body or a field: without NUL, fit for UTF-8."""
    return _whole(text).translate(_NUL)


def header(text: str) -> str:
    """Return text for a header field: one line without controls or encoded words (RFC 2047)."""
    letters = (" " if unicodedata.category(c) in _BREAKING else c for c in _whole(text))
    return "".join(letters).translate(_TURNING).replace("=?", "= ?")


def html(text: str) -> str:
    """Return text for an element or a quoted attribute."""
    return escape(plain(text))


def url(text: str) -> str:
    """Return text for one part of a URL (RFC 3986 2.1)."""
    return quote(_whole(text), safe="")


def json_part(text: str) -> str:
    """Return text for the inside of a JSON string, fit for HTML as well (RFC 8259 7)."""
    written = json.dumps(_whole(text))[1:-1]
    for letter in "<>&":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return written


_ENCODERS: dict[Encoding, Callable[[str], str]] = {
    "plain": plain,
    "header": header,
    "html": html,
    "url": url,
    "json": json_part,
}


def encode(text: str, encoding: Encoding, room: int) -> str:
    """Return the encoded text, cut to at most so many characters where a letter ends."""
    encoder = _ENCODERS[encoding]
    encoded = encoder(text[:room])
    return encoded if len(encoded) <= room else encoder(text[: room // _LONGEST_GROWTH])


def room_for(encoding: Encoding) -> int:
    """Return how many characters may come of a template."""
    return limits.HEADER if encoding == "header" else limits.OUTPUT


def _whole(text: str) -> str:
    """Return the text with halves of surrogate pairs replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
