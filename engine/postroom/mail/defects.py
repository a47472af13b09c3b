"""What is wrong with a message, collected while it is read."""

from __future__ import annotations

from typing import Final

from postroom.model.message import Defect

DEFECTS: Final[dict[str, str]] = {
    "address_syntax": "an address field does not follow the grammar; what could be read is used",
    "ambiguous_structure": "parsers are known to read this message differently",
    "bad_base64": "base64 data holds other characters or ends in the middle",
    "bad_charset_data": "bytes that the charset does not have were replaced",
    "bad_date": "Date cannot be read",
    "bad_encoded_word": "an encoded word cannot be decoded and stands as it was sent",
    "bad_parameter": "a parameter of Content-Type or Content-Disposition is malformed",
    "bad_quoted_printable": "quoted-printable data holds a broken escape, kept as it stands",
    "bad_tnef": "winmail.dat is damaged; what could be unpacked is there",
    "bad_uuencode": "uuencoded data is damaged",
    "bare_cr": "a carriage return stands alone",
    "bom": "the message begins with a byte order mark",
    "boundary_missing": "a multipart names no boundary, or the boundary never occurs",
    "charset_guessed": "the charset is not declared, or wrong, and was worked out from the bytes",
    "duplicate_field": "a field that may occur once occurs more often",
    "encrypted": "a part is encrypted and cannot be read",
    "field_syntax": "a line of the header is neither a field nor the continuation of one",
    "header_nul": "the header holds a NUL",
    "mbox_from_line": "the message begins with the From line of an mbox file",
    "missing_end": "a multipart ends without its closing delimiter",
    "unknown_charset": "the declared charset is unknown or not allowed",
    "unknown_encoding": "the Content-Transfer-Encoding is unknown; the part is read as it stands",
}
"""Every code, with what it means; docs/reference/message-json.md says the same."""

_MOST = 100


class Defects:
    """The defects of one message, each once, in the order in which they were found."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Defect] = {}

    def add(self, code: str, detail: str = "") -> None:
        """Note a defect; the same one again, or one too many, changes nothing."""
        if len(self._found) < _MOST:
            self._found.setdefault((code, detail), Defect(code, detail))

    @property
    def found(self) -> tuple[Defect, ...]:
        """All of them."""
        return tuple(self._found.values())
