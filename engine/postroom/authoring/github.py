"""Findings as workflow commands: GitHub shows them at the lines of a pull request.

The commands and their escapes are those of GitHub's "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.authoring.where import Where
    from postroom.source.diagnostic import Diagnostic
    from postroom.source.text import Span

_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = _IN_MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


def as_commands(found: Iterable[Diagnostic], where: Where) -> Iterator[str]:
    """Yield one line for each finding."""
    for each in found:
        properties = {**_place(each.span, where), "title": f"{each.code}: {CODES[each.code]}"}
        said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
        yield f"::{each.severity} {said}::{_message(each, where)}"


def _place(span: Span | None, where: Where) -> dict[str, str]:
    if span is None:
        return {}
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    place = {"file": where.path(span.source.name), "line": str(line), "endLine": str(end_line)}
    if line != end_line:  # columns are taken for one line only
        return place
    return place | {"col": str(column), "endColumn": str(end_column)}


def _message(found: Diagnostic, where: Where) -> str:
    lines = [found.message]
    lines += [f"{words}: {where.path(span.place)}" for words, span in found.related]
    lines += found.notes
    lines += [f"help: {found.help}"] if found.help else []
    return "\n".join(lines).translate(_IN_MESSAGE)


def _property(value: str) -> str:
    return value.translate(_IN_PROPERTY)
