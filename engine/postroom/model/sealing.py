"""How an audit entry is written down so that nothing in it can change unseen.

The body is JSON in its canonical form (RFC 8785) and is hashed as a leaf of a Merkle tree
(RFC 6962 2.1). A personal value does not stand in the body: a salted commitment does, so that the
value can be erased and the hash still holds.
"""

from __future__ import annotations

import hashlib
from json.encoder import encode_basestring
from types import NoneType
from typing import TYPE_CHECKING, Any

from postroom.model.plain import LARGEST, Json, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SALT_BYTES = 16


def canonical(value: Json) -> str:
    """Return the value as RFC 8785 writes it.

    Raises TypeError for what is not `Json`, fractions among it, and ValueError for a whole number
    that not every reader understands.
    """
    try:
        return _WRITERS[type(value)](value)
    except KeyError as error:
        raise TypeError(f"{error.args[0].__name__} is not written to the audit log") from None


def _list(value: list[Json]) -> str:
    return "[" + ",".join([_WRITERS[type(each)](each) for each in value]) + "]"


def _object(value: dict[str, Json]) -> str:
    keys = sorted(value)
    if not "".join(keys).isascii():  # the order is that of UTF-16, not that of code points
        keys.sort(key=lambda key: key.encode("utf-16-be"))
    quote, write = encode_basestring, _WRITERS
    return "{" + ",".join([f"{quote(key)}:{write[type(v := value[key])](v)}" for key in keys]) + "}"


def _number(value: int) -> str:
    if -LARGEST <= value <= LARGEST:
        return str(value)
    raise ValueError(f"{value} is too large for a number in JSON")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    dict: _object,
    list: _list,
    int: _number,
    bool: lambda value: "true" if value else "false",
    NoneType: lambda _: "null",
}
"""By exact type, for a `bool` is an `int` too."""


def leaf(body: str) -> bytes:
    """Return the leaf hash of a body (RFC 6962 2.1): SHA-256 over a zero byte and the text."""
    return hashlib.sha256(b"\x00" + body.encode("utf-8")).digest()


def seal(kind: str, body: Mapping[str, Json]) -> tuple[str, bytes]:
    """Return an entry's body in its canonical form, its kind within it, and its leaf hash."""
    text = canonical({**body, "kind": kind})
    return text, leaf(text)


def commitment(salt: bytes, value: str) -> str:
    """Return SHA-256 over salt and value in hex: it fixes the value without giving it away."""
    return hashlib.sha256(salt + value.encode("utf-8")).hexdigest()


class Hidden:
    """The personal values of one entry, and what stands for them in its body."""

    def __init__(self, salt: Callable[[], bytes]) -> None:
        self._salt = salt
        self._rows: list[tuple[str, bytes, str]] = []

    def hide(self, pointer: str, value: object) -> Json:
        """Return what stands for the value at that place (RFC 6901) of the body.

        Nothing (None, "" and an empty list) is not hidden: it says nothing about anybody.
        """
        found = plain(value)
        if found is None or found in ("", [], {}):
            return found
        salt, text = self._salt(), canonical(found)
        self._rows.append((pointer, salt, text))
        return {"private": commitment(salt, text)}

    @property
    def rows(self) -> tuple[tuple[str, bytes, str], ...]:
        """Place, salt and value (as JSON) of each, for `Entry.private`."""
        return tuple(self._rows)


def pointer(*steps: str | int) -> str:
    """Return a JSON pointer (RFC 6901) to a place in a body."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def revealed(body: Any, private: Iterable[tuple[str, Any]]) -> Any:  # noqa: ANN401 - it is JSON
    """Return a copy of a body with values back in the places that pointers name.

    A place whose value was erased keeps its commitment.
    """
    return _revealed(body, "", dict(private))


def _revealed(node: Any, here: str, private: Mapping[str, Any]) -> Any:  # noqa: ANN401
    if here in private:
        return private[here]
    if isinstance(node, dict):
        return {k: _revealed(each, here + pointer(k), private) for k, each in node.items()}
    if isinstance(node, list):
        return [_revealed(each, here + pointer(i), private) for i, each in enumerate(node)]
    return node
