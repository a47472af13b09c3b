"""Every failpoint x every way in x how many messages x how many crashes in a row.

    python -m tests.faults.crash_matrix            the short form that the suite runs
    python -m tests.faults.crash_matrix --full     all of it; needs Dovecot; half an hour
    ... --keep FILE                                leave out what stands in a file, and add the rest
    ... --page docs/reference/crash-matrix.md      write the page

An engine is made to die at a failpoint, as by `kill -9`, then another one finishes the work. What
was delivered is then held against records, messages, decisions, the audit log, the notices that
went out, and what is left on the server. Engines run in children forked from this process, so that
nothing has to be imported anew.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from tests.faults.crash_page import KINDS, Cell, cells, page, remember, remembered, table
from tests.faults.forks import died_at_the_failpoint, fork, forked
from tests.faults.lines import Files, Line, Mailserver, line_of
from tests.servers.ca import LocalCA
from tests.servers.dovecot import PASSWORD, Dovecot

from postroom.hooks import failpoints
from postroom.hooks.manager import find_plugins
from postroom.runtime import start, stores
from postroom.runtime.messages import suspects
from postroom.runtime.reading.reader import IN_PROCESS
from postroom.runtime.rulesets.loading import load_rules
from postroom.runtime.settings import folders
from postroom.runtime.supervise import run_once, run_until
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postroom.hooks.contracts import Archive
    from postroom.hooks.manager import Plugins
    from postroom.runtime.engine import Engine

RULES: Final = """\
version: 1
tables:
  contact: {{fields: {{email: {{type: email, unique: true}}}}}}
  ticket: {{fields: {{title: {{type: text, max: 250}}}}}}
contacts: {{table: contact, guest: guest@kestrel.example}}
accounts:
  support:
    table: ticket
    address: support@kestrel.example
    receive: {receive}
    send: {{use: file, path: {outbox}, from: support@kestrel.example}}
    trust_results_from: [mx.kestrel.example]
    access:
      create: [{{id: anybody, then: {{allow_as: guest}}}}]
      update: [{{id: nobody, then: discard}}]
    mapping: {{set: {{title: "${{subject}}"}}}}
    notify:
      - id: ack
        after: created
        when: subject like "*00" or subject like "*01" or subject like "*02"
        to: "${{from.addr_spec}}"
        template: told
      - id: page
        after: created
        when: subject like "*00" or subject like "*01" or subject like "*02"
        to: boss@kestrel.example
        template: told
templates:
  told: {{subject: "About: ${{record.title ?? \\"?\\"}}", text: "Look."}}
"""
TOLD: Final = ("00", "01", "02")
"""How the subjects end that people are told of: each notice costs two commits."""


@dataclass
class Trial:
    """A rule folder and its line, for one cell."""

    cell: Cell
    folder: Path
    line: Line
    real_readers: bool = False
    left: int = field(init=False)
    """Crashes still to come. What is behind a commit is reached once, and then it is done with."""

    def __post_init__(self) -> None:
        self.left = self.cell.crashes
        self.folder.mkdir(parents=True)
        rules = RULES.format(receive=self.line.receive, outbox=self.folder / "outbox")
        (self.folder / "rules.yaml").write_text(rules, "utf-8")

    def run(self) -> list[str]:
        """Deliver, crash, recover; return what is wrong afterwards."""
        self.line.deliver(self)
        for _ in range(self.cell.crashes + 1):
            if not self.pass_over():
                break
        if self.left == self.cell.crashes:
            return ["the failpoint was never reached"]
        wrong: list[str] = forked(lambda: [*judge(self)])
        return wrong

    def pass_over(self) -> bool:
        """Run an engine to its end; return whether it died."""
        return self.crashed(self.start(self.once))

    def start(self, work: Callable[[], object], *, armed: bool = True) -> int:
        """Fork a child that does something and dies at the failpoint, if a crash is to come."""
        point = self.cell.point if armed and self.left else ""
        return fork(work, point)

    def crashed(self, child: int) -> bool:
        """Wait for a child; return whether it died at the failpoint."""
        died = died_at_the_failpoint(os.waitpid(child, 0)[1])
        self.left -= died
        return died

    def read_here(self) -> None:
        """Read mail in this process, unless other processes are asked for."""
        if not self.real_readers:
            setattr(start, "Isolated", lambda: IN_PROCESS)  # noqa: B010 - it is not ours to name
        setattr(suspects, "LIVED", 0.0)  # noqa: B010 - nothing kills these engines by chance

    def engine(self) -> Engine:
        """Return an engine on the folder."""
        self.read_here()
        return start.assemble(folders(self.folder), plugins=plugins())

    def once(self) -> None:
        """Work off what is there."""
        if not run_once(self.engine()):
            raise RuntimeError("the engine had trouble")

    def listen(self) -> None:
        """Run an engine until SIGTERM."""
        stop = Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        run_until(self.when_it_is_free(), stop)

    def when_it_is_free(self) -> Engine:
        """Return an engine on the folder as soon as nobody else has one."""
        while True:
            try:
                return self.engine()
            except Problem as error:
                if error.diagnostic.code != "PR520":
                    raise
                time.sleep(0.01)


def judge(trial: Trial) -> Iterator[str]:
    """Hold what was delivered against what there is; yield what does not agree."""
    count = trial.cell.count
    archive = stores.archive(trial.folder / "postroom-data")
    wanted = sorted(f"Request {n:05d}" for n in range(count))
    titles = column(archive, "SELECT title FROM records.ticket ORDER BY title")
    if titles != wanted:
        yield f"records: {difference(titles, wanted)}"
    incoming = "FROM communications WHERE direction = 'in'"
    for words in ("count(*)", "count(DISTINCT sha256)"):
        if column(archive, f"SELECT {words} {incoming}") != [count]:
            yield f"messages: {column(archive, f'SELECT {words} {incoming}')}, not {count}"
    outcomes = Counter(column(archive, "SELECT outcome FROM decisions"))
    again = outcomes.pop("duplicate", 0)
    if outcomes != {"created": count} or again > trial.cell.crashes * count:
        yield f"decisions: {dict(outcomes)}, {again} duplicates"
    if again and trial.cell.kind in ("imap", "files"):
        yield f"{again} were decided twice"
    if column(archive, "SELECT max(seq) = count(*) FROM entries") != [True]:
        yield "the audit log has a gap"
    yield from judge_notices(trial, archive, [each for each in wanted if each.endswith(TOLD)])
    yield from trial.line.judge(count)


def judge_notices(trial: Trial, archive: Archive, wanted: Sequence[str]) -> Iterator[str]:
    """Alerts at least once, with one key; answers at most once, and accounted for."""
    sent = [path.read_text("utf-8") for path in (trial.folder / "outbox").glob("*")]
    alerts: dict[str, set[str]] = {}
    answers: Counter[str] = Counter()
    for letter in sent:
        lines = letter.split("\n\n")[0].splitlines()
        fields = dict(line.split(": ", 1) for line in lines if ": " in line)
        title = fields["Subject"].partition("About: ")[2]
        if fields["To"] == "boss@kestrel.example":
            alerts.setdefault(title, set()).add(fields["X-Postroom-Key"])
        else:
            answers[title] += 1
    if sorted(alerts) != list(wanted):
        yield f"alerts: {difference(sorted(alerts), wanted)}"
    if any(len(keys) > 1 for keys in alerts.values()):
        yield "an alert was repeated under another key"
    if any(times > 1 for times in answers.values()):
        yield "an answer went out twice"
    query = "SELECT count(*) FROM notices WHERE notice = 'answer' AND event = '{}'"
    unknown = column(archive, query.format("unknown"))[0]
    queued = column(archive, query.format("queued"))[0]
    if not queued - unknown <= len(answers) <= queued:
        yield f"answers: {queued} queued, {len(answers)} went out, {unknown} unknown"


def column(archive: Archive, query: str) -> list[Any]:
    return [row[0] for row in archive.query(query).rows]


def difference(found: Sequence[str], wanted: Sequence[str]) -> str:
    lost, more = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
    return f"{sum(lost.values())} lost, {sum(more.values())} too many"


def trial(cell: Cell, server: Mailserver | None, *, real_readers: bool) -> list[str]:
    """Run one cell in a folder of its own; return what is wrong."""
    folder = Path(tempfile.mkdtemp(prefix="crash", dir="/tmp"))
    try:
        line = line_of(cell.kind, folder, cell.count, server)
        return Trial(cell, folder / "rules", line, real_readers).run()
    except Exception as error:  # noqa: BLE001 - it is a red cell, and the others go on
        traceback.print_exc()
        return [f"{type(error).__name__}: {error}"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run the matrix, print it, and say whether all of it is green."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--isolated", action="store_true", help="read in other processes")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--points", nargs="+", choices=[*failpoints.POINTS], default=None)
    parser.add_argument("--counts", nargs="+", type=int, default=None)
    parser.add_argument("--keep", type=Path, help="a file of what was found before")
    parser.add_argument("--page", type=Path, help="the page to write")
    given = parser.parse_args()
    os.environ["MAIL_PASSWORD"] = PASSWORD
    import_what_engines_import()
    wanted = [
        cell
        for cell in cells(full=given.full, kinds=given.kinds)
        if not given.points or cell.point in given.points
        if not given.counts or cell.count in given.counts
    ]
    results = remembered(given.keep) if given.keep else {}
    with dovecot() if "imap" in given.kinds else nullcontext() as server:
        for cell in wanted:
            if cell not in results:
                results[cell] = tried(cell, server, isolated=given.isolated)
                if given.keep:
                    remember(given.keep, cell, results[cell])
    say(table(results, given.kinds))
    if given.page:
        given.page.write_text(page(results), "utf-8")
    return int(any(results.values()))


@cache
def plugins() -> Plugins:
    """Return what engines find, once for all of them."""
    return find_plugins()


def import_what_engines_import() -> None:
    """Run an engine in a child, and import here what it imported, so that the others need not."""
    folder = Path(tempfile.mkdtemp(prefix="crash", dir="/tmp"))
    try:
        first = Trial(Cell("", "files", 1, 0), folder / "rules", Files(folder, 1))

        def imported() -> list[str]:
            first.once()
            return [*sys.modules]

        for name in forked(imported):
            with suppress(ImportError):
                importlib.import_module(name)
        load_rules(folders(first.folder).rules, plugins())  # what is made of grammars is kept
    finally:
        shutil.rmtree(folder)


def tried(cell: Cell, server: Mailserver | None, *, isolated: bool) -> list[str]:
    """Run one cell, and say at once what is wrong, or how long it took."""
    began = time.monotonic()
    wrong = trial(cell, server, real_readers=isolated)
    for each in wrong:
        say(f"RED   {cell}: {each}")
    if not wrong:
        sys.stderr.write(f"green {cell}: {time.monotonic() - began:.1f} s\n")
    return wrong


def say(words: str) -> None:
    """Print at once: whoever reads it may be a test that waits."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


@contextmanager
def dovecot() -> Iterator[Mailserver]:
    """Run a Dovecot for all cells; each takes a user of its own."""
    with tempfile.TemporaryDirectory(prefix="crash") as folder:
        ca = LocalCA(Path(folder))
        server = Dovecot(ca.issue(), ca.ca_file, "http://127.0.0.1:9")  # nobody shows a token
        try:
            yield Mailserver(server.start(), ca.ca_file)
        finally:
            server.remove()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
