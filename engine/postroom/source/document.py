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

from postroom.source.decode import unfit_letter, unfit_value
from postroom.source.diagnostic import Diagnostic
from postroom.source.hiding import shown_in, without_secrets
from postroom.source.nodes import Entry, Mapping, Scalar, Sequence
from postroom.source.scalars import words_of
from postroom.source.text import Span
from postroom.source.words import Words
from postroom.source.yaml_errors import explain, wrong_code_point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.source.nodes import Node, Style
    from postroom.source.text import Source

MAX_DEPTH = 32
_READABLE = ("PR010",)
"""What may be wrong with a file whose other content still means what it says."""
_STYLES: dict[str | None, Style] = {
    None: "plain", "'": "single", '"': "double", "|": "literal", ">": "folded",
}  # fmt: skip
_SHARE = "share what is the same with `lists:`, or with a named list in `filters:` and `use:`"


@dataclass(frozen=True)
class Document:
    """What a file holds, and what is wrong with it."""

    source: Source
    root: Mapping | None
    """None if the file cannot be read for what it says."""
    findings: tuple[Diagnostic, ...]


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


def read_document(source: Source) -> Document:
    """Return what a rule file holds. Never raises."""
    return _Reader(source).document()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Diagnostic] = []
        self.open: list[_Open] = []
        self.root: Node | None = None
        self.documents = 0
        self.reached = 0

    def document(self) -> Document:
        try:
            self._read()
            root = self._checked_root()
            if any(found.code not in _READABLE for found in self.findings):
                root = None
        except _Stop:
            root = None
        shown = without_secrets(self.source) if self.findings else self.source
        return Document(self.source, root, tuple(shown_in(f, shown) for f in self.findings))

    def _found(self, code: str, words: str, start: int, end: int, hint: str) -> None:
        self.findings.append(Diagnostic(code, words, Span(self.source, start, end), help=hint))

    def _read(self) -> None:
        unfit = unfit_letter(self.source)
        if unfit:
            self.findings.append(unfit)
            raise _Stop
        try:
            for event in _events(self.source.text):
                self._take(event)
                self.reached = event.end_mark.index
        except YAMLError as error:
            bracket = self.open[-1].start if self.open and self.open[-1].flow else None
            self.findings.append(explain(self.source, error, bracket))
            raise _Stop from None
        except ValueError:  # an escape names no character: the parser does not look
            self.findings.append(wrong_code_point(self.source, self.reached))
            raise _Stop from None

    def _take(self, event: Any) -> None:  # noqa: ANN401 - the parser has no types
        match event:
            case DocumentStartEvent():
                self._document_starts(event)
            case AliasEvent():
                self._refuse_alias(event)
            case ScalarEvent():
                self._refuse_properties(event)
                self._add(self._scalar(event))
            case MappingStartEvent() | SequenceStartEvent():
                self._refuse_properties(event)
                self._opens(event)
            case MappingEndEvent() | SequenceEndEvent():
                self._add(self._closed(self.open.pop(), event.end_mark.index))
            case _:  # the stream and the document begin and end
                pass

    def _document_starts(self, event: Any) -> None:  # noqa: ANN401
        self.documents += 1
        start, end = event.start_mark.index, event.end_mark.index
        if self.documents > 1:
            hint = "put it into a file of its own; a folder is read as one rule set"
            self._found("PR007", "a second document starts here", start, end, hint)
            raise _Stop
        if event.version or event.tags:
            at = self.source.text.index("%")
            stop = self.source.text.index("\n", at)
            hint = "delete the line; rule files are YAML 1.2"
            self._found("PR013", "YAML directives are not used here", at, stop, hint)
            raise _Stop

    def _refuse_alias(self, event: Any) -> None:  # noqa: ANN401
        start, end = event.start_mark.index, event.end_mark.index
        self._found("PR011", f"`*{event.anchor}` is a YAML alias, which is not used", start, end,
                    f"{_SHARE}; a text that starts with `*` stands in quotes")  # fmt: skip
        words = Words(self.source, "", [start])
        self._add(Scalar(words, "plain", Span(self.source, start, end)))

    def _refuse_properties(self, event: Any) -> None:  # noqa: ANN401
        start = event.start_mark.index
        if event.anchor is not None:
            end = start + 1 + len(event.anchor)
            words = f"`&{event.anchor}` is a YAML anchor, which is not used"
            self._found("PR011", words, start, end, _SHARE)
        if event.ctag is not None:
            at = self.source.text.find("!", start)
            end = at + len(self.source.text[at : at + 80].split(maxsplit=1)[0])
            tag = self.source.text[at:end]
            hint = "in a condition, write `not`; a text that starts with `!` stands in quotes"
            self._found("PR012", f"`{tag}` is a YAML tag, which is not used", at, end, hint)

    def _scalar(self, event: Any) -> Scalar:  # noqa: ANN401
        start, end = event.start_mark.index, event.end_mark.index
        style = _STYLES[event.style]
        words = words_of(self.source, start, end, style, event.value)
        if style == "double" and (unfit := unfit_value(event.value)):
            at = words.span_of(event.value.index(unfit), event.value.index(unfit)).start
            text = f"the escape for U+{ord(unfit):04X} gives no character that a text can hold"
            self._found("PR021", text, at, at + 2, "delete it")
        return Scalar(words, style, Span(self.source, start, end))

    def _opens(self, event: Any) -> None:  # noqa: ANN401
        start, keyed = event.start_mark.index, isinstance(event, MappingStartEvent)
        if len(self.open) >= MAX_DEPTH:
            words = f"more than {MAX_DEPTH} levels are nested here"
            self._found(
                "PR009", words, start, start + 1, "no rule needs that: look for a `[` or a `{`"
            )
            raise _Stop
        self.open.append(_Open(start, keyed, bool(event.flow_style)))

    def _closed(self, done: _Open, end: int) -> Node:
        span = Span(self.source, done.start, end)
        if not done.keyed:
            return Sequence(tuple(done.items), span)
        return Mapping(tuple(self._entries(done)), span, done.flow)

    def _entries(self, done: _Open) -> Iterator[Entry]:
        """Yield the entries of a mapping; of a key that stands twice, the first."""
        seen: dict[str, Scalar] = {}
        for key, node in zip(done.items[::2], done.items[1::2], strict=True):
            if not self._is_key(key, node, flow=done.flow):
                continue
            assert isinstance(key, Scalar)  # noqa: S101 - _is_key has looked
            first = seen.setdefault(key.value, key)
            if first is not key:
                self.findings.append(Diagnostic(
                    "PR010", f"the key `{key.value}` stands here a second time", key.span,
                    help="put both into one, or delete one", related=(("first here", first.span),),
                ))  # fmt: skip
                continue
            yield Entry(key, _beside(key, node))

    def _is_key(self, key: Node, node: Node, *, flow: bool) -> bool:
        span = key.span
        if not isinstance(key, Scalar) or key.is_null:
            self._found("PR022", "a key is a plain text", span.start, max(span.end, span.start + 1),
                        "write `key: value`")  # fmt: skip
            return False
        if key.style == "plain" and key.value == "<<":
            self._found(
                "PR011", "`<<` is a YAML merge key, which is not used", span.start, span.end, _SHARE
            )
            return False
        if flow and isinstance(node, Scalar) and node.span.start == node.span.end == span.end:
            self._no_colon(key)
            return False
        return True

    def _no_colon(self, key: Scalar) -> None:
        """Say what became of a piece between two commas of `{ }` that has no `: `."""
        start, end = key.span.start, key.span.end
        name, colon, _ = key.value.partition(":")
        if colon and key.style == "plain" and name.isidentifier():
            hint = f"put a space behind the colon: `{name}: ...`"
            self._found("PR023", "this is one word to YAML, not `key: value`", start, end, hint)
            return
        words = "a comma inside `{ }` ended the value before this"
        hint = "put a value that holds a comma into quotes, or each key on a line of its own"
        self._found("PR027", words, start, end, hint)

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1].items.append(node)
        else:
            self.root = node

    def _checked_root(self) -> Mapping | None:
        root = self.root
        if root is None or (isinstance(root, Scalar) and root.is_null):
            words = f"`{self.source.name}` says nothing"
            span = Span(self.source, 0, 0) if self.source.text else None
            self.findings.append(
                Diagnostic("PR006", words, span, help="delete it, or write rules into it")
            )
            return None
        if isinstance(root, Mapping):
            return root
        if isinstance(root, Scalar) and ":" in root.value and root.style == "plain":
            hint = "put a space behind each colon: `version: 1`"
        else:
            hint = "start with a section: `accounts:`, `tables:`, `lists:`, ..."
        self._found(
            "PR008", "a rule file is keys with values", root.span.start, root.span.end, hint
        )
        return None


def _beside(key: Scalar, node: Node) -> Node:
    """Return the node; one that says nothing stands at its key, not at what comes next."""
    if isinstance(node, Scalar) and node.span.start == node.span.end:
        return Scalar(Words(node.words.source, "", [key.span.end]), "plain", key.span)
    return node


def _events(text: str) -> Iterator[Any]:
    """Yield the parser's events, one at a time, so that reading can stop at the first bad one."""
    yield from YAML(typ="safe", pure=True).parse(text)
