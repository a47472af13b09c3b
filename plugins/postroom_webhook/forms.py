"""Read forms: multipart/form-data (RFC 7578) and application/x-www-form-urlencoded.

By hand, for the standard library's reader of messages guesses and is slow on hostile input; every
byte is looked at a bounded number of times, and values stay bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from postroom.hooks.http_talk import RefusedError

if TYPE_CHECKING:
    from postroom.hooks.http_talk import Request

_MOST_FIELDS: Final = 500
_MOST_HEADER: Final = 4_096
_LONGEST_BOUNDARY: Final = 70


def fields(request: Request) -> dict[str, bytes]:
    """Return the fields of a form; of several with one name the first. Raises RefusedError."""
    kind, _, parameters = request.header("content-type").partition(";")
    match kind.strip().casefold():
        case "multipart/form-data":
            return _multipart(request.body, _parameter(parameters, "boundary"))
        case "application/x-www-form-urlencoded":
            return _urlencoded(request.body)
        case _:
            raise RefusedError(415, "a form is wanted")


def text(found: dict[str, bytes], name: str) -> str:
    """Return a field as text, or ""."""
    return found.get(name, b"").decode("utf-8", "replace")


def _urlencoded(body: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        pairs = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise _bad() from None
    for name, value in pairs:
        found.setdefault(name, value.encode("latin-1"))
    return found


def _multipart(body: bytes, boundary: str) -> dict[str, bytes]:
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY or not boundary.isascii():
        raise _bad()
    mark = b"\r\n--" + boundary.encode("ascii")
    pieces = (b"\r\n" + body).split(mark, _MOST_FIELDS + 1)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):  # noqa: PLR2004 - nothing, or no end
        raise _bad()
    found: dict[str, bytes] = {}
    for piece in pieces[1:-1]:
        head, empty, value = piece.partition(b"\r\n\r\n")
        if not empty or len(head) > _MOST_HEADER:
            raise _bad()
        name = _field_name(head)
        if name:
            found.setdefault(name, value)
    return found


def _field_name(head: bytes) -> str:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, rest = line.partition(":")
        if name.strip().casefold() == "content-disposition":
            return _parameter(rest.partition(";")[2], "name")
    return ""


def _parameter(words: str, name: str) -> str:
    for each in words.split(";"):
        key, _, value = each.partition("=")
        if key.strip().casefold() == name:
            return value.strip().strip('"')
    return ""


def _bad() -> RefusedError:
    return RefusedError(400, "the form cannot be read")
