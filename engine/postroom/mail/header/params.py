"""Content-Type and Content-Disposition: a word, then parameters (RFC 2045 5.1, 2183, 2231)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from postroom.mail.header.words import decode_field
from postroom.mail.text.charset import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.mail.defects import Defects

_BLANK = " \t"


class Parameters(NamedTuple):
    """A field with parameters, read."""

    word: str
    """What stands before the first semicolon, lower case."""
    values: Mapping[str, str]
    """Names in lower case, values decoded."""
    too_many: bool = False


NO_PARAMETERS: Final = Parameters("", {})


def read_parameters(value: str, most: int, defects: Defects) -> Parameters:
    """Return the word and its parameters, at most that many.

    value is raw: unfolded, one character a byte. Of a parameter that stands there twice the first
    counts, which not every reader does: `ambiguous_structure`. Continuations are joined (RFC 2231
    3), and an extended value goes before a plain one of the same name.
    """
    word, at = _word(value)
    found: dict[str, str] = {}
    count = 0
    while at < len(value) and count <= most:
        name, text, at = _parameter(value, at)
        if not name:
            if text:
                defects.add("bad_parameter", text[:40])
            continue
        count += 1
        if name in found:
            defects.add("ambiguous_structure", name[:40])
        found.setdefault(name, text)
    if any("*" in name for name in found):
        return Parameters(word, _extended(found, defects), count > most)
    decoded = {name: _decoded(text, defects) for name, text in found.items()}
    return Parameters(word, decoded, count > most)


def _decoded(text: str, defects: Defects) -> str:
    """Undo raw 8-bit bytes and encoded words, which do not belong here but are sent."""
    if text.isascii() and "=?" not in text and "\x1b" not in text and "\x00" not in text:
        return text
    return decode_field(text, defects)


def _word(value: str) -> tuple[str, int]:
    """Return the word at the front, comments left out, and where the first semicolon is."""
    pieces: list[str] = []
    at = 0
    while True:
        end = value.find(";", at)
        end = len(value) if end < 0 else end
        opened = value.find("(", at, end)
        if opened < 0:
            end = _forgotten(value, at, end) or end
            pieces.append(value[at:end])
            return "".join(pieces).strip(_BLANK + '"').lower(), end
        pieces.append(value[at:opened].strip(_BLANK))
        at = _comment_end(value, opened)


def _forgotten(value: str, at: int, end: int) -> int:
    """Return where a semicolon was forgotten, as in `text/plain charset=utf-8`; 0 if none was."""
    slash = value.find("/", at, end)
    equals = value.find("=", max(slash, at), end)
    if slash < 0 or equals < 0:
        return 0
    words = value[slash:equals].rstrip(_BLANK)
    blank = max(words.rfind(" "), words.rfind("\t"))
    return slash + blank if blank > 0 else 0


def _comment_end(value: str, at: int) -> int:
    """Return where the comment that opens at at is closed, counting those inside it."""
    depth = 0
    while at < len(value):
        char = value[at]
        if char == "\\":
            at += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return at


def _parameter(value: str, at: int) -> tuple[str, str, int]:
    """Return name, value and end of the parameter behind the semicolon at at; "" if malformed."""
    at += 1
    while at < len(value) and value[at] in " \t;":
        at += 1
    while at < len(value) and value[at] == "(":
        at = _comment_end(value, at)
        while at < len(value) and value[at] in " \t;":
            at += 1
    equals = value.find("=", at)
    semicolon = value.find(";", at)
    if equals < 0 or 0 <= semicolon < equals:
        stop = len(value) if semicolon < 0 else semicolon
        return "", value[at:stop].strip(), stop
    name = value[at:equals].strip(_BLANK).lower()
    at = equals + 1
    while at < len(value) and value[at] in _BLANK:
        at += 1
    if value[at : at + 1] == '"':
        text, at = _quoted(value, at + 1)
        stop = value.find(";", at)
        return name, text, len(value) if stop < 0 else stop
    stop = value.find(";", at)
    stop = len(value) if stop < 0 else stop
    text = value[at:stop]
    if " (" in text and text.rstrip().endswith(")"):
        text = text.partition(" (")[0]
    return name, text.strip(_BLANK), stop


def _quoted(value: str, at: int) -> tuple[str, int]:
    r"""Return the text up to the closing quote, and where it ends; the end closes it as well.

    A backslash quotes only itself and a quote here: others are paths of careless programs.
    """
    end = value.find('"', at)
    if end < 0:
        return value[at:].rstrip(_BLANK), len(value)
    if "\\" not in value[at:end]:
        return value[at:end], end + 1
    out: list[str] = []
    while at < len(value):
        char = value[at]
        if char == '"':
            return "".join(out), at + 1
        if char == "\\" and value[at + 1 : at + 2] in ('"', "\\"):
            at += 1
            char = value[at]
        out.append(char)
        at += 1
    return "".join(out), at


def _extended(found: dict[str, str], defects: Defects) -> dict[str, str]:
    """Join continuations and undo percent encoding (RFC 2231 3 and 4)."""
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, str, bool]]] = {}
    for name, text in found.items():
        base, star, number = name.partition("*")
        if not star:
            plain[name] = _decoded(text, defects)
            continue
        encoded = number == "" or number.endswith("*")
        digits = number.removesuffix("*")
        if digits and not (digits.isascii() and digits.isdigit() and len(digits) < 4):  # noqa: PLR2004
            defects.add("bad_parameter", name[:40])
            continue
        pieces.setdefault(base, []).append((int(digits or 0), text, encoded))
    for base, parts in pieces.items():
        plain[base] = _joined(sorted(parts), defects)
    return plain


def _joined(parts: list[tuple[int, str, bool]], defects: Defects) -> str:
    """Return the value that numbered pieces make; the first may name a charset."""
    charset = ""
    octets = bytearray()
    extended = False
    for number, (_, text, encoded) in enumerate(parts):
        if not encoded:
            octets += text.encode("latin-1")
            continue
        extended = True
        if number == 0 and text.count("'") > 1:
            charset, _, text = text.split("'", 2)  # noqa: PLW2901 - the rest of it
        octets += unquote_to_bytes(text.encode("latin-1"))
    data = bytes(octets)
    return (
        decode(data, charset.lower(), defects)
        if extended
        else _decoded(data.decode("latin-1"), defects)
    )
