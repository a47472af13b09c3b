"""What the DuckDB store costs: commits of each size, publishing, look-ups, and memory.

Each message is what the engine writes for one that became a record: its raw bytes (the mix of
mix.py), a communication, a place, a record, a decision and a record entry with their personal
values, and a server action. Every commit is durable.

    python benchmarks/store.py [COUNT]
    python benchmarks/store.py --profile [COUNT]       where the time of large batches goes
"""

from __future__ import annotations

import cProfile
import pstats
import resource
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from mix import WORDS, messages

from postroom.ledger.item import Item
from postroom.ledger.rows import settle
from postroom.model.batch import Wanted
from postroom.model.decision import (
    Clocked,
    Comparison,
    Decision,
    Fired,
    Provenance,
    RecordChange,
)
from postroom.model.envelope import AfterDecision, Envelope, Place
from postroom.model.facts import Facts
from postroom.model.message import Auth, Checked, Mailbox, Message
from postroom.model.record import Field, RecordRef, Table
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.model.batch import Batch
    from postroom.model.record import Value

COUNT = 100_000
SIZES = {1: 300, 10: 2_000, 100: 10_000, 1000: 30_000}
"""Messages that are written in batches of each size."""
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TABLES = {
    "ticket": Table(
        "ticket",
        {
            "title": Field("title", "text"),
            "details": Field("details", "text"),
            "requester": Field("requester", "reference", table="contact"),
            "kind": Field("kind", "choice", values=("General", "Billing")),
            "priority": Field("priority", "integer"),
            "notes": Field("notes", "log"),
            "files": Field("files", "files"),
            "updated_by": Field("updated_by", "text"),
        },
        "SUP",
    ),
    "contact": Table("contact", {"email": Field("email", "email", unique=True)}),
}
RAWS = [*messages(500, 1)]


def items(numbers: Iterable[int]) -> Iterator[Item]:
    """Yield decided messages with these numbers."""
    chance = Random(1)
    for number in numbers:
        raw = b"X-Number: %d\r\n%s" % (number, RAWS[number % len(RAWS)])
        digest = sha256(raw).hexdigest()
        subject = " ".join(chance.choices(WORDS, k=6))
        address = f"ann{number % 5000}@partner.example"
        message = Message(
            sha256=digest,
            size=len(raw),
            from_=Mailbox("Ann", address),
            to=(Mailbox(None, "help@xyz.example"),),
            subject=subject,
            message_id=f"{digest[:24]}@partner.example",
            references=(f"{digest[24:48]}@xyz.example",),
            submission=digest,
            auth=Auth(dmarc=Checked("pass"), aligned=True, evidence="mx.xyz.example; dmarc=pass"),
        )
        facts = Facts("help", NOW + timedelta(seconds=number), NOW, number, number)
        envelope = Envelope(Place("INBOX", "1700000000", str(number)), raw, len(raw))
        yield Item(envelope, message, facts, decided(message, facts, chance), Clocked(NOW, 90))


def decided(message: Message, facts: Facts, chance: Random) -> Decision:
    """Return the decision of an everyday help desk: two rules fired, nine fields are set."""
    known = Comparison("contact.known", "help.yaml:40:20", True, (("contact.known", True),))  # noqa: FBT003
    down = Comparison(
        'subject matches r"outage"',
        "help.yaml:52:15",
        held=True,
        operands=(("subject", message.subject),),
    )
    values: dict[str, Value] = {
        "title": message.subject,
        "details": " ".join(chance.choices(WORDS, k=120)),
        "requester": 7,
        "kind": "Billing",
        "priority": 3,
        "notes": (),
        "files": (),
        "updated_by": message.from_.addr_spec,
    }
    return Decision(
        "created",
        "help",
        "ticket",
        reasons=("rule `known` allows it",),
        fired=(
            Fired("known", "access", "help.yaml:40:7", "allow_as sender", (known,)),
            Fired("outage", "mapping", "help.yaml:52:7", "set priority", (down,)),
        ),
        change=RecordChange("create", RecordRef("ticket", facts.next_record), values),
        provenance={name: Provenance("mapping.set", "help.yaml:48:9") for name in values},
        after=(AfterDecision("move", "Processed"),),
        sender_state="aligned",
        principal=message.from_.addr_spec,
        facts=facts,
        rules="0" * 64,
    )


def batches(first: int, count: int, size: int) -> Iterator[Batch]:
    """Yield batches of a size, made before the clock runs."""
    found = items(range(first, first + count))
    while some := list(islice(found, size)):
        yield settle("help", some, salt=lambda: bytes(16), now=NOW)


def opened(folder: str, name: str) -> DuckdbStore:
    """Return a store in a new folder."""
    store = DuckdbStore(DuckdbSettings(), Path(folder) / name)
    store.open(TABLES)
    return store


def commits(folder: str) -> None:
    """Print messages a second for each size of batch."""
    print("commits: raw mail, communication, place, record, two entries, server action; durable")
    rates: dict[int, float] = {}
    for size, count in SIZES.items():
        store = opened(folder, f"commits-{size}")
        took, busy = [], 0.0
        for batch in batches(1, count, size):
            began, worked = time.perf_counter(), time.process_time()
            store.commit(batch)
            took.append(time.perf_counter() - began)
            busy += time.process_time() - worked
        rates[size] = count / sum(took)
        took.sort()
        middle, late, worst = (took[int(len(took) * at)] * 1e3 for at in (0.5, 0.99, 0.9999))
        print(
            f"  {size:5d} a batch: {rates[size]:7.0f} messages/s   p50 {middle:7.1f} ms"
            f"   p99 {late:7.1f} ms   max {worst:7.1f} ms   CPU {busy / count * 1e6:6.0f} us each"
        )
        store.close()
    print(f"  1,000 a batch against 1: {rates[1000] / rates[1]:.0f} times")


def growing(folder: str, count: int) -> None:
    """Print publishing, look-ups and memory while a store grows to count messages."""
    store = opened(folder, "growing")
    writing, publishing = 0.0, []
    for number, batch in enumerate(batches(1, count, 1000), 1):
        began = time.perf_counter()
        store.commit(batch)
        writing += time.perf_counter() - began
        if number % 5 == 0:
            began = time.perf_counter()
            store.publish()
            publishing.append(time.perf_counter() - began)
    print(f"growing to {count:,} messages in batches of 1,000, published after every 5,000")
    print(f"  written: {count / writing:.0f} messages/s")
    print(
        f"  published: {sum(publishing) / count * 1e6:.0f} us a message; "
        f"{min(publishing) * 1e3:.0f} to {max(publishing) * 1e3:.0f} ms at a time"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  memory at its peak, this program with it: {peak} MB")
    lookups(store, count)
    began = time.perf_counter()
    store.commit(next(batches(count + 1, 1, 1)))
    print(f"  one message more: {(time.perf_counter() - began) * 1e3:.1f} ms to commit", end="")
    began = time.perf_counter()
    store.publish()
    print(f", {(time.perf_counter() - began) * 1e3:.0f} ms to publish")
    queries(store)
    store.close()
    disk = sum(
        path.stat().st_size for path in (Path(folder) / "growing").rglob("*") if path.is_file()
    )
    print(f"  on disk: {disk / count / 1024:.1f} KiB a message")


def lookups(store: DuckdbStore, count: int) -> None:
    """Print what it costs to ask for all that a batch must know."""
    for size in (1, 100, 1000):
        mails = [item.message for item in items(range(count - size // 2, count + (size + 1) // 2))]
        wanted = Wanted(
            account="help",
            sha256s=[mail.sha256 for mail in mails],
            submissions=[mail.submission for mail in mails],
            message_ids=[each for mail in mails for each in (mail.message_id, *mail.references)],
            addresses=[mail.from_.addr_spec for mail in mails],
            contact_table="contact",
            contact_fields=["email"],
            tables=["ticket"],
            arrivals_since=NOW + timedelta(seconds=count - 3600),
            answers_since=NOW,
            now=NOW,
        )
        took = [timed(store, wanted) for _ in range(7)]
        print(f"  look-up for a batch of {size}: {sorted(took)[3] * 1e3:.1f} ms")
    keys = [str(number) for number in range(count)]
    began = time.perf_counter()
    store.unknown("help", "INBOX", "1700000000", keys)
    print(f"  a full sweep over {count:,} keys: {(time.perf_counter() - began) * 1e3:.0f} ms")
    took = []
    for number in range(1, count, max(1, count // 500)):
        began = time.perf_counter()
        store.raw(number)
        took.append(time.perf_counter() - began)
    print(f"  one raw message: {sorted(took)[len(took) // 2] * 1e3:.2f} ms")


def timed(store: DuckdbStore, wanted: Wanted) -> float:
    """Return the seconds that one look-up takes."""
    began = time.perf_counter()
    store.lookup(replace(wanted))
    return time.perf_counter() - began


def queries(store: DuckdbStore) -> None:
    """Print what auditors wait for."""
    for sql in (
        "SELECT outcome, count(*) FROM decisions GROUP BY ALL",
        "SELECT * FROM why WHERE communication = 17",
        "SELECT rule, count(*) FROM why GROUP BY ALL",
        "SELECT count(*) FROM records.ticket WHERE priority = 3",
        "SELECT count(*) FROM integrity WHERE NOT (leaf_holds AND follows AND values_hold)",
    ):
        began = time.perf_counter()
        store.query(sql)
        print(f"  {(time.perf_counter() - began) * 1e3:6.0f} ms  {sql}")


def profile(folder: str, count: int) -> None:
    """Print where the time of batches of 1,000 goes."""
    store = opened(folder, "profile")
    made = [*batches(1, count, 1000)]
    profiler = cProfile.Profile()
    profiler.enable()
    for batch in made:
        store.commit(batch)
    profiler.disable()
    store.close()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> None:
    """Run what was asked for."""
    words = [word for word in sys.argv[1:] if word != "--profile"]
    with tempfile.TemporaryDirectory(prefix="postroom-store-") as folder:
        if "--profile" in sys.argv:
            profile(folder, int(words[0]) if words else 10_000)
            return
        commits(folder)
        growing(folder, int(words[0]) if words else COUNT)


if __name__ == "__main__":
    main()
