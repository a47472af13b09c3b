"""How long checking 10,000 rules takes, and how long an engine takes to start with them.

Every time is that of a whole process, from its start to its end; the least of several rounds.
`check` is the command. `start, cold` makes an engine ready to decide, with nothing kept from
before: rules are read, checked and compiled, a store is made and opened. `start, warm` is any
start after that one. Python keeps the bytecode of its modules, as it does wherever postroom is
installed.

    python benchmarks/check.py [ROUNDS]
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from many import rule_file

if TYPE_CHECKING:
    from collections.abc import Callable

    Work: TypeAlias = Callable[[Path], "Spent"]

COUNTS = (10, 10_000)
CHECK = "from postroom.cli.main import main; import sys; sys.exit(main(['check', {folder!r}]))"
START = (
    "from pathlib import Path; from postroom.runtime.settings import folders;"
    "from postroom.runtime.start import assemble; assemble(folders(Path({folder!r}))).close()"
)


class Spent(NamedTuple):
    """What a process took."""

    wall: float
    cpu: float
    """Its own and the system's, of all its threads."""


def ran(code: str, folder: Path) -> Spent:
    """Run a few lines in a process of their own."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-c", code.format(folder=str(folder))]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment(folder))  # noqa: S603 - our own words
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Spent(wall, cpu)


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which bytecode is kept, beside the rules."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder.parent / "bytecode")}


def least(spent: list[Spent]) -> Spent:
    """Return the least of several rounds."""
    return Spent(min(each.wall for each in spent), min(each.cpu for each in spent))


def check(folder: Path) -> Spent:
    """Check the rules."""
    return ran(CHECK, folder)


def cold(folder: Path) -> Spent:
    """Start an engine that has never run."""
    for name in ("postroom-data", "postroom-keys"):
        shutil.rmtree(folder / name, ignore_errors=True)
    return ran(START, folder)


def warm(folder: Path) -> Spent:
    """Start it again."""
    return ran(START, folder)


WORKS: dict[str, Work] = {
    "check": check, "start, cold": cold, "start, warm": warm,
}  # fmt: skip


def main() -> None:
    """Print the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="postroom-") as top:
        for count in COUNTS:
            folder = Path(top) / str(count)
            folder.mkdir()
            (folder / "rules.yaml").write_text(rule_file(count), "utf-8")
            for name, work in WORKS.items():
                spent = least([work(folder) for _ in range(rounds)])
                print(f"{name:12} {count:6} rules {spent.wall:6.2f} s, {spent.cpu:5.2f} s of CPU")


if __name__ == "__main__":
    main()
