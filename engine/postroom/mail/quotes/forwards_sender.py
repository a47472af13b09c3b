"""Who sent a mail, as the text of another mail tells it. Claimed, never verified."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases import BLANK, VERBS, fold
from postroom.model.message import NOBODY, Mailbox

_AROUND: Final = "<>[]()\"',;: \t\xa0\u200e\u200f\u202a\u202c"
_ENDS: Final = frozenset("<>[](),;:\" \t\xa0'")
_NAME_TRIM: Final = BLANK + "<>[](){}\"'\u201c\u201d\u201e\u00ab\u00bb,;:*_-"
_BEHALF: Final = (
    " on behalf of ",
    " im auftrag von ",
    " de la part de ",
    " namens ",
    " en nombre de ",
)
_LONGEST: Final = 1_000
_PARTICLES: Final = frozenset(
    ("von", "van", "de", "del", "della", "di", "da", "der", "den", "la", "le", "du", "dos", "das",
     "do", "el", "bin", "al", "ter", "ten", "zu", "zur", "y", "e", "af", "av")
)  # fmt: skip
"""Words without a capital that stand inside names."""


def read_claimed(text: str) -> Mailbox:
    """Return the mailbox that a labelled value names, or NOBODY.

    `Ann Smith <ann@x.example>`, `Ann [mailto:ann@x.example]`, `Smith, Ann <ann@x.example>`,
    `ann@x.example<mailto:ann@x.example>` and a name alone are all seen.
    """
    text = _plain(text[:_LONGEST])
    folded = text.casefold()
    for words in _BEHALF:
        place = folded.find(words)
        if place > 0:
            text = text[:place]
            break
    found = _address(text)
    if found is None:
        name = text.strip(_NAME_TRIM)
        return Mailbox(name, "") if name else NOBODY
    start, end = found
    address = text[start:end]
    name = text[:start].strip(_NAME_TRIM) or text[end:].strip(_NAME_TRIM)
    return Mailbox(name if name and name.casefold() != address.casefold() else None, address)


def read_attributed(text: str) -> tuple[Mailbox, str]:
    """Return the mailbox that the line above a quotation names, and what is left: the date."""
    text = _plain(text[:_LONGEST])
    found = _address(text)
    if found is None:
        return NOBODY, text.strip(_NAME_TRIM)
    start, end = found
    address = text[start:end]
    before = text[:start].rstrip(_AROUND.replace('"', "").replace("'", ""))
    if before.endswith('"') and '"' in before[:-1]:
        at = before.rindex('"', 0, -1)
    else:
        at = _name_start(before)
    name = before[at:].strip(_NAME_TRIM)
    rest = f"{before[:at].strip(_NAME_TRIM)} {_without_verb(text[end:])}".strip(_NAME_TRIM)
    return Mailbox(name or None, address), rest


def _plain(text: str) -> str:
    """Return text without the links that HTML mail leaves in its plain copy."""
    text = text.replace("[mailto:", "<").replace("[MAILTO:", "<")
    if "<mailto:" not in text:
        return text.strip(BLANK)
    found: list[str] = []
    rest = text
    while rest:
        before, link, behind = rest.partition("<mailto:")
        found.append(before)
        inside, _, rest = behind.partition(">")
        # keep the link's address only where the text shows none
        if link and "@" not in before[-len(inside) - 4 :]:
            found.append(f"<{inside}>")
    return "".join(found).strip(BLANK)


def _address(text: str) -> tuple[int, int] | None:
    """Return where the first address stands in a text."""
    at = text.find("@")
    while at >= 0:
        start, end = at, at + 1
        while start > 0 and text[start - 1] not in _ENDS:
            start -= 1
        while end < len(text) and text[end] not in _ENDS:
            end += 1
        while end > at + 1 and text[end - 1] in ".!?*":
            end -= 1
        if start < at and end > at + 1:
            return start, end
        at = text.find("@", at + 1)
    return None


def _name_start(text: str) -> int:
    """Return where the name at the end of a text begins: behind the date, the time and the verb."""
    place = start = len(text)
    while place > 0:
        at = text.rfind(" ", 0, place) + 1
        word = text[at:place]
        plain = word.strip(_NAME_TRIM)
        if not plain and start == len(text):
            place = at - 1
            continue
        if not plain or word.endswith((":", ",")) or any(map(str.isdigit, plain)):
            break
        if fold(plain) in VERBS or (plain[0].islower() and plain not in _PARTICLES):
            break
        if plain[0].islower():  # belongs to the name only with a name before it
            place = at - 1
            continue
        start = at
        place = at - 1
    return start


def _without_verb(text: str) -> str:
    return " ".join(w for w in text.split() if fold(w.strip(_NAME_TRIM)) not in VERBS)
