"""HTML that may be shown: an allow-list, nothing loaded from elsewhere, pictures of the mail.

What is too large or too deep for a parser to be safe is shown as its text.
"""

from __future__ import annotations

import html
from collections import Counter
from typing import TYPE_CHECKING, Final

from postroom.mail.text.html import VOID, html_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_LETTERS: Final = 2_000_000
_DEEPEST: Final = 500
_MOST_ATTRIBUTES: Final = 500
_MOST_STRAY: Final = 1_000
_TAGS: Final = frozenset(
    {
        "a", "abbr", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col",
        "colgroup", "dd", "del", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5",
        "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "small",
        "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
        "tr", "tt", "u", "ul",
    }
)  # fmt: skip
_ATTRIBUTES: Final = {
    "*": {"style", "title", "dir", "lang", "align"},
    "a": {"href"},
    "font": {"color", "face", "size"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "width", "valign"},
    "th": {"colspan", "rowspan", "width", "valign"},
    "table": {"width", "border", "cellpadding", "cellspacing"},
    "ol": {"start", "type"},
}
_STYLES: Final = frozenset(
    {
        "color", "background-color", "font-family", "font-size", "font-style", "font-weight",
        "text-align", "text-decoration", "margin", "margin-left", "padding", "border-left", "width",
    }
)  # fmt: skip
"""Properties that neither load anything nor move text over something else."""


def safe_html(source: str, pictures: Mapping[str, str]) -> str:
    """Return the HTML of a mail as it may be shown.

    pictures says at what URL each picture of the mail is served, by its Content-ID; a picture stays
    in its place if it is there, all others go. Links open without saying where one comes from.
    """
    if not _is_tame(source):
        return f"<pre>{html.escape(html_text(source))}</pre>"
    import nh3

    return nh3.clean(
        source,
        tags=set(_TAGS),
        clean_content_tags={"script", "style", "title", "template", "noscript"},
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_filter(pictures),
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        filter_style_properties=set(_STYLES),
    )


def _filter(pictures: Mapping[str, str]) -> Callable[[str, str, str], str | None]:
    """Return what decides on the value of an attribute: None takes the attribute away."""

    def decide(tag: str, name: str, value: str) -> str | None:
        if name == "style" and "(" in value:
            return None
        if name == "href" and value.strip().lower().startswith("cid:"):
            return None
        if tag != "img" or name != "src":
            return value
        scheme, _, content_id = value.strip().partition(":")
        return pictures.get(content_id) if scheme.lower() == "cid" else None

    return decide


def _is_tame(source: str) -> bool:
    """Whether a parser that builds a tree can be given it; counted in one pass, with no tree."""
    if len(source) > _MOST_LETTERS:
        return False
    opened: Counter[str] = Counter()
    depth = stray = 0
    for piece in source.split("<")[1:]:
        tag = piece.partition(">")[0]
        if not tag[:1].isalpha():
            if tag[:1] == "/":
                name = _name(tag[1:])
                closes = opened[name] > 0
                opened[name] -= closes
                depth -= closes
            elif tag[:1] not in ("!", "?"):
                stray += 1
            continue
        if tag.count("=") > _MOST_ATTRIBUTES or len(tag.split()) > _MOST_ATTRIBUTES * 2:
            return False
        name = _name(tag)
        if name not in VOID:
            opened[name] += 1
            depth += 1
        if depth > _DEEPEST:
            return False
    return stray <= _MOST_STRAY


def _name(tag: str) -> str:
    return tag[:20].split(None, 1)[0].rstrip("/").lower() if tag.strip() else ""
