"""What it costs to read mail in processes of their own, against reading where one stands.

The same mail through the whole pipeline, both ways in turns, so that a busy machine is as unkind to
the one as to the other; and how long one message takes that comes alone.

    python benchmarks/isolation.py [COUNT [SEED]]
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from mix import DEFAULTS, messages
from pipeline import Ours

from postroom.model.envelope import Envelope, Place
from postroom.runtime.reading.reader import IN_PROCESS, Isolated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.runtime.reading.reader import Reader

BATCH = 500
ALONE = 500
"""Messages that are read one by one."""


def batches(count: int, seed: int) -> Iterator[list[bytes]]:
    """Yield the mail in batches."""
    source = messages(count, seed)
    while batch := list(islice(source, BATCH)):
        yield batch


def take(work: Ours, mails: list[bytes], batch: int) -> None:
    """Work off one batch."""
    envelopes = [
        Envelope(Place("INBOX", str(batch), str(key)), raw, len(raw))
        for key, raw in enumerate(mails)
    ]
    work.engine.process(work.account, envelopes)


def pipeline(count: int, seed: int, folder: Path) -> None:
    """Print how fast the whole pipeline is either way."""
    works = {"in process": Ours(folder / "in"), "isolated": Ours(folder / "out")}
    bare = works["in process"]
    bare.engine.reader.close()
    bare.engine = replace(bare.engine, reader=IN_PROCESS)
    for work in works.values():
        take(work, [*messages(BATCH, seed + 1)], 0)
    wall, here = dict.fromkeys(works, 0.0), dict.fromkeys(works, 0.0)
    for number, batch in enumerate(batches(count, seed), start=1):
        for name, work in works.items():
            began, worked = perf_counter(), process_time()
            take(work, batch, number)
            wall[name] += perf_counter() - began
            here[name] += process_time() - worked
    for name, work in works.items():
        work.close()
        print(
            f"{name:10} {count / wall[name]:8.0f}/s"
            f" {1e6 * here[name] / count:8.0f} us of processor time in the engine's process"
        )


def alone(seed: int) -> None:
    """Print how long the reading of one message takes."""
    mails = [*messages(ALONE, seed)]
    readers: dict[str, Reader] = {"in process": IN_PROCESS, "isolated": Isolated()}
    taken: dict[str, list[float]] = {name: [] for name in readers}
    for reader in readers.values():
        reader.read([(mails[0], None)])
    for raw in mails:
        for name, reader in readers.items():
            began = perf_counter()
            reader.read([(raw, None)])
            taken[name].append((perf_counter() - began) * 1_000)
    for name, reader in readers.items():
        reader.close()
        late = quantiles(taken[name], n=100)[98]
        print(f"{name:10} {median(taken[name]):6.2f} ms for one message, {late:6.2f} ms for 99%")


def main() -> None:
    """Print all figures."""
    count, seed = (*map(int, sys.argv[1:]), *DEFAULTS[len(sys.argv) - 1 :])
    alone(seed)
    with tempfile.TemporaryDirectory(prefix="postroom-") as folder:
        pipeline(count, seed, Path(folder))


if __name__ == "__main__":
    main()
