"""RTF to text, and the compression Exchange puts it in (MS-OXRTFCP); for bodies in winmail.dat."""

from __future__ import annotations

import struct
from typing import Final

import re2

from postroom.mail.defects import Defects
from postroom.mail.text.charset import decode

_HEAD: Final = struct.Struct("<IIII")
_COMPRESSED: Final = 0x75465A4C
_PLAIN: Final = 0x414C454D
_RING: Final = 4096
_MOST_OUTPUT: Final = 2_000_000
_INITIAL: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_SYMBOLS: Final = {
    b"~": " ",
    b"_": "-",
    b"\r": "\n",
    b"\n": "\n",
    b"\\": "\\",
    b"{": "{",
    b"}": "}",
}

_TOKEN: Final = re2.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)"
)
_SILENT: Final = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr "
    b"listtable listoverridetable rsidtbl generator themedata datastore".split()
)
_BREAKS: Final = {
    b"par": "\n",
    b"line": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"row": "\n",
    b"cell": "\t",
    b"tab": "\t",
    b"emdash": "\u2014",
    b"endash": "\u2013",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
    b"bullet": "\u2022",
}


def uncompressed(data: bytes) -> bytes:
    """Undo the compression; what is not compressed is returned as it is."""
    if len(data) < _HEAD.size:
        return data
    _, size, kind, _ = _HEAD.unpack_from(data)
    if kind == _PLAIN:
        return data[_HEAD.size : _HEAD.size + size]
    if kind != _COMPRESSED:
        return data
    return _lzfu(data, min(size, _MOST_OUTPUT))


def _lzfu(data: bytes, size: int) -> bytes:
    """Undo LZFu: flags of eight, each a letter or a reference into the last 4096 bytes."""
    out = bytearray(_INITIAL)
    begin = len(_INITIAL)
    at = _HEAD.size
    while at < len(data) and len(out) - begin < size:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            reference = int.from_bytes(data[at : at + 2], "big")
            at += 2
            offset, length = reference >> 4, (reference & 15) + 2
            distance = (len(out) - offset) % _RING
            if distance == 0:
                return bytes(out[begin : begin + size])
            source = len(out) - distance
            for n in range(source, source + length):
                out.append(out[n] if n >= 0 else 0x20)
    return bytes(out[begin : begin + size])


def rtf_text(data: bytes) -> str:
    """Return the text that an RTF document shows, in linear time."""
    document = _Document()
    for match in _TOKEN.finditer(data[:_MOST_OUTPUT]):
        document.token(*match.groups())
    document.flush()
    return "".join(document.out).strip()


class _Document:
    """Reads RTF token by token; what a group that shows nothing holds is passed over."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._silent = [False]
        """For each open group, whether it shows nothing."""
        self._charset = "cp1252"
        self._octets = bytearray()
        """Bytes given in hex that are not yet decoded: letters may take several."""
        self._skip = 0
        """How many letters stand in for a Unicode character that was read already."""

    def token(
        self,
        word: bytes | None,
        number: bytes | None,
        octet: bytes | None,
        symbol: bytes | None,
        brace: bytes | None,
        plain: bytes | None,
    ) -> None:
        """Read one token; all but its own kind are None."""
        if octet is not None:
            self._octet(octet)
            return
        self.flush()
        if brace is not None:
            self._brace(brace)
        elif symbol == b"*" or word in _SILENT:
            self._silent[-1] = True
        elif self._silent[-1]:
            return
        elif word is not None:
            self._word(word, int(number) if number else None)
        elif symbol is not None:
            self.out.append(_SYMBOLS.get(symbol, ""))
        elif plain is not None:
            self.out.append(self._decoded(plain[self._skip :]))
            self._skip = 0

    def _octet(self, octet: bytes) -> None:
        if self._skip:
            self._skip -= 1
        elif not self._silent[-1]:
            self._octets.append(int(octet, 16))

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            self._silent.append(self._silent[-1])
        elif len(self._silent) > 1:
            self._silent.pop()

    def _word(self, word: bytes, number: int | None) -> None:
        if word == b"ansicpg" and number:
            self._charset = f"cp{number}"
        elif word == b"u" and number is not None:
            self.out.append(_character(number))
            self._skip = 1
        else:
            self.out.append(_BREAKS.get(word, ""))

    def flush(self) -> None:
        """Decode the bytes that have gathered."""
        if self._octets:
            self.out.append(self._decoded(bytes(self._octets)))
            self._octets.clear()

    def _decoded(self, data: bytes) -> str:
        return decode(data, self._charset, Defects())


def _character(number: int) -> str:
    """Return the character of a signed 16-bit number; half of a pair cannot be shown."""
    number &= 0xFFFF
    return "\ufffd" if 0xD800 <= number < 0xE000 else chr(number)  # noqa: PLR2004
