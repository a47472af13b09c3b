"""The MIME tree of a message (RFC 2045, 2046). Parts are slices, decoded when wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from postroom.mail.charset import decode
from postroom.mail.html import declared_charset
from postroom.mail.transfer import decode_transfer
from postroom.mail.words import decode_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postroom.mail.defects import Defects

MESSAGE_TYPES: Final = frozenset({"message/rfc822", "message/global", "message/news"})
"""Types of parts that hold a whole message."""


class Headers:
    r"""The fields of one header block, in order, as they were sent.

    A value is held as text of one character a byte (latin-1), a fold marked by a bare \r.
    """

    __slots__ = ("_defects", "_index", "charset", "fields")

    def __init__(
        self, fields: tuple[tuple[str, str], ...], defects: Defects, charset: str = ""
    ) -> None:
        self.fields = fields
        """Name as written, and the raw value."""
        self._defects = defects
        self.charset = charset
        """What to read undeclared 8-bit values with; "" to work it out."""
        self._index: dict[str, list[str]] | None = None

    def raw_all(self, name: str) -> list[str]:
        """Return the raw values of every field of that name (lower case), as latin-1 text."""
        if self._index is None:
            self._index = {}
            for key, value in self.fields:
                self._index.setdefault(key.lower(), []).append(value)
        return self._index.get(name, [])

    def raw(self, name: str) -> bytes:
        """Return the bytes of the first field of that name, folding included, or b""."""
        values = self.raw_all(name.lower())
        return values[0].replace("\r", "\r\n").encode("latin-1") if values else b""

    def get(self, name: str) -> str:
        """Return the first field of that name, unfolded and decoded (RFC 2047), or ""."""
        values = self.raw_all(name.lower())
        return decode_field(values[0], self._defects, self.charset) if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Return every field of that name, unfolded and decoded, in order."""
        values = self.raw_all(name.lower())
        return tuple(decode_field(value, self._defects, self.charset) for value in values)

    def decoded(self) -> tuple[tuple[str, str], ...]:
        """Return every field in order: name as written, value unfolded and decoded."""
        return tuple(
            (name, decode_field(value, self._defects, self.charset)) for name, value in self.fields
        )


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One entity of a message: a multipart, a nested message, or a leaf."""

    headers: Headers
    content_type: str = "text/plain"
    """Lower case, without parameters."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Of Content-Type: names in lower case, values decoded (RFC 2231)."""
    disposition: str = ""
    """Lower case, without parameters; "" if none is given."""
    filename: str = ""
    """As the sender declares it, decoded; not safe to show or to use."""
    content_id: str = ""
    """Without its angle brackets."""
    charset: str = ""
    """As declared, lower case; "" if it is not."""
    index: int = -1
    """Which leaf, counted from 0 in the order of the message. A nested message counts as a leaf,
    and so does each leaf in it. -1 for a multipart."""
    children: tuple[Part, ...] = ()
    """Of a multipart; the root of a nested message; what a leaf was unpacked to (TNEF, CMS, uu)."""
    encoding: str = ""
    """Content-Transfer-Encoding, lower case."""
    source: bytes = field(default=b"", repr=False)
    """What the part is a slice of."""
    start: int = 0
    end: int = 0
    defects: Defects = field(kw_only=True, repr=False)
    """Shared by all parts of a message."""

    @property
    def is_multipart(self) -> bool:
        """Whether it is a multipart, which has no content of its own."""
        return self.index < 0

    def content(self) -> bytes:
        """Return the bytes with the transfer encoding undone; decoded anew at each call."""
        return decode_transfer(self.source[self.start : self.end], self.encoding, self.defects)

    def text(self) -> str:
        r"""Return the content as text: charset undone, lines ended by \n."""
        content = self.content()
        charset = self.charset
        if not charset and self.content_type == "text/html":
            charset = declared_charset(content)
        text = decode(content, charset, self.defects)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text.replace("\x00", "\ufffd") if "\x00" in text else text

    def walk(self) -> Iterator[Part]:
        """Yield this part and all below it, nested messages too, in the order of the message."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))

    def own(self) -> Iterator[Part]:
        """Yield this part and all below it, but nothing out of nested messages."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            if part.content_type not in MESSAGE_TYPES:
                waiting.extend(reversed(part.children))
