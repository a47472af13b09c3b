"""What is quoted in an HTML mail, as mail programs mark it: their elements, classes and ids.

The markup is read tag by tag, without a tree, so that no nesting makes it slow. Where a quotation
begins and ends is noted in the text that is made of it; from there on the rules for plain text
apply as well, for many programs mark nothing.
"""

from __future__ import annotations

from typing import Final

import re2

from postroom.lang.text import utf8
from postroom.mail.phrases import BLANK
from postroom.mail.quotes.attribution import LONGEST, attribution_start, ends_attribution
from postroom.mail.quotes.headers import label
from postroom.mail.text.html import html_text

BEGIN: Final = "\x01"
END: Final = "\x02"
REST: Final = "\x04"
"""All that follows is another mail."""
RULE: Final = "\x12"
"""A line is drawn above what follows; another mail if that begins with a sender."""
WEAK_BEGIN: Final = "\x05"
"""A blockquote that may as well be an indented paragraph."""
WEAK_END: Final = "\x06"
SIGNATURE_BEGIN: Final = "\x0e"
SIGNATURE_END: Final = "\x0f"
MARKS: Final = BEGIN + END + REST + RULE + WEAK_BEGIN + WEAK_END + SIGNATURE_BEGIN + SIGNATURE_END

_QUOTED: Final = ">\x01 "
"""What is put before a line that is quoted; told apart from a `>` that somebody typed."""
_ENDS: Final = {BEGIN: END, WEAK_BEGIN: WEAK_END, SIGNATURE_BEGIN: SIGNATURE_END}
_CONTAINERS: Final = frozenset({"div", "blockquote", "span", "section", "table", "td", "p"})
_LONGEST_TAG: Final = 2_000
_MOST_LOOKS: Final = 200
"""Blockquotes that may as well be indented paragraphs, and are looked at closely."""
_MOST_COLONS: Final = 6
_MOST_OPEN: Final = 10_000

_NAMING: Final = ("class=", "id=", "name=", "data-")
_QUOTES: Final = (
    "gmail_quote", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra",
    "moz-cite-prefix", "moz-forward-container", "moz-email-headers-table", "front-blockquote",
    "freshdesk_quote", "mail-quote-collapse", "nylas-quote", "hs_reply", "x_gmail_quote",
    "gmail_extra_quote", "quoted-text", "wmquote", "mcntgmail_quote", "ecxgmail_quote",
    "_zmail_quote", "qmbox_quote", "sh-quoted", "cite-block", "mail_quote", "x_yahoo_quoted",
    "email-quote", "quotedtext", "bloop_original_html", "spark-quote", "cbqt", "isreplycontent",
    "replycontent", "__original_mail", "original-message", "mailquote", "message-quote",
)  # fmt: skip
"""In class, id or name: elements that hold a quoted mail."""
_RESTS: Final = (
    "divrplyfwdmsg", "appendonsend", "olk_src_body_section", "stopspelling",
    "mail-editor-reference-message-container", "ms-outlook-mobile-reference-message",
    "zwchr", "__divider__", "replysplit", "x_divrplyfwdmsg", "x_appendonsend",
)  # fmt: skip
"""In id, class or data-marker: from here on another mail follows."""
_SIGNATURES: Final = ("signature",)
"""In the same: elements that hold a signature; every program has the word in some longer name."""
_SIGNS: Final = re2.compile(
    "|".join(("blockquote", "border-top", *_QUOTES, *_RESTS, *_SIGNATURES, f"[{MARKS}]"))
)
"""Without one of these, nothing is marked."""


class HtmlLines:
    """The lines of text that an HTML document shows, those with `>` before them that are quoted."""

    __slots__ = ("_depth", "_looked", "_rest", "_signatures", "_weak", "lines", "signed")

    def __init__(self, source: str, text: str | None) -> None:
        self.lines: list[str] = []
        self.signed: set[int] = set()
        """Which of them belong to a signature."""
        self._depth = 0
        self._signatures = 0
        self._rest = False
        self._weak: list[bool] = []
        self._looked = 0
        if not _SIGNS.search(utf8(source.lower())):
            self.lines = (html_text(source) if text is None else text).split("\n")
            return
        marked = _marked_lines(source)
        for place, line in enumerate(marked):
            mark = line.strip(BLANK)
            if mark and mark in MARKS:
                self._note(mark, marked, place)
                continue
            quoted = self._rest or self._depth > 0
            if self._signatures > 0 and not quoted:
                self.signed.add(len(self.lines))
            self.lines.append(f"{_QUOTED}{line}" if quoted else line)

    def _note(self, mark: str, marked: list[str], place: int) -> None:
        if mark == BEGIN:
            self._depth += 1
        elif mark == END:
            self._depth -= 1
        elif mark == WEAK_BEGIN:
            nested = any(self._weak[-1:]) or _next_line(marked, place, marks=True) == WEAK_BEGIN
            self._weak.append(nested or self._is_announced(_next_line(marked, place, marks=False)))
            self._depth += self._weak[-1]
        elif mark == WEAK_END:
            self._depth -= self._weak.pop() if self._weak else 0
        elif mark == REST or (mark == RULE and _is_sender(_next_line(marked, place, marks=False))):
            self._rest = self._rest or any(line.strip(BLANK) for line in self.lines)
        elif mark == RULE:
            return
        else:
            self._signatures += 1 if mark == SIGNATURE_BEGIN else -1

    def _is_announced(self, inside: str) -> bool:
        """Return whether the last line says that a quotation follows, or its own first line."""
        self._looked += 1
        if self._looked > _MOST_LOOKS:
            return False
        if _is_attributed(inside):
            return True
        last = len(self.lines) - 1
        while last >= 0 and not self.lines[last].strip(BLANK):
            last -= 1
        if last < 0 or not ends_attribution(self.lines[last].strip(BLANK)):
            return False
        return attribution_start(self.lines, last, 0, quoted_next=True) is not None


def _is_attributed(line: str) -> bool:
    """Return whether a blockquote itself begins with the line that says who wrote it."""
    end = line.find(":")
    for _ in range(_MOST_COLONS):
        if not 0 <= end <= LONGEST:
            return False
        if attribution_start([line[: end + 1]], 0, 0, quoted_next=False) is not None:
            return True
        end = line.find(":", end + 1)
    return False


def _is_sender(line: str) -> bool:
    """Return whether a line is labelled as the sender, or the date, of a mail."""
    found = label(line)
    return found is not None and found[0] in ("from", "sent") and bool(found[1])


def _next_line(marked: list[str], place: int, *, marks: bool) -> str:
    """Return the next line with something in it, near by; marks are passed over or count."""
    for line in marked[place + 1 : place + 6]:
        stripped = line.strip(BLANK)
        if stripped and (marks or stripped not in MARKS):
            return stripped
    return ""


def bare(line: str) -> str:
    """Return a line without what was put before it because it is quoted."""
    return line.removeprefix(_QUOTED)


def _marked_lines(source: str) -> list[str]:
    """Return the lines of text of a document; marks stand on lines of their own."""
    for mark in MARKS:
        if mark in source:
            source = source.replace(mark, "")
    return html_text(_marked(source)).split("\n")


def _marked(source: str) -> str:
    """Return the document with marks around what its markup says is quoted."""
    pieces = source.split("<")
    out = [pieces[0]]
    depths: dict[str, int] = {}
    waiting: list[tuple[str, int, str]] = []  # element, its depth, the mark at its end
    for piece in pieces[1:]:
        name = _name(piece)
        if not name:
            out.append(f"<{piece}")
            continue
        if name[0] == "/":
            element = name[1:]
            depth = depths.get(element, 0)
            while waiting and waiting[-1][:2] == (element, depth):
                out.append(f"<br>{waiting.pop()[2]}<br>")
            depths[element] = max(0, depth - 1)
            out.append(f"<{piece}")
            continue
        mark = _mark(name, piece[:_LONGEST_TAG])
        if name in _CONTAINERS:
            depths[name] = depths.get(name, 0) + 1
        if mark:
            out.append(f"<br>{mark}<br>")
            if mark in _ENDS and name in _CONTAINERS and len(waiting) < _MOST_OPEN:
                waiting.append((name, depths[name], _ENDS[mark]))
        out.append(f"<{piece}")
    return "".join(out)


def _name(piece: str) -> str:
    """Return the name of a tag that may matter, with its slash if it ends one; else ""."""
    first = piece[:1]
    if first not in "/bBdDsStThHpPaAiI" or not first:
        return ""
    end = 1
    while end < 12 and piece[end : end + 1].isalnum():  # noqa: PLR2004 - no name is longer
        end += 1
    name = piece[:end].lower()
    return name if name.lstrip("/") in _CONTAINERS or name in ("hr", "a", "img") else ""


def _mark(name: str, piece: str) -> str:
    """Return what a tag says about what it holds."""
    tag = piece.partition(">")[0].lower()
    if name == "blockquote":
        cited = "cite" in tag or "border-left" in tag or _has(tag, _QUOTES)
        return BEGIN if cited else WEAK_BEGIN
    if _has(tag, _NAMING):
        for mark, names in ((REST, _RESTS), (SIGNATURE_BEGIN, _SIGNATURES), (BEGIN, _QUOTES)):
            if (mark == REST or name in _CONTAINERS) and _has(tag, names):
                return mark
    return RULE if name == "div" and "border-top" in tag else ""


def _has(folded: str, names: tuple[str, ...]) -> bool:
    return any(name in folded for name in names)
