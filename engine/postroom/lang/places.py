"""Where in HTML a hole stands, and how what it gives is to be written there.

A template's own HTML is its author's and stays as it is. What comes from mail must not get out of
the text or of the quoted attribute that it is put into; where no way of writing makes sure of that,
in a script, a style, a tag itself, a hole is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.expression import Encoding

_BLANKS = " \t\r\n\f"
_RAW = ("script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext")
"""Elements in which entities are not read."""
_URLS = ("href", "src", "action", "formaction", "background", "cite", "poster", "data", "srcset")
_SCHEMES = ("https://", "http://")

State = Literal[
    "text", "opened", "name", "tag", "attribute", "after", "equals", "bare", "value",
    "markup", "comment", "raw",
]  # fmt: skip


class Unsafe(NamedTuple):
    """Why nothing from mail can be put at a place."""

    message: str
    hint: str


@dataclass(slots=True)
class Html:
    """Reads the literal text of a template up to each hole (WHATWG HTML 13.2.5, simplified)."""

    state: State = "text"
    element: str = ""
    attribute: str = ""
    quote: str = ""
    seen: str = ""
    """What was read of a value, of a comment, or of a raw element."""
    _steps: dict[State, Callable[[str], None]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Tie each state to what it does with a letter."""
        self._steps = {state: getattr(self, f"_in_{state}") for state in get_args(State)}

    def read(self, text: str) -> None:
        """Go on through literal text."""
        for letter in text:
            self._steps[self.state](letter)

    def hole(self) -> Encoding | Unsafe:
        """Return how a hole at this place is written."""
        if self.state == "text":
            return "html"
        if self.state == "value":
            return self._hole_in_value()
        if self.state == "raw":
            hint = "put it into the text of an element"
            return Unsafe(f"nothing from mail can stand in <{self.element}>", hint)
        if self.state in ("markup", "comment"):
            return Unsafe("nothing from mail can stand in a comment", "take the comment away")
        return Unsafe(
            "nothing from mail can stand in a tag", 'put it in quotes: title="${subject}"'
        )

    def _hole_in_value(self) -> Encoding | Unsafe:
        before, self.seen = self.seen.lstrip(_BLANKS).lower(), self.seen + "x"
        if self.attribute in ("style", "srcdoc") or self.attribute.startswith("on"):
            hint = "put it into the text of an element"
            return Unsafe(f"nothing from mail can stand in `{self.attribute}`", hint)
        if self.attribute not in _URLS:
            return "html"
        scheme = next((each for each in _SCHEMES if before.startswith(each)), None)
        if before.startswith("mailto:") or (scheme and "/" in before.removeprefix(scheme)):
            return "url"
        hint = f'write the server out: {self.attribute}="https://portal.example/${{record.id}}"'
        return Unsafe("what comes from mail cannot say where a link leads", hint)

    def _in_text(self, letter: str) -> None:
        if letter == "<":
            self.state = "opened"

    def _in_opened(self, letter: str) -> None:
        if letter == "!":
            self.state, self.seen = "markup", ""
        elif letter == "/" or letter.isalpha():
            self.state, self.element = "name", letter.lower()
        else:
            self.state = "text"

    def _in_name(self, letter: str) -> None:
        if letter == ">":
            self._close_tag()
        elif letter in _BLANKS or letter == "/":
            self.state = "tag"
        else:
            self.element += letter.lower()

    def _in_tag(self, letter: str) -> None:
        if letter == ">":
            self._close_tag()
        elif letter not in _BLANKS and letter != "/":
            self.state, self.attribute = "attribute", letter.lower()

    def _in_attribute(self, letter: str) -> None:
        if letter == ">":
            self._close_tag()
        elif letter == "=":
            self.state = "equals"
        elif letter in _BLANKS:
            self.state = "after"
        else:
            self.attribute += letter.lower()

    def _in_after(self, letter: str) -> None:
        if letter == "=":
            self.state = "equals"
        elif letter not in _BLANKS:
            self.state = "tag"
            self._in_tag(letter)

    def _in_equals(self, letter: str) -> None:
        if letter in ("'", '"'):
            self.state, self.quote, self.seen = "value", letter, ""
        elif letter == ">":
            self._close_tag()
        elif letter not in _BLANKS:
            self.state = "bare"

    def _in_bare(self, letter: str) -> None:
        if letter == ">":
            self._close_tag()
        elif letter in _BLANKS:
            self.state = "tag"

    def _in_value(self, letter: str) -> None:
        if letter == self.quote:
            self.state = "tag"
        else:
            self.seen += letter

    def _in_markup(self, letter: str) -> None:
        self.seen += letter
        if letter == ">":
            self.state = "text"
        elif self.seen == "--":
            self.state = "comment"

    def _in_comment(self, letter: str) -> None:
        self.seen = (self.seen + letter)[-3:]
        if self.seen == "-->":
            self.state = "text"

    def _in_raw(self, letter: str) -> None:
        end = f"</{self.element}"
        self.seen = (self.seen + letter.lower())[-len(end) :]
        if self.seen == end:
            self.state, self.element = "tag", f"/{self.element}"

    def _close_tag(self) -> None:
        self.state, self.seen = ("raw", "") if self.element in _RAW else ("text", "")
