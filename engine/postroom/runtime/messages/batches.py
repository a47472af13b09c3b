"""Gather messages into batches that are worth a commit, without making any of them wait.

A commit costs an fsync, so a backlog is committed hundreds of messages at a time. A batch also ends
when it is heavy, so that memory stays flat whatever the messages hold, and when its first message
has waited long enough because the server is slow to bring the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from postroom.model.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Fill:
    """When a batch is full: the first of these that is reached."""

    messages: int = 1_000
    size: int = 4 * 1024 * 1024
    """Bytes of raw mail; two batches are in hand at a time. More saves no time: see benchmarks."""
    seconds: float = 0.25
    """Since its first message came in."""


def batches(
    envelopes: Iterable[Envelope], monotonic: Callable[[], float], fill: Fill | None = None
) -> Iterator[list[Envelope]]:
    """Yield the envelopes in order, none left out, in batches that are never empty.

    If the source raises, what it had brought before is yielded first, then the error goes on.
    """
    full = fill or Fill()
    batch: list[Envelope] = []
    size, since = 0, 0.0
    try:
        for envelope in envelopes:
            if not batch:
                size, since = 0, monotonic()
            batch.append(envelope)
            size += len(envelope.raw)
            late = monotonic() - since >= full.seconds
            if late or size >= full.size or len(batch) >= full.messages:
                yield batch
                batch = []
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
