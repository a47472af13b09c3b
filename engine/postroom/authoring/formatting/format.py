"""Format a rule file: keys in order, indented by two, one space, no idle quotes, nothing lost."""

from __future__ import annotations

from postroom.authoring.formatting.comments import with_comments
from postroom.authoring.formatting.indent import indented
from postroom.authoring.formatting.order import in_order
from postroom.authoring.formatting.page import BLOCKS, Page, Unreadable
from postroom.authoring.formatting.same import says_the_same
from postroom.authoring.formatting.spacing import spaced
from postroom.authoring.layout import ROOT
from postroom.source.nodes import Scalar

__all__ = ["Changed", "Unreadable", "formatted"]


class Changed(Exception):  # noqa: N818 - it says what came about
    """What came out does not say the same as before. That is a fault of the formatter."""


def formatted(text: str) -> str:
    """Return a rule file as it should be written. It says the same as before.

    Raises Unreadable if it is no rule file; Changed rather than give a text that says something
    else.
    """
    first = text.find("\n")
    line_end = "\r\n" if text[:first].endswith("\r") else "\n"
    page = before = Page(text.replace("\r\n", "\n"))
    try:
        page = _read(page, _with_line_end(page))
        page = _read(page, in_order(page))
        page = _read(page, with_comments(page, indented(page)))
        page = _read(page, with_comments(page, spaced(page, ROOT)))
        page = _read(page, _tidy(page))
    except Unreadable:
        raise Changed from None
    if page is not before and not says_the_same(before, page):
        raise Changed
    return page.text.replace("\n", line_end)


def _read(page: Page, text: str) -> Page:
    return page if text == page.text else Page(text)


def _with_line_end(page: Page) -> str:
    """Return the text with an end of its last line.

    A block at the end of a file without one is a text without a line break: `|-`.
    """
    if not page.lines[-1].strip():
        return page.text
    end = len(page.lines) - 1
    for node in page.nodes():
        block = isinstance(node, Scalar) and node.style in BLOCKS
        if block and page.first_line(node) < page.last_line(node) == end:
            start = node.span.start
            header, rest = page.text[start:].split("\n", 1)
            return f"{page.text[:start]}{_stripping(header)}\n{rest}\n"
    return page.text + "\n"


def _stripping(header: str) -> str:
    """Return the header of a block with the sign by which its last line break is no part of it."""
    signs, hash_, comment = header.partition("#")
    return signs[0] + signs[1:].strip(" +-") + "-" + (f" {hash_}{comment}" if hash_ else "")


def _tidy(page: Page) -> str:
    """Return the text without blanks at the ends of lines, and without several blank lines."""
    held, lines = _held(page), page.lines
    while lines and not lines[-1].strip() and len(lines) - 1 not in held:
        lines = lines[:-1]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if number in held:
            kept.append(line)
        elif line.strip() or (kept and kept[-1].strip()):
            kept.append(line.rstrip())
    return "\n".join(kept) + "\n"


def _held(page: Page) -> set[int]:
    """Return the lines whose blanks belong to a value."""
    held: set[int] = set()
    for node in page.nodes():
        first, last = page.first_line(node), page.last_line(node)
        if isinstance(node, Scalar) and first < last:
            held.update(range(first + (node.style in BLOCKS), last + 1))
    return held
