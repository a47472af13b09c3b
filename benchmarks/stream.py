"""What memory `postroom parse` takes while it reads very many messages, and how fast it goes.

The same mail (that of mix.py) stands in a folder of .eml files, in a Maildir and in an mbox file,
one after the other. While each is read, the memory of the process is looked at ten times a second.
Flat means: at the end it holds no more than what it held after a tenth of the mail, but for the
names of the files of one folder, which are sorted.

    python benchmarks/stream.py [COUNT [SEED]]      takes Linux, and 24 KB of disk a message
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from meter import DISK, resident
from mix import messages

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT, SEED = 100_000, 1
PARSE = "import sys; from postroom.cli.main import main; sys.exit(main(sys.argv[1:]))"
EVERY = 0.1
"""Seconds between two looks."""


class Sample(NamedTuple):
    """One look at the process."""

    read: int
    """Messages that it has written out so far."""
    memory: float
    """MB that it holds."""


def folder(place: Path, count: int, seed: int) -> None:
    """Write one file a message, all into one folder."""
    place.mkdir()
    for number, raw in enumerate(messages(count, seed)):
        (place / f"{number:06}.eml").write_bytes(raw)


def maildir(place: Path, count: int, seed: int) -> None:
    """Write a Maildir in which half of the mail was seen."""
    for name in ("tmp", "new", "cur"):
        (place / name).mkdir(parents=True)
    for number, raw in enumerate(messages(count, seed)):
        name = f"new/{number}.M1.host" if number % 2 else f"cur/{number}.M1.host:2,S"
        (place / name).write_bytes(raw)


def mbox(place: Path, count: int, seed: int) -> None:
    """Write one mbox file."""
    with place.open("wb") as file:
        for raw in messages(count, seed):
            file.write(b"From ann@partner.example Mon Oct 12 10:00:00 2026\n")
            for line in raw.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n"):
                quoted = b">" if line.lstrip(b">").startswith(b"From ") else b""
                file.write(quoted + line + b"\n")
            file.write(b"\n")


FORMS: dict[str, Callable[[Path, int, int], None]] = {
    "folder": folder,
    "maildir": maildir,
    "mbox": mbox,
}


def parse(place: Path) -> tuple[list[Sample], float]:
    """Read it all; return what was seen on the way, and the seconds it took."""
    began = time.perf_counter()
    words = [sys.executable, "-c", PARSE, "parse", "--json", str(place)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)  # noqa: S603 - our own command
    written = [0]
    counter = Thread(target=count_lines, args=(process, written))
    counter.start()
    samples: list[Sample] = []
    while process.poll() is None:
        memory = resident(process.pid)
        if memory:
            samples.append(Sample(written[0], memory))
        time.sleep(EVERY)
    counter.join()
    samples.append(Sample(written[0], samples[-1].memory))
    return samples, time.perf_counter() - began


def count_lines(process: subprocess.Popen[bytes], written: list[int]) -> None:
    """Count the lines that a process writes: one a message."""
    while (out := process.stdout) and (piece := os.read(out.fileno(), 1 << 20)):
        written[0] += piece.count(b"\n")


def main() -> None:
    """Print the memory on the way and the speed, for each form."""
    words = [int(word) for word in sys.argv[1:]]
    count, seed = (*words, *(COUNT, SEED)[len(words) :])
    with tempfile.TemporaryDirectory(prefix="postroom-", dir=DISK) as where:
        for name, write in FORMS.items():
            place = Path(where) / name
            write(place, count, seed)
            samples, seconds = parse(place)
            tenth = next(each.memory for each in samples if each.read >= count / 10)
            peak = max(each.memory for each in samples)
            print(
                f"{name:8} {samples[-1].read:,} messages, {count / seconds:.0f}/s: memory"
                f" {tenth:.0f} MB after a tenth, {samples[-1].memory:.0f} MB at the end,"
                f" {peak:.0f} MB at most",
                flush=True,
            )
            shutil.rmtree(place) if place.is_dir() else place.unlink()


if __name__ == "__main__":
    main()
