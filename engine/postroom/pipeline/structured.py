"""Labels and values that a message holds in a form made for machines: JSON, CSV, XML, HTML tables.

All of them come to what a block of `Label: value` lines comes to, and go the same way from there.
Total: what cannot be read, or passes a limit, is a block without entries that says why.
"""

from __future__ import annotations

import csv
import io
import json
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.parsers import expat

from postroom.mail.header.prefixes import read_prefixes
from postroom.mail.text.html import html_text
from postroom.pipeline.block import Block, Entry, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

DEEPEST = 20
"""Objects, lists and elements inside one another."""
MOST_ENTRIES = 1_000
LONGEST_LABEL = 60
_LONGEST_HTML = 1_000_000
_ROWS_OF_A_FORM = 2


class _Unreadable(Exception):  # noqa: N818 - it is the word for it
    """Says why."""


class _Pairs(NamedTuple):
    """A JSON object as it is written: a name may stand there twice."""

    pairs: tuple[tuple[str, Any], ...]


def subject_entries(subject: str) -> Block:
    """Return what `[label=value]` in a subject says.

    In the subject of an answer, which begins with `Re:` or the like, they are those of the mail
    that is answered, and say nothing.
    """
    found: list[Entry] = []
    if not read_prefixes(subject)[0]:
        for piece in subject.split("[")[1 : MOST_ENTRIES + 1]:
            label, equals, rest = piece.partition("=")
            value, closed, _ = rest.partition("]")
            if equals and closed and 0 < len(label.strip()) <= LONGEST_LABEL and "]" not in label:
                found.append(Entry(label.strip(), value.strip()))
    return Block("", tuple(found), closed=True)


def json_entries(text: str) -> Block:
    """Return what a JSON object says (RFC 8259); what is inside others is named `outer.inner`."""
    return _read("JSON", _json, text)


def csv_entries(text: str, labels: Collection[str]) -> Block:
    """Return what CSV says (RFC 4180): a line of labels and a line of values, or a label a line.

    labels are those that are declared, folded: by them the two are told apart.
    """
    return _read("CSV", lambda given: _csv(given, labels), text)


def xml_entries(text: str) -> Block:
    """Return what the elements of an XML document say; document types are refused.

    An element is called by its name, or by its attribute `name`; one inside others `outer.inner`.
    """
    return _read("XML", _xml, text)


def html_entries(html: str) -> Block:
    """Return what the rows of tables say that have exactly two cells: a label and a value."""
    rows = _rows(html[:_LONGEST_HTML])
    pairs = ((_text(cells[0]), _text(cells[1])) for cells in rows if len(cells) == len("lv"))
    found = [Entry(_label(label), value) for label, value in pairs if _label(label)]
    return Block("", tuple(found[:MOST_ENTRIES]), closed=True)


def _read(what: str, read: Callable[[str], Iterator[Entry]], text: str) -> Block:
    try:
        found = tuple(islice(read(text.removeprefix("\ufeff")), MOST_ENTRIES + 1))
    except _Unreadable as why:
        return Block("", (), closed=True, problem=f"the {what} cannot be read: {why}")
    if len(found) > MOST_ENTRIES:
        why_not = f"it has more than {MOST_ENTRIES:,} values"
        return Block("", (), closed=True, problem=f"the {what} cannot be read: {why_not}")
    return Block("", found, closed=True)


def _json(text: str) -> Iterator[Entry]:
    if _depth(text) > DEEPEST:
        raise _Unreadable(f"it is nested deeper than {DEEPEST}")
    try:
        found = json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=lambda pairs: _Pairs(tuple(pairs)),
        )
    except ValueError:
        raise _Unreadable("it is not JSON") from None
    if not isinstance(found, _Pairs):
        raise _Unreadable("it is no object")
    yield from _flat((), found)


def _depth(text: str) -> int:
    """Return how deep objects and lists are nested at most."""
    depth = deepest = 0
    quoted = escaped = False
    for letter in text:
        if quoted:
            quoted = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            quoted = True
        elif letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    return deepest


def _flat(path: tuple[str, ...], value: object) -> Iterator[Entry]:
    if isinstance(value, _Pairs):
        for name, inner in value.pairs:
            yield from _flat((*path, name), inner)
    elif isinstance(value, list) and any(isinstance(item, _Pairs | list) for item in value):
        for number, inner in enumerate(value):
            yield from _flat((*path, str(number)), inner)
    elif isinstance(value, list):
        yield Entry(".".join(path), ", ".join(map(_scalar, value)))
    else:
        yield Entry(".".join(path), _scalar(value))


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _csv(text: str, labels: Collection[str]) -> Iterator[Entry]:
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = [
            row for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True) if row
        ]
    except csv.Error:
        raise _Unreadable("it is not CSV") from None
    if not rows:
        return
    if len(rows) > 1 and all(fold(cell) in labels for cell in rows[0]):
        if len(rows) > _ROWS_OF_A_FORM:
            raise _Unreadable(f"it has {len(rows) - 1} lines of values where one is taken")
        if len(rows[0]) != len(rows[1]):
            raise _Unreadable("it has other numbers of labels and of values")
        yield from (Entry(label.strip(), value.strip()) for label, value in zip(*rows, strict=True))
        return
    for row in rows:
        if len(row) != len("lv"):
            raise _Unreadable("it has neither a line of declared labels nor a label on each line")
        yield Entry(row[0].strip(), row[1].strip())


def _xml(text: str) -> Iterator[Entry]:
    reader = _Elements()
    reader.read(text)
    yield from reader.found


class _Elements:
    """Reads a document element by element, without building a tree."""

    def __init__(self) -> None:
        self.found: list[Entry] = []
        self._path: list[str] = []
        self._texts: list[list[str]] = []
        self._leaf = False

    def read(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._letters
        try:
            parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003 - expat's own
        except expat.ExpatError:
            raise _Unreadable("it is not XML") from None

    def _doctype(self, *_: object) -> None:
        raise _Unreadable("it declares a document type")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._path) == DEEPEST:
            raise _Unreadable(f"it is nested deeper than {DEEPEST}")
        self._path.append(attributes.get("name") or tag.rpartition(":")[2])
        self._texts.append([attributes["value"]] if "value" in attributes else [])
        self._leaf = True

    def _letters(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)

    def _end(self, _tag: str) -> None:
        value = "".join(self._texts.pop()).strip()
        if self._leaf and len(self._path) > 1:
            self.found.append(Entry(".".join(self._path[1:]), value))
            if len(self.found) > MOST_ENTRIES:
                raise _Unreadable(f"it has more than {MOST_ENTRIES:,} values")
        self._leaf = False
        self._path.pop()


def _rows(html: str) -> Iterator[list[str]]:
    """Yield the cells of each row of a table as HTML. A row ends where the next one begins."""
    cells: list[list[str]] | None = None
    inside = False
    for piece in _without_comments(html).split("<")[1:]:
        tag = piece[: len("/table ")].lower()
        if _is(tag, "tr") or _is(tag, "/tr") or _is(tag, "/table") or _is(tag, "table"):
            if cells:
                yield ["".join(cell) for cell in cells]
            cells, inside = ([] if _is(tag, "tr") else None), False
        elif cells is not None and (_is(tag, "td") or _is(tag, "th")):
            cells.append([piece.partition(">")[2]])
            inside = True
        elif cells is not None and (_is(tag, "/td") or _is(tag, "/th")):
            inside = False
        elif cells and inside:
            cells[-1].append(f"<{piece}")
    if cells:
        yield ["".join(cell) for cell in cells]


def _is(tag: str, name: str) -> bool:
    return tag.startswith(name) and tag[len(name) : len(name) + 1] in ("", ">", "/", *" \t\r\n")


def _without_comments(html: str) -> str:
    kept, *commented = html.split("<!--")
    return kept + "".join(piece.partition("-->")[2] for piece in commented)


def _text(cell: str) -> str:
    return html_text(cell).strip()


def _label(text: str) -> str:
    label = text.rstrip(": \uff1a\u00a0")
    return label if len(label) <= LONGEST_LABEL and "\n" not in label else ""
