"""Which charset bytes are in when nobody says so: UTF-8 if valid, else the likeliest language.

Each candidate reads a sample; what comes out is scored by how far it looks like a language that is
written with that charset: its letters, its case, its words. Pure, and the same on every machine.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.text.languages import CJK, FAVOURED, LATIN, OTHER

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAMPLE: Final = 2_000
_LEAD: Final = 200
_ASCII: Final = bytes(range(128))
_ESCAPES: Final = (b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b$(D", b"\x1b(I", b"\x1b$A")
_SIGNS: Final = (
    "\u2018\u2019\u201c\u201d\u201e\u2013\u2014\u2026\u2022"
    "\u20ac\u00ab\u00bb\u00b0\u00a7\u00a0\u00a9\u00ae\u2122\u00a3\u2116"
)
_WIDE_SIGNS: Final = (
    "\u3001\u3002\uff0c\uff1a\uff1f\uff01\u300c\u300d\u30fb\uff08"
    "\uff09\u300a\u300b\u201c\u201d\uff1b\u3000\u2026\uff5e"
)
_UNLIKELY: Final = -1.5


class Guess(NamedTuple):
    """A charset, and how sure it is that this is the one."""

    codec: str
    confidence: float
    """0 to 1."""


def detect(data: bytes) -> Guess:
    """Return the charset that data is most likely in; "ascii" if it holds nothing but that."""
    if data.isascii():
        if b"\x1b$)C" in data:
            return Guess("iso2022_kr", 0.99)
        if any(escape in data for escape in _ESCAPES):
            return Guess("iso-2022-jp", 0.99)
        return Guess("ascii", 1.0)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Guess("utf-16", 0.99)
    if _is_utf8(data):
        return Guess("utf-8", 0.99)
    return _likeliest(_sample(data))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _sample(data: bytes) -> bytes:
    """Return a stretch around the first byte beyond ASCII, from the start of a line if near."""
    first = len(data) - len(data.lstrip(_ASCII))
    start = max(data.rfind(b"\n", 0, first) + 1, first - _LEAD)
    return data[start : first + _SAMPLE]


def _likeliest(sample: bytes) -> Guess:
    scores: dict[str, float] = {}
    for codec, weights in _candidates():
        text = _read(sample, codec)
        if text is not None:
            score = _score(text, weights) + FAVOURED.get(codec, 0.0)
            scores[codec] = max(score, scores.get(codec, -9.0))
    ranked = sorted(scores, key=lambda codec: -scores[codec])
    best = scores[ranked[0]]
    ahead = best - scores[ranked[1]]
    confidence = min(0.95, max(0.1, 0.3 + 0.4 * max(best, 0.0) + ahead))
    return Guess(ranked[0], confidence) if best > 0 else Guess("cp1252", 0.1)


def _read(sample: bytes, codec: str) -> str | None:
    """Return the sample as text; None where it cannot be that charset. A cut end is forgiven."""
    for end in (len(sample), len(sample) - 1):
        try:
            return sample[:end].decode(codec)
        except UnicodeDecodeError as error:
            if error.start < end - 2:
                return None
    return None


def _score(text: str, weights: Mapping[str, float]) -> float:
    """Return how far the characters beyond ASCII fit the language, from -1.5 to about 1."""
    total = 0.0
    counted = 0
    before = " "
    for char in text:
        if not char.isascii():
            counted += 1
            total += _fit(char, before, weights)
        before = char
    return total / counted if counted else _UNLIKELY


def _fit(char: str, before: str, weights: Mapping[str, float]) -> float:
    weight = weights.get(char)
    if weight is None:
        return _UNLIKELY
    if char in _SIGNS:
        return weight
    if char.isupper() and before.islower():
        return -1.0
    if before.isalpha() and before.isascii() and weights.get("a") is None:
        return weight - 1.0  # another script in the middle of a Latin word
    return weight


@cache
def _candidates() -> tuple[tuple[str, Mapping[str, float]], ...]:
    """Return each pair of charset and language, with a weight for each character."""
    found: list[tuple[str, Mapping[str, float]]] = []
    for codecs, letters in LATIN:
        weights = dict.fromkeys(_SIGNS, 0.45) | {"a": 1.0}
        for rank, letter in enumerate(letters):
            weights[letter] = 1.0 - 0.015 * rank
            if len(letter.upper()) == 1:
                weights.setdefault(letter.upper(), 0.55)
        found += ((codec, weights) for codec in codecs.split())
    for codecs, letters in OTHER:
        weights = dict.fromkeys(_SIGNS, 0.2)
        for rank, letter in enumerate(letters):
            weights[letter] = 1.0 - 0.02 * rank
            weights.setdefault(letter.upper(), 0.3)
        found += ((codec, weights) for codec in codecs.split())
    for codec, letters, ranges in CJK:
        weights = dict.fromkeys(_WIDE_SIGNS, 0.5)
        for first, last in ranges:
            kana = 0.6 if first < "\u4e00" else 0.3
            weights |= {chr(n): kana for n in range(ord(first), ord(last) + 1)}
        if codec in ("gb18030", "big5"):
            level = _level_one(codec)
            weights = {c: w for c, w in weights.items() if c in level or w != 0.3}  # noqa: PLR2004
        weights |= dict.fromkeys(letters, 1.0)
        found.append((codec, weights))
    return tuple(found)


def _level_one(codec: str) -> frozenset[str]:
    """Return the characters in everyday use: the first level of a Chinese set."""
    leads = range(0xB0, 0xD8) if codec == "gb18030" else range(0xA4, 0xC7)
    pairs = (bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFF))
    return frozenset("".join(pair.decode(codec, "ignore") for pair in pairs))
