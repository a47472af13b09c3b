"""Address lists with everything in them that RFC 5322 allows and people send, read once through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postroom.mail.header.words import decode_words, word_end
from postroom.model.message import Mailbox

if TYPE_CHECKING:
    from postroom.mail.defects import Defects
    from postroom.mail.limits import Limits

_SPECIAL: Final = frozenset('"(<>,;:')


class Scanner:
    """Reads an address list, each character once."""

    def __init__(self, text: str, limits: Limits, defects: Defects) -> None:
        self.text = text
        self.limits = limits
        self.defects = defects
        self.mailboxes: list[Mailbox] = []
        self.oddities: list[str] = []
        self.problem: str | None = None
        self._at = 0
        self._in_group = False
        self._words: list[str] = []
        """The pieces of the phrase, or of an address without angle brackets."""
        self._quoted = False
        self._comment = ""
        self._angle: str | None = None

    def run(self) -> None:
        """Read it all, or up to a limit."""
        text = self.text
        while self._at < len(text) and self.problem is None:
            char = text[self._at]
            if char == '"':
                self._words.append(self._quoted_string())
                self._quoted = True
            elif char == "(":
                self._note_comment(self._comment_text())
            elif char == "<":
                self._angle_address()
            elif char in ",;":
                self._finish()
                self._end_group(char)
            elif char == ":" and self._angle is None and not self._has_at():
                self._begin_group()
            elif char in ">:":
                self._odd(f"a stray {char}")
                self._at += 1
            else:
                self._words.append(self._atoms())
        self._finish()

    def _odd(self, what: str) -> None:
        self.oddities.append(what)

    def _has_at(self) -> bool:
        return any("@" in word for word in self._words)

    def _atoms(self) -> str:
        """Read up to the next character that means something."""
        start = self._at
        end = start
        text = self.text
        while end < len(text) and text[end] not in _SPECIAL:
            end = (word_end(text, end) if text[end] == "=" else 0) or end + 1
        self._at = end
        piece = text[start:end]
        if self._angle is not None and piece.strip():
            self._odd("text behind the address")
            return ""
        return piece

    def _quoted_string(self) -> str:
        r"""Read from one quote to the next (RFC 5322 3.2.4); a missing one ends at the end."""
        at = self._at + 1
        out: list[str] = []
        while True:
            end = at
            while end < len(self.text) and self.text[end] not in '"\\':
                end += 1
            out.append(self.text[at:end])
            if end >= len(self.text):
                self._odd("a quote that is not closed")
                self._at = end
                break
            if self.text[end] == '"':
                self._at = end + 1
                break
            out.append(self.text[end + 1 : end + 2])
            at = end + 2
        inside = "".join(out)
        if self.text[self._at : self._at + 1] == "@":
            return f'"{inside}"'  # a quoted local part keeps its quotes
        return inside

    def _comment_text(self) -> str:
        """Read a comment and those inside it, counting them."""
        depth = 0
        start = self._at + 1
        text = self.text
        while self._at < len(text):
            char = text[self._at]
            self._at += 1
            if char == "\\":
                self._at += 1
            elif char == "(":
                depth += 1
                if depth > self.limits.comment_depth:
                    self.problem = (
                        f"comments in an address are nested deeper than "
                        f"{self.limits.comment_depth} levels"
                    )
                    return ""
            elif char == ")":
                depth -= 1
                if not depth:
                    return text[start : self._at - 1]
        self._odd("a comment that is not closed")
        return text[start:]

    def _note_comment(self, comment: str) -> None:
        self._comment = comment
        shown = decode_words(comment, self.defects) if "=?" in comment else comment
        if "@" in shown or "<" in shown:
            self._odd("a comment that may hide an address")
        before = "".join(self._words)
        behind = self.text[self._at : self._at + 1]
        glued = "@" in before and not before.endswith((" ", "\t"))
        if glued or before.rstrip().endswith(("@", ".")) or behind in ("@", "."):
            self._odd("a comment inside the address")

    def _angle_address(self) -> None:
        """Read what stands between < and >."""
        if self._angle is not None:
            self._odd("several addresses in one mailbox")
        end = self._angle_end()
        inside = self.text[self._at + 1 : end]
        if end >= len(self.text):
            self._odd("an angle bracket that is not closed")
        self._at = end + 1
        self._angle = self._without_comments(inside)

    def _angle_end(self) -> int:
        """Return where the bracket is closed; one in a quoted local part does not count."""
        at = self._at + 1
        quoted = False
        while at < len(self.text):
            char = self.text[at]
            if char == "\\" and quoted:
                at += 1
            elif char == '"':
                quoted = not quoted
            elif char == ">" and not quoted:
                return at
            at += 1
        plain = self.text.find(">", self._at)
        return len(self.text) if plain < 0 else plain

    def _without_comments(self, inside: str) -> str:
        """Cut comments and a source route (RFC 5322 4.4) from what angle brackets hold."""
        if "(" in inside and '"' not in inside:
            self._odd("a comment inside the address")
            inside = cut_comments(inside)
        if inside.lstrip().startswith("@") and ":" in inside:
            self._odd("a source route")
            inside = inside.partition(":")[2]
        return inside.removeprefix("mailto:").strip(" \t<")

    def _begin_group(self) -> None:
        self._odd("a group")
        self._in_group = True
        self._words.clear()
        self._quoted = False
        self._at += 1

    def _end_group(self, char: str) -> None:
        if char == ";":
            if not self._in_group:
                self._odd("a semicolon")
            self._in_group = False
        self._at += 1

    def _finish(self) -> None:
        """Add the mailbox that was read, if there is one."""
        words, angle, comment = "".join(self._words).strip(" \t"), self._angle, self._comment
        quoted = self._quoted
        self._words, self._angle, self._comment, self._quoted = [], None, "", False
        if angle is None and not words:
            return
        if len(self.mailboxes) >= self.limits.addresses:
            self.problem = f"a field has more than {self.limits.addresses:,} addresses"
            return
        if angle is None:
            self.mailboxes.append(self._bare(words, comment, quoted=quoted))
            return
        if "@" in words and not quoted and words.lower() != angle.lower():
            self._odd("an address in front of the address")
        name = words or comment
        self.mailboxes.append(Mailbox(shown_name(name, self.defects), angle))

    def _bare(self, words: str, comment: str, *, quoted: bool) -> Mailbox:
        """Return a mailbox without angle brackets: an address, a local name, or only a name."""
        if quoted and not words.startswith('"'):
            self._odd("no address")
            return Mailbox(shown_name(words, self.defects), "")
        blank = " " in words or "\t" in words
        if blank and "@" in words and not words.startswith('"'):
            self._odd("blanks in the address")
            name, _, address = words.rpartition(" ")
            if "@" in address and "@" not in name:
                return Mailbox(shown_name(name, self.defects), address)
            words = "".join(words.split())
        if "@" not in words:
            self._odd("no address")
            if blank or "=?" in words:
                return Mailbox(shown_name(words, self.defects), "")
        return Mailbox(shown_name(comment, self.defects), words)


def shown_name(name: str, defects: Defects) -> str | None:
    """Return a display name decoded, its blanks made single; None for an empty one."""
    if "=?" in name:
        name = decode_words(name, defects)
    return " ".join(name.replace("\x00", "\ufffd").split()) or None


def cut_comments(text: str) -> str:
    """Return text without what stands in brackets."""
    if "(" not in text:
        return text
    out: list[str] = []
    depth = 0
    for char in text:
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif not depth:
            out.append(char)
    return "".join(out)
