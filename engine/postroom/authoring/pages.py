"""The pages of docs/errors/, which travel with the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.shipped import shipped

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def page(code: str) -> Traversable:
    """Return the page that says what a code means, with an example and how to mend it."""
    return shipped("docs") / "errors" / f"{code}.md"


def page_text(code: str) -> str:
    """Return the page of a code in Markdown, without links to pages that lie beside it."""
    return _unlinked(page(code).read_text("utf-8"))


def _unlinked(text: str) -> str:
    """Return Markdown with the words of its relative links in place of the links."""
    first, *pieces = text.split("](")
    kept = first
    for piece in pieces:
        target, closed, rest = piece.partition(")")
        opened = kept.rfind("[")
        if "://" in target or not closed or opened < 0:
            kept += f"]({piece}"
        else:
            kept = kept[:opened] + kept[opened + 1 :] + rest
    return kept
