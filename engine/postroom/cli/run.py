"""`postroom run`: fetch, decide, write, answer; until stopped, or once."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, nullcontext, suppress
from threading import Event
from typing import TYPE_CHECKING

import click

from postroom.cli import exits, options
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from postroom.cli.watch import Watcher
    from postroom.runtime.engine import Engine
    from postroom.runtime.events import Event as Told
    from postroom.runtime.events import Listener
    from postroom.runtime.watching.status import Status

_END_SOON = frozenset({"PR420"})
_ONE_REQUEST = 1.0
"""Seconds within which signals are one request: `timeout` and service managers tell a process, and
then the group that it is in.
"""


@click.command("run")
@click.argument("folder", type=options.FOLDER, metavar="DIR")
@click.option("--once", is_flag=True, help="Work off what is there, then end.")
@click.option(
    "--import",
    "importing",
    is_flag=True,
    help="With --once: make records of old mail, with their dates; answer and tell nobody.",
)
@click.option("-v", "--verbose", is_flag=True, help="A line for each message.")
@click.option(
    "--shadow",
    type=options.FOLDER,
    help="A folder of rules that decide each message too, and are only noted: postroom shadow.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Answer /health and /metrics there over HTTP: 127.0.0.1:9464.",
)
@options.data
@options.keys
@options.as_json
def command(  # noqa: PLR0913 - the command line has that many options
    folder: Path,
    *,
    once: bool,
    importing: bool,
    verbose: bool,
    shadow: Path | None,
    listen: str | None,
    data: Path | None,
    keys: Path | None,
    as_json: bool,
) -> int:
    """Run the rules in a folder: turn mail into records until stopped with Ctrl-C.

    SIGHUP has it read the folder again: rules that check and whose tests pass decide from then on;
    others are refused and those that decide go on.

    With --once, exit code 3 if a mailbox could not be read; the others are worked off all the
    same.
    """
    from postroom.runtime.rulesets.shadow import cast_shadow
    from postroom.runtime.settings import folders
    from postroom.runtime.start import assemble
    from postroom.runtime.supervise import run_once, run_until

    if importing and not once:
        raise click.UsageError("--import answers nobody, so it goes with --once only")
    _log_to_standard_error()
    with (
        _left_at_once(),
        _listening(listen) if listen else nullcontext() as post,
        _watcher(as_json=as_json, verbose=verbose) as tell,
        _stopped_by_signals() as stop,
        _reloaded_by_a_signal() as look,
    ):
        engine = assemble(folders(folder, data, keys), tell=_while_somebody_reads(tell, stop))
        _warn(engine)
        if not list(engine.receiving):
            engine.close()
            raise _nothing_to_do()
        engine.importing = importing
        if shadow is not None:
            cast_shadow(engine, shadow)
        fine = run_once(engine, stop) if once else run_until(engine, stop, look, post)
    return exits.FINE if fine else exits.OUTSIDE


def _watcher(*, as_json: bool, verbose: bool) -> Watcher:
    from postroom.cli.watch import Lines, Live, Machine

    if as_json:
        return Machine()
    return Live(verbose=verbose) if sys.stdout.isatty() else Lines(verbose=verbose)


@contextmanager
def _listening(place: str) -> Iterator[Callable[[Status], None]]:
    """Answer over HTTP; give what hangs out how the engine is. Raises Problem PR488."""
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.watching.listen import Board, listening, place_of

    board = Board(SYSTEM.now)
    with listening(board, place_of(place)):
        yield board.post


def _while_somebody_reads(tell: Listener, stop: Event) -> Listener:
    """Stop when our output has lost its reader: `postroom run ... | head`."""

    def told(event: Told) -> None:
        try:
            tell(event)
        except BrokenPipeError:
            stop.set()

    return told


@contextmanager
def _left_at_once() -> Iterator[None]:
    """End the process when somebody will not wait. The next start finds all as after a crash.

    Threads are at work and cannot be waited for: Python would, and DuckDB complain that it is used.
    """
    try:
        yield
    except KeyboardInterrupt:
        with suppress(OSError):
            click.echo("interrupted; what was in hand is found at the next start", err=True)
            sys.stdout.flush()
        os._exit(exits.INTERRUPTED)


@contextmanager
def _stopped_by_signals() -> Iterator[Event]:
    """Give an event that Ctrl-C and SIGTERM set; the second time, they end the process at once."""
    from postroom.runtime.clock import SYSTEM

    stop = Event()
    first: float | None = None

    def stop_it(number: int, frame: FrameType | None) -> None:
        nonlocal first
        del number, frame
        now = SYSTEM.monotonic()
        if first is None:
            first = now
            stop.set()
        elif now - first >= _ONE_REQUEST:
            raise KeyboardInterrupt

    before = {each: signal.signal(each, stop_it) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _reloaded_by_a_signal() -> Iterator[Callable[[Engine], None]]:
    """Give what has an engine read its rules again if SIGHUP has come since the last time."""
    from postroom.cli.activate import tested
    from postroom.runtime.rulesets.activation import reload

    asked = Event()

    def look(engine: Engine) -> None:
        if asked.is_set():
            asked.clear()
            reload(engine, tested)

    hang_up: signal.Signals | None = getattr(signal, "SIGHUP", None)
    if hang_up is None:  # Windows
        yield look
        return
    before = signal.signal(hang_up, lambda *_: asked.set())
    try:
        yield look
    finally:
        signal.signal(hang_up, before)


def _warn(engine: Engine) -> None:
    """Say what will not go on for long; `check` says it too, but that was long ago."""
    from postroom.source.render import as_text

    for each in engine.rules.warnings:
        if each.code in _END_SOON:
            click.echo(as_text(each), err=True)


def _log_to_standard_error() -> None:
    import logging

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")


def _nothing_to_do() -> Problem:
    words = "no account is active and has a `receive:`, so there is no mail to fetch"
    return Problem(Diagnostic("PR432", words, help="add `receive:` to an account"))
