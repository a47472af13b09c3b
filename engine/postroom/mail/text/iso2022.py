"""ISO-2022-JP as it is sent: with the rows and half-width letters that Windows puts into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.mail.defects import Defects

_HIGH: Final = bytes(octet | 0x80 for octet in range(256))
"""Puts a 7-bit set where EUC has it."""
_MOST_ESCAPES: Final = 100_000
"""Of a text whose additions by Windows are looked up one by one."""


def _jis_x_0208(data: bytes) -> str:
    """Decode pairs of 7-bit bytes; rows 9 to 15 and 85 up are those of Windows (CP932)."""
    try:
        return data.translate(_HIGH).decode("euc_jp")
    except UnicodeDecodeError:
        pass
    pairs = bytearray()
    for high, low in zip(data[::2], data[1::2], strict=False):
        row, cell = high - 0x21, low - 0x21
        if not (0 <= row < 94 and 0 <= cell < 94):  # noqa: PLR2004
            pairs += b"?"
            continue
        lead = 0x81 + row // 2 + (0x40 if row >= 62 else 0)  # noqa: PLR2004
        trail = 0x9F + cell if row % 2 else 0x40 + cell + (cell >= 63)  # noqa: PLR2004
        pairs += bytes((lead, trail))
    return pairs.decode("cp932", "replace")


def _jis_x_0212(data: bytes) -> str:
    high = data[: len(data) // 2 * 2].translate(_HIGH)
    triples = b"".join(b"\x8f" + high[n : n + 2] for n in range(0, len(high), 2))
    return triples.decode("euc_jp", "replace")


def _half_width(data: bytes) -> str:
    return data.translate(_HIGH).decode("cp932", "replace")


def _high(codec: str) -> Callable[[bytes], str]:
    """Return a decoder of a 94x94 set that EUC holds in its high half."""
    return lambda data: data.translate(_HIGH).decode(codec, "replace")


def _ascii(data: bytes) -> str:
    """Decode what stands outside the sets; 8-bit bytes there are mostly CP932."""
    return data.decode("ascii") if data.isascii() else data.decode("cp932", "replace")


_SETS: Final[tuple[tuple[bytes, Callable[[bytes], str]], ...]] = (
    (b"(B", _ascii),
    (b"(J", _ascii),
    (b"(H", _ascii),
    (b"(I", _half_width),
    (b"$B", _jis_x_0208),
    (b"$@", _jis_x_0208),
    (b"$(B", _jis_x_0208),
    (b"$(D", _jis_x_0212),
    (b"$A", _high("gb2312")),
    (b"$(A", _high("gb2312")),
    (b"$(C", _high("euc_kr")),
)


def decode_iso2022_jp(data: bytes, defects: Defects) -> str:
    """Decode ISO-2022-JP (RFC 1468, 1554, 2237) with the Windows additions; never raises."""
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        pass
    if data.count(b"\x1b") > _MOST_ESCAPES:
        defects.add("bad_charset_data", "iso-2022-jp")
        return data.decode("iso2022_jp_ext", "replace")
    first, *runs = data.split(b"\x1b")
    out = [_ascii(first)]
    for run in runs:
        escape, undo = next((s for s in _SETS if run.startswith(s[0])), (b"", _ascii))
        if not escape:
            defects.add("bad_charset_data", "iso-2022-jp")
        # A line end puts the set back to ASCII (RFC 1468), whether or not the escape is there.
        double, newline, rest = run[len(escape) :].partition(b"\n")
        out += undo(double.removesuffix(b"\r")), "\n" if newline else "", _ascii(rest)
    text = "".join(out)
    if "\ufffd" in text:
        defects.add("bad_charset_data", "iso-2022-jp")
    return text
