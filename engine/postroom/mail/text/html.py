"""HTML to text by one pass over its tags. No tree is built, so no nesting can make it slow.

What a reader would see: markup, scripts, styles, comments and hidden elements are left out, blocks
stand on lines of their own, blanks are made single.
"""

from __future__ import annotations

import html
from typing import Final


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LINE: Final = _names(
    "div tr li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote table tbody thead hr pre section "
    "article header footer main nav aside form fieldset center address caption figure option "
    "body html"
)
"""Elements that begin and end a line."""
_CELL: Final = frozenset({"td", "th"})
_UNSEEN: Final = _names(
    "script style title template noscript iframe noembed noframes textarea select object svg "
    "math audio video"
)
"""Elements whose content is not text of the message."""
VOID: Final = _names("area base br col embed hr img input link meta param source track wbr")
"""Elements that hold nothing and are never closed."""
_PRE_SPACE: Final = "\x03"
_FRESH_LINE: Final = "\x10"
"""Ends the line before it, if there is one."""
_NEW_LINE: Final = "\x11"
"""Ends a line, be it empty."""
_PARAGRAPH: Final = f"{_FRESH_LINE}{_NEW_LINE}"
"""Ends the line before it, and leaves one empty."""
_LONGEST_NAME: Final = 20
_MOST_TAGS: Final = 1_000_000
_META_REACH: Final = 2_048


def html_text(source: str) -> str:
    """Return the text that an HTML document shows, in linear time; of its first million tags."""
    pieces = source.split("<", _MOST_TAGS)
    if len(pieces) > _MOST_TAGS:
        pieces.pop()
    scanner = _Scanner()
    scanner.run(pieces)
    return _tidied(_unescaped("".join(scanner.out)))


class _Scanner:
    """Goes from tag to tag. A piece is what stands between one `<` and the next."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._in_pre = False
        self._known = dict(_COMMON)
        """Tags already met, and the break that they make."""
        self._until = ""
        """What ends a stretch that is left out: `-->`, or the name of an element."""
        self._depth = 0

    def run(self, pieces: list[str]) -> None:
        """Read the text before the first tag, then each tag and the text behind it."""
        known, append = self._known, self.out.append
        append(pieces[0])
        for piece in pieces[1:]:
            if self._until:
                self._unseen(piece)
                continue
            tag, closed, text = piece.partition(">")
            mark = known.get(tag)
            if mark is None:
                mark, text = self._meet(tag, closed, text)
            if mark:
                append(mark)
            if text:
                append(_preformatted(text) if self._in_pre else text)

    def _meet(self, tag: str, closed: str, text: str) -> tuple[str, str]:
        """Return the break that a tag makes, and the text behind it; opens what is left out."""
        first = tag[:1]
        if tag.startswith("!--"):
            return self._comment(tag + closed + text)
        if first in ("!", "?"):
            return "", text
        if not (first == "/" or first.isalpha()) or not closed:
            return f"<{tag}{closed}", text
        while tag.count('"') % 2 and '"' in text:
            inside, _, behind = text.partition('"')
            rest, _, text = behind.partition(">")
            tag = f'{tag}>{inside}"{rest}'
        name = tag[:_LONGEST_NAME].split(None, 1)[0].rstrip("/").lower()
        if name in ("pre", "/pre"):
            self._in_pre = name == "pre"
            return _FRESH_LINE, text
        if not name.startswith("/") and self._is_unseen(name, tag):
            self._until, self._depth = name, 1
            return "", ""
        mark = _break_of(name, tag)
        self._known[tag] = mark
        return mark, text

    def _is_unseen(self, name: str, tag: str) -> bool:
        if name in VOID or tag.endswith("/"):
            return False
        if name in _UNSEEN:
            return True
        if "none" not in tag and "NONE" not in tag:
            return False
        return "display:none" in "".join(tag.lower().split())

    def _comment(self, text: str) -> tuple[str, str]:
        _, closed, behind = text.partition("-->")
        if not closed:
            self._until = "-->"
        return "", behind

    def _unseen(self, piece: str) -> None:
        """Pass over a piece; note where what is left out ends."""
        if self._until == "-->":
            _, closed, text = piece.partition("-->")
            if closed:
                self._until = ""
                self.out.append(text)
            return
        name = piece[: len(self._until) + 2].lower()
        if name.startswith(f"/{self._until}"):
            self._depth -= 1
        elif name.startswith(self._until) and self._until not in _UNSEEN:
            self._depth += not name[len(self._until) :].isalnum()
        if not self._depth:
            self._until = ""
            self.out.append(piece.partition(">")[2])


def _preformatted(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\n", _NEW_LINE)
    return lines.replace("\t", _PRE_SPACE * 4).replace(" ", _PRE_SPACE)


def _break_of(name: str, tag: str) -> str:
    if name == "br":
        return _NEW_LINE
    name = name.removeprefix("/")
    if name in _LINE:
        return _FRESH_LINE
    if name == "p":
        return _FRESH_LINE if tag[0] == "/" or "MsoNormal" in tag else _PARAGRAPH
    return "\t" if name in _CELL else ""


_COMMON: Final = {
    tag: _break_of(tag, tag)
    for name in "a b br div em font i li p span strong table tbody td tr u ul".split()  # noqa: SIM905
    for tag in (name, f"/{name}")
}
"""The tags that nearly every mail holds."""


def _unescaped(text: str) -> str:
    """Undo character references; a number of thousands of digits is none."""
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except ValueError:
        return text


def _tidied(text: str) -> str:
    """Make lines of the breaks, blanks single, and leave at most one empty line between others."""
    lines: list[str] = [""]
    for stretch in text.split(_FRESH_LINE):
        ended = stretch.split(_NEW_LINE) if _NEW_LINE in stretch else [stretch]
        last = ended.pop()
        for raw in ended:
            line = " ".join(raw.split())
            if line or lines[-1]:
                lines.append(line)
        if words := last.split():
            lines.append(" ".join(words))
    return "\n".join(lines[1:]).rstrip("\n").replace(_PRE_SPACE, " ")


def declared_charset(data: bytes) -> str:
    """Return the charset that an HTML document names in its own head, or ""."""
    head = data[:_META_REACH].lower()
    at = head.find(b"charset=")
    if at < 0:
        return ""
    value = head[at + 8 : at + 48].lstrip(b"\"' ")
    end = next((n for n, octet in enumerate(value) if octet in b"\"' ;/>"), len(value))
    return value[:end].decode("latin-1")
