"""The MIME tree of a message (RFC 2045, 2046). Parts are slices, decoded when wanted."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.header.words import decode_field
from postroom.mail.structure.transfer import decode_transfer
from postroom.mail.text.charset import decode_text
from postroom.mail.text.html import declared_charset

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from postroom.mail.defects import Defects

MESSAGE_TYPES: Final = frozenset({"message/rfc822", "message/global", "message/news"})
"""Types of parts that hold a whole message."""
_NO_VALUES: Final[list[str]] = []
_AS_SENT: Final = frozenset(
    {"authentication-results", "arc-authentication-results", "arc-seal", "received"}
)
"""Fields in which an encoded word is none (RFC 2047 5): decoding it would forge their structure."""


class Headers:
    """The fields of one header block, in order, each unfolded.

    A raw value is text of one character a byte (latin-1), so that no byte is lost.
    """

    __slots__ = ("_defects", "_fields", "_index", "_sevenbit", "_texts", "charset")

    def __init__(
        self,
        fields: list[tuple[str, str]],
        index: dict[str, list[str]],
        defects: Defects,
        charset: str = "",
        *,
        sevenbit: bool = False,
    ) -> None:
        self.charset = charset
        """What to read undeclared 8-bit values with; "" to work it out."""
        self._fields = fields
        self._index = index
        self._defects = defects
        self._sevenbit = sevenbit
        """Whether all is plain ASCII, so that nothing but encoded words needs decoding."""
        self._texts: dict[str, str] = {}
        """Values that were decoded already; most are asked for more than once."""

    def raw_all(self, name: str) -> list[str]:
        """Return the raw values of every field of that name (lower case)."""
        return self._index.get(name, _NO_VALUES)

    def raw(self, name: str) -> bytes:
        """Return the bytes of the first field of that name (lower case), unfolded, or b""."""
        values = self._index.get(name)
        return values[0].encode("latin-1") if values else b""

    def get(self, name: str) -> str:
        """Return the first field of that name (lower case), decoded (RFC 2047), or ""."""
        values = self._index.get(name)
        return self._decoded(values[0]) if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Return every field of that name (lower case), decoded, in order."""
        return tuple(map(self._decoded, self._index.get(name, ())))

    def decoded(self) -> tuple[tuple[str, str], ...]:
        """Return every field in order: name as written, value decoded."""
        if self._sevenbit:
            return tuple([f if "=?" not in f[1] else self._shown(*f) for f in self._fields])
        return tuple([self._shown(name, value) for name, value in self._fields])

    def present(self, names: AbstractSet[str]) -> set[str]:
        """Return those of the names (lower case) that occur."""
        return {name for name in self._index if name in names}

    def doubles(self) -> list[str]:
        """Return the names, in lower case, that occur more than once."""
        if len(self._index) == len(self._fields):
            return []
        return [name for name, values in self._index.items() if len(values) > 1]

    def _shown(self, name: str, value: str) -> tuple[str, str]:
        return name, value if name.lower() in _AS_SENT else self._decoded(value)

    def _decoded(self, value: str) -> str:
        if self._sevenbit and "=?" not in value:
            return value
        text = self._texts.get(value)
        if text is None:
            text = self._texts[value] = decode_field(value, self._defects, self.charset)
        return text


class Part(NamedTuple):
    """One entity of a message: a multipart, a nested message, or a leaf."""

    headers: Headers
    defects: Defects
    """Shared by all parts of a message."""
    content_type: str = "text/plain"
    """Lower case, without parameters."""
    params: Mapping[str, str] = MappingProxyType({})
    """Of Content-Type: names in lower case, values decoded (RFC 2231)."""
    disposition: str = ""
    """Lower case, without parameters; "" if none is given."""
    filename: str = ""
    """As the sender declares it, decoded; not safe to show or to use."""
    content_id: str = ""
    """Without its angle brackets."""
    charset: str = ""
    """As declared, lower case; "" if it is not."""
    leaf: int = -1
    """Which leaf, counted from 0 in the order of the message. A nested message counts as a leaf,
    and so does each leaf in it. -1 for a multipart."""
    children: tuple[Part, ...] = ()
    """Of a multipart; the root of a nested message; what a leaf was unpacked to (TNEF, CMS, uu)."""
    encoding: str = ""
    """Content-Transfer-Encoding, lower case."""
    source: bytes = b""
    """What the part is a slice of."""
    start: int = 0
    end: int = 0

    def __repr__(self) -> str:
        """Return what the part is, and nothing of the mail: it may be logged."""
        return f"Part({self.content_type}, leaf={self.leaf}, {self.end - self.start} bytes)"

    @property
    def is_multipart(self) -> bool:
        """Whether it is a multipart, which has no content of its own."""
        return self.leaf < 0

    def content(self) -> bytes:
        """Return the bytes with the transfer encoding undone; decoded anew at each call."""
        return decode_transfer(self.source[self.start : self.end], self.encoding, self.defects)

    def text(self) -> str:
        r"""Return the content as text: charset undone, lines ended by \n."""
        content = self.content()
        charset = self.charset
        if not charset and self.content_type == "text/html":
            charset = declared_charset(content)
        return decode_text(content, charset, self.defects)

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
