"""Run an engine: a thread for each account, one for the outbox, one that publishes.

Nothing here decides anything. A thread that has trouble says so and goes on later; the others do
not notice. To stop, an event is set: whoever holds a batch commits it, connections are closed
under those who wait, and every thread is joined. When other rules are taken up, all threads stop
like this and begin anew: accounts, notifiers and receivers are then those of the rules that decide.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from postroom.runtime.backoff import FETCHING
from postroom.runtime.clock_watch import ClockWatch
from postroom.runtime.events import Recovered, Stopped, Trouble
from postroom.runtime.messages import raw_mail
from postroom.runtime.receiving.intake import Intake
from postroom.runtime.receiving.receivers import Reception, receptions
from postroom.runtime.requests import acts
from postroom.runtime.sending.desk import Desk
from postroom.runtime.sending.letters import Letterhead
from postroom.runtime.sending.outbox import Outbox
from postroom.runtime.watching import status
from postroom.runtime.watching.watchman import Watchman
from postroom.runtime.worker import Worker, what_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.engine import Engine
    from postroom.runtime.watching.status import Status

_GRACE = 30.0
"""Seconds that a thread gets to finish what it has in hand; the rest is found at the next start."""
_PUBLISH_EVERY = 2.0
_PUBLISH_REST = 9.0
"""Publishing takes a tenth of the time at most, however much there is to publish."""
_SEND_EVERY = 1.0
_CLOCK_EVERY = 10.0
_ASKED_EVERY = 0.25
_COUNT_EVERY = 10.0
_COUNT_REST = 50.0
_LOOK = 0.1
_ATTEND_EVERY = 1.0
_log = logging.getLogger(__name__)


def run_once(engine: Engine, stop: Event | None = None) -> bool:
    """Work off what lies on the servers and in the outbox, then close the engine.

    Return whether every account could be read, and everything was published.
    """
    read: dict[str, bool] = {}

    def one(worker: Worker | Reception, halt: Event) -> None:
        read[worker.account.name] = False  # it may hang for ever
        read[worker.account.name] = worker.once(halt)

    closed = _work(engine, one, stop or Event(), Watchman(engine))
    return closed and all(read.values())


def run_until(
    engine: Engine,
    stop: Event,
    look: Callable[[Engine], object] | None = None,
    post: Callable[[Status], None] | None = None,
) -> bool:
    """Work until the event is set, then close the engine; return whether all was published.

    look is done now and then beside the work; it may have the engine take up other rules. post is
    shown how the engine is, every few seconds.
    """
    watchman = Watchman(engine, post) if post else Watchman(engine)
    return _work(engine, lambda worker, halt: worker.until(halt), stop, watchman, look or _nothing)


def _work(
    engine: Engine,
    do: Callable[[Worker | Reception, Event], None],
    stop: Event,
    watchman: Watchman,
    look: Callable[[Engine], object] | None = None,
) -> bool:
    rules = None
    while rules is not engine.rules and not (rules and stop.is_set()):
        rules = engine.rules
        _under(engine, _Course(rules, do, stop, watchman, look))
    _tried(engine, "watch", watchman.leave)
    closed = _tried(engine, "publish", engine.close)
    engine.tell(Stopped())
    return closed


def _under(engine: Engine, course: _Course) -> None:
    """Work until all is done, the event is set, or other rules were taken up."""
    rules, stop = course.rules, course.stop
    intake = Intake(engine)
    fetched = engine.plugins.transports()
    workers: list[Worker | Reception] = [
        *(Worker(engine, *each) for each in engine.receiving if each[1].use in fetched),
        *receptions(engine, intake),
    ]
    desk = Desk(rules, engine.plugins.notifiers(), engine.secrets)
    head = Letterhead(engine.tokens.ring, rules.hash)
    outbox = Outbox(engine.store, desk, head, engine.clock, engine.tell)
    _side_by_side(engine, workers, outbox, course)
    intake.close()
    if not stop.is_set():
        _tried(engine, "outbox", partial(outbox.work_off, stop))
        _tried(engine, "raw mail", partial(raw_mail.let_go, engine, stop))
    _tried(engine, "outbox", desk.close)


@dataclass(frozen=True, slots=True)
class _Course:
    """What workers do, and until when."""

    rules: RuleSet
    """Those under which they began."""
    do: Callable[[Worker | Reception, Event], None]
    stop: Event
    watchman: Watchman
    look: Callable[[Engine], object] | None
    """None: only what is there is worked off."""


def _side_by_side(
    engine: Engine, workers: Sequence[Worker | Reception], outbox: Outbox, course: _Course
) -> None:
    """Run the workers, and what goes on behind them until they are done."""
    done, halt = Event(), Event()
    chores = [
        _Chore(engine, "outbox", partial(outbox.work_off, done), _SEND_EVERY),
        _Chore(engine, "publish", engine.publish, _PUBLISH_EVERY, _PUBLISH_REST),
        _Chore(engine, "clock", ClockWatch(engine.store, engine.clock).look, _CLOCK_EVERY),
        _Chore(engine, "watch", course.watchman.look, status.EVERY),
        _Chore(engine, "raw mail", partial(raw_mail.let_go, engine, done), raw_mail.EVERY),
    ]
    if engine.folders is not None:
        requests = acts.tray(engine, engine.folders)
        chores.append(_Chore(engine, "requests", requests.work_off, _ASKED_EVERY))
        chores.append(_Chore(engine, "count", course.watchman.count, _COUNT_EVERY, _COUNT_REST))
    if course.look is not None:
        chores.append(_Chore(engine, "rules", partial(course.look, engine), _ASKED_EVERY))
    behind = [_started(chore.name, partial(chore.until, done)) for chore in chores]
    in_front = [_started(each.account.name, partial(course.do, each, halt)) for each in workers]
    if course.look is not None and not workers:  # rules without an account wait for others
        in_front.append(_started("nobody", halt.wait))
    hopeless = _attend(engine, dict(zip(in_front, [*workers, None], strict=False)), halt, course)
    if halt.is_set():
        _join([_started(f"end {each.account.name}", each.interrupt) for each in workers])
    _join([thread for thread in in_front if thread not in hopeless])
    done.set()
    _join(behind)


def _attend(
    engine: Engine,
    running: Mapping[Thread, Worker | Reception | None],
    halt: Event,
    course: _Course,
) -> list[Thread]:
    """Wait until all threads have ended, or it is time to halt. Who hangs is interrupted.

    Return those that hang all the same: nobody waits for them.
    """
    hopeless: list[Thread] = []
    while waiting := [each for each in running if each.is_alive() and each not in hopeless]:
        if _until_told(waiting[0], engine, course):
            halt.set()
            break
        for thread in waiting:
            worker = running[thread]
            if worker is None:
                continue
            state = worker.hangs()
            if state == "hangs":
                _started(f"interrupt {worker.account.name}", worker.interrupt)
            elif state == "hopeless":
                hopeless.append(thread)
    return hopeless


def _until_told(thread: Thread, engine: Engine, course: _Course) -> bool:
    """Wait a while for a thread to end; return whether it is time to halt."""
    until = monotonic() + _ATTEND_EVERY
    while not course.stop.is_set() and engine.rules is course.rules:
        thread.join(_LOOK)
        if not thread.is_alive() or monotonic() >= until:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Chore:
    """What is done again and again behind the accounts."""

    engine: Engine
    name: str
    do: Callable[[], object]
    every: float
    """Seconds between one time and the next."""
    rest: float = 0
    """How many times as long as it took to leave it alone, at least."""

    def until(self, done: Event) -> None:
        """Do it until the event is set; more slowly while it fails."""
        clock, failures, pause = self.engine.clock, 0, self.every
        while not clock.wait(done, pause):
            began = clock.monotonic()
            try:
                self.do()
            except Exception as error:  # noqa: BLE001 - it is told and tried again
                failures += 1
                wait = FETCHING.after(failures)
                self.engine.tell(Trouble(self.name, what_failed(self.name, error), wait))
                pause = wait.total_seconds()
                continue
            if failures:
                self.engine.tell(Recovered(self.name))
            failures, pause = 0, max(self.every, self.rest * (clock.monotonic() - began))


def _tried(engine: Engine, name: str, do: Callable[[], object]) -> bool:
    """Do it at the end of a run; if it fails, say so: what is left is done at the next start."""
    try:
        do()
    except Exception as error:  # noqa: BLE001 - the engine is to end, whatever a plugin does
        engine.tell(Trouble(name, what_failed(name, error), None))
        return False
    return True


def _nothing(_engine: Engine) -> None:
    """Have nothing to look at."""


def _started(name: str, target: Callable[[], object]) -> Thread:
    # A daemon, so that a plugin that hangs for ever cannot keep the process alive.
    thread = Thread(name=name, target=target, daemon=True)
    thread.start()
    return thread


def _join(threads: Sequence[Thread]) -> None:
    for thread in threads:
        thread.join(_GRACE)
        if thread.is_alive():
            _log.warning("`%s` does not stop; what it has in hand is left as it is", thread.name)
