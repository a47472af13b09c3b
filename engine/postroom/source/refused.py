"""What YAML allows and a rule file does not have, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.decode import unfit_value
from postroom.source.diagnostic import Diagnostic
from postroom.source.nodes import Mapping, Scalar
from postroom.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.source.nodes import Node
    from postroom.source.text import Source

_SHARE = "share what is the same with `lists:`, or with a named list in `filters:` and `use:`"


def alias(source: Source, name: str, start: int, end: int) -> Diagnostic:
    """Refuse `*name`."""
    words = f"`*{name}` is a YAML alias, which is not used"
    hint = f"{_SHARE}; a text that starts with `*` stands in quotes"
    return Diagnostic("PR011", words, Span(source, start, end), hint)


def anchor(source: Source, name: str, start: int) -> Diagnostic:
    """Refuse `&name`."""
    words = f"`&{name}` is a YAML anchor, which is not used"
    return Diagnostic("PR011", words, Span(source, start, start + 1 + len(name)), _SHARE)


def tag(source: Source, start: int) -> Diagnostic:
    """Refuse `!name`, which stands at start or behind an anchor there."""
    at = source.text.find("!", start)
    name = source.text[at : at + 80].split(maxsplit=1)[0]
    words = f"`{name}` is a YAML tag, which is not used"
    hint = "in a condition, write `not`; a text that starts with `!` stands in quotes"
    return Diagnostic("PR012", words, Span(source, at, at + len(name)), hint)


def second_document(source: Source, start: int, end: int) -> Diagnostic:
    """Refuse what stands behind `---`."""
    hint = "put it into a file of its own; a folder is read as one rule set"
    return Diagnostic("PR007", "a second document starts here", Span(source, start, end), hint)


def directive(source: Source) -> Diagnostic:
    """Refuse `%YAML 1.1` and its like, which stand at the top."""
    at = source.text.index("%")
    end = source.text.index("\n", at)
    hint = "delete the line; rule files are YAML 1.2"
    return Diagnostic("PR013", "YAML directives are not used here", Span(source, at, end), hint)


def depth(source: Source, start: int, most: int) -> Diagnostic:
    """Refuse lists and keys that are nested without end."""
    words, hint = f"more than {most} levels are nested here", "look for a `[` or a `{` too many"
    return Diagnostic("PR009", words, Span(source, start, start + 1), hint)


def escapes(scalar: Scalar) -> Iterator[Diagnostic]:
    """Refuse an escape that gives what no text can hold."""
    unfit = unfit_value(scalar.value) if scalar.style == "double" else None
    if unfit is not None:
        at = scalar.words.span_of(scalar.value.index(unfit), scalar.value.index(unfit))
        words = f"the escape for U+{ord(unfit):04X} gives no character that a text can hold"
        yield Diagnostic("PR021", words, at.part(at.start, at.start + 2), "delete it")


def key(found: Node, node: Node, *, flow: bool) -> Diagnostic | None:
    """Refuse what cannot be a key; None if it can."""
    span = found.span
    if not isinstance(found, Scalar) or found.is_null:
        wide = span.part(span.start, max(span.end, span.start + 1))
        return Diagnostic("PR022", "a key is a plain text", wide, "write `key: value`")
    if found.style == "plain" and found.value == "<<":
        return Diagnostic("PR011", "`<<` is a YAML merge key, which is not used", span, _SHARE)
    if flow and isinstance(node, Scalar) and node.span.start == node.span.end == span.end:
        return _no_colon(found)
    return None


def _no_colon(found: Scalar) -> Diagnostic:
    """Say what became of a piece between two commas of `{ }` that has no `: `."""
    name, colon, _ = found.value.partition(":")
    if colon and found.style == "plain" and name.isidentifier():
        hint = f"put a space behind the colon: `{name}: ...`"
        return Diagnostic("PR023", "this is one word to YAML, not `key: value`", found.span, hint)
    words = "a comma inside `{ }` ended the value before this"
    hint = "put a value that holds a comma into quotes, or each key on a line of its own"
    return Diagnostic("PR027", words, found.span, hint)


def twice(found: Scalar, first: Scalar) -> Diagnostic:
    """Refuse a key that stands in the same place before."""
    words, hint = f"the key `{found.value}` stands here a second time", "delete one of them"
    return Diagnostic("PR010", words, found.span, hint, related=(("first here", first.span),))


def root(source: Source, found: Node | None) -> Diagnostic | None:
    """Refuse a file that is not keys with values; None if it is."""
    if found is None or (isinstance(found, Scalar) and found.is_null):
        span = Span(source, 0, 0) if source.text else None
        hint = "delete it, or write rules into it"
        return Diagnostic("PR006", f"`{source.name}` says nothing", span, hint)
    if isinstance(found, Mapping):
        return None
    hint = "start with a section: `accounts:`, `tables:`, `lists:`, ..."
    if isinstance(found, Scalar) and ":" in found.value and found.style == "plain":
        hint = "put a space behind each colon: `version: 1`"
    return Diagnostic("PR008", "a rule file is keys with values", found.span, hint)
