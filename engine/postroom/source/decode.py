"""From the bytes of a file to a text that can be read as a rule file, or why not."""

from __future__ import annotations

import unicodedata

from postroom.source.diagnostic import Diagnostic
from postroom.source.text import Source, Span

MAX_BYTES = 4 * 1024 * 1024
"""Of one rule file. Ten thousand rules are about 1 MB."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ALLOWED = frozenset("\t\n\r")
_LINE_ENDS = frozenset("\x85\u2028\u2029")
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They let a rule read differently from what it says (Unicode TR 36)."""


def decode(name: str, data: bytes) -> Source | Diagnostic:
    """Return the text of a rule file, without a byte order mark; or why it has none."""
    if len(data) > MAX_BYTES:
        words = f"`{name}` has {len(data):,} bytes; a rule file may have {MAX_BYTES:,}"
        return Diagnostic("PR005", words, help="split it: a folder is read as one rule set")
    try:
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _not_utf8(name, data, error)


def _not_utf8(name: str, data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    source = Source(name, data.decode("utf-8-sig", "replace"))
    data = data.removeprefix(b"\xef\xbb\xbf")
    at = len(data[: error.start].decode("utf-8", "replace"))
    if data.startswith(_UTF16):
        words, guess = "the file is UTF-16, not UTF-8", ""
    else:
        words = f"the byte {data[error.start]:#04x} is not UTF-8"
        guess = "; it looks like Latin-1 or Windows-1252"
    return Diagnostic(
        "PR002", words, Span(source, at, at + 1), help=f"save the file as UTF-8{guess}"
    )


def unfit_letter(source: Source) -> Diagnostic | None:
    """Return the first character that cannot stand in a rule file."""
    text = source.text
    unfit = {letter for letter in set(text) if not _fits(letter)}
    places = [text.index(letter) for letter in unfit]
    if "\r" in text and (at := _lone_return(text)) is not None:
        places.append(at)
    at = min((at for at in places if text[at] != "\ufeff" or at > 0), default=-1)
    if at < 0:
        return None
    words, hint = _about(text[at])
    return Diagnostic("PR003", words, Span(source, at, at + 1), help=hint)


def unfit_value(value: str) -> str | None:
    """Return the first character that an escape cannot bring into a value; None if all is well."""
    if value.isprintable():
        return None
    return next((c for c in value if c == "\0" or unicodedata.category(c) == "Cs"), None)


def _fits(letter: str) -> bool:
    if letter in _ALLOWED:
        return True
    if letter in _LINE_ENDS or letter in _REORDERING or letter in "\ufeff\ufffe\uffff":
        return False
    return unicodedata.category(letter) not in ("Cc", "Cs")


def _lone_return(text: str) -> int | None:
    at = text.find("\r")
    while at >= 0:
        if text[at + 1 : at + 2] != "\n":
            return at
        at = text.find("\r", at + 1)
    return None


def _about(letter: str) -> tuple[str, str]:
    number = f"U+{ord(letter):04X}"
    if letter == "\0":
        return "there is a NUL byte in the file", "save it as plain UTF-8 text"
    if letter == "\r":
        return "a line ends in a lone carriage return", "end lines with LF or CR LF"
    if letter in _LINE_ENDS:
        return f"an invisible line break ({number}) stands here", "use an ordinary line break"
    if letter in _REORDERING:
        words = f"an invisible character ({number}) stands here that changes the order of letters"
        return words, f'delete it; in a template, write it as "\\u{ord(letter):04x}"'
    if letter == "\ufeff":
        return "a byte order mark stands in the middle of the file", "delete it"
    return f"the control character {number} cannot stand in a rule file", "delete it"
