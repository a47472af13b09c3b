"""A header block to fields (RFC 5322 2.2), within limits, forgiving what real mail gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.structure.part import Headers

if TYPE_CHECKING:
    from postroom.mail.defects import Defects
    from postroom.mail.limits import Limits


_CR: Final = 13
_FOLD: Final = (" ", "\t")
_BLANKS: Final = " \t\r"
_NAMES: Final = {
    name: (name, name.lower())
    for name in (
        "ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal", "Authentication-Results",
        "Auto-Submitted", "CC", "Cc", "Content-Disposition", "Content-ID", "Content-Language",
        "Content-Transfer-Encoding", "Content-Type", "DKIM-Signature", "Date", "Delivered-To",
        "From", "In-Reply-To", "List-Id", "List-Unsubscribe", "MIME-Version", "Message-ID",
        "Message-Id", "Mime-Version", "Precedence", "Received", "Received-SPF", "References",
        "Reply-To", "Return-Path", "Sender", "Subject", "To", "User-Agent", "X-Mailer",
    )
}  # fmt: skip
"""Names that need no second look, each as one object for all mail, and in lower case."""
_UNKNOWN: Final = ("", "")
_MBOX: Final = ("From ", ">From ")


class Header(NamedTuple):
    """A header block, read."""

    headers: Headers
    body_start: int
    problem: str | None
    """Which limit it passes; the fields are those, and that much of them, that keep within it."""


def read_header(
    source: bytes, start: int, end: int, limits: Limits, defects: Defects, charset: str = ""
) -> Header:
    r"""Split the header that starts at start. It ends at the first empty line.

    A line that is no field is left out; where only such lines follow, the body begins.
    A bare carriage return becomes \v, which stands nowhere else and reads as a blank.
    """
    stop, body_start = end_of_header(source, start, end, limits.header)
    problem = None
    if stop - start > limits.header:
        stop = start + limits.header
        problem = f"the header is longer than {limits.header:,} bytes"
    block = source[start:stop].decode("latin-1")
    sevenbit = block.isascii() and not ("\x1b" in block or "\x00" in block or "\v" in block)
    if "\x00" in block:
        defects.add("header_nul")
    lines = _logical_lines(block)
    if len(block) > limits.field and any(len(line) > limits.field for line in lines):
        problem = problem or f"a field is longer than {limits.field:,} bytes"
        lines = [line[: limits.field] for line in lines]
    if block.count("=?") > limits.encoded_words:
        clipped = [_clip_words(line, limits.encoded_words) for line in lines]
        if clipped != lines:
            problem = problem or f"a field has more than {limits.encoded_words:,} encoded words"
            lines = clipped
    split = _fields(lines, limits.fields, defects)
    if split.too_many:
        problem = problem or f"the header has more than {limits.fields:,} fields"
    elif not split.fields:
        problem = None  # there is no header to be too large, only text
    if split.used < len(lines) and not split.too_many:
        defects.add("field_syntax", "no empty line before the body")
        body_start = _line_start(source, start, stop, split.used)
    sevenbit = sevenbit and not split.bare
    headers = Headers(split.fields, split.by_name, defects, charset, sevenbit=sevenbit)
    return Header(headers, body_start, problem)


def end_of_header(source: bytes, start: int, end: int, limit: int) -> tuple[int, int]:
    """Return where the fields end and where the body starts; looks limit bytes far."""
    line_end = source.find(b"\n", start, min(end, start + limit))
    if line_end < 0:
        return end, end
    if source[start:line_end] in (b"", b"\r"):
        return start, line_end + 1
    horizon = min(end, start + limit + 4)
    usual, other = b"\n\r\n", b"\n\n"
    if source[line_end - 1] != _CR:
        usual, other = other, usual
    found = source.find(usual, line_end, horizon)
    first = source.find(other, line_end, horizon if found < 0 else found)
    if first >= 0:
        return first, first + len(other)
    return (found, found + len(usual)) if found >= 0 else (end, end)


def _clip_words(line: str, most: int) -> str:
    """Return as much of a field as holds no more than that many encoded words."""
    if line.count("=?") <= most:
        return line
    at = -1
    for _ in range(most + 1):
        at = line.find("=?", at + 1)
    return line[:at]


def _logical_lines(block: str) -> list[str]:
    """Return the lines with folded ones joined; each fold with its blanks becomes one space."""
    lines: list[str] = []
    folded: list[str] = []
    for line in block.split("\n"):
        if line[:1] in _FOLD and lines:
            folded.append(line.strip(_BLANKS))
            continue
        if folded:
            lines[-1] = " ".join([lines[-1], *filter(None, folded)])
            folded = []
        lines.append(line.rstrip(_BLANKS))
    if folded:
        lines[-1] = " ".join([lines[-1], *filter(None, folded)])
    return lines


class _Split(NamedTuple):
    """Lines made into fields."""

    fields: list[tuple[str, str]]
    by_name: dict[str, list[str]]
    """Values by name in lower case."""
    used: int
    """How many lines the header takes; what is behind them is body already."""
    bare: bool
    """Whether a carriage return stands alone."""
    too_many: bool


def _fields(lines: list[str], most: int, defects: Defects) -> _Split:
    """Split each line at its colon; lines between fields that are none are left out, noted."""
    fields: list[tuple[str, str]] = []
    index: dict[str, list[str]] = {}
    strange: list[str] = []
    used = 0
    bare = too_many = False
    for number, line in enumerate(lines, 1):
        written, colon, value = line.partition(":")
        name, key = _NAMES.get(written, _UNKNOWN)
        if not key or not colon:
            name = written.rstrip(" \t")
            if not colon or not _is_name(name):
                strange.append(line)
                continue
            key = name.lower()
        if len(fields) == most:
            too_many = True
            break
        value = value.lstrip(_BLANKS)
        if "\r" in value:
            defects.add("bare_cr", "header")
            bare = True
            value = value.replace("\r", "\v")
        fields.append((name, value))
        if key in index:
            index[key].append(value)
        else:
            index[key] = [value]
        if strange:
            _note_strange(strange, defects)
            strange = []
        used = number
    if (
        strange
        and not too_many
        and all(not line.strip() or line.startswith(_MBOX) for line in strange)
    ):
        _note_strange(strange, defects)
        used = len(lines)
    return _Split(fields, index, used, bare, too_many)


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


def _line_start(source: bytes, start: int, stop: int, used: int) -> int:
    """Return where the line stands that follows that many, counted as they are when unfolded."""
    at = start
    while at < stop:
        if source[at : at + 1] not in (b" ", b"\t") or at == start:
            used -= 1
            if used < 0:
                break
        at = source.find(b"\n", at, stop) + 1 or stop
    return at
