"""Many phrases looked for in one text at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_GAPS: Final = str.maketrans(dict.fromkeys(".,;:!?()[]<>\"'*_/|=-\u2013\u2014\n\r\t", " "))


class PhraseSet:
    """Phrases, each found by its first word; those without blanks or letters one by one.

    Texts and phrases are in their folded form.
    """

    __slots__ = ("_by_word", "_plain")

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_word: dict[str, tuple[str, ...]] = {}
        plain: list[str] = []
        for phrase in sorted(phrases):
            if any(letter >= "\u0e00" for letter in phrase):
                plain.append(phrase)
                continue
            word = phrase.translate(_GAPS).split()[0]
            self._by_word[word] = (*self._by_word.get(word, ()), phrase)
        self._plain = tuple(plain)

    def find(self, text: str) -> str:
        """Return a phrase that the text holds, or ""; the same one in every process."""
        by_word = self._by_word
        for word in sorted(by_word.keys() & text.translate(_GAPS).split()):
            for phrase in by_word[word]:
                if phrase in text:
                    return phrase
        if not text.isascii():
            for phrase in self._plain:
                if phrase in text:
                    return phrase
        return ""
