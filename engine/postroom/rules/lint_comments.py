"""Conditions whose end YAML takes for a comment: `when: a == "b" # or c == "d"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.diagnostic import Diagnostic
from postroom.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.rules.rules_of import AnyRule

_GOES_ON = frozenset(("and", "or", "not", "in", "is", "contains", "starts_with", "ends_with",
                      "contains_any", "contains_all", "like", "matches", "==", "!=", "<", "<=",
                      ">", ">=", "??", "+", "-"))  # fmt: skip
"""Words with which a condition goes on."""


def eaten_conditions(rule: AnyRule) -> Iterator[Diagnostic]:
    """Yield a warning if what stands behind a condition looks like more of it."""
    if rule.when is None:
        return
    comment = _comment_behind(rule.when.span)
    if comment is None:
        return
    text = comment.text[1:]
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    close = text[:1] not in ("", " ", "#", "-", "=", "!")
    if first in _GOES_ON or close:
        yield Diagnostic(
            "PR369",
            f"`{comment.text}` is a comment, not part of the condition",
            comment,
            "delete it, or put the condition into a block: `when: |`",
            "warning",
            about=(rule.id,),
        )


def _comment_behind(span: Span) -> Span | None:
    """Return the comment behind a plain value; behind a quoted one the quote comes first."""
    text = span.source.text
    stop = text.find("\n", span.end)
    rest = text[span.end : len(text) if stop < 0 else stop]
    bare = rest.lstrip(" \t")
    if bare == rest or not bare.startswith("#"):
        return None
    start = span.end + len(rest) - len(bare)
    return Span(span.source, start, span.end + len(rest.rstrip()))
