"""Lines that a mail program broke and marked so, made whole again (RFC 3676, `format=flowed`)."""

from __future__ import annotations

from typing import Final

_SIGNATURE: Final = "-- "
"""Ends with a blank, and is a line of its own for all that (RFC 3676 4.3)."""


def unflowed(text: str, *, delsp: bool) -> str:
    """Return a flowed text with each paragraph in one line, quoted ones behind their marks.

    delsp says that the blank which marks a broken line is no part of it (`DelSp=yes`).
    """
    paragraphs: list[str] = []
    pieces: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        is_signature = content == _SIGNATURE
        if pieces and (depth != open_depth or is_signature):
            paragraphs.append(_marked("".join(pieces), open_depth))
            pieces = []
        if is_signature or not content.endswith(" "):
            paragraphs.append(_marked("".join((*pieces, content)), depth))
            pieces = []
        else:
            pieces.append(content[:-1] if delsp else content)
            open_depth = depth
    if pieces:
        paragraphs.append(_marked("".join(pieces), open_depth))
    return "\n".join(paragraphs)


def _marked(content: str, depth: int) -> str:
    return f"{'>' * depth} {content}" if depth and content else ">" * depth + content
