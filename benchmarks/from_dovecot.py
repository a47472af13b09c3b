"""An import from a real Dovecot: memory, messages per second, and what committing together gains.

The mail (that of mix.py) is laid into a Maildir behind a Dovecot on this machine, which an engine
then reads over IMAPS. The memory of the engine's process is looked at ten times a second. Flat
means that the last tenth of the import needs no more than what was needed after the first tenth.
Then some mail is imported once more as it comes and once one message at a time, for the ratio.

    python benchmarks/from_dovecot.py [COUNT [SINGLE]]     20,000 and 300; takes Linux and Dovecot
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from meter import DISK, resident  # noqa: E402 - the tests' servers lie in the root
from mix import messages  # noqa: E402
from tests.end_to_end.desk import Desk  # noqa: E402
from tests.end_to_end.test_imap import receive  # noqa: E402
from tests.servers.ca import LocalCA  # noqa: E402
from tests.servers.dovecot import PASSWORD, Dovecot  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.servers.dovecot import User

COUNT, SINGLE = 20_000, 300
EVERY = 0.1
RUN = "import sys; from postroom.cli.main import main; sys.exit(main(sys.argv[1:]))"
ONE_BY_ONE = (
    "from functools import partial; import postroom.runtime.worker as w; "
    "from postroom.runtime.batches import Fill; "
    f"w.batches = partial(w.batches, fill=Fill(messages=1)); {RUN}"
)
SECRET = {"MAIL_PASSWORD": PASSWORD}


def fill(user: User, raws: Iterable[bytes]) -> None:
    """Lay mail into a mailbox as a delivery agent would, without one."""
    user.append([b"Subject: the first\r\n\r\nIt makes the mailbox.\r\n"])
    owner = user.maildir.parent.stat()
    place = user.maildir / "new"
    place.mkdir(parents=True, exist_ok=True)
    for path in (user.maildir, place):
        os.chown(path, owner.st_uid, owner.st_gid)
    for number, raw in enumerate(raws):
        path = place / f"{1_700_000_000 + number}.M{number}.host"
        path.write_bytes(raw)
        os.chown(path, owner.st_uid, owner.st_gid)


def imported(desk: Desk, code: str = RUN) -> tuple[float, list[tuple[int, float]]]:
    """Import all; return seconds, start not included, and the memory in MB by messages decided."""
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", code, "run", str(desk.folder), "--once", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **SECRET},
    )
    samples: list[tuple[int, float]] = []
    decided = 0

    def look() -> None:
        while process.poll() is None:
            samples.append((decided, resident(process.pid)))
            time.sleep(EVERY)

    watching = Thread(target=look)
    watching.start()
    if process.stdout is None:
        raise RuntimeError("nothing is to be heard of the engine")
    times = dict.fromkeys(("started", "decided"), 0.0)
    for line in process.stdout:
        for told in times:
            if f'"event": "{told}"' in line[:40]:
                times[told] = time.monotonic()
                decided += told == "decided"
    watching.join()
    if process.wait():
        raise RuntimeError("the engine had trouble")
    return times["decided"] - times["started"], samples


def main() -> None:
    """Measure, and say."""
    given = [int(each) for each in sys.argv[1:]]
    count, single = (*given, *(COUNT, SINGLE)[len(given) :])
    with tempfile.TemporaryDirectory(dir=DISK) as folder:
        ca = LocalCA(Path(folder))
        server = Dovecot(ca.issue(), ca.ca_file, "http://127.0.0.1:9").start()
        try:
            for what, number, code in (
                ("as it comes", count, RUN),
                (f"{single} as they come", single, RUN),
                (f"{single} one at a time", single, ONE_BY_ONE),
            ):
                user = server.user()
                fill(user, messages(number, 1))
                desk = Desk(Path(folder) / what.replace(" ", "-"))
                desk.write(support=receive(user, ca))
                seconds, samples = imported(desk, code)
                print(f"{what}: {number:,} messages, {number / seconds:.0f}/s")
                if number == count:
                    show(samples, count)
        finally:
            server.remove()


def show(samples: list[tuple[int, float]], count: int) -> None:
    """Print the most memory of each tenth of an import."""
    for tenth in range(10):
        low, high = count * tenth // 10, count * (tenth + 1) // 10
        some = [memory for decided, memory in samples if low <= decided < high]
        print(f"  {high:>8,}: {max(some, default=0):.0f} MB")
    print(f"  at most {max(memory for _, memory in samples):.0f} MB")


if __name__ == "__main__":
    main()
