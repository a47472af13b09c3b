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
_ASCII_PHRASES: Final = tuple(phrase for phrase in VERB_PHRASES if phrase.isascii())
_CLOCK: Final = ":.h\uff1a"
_YEARS: Final = ("\u5e74", "\ub144")
_CLOSERS: Final = (">", ")", "]", '"')
_LONG_NAME: Final = 6
"""Words that a name has at most, and one."""
_FEW: Final = 8
"""Words of a line that says no more than who wrote."""
WITHOUT_COLON: Final = ("wrote", "a écrit", "escribió", "schrieb", "ha scritto", "escreveu")
"""Verbs that some programs end the line with, leaving out the colon."""


def ends_attribution(line: str) -> bool:
    """Return whether a line, stripped, ends as the line above a quotation ends. Costs little."""
    return line[-1] in _COLONS or line.endswith(WITHOUT_COLON)


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
    name: list[str]
    """The first words as written."""


def _strength(text: str, *, quoted_next: bool) -> int:
    """Return 2 if text is an attribution that begins as one, 1 if it is one, 0 if it is not."""
    text = text.strip(_TRIM)
    folded = fold(text).replace(">", "> ")  # some glue the verb to the address
    words = folded.split()
    if len(words) < 2:  # noqa: PLR2004 - "Ann wrote"
        return 0
    opened = (
        words[0].rstrip(",.:") in OPENERS
        or text[0].isdigit()
        or (len(words) > 2 and words[1][0].isdigit())  # noqa: PLR2004 - "Mon 3"
    )
    verb = _verb_at(words, folded)
    name = text.split()[: max(verb or 0, 0)]
    signs = _Signs(opened, *dated(text), has_address(text), quoted_next, name)
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
    if signs.date and signs.time and 0 < verb < _LONG_NAME and not own and _is_name(signs.name):
        return 1  # Notes: `Ann Smith/Example wrote on 03/04/2024 10:12:44:`
    # a bare name: `Ann Smith wrote:` right above quoted lines
    return 1 if signs.quoted_next and (dated or (short and not own)) else 0


def _is_name(words: list[str]) -> bool:
    """Return whether words may be a name: each with a capital."""
    return all(word[0].isupper() for word in words)


def _without_verb(text: str, signs: _Signs) -> int:
    """Judge a line such as `3 May 2024, 10:15, Ann <ann@x.example>:`."""
    if signs.address and (signs.date or signs.quoted_next):
        if signs.opened:
            return 2
        return 1 if text.rstrip(_COLONS + BLANK)[-1:] in _CLOSERS else 0
    if signs.quoted_next and signs.opened and signs.time:
        return 2
    return 0


def _verb_at(words: list[str], folded: str) -> int | None:
    """Return which word is the verb of writing; -1 if there is one and it is not one word."""
    plain = [word.strip(_PUNCTUATION) for word in words]
    verbs = VERBS.intersection(plain) or VERBS.intersection(words)
    if verbs:
        verb = next(iter(verbs))
        return plain.index(verb) if verb in plain else words.index(verb)
    phrases = _ASCII_PHRASES if folded.isascii() else VERB_PHRASES
    return -1 if any(map(folded.__contains__, phrases)) else None


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
    for word in text.split():
        if word.isalpha() or (word.isascii() and word.strip(_PUNCTUATION).isalpha()):
            continue
        for start, end in _numbers(word):
            numbers += 1
            behind = word[end : end + 3]
            if end - start <= 2 and len(behind) == 3 and behind[0] in _CLOCK:  # noqa: PLR2004
                time = time or behind[1:].isdecimal()
            if behind[:1] in _YEARS or _is_year(word[start:end]):
                date = True
    return date or numbers >= 3, time  # noqa: PLR2004 - 3/11/21


def _numbers(word: str) -> list[tuple[int, int]]:
    """Return where numbers stand in a word; digits inside a name are none."""
    found: list[tuple[int, int]] = []
    place, end = 0, min(len(word), 60)
    while place < end:
        if not word[place].isdecimal():
            place += 1
            continue
        start = place
        while place < end and word[place].isdecimal():
            place += 1
        before = word[start - 1 : start]
        if not (before.isalpha() and before.isascii()):
            found.append((start, place))
    return found


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")  # noqa: PLR2004
