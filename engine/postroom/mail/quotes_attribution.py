"""The line above a quotation: `On Monday Ann wrote:`, in the words and orders of many programs.

No line is taken for one on a single word. It takes two of: a verb of writing, a date or a time, an
address; and a shape that fits them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.phrases import BLANK, FIRST_PERSON, OPENERS, VERB_PHRASES, VERBS, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST: Final = 400
"""Characters that such a line may have in all; most have 60 to 120."""

_MOST_LINES: Final = 5
"""Programs wrap it; this many lines are put together again."""

_COLONS: Final = ":\uff1a"
_TRIM: Final = BLANK + "-*_>|\"'"
_PUNCTUATION: Final = ",.;:()[]<>\"'\u201c\u201d\u201e\u00ab\u00bb\uff1a*"
_ABBREVIATIONS: Final = (" kl.", " \u0433.", " \u0440.", ". r.", " o godz.", " a.m.", " p.m.")
_CLOSERS: Final = (">", ")", '"')
_FEW: Final = 8
"""Words of a line that says no more than who wrote."""
_WITHOUT_COLON: Final = ("wrote", "a écrit", "escribió", "schrieb", "ha scritto", "escreveu")
"""Verbs that some programs end the line with, leaving out the colon."""


def ends_attribution(line: str) -> bool:
    """Return whether a line, stripped, ends as the line above a quotation ends. Costs little."""
    return line[-1] in _COLONS or line.endswith(_WITHOUT_COLON)


def attribution_start(
    lines: Sequence[str], last: int, floor: int, *, quoted_next: bool
) -> int | None:
    """Return the first line of the attribution that ends in line `last`, or None.

    floor is the first line that may belong to it. quoted_next says that the next line with
    anything in it is quoted. Of several readings the shortest that begins as attributions begin
    is taken, else the shortest of all.
    """
    joined = ""
    fallback: int | None = None
    for first in range(last, max(floor, last - _MOST_LINES + 1) - 1, -1):
        line = lines[first].strip(BLANK)
        if not line or (first != last and _ends_sentence(line)):
            break
        joined = f"{line} {joined}" if joined else line
        if len(joined) > LONGEST:
            break
        strength = _strength(joined, quoted_next=quoted_next)
        if strength > 1:
            return first
        if strength and fallback is None:
            fallback = first
    return fallback


def _ends_sentence(line: str) -> bool:
    """Return whether a line ends what came before, so that nothing is put together across it."""
    return line[-1] in ".!?:" and not line.endswith(_ABBREVIATIONS)


class _Signs(NamedTuple):
    """What a line shows."""

    opened: bool
    """It begins as such lines begin: with `On`, with a date, with a day of the week."""
    date: bool
    time: bool
    address: bool
    quoted_next: bool


def _strength(text: str, *, quoted_next: bool) -> int:
    """Return 2 if text is an attribution that begins as one, 1 if it is one, 0 if it is not."""
    text = text.strip(_TRIM)
    words = fold(text).split()
    if len(words) < 2:  # noqa: PLR2004 - "Ann wrote"
        return 0
    opened = (
        words[0].rstrip(",.:") in OPENERS
        or text[0].isdigit()
        or (len(words) > 2 and words[1][0].isdigit())  # noqa: PLR2004 - "Mon 3"
    )
    signs = _Signs(opened, *dated(text), has_address(text), quoted_next)
    verb = _verb_at(text, words)
    if verb is not None:
        return _with_verb(words, verb, signs)
    return _without_verb(text, signs)


def _with_verb(words: list[str], verb: int, signs: _Signs) -> int:
    dated = signs.date or signs.time
    own = not signs.address and verb > 0 and words[verb - 1].strip(_PUNCTUATION) in FIRST_PERSON
    if own and not signs.quoted_next:
        return 0
    if signs.opened and (signs.address or (dated and (signs.time or signs.quoted_next))):
        return 2
    short = len(words) <= _FEW
    if signs.address and (dated or short or signs.quoted_next):
        return 1
    # a bare name: `Ann Smith wrote:` right above quoted lines
    return 1 if signs.quoted_next and (dated or (short and not own)) else 0


def _without_verb(text: str, signs: _Signs) -> int:
    """Judge a line such as `3 May 2024, 10:15, Ann <ann@x.example>:`."""
    if signs.address and (signs.date or (signs.time and signs.quoted_next)):
        if signs.opened:
            return 2
        return 1 if text.rstrip(_COLONS + BLANK)[-1:] in _CLOSERS else 0
    if signs.quoted_next and signs.opened and signs.time:
        return 2
    return 0


def _verb_at(text: str, words: list[str]) -> int | None:
    """Return which word is the verb of writing; -1 if there is one and it is not one word."""
    for place, word in enumerate(words):
        if word in VERBS or word.strip(_PUNCTUATION) in VERBS:
            return place
    folded = fold(text)
    return -1 if any(phrase in folded for phrase in VERB_PHRASES) else None


def has_address(text: str) -> bool:
    """Return whether something like an address stands in a text: letters on both sides of an @."""
    at = text.find("@", 1)
    while at > 0:
        if text[at - 1].isalnum() and text[at + 1 : at + 2].isalnum():
            return True
        at = text.find("@", at + 1)
    return False


def dated(text: str) -> tuple[bool, bool]:
    """Return whether a text names a date (a day and a month, or a year), and a time of day."""
    numbers = 0
    date = time = False
    place, end = 0, len(text)
    while place < end:
        if not text[place].isdecimal():
            place += 1
            continue
        start = place
        while place < end and text[place].isdecimal():
            place += 1
        width = place - start
        before = text[start - 1 : start]
        if before.isalnum() and before.isascii():
            continue
        numbers += 1
        after = text[place : place + 3]
        if width <= 2 and after[:1] in ":.h\uff1a" and after[1:3].isdecimal() and len(after) == 3:  # noqa: PLR2004
            time = True
        elif after[:1] in ("年", "년") or (width == 4 and text[start : start + 2] in ("19", "20")):  # noqa: PLR2004
            date = True
    return date or numbers >= 3, time  # noqa: PLR2004 - 3/11/21
