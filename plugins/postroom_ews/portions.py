"""Fetch messages some at a time, as many as memory allows; a bad one costs only itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.diagnostic import Problem
from postroom_ews.problems import DeclinedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom_ews.session import Change, Session

AT_ONCE = 50
_TOGETHER = 1024 * 1024
"""Bytes, as the server states sizes, of which several messages are fetched in one go."""

_SENSELESS = "PR515"


def portions(listed: Iterable[Change]) -> Iterator[list[Change]]:
    """Yield messages in portions, in their order; one that is large is alone."""
    portion: list[Change] = []
    size = 0
    for each in listed:
        if portion and (len(portion) == AT_ONCE or size + each.size > _TOGETHER):
            yield portion
            portion, size = [], 0
        portion.append(each)
        size += each.size
    if portion:
        yield portion


def contents(session: Session, portion: list[Change]) -> Iterator[bytes | DeclinedError]:
    """Yield the messages of a portion, or why one of them cannot be had. Raises Problem."""
    keys = [each.key for each in portion]
    if len(keys) > 1:
        try:
            together = session.contents(keys)
        except DeclinedError:
            together = []  # one of them spoils it for all
        except Problem as problem:
            if problem.diagnostic.code != _SENSELESS:
                raise
            together = []
        if together:
            yield from together
            return
    for key in keys:
        yield _alone(session, key)


def _alone(session: Session, key: str) -> bytes | DeclinedError:
    """Return a message, or why it cannot be had.

    An answer that makes no sense twice, from a server that answers otherwise, is a fault of the
    message.
    """
    nonsense: Problem | None = None
    try:
        for _ in range(2):
            try:
                return session.content(key)
            except Problem as problem:
                if problem.diagnostic.code != _SENSELESS:
                    raise
                nonsense = problem
            session.size(key)
    except DeclinedError as declined:
        return declined
    return DeclinedError("ErrorContentConversionFailed", str(nonsense))
