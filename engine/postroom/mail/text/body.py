"""Which parts are the message's text, and which are files (RFC 8621 4.1.4)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.structure.part import MESSAGE_TYPES
from postroom.mail.text.flowed import unflowed
from postroom.mail.text.html import html_text
from postroom.mail.wrapped.pgp import without_armor
from postroom.mail.wrapped.unpack import TNEF_TYPES

if TYPE_CHECKING:
    from postroom.mail.structure.part import Part

_TEXTS: Final = frozenset({"text/plain", "text/html"})


@dataclass(slots=True)
class Leaves:
    """The leaves of a message, sorted by what they are for."""

    text: list[Part] = field(default_factory=list)
    """What to read as plain text: text/plain, and text/html where there is no other."""
    html: list[Part] = field(default_factory=list)
    """What to read as HTML: text/html, and text/plain where there is no other."""
    files: list[Part] = field(default_factory=list)
    """Everything that is neither."""
    texts: dict[int, str] = field(default_factory=dict)
    """The decoded text of each leaf that was asked for, by its number."""

    def text_of(self, part: Part) -> str:
        """Return a leaf's text; it is decoded once."""
        text = self.texts.get(part.leaf)
        if text is None:
            text = self.texts[part.leaf] = part.text()
        return text


@dataclass(slots=True)
class _Wanted:
    """What a multipart's parts may still add to."""

    alternative: bool = False
    """Whether an alternative is around it."""
    text: bool = True
    html: bool = True


def sort_parts(root: Part) -> Leaves:
    """Return which leaves are text and which are files. What a nested message holds is neither."""
    sorter = _Sorter()
    sorter.parts((root,), "mixed", _Wanted())
    return sorter.contents


class _Sorter:
    """The algorithm that RFC 8621 suggests, with pictures counted among the files as well."""

    def __init__(self) -> None:
        self.contents = Leaves()

    def parts(self, parts: tuple[Part, ...], kind: str, wanted: _Wanted) -> None:
        """Sort the parts of one multipart of that subtype."""
        contents = self.contents
        text_before, html_before = len(contents.text), len(contents.html)
        for position, part in enumerate(parts):
            if part.is_multipart:
                subtype = part.content_type.partition("/")[2]
                inside = wanted.alternative or subtype == "alternative"
                below = _Wanted(alternative=inside, text=wanted.text, html=wanted.html)
                self.parts(part.children, subtype, below)
            elif part.content_type in TNEF_TYPES or part.filename.lower() == "winmail.dat":
                self._tnef(part, wanted)
            elif _is_text(part, position, kind):
                self._text(part, kind, wanted)
                # A text with a file name is meant to be read and to be kept.
                contents.files.extend((part, *part.children) if part.filename else part.children)
            else:
                contents.files.append(part)
                if part.children and part.content_type not in MESSAGE_TYPES:
                    self.parts(part.children, "mixed", wanted)
        if kind == "alternative" and wanted.text and wanted.html:
            self._fill(text_before, html_before)

    def _text(self, part: Part, kind: str, wanted: _Wanted) -> None:
        if kind == "alternative":
            html = part.content_type == "text/html"
            (self.contents.html if html else self.contents.text).append(part)
            return
        if wanted.alternative:
            wanted.html = wanted.html and part.content_type != "text/plain"
            wanted.text = wanted.text and part.content_type != "text/html"
        if wanted.text:
            self.contents.text.append(part)
        if wanted.html:
            self.contents.html.append(part)

    def _tnef(self, part: Part, wanted: _Wanted) -> None:
        """Sort what winmail.dat holds in its place; its text is the message's if there is none."""
        texts = tuple(child for child in part.children if child.disposition != "attachment")
        if not any(self.contents.text_of(part).strip() for part in self.contents.text):
            self.parts(texts, "alternative", replace(wanted, alternative=True))
        files = [child for child in part.children if child.disposition == "attachment"]
        self.contents.files.extend(files if part.children else [part])

    def _fill(self, text_before: int, html_before: int) -> None:
        """Use the one alternative that there is for both."""
        text, html = self.contents.text, self.contents.html
        if len(text) == text_before and len(html) != html_before:
            text.extend(html[html_before:])
        elif len(html) == html_before and len(text) != text_before:
            html.extend(text[text_before:])


def _is_text(part: Part, position: int, kind: str) -> bool:
    if part.content_type not in _TEXTS or part.disposition == "attachment":
        return False
    return position == 0 or (kind != "related" and not part.filename)


class Texts(NamedTuple):
    """The message as text."""

    text: str
    html: str
    """As sent."""
    from_html: bool
    """Whether the text was made from the HTML."""


def body_text(leaves: Leaves) -> Texts:
    """Return the message's text and its HTML as sent; text is made from the HTML if need be."""
    read = leaves.text_of
    html = "\n".join([read(part) for part in leaves.html if part.content_type == "text/html"])
    plain = [part for part in leaves.text if part.content_type == "text/plain"]
    if plain or not html:
        text = "\n".join([_shown(part, read(part)) for part in leaves.text])
        if text.strip() or not html:
            return Texts(text, html, from_html=False)
    return Texts(html_text(html), html, from_html=True)


def _shown(part: Part, text: str) -> str:
    if part.content_type == "text/html":
        return html_text(text)
    text = without_armor(text)
    if part.params.get("format", "").lower() != "flowed":
        return text
    return unflowed(text, delsp=part.params.get("delsp", "").lower() == "yes")
