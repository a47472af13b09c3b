"""Read what an engine publishes while it works, and count what goes wrong.

    python benchmarks/beside.py DIR     until its standard input ends; DIR holds the rules

A stock DuckDB opens `reader.duckdb` twice a second, and now and then `postroom sql` is asked. An
error is counted, and so is a gap: entries that are missing, or were there before.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Event, Thread

import duckdb

EVERY = 0.5
BY_COMMAND = 20
"""Each so manieth reading is by `postroom sql`."""
QUERY = (
    "SELECT count(*) AS entries, coalesce(min(seq), 1) AS oldest, coalesce(max(seq), 0) AS newest, "
    "(SELECT count(*) FROM communications) AS messages FROM entries"
)
PUBLISHED = Path("postroom-data", "published", "reader.duckdb")
POSTROOM = "import sys; from postroom.cli.main import main; sys.exit(main(sys.argv[1:]))"


def by_duckdb(folder: Path) -> list[int]:
    """Ask as any program does."""
    with duckdb.connect(folder / PUBLISHED, read_only=True) as connection:
        return list(connection.execute(QUERY).fetchall()[0])


def by_command(folder: Path) -> list[int]:
    """Ask as a person does."""
    words = ["sql", "--rules", str(folder), "--json", QUERY]
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", POSTROOM, *words], capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout).values())


def read(folder: Path, enough: Event) -> Counter[str]:
    """Read again and again; return how often, and what was wrong."""
    counts: Counter[str] = Counter(reads=0, commands=0, errors=0, gaps=0)
    before = (0, 0)
    while not enough.wait(EVERY):
        if not (folder / PUBLISHED).exists():
            continue
        is_command = counts["reads"] % BY_COMMAND == BY_COMMAND - 1
        counts["reads"] += 1
        counts["commands"] += is_command
        try:
            found = by_command(folder) if is_command else by_duckdb(folder)
        except (duckdb.Error, subprocess.CalledProcessError, ValueError) as error:
            counts["errors"] += 1
            print(error, file=sys.stderr)
            continue
        entries, oldest, newest, messages = found
        whole = (oldest, newest) == (1, entries) and entries >= before[0] and messages >= before[1]
        counts["gaps"] += not whole
        before = (entries, messages)
    return counts


def main() -> None:
    """Read until nobody wants it any more, and say how it went."""
    enough = Event()

    def wait() -> None:
        sys.stdin.read()
        enough.set()

    Thread(target=wait, daemon=True).start()
    print(json.dumps(read(Path(sys.argv[1]), enough)))


if __name__ == "__main__":
    main()
