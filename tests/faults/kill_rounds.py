"""`kill -9` at random under load, again and again; whoever delivered is the judge.

    python -m tests.faults.kill_rounds               six rounds, as the suite does
    python -m tests.faults.kill_rounds --rounds 200  some ten minutes; needs Dovecot, Postfix, root

In each round mail comes in at a real Dovecot, which an engine fetches from over IMAPS, and at a
real Postfix, which hands it over by LMTP; meanwhile the engine is killed: while it starts, while it
writes, while it stops; and one of the processes that read for it. At the end one engine is left
alone until nothing waits anywhere. What was delivered is then held against records, messages,
decisions, the audit log, notices, the mailbox and Postfix's queue. A message that was given up
is one that is lost: nobody but us has killed, and no message is to blame for that.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import smtplib
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

from tests.end_to_end.desk import mail as plain_mail
from tests.faults.crash_matrix import (
    column,
    difference,
    dovecot,
    import_what_engines_import,
    say,
)
from tests.faults.forks import fork
from tests.faults.processes import children
from tests.servers.dovecot import PASSWORD
from tests.servers.ports import free_ports
from tests.servers.postfix import Postfix

from postroom.model.sealing import leaf
from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.runtime.stores import archive
from postroom.runtime.supervise import run_once, run_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.dovecot import User

    from postroom.hooks.contracts import Archive

ACCOUNT: Final = """\
  {name}:
    table: ticket
    address: {name}@example.test
    receive: {receive}
    send: {{use: file, path: {outbox}, from: {name}@example.test}}
    access:
      create: [{{id: anybody, then: {{allow_as: guest}}}}]
      update: [{{id: nobody, then: discard}}]
    mapping: {{set: {{title: "${{subject}}"}}}}
    notify:
      - {{id: page, after: created, to: boss@example.test, template: told}}
"""
HEAD: Final = """\
version: 1
tables:
  contact: {fields: {email: {type: email, unique: true}}}
  ticket: {fields: {title: {type: text, max: 250}}}
contacts: {table: contact, guest: guest@example.test}
templates:
  told: {subject: 'About: ${record.title ?? "?"}', text: "Look."}
accounts:
"""
QUIET_WITHIN: Final = 300.0
WRITES_WITHIN: Final = 60.0
MOMENTS: Final = {"starting": 2, "writing": 5, "stopping": 1, "caught up": 1}
"""When an engine is killed, and how often."""


@dataclass
class Load:
    """Two ways in, and the ledger of what was delivered on each."""

    user: User
    postfix: Postfix
    where: Path
    chance: random.Random
    fetched: list[str] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    kills: int = 0
    at_work: int = 0
    """Kills of an engine that had written something in its life."""
    moments: Counter[str] = field(default_factory=Counter)
    readers: int = 0
    """Kills of processes that read."""

    def round(self) -> None:
        """Deliver while an engine runs, and kill it."""
        before = self.size()
        child = fork(self.engine)
        threads = [Thread(target=self._append), Thread(target=self._send)]
        for thread in threads:
            thread.start()
        if self.chance.random() < 0.5:
            self._kill_a_reader(child, before)
        (moment,) = self.chance.choices([*MOMENTS], [*MOMENTS.values()])
        self._wait_until(moment, child, threads)
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        if os.WIFEXITED(status) and (moment != "stopping" or os.WEXITSTATUS(status)):
            raise RuntimeError(f"an engine ended by itself with {os.WEXITSTATUS(status)}")
        for thread in threads:
            thread.join()
        self.kills += 1
        self.moments[moment] += 1
        self.at_work += self.size() > before

    def _wait_until(self, moment: str, child: int, threads: list[Thread]) -> None:
        """Wait for progress and not for a time: the machine may be slow."""
        if moment == "starting":
            time.sleep(self.chance.uniform(0, 1.5))
            return
        if moment == "caught up":
            for thread in threads:
                thread.join()
            self._wait(lambda: self.inbox() == 0)
            return
        for _ in range(self.chance.randint(1, 5)):
            if not self._wait(self._grown_since(self.size())):
                break  # nothing came any more: it waits for mail
        time.sleep(self.chance.uniform(0, 0.2))
        if moment == "stopping":
            os.kill(child, signal.SIGTERM)
            time.sleep(self.chance.uniform(0, 0.3))

    def _kill_a_reader(self, child: int, before: int) -> None:
        """Kill one of the processes that read, once the engine is at work."""
        self._wait(self._grown_since(before))
        for reader in self.chance.sample(readers := children(child), min(1, len(readers))):
            with suppress(ProcessLookupError):
                os.kill(reader, signal.SIGKILL)
                self.readers += 1

    def _grown_since(self, before: int) -> Callable[[], bool]:
        return lambda: self.size() != before

    @staticmethod
    def _wait(until: Callable[[], bool]) -> bool:
        """Wait for something; return whether it came."""
        give_up_at = time.monotonic() + WRITES_WITHIN
        while not until():
            if time.monotonic() > give_up_at:
                return False
            time.sleep(0.005)
        return True

    def once(self) -> None:
        """Fetch what is there, do what is due, send what waits."""
        run_once(assemble(folders(self.where)))

    def engine(self) -> None:
        """Run until SIGTERM."""
        stop = Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        run_until(assemble(folders(self.where)), stop)

    def size(self) -> int:
        """Return how much raw mail is kept."""
        packs = (self.where / "postroom-data/packs").glob("*.pack")
        return sum(path.stat().st_size for path in packs)

    def drain(self) -> None:
        """Let an engine work until nothing waits anywhere."""
        child = fork(self.engine)
        give_up_at = time.monotonic() + QUIET_WITHIN
        while self.queued() and time.monotonic() < give_up_at:
            self.postfix.flush()
            time.sleep(0.5)
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        os.waitpid(fork(self.once), 0)

    def inbox(self, folder: str = "INBOX") -> int:
        """Return how many messages lie in a folder."""
        said = self.user.doveadm("mailbox", "status", "messages", folder)
        return int(said.split("=")[-1])

    def queued(self) -> int:
        """Return how many messages Postfix keeps."""
        queue = self.postfix.folder / "queue"
        kept = [queue / name for name in ("active", "deferred", "incoming", "maildrop", "hold")]
        return sum(1 for folder in kept for path in folder.rglob("*") if path.is_file())

    def _append(self) -> None:
        count = self.chance.randint(3, 25)
        numbers = range(len(self.fetched), len(self.fetched) + count)
        self.user.append([plain_mail(number, "Fetched") for number in numbers])
        self.fetched += [f"Fetched {number:05d}" for number in numbers]

    def _send(self) -> None:
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=60) as connection:
            for _ in range(self.chance.randint(3, 12)):
                raw = plain_mail(len(self.handed), "Handed")
                connection.sendmail("ann@else.test", ["handed@example.test"], raw)
                self.handed.append(f"Handed {len(self.handed):05d}")


def judge(load: Load) -> Iterator[str]:
    """Yield whatever does not agree with what was delivered."""
    found = archive(load.where / "postroom-data")
    wanted = sorted([*load.fetched, *load.handed])
    yield from (
        f"`{title}` was given up, and nothing is wrong with it" for title in given_up(found)
    )
    titles = column(found, "SELECT title FROM records.ticket ORDER BY title")
    if titles != wanted:
        yield f"records: {difference(titles, wanted)}"
    for account, delivered in (("fetched", load.fetched), ("handed", load.handed)):
        mine = f"account = '{account}' AND direction = 'in'"
        for words in ("count(*)", "count(DISTINCT sha256)"):
            (count,) = column(found, f"SELECT {words} FROM communications WHERE {mine}")
            if count != len(delivered):
                yield f"messages of {account}: {words} is {count}, not {len(delivered)}"
    outcomes = Counter(column(found, "SELECT outcome FROM decisions"))
    outcomes.pop("duplicate", 0)
    if outcomes != {"created": len(wanted)}:
        yield f"decisions: {dict(outcomes)}, and {len(wanted)} messages were delivered"
    yield from judge_log(found)
    alerts = {
        path.read_text("utf-8").partition("About: ")[2].partition("\n")[0]
        for path in (load.where.parent / "outbox").glob("*")
    }
    if sorted(alerts) != titles:
        yield f"alerts: {difference(sorted(alerts), titles)}"
    if (load.inbox(), load.inbox("Done"), load.queued()) != (0, len(load.fetched), 0):
        yield f"left: {load.inbox()} in INBOX, {load.queued()} with Postfix"


def given_up(found: Archive) -> list[str]:
    """Return the subjects of messages that were put aside because engines died with them."""
    ids = column(found, "SELECT communication FROM entries WHERE kind = 'message_given_up'")
    raws = (found.raw(each) for each in ids)
    return [raw.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode() for raw in raws]


def judge_log(found: Archive) -> Iterator[str]:
    """Yield what is wrong with the audit log: its numbers, its hashes."""
    if column(found, "SELECT max(seq) = count(*) FROM entries") != [True]:
        yield "the audit log has a gap"
    after = 0
    while rows := found.query(
        f"SELECT seq, body, leaf FROM entries WHERE seq > {after} ORDER BY seq LIMIT 5000"
    ).rows:
        yield from (f"entry {seq} was changed" for seq, body, kept in rows if leaf(body) != kept)
        after = rows[-1][0]


def main(words: list[str] | None = None) -> int:
    """Run the rounds, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    os.environ["MAIL_PASSWORD"] = PASSWORD
    import_what_engines_import()
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="kill", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(dovecot())
        (port,) = free_ports(1)
        postfix = Postfix(f"lmtp:inet:127.0.0.1:{port}")
        stack.callback(postfix.remove)
        postfix.start()
        user = server.dovecot.user()
        load = Load(user, postfix, folder / "rules", random.Random(given.seed))
        write_rules(load, server.dovecot.imaps, server.ca_file, port)
        for _ in range(given.rounds):
            load.round()
        load.drain()
        wrong = [*judge(load)]
    delivered = (
        f"{len(load.fetched)} fetched from Dovecot, {len(load.handed)} handed over by Postfix"
    )
    say(f"{load.kills} kills, {load.at_work} of an engine that had written; {delivered}")
    when = ", ".join(f"{times} {moment}" for moment, times in sorted(load.moments.items()))
    say(f"killed when {when}; and {load.readers} readers")
    for each in wrong:
        say(f"RED   {each}")
    say(f"{'RED' if wrong else 'green'} after {time.monotonic() - began:.0f} s")
    return int(bool(wrong))


def write_rules(load: Load, imaps: int, ca_file: Path, lmtp: int) -> None:
    """Write rules with an account for each way in."""
    fetched = (
        f"{{use: imap, host: localhost, port: {imaps}, username: {load.user.name}, "
        f"password: {{env: MAIL_PASSWORD}}, ca_file: {ca_file}, "
        "after: {decided: {move_to: Done}}}"
    )
    ways: dict[str, Any] = {"fetched": fetched, "handed": f"{{use: lmtp, port: {lmtp}}}"}
    outbox = load.where.parent / "outbox"
    accounts = [
        ACCOUNT.format(name=name, receive=receive, outbox=outbox) for name, receive in ways.items()
    ]
    load.where.mkdir()
    (load.where / "rules.yaml").write_text(HEAD + "".join(accounts), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
