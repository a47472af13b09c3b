"""The words that mail programs and servers use, in many languages, ready for looking up.

The tables are data (`table.Language`); here they are merged once. Everything is compared in its
case-folded form.
"""

from __future__ import annotations

import unicodedata
from typing import Final, Literal

from postroom.lang.text import thin_out
from postroom.mail.phrases import asia, europe, germanic, romance, slavic
from postroom.mail.phrases.table import Language, words

Role = Literal["from", "sent", "to", "cc", "subject", "other"]

LANGUAGES: Final = (
    *germanic.TABLES,
    *romance.TABLES,
    *slavic.TABLES,
    *europe.TABLES,
    *asia.TABLES,
)

BLANK: Final = (
    " \t\r\x0b\x0c\xa0\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u202f"
    "\u2060\u2066\u2067\u2068\u2069\u3000\ufeff"
)
"""What is stripped from the ends of a line: blanks, and marks that nobody sees."""


_SAME: Final = (("\u2019", "'"), ("\u015f", "\u0219"), ("\u0163", "\u021b"), ("\xa0", " "))
"""Letters that programs use for one another: apostrophes, cedillas for commas below."""


def fold(text: str) -> str:
    """Return a text in the form in which everything here is compared."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFC", thin_out(text)).casefold()
    for letter, same in _SAME:
        text = text.replace(letter, same)
    return text


def _merged(name: str) -> tuple[str, ...]:
    """Return a column of all tables, case-folded, each phrase once, the tables' order kept."""
    found: dict[str, None] = {}
    for language in LANGUAGES:
        for phrase in words(getattr(language, name)):
            found[fold(phrase)] = None
    return tuple(found)


def _labels() -> dict[str, Role]:
    columns: tuple[tuple[str, Role], ...] = (
        ("from_", "from"),
        ("sent", "sent"),
        ("to", "to"),
        ("cc", "cc"),
        ("subject", "subject"),
        ("other", "other"),
    )
    found: dict[str, Role] = {}
    for column, role in columns:
        for phrase in _merged(column):
            found.setdefault(phrase, role)
    return found


def _spaced(phrase: str) -> bool:
    """Return whether the language of a phrase puts blanks between its words."""
    return not any("\u0e00" <= letter <= "\u0e7f" or letter >= "\u3000" for letter in phrase)


LABELS: Final[dict[str, Role]] = _labels()
"""Label of a quoted header field to what it means."""

LONGEST_LABEL: Final = max(map(len, LABELS))

OPENERS: Final = frozenset(phrase.split()[0].rstrip(",.:") for phrase in _merged("opens"))
"""First words of the line above a quotation."""

_VERBS = _merged("wrote")
VERBS: Final = frozenset(verb for verb in _VERBS if " " not in verb and _spaced(verb))
"""Verbs of that line that are one word."""

VERB_PHRASES: Final = tuple(verb for verb in _VERBS if VERBS.isdisjoint(verb.split()))
"""Those that are more, or whose language does not put blanks between words."""

FIRST_PERSON: Final = frozenset(_merged("first_person"))

ORIGINAL: Final = _merged("original")
FORWARDED: Final = _merged("forwarded")

REPLY_PREFIXES: Final = frozenset(_merged("reply_prefix"))
FORWARD_PREFIXES: Final = frozenset(p.rstrip(".") for p in _merged("forward_prefix"))

MARKERS: Final = _merged("marker")
SENT_FROM: Final = _merged("sent_from")
CLOSINGS: Final = frozenset(phrase.strip(".,!") for phrase in _merged("closing"))
CLOSING_STARTS: Final = frozenset(phrase.split()[0].strip(".,!") for phrase in CLOSINGS)
"""First words of the formulas: a quick look before the real one."""

THANKS: Final = frozenset(_merged("thanks"))

AUTO_LABELS: Final = _merged("auto_label")
AWAY: Final = _merged("away")
AWAY_BODY: Final = _merged("away_body")
UNDELIVERED: Final = _merged("undelivered")
UNSUBSCRIBE: Final = _merged("unsubscribe")

__all__ = [
    "AUTO_LABELS",
    "AWAY",
    "AWAY_BODY",
    "BLANK",
    "CLOSINGS",
    "CLOSING_STARTS",
    "FIRST_PERSON",
    "FORWARDED",
    "FORWARD_PREFIXES",
    "LABELS",
    "LANGUAGES",
    "LONGEST_LABEL",
    "MARKERS",
    "OPENERS",
    "ORIGINAL",
    "REPLY_PREFIXES",
    "SENT_FROM",
    "THANKS",
    "UNDELIVERED",
    "UNSUBSCRIBE",
    "VERBS",
    "VERB_PHRASES",
    "Language",
    "Role",
    "fold",
]
