"""Show findings to people and to machines."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postroom.source.diagnostic import Diagnostic
    from postroom.source.text import Span


def as_text(found: Diagnostic) -> str:
    """Return a finding as a person reads it, with the source line and the span underlined."""
    where = f"{found.span.place}: " if found.span else ""
    lines = [f"{where}{found.severity}[{found.code}]: {found.message}"]
    if found.span:
        lines += _excerpt(found.span)
    for words, span in found.related:
        lines += [f"   = note: {words}: {span.place}", *_excerpt(span)]
    if found.help:
        lines.append(f"   = help: {found.help}")
    return "\n".join(lines)


def as_json(found: Diagnostic) -> dict[str, Any]:
    """Return a finding as plain data: keys code, severity, message, help, place, related."""
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "help": found.help,
        "place": _place(found.span),
        "related": [{"message": words, "place": _place(span)} for words, span in found.related],
    }


def _excerpt(span: Span) -> list[str]:
    number, column = span.source.position(span.start)
    text = span.source.line(number)
    before, marked = text[: column - 1], text[column - 1 : column - 1 + span.end - span.start]
    blank = "".join("\t" if letter == "\t" else " " * _cells(letter) for letter in before)
    under = "^" * max(1, sum(map(_cells, marked)))
    return [f"{number:5d} | {text}", f"      | {blank}{under}"]


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
