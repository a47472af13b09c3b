"""Where a cursor stands in a rule file, however broken the file is.

While somebody types, a file is hardly ever whole. So the lines above the cursor are gone through
once, by their indentation and brackets, and nothing is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ITEM = "-"
"""The step into an item of a list."""


@dataclass(slots=True)
class Place:
    """A place in a file, as the keys and items that lead to it."""

    steps: tuple[str, ...]
    """Keys, and ITEM for an item of a list. In a value the last step is its key."""
    is_key: bool
    """Whether a key is typed here; it is not among the steps."""
    start: int
    """Where what is being typed starts: the key, or the whole value."""
    siblings: dict[str, str] = field(default_factory=dict)
    """Keys beside it, each with what stands behind it on its line."""


@dataclass(slots=True)
class _Level:
    column: int
    step: str
    siblings: dict[str, str]


def place_at(text: str, offset: int) -> Place:
    """Return the place of an offset."""
    scan = _Scan(text, offset)
    return scan.place()


class _Scan:
    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.end = offset
        self.levels: list[_Level] = []
        self.root: dict[str, str] = {}

    def place(self) -> Place:
        at = 0
        while True:
            stop = self.text.find("\n", at)
            stop = len(self.text) if stop < 0 else stop
            found, at = self._line(at, stop)
            if found is not None:
                return found

    def _line(self, at: int, stop: int) -> tuple[Place | None, int]:
        """Take one line; return the place if the cursor is in it, and where the next one starts."""
        text, here = self.text, stop >= self.end
        start = at
        while at < stop and text[at] == " ":
            at += 1
        column = at - start
        if not here and (at == stop or text[at] in "#\r"):
            return None, stop + 1
        if here and self.end < at:  # in the margin
            column = self.end - start
            at = self.end
        while text[at : at + 1] == "-" and text[at + 1 : at + 2] in (" ", "\n", "\r", ""):
            if here and self.end <= at:
                break
            self._leave(column, item=True)
            self.levels.append(_Level(column, ITEM, {}))
            at += 1
            while at < stop and text[at] == " " and not (here and at >= self.end):
                at += 1
            column = at - start
        return self._entry(at, column, stop, here=here)

    def _leave(self, column: int, *, item: bool) -> None:
        while self.levels:
            last = self.levels[-1]
            beside = item and last.step != ITEM and last.column == column
            if last.column < column or beside:
                return
            self.levels.pop()

    def _siblings(self) -> dict[str, str]:
        return self.levels[-1].siblings if self.levels else self.root

    def _steps(self) -> tuple[str, ...]:
        return tuple(level.step for level in self.levels)

    def _entry(self, at: int, column: int, stop: int, *, here: bool) -> tuple[Place | None, int]:
        colon = _colon(self.text, at, stop)
        if colon < 0 or (here and self.end <= colon):
            is_value = colon < 0 and (self.text[at : at + 1] in ("{", "[") or self._in_list(column))
            if is_value:
                return self._value(at, column, stop)
            if not here:
                return None, stop + 1
            self._leave(column, item=False)
            siblings = self._siblings() | self._below(column, stop)
            return Place(self._steps(), is_key=True, start=at, siblings=siblings), stop
        self._leave(column, item=False)
        key = self.text[at:colon].strip().strip("\"'")
        value = self.text[colon + 1 : stop].strip()
        siblings = self._siblings()
        siblings[key] = value
        self.levels.append(_Level(column, key, {}))
        at = colon + 1
        while at < stop and self.text[at] == " ":
            at += 1
        found, after = self._value(min(at, self.end) if here else at, column, stop)
        if found is not None:
            found.siblings = found.siblings or siblings
        return found, after

    def _in_list(self, column: int) -> bool:
        return bool(self.levels) and self.levels[-1].step == ITEM and column > 0

    def _below(self, column: int, at: int) -> dict[str, str]:
        """Return the keys that follow in the same block."""
        found: dict[str, str] = {}
        for line in self.text[at + 1 :].split("\n"):
            bare = line.lstrip(" ")
            if not bare or bare[0] == "#":
                continue
            if len(line) - len(bare) < column or (
                len(line) - len(bare) == column and bare[0] == "-"
            ):
                break
            key, colon, value = bare.partition(":")
            if colon and len(line) - len(bare) == column:
                found[key.strip().strip("\"'")] = value.strip()
        return found

    def _value(self, at: int, column: int, stop: int) -> tuple[Place | None, int]:
        """Take a value; it may go on in further lines."""
        text = self.text
        sign = text[at : at + 1]
        if sign in ("|", ">"):
            return self._block(at, column, stop)
        if sign in ("{", "["):
            return self._flow(at)
        if sign in ("'", '"'):
            end = _end_of_quoted(text, at, len(text))
            line_end = text.find("\n", end)
            if self.end <= end or line_end < 0:
                return Place(self._steps(), is_key=False, start=at), end
            return None, line_end + 1
        if self.end <= stop:
            return Place(self._steps(), is_key=False, start=at), stop
        return None, stop + 1

    def _block(self, at: int, column: int, stop: int) -> tuple[Place | None, int]:
        """Take a literal or folded text: all lines that are indented deeper than its key."""
        if self.end <= stop:
            return Place(self._steps(), is_key=False, start=at), stop
        start = line = stop + 1
        while line <= len(self.text):
            end = self.text.find("\n", line)
            end = len(self.text) if end < 0 else end
            body = self.text[line:end]
            margin = len(body) - len(body.lstrip(" "))
            if body.strip() and margin <= column:
                break
            if line <= self.end <= end and (body.strip() or self.end - line > column):
                return Place(self._steps(), is_key=False, start=start), end
            if end >= len(self.text):
                break
            line = end + 1
        return None, line

    def _flow(self, at: int) -> tuple[Place | None, int]:
        """Take what stands in brackets, up to the cursor or to where they close."""
        text, base = self.text, self._steps()
        opened: list[_Flow] = []
        while at < len(text) and (at < self.end or not opened):
            letter = text[at]
            if letter in "{[":
                opened.append(_Flow(letter, at + 1))
            elif letter in "}]":
                opened.pop()
            else:
                at = self._within(opened[-1], at)
            at += 1
            if not opened:
                line_end = text.find("\n", at)
                if line_end < 0 or self.end <= line_end:
                    return Place(base, is_key=False, start=at), at
                return None, line_end + 1
        return self._in_flow(base, opened), at

    def _within(self, inner: _Flow, at: int) -> int:
        """Take one letter, text or comment within brackets; return where it ends."""
        text, letter = self.text, self.text[at]
        if letter == ",":
            inner.next(text, at)
        elif letter == ":" and inner.takes_key(text, at):
            inner.key = text[inner.start : at].strip().strip("\"'")
            inner.start = at + 1
        elif letter in "'\"" and not text[inner.start : at].strip():
            return min(_end_of_quoted(text, at, len(text)), self.end) - 1
        elif letter == "#" and text[at - 1] in " \n":
            line_end = text.find("\n", at)
            return self.end if line_end < 0 else line_end
        return at

    def _in_flow(self, base: tuple[str, ...], opened: list[_Flow]) -> Place:
        steps = list(base)
        for level in opened:
            if level.bracket == "[":
                steps.append(ITEM)
            elif level.key:
                steps.append(level.key)
        last = opened[-1]
        start = last.start
        while start < self.end and self.text[start] in " \n":
            start += 1
        is_key = last.bracket == "{" and not last.key
        siblings = last.siblings | last.behind(self.text, self.end)
        return Place(tuple(steps), is_key=is_key, start=start, siblings=siblings)


@dataclass(slots=True)
class _Flow:
    """Brackets that are open, and what stands between the last comma and here."""

    bracket: str
    start: int
    key: str = ""
    siblings: dict[str, str] = field(default_factory=dict)

    def takes_key(self, text: str, at: int) -> bool:
        follows = text[at + 1 : at + 2] in (" ", "\n", "\r", "")
        return self.bracket == "{" and not self.key and follows

    def next(self, text: str, at: int) -> None:
        """End what stands before a comma."""
        if self.key:
            self.siblings[self.key] = text[self.start : at].strip().strip("\"'")
        self.key, self.start = "", at + 1

    def behind(self, text: str, at: int) -> dict[str, str]:
        """Return the keys that follow on the same line, as far as they are simple."""
        line_end = text.find("\n", at)
        rest = text[at : len(text) if line_end < 0 else line_end]
        found = {}
        depth = 0
        for piece in rest.split(",")[1:]:
            key, colon, value = piece.partition(":")
            if colon and depth == 0:
                found[key.strip().strip("\"'{")] = value.strip(" }]\"'")
            depth += piece.count("{") + piece.count("[") - piece.count("}") - piece.count("]")
            if depth < 0:
                break
        return found


def _colon(text: str, at: int, stop: int) -> int:
    """Return where the colon of a key stands on a line, or -1."""
    if text[at : at + 1] in ("{", "["):
        return -1
    if text[at : at + 1] in ("'", '"'):
        end = _end_of_quoted(text, at, stop)
        return end if text[end : end + 1] == ":" else -1
    while at < stop:
        at = text.find(":", at, stop)
        if at < 0 or at + 1 == stop or text[at + 1] in " \r":
            return at
        at += 1
    return -1


def _end_of_quoted(text: str, at: int, stop: int) -> int:
    """Return the offset behind the closing quote of what starts at an offset."""
    quote = text[at]
    at += 1
    while at < stop:
        if quote == '"' and text[at] == "\\":
            at += 1
        elif text[at] == quote:
            if quote == '"' or text[at + 1 : at + 2] != quote:
                return at + 1
            at += 1
        at += 1
    return stop
