"""Show findings to people and to machines."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postroom.source.diagnostic import Diagnostic
    from postroom.source.text import Span

_WIDEST = 200
"""Characters of a line that are shown."""
_UNSEEN = "\ufffd"
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def as_text(found: Diagnostic) -> str:
    """Return a finding as a person reads it, with the source line and the span underlined."""
    where = f"{found.span.place}: " if found.span else ""
    lines = [f"{where}{found.severity}[{found.code}]: {found.message}"]
    if found.span:
        lines += _excerpt(found.span)
    for words, span in found.related:
        lines += [f"   = note: {words}: {span.place}", *_excerpt(span)]
    lines += [f"   = note: {_visible(note)}" for note in found.notes]
    if found.help:
        lines.append(f"   = help: {found.help}")
    return "\n".join(lines)


def as_json(found: Diagnostic) -> dict[str, Any]:
    """Return it as plain data: keys code, severity, message, help, place, related, notes."""
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "help": found.help,
        "place": _place(found.span),
        "related": [{"message": words, "place": _place(span)} for words, span in found.related],
        "notes": [*found.notes],
    }


def _excerpt(span: Span) -> list[str]:
    number, column = span.source.position(span.start)
    text, start = _window(_visible(span.source.line(number)), column - 1)
    before, marked = text[:start], text[start : start + span.end - span.start]
    blank = "".join("\t" if letter == "\t" else " " * _cells(letter) for letter in before)
    under = "^" * max(1, sum(map(_cells, marked)))
    return [f"{number:5d} | {text}", f"      | {blank}{under}"]


def _window(line: str, at: int) -> tuple[str, int]:
    """Return so much of a line as can be shown, and where a place of it stands there."""
    start = max(0, at - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = line[start : start + _WIDEST]
    before = "..." if start else ""
    after = "..." if start + _WIDEST < len(line) else ""
    return before + shown + after, at - start + len(before)


def _visible(line: str) -> str:
    """Return a line that does to a terminal only what letters do."""
    if line.isprintable():
        return line
    return "".join(_UNSEEN if _unseen(letter) else letter for letter in line)


def _unseen(letter: str) -> bool:
    if letter in _REORDERING or letter == "\ufeff":
        return True
    return letter != "\t" and unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")


def _cells(letter: str) -> int:
    """Return how many columns of a terminal a character takes: 0, 1 or 2 (Unicode UAX 11)."""
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _place(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
