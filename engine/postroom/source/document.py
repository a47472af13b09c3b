"""Read one rule file: YAML 1.2 without what makes YAML surprising.

The parser gives events; the nodes made of them know where each of their letters stands. Anchors,
aliases, merge keys, tags, directives and several documents are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from postroom.source import refused
from postroom.source.decode import unfit_letter
from postroom.source.hiding import shown_in, without_secrets
from postroom.source.nodes import Entry, Mapping, Scalar, Sequence
from postroom.source.quick import quick
from postroom.source.scalars import words_of
from postroom.source.text import Span
from postroom.source.words import Words
from postroom.source.yaml_errors import explain, wrong_code_point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.source.diagnostic import Diagnostic
    from postroom.source.nodes import Node, Style
    from postroom.source.text import Source

MAX_DEPTH = 32
_READABLE = ("PR010",)
"""What may be wrong with a file whose other content still means what it says."""
_STYLES: dict[str | None, Style] = {
    None: "plain", "'": "single", '"': "double", "|": "literal", ">": "folded",
}  # fmt: skip


@dataclass(frozen=True)
class Document:
    """What a file holds, and what is wrong with it."""

    source: Source
    root: Mapping | None
    """None if the file cannot be read for what it says."""
    findings: tuple[Diagnostic, ...]


def read_document(source: Source) -> Document:
    """Return what a rule file holds. Never raises."""
    root = None if unfit_letter(source) else quick(source)
    return parsed(source) if root is None else Document(source, root, ())


def parsed(source: Source) -> Document:
    """Return the same, by the library's parser. Never raises."""
    reader = _Reader(source)
    reader.read()
    found, root = reader.findings, reader.root
    if not isinstance(root, Mapping) or any(f.code not in _READABLE for f in found):
        root = None
    shown = without_secrets(source) if found else source
    return Document(source, root, tuple(shown_in(each, shown) for each in found))


class _Stop(Exception):  # noqa: N818 - nothing went wrong; reading on makes no sense
    """The file cannot be read any further."""


@dataclass(slots=True)
class _Open:
    """A mapping or a sequence that is being read."""

    start: int
    keyed: bool
    flow: bool
    items: list[Node] = field(default_factory=list)
    """Of a mapping: keys and values in turn."""


class _Reader:
    """Takes the parser's events one by one and makes nodes of them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Diagnostic] = []
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._documents = 0
        self._reached = 0

    def read(self) -> None:
        """Read as far as the file can be read."""
        try:
            self._read()
        except _Stop:
            return
        except YAMLError as error:
            bracket = self._open[-1].start if self._open and self._open[-1].flow else None
            self.findings.append(explain(self.source, error, bracket))
        except ValueError:  # an escape names no character: the parser does not look
            self.findings.append(wrong_code_point(self.source, self._reached))

    def _read(self) -> None:
        self._refuse(unfit_letter(self.source))
        for event in _events(self.source.text):
            self._take(event)
            self._reached = event.end_mark.index
        self._refuse(refused.root(self.source, self.root))

    def _refuse(self, found: Diagnostic | None) -> None:
        if found is not None:
            self.findings.append(found)
            raise _Stop

    def _take(self, event: Any) -> None:  # noqa: ANN401 - the parser has no types
        match event:
            case DocumentStartEvent():
                self._document_starts(event)
            case AliasEvent():
                self._alias(event)
            case ScalarEvent():
                self._note_properties(event)
                self._add(self._scalar(event))
            case MappingStartEvent() | SequenceStartEvent():
                self._note_properties(event)
                self._opens(event)
            case MappingEndEvent() | SequenceEndEvent():
                self._add(self._closed(self._open.pop(), event.end_mark.index))
            case _:  # the stream and the document begin and end
                pass

    def _document_starts(self, event: Any) -> None:  # noqa: ANN401
        self._documents += 1
        if self._documents > 1:
            start, end = event.start_mark.index, event.end_mark.index
            self._refuse(refused.second_document(self.source, start, end))
        if event.version or event.tags:
            self._refuse(refused.directive(self.source))

    def _alias(self, event: Any) -> None:  # noqa: ANN401
        start, end = event.start_mark.index, event.end_mark.index
        self.findings.append(refused.alias(self.source, event.anchor, start, end))
        words = Words(self.source, "", [start])
        self._add(Scalar(words, "plain", Span(self.source, start, end)))

    def _note_properties(self, event: Any) -> None:  # noqa: ANN401
        start = event.start_mark.index
        if event.anchor is not None:
            self.findings.append(refused.anchor(self.source, event.anchor, start))
        if event.ctag is not None:
            self.findings.append(refused.tag(self.source, start))

    def _scalar(self, event: Any) -> Scalar:  # noqa: ANN401
        start, end = event.start_mark.index, event.end_mark.index
        style = _STYLES[event.style]
        words = words_of(self.source, start, end, style, event.value)
        found = Scalar(words, style, Span(self.source, start, end))
        self.findings += refused.escapes(found)
        return found

    def _opens(self, event: Any) -> None:  # noqa: ANN401
        start = event.start_mark.index
        if len(self._open) >= MAX_DEPTH:
            self._refuse(refused.depth(self.source, start, MAX_DEPTH))
        keyed = isinstance(event, MappingStartEvent)
        self._open.append(_Open(start, keyed, bool(event.flow_style)))

    def _closed(self, done: _Open, end: int) -> Node:
        span = Span(self.source, done.start, end)
        if not done.keyed:
            return Sequence(tuple(done.items), span)
        return Mapping(tuple(self._entries(done)), span, done.flow)

    def _entries(self, done: _Open) -> Iterator[Entry]:
        """Yield the entries of a mapping; of a key that stands twice, the first."""
        seen: dict[str, Scalar] = {}
        for key, node in zip(done.items[::2], done.items[1::2], strict=True):
            wrong = refused.key(key, node, flow=done.flow)
            if wrong is not None or not isinstance(key, Scalar):
                self.findings += [wrong] if wrong else []
                continue
            first = seen.setdefault(key.value, key)
            if first is key:
                yield Entry(key, _beside(key, node))
            else:
                self.findings.append(refused.twice(key, first))

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1].items.append(node)
        else:
            self.root = node


def _beside(key: Scalar, node: Node) -> Node:
    """Return the node; one that says nothing stands at its key, not at what comes next."""
    if isinstance(node, Scalar) and node.span.start == node.span.end:
        return Scalar(Words(node.words.source, "", [key.span.end]), "plain", key.span)
    return node


def _events(text: str) -> Iterator[Any]:
    """Yield the parser's events, one at a time, so that reading can stop at the first bad one."""
    yield from YAML(typ="safe", pure=True).parse(text)
