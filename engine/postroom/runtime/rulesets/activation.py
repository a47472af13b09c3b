"""Let other rules decide while an engine runs: because somebody activates them, or at a signal.

What fails before the swap leaves everything as it is: the rules that decide go on, and the log says
who wanted what and why it was refused. The files of the rules that somebody activates are laid
beside the request, under their hash, so that what is taken up is what was checked and tested,
whatever happens to the folder meanwhile.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from postroom.ledger.events import Activation, rules_refused
from postroom.model.batch import Batch
from postroom.rules.load import hash_of, read_folder
from postroom.runtime.durable import write_whole
from postroom.runtime.events import Activated, NotActivated
from postroom.runtime.requests.files import FOLDER
from postroom.runtime.rulesets.loading import ready
from postroom.runtime.stores import archive
from postroom.source.diagnostic import Diagnostic, Problem, RuleError
from postroom.source.text import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from postroom.model.plain import Json
    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.engine import Engine
    from postroom.runtime.requests.files import Request

Tested = dict[str, int]
"""How many tests passed and failed."""
ASKED: Mapping[str, type] = {
    "rules": str, "previous": str, "tests": dict, "lint": dict, "replay": dict,
}  # fmt: skip
"""What a request to activate says besides who and why; an empty replay: nobody looked."""

_NAMED = 10
"""Findings that the log names."""


def lay_down(data: Path, rules: RuleSet) -> None:
    """Lay the files of a rule set where the engine finds them. Raises Problem PR450."""
    files = {source.name: source.text for source in rules.sources}
    try:
        (data / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(_files(data, rules.hash), json.dumps(files).encode())
    except OSError as error:
        raise _not_had((error.strerror or "").lower()) from None


def latest(data: Path) -> str:
    """Return the hash of the rules that decided last, as far as that is published; or ""."""
    try:
        found = [body["rules"] for _, body in archive(data).entries(("rules_activated",))]
    except Problem:
        return ""
    return str(found[-1]) if found else ""


def activate(engine: Engine, asked: Request) -> Mapping[str, Json]:
    """Do what a request to activate rules asks for: the act of that name.

    Raises Problem PR450 where their files are not there, PR521 where their tables would lose what
    records hold; RuleError for mistakes in them.
    """
    told: Mapping[str, Any] = asked.body
    previous = engine.rules.hash
    activation = Activation(
        how="activate",
        by=asked.by,
        reason=asked.reason,
        previous=told["previous"] if previous == told["rules"] else previous,
        tests=told["tests"],
        lint=told["lint"],
        replay=told["replay"] or None,
    )
    try:
        sources = _taken(engine, told["rules"])
        _take_up(engine, sources, activation)
    except (Problem, RuleError) as error:
        _refuse(engine, told["rules"], error, activation)
        raise
    folder = str(engine.folders.rules) if engine.folders else ""
    return {"rules": told["rules"], "previous": activation.previous, "folder": folder}


def reload(engine: Engine, test: Callable[[RuleSet, Path], Tested]) -> None:
    """Take up the rules in the engine's folder as they are now, if they check and pass.

    test runs their tests, and raises Problem PR451 where one fails.
    """
    if engine.folders is None:
        return
    folder, now = engine.folders.rules, engine.rules.hash
    wanted = ""
    activation = Activation("reload", previous=now)
    try:
        sources = read_folder(folder)
        wanted = hash_of(sources)
        if wanted == now:
            engine.tell(Activated(now, now, ""))
            return
        _take_up(engine, sources, activation, lambda rules: test(rules, folder))
    except (Problem, RuleError) as error:
        _refuse(engine, wanted, error, activation)


def _take_up(
    engine: Engine,
    sources: tuple[Source, ...],
    activation: Activation,
    test: Callable[[RuleSet], Tested] | None = None,
) -> None:
    rules = ready(sources, engine.plugins, engine.folders.data if engine.folders else None)
    if test is not None:
        activation = replace(activation, tests=test(rules))
    engine.decide_by(rules, activation)
    engine.tell(Activated(rules.hash, activation.previous, activation.by))


def _refuse(engine: Engine, rules: str, error: Problem | RuleError, activation: Activation) -> None:
    """Say in the log and to whoever watches that the rules that decide go on."""
    found = error.diagnostics if isinstance(error, RuleError) else (error.diagnostic,)
    words = "; ".join(f"{_place(each)}{each.code}: {each.message}" for each in found[:_NAMED])
    if len(found) > _NAMED:
        words += f"; and {len(found) - _NAMED} more"
    entry = rules_refused(rules, words, engine.clock.now(), activation)
    engine.store.commit(Batch(entries=[entry]))
    engine.tell(NotActivated(rules, tuple(found)))


def _place(found: Diagnostic) -> str:
    return f"{found.span.place}: " if found.span else ""


def _taken(engine: Engine, wanted: str) -> tuple[Source, ...]:
    """Return the files that were laid down for a rule set, and take them away."""
    if engine.folders is None:
        raise _not_had("the engine has no folder")
    path = _files(engine.folders.data, wanted)
    try:
        files = cast("dict[str, str]", json.loads(path.read_bytes()))
        sources = tuple(Source(name, text) for name, text in sorted(files.items()))
    except OSError as error:
        raise _not_had((error.strerror or "").lower()) from None
    except (ValueError, AttributeError, RecursionError):
        raise _not_had("they are damaged") from None
    if hash_of(sources) != wanted:
        raise _not_had("they are not those that were tested")
    path.unlink(missing_ok=True)
    return sources


def _files(data: Path, rules: str) -> Path:
    if not (rules.isascii() and rules.isalnum()):
        raise _not_had("their hash is none")
    return data / FOLDER / f"{rules}.rules"


def _not_had(why: str) -> Problem:
    words = f"the files of the rules that were to be activated cannot be had: {why}"
    return Problem(Diagnostic("PR450", words, help="activate them once more"))
