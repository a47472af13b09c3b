"""Read one batch while the one before it is decided and written.

A server's line, the processes that read, and the disk are then busy at the same time. The order is
kept, and what one batch changes is known to the next.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor, Future
    from threading import Event

    from postroom.model.decision import Decision
    from postroom.model.envelope import Envelope
    from postroom.rules.ruleset import Account
    from postroom.runtime.engine import Engine
    from postroom.runtime.messages.arrived import Taken


def process_all(
    engine: Engine, account: Account, batches: Iterable[list[Envelope]], stop: Event
) -> int:
    """Work off batches until there are no more or the event is set; return how many messages.

    What was taken from batches is durable when this returns. Raises what reading, deciding or
    batches raise, after what was read before is written.
    """
    count = 0
    with ThreadPoolExecutor(1, f"{account.name}-write") as pool:
        writer = _Writer(engine, pool)
        for batch in batches:
            for group in engine.groups(account, batch):
                if group.deaths is None:
                    writer.write(engine.take(account, group.envelopes))
                else:
                    writer.finish()
                    engine.process_suspects(account, group)
            count += len(batch)
            if stop.is_set():
                break
        writer.finish()
    return count


@dataclass
class _Writer:
    """Commits in a thread of its own, one batch after the other."""

    engine: Engine
    pool: Executor
    writing: Future[list[Decision]] | None = None

    def write(self, taken: Taken) -> None:
        """Begin to commit what was taken, when what came before is durable."""
        try:
            self.finish()
        except BaseException:
            self.engine.drop(taken)
            raise
        self.writing = self.pool.submit(self.engine.commit, taken)

    def finish(self) -> None:
        """Wait until all is durable. Raises what the commit raised."""
        writing, self.writing = self.writing, None
        if writing is not None:
            writing.result()
