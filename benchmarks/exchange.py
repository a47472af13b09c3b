"""How many messages a second are fetched from Exchange: over EWS and Graph, from the fakes.

Fetching alone, without an engine; the baseline is EWS with one message in a request. What counts is
the processor time of the thread that fetches: the fakes run in the same process, and a real server
sets the pace by the clock.

    PYTHONPATH=. python benchmarks/exchange.py [COUNT] [BYTES]     2,000 of 6,000 if not said
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.plugins.ews.box import Box as EwsBox
from tests.plugins.graph.box import Box as GraphBox
from tests.servers.authority import Authority
from tests.servers.ca import LocalCA
from tests.servers.ews import FakeEws
from tests.servers.graph import FakeGraph

from postroom.testing.transport_contract import Ledger, message
from postroom_ews import portions

COUNT, SIZE = 2_000, 6_000


def measured(name: str, box: EwsBox | GraphBox, count: int, size: int) -> float:
    """Print how fast all is fetched; return the seconds of processor time for it."""
    with closing(box):
        body = ("x" * 74 + "\r\n") * max(1, size // 76)
        box.deliver([message(number, body) for number in range(count)])
        transport = box.transport()
        transport.probe()
        began, spent = time.perf_counter(), time.thread_time()
        found = sum(1 for _ in transport.fetch(Ledger(), count))
        spent, took = time.thread_time() - spent, time.perf_counter() - began
        if found != count:
            sys.exit(f"{found} came in place of {count}")
    each = 1e3 * spent / count
    print(
        f"{name:14} {count / took:6.0f} messages/s  {each:5.2f} ms of processor time each", end=""
    )
    return spent


def main() -> None:
    """Measure and print."""
    count, size = (*map(int, sys.argv[1:]), *(COUNT, SIZE)[len(sys.argv) - 1 :])
    at_once = portions.AT_ONCE
    with tempfile.TemporaryDirectory() as name:
        ca = LocalCA(Path(name))
        certificate = ca.issue()
        with Authority(certificate) as issuer:
            baseline = 0.0
            for number in (1, at_once):
                portions.AT_ONCE = number
                with FakeEws(certificate, issuer) as ews:
                    spent = measured(f"ews, by {number}", EwsBox(ews, ca), count, size)
                baseline = baseline or spent
                print(f"  {spent / baseline:.2f} x one by one")
            with FakeGraph(certificate, issuer) as graph:
                spent = measured("graph", GraphBox(graph, ca), count, size)
                print(f"  {spent / baseline:.2f} x one by one")


if __name__ == "__main__":
    main()
