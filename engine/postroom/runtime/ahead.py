"""Read one batch while the one before it is decided and written.

A server's line, the processes that read, and the disk are then busy at the same time. The order is
kept, and what one batch changes is known to the next.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from threading import Event

    from postroom.model.decision import Decision
    from postroom.model.envelope import Envelope
    from postroom.rules.ruleset import Account
    from postroom.runtime.engine import Engine


def process_all(
    engine: Engine, account: Account, batches: Iterable[list[Envelope]], stop: Event
) -> int:
    """Work off batches until there are no more or the event is set; return how many messages.

    What was taken from batches is durable when this returns. Raises what reading, deciding or
    batches raise, after what was read before is written.
    """
    count = 0
    writing: Future[list[Decision]] | None = None
    with ThreadPoolExecutor(1, f"{account.name}-write") as writer:
        for batch in batches:
            arrived = engine.read(batch)
            count += len(batch)
            if writing is not None:
                writing.result()
            writing = writer.submit(engine.commit, account, arrived)
            if stop.is_set():
                break
        if writing is not None:
            writing.result()
    return count
