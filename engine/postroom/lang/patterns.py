"""Patterns: checked when rules are loaded, run by RE2 in linear time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import re2

from postroom.lang import limits
from postroom.lang.text import FOLDS, utf8

if TYPE_CHECKING:
    from postroom.lang.types import Form


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a pattern cannot be used."""

    message: str
    hint: str | None


class Pattern:
    """A pattern that can be used. Letters match in either case, unless it says `(?-i)`."""

    __slots__ = ("_compiled", "written")

    def __init__(self, written: str, compiled: Any) -> None:  # noqa: ANN401 - re2 has no types
        self.written = written
        self._compiled = compiled

    def found_in(self, text: bytes) -> bool:
        """Return whether it fits somewhere in a text, given in UTF-8."""
        return self._compiled.search(text) is not None

    def extract(self, text: bytes) -> str:
        """Return what its first group took, or all of it if it has no group; "" if nothing."""
        match = self._compiled.search(text)
        if match is None:
            return ""
        taken: bytes | None = match[1 if self._compiled.groups else 0]
        return (taken or b"").decode(errors="replace")


def pattern(written: str) -> Pattern | Bad:
    """Compile a pattern that an author wrote, or say why it cannot be used."""
    raw = utf8(written)
    if not raw:
        return Bad("the pattern is empty: it fits every text", None)
    if len(raw) > limits.PATTERN:
        return Bad(
            f"the pattern has {len(raw)} bytes, more than {limits.PATTERN}",
            "cut it into several comparisons",
        )
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = limits.PATTERN_MEMORY
    try:
        compiled = re2.compile(raw, options)
    except re2.error as problem:
        return _refused(problem)
    if compiled.programsize > limits.PATTERN_PROGRAM:
        return _TOO_LARGE
    return Pattern(written, compiled)


def like(written: str, form: Form) -> Pattern:
    """Compile what stands behind `like`: `*` is any text, `?` any character, all else itself.

    It fits a folded text as a whole.
    """
    fold = FOLDS[form]
    parts = [rb"(?s)\A"]
    run = ""
    for letter in written:
        if letter in _JOKERS:
            parts += [re2.escape(utf8(fold(run))), _JOKERS[letter]]
            run = ""
        else:
            run += letter
    parts += [re2.escape(utf8(fold(run))), rb"\z"]
    return Pattern(written, re2.compile(b"".join(parts)))


_JOKERS = {"*": b".*", "?": b"."}

_TOO_LARGE = Bad(
    "the pattern is too large to be run on mail",
    "repeat less often: {1,1000} makes a thousand copies; `+` and `*` make one",
)


def _refused(problem: Exception) -> Bad:
    [said] = problem.args
    words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    if "too large" in words or "repetition size" in words:
        return _TOO_LARGE
    hint = None
    if "(?" in words or "escape sequence" in words:
        hint = "look-around and back-references are not available"
    return Bad(f"the pattern is not understood: {words}", hint)
