"""Keep secrets out of what is shown.

A rule file should hold references to secrets only. Where one holds the secret itself, or cannot be
read far enough to tell, the excerpt under a finding must not spread it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postroom.source.text import Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.source.diagnostic import Diagnostic

_SECRETIVE = ("password", "passwd", "passphrase", "secret", "token", "api_key", "credential")
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def secretive(key: str) -> bool:
    """Return whether a key of this name may stand before a secret."""
    return any(word in key.lower() for word in _SECRETIVE)


def hidden(source: Source, stretches: Iterable[tuple[int, int]]) -> Source:
    """Return the same source with stretches of it made unreadable; every place stays the same."""
    text, pieces, at = source.text, [], 0
    for start, end in sorted(stretches):
        pieces.append(text[at:start])
        pieces.append("".join(c if c in "\r\n" else "*" for c in text[max(start, at) : end]))
        at = max(at, end)
    return Source(source.name, "".join((*pieces, text[at:])))


def without_secrets(source: Source) -> Source:
    """Return the same source with hidden what stands behind keys that may hold a secret."""
    return hidden(source, _stretches(source.text))


def shown_in(finding: Diagnostic, source: Source) -> Diagnostic:
    """Return the finding with its places shown in this copy of its source."""

    def move(span: Span) -> Span:
        same = span.source.name == source.name
        return Span(source, span.start, span.end) if same else span

    related = tuple((words, move(span)) for words, span in finding.related)
    return replace(finding, span=finding.span and move(finding.span), related=related)


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    at, deeper_than = 0, -1
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip(" "))
        if deeper_than >= 0 and (indent > deeper_than or not line.strip()):
            yield at, at + len(line)
        else:
            deeper_than = -1
            start = _value_start(line)
            if start is not None:
                yield at + start, at + len(line)
                deeper_than = indent if line[start:].strip() in ("", "|", ">", "|-", ">-") else -1
        at += len(line)


def _value_start(line: str) -> int | None:
    """Return where on a line that stands which may be a secret."""
    lower = line.lower()
    places = [p + len(word) for word in _SECRETIVE if (p := lower.find(word)) >= 0]
    for at in sorted(places):
        stop = at
        while stop < len(line) and lower[stop] in _NAME:
            stop += 1
        rest = line[stop:].lstrip("\"' ")
        if rest.startswith(":") and not rest[1:].lstrip().startswith("{"):
            return len(line) - len(rest) + 1
    return None
