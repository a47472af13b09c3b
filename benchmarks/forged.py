"""Ten thousand forged senders against an account that acknowledges: no answer, one alarm.

`python -m benchmarks.forged [COUNT]`; the suite does the same with a thousand.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.end_to_end.answering import Office, answers, mail

from postroom.runtime.events import Alarmed

BATCH = 1_000


def main(count: int) -> int:
    """Take the mail in and print what came of it; return 0 if it is as it must be."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder) / "desk")
        given, began = 0, time.perf_counter()
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            raws = (mail(n, sender=f"p{n}@site{n}.example", dmarc="fail") for n in numbers)
            given += len(answers(office.receive(*raws)))
        took = time.perf_counter() - began
        alarms = sum(isinstance(each, Alarmed) for each in office.events)
        told = "SELECT count(*) FROM notices WHERE event = 'queued' AND notice = 'alert'"
        ((letters,),) = office.sql(told)
        ((records,),) = office.sql("SELECT count(*) FROM records.ticket")
        office.close()
    print(f"{count:,} forged senders in {took:.1f} s: {records:,} records, {given} answers,")
    print(f"{alarms} alarm, {letters} mail about it")
    return 0 if (given, alarms, letters, records) == (0, 1, 1, count) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
