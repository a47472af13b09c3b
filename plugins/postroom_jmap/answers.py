"""Read what a server answers: JSON, in which nothing is believed before it was looked at."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Fields: TypeAlias = "Mapping[str, Any]"


class SenselessError(Exception):
    """An answer is not what RFC 8620 or RFC 8621 say."""


def fields_of(body: bytes) -> Fields:
    """Return an object of JSON. Raises SenselessError."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise SenselessError("it is no JSON") from None
    if not isinstance(found, dict):
        raise SenselessError("it is no object")
    return found


def text(told: Fields, name: str) -> str:
    """Return a text that must be there. Raises SenselessError."""
    found = told.get(name)
    if not isinstance(found, str) or not found:
        raise SenselessError(f"`{name}` is missing")
    return found


def number(told: Fields, name: str) -> int:
    """Return a number that must be there. Raises SenselessError."""
    found = told.get(name)
    if not isinstance(found, int) or found < 0:
        raise SenselessError(f"`{name}` is missing")
    return found


def texts(told: Fields, name: str) -> list[str]:
    """Return a list of texts that must be there. Raises SenselessError."""
    found = told.get(name)
    if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
        raise SenselessError(f"`{name}` is missing")
    return found


def inner(told: Fields, name: str) -> Fields:
    """Return an object in an object; empty if there is none. Raises SenselessError."""
    found = told.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise SenselessError(f"`{name}` is no object")
    return found


def objects(told: Fields, name: str) -> list[Fields]:
    """Return a list of objects that must be there. Raises SenselessError."""
    found = told.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise SenselessError(f"`{name}` is missing")
    return found


def batched(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield keys in lists of at most so many."""
    at = iter(keys)
    while chunk := list(islice(at, size)):
        yield chunk
