"""What a contract shows: the columns of the table of all transports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, get_args

if TYPE_CHECKING:
    from collections.abc import Callable

Check: TypeAlias = Literal[
    "oldest first", "positions", "settle twice", "probe", "poison", "throttled", "token ends",
    "line cut", "many", "moved to",
]  # fmt: skip
CHECKS: tuple[Check, ...] = get_args(Check)
_ATTRIBUTE = "postroom_shows"
Test = TypeVar("Test", bound="Callable[..., None]")


def shows(*checks: Check) -> Callable[[Test], Test]:
    """Return a decorator that says of a test what it shows."""

    def noted(test: Test) -> Test:
        setattr(test, _ATTRIBUTE, checks)
        return test

    return noted


def shown_by(test: object) -> tuple[Check, ...]:
    """Return what a test shows; nothing if that has no column of its own."""
    found: tuple[Check, ...] = getattr(test, _ATTRIBUTE, ())
    return found
