"""The words and signs of an expression, found without the parser where that is sure.

Which kinds there are, and how they are written, is said in grammars/; tests hold this to it.
"""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """A word or a sign, and where it stands in the text that is parsed."""

    kind: str
    text: str
    start: int
    end: int


_BLANKS = frozenset(" \t\r\n")
_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_IN_NAMES = _LETTERS | _DIGITS | {"_"}
_QUOTES = frozenset("\"'")
_KEYWORDS = {
    "and": "_AND", "or": "_OR",
    **{
        word: word.upper()
        for word in (
            "not", "is", "empty", "in", "contains", "contains_any", "contains_all", "starts_with",
            "ends_with", "like", "matches", "true", "false",
        )
    },
}  # fmt: skip
_SIGNS = {
    "==": "EQUAL", "!=": "UNEQUAL", "<=": "AT_MOST", ">=": "AT_LEAST", "??": "_ELSE",
    "<": "LESS", ">": "MORE", "+": "PLUS", "-": "MINUS", "|": "_PIPE", ",": "_COMMA",
    "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", ".": "DOT",
}  # fmt: skip
_BEFORE_WORDS = ("DOT", "_PIPE")
"""What a name is a WORD behind, not a NAME."""


def tokens(text: str) -> list[Token] | None:
    """Return the tokens of an expression, or None if only the parser can tell them."""
    found: list[Token] = []
    at, end = 0, len(text)
    before = ""
    while at < end:
        letter = text[at]
        if letter in _BLANKS:
            at += 1
            continue
        if letter in _LETTERS or letter == "_":
            token = _word(text, at, before)
        elif letter in _QUOTES:
            token = _quoted(text, at, at, "STRING")
        elif letter in _DIGITS:
            token = _number(text, at)
        else:
            token = _sign(text, at)
        if token is None:
            return None
        found.append(token)
        before, at = token.kind, token.end
    return found


def _word(text: str, start: int, before: str) -> Token | None:
    end = _run(text, start, _IN_NAMES)
    word = text[start:end]
    if word == "r" and text[end : end + 1] in _QUOTES:
        return _quoted(text, start, end, "RAW")
    kind = _KEYWORDS.get(word)
    if before in _BEFORE_WORDS:  # a keyword there is a word or not, by what stands further left
        return None if kind else Token("WORD", word, start, end)
    return Token(kind or "NAME", word, start, end)


def _quoted(text: str, start: int, quote: int, kind: str) -> Token | None:
    end = text.find(text[quote], quote + 1)
    back = text.find("\\", quote + 1, end)
    while 0 <= back < end:
        if back + 1 == end:
            end = text.find(text[quote], end + 1)
        back = text.find("\\", back + 2, end)
    if end < 0 or text.find("\n", start, end) >= 0:
        return None
    return Token(kind, text[start : end + 1], start, end + 1)


def _number(text: str, start: int) -> Token:
    end = _run(text, start, _DIGITS)
    if text[end : end + 1] == "." and text[end + 1 : end + 2] in _DIGITS:
        end = _run(text, end + 1, _DIGITS)
    unit_end = _run(text, end, _LETTERS)
    kind = "QUANTITY" if unit_end > end else "NUMBER"
    return Token(kind, text[start:unit_end], start, unit_end)


def _sign(text: str, start: int) -> Token | None:
    for length in (2, 1):
        sign = text[start : start + length]
        kind = _SIGNS.get(sign)
        if kind:
            return Token(kind, sign, start, start + len(sign))
    return None


def _run(text: str, at: int, letters: frozenset[str]) -> int:
    """Return where a run of letters ends."""
    while text[at : at + 1] in letters:
        at += 1
    return at
