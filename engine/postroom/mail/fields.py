"""A header block to fields (RFC 5322 2.2), within limits, forgiving what real mail gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from postroom.mail.defects import Defects
    from postroom.mail.limits import Limits


_MBOX: Final = ("From ", ">From ")


class Header(NamedTuple):
    """A header block, split."""

    fields: tuple[tuple[str, str], ...]
    r"""Name, and raw value: one character a byte, a fold marked by a bare \r."""
    body_start: int
    problem: str | None
    """Which limit it passes; the fields are those, and that much of them, that keep within it."""


def read_header(source: bytes, start: int, end: int, limits: Limits, defects: Defects) -> Header:
    r"""Split the header that starts at start. It ends at the first empty line.

    A line that is no field is left out; where only such lines follow, the body begins.
    A bare carriage return becomes \v, which stands nowhere else and reads as a blank.
    """
    stop, body_start = _end_of_header(source, start, end, limits.header)
    problem = None
    if stop - start > limits.header:
        stop = start + limits.header
        problem = f"the header is longer than {limits.header:,} bytes"
    block = source[start:stop].decode("latin-1")
    if "\r" in block:
        block = block.replace("\r\n", "\n")
        if "\r" in block:
            defects.add("bare_cr", "header")
            block = block.replace("\r", "\v")
    if "\x00" in block:
        defects.add("header_nul")
    lines = block.replace("\n ", "\r ").replace("\n\t", "\r\t").split("\n")
    if len(lines) > limits.fields:
        problem = problem or f"the header has more than {limits.fields:,} fields"
        lines = lines[: limits.fields]
    if len(block) > limits.field and any(len(line) > limits.field for line in lines):
        problem = problem or f"a field is longer than {limits.field:,} bytes"
        lines = [line[: limits.field] for line in lines]
    if block.count("=?") > limits.encoded_words:
        clipped = [_clip_words(line, limits.encoded_words) for line in lines]
        if clipped != lines:
            problem = problem or f"a field has more than {limits.encoded_words:,} encoded words"
            lines = clipped
    fields, used = _fields(lines, defects)
    if used < len(lines):
        defects.add("field_syntax", "no empty line before the body")
        body_start = _line_start(source, start, stop, lines[:used])
    return Header(fields, body_start, problem)


def _end_of_header(source: bytes, start: int, end: int, limit: int) -> tuple[int, int]:
    """Return where the fields end and where the body starts."""
    if source.startswith(b"\n", start, end):
        return start, start + 1
    if source.startswith(b"\r\n", start, end):
        return start, start + 2
    horizon = min(end, start + limit + 4)
    crlf = source.find(b"\n\r\n", start, horizon)
    lf = source.find(b"\n\n", start, horizon if crlf < 0 else crlf)
    if lf >= 0:
        return lf, lf + 2
    if crlf >= 0:
        return crlf, crlf + 3
    return end, end


def _clip_words(line: str, most: int) -> str:
    """Return as much of a field as holds no more than that many encoded words."""
    if line.count("=?") <= most:
        return line
    at = -1
    for _ in range(most + 1):
        at = line.find("=?", at + 1)
    return line[:at]


def _fields(lines: list[str], defects: Defects) -> tuple[tuple[tuple[str, str], ...], int]:
    """Return the fields, and how many lines belong to the header; the rest is body already."""
    fields: list[tuple[str, str]] = []
    strange: list[str] = []
    used = 0
    for number, line in enumerate(lines, 1):
        name, colon, value = line.partition(":")
        if not colon or not _is_name(name):
            name = name.rstrip(" \t\r")
            if not colon or not _is_name(name):
                strange.append(line)
                continue
        fields.append((name, value))
        if strange:
            _note_strange(strange, defects)
            strange = []
        used = number
    if strange and all(not line.strip() or line.startswith(_MBOX) for line in strange):
        _note_strange(strange, defects)
        used = len(lines)
    return tuple(fields), used


def _note_strange(lines: list[str], defects: Defects) -> None:
    """Note lines that were left out; one that another reader may take for From is told apart."""
    for line in filter(str.strip, lines):
        if line.startswith(_MBOX):
            defects.add("mbox_from_line")
            continue
        defects.add("field_syntax")
        letters = "".join(c for c in line.partition(":")[0] if c.isalpha())
        if letters.lower() == "from":
            defects.add("ambiguous_structure", "From")


def _is_name(name: str) -> bool:
    """Whether it is a field name: printable ASCII without blanks and colon."""
    if name.replace("-", "").isalnum() and name.isascii():
        return True
    return bool(name) and name.isascii() and name.isprintable() and " " not in name


def _line_start(source: bytes, start: int, stop: int, before: list[str]) -> int:
    """Return where the line stands that follows these, counting the lines they were folded from."""
    at = start
    for _ in range(sum(1 + line.count("\r") for line in before)):
        at = source.find(b"\n", at, stop) + 1
    return at
