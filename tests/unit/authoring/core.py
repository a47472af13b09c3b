"""A rule file as a validator of JSON Schema sees it: YAML 1.2 with its core schema (10.3.2)."""

from __future__ import annotations

from typing import Any

import re2

from postroom.source.document import read_document
from postroom.source.nodes import Mapping, Node, Scalar, Sequence
from postroom.source.text import Source

_INTEGER = re2.compile(r"[-+]?[0-9]+")
_FLOAT = re2.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def as_data(text: str, name: str = "rules.yaml") -> Any:
    """Return what a file holds; None if it is not YAML that rule files can be written in."""
    root = read_document(Source(name, text)).root
    return None if root is None else _data(root)


def _data(node: Node) -> Any:
    match node:
        case Mapping():
            return {entry.name: _data(entry.node) for entry in node.entries}
        case Sequence():
            return [_data(item) for item in node.items]
        case Scalar():
            return _scalar(node)


def _scalar(node: Scalar) -> str | int | float | bool | None:
    text = node.value
    if node.style != "plain":
        return text
    if node.is_null:
        return None
    if text.lower() in ("true", "false") and text in (text.lower(), text.title(), text.upper()):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
