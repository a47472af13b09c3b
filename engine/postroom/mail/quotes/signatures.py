"""Where an author's words end and the signature begins.

A signature is taken for one where the mail says so (`-- `, "Sent from my telephone"), or where a
formula of closing is followed by nothing but short lines. When in doubt the words stay with the
author.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from postroom.mail.phrases import BLANK, CLOSING_STARTS, CLOSINGS, SENT_FROM, THANKS, fold
from postroom.mail.quotes.attribution import has_address
from postroom.mail.quotes.headers import is_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

_DELIMITERS: Final = frozenset(("--", "__", "\u2014", "\u2013", "\u2014\u2014", "---", "___"))
_DASHES: Final = "-_\u2014\u2013=*~"
_SENT_BY_WORD: Final = {
    word: phrases
    for word, phrases in (
        (word, tuple(same))
        for word, same in groupby(sorted(SENT_FROM), lambda phrase: phrase.partition(" ")[0])
    )
    if phrases != (word,)
}
_SENT_UNSPACED: Final = tuple(
    phrase
    for phrase in SENT_FROM
    if phrase[0] > "\u0e00" or not (phrase.isascii() or " " in phrase)
)
_EXCUSES: Final = ("please", "excuse", "apolog", "sorry", "bitte", "entschuldig", "pardon")
"""What a telephone's line may go on with."""
_PROSE: Final = frozenset(
    ("is", "are", "was", "were", "has", "have", "had", "to", "you", "we", "i", "it", "that", "but",
     "ist", "sind", "war", "hat", "ich", "wir", "sie", "est", "nous", "vous", "fue", "ha")
)  # fmt: skip
"""Words that make a sentence of it."""
_TAIL: Final = 40
"""How many lines from the end a signature may begin, where only a formula shows it."""
_SHORT: Final = 64
"""Characters of a line that may stand in a signature."""
_SENT_FROM_LONGEST: Final = 90
_MOST_BELOW: Final = 12
"""Lines with something in them that a signature has below a formula or a rule."""
_POSTSCRIPT: Final = ("ps:", "p.s", "ps ", "ps.", "p.p.s", "pps", "nb:", "n.b")
_POSTSCRIPT_FIRST: Final = "pPnN"
_AND: Final = frozenset(
    ("and", "&", "+", "und", "et", "y", "e", "en", "och", "og", "i", "ja", "a", "\u0438", "ve",
     "\u0219i")
)  # fmt: skip
"""Between thanks and a formula: `Many thanks and kind regards`."""
_CLOSING_TRIM: Final = BLANK + ",.;:!-*_~\u2013\u2014\uff0c\u3002\uff01/|"


def signature_start(lines: Sequence[str], start: int, end: int, *, all_of_it: bool = False) -> int:
    """Return the line in which the signature of lines[start:end] begins; end if it has none.

    The lines are stripped. Something of the author stays above it, unless all_of_it says that
    these lines, which follow a quotation, may be nothing but a signature.
    """
    top = start
    while top < end and not lines[top]:
        top += 1
    first = top if all_of_it else top + 1
    return _closing(lines, first, _delimiter(lines, first, end))


def _delimiter(lines: Sequence[str], first: int, end: int) -> int:
    """Return the first line that sets off what follows: dashes, or a telephone's own line."""
    tail = _tail(lines, first, end)
    for place in range(first, end):
        line = lines[place]
        if not line:
            continue
        if line[0] in _DASHES:
            if place >= tail and _sets_off(lines, place, end, line):
                return place
        elif (place == first or not lines[place - 1] or place + 1 == end) and _sent_from(
            lines, place, first, end
        ):
            return place
    return end


def _tail(lines: Sequence[str], first: int, end: int) -> int:
    """Return the line from which on there is room for no more than the longest signature."""
    filled = 0
    for place in range(end - 1, first - 1, -1):
        filled += bool(lines[place])
        if filled > _MOST_BELOW * 3:
            return place
    return first


def _sets_off(lines: Sequence[str], place: int, end: int, rule: str) -> bool:
    """Return whether a row of dashes sets off a signature and not a part of the text."""
    if rule not in _DELIMITERS and not is_rule(rule):
        return False
    below = _filled(lines, place + 1, end, _MOST_BELOW * 3)
    if rule == "--":
        return len(below) < _MOST_BELOW * 3
    if not below:
        return True
    if len(below) > _MOST_BELOW or not all(len(line) <= 2 * _SHORT for line in below):
        return False
    if rule in _DELIMITERS:
        return len(below) <= _MOST_BELOW // 2 or _reachable(below)
    return _reachable(below) and not any(line.endswith(("?", "!")) for line in below[:4])


def _sent_from(lines: Sequence[str], place: int, first: int, end: int) -> bool:
    """Return whether a line is what a telephone or a mail program signs with."""
    line = lines[place].lstrip("*_[(")
    if not _begins_as_sent(line):
        return False
    link = line.find("<")
    words = line[:link] if link > 0 else line
    if len(words) > _SENT_FROM_LONGEST or _is_sentence(words):
        return False
    above = place == first or not lines[place - 1].strip("-_\u2014")
    below = place + 1 >= end or not lines[place + 1]
    return (above and (below or link > 0)) or (below and not _filled(lines, place + 1, end, 1))


def _is_sentence(words: str) -> bool:
    """Return whether a line that begins as a telephone signs is a sentence of the author's."""
    first, _, more = words.rstrip(" .!").partition(". ")
    if more and not fold(more).startswith(_EXCUSES):
        return True
    return words.rstrip()[-1] in ",:?;" or not _PROSE.isdisjoint(fold(first).split())


def _begins_as_sent(line: str) -> bool:
    """Return whether a line begins with words such as `Sent from my`, capital letter included."""
    first = line[:1]
    if not first or (first.islower() and first != "i"):
        return False
    phrases = _SENT_BY_WORD.get(fold(line.partition(" ")[0]))
    if phrases and fold(line).startswith(phrases):
        return True
    return not line.isascii() and fold(line).startswith(_SENT_UNSPACED)


def _closing(lines: Sequence[str], first: int, end: int) -> int:
    """Return the line of the formula above a signature; end if there is none."""
    last = end
    below = 0
    found = end
    for place in range(end - 1, max(first, end - _TAIL) - 1, -1):
        line = lines[place]
        if not line:
            continue
        if line[0] in _POSTSCRIPT_FIRST and line[:5].casefold().startswith(_POSTSCRIPT):
            return last
        closes = _is_closing(line) or _is_thanks(line, lines, place, end)
        if closes and _below_is_short(lines, place + 1, end):
            found = place
            break
        below += 1
        if below > _MOST_BELOW:
            break
    return found


def _is_closing(line: str) -> bool:
    """Return whether a line is a formula of closing, alone, with thanks, or with a name."""
    if len(line) > _SHORT:
        return False
    folded = fold(line.strip(_CLOSING_TRIM))
    while folded and not folded[-1].isalnum():
        folded = folded[:-1].rstrip(_CLOSING_TRIM)
    words = folded.split()
    if not _AND.isdisjoint(words):
        for place in range(1, min(len(words) - 1, 5)):
            if words[place] in _AND and " ".join(words[place + 1 :]) in CLOSINGS:
                return True
    if not words or words[0].strip(_CLOSING_TRIM) not in CLOSING_STARTS:
        return False
    return folded in CLOSINGS or _closes_with_name(line)


def _is_thanks(line: str, lines: Sequence[str], place: int, end: int) -> bool:
    """Return whether thanks with a comma stand right above a name: `Thanks,` `Ann`."""
    if line[-1] not in ",\uff0c" or fold(line.strip(_CLOSING_TRIM)) not in THANKS:
        return False
    below = _filled(lines, place + 1, end, 1)
    return bool(below) and _is_name(below[0])


def _closes_with_name(line: str) -> bool:
    """Return whether a line is a formula of closing and a name: `Best regards, Ann`."""
    formula, comma, name = line.partition(",")
    if comma and fold(formula.strip(_CLOSING_TRIM)) in CLOSINGS:
        return _is_name(name)
    words = line.split()
    for count in range(min(len(words) - 1, 5), 1, -1):
        if fold(" ".join(words[:count]).strip(_CLOSING_TRIM)) in CLOSINGS:
            return _is_name(" ".join(words[count:]))
    return False


def _is_name(text: str) -> bool:
    """Return whether a text may be somebody's name: few words, each with a capital."""
    words = text.strip(_CLOSING_TRIM).split()
    return len(words) <= 4 and all(word[0].isupper() or not word[0].isalpha() for word in words)  # noqa: PLR2004


def _below_is_short(lines: Sequence[str], start: int, end: int) -> bool:
    """Return whether what follows is made of the short lines of a signature."""
    below = _filled(lines, start, end, _MOST_BELOW)
    return all(
        len(line) <= _SHORT and not (line[-1] in ".?!" and line.count(" ") > 5)  # noqa: PLR2004
        for line in below[:4]
    )


def _reachable(lines: Sequence[str]) -> bool:
    """Return whether lines say where somebody can be reached: address, link, number."""
    return any(
        has_address(line) or "://" in line or "www." in line or sum(map(str.isdecimal, line)) > 6  # noqa: PLR2004 - a telephone number
        for line in lines
    )


def _filled(lines: Sequence[str], start: int, end: int, most: int) -> list[str]:
    """Return the lines that hold something, stripped, at most so many."""
    found: list[str] = []
    for place in range(start, end):
        line = lines[place]
        if line:
            found.append(line)
            if len(found) == most:
                break
    return found
