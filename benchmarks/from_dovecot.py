"""An import from a real Dovecot: speed, memory, pauses, readers, and the gain of large commits.

The mail (that of mix.py) is laid into a Maildir behind a Dovecot on this machine, which an engine
then reads over IMAPS. Memory and processor time of the engine and of all processes that it starts
are looked at five times a second; what they share is counted for each. A pause is the time from one
commit to the next. All the while another process reads what is published (beside.py). Flat means
that the last tenth of the import needs no more than what was needed after the first tenth. Then
some mail is imported once more as it comes and once one message at a time, for the ratio.

    python benchmarks/from_dovecot.py [COUNT [SINGLE]]     20,000 and 300; takes Linux and Dovecot
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from meter import DISK, family  # noqa: E402 - the tests' servers lie in the root
from mix import messages  # noqa: E402
from tests.end_to_end.desk import Desk  # noqa: E402
from tests.end_to_end.test_imap import receive  # noqa: E402
from tests.servers.ca import LocalCA  # noqa: E402
from tests.servers.dovecot import PASSWORD, Dovecot  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.servers.dovecot import User

COUNT, SINGLE = 20_000, 300
EVERY = 0.2
RUN = "import sys; from postroom.cli.main import main; sys.exit(main(sys.argv[1:]))"
ONE_BY_ONE = (
    "from functools import partial; import postroom.runtime.worker as w; "
    "from postroom.runtime.messages.batches import Fill; "
    f"w.batches = partial(w.batches, fill=Fill(messages=1)); {RUN}"
)
SECRET = {"MAIL_PASSWORD": PASSWORD}


def fill(user: User, raws: Iterable[bytes]) -> None:
    """Lay mail into a mailbox as it lies there when people have read it.

    Where it lies in `new`, Dovecot looks through all of it at each command, for a client that opens
    a mailbox to read only does not have it moved; where a name does not tell the size, it reads it.
    """
    user.append([b"Subject: the first\r\n\r\nIt makes the mailbox.\r\n"])
    owner = user.maildir.parent.stat()
    place = user.maildir / "cur"
    for number, raw in enumerate(raws):
        sizes = f"S={len(raw)},W={len(raw)}"
        path = place / f"{1_700_000_000 + number}.M{number}.host,{sizes}:2,S"
        path.write_bytes(raw)
        os.chown(path, owner.st_uid, owner.st_gid)


@dataclass
class Import:
    """What was seen of one."""

    began: float = 0.0
    commits: list[tuple[float, int]] = field(default_factory=list)
    """When, and how many messages were decided by then."""
    costs: list[tuple[int, float, float]] = field(default_factory=list)
    """How many messages were decided, the MB in use, and the seconds of processor time so far."""
    read: dict[str, int] = field(default_factory=dict)
    """How often another process read meanwhile, and what went wrong."""

    @property
    def decided(self) -> int:
        """Messages."""
        return self.commits[-1][1] if self.commits else 0

    def pauses(self) -> list[float]:
        """Return the seconds from each commit to the next."""
        times = [self.began, *(when for when, _ in self.commits)]
        return [later - earlier for earlier, later in pairwise(times)]

    def speed(self, low: int = 0, high: int | None = None) -> float:
        """Return how many messages a second were committed of a range of them."""
        points = [(self.began, 0), *self.commits]
        first = max(point for point in points if point[1] <= low)
        last = max(point for point in points if high is None or point[1] <= high)
        took = last[0] - first[0]
        return (last[1] - first[1]) / took if took else 0.0


def imported(desk: Desk, code: str = RUN, *, is_read: bool = False) -> Import:
    """Import all; its start is not counted. Raises RuntimeError if the engine had trouble."""
    seen = Import()
    beside = reading(desk) if is_read else nullcontext(seen.read)
    with (
        beside as seen.read,
        subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-c", code, "run", str(desk.folder), "--once", "--json"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **SECRET},
        ) as process,
    ):
        watching = Thread(target=watch, args=(process, seen))
        watching.start()
        listen(process, seen)
        watching.join()
    if process.returncode:
        raise RuntimeError("the engine had trouble")
    return seen


def watch(process: subprocess.Popen[str], seen: Import) -> None:
    """Look at the memory until the engine has ended."""
    while process.poll() is None:
        seen.costs.append((seen.decided, *family(process.pid)))
        time.sleep(EVERY)


def listen(process: subprocess.Popen[str], seen: Import) -> None:
    """Note when messages are durable."""
    for line in process.stdout or ():
        if line.startswith('{"event": "started"'):
            seen.began = time.monotonic()
        elif line.startswith('{"event": "committed"'):
            decided = seen.decided + json.loads(line)["messages"]
            seen.commits.append((time.monotonic(), decided))


@contextmanager
def reading(desk: Desk) -> Iterator[dict[str, int]]:
    """Have another process read all the while, and give what it tells in the end."""
    told: dict[str, int] = {}
    words = [sys.executable, str(Path(__file__).with_name("beside.py")), str(desk.folder)]
    with subprocess.Popen(  # noqa: S603 - our own words
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield told
        said, _ = process.communicate()
    told |= json.loads(said)


def main() -> None:
    """Measure, and say."""
    given = [int(each) for each in sys.argv[1:]]
    count, single = (*given, *(COUNT, SINGLE)[len(given) :])
    with tempfile.TemporaryDirectory(dir=DISK) as folder:
        ca = LocalCA(Path(folder))
        server = Dovecot(ca.issue(), ca.ca_file, "http://127.0.0.1:9").start()
        try:

            def run(what: str, number: int, code: str = RUN, *, is_read: bool = False) -> Import:
                user = server.user()
                fill(user, messages(number, 1))
                desk = Desk(Path(folder) / what)
                desk.write(support=receive(user, ca))
                return imported(desk, code, is_read=is_read)

            show(run("all", count, is_read=True), count)
            together = run("together", single).speed()
            alone = run("alone", single, ONE_BY_ONE).speed()
            print(
                f"{single:,} as they come {together:.0f}/s, one at a time {alone:.0f}/s: "
                f"{together / alone:.1f} times"
            )
        finally:
            server.remove()


def show(seen: Import, count: int) -> None:
    """Print speed, memory and pauses, by tenths and in all."""
    print(f"{seen.decided:,} messages, {seen.speed():.0f}/s")
    print("    up to   a second   processor time   MB at most   longest pause")
    counts = [decided for _, decided in seen.commits]
    for tenth in range(10):
        low, high = count * tenth // 10, count * (tenth + 1) // 10
        some = [cost for cost in seen.costs if low <= cost[0] < high] or seen.costs[:1]
        (first, _, began), (last, _, ended) = some[0], some[-1]
        waits = [wait for wait, n in zip(seen.pauses(), counts, strict=True) if low < n <= high]
        print(
            f"{high:>9,} {seen.speed(low, high):>10.0f}"
            f" {(ended - began) * 1_000 / max(1, last - first):>13.2f} ms"
            f" {max(memory for _, memory, _ in some):>12.0f} {max(waits, default=0):>13.2f} s"
        )
    waits = sorted(seen.pauses()[1:], reverse=True)
    print(f"at most {max(memory for _, memory, _ in seen.costs):.0f} MB in all processes")
    print(
        f"{len(counts):,} commits; from one to the next {waits[0]:.2f} s at most, "
        f"{waits[len(waits) // 2]:.2f} s at the median"
    )
    print(
        f"read meanwhile {seen.read['reads']:,} times ({seen.read['commands']:,} by the command "
        f"line): {seen.read['errors']} errors, {seen.read['gaps']} gaps"
    )


if __name__ == "__main__":
    main()
