"""Header values as text: unfolding (RFC 5322 2.2.3), encoded words (RFC 2047, 2231 5), bytes."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, NamedTuple

from postroom.mail.structure.transfer import base64_bytes
from postroom.mail.text.charset import decode, utf8_text

if TYPE_CHECKING:
    from postroom.mail.defects import Defects

_BLANKS = " \t\r\n"
_LONGEST_CHARSET = 82


class _Word(NamedTuple):
    """One encoded word."""

    charset: str
    is_base64: bool
    payload: bytes


def decode_field(value: str, defects: Defects, charset: str = "") -> str:
    """Return a field's value decoded.

    value is raw: unfolded, one character a byte. charset is the one to read undeclared 8-bit
    bytes with, or "" to work it out. Takes linear time.
    """
    if value.isascii() and "=?" not in value and value.isprintable():
        return value
    value = decode_raw(value, defects, charset)
    if "=?" in value:
        value = decode_words(value, defects)
    return value.replace("\x00", "\ufffd").replace("\v", " ").strip(_BLANKS)


def decode_raw(value: str, defects: Defects, charset: str = "") -> str:
    """Return a raw value with its bytes beyond ASCII decoded; encoded words stay."""
    if value.isascii() and "\x1b" not in value:
        return value
    data = value.encode("latin-1")
    if not charset and not value.isascii() and (text := utf8_text(data)) is not None:
        return text  # as RFC 6532 allows
    return decode(data, charset, defects)


def decode_words(value: str, defects: Defects) -> str:
    """Decode every encoded word of an unfolded value; what is none stands as it is.

    Neighbours of one charset are put together before their charset is undone: real programs split
    letters of several bytes between words.
    """
    out: list[str] = []
    run: list[_Word] = []
    at = 0
    last = value.rfind("?=")
    while 0 <= (start := value.find("=?", at)) < last:
        found = _word_at(value, start, defects)
        if found is None:
            out += _run_text(run, defects), value[at : start + 2]
            run = []
            at = start + 2
            continue
        word, end = found
        between = value[at:start]
        if between.strip(_BLANKS) or not run:
            out += _run_text(run, defects), between
            run = []
        elif run[-1].charset != word.charset:
            out.append(_run_text(run, defects))
            run = []
        run.append(word)
        at = end
    out += _run_text(run, defects), value[at:]
    return "".join(out)


def word_end(value: str, start: int) -> int:
    """Return where the encoded word at start ends; 0 if none is there. What is in it is opaque."""
    if value[start + 1 : start + 2] != "?":
        return 0
    charset_end = value.find("?", start + 2, start + _LONGEST_CHARSET)
    if charset_end < 0 or value[charset_end + 1 : charset_end + 3].lower() not in ("b?", "q?"):
        return 0
    end = value.find("?=", charset_end + 3)
    return end + 2 if end >= 0 else 0


def _run_text(run: list[_Word], defects: Defects) -> str:
    """Return the text of neighbouring words of one charset."""
    if not run:
        return ""
    data: list[bytes] = []
    quanta = b""
    for word in run:
        if quanta and not word.is_base64:
            data.append(base64_bytes(quanta, defects))
            quanta = b""
        quanta = quanta + word.payload if word.is_base64 else b""
        if not word.is_base64:
            data.append(binascii.a2b_qp(word.payload, header=True))
        elif quanta.endswith(b"=") or len(quanta) % 4 == 0:
            data.append(base64_bytes(quanta, defects))
            quanta = b""  # else the next word goes on in the middle of a letter
    if quanta:
        data.append(base64_bytes(quanta, defects))
    text = decode(b"".join(data), run[0].charset, defects)
    return text.replace("\r", " ").replace("\n", " ")


def _word_at(value: str, start: int, defects: Defects) -> tuple[_Word, int] | None:
    """Return the encoded word that starts there, and where it ends; None if there is none."""
    charset_end = value.find("?", start + 2, start + _LONGEST_CHARSET)
    if charset_end < 0 or value[charset_end + 2 : charset_end + 3] != "?":
        return None
    charset = value[start + 2 : charset_end].partition("*")[0].lower()
    encoding = value[charset_end + 1].lower()
    end = value.find("?=", charset_end + 3)
    if end < 0 or encoding not in "bq" or not charset or " " in charset:
        defects.add("bad_encoded_word")
        return None
    payload = value[charset_end + 3 : end].encode("utf-8")
    return _Word(charset, encoding == "b", payload), end + 2
