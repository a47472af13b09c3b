r"""Texts that a pattern finds: `PO-0000` for `PO-(\d{4,})`.

A guess, made by reading the pattern once from left to right. Whoever takes one asks the pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLASSES = {"d": "0", "D": "x", "w": "x", "W": "-", "s": " ", "S": "x", "n": "\n", "t": "\t"}
_NOTHING = frozenset("bBAzZQE")
"""Escapes that take no letter."""
_OTHERS = "x0 -Zé\n"
"""What a class that says what it is not may still take."""
_MOST = 64
_DEEPEST = 40


def samples(pattern: str) -> Iterator[str]:
    """Yield a text for each way that the outermost `|` of a pattern leaves open."""
    reader = _Reader(pattern)
    for text in dict.fromkeys(reader.ways(0)):
        yield text
        yield f"a {text} b"


@dataclass(slots=True)
class _Reader:
    """Reads a pattern and writes what fits it."""

    pattern: str
    at: int = 0

    def ways(self, depth: int) -> list[str]:
        """Read up to the closing bracket; return a text for each `|`."""
        found = [self._run(depth)]
        while self._next("|"):
            found.append(self._run(depth))
        return found

    def _run(self, depth: int) -> str:
        parts: list[str] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            parts.append(self._repeated(self._one(depth)))
        return "".join(parts)

    def _one(self, depth: int) -> str:
        letter = self.pattern[self.at]
        self.at += 1
        if letter == "(":
            return self._group(depth)
        if letter == "[":
            return self._class()
        if letter == "\\":
            return self._escape()
        if letter in "^$":
            return ""
        return "x" if letter == "." else letter

    def _group(self, depth: int) -> str:
        if self._next("?"):
            while self.at < len(self.pattern) and self.pattern[self.at] not in ":>)":
                self.at += 1
            if not self._next(":") and not self._next(">"):
                self._next(")")
                return ""
        if depth > _DEEPEST:
            self.at = len(self.pattern)
            return ""
        found = self.ways(depth + 1)[0]
        self._next(")")
        return found

    def _escape(self) -> str:
        if self.at >= len(self.pattern):
            return ""
        letter = self.pattern[self.at]
        self.at += 1
        if letter in "pP":
            self._name(1)
            return "x"
        if letter == "x":
            return _letter(self._name(2))
        if letter in _NOTHING:
            return ""
        return _CLASSES.get(letter, letter)

    def _name(self, length: int) -> str:
        """Read what stands behind an escape: in braces, or of that length."""
        start = self.at
        if not self._next("{"):
            self.at += length
            return self.pattern[start : self.at]
        end = self.pattern.find("}", self.at)
        self.at = len(self.pattern) if end < 0 else end + 1
        return self.pattern[start + 1 : self.at - 1]

    def _class(self) -> str:
        """Return a letter that a class takes: its first one."""
        negated, start = self._next("^"), self.at
        taken: list[str] = []
        while self.at < len(self.pattern):
            if self.pattern[self.at] == "]" and self.at > start:
                break
            if self.pattern.startswith("[:", self.at):
                end = self.pattern.find(":]", self.at)
                self.at = len(self.pattern) if end < 0 else end + 2
                taken.append("x")
                continue
            taken.append(self._one_of_class())
        self.at += 1
        if not negated:
            return next((letter for letter in taken if letter), "x")
        return next((letter for letter in _OTHERS if letter not in taken), "x")

    def _one_of_class(self) -> str:
        letter = self.pattern[self.at]
        self.at += 1
        return self._escape() if letter == "\\" else letter

    def _repeated(self, text: str) -> str:
        """Return a text as often as what stands behind it wants at least."""
        least = 1
        if self._next("*") or self._next("?"):
            least = 0
        elif self._next("{"):
            digits = self._digits()
            least = int(digits) if digits else 1
            self.at = self.pattern.find("}", self.at) + 1 or len(self.pattern)
        else:
            self._next("+")
        self._next("?")
        return text * min(least, _MOST)

    def _digits(self) -> str:
        start = self.at
        while self.pattern[self.at : self.at + 1].isdecimal():
            self.at += 1
        return self.pattern[start : self.at]

    def _next(self, sign: str) -> bool:
        """Pass a sign if it stands here; return whether it did."""
        if not self.pattern.startswith(sign, self.at):
            return False
        self.at += 1
        return True


def _letter(digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        return "x"
