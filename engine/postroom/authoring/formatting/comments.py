"""Keep comments behind values in their columns when what stands before them changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.authoring.formatting.page import Page


def with_comments(page: Page, lines: list[str]) -> str:
    """Return new lines of a page, each of which ends in the comment in which the old one did.

    A comment stays in its column if one above or below stands in the same, or else as far behind
    what it follows as it was.
    """
    behind = {page.line(c.start): c for c in page.comments() if not c.alone}
    columns = {line: page.column(comment.start) for line, comment in behind.items()}
    for line, comment in behind.items():
        old = page.lines[line]
        code = lines[line].rstrip()[: -len(comment.text)].rstrip()
        was = old[: columns[line]].rstrip()
        if code == was:
            continue
        in_column = columns[line] in (columns.get(line - 1), columns.get(line + 1))
        gap = columns[line] - len(code if in_column else was)
        lines[line] = code + " " * max(1, gap) + comment.text
    return "\n".join(lines)
