"""Which literal texts a pattern cannot do without.

Wherever a pattern fits, one of the texts returned here stands, once all letters are casefolded.
That is sound and not complete: of whatever is not understood here, nothing is claimed. Patterns are
those of RE2 (https://github.com/google/re2/wiki/Syntax), and were compiled by it before.
"""

from __future__ import annotations

from typing import NamedTuple

Texts = frozenset[str]

_MOST = 16
"""Alternatives that are kept apart."""
_DEEPEST = 20
_NOTHING: Texts = frozenset([""])
_CLASSES = frozenset("dDsSwWC")
_PLACES = frozenset("AzbB")
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_FEW = 4
"""Letters of `[ab]` that are taken one by one."""


class _Unclear(Exception):  # noqa: N818 - the pattern is right; it is not understood here
    """Something that is not worth understanding."""


class _Piece(NamedTuple):
    """What is known of a piece of a pattern."""

    exact: Texts | None
    """All that it can fit, casefolded, if that is little."""
    required: Texts | None
    """Of these, one stands in whatever it fits."""


_ANYTHING = _Piece(None, None)


def required(pattern: str) -> Texts | None:
    """Return texts of which one stands, casefolded, wherever a pattern fits; None for no claim."""
    try:
        reader = _Reader(pattern)
        found = reader.alternatives(0)
    except _Unclear:
        return None
    return found.required if reader.at == len(pattern) else None


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def ahead(self, signs: str) -> bool:
        """Return whether these signs come next, and step over them if so."""
        if self.pattern.startswith(signs, self.at):
            self.at += len(signs)
            return True
        return False

    def alternatives(self, depth: int) -> _Piece:
        """Read `a|b|c`, up to a closing bracket or the end."""
        if depth > _DEEPEST:
            raise _Unclear
        found = [self.row(depth)]
        while self.ahead("|"):
            found.append(self.row(depth))
        return found[0] if len(found) == 1 else _any_of(found)

    def row(self, depth: int) -> _Piece:
        """Read what stands side by side."""
        row = _Row()
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            piece = self.piece(depth)
            row.add(*self.repeated(piece))
        return row.piece()

    def piece(self, depth: int) -> _Piece:
        """Read one sign, one class, or a group."""
        letter = self.pattern[self.at]
        self.at += 1
        match letter:
            case "(":
                return self.group(depth)
            case "[":
                return self.letters()
            case "\\":
                return self.escape()
            case ".":
                return _ANYTHING
            case "^" | "$":
                return _exactly(_NOTHING)
            case "*" | "+" | "?":
                raise _Unclear
            case _:
                return _exactly(frozenset([letter.casefold()]))

    def group(self, depth: int) -> _Piece:
        """Read what is behind `(`."""
        if self.ahead("?"):
            if self.ahead("P<") or self.ahead("<"):
                self.until(">")
            elif self.flags() == ")":
                return _exactly(_NOTHING)
        found = self.alternatives(depth + 1)
        if not self.ahead(")"):
            raise _Unclear
        return found

    def flags(self) -> str:
        """Read `i-s:` or `i)`; whether letters match in either case makes no difference here."""
        while self.at < len(self.pattern):
            letter = self.pattern[self.at]
            self.at += 1
            if letter in ":)":
                return letter
            if letter not in "imsU-":
                break
        raise _Unclear

    def until(self, sign: str) -> str:
        """Step behind the next such sign; return what stands before it."""
        end = self.pattern.find(sign, self.at)
        if end < 0:
            raise _Unclear
        before, self.at = self.pattern[self.at : end], end + len(sign)
        return before

    def letters(self) -> _Piece:
        """Read what is behind `[`."""
        start = self.at
        self.ahead("^")
        self.ahead("]")
        while not self.ahead("]"):
            if self.ahead("[:"):
                self.until(":]")
            elif self.ahead("\\"):
                if self.ahead("Q"):
                    raise _Unclear
                self.at += 1
            else:
                self.at += 1
            if self.at >= len(self.pattern):
                raise _Unclear
        inside = self.pattern[start : self.at - 1]
        if inside.isalnum() and len(inside) <= _FEW:
            return _exactly(frozenset(letter.casefold() for letter in inside))
        return _ANYTHING

    def escape(self) -> _Piece:
        """Read what is behind a backslash."""
        letter = self.pattern[self.at : self.at + 1]
        self.at += 1
        if letter in _CLASSES:
            return _ANYTHING
        if letter in _PLACES:
            return _exactly(_NOTHING)
        if letter in _LETTERS:
            return _exactly(frozenset([_LETTERS[letter]]))
        if letter in ("p", "P"):
            if self.ahead("{"):
                self.until("}")
            else:
                self.at += 1
            return _ANYTHING
        if not letter or letter.isalnum() or not letter.isascii():
            raise _Unclear
        return _exactly(frozenset([letter]))

    def repeated(self, piece: _Piece) -> tuple[_Piece, bool]:
        """Read `*`, `+`, `?` or `{2,3}`; return what is there at least, and if more may follow."""
        least, most = self.times()
        if self.at and (least, most) != (1, 1):
            self.ahead("?")
            if self.pattern[self.at : self.at + 1] in ("*", "+", "?"):
                raise _Unclear
        if (least, most) == (1, 1):
            return piece, False
        if (least, most) == (0, 1) and piece.exact is not None:
            return _exactly(piece.exact | _NOTHING), False
        return (piece if least else _ANYTHING), True

    def times(self) -> tuple[int, int]:
        """Return how often a piece stands: at least, and 1 or 2 for more than once at most."""
        if self.ahead("*"):
            return 0, 2
        if self.ahead("+"):
            return 1, 2
        if self.ahead("?"):
            return 0, 1
        if not self.ahead("{"):
            return 1, 1
        least, _, most = self.until("}").partition(",")
        if not (least.isdecimal() and (most.isdecimal() or not most)):
            raise _Unclear
        return int(least != "0" * len(least)), 2


class _Row:
    """Pieces side by side: the texts that they make together, and the best demand so far."""

    def __init__(self) -> None:
        self.run: Texts = _NOTHING
        self.whole = True
        self.demands: list[Texts] = []

    def add(self, piece: _Piece, more: bool) -> None:  # noqa: FBT001 - one of two halves
        joined = None
        if piece.exact is not None and len(piece.exact) * len(self.run) <= _MOST:
            joined = frozenset(a + b for a in self.run for b in piece.exact)
        if joined is not None:
            self.run = joined
        elif piece.required is not None:
            self.demands.append(piece.required)
        if joined is None or more:
            self.end_run()

    def end_run(self) -> None:
        self.demands.append(self.run)
        self.run, self.whole = _NOTHING, False

    def piece(self) -> _Piece:
        if self.whole:
            return _exactly(self.run)
        demands = [each for each in (*self.demands, self.run) if all(each)]
        return _Piece(None, max(demands, key=strength, default=None))


def strength(texts: Texts) -> tuple[int, int]:
    """Return how much a demand rules out: the longer its shortest text, the more."""
    return min(map(len, texts)), -len(texts)


def _exactly(texts: Texts) -> _Piece:
    return _Piece(texts, texts if all(texts) else None)


def _any_of(pieces: list[_Piece]) -> _Piece:
    exact: Texts | None = frozenset()
    wanted: Texts | None = frozenset()
    for each in pieces:
        exact = None if exact is None or each.exact is None else exact | each.exact
        wanted = None if wanted is None or each.required is None else wanted | each.required
    if exact is not None and len(exact) > _MOST:
        exact = None
    return _Piece(exact, wanted)
