"""An engine in a world of chance: the same seed, the same story, and it is judged at each step.

    python -m postroom.testing.simulation 4711        one seed, with what happened
    python -m postroom.testing.simulation 0-999       many, and the first that fails

The engine is the real one: fetching, deciding, committing, server actions, the outbox. Clock,
randomness, mail server, store and whoever gets letters are not. Mail arrives, lines break, the disk
is full, others tidy the mailbox, it is numbered anew, clocks jump, and engines die at any moment.
After each step all that was delivered is held against all that there is.
"""

from __future__ import annotations

import argparse
import logging
import sys
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Event as Stop
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import pluggy

from postroom.hooks.manager import Plugins
from postroom.identity.token import KeyRing, Tokens
from postroom.rules.load import Kinds, load
from postroom.runtime.engine import Engine
from postroom.runtime.events import Trouble, nobody
from postroom.runtime.secrets import Secrets
from postroom.runtime.sending.desk import Desk
from postroom.runtime.sending.letters import Letterhead
from postroom.runtime.sending.outbox import Outbox
from postroom.runtime.worker import Worker
from postroom.source.text import Source
from postroom.testing.memory_store import MemorySettings
from postroom.testing.simulated_judge import Judge
from postroom.testing.simulated_world import (
    DEADLY,
    INBOX,
    Crashed,
    DyingStore,
    SimulatedReader,
    World,
    digest,
    notifier_of,
    title,
    transport_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.events import Event

STEPS: Final = 14
_CALM: Final = 40
"""Rounds without trouble until all must be done; a notice is tried again after four hours."""
_DIES: Final = 0.6
_FULL: Final = 0.1
"""How likely it is that an engine dies before long, or finds the disk full."""
_SHOWN: Final = 30
_NOBODY_THOUGHT_OF: Final = "PR531"
RULES: Final = """\
version: 1
tables:
  contact: {fields: {email: {type: email, unique: true}}}
  ticket: {fields: {title: {type: text, max: 250}}}
contacts: {table: contact, guest: guest@kestrel.example}
accounts:
  support:
    table: ticket
    address: support@kestrel.example
    receive: {use: simulated, after: {decided: {move_to: Done}}}
    send: {use: simulated, from: support@kestrel.example}
    trust_results_from: [mx.kestrel.example]
    access:
      create: [{id: anybody, then: {allow_as: guest}}]
      update: [{id: nobody, then: discard}]
    mapping: {set: {title: "${subject}"}}
    notify:
      - {id: ack, after: created, to: "${from.addr_spec}", template: told}
      - {id: page, after: created, to: boss@kestrel.example, template: told}
templates:
  told: {subject: 'About: ${record.title ?? "?"}', text: "Look."}
"""


@cache
def _rules() -> RuleSet:
    kinds = Kinds({"simulated": MemorySettings}, {"simulated": MemorySettings})
    return load([Source("rules.yaml", RULES)], kinds)


def mail(number: int, words: str = "Hello.") -> bytes:
    """Return a message of a sender of its own, whom we may answer."""
    sender = f"ann@w{number}.example"
    return (
        f"Return-Path: <{sender}>\r\n"
        f"Authentication-Results: mx.kestrel.example; dmarc=pass header.from=w{number}.example\r\n"
        f"From: Ann <{sender}>\r\nTo: support@kestrel.example\r\nSubject: Request {number}\r\n"
        f"Message-ID: <{number}@w{number}.example>\r\nDate: Mon, 2 Nov 2026 08:00:00 +0000\r\n\r\n"
        f"{words}\r\n"
    ).encode()


class Inline(Executor):
    """Works at once, where it is asked: no story may hang on which thread is quicker."""

    def __init__(self, *_: object) -> None:
        """Take what a pool of threads takes."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        """Do it."""
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - as a pool does; it is raised by `result`
            done.set_exception(error)
        return done


@dataclass
class Parts:
    """What a simulated engine is made of; a test puts something broken in its place."""

    worker: Callable[..., Worker] = Worker
    outbox: Callable[..., Outbox] = Outbox
    store: Callable[[World], DyingStore] = DyingStore


@dataclass
class Simulation:
    """The story of one seed."""

    seed: int
    parts: Parts = field(default_factory=Parts)

    def __post_init__(self) -> None:
        """Make the world, and no engine yet."""
        self.world = World(self.seed)
        self.judge = Judge(self.world)
        self._number = 0
        self._worker: Worker | None = None
        self._outbox: Outbox | None = None
        things: dict[str, dict[str, Any]] = {
            "transport": {"simulated": transport_of(self.world)},
            "notifier": {"simulated": notifier_of(self.world)},
            "receiver": {},
            "authenticator": {},
        }
        self._plugins = Plugins((), (), things, pluggy.PluginManager("postroom"))

    def run(self) -> list[str]:
        """Tell the story; return what is wrong, as soon as anything is."""
        with patch("postroom.runtime.messages.ahead.ThreadPoolExecutor", Inline):
            for _ in range(STEPS):
                self._step()
                if wrong := [*self.judge.look()]:
                    return wrong
            return self._in_the_end()

    def _step(self) -> None:
        steps: list[tuple[int, Callable[[], None]]] = [
            (6, self._deliver), (10, self._work), (2, self._tidy), (1, self._renumber),
            (2, self._jump), (1, self._stop),
        ]  # fmt: skip
        weights = [weight for weight, _ in steps]
        self.world.chance.choices([step for _, step in steps], weights)[0]()

    def _deliver(self) -> None:
        chance = self.world.chance
        for _ in range(chance.randint(1, 4)):
            kind = chance.choices(["new", "deadly", "again", "same id"], [20, 1, 2, 1])[0]
            raw = mail(self._number, DEADLY.decode() if kind == "deadly" else "Hello.")
            if kind == "again" and self.judge.delivered:
                raw = chance.choice([*self.judge.delivered.values()])
            elif kind == "same id" and self._number:
                raw = mail(chance.randrange(self._number), f"Another text, {self._number}.")
            self._number += 1
            self._say(f"{title(raw)} arrives ({kind}) as {self.world.next_uid}")
            self.world.arrive(raw)
            self.judge.delivered[digest(raw)] = raw
            self.judge.taken_away.discard(digest(raw))

    def _work(self) -> None:
        world, chance = self.world, self.world.chance
        world.fuse = chance.randint(0, 40) if chance.random() < _DIES else -1
        world.trouble = chance.choice([0, 0, 0.05, 0.2])
        world.full = chance.random() < _FULL
        self._say(f"the engine works; trouble {world.trouble}" + ", disk full" * world.full)
        self._work_now()
        world.fuse, world.trouble, world.full = -1, 0.0, False

    def _work_now(self) -> None:
        try:
            if self._worker is None or self._outbox is None:
                self._start()
            if self._worker and self._outbox:
                self._worker.once(Stop())
                self._outbox.work_off(Stop())
        except Crashed:
            self._worker = self._outbox = None
            self.world.dead = self.world.disk.held = False
        except Exception as error:  # noqa: BLE001 - a chore of the engine fails, and is tried again
            self._say(f"    the outbox has trouble: {error}")

    def _start(self) -> None:
        """Begin a new engine on what the last one left."""
        world, rules = self.world, _rules()
        world.disk.held = False
        store = self.parts.store(world)
        store.open(rules.tables)
        tokens = Tokens(KeyRing.single(bytes(range(64)), "test"), store.table_ids())
        secrets = Secrets(Path(), environment={})
        engine = Engine(
            rules, store, tokens, self._plugins, secrets, world.clock(), self._hear,
            SimulatedReader(world),
        )  # fmt: skip
        account, receive = next(engine.receiving)
        desk = Desk(rules, self._plugins.notifiers(), secrets)
        head = Letterhead(tokens.ring, rules.hash)
        self._worker = self.parts.worker(engine, account, receive)
        self._outbox = self.parts.outbox(store, desk, head, engine.clock, nobody)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Trouble) and event.found.code == _NOBODY_THOUGHT_OF:
            self.world.wrong.append(event.found.message)

    def _stop(self) -> None:
        self._say("the engine is stopped")
        self._worker = self._outbox = None

    def _tidy(self) -> None:
        box = self.world.boxes[INBOX]
        if box:
            uid = self.world.chance.choice(sorted(box))
            raw = box.pop(uid)
            self._say(f"somebody else removes {title(raw)}, {uid}")
            if digest(raw) not in self.judge.known() and raw not in box.values():
                self.judge.taken_away.add(digest(raw))

    def _renumber(self) -> None:
        self.world.renumber()
        self._say(f"the mailbox is numbered anew, epoch {self.world.epoch}")

    def _jump(self) -> None:
        jump = timedelta(minutes=self.world.chance.choice([-3000, -5, 1, 30, 300, 3000]))
        self.world.now += jump
        self.world.steady += max(0.0, jump.total_seconds())
        self._say(f"the clock moves by {jump.total_seconds() / 60:+.0f} min")

    def _say(self, words: str) -> None:
        self.world.trace.append(words)

    def _in_the_end(self) -> list[str]:
        """Let the engine work in peace until all is done; return what is not."""
        wrong: list[str] = []
        for _ in range(_CALM):
            self._say("the engine works in peace")
            self._work_now()
            if wrong := [*self.judge.look()]:
                return wrong
            if not (wrong := [*self.judge.what_is_left()]):
                return []
            self.world.now += timedelta(hours=4, minutes=1)
            self.world.steady += 4 * 3600 + 60
        return wrong


def report(simulation: Simulation, wrong: Sequence[str]) -> str:
    """Return what went wrong, what led to it, and how to see it again."""
    trace = simulation.world.trace[-_SHOWN:]
    lines = [f"seed {simulation.seed}: {'; '.join(wrong[:3]) or 'all is well'}", *trace]
    return "\n".join([*lines, f"again: python -m postroom.testing.simulation {simulation.seed}"])


def first_failure(seeds: Sequence[int], parts: Parts | None = None) -> str:
    """Run seeds; return the report of the first that fails, or "" if none does."""
    logging.getLogger("postroom").setLevel(logging.CRITICAL)
    for seed in seeds:
        simulation = Simulation(seed, parts or Parts())
        if wrong := simulation.run():
            return report(simulation, wrong)
    return ""


def main(words: Sequence[str] | None = None) -> int:
    """Run the seeds that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m postroom.testing.simulation")
    parser.add_argument("seeds", help="a seed, or `FROM-TO`")
    first, _, last = parser.parse_args(words).seeds.partition("-")
    if not last:
        simulation = Simulation(int(first))
        wrong = simulation.run()
        sys.stdout.write(report(simulation, wrong) + "\n")
        return int(bool(wrong))
    found = first_failure(range(int(first), int(last) + 1))
    sys.stdout.write((found or f"seeds {first} to {last}: all is well") + "\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
