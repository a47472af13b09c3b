"""The whole pipeline against one built on the standard library, on the same mail, in one run.

Both read every message in full, ask 100 rules, look up the sender among 1,000 contacts, and make
durable in one commit for every 1,000 messages: a record, a communication, an audit entry and the
raw mail, compressed. Ours does all that it does in daily work: facts, guards, tokens, reasons with
their places, salted commitments, server actions. The other one reads with `email.policy.default`,
matches with `re`, and writes with `sqlite3`, zlib and one fsync.

    python benchmarks/pipeline.py [COUNT [SEED]]
    python benchmarks/pipeline.py --profile [COUNT [SEED]]      where our time goes

Our mail is read in processes of their own: their processor time is counted too, which takes Linux.
What both do first, among it the start of those processes, is left out.
"""

from __future__ import annotations

import cProfile
import pstats
import signal
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from meter import DISK, processor_time
from mix import messages
from standard import Standard

from postroom.model.envelope import Envelope, Place
from postroom.runtime.bring_in import bring_in
from postroom.runtime.clock import SYSTEM
from postroom.runtime.csv_rows import read_rows
from postroom.runtime.messages.ahead import process_all
from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.source.text import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.runtime.engine import Engine

RULES = 100
BATCH = 1_000
ROUND = 3
CONTACTS = 1_000
WARM_UP = 100
WORDS = ("printer", "invoices", "report", "error", "cable", "password", "order", "outage", "update")


def conditions() -> list[tuple[str, str, str]]:
    """Return 100 conditions: in our words, and as a field and a pattern for `re`."""
    made = []
    for number in range(RULES):
        word = f"{WORDS[number % len(WORDS)]}{number}"
        made.append(
            (
                (f'subject contains "{word}"', "subject", word),
                (f'body.text contains "{word}"', "body", word),
                (f'subject matches r"\\b{word}-\\d+\\b"', "subject", rf"\b{word}-\d+\b"),
                (f'from.domain == "{word}.example"', "domain", rf"^{word}\.example$"),
            )[number % 4]
        )
    return made


def rule_file() -> str:
    """Return a rule file with 100 conditions."""
    rules = [
        f"        - {{id: r{number}, when: '{when}', set: {{kind: Special}}}}"
        for number, (when, _, _) in enumerate(conditions())
    ]
    return f"""\
version: 1
tables:
  contact:
    fields:
      name: {{type: text}}
      email: {{type: email, unique: true}}
  ticket:
    number: SUP
    fields:
      title: {{type: text, max: 250}}
      details: {{type: text}}
      requester: {{type: reference, table: contact}}
      kind: {{type: choice, values: [General, Special], default: General}}
      files: {{type: files}}
contacts: {{table: contact, guest: guest@xyz.example}}
accounts:
  support:
    table: ticket
    address: support@xyz.example
    receive: {{use: eml, path: inbox}}
    access:
      create:
        - {{id: known, when: contact.known and auth.aligned, then: {{allow_as: sender}}}}
        - {{id: anybody, then: {{allow_as: guest}}}}
      update:
        - {{id: copied, then: {{allow_as: guest}}}}
    mapping:
      set:
        title: "${{subject}}"
        details: "${{body.text}}"
        requester: "${{contact}}"
        files: "${{attachments}}"
      rules:
{chr(10).join(rules)}
"""


def contacts() -> str:
    """Return 1,000 contacts as CSV."""
    lines = [f"Person {n},person{n}@partner.example" for n in range(CONTACTS)]
    return "\n".join(["name,email", *lines])


class Ours:
    """postroom as it runs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "rules.yaml").write_text(rule_file(), "utf-8")
        self.engine: Engine = assemble(folders(folder))
        table = self.engine.rules.tables["contact"]
        bring_in(
            self.engine.store, table, read_rows(Source("c.csv", contacts()), table), SYSTEM.now()
        )
        self.account = self.engine.rules.accounts["support"]
        self.key = 0

    def take(self, mails: list[list[bytes]]) -> None:
        """Work off some batches, as an account does."""
        process_all(self.engine, self.account, map(self.enveloped, mails), Event())

    def enveloped(self, mails: list[bytes]) -> list[Envelope]:
        """Return messages as a transport hands them in."""
        first, self.key = self.key, self.key + len(mails)
        return [
            Envelope(Place("INBOX", "1", str(key)), raw, len(raw))
            for key, raw in enumerate(mails, start=first)
        ]

    def close(self) -> None:
        """Let go."""
        self.engine.close()


def standard(folder: Path) -> Standard:
    """Return the other one, with the same contacts and the same rules."""
    return Standard(folder, contacts(), [(where, pattern) for _, where, pattern in conditions()])


def rounds(count: int, seed: int) -> Iterator[list[list[bytes]]]:
    """Yield the mail in rounds of some batches, so that both take turns."""
    source = messages(count, seed)
    while batches := [b for _ in range(ROUND) if (b := list(islice(source, BATCH)))]:
        yield batches


def compare(count: int, seed: int, folder: Path) -> None:
    """Print both speeds and their ratio."""
    works: dict[str, Ours | Standard] = {
        "postroom": Ours(folder / "ours"),
        "standard": standard(folder / "standard"),
    }
    for work in works.values():
        work.take([[*messages(WARM_UP, seed + 1)]])
    wall, processor = dict.fromkeys(works, 0.0), dict.fromkeys(works, 0.0)
    size = 0
    for batches in rounds(count, seed):
        size += sum(len(raw) for batch in batches for raw in batch)
        for name, work in works.items():
            began, worked = time.perf_counter(), processor_time()
            work.take(batches)
            wall[name] += time.perf_counter() - began
            processor[name] += processor_time() - worked
    for work in works.values():
        work.close()
    print(f"{count} messages, mean {size / count / 1000:.1f} KB, {RULES} rules, batches of {BATCH}")
    for name in works:
        rate, cost = count / wall[name], 1e6 * processor[name] / count
        ratios = wall["standard"] / wall[name], processor["standard"] / processor[name]
        print(
            f"{name:10} {rate:8.0f}/s {ratios[0]:6.1f}x"
            f" {cost:8.0f} us of processor time {ratios[1]:6.1f}x"
        )


def profile(count: int, seed: int, folder: Path) -> None:
    """Print where the time goes in which mail that was read is decided and written."""
    ours = Ours(folder / "ours")
    mail = list(rounds(count, seed))
    profiler = cProfile.Profile()
    for batches in mail:
        for batch in map(ours.enveloped, batches):
            taken = ours.engine.take(ours.account, batch)
            profiler.enable()
            ours.engine.commit(taken)  # here, for a profiler sees one thread
            profiler.disable()
    ours.close()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


def main() -> None:
    """Compare, or profile."""
    words = [word for word in sys.argv[1:] if word != "--profile"]
    count = int(words[0]) if words else 2_000
    seed = int(words[1]) if len(words) > 1 else 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="postroom-", dir=DISK) as folder:
        work = profile if "--profile" in sys.argv else compare
        work(count, seed, Path(folder))


if __name__ == "__main__":
    main()
