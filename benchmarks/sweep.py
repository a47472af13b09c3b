"""What a sweep of a folder costs that holds nothing new, with CONDSTORE (RFC 7162) and without.

A Dovecot on this machine has COUNT small messages in a folder, and a ledger in DuckDB holds all of
them. Bytes are what the server says inside TLS, times the medians of five sweeps, each of which
opens the folder anew; what that costs by itself depends on the server and stands first.

    python benchmarks/sweep.py [COUNT]     100,000; takes Linux and Dovecot
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from from_dovecot import fill  # noqa: E402 - the tests' servers lie in the root
from tests.plugins.imap.box import Box  # noqa: E402
from tests.servers.ca import LocalCA  # noqa: E402
from tests.servers.dovecot import Dovecot  # noqa: E402

from postroom.model.batch import Batch, Received  # noqa: E402
from postroom.runtime.position import LedgerPosition  # noqa: E402
from postroom_duckdb.settings import DuckdbSettings  # noqa: E402
from postroom_duckdb.store import DuckdbStore  # noqa: E402
from postroom_imap import seen  # noqa: E402
from postroom_imap.wire import Wire  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT, ROUNDS = 100_000, 5


def main(count: int) -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="sweep"))
    ca = LocalCA(folder)
    server = Dovecot(ca.issue(), ca.ca_file, "http://127.0.0.1:1").start()
    try:
        user = server.user()
        fill(user, (b"Subject: %d\r\n\r\nText.\r\n" % number for number in range(count - 1)))
        store = DuckdbStore(DuckdbSettings(), folder / "data")
        store.open({})
        with closing(store), closing(Box(user, ca)) as box:
            measure(box, store)
    finally:
        server.remove()


def measure(box: Box, store: DuckdbStore) -> None:
    """Sweep a folder in several ways."""
    read: list[int] = []
    counted(read)
    transport = box.transport()
    folder = transport.probe().newest
    if folder is None:
        raise SystemExit("there is no mail")
    places = [replace(folder, key=str(uid)) for uid in range(1, int(folder.key) + 1)]
    received = [Received("support", place, 0) for place in places]
    store.commit(Batch(received=received, entries=[], cursors=[]))
    sweep = LedgerPosition(store, "support", full_sweep=True)

    def timed(name: str, do: Callable[[], object], base: float = 0) -> float:
        times, sizes = [], []
        for _ in range(ROUNDS):
            read.clear()
            began = time.perf_counter()
            do()
            times.append((time.perf_counter() - began) * 1000)
            sizes.append(sum(read))
        took, size = statistics.median(times), statistics.median(sizes)
        ratio = f", {took / base:.1f} times as long" if base else ""
        sys.stdout.write(f"{name}: {took:.0f} ms, {size:,.0f} bytes{ratio}\n")
        return took

    def fetch() -> None:
        if list(transport.fetch(sweep, 1)):
            raise SystemExit("something is new")

    fetch()
    base = timed("the folder is opened", transport.probe)
    timed("sweep by CONDSTORE, nothing has changed", fetch, base)
    seen.LISTED_EVERY = 1
    timed("sweep by listing everything", fetch, base)


def counted(read: list[int]) -> None:
    """Have each block that comes in add its size to a list."""
    fill_ = Wire._fill  # noqa: SLF001 - the one place that reads the socket

    def fill(wire: Wire) -> bool:
        before = wire._allowed  # noqa: SLF001
        try:
            return fill_(wire)
        finally:
            read.append(before - wire._allowed)  # noqa: SLF001

    Wire._fill = fill  # type: ignore[assignment, method-assign]  # noqa: SLF001


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
