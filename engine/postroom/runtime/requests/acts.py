"""What commands may ask an engine for, and how they ask: `ask`.

An act that a command needs gets a line in `ACTS`. It is carried out by the engine that runs, or by
one that is opened just for it; the command does not notice which. An act may be carried out twice
for one request, if an engine died over it: it looks at what is stored, and at the request's id.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from postroom.runtime.clock import SYSTEM
from postroom.runtime.receiving import delivery
from postroom.runtime.requests import files as requests
from postroom.runtime.requests import key_acts, review
from postroom.runtime.rulesets import activation
from postroom.runtime.start import assemble
from postroom.runtime.watching import status
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postroom.model.plain import Json
    from postroom.runtime.clock import Clock
    from postroom.runtime.engine import Engine
    from postroom.runtime.requests.files import Request, Tray
    from postroom.runtime.settings import Folders

_LOOK = 0.05
"""Seconds between two looks for the answer."""
_UNTAKEN = 5.0
"""Seconds until a request that no engine takes is withdrawn, and we look whether one runs."""
_PATIENCE = 120.0
"""Seconds until we stop waiting."""
_IN_USE = "PR520"


@dataclass(frozen=True, slots=True)
class Act:
    """Something an engine does when it is asked to."""

    do: Callable[[Engine, Request], Mapping[str, Json]]
    """Raises Problem or RuleError, which whoever asks is told."""
    body: Mapping[str, type] = field(default_factory=dict)
    """What the request must say: each key with the type of its value, no more and no less."""
    publishes: bool = True
    """Whether whoever asked looks at what is published next."""


ACTS: dict[str, Act] = {
    "release": Act(review.release, review.RELEASED),
    "replay": Act(review.replay, review.NAMED),
    "discard": Act(review.discard, review.NAMED),
    "activate": Act(activation.activate, activation.ASKED),
    "deliver": Act(delivery.take, delivery.ASKED, publishes=False),
    "rotate_key": Act(key_acts.rotate, {"days": int}),
    "revoke_key": Act(key_acts.revoke, {"key": int}),
    "revoke_record_tokens": Act(key_acts.revoke_record, {"record": str}),
}
"""Every act, by its verb."""


def ask(
    where: Folders, asked: Request, clock: Clock = SYSTEM, acts: Mapping[str, Act] = ACTS
) -> Mapping[str, Json]:
    """Have something done by the engine that runs on these folders; if none runs, do it here.

    One that says that it runs is asked first: to be told so by the lock takes putting together an
    engine of our own, up to the moment at which it opens the data.

    Raises Problem PR470 if an engine has the data and does not answer, PR471 if it does not
    understand; what the act raises; what opening the data raises.
    """
    end = clock.monotonic() + _PATIENCE
    is_told = _says_that_it_runs(where, clock)
    while clock.monotonic() < end:
        if not is_told:
            try:
                with closing(assemble(where, clock=clock)) as engine:
                    return carry_out(engine, asked, acts)
            except Problem as error:
                if error.diagnostic.code != _IN_USE:
                    raise
        found = _through_the_engine(where, asked, clock, end)
        if found is not None:
            return found
        is_told = False
    raise _no_answer("the engine that has the data does not take requests", where)


def carry_out(engine: Engine, asked: Request, acts: Mapping[str, Act] = ACTS) -> Mapping[str, Json]:
    """Do what is asked for. Raises Problem PR471, and what the act raises."""
    act = acts.get(asked.verb)
    if act is None:
        raise requests.not_understood(f"there is no `{asked.verb}`")
    if set(asked.body) != set(act.body):
        raise requests.not_understood(f"`{asked.verb}` takes: {', '.join(act.body) or 'nothing'}")
    for name, kind in act.body.items():
        if type(asked.body[name]) is not kind:
            raise requests.not_understood(f"`{name}` is no {kind.__name__}")
    return act.do(engine, asked)


def tray(engine: Engine, where: Folders) -> Tray:
    """Return what takes requests for an engine."""

    def act(asked: Request) -> Mapping[str, Json]:
        try:
            return carry_out(engine, asked)
        finally:
            found = ACTS.get(asked.verb)
            if found is None or found.publishes:
                engine.publish()

    return requests.Tray(where.data / requests.FOLDER, act, engine.clock.now)


def _says_that_it_runs(where: Folders, clock: Clock) -> bool:
    """Return whether an engine runs, as far as its status tells: one that has just begun may."""
    try:
        told = status.read(where.data)
    except Problem:
        return False
    return told.alive(clock.now()) and _is_there(told.pid)


def _is_there(process: int) -> bool:
    if sys.platform == "win32":  # where signal 0 is Ctrl-C
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _through_the_engine(
    where: Folders, asked: Request, clock: Clock, end: float
) -> Mapping[str, Json] | None:
    """Return the answer of the engine; None if the request is not taken, and withdrawn."""
    folder = where.data / requests.FOLDER
    try:
        requests.put(folder, asked)
    except OSError as error:
        raise _no_answer((error.strerror or "").lower(), where) from None
    look = partial(requests.answer, folder, asked)
    until = min(end, clock.monotonic() + _UNTAKEN)
    while clock.monotonic() < end:
        found = look()
        if found is not None:
            return found
        if clock.monotonic() >= until and requests.withdraw(folder, asked):
            return None
        clock.wait(Event(), _LOOK)
    if requests.withdraw(folder, asked):
        return None
    found = look()
    if found is None:
        raise _no_answer("the engine is at it and has not answered yet", where)
    return found


def _no_answer(why: str, where: Folders) -> Problem:
    words = f"the engine that uses `{where.data}` was asked in vain: {why}"
    return Problem(Diagnostic("PR470", words, help="look at what it says, or try again later"))
