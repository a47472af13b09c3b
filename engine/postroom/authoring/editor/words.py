"""Words of an expression that is not whole yet."""

from __future__ import annotations

from postroom.lang.functions import QUANTIFIERS


def is_letter(letter: str) -> bool:
    """Return whether a letter can be part of a name."""
    return letter.isalnum() or letter == "_"


def path_before(typed: str) -> str | None:
    """Return the name, with its dots, that an expression ends in; "" if it ends in none.

    None within a text in quotes, where nothing can be completed.
    """
    if in_quotes(typed):
        return None
    at = len(typed)
    while at > 0 and (is_letter(typed[at - 1]) or typed[at - 1] == "."):
        at -= 1
    return typed[at:]


def unquoted(typed: str) -> str:
    """Return what is typed of an expression without the quote that YAML has it start with.

    A value without quotes never starts with one, and what stands in a block starts with its margin.
    """
    return typed[1:] if typed[:1] in ("'", '"') else typed


def in_quotes(typed: str) -> bool:
    """Return whether an expression ends within a text."""
    quote, at = "", 0
    while at < len(typed):
        letter = typed[at]
        if letter == "\\" and quote:
            at += 1
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        at += 1
    return bool(quote)


def item_parts(typed: str) -> str:
    """Return which list is tested where an expression ends: the first value of any(), all(), ..."""
    depth = 0
    for at in range(len(typed) - 1, -1, -1):
        if typed[at] == ")":
            depth += 1
        elif typed[at] == "(" and depth:
            depth -= 1
        elif typed[at] == "(":
            start = at
            while start > 0 and is_letter(typed[start - 1]):
                start -= 1
            if typed[start:at] in QUANTIFIERS:
                return typed[at + 1 :].partition(",")[0].strip()
    return ""


def path_around(text: str, offset: int) -> tuple[int, int, str]:
    """Return the name under a cursor: where it starts and ends, and its whole path up to there."""
    start = end = offset
    while start > 0 and is_letter(text[start - 1]):
        start -= 1
    while end < len(text) and is_letter(text[end]):
        end += 1
    first = start
    while first > 0 and (is_letter(text[first - 1]) or text[first - 1] == "."):
        first -= 1
    return start, end, text[first:end]
